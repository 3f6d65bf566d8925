"""Whatever does not agree between the processor's record and our payments is found, and named."""

from typing import Any

import pytest

from ops.demo.agreement import differences

PAYMENT = {
    "id": "pay_1",
    "status": "succeeded",
    "amount_minor": 5_000,
    "currency": "USD",
    "captured_minor": 5_000,
    "refunded_minor": 0,
    "processor": {"name": "simulated", "reference": "ch_1"},
}
CHARGE = {
    "id": "ch_1",
    "face": "simulated",
    "status": "succeeded",
    "amount_minor": 5_000,
    "currency": "USD",
    "captured_minor": 5_000,
    "refunded_minor": 0,
    "payment_id": "pay_1",
    "idempotency_key": "pay_1",
}


def a_payment(**changes: Any) -> dict[str, Any]:
    return {**PAYMENT, **changes}


def a_charge(**changes: Any) -> dict[str, Any]:
    return {**CHARGE, **changes}


@pytest.mark.parametrize("status", ["succeeded", "authorized", "voided", "expired"])
def test_charge__in_the_state_of_its_payment__agrees(status: str) -> None:
    assert differences([a_charge(status=status)], [a_payment(status=status)]) == []


def test_charge__of_no_payment__is_found() -> None:
    assert differences([a_charge()], []) == ["ch_1 is of pay_1, which is no payment"]


def test_payment__without_a_charge__is_found() -> None:
    assert differences([], [a_payment()]) == ["pay_1 is succeeded, but there is no charge of it"]


def test_payment__expired_and_never_charged__agrees() -> None:
    assert differences([], [a_payment(status="expired", captured_minor=0)]) == []


def test_payment__charged_twice__is_found() -> None:
    found = differences([a_charge(), a_charge(id="ch_2")], [a_payment()])
    assert found == ["pay_1 has 2 charges"]


def test_payment__not_finished__is_found() -> None:
    assert differences([a_charge()], [a_payment(status="processing")]) == ["pay_1 is not finished"]


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("amount_minor", 5_001),
        ("currency", "EUR"),
        ("captured_minor", 4_999),
        ("refunded_minor", 1),
    ],
)
def test_charge__says_something_else__is_found(name: str, theirs: object) -> None:
    found = differences([a_charge(**{name: theirs})], [a_payment()])
    assert found == [f"pay_1: {name} is {PAYMENT[name]!r} here and {theirs!r} at the processor"]


def test_charge__in_another_state__is_found() -> None:
    found = differences([a_charge(status="voided")], [a_payment(status="authorized")])
    assert found == ["pay_1: status is 'authorized' here and 'voided' at the processor"]


def test_charge__of_another_id__is_found() -> None:
    found = differences([a_charge(id="ch_2")], [a_payment()])
    assert found == ["pay_1: reference is 'ch_1' here and 'ch_2' at the processor"]


@pytest.mark.parametrize(
    "charges",
    [
        [],
        [a_charge(status="declined", captured_minor=0)],
        [a_charge(idempotency_key="by-hand", refunded_minor=5_000)],
    ],
    ids=["never charged", "declined there", "given back"],
)
def test_declined__nothing_was_kept__agrees(charges: list[dict[str, Any]]) -> None:
    assert differences(charges, [a_payment(status="declined")]) == []


def test_declined__but_charged__is_found() -> None:
    found = differences([a_charge()], [a_payment(status="declined")])
    assert found == ["pay_1 is declined, but ch_1 is succeeded"]


@pytest.mark.parametrize(
    "orphan",
    [
        a_charge(id="ch_2", idempotency_key=None),
        a_charge(id="ch_2", idempotency_key="by-hand", refunded_minor=4_999),
        a_charge(id="ch_2", idempotency_key="by-hand", status="authorized", captured_minor=0),
    ],
    ids=["kept", "kept in part", "on hold"],
)
def test_charge__that_was_not_ours_and_not_given_back__is_found(orphan: dict[str, Any]) -> None:
    found = differences([a_charge(), orphan], [a_payment()])
    assert found == ["ch_2 of pay_1 was not ours, and was not given back"]


AT_PAYPAL = {"name": "paypal", "reference": "ORDER1"}
ON_A_PAGE = {"name": "stripe", "reference": "cs_1"}


def a_charge_at_paypal(**changes: Any) -> dict[str, Any]:
    return a_charge(**{"id": "ORDER1", "face": "paypal", "idempotency_key": "pay_1-1", **changes})


def a_charge_on_a_page(**changes: Any) -> dict[str, Any]:
    return a_charge(
        **{"id": "pi_1", "face": "stripe", "idempotency_key": None, "checkout_session_id": "cs_1"},
        **changes,
    )


def test_charge__at_paypal__under_the_payments_id_and_a_number_is_ours() -> None:
    assert differences([a_charge_at_paypal()], [a_payment(processor=AT_PAYPAL)]) == []


@pytest.mark.parametrize("key", ["pay_1", "pay_1-", "pay_1-1-1", "pay_12-1", "by-hand"])
def test_charge__at_paypal_under_another_key__is_not_ours(key: str) -> None:
    charge = a_charge_at_paypal(idempotency_key=key)
    assert differences([charge], [a_payment(processor=AT_PAYPAL)]) == [
        "ORDER1 of pay_1 was not ours, and was not given back",
        "pay_1 is succeeded, but there is no charge of it",
    ]


def test_charge__at_stripe_under_a_number__is_not_ours() -> None:
    charge = a_charge(face="stripe", idempotency_key="pay_1-1")
    assert differences([charge], [a_payment()])[0] == (
        "ch_1 of pay_1 was not ours, and was not given back"
    )


def test_charge__on_the_page_of_its_payment__agrees() -> None:
    assert differences([a_charge_on_a_page()], [a_payment(processor=ON_A_PAGE)]) == []


def test_charge__on_another_page__is_not_ours() -> None:
    payment = a_payment(processor={**ON_A_PAGE, "reference": "cs_2"})
    assert differences([a_charge_on_a_page()], [payment]) == [
        "pi_1 of pay_1 was not ours, and was not given back",
        "pay_1 is succeeded, but there is no charge of it",
    ]


def test_charge__at_another_processor__is_found() -> None:
    found = differences([a_charge(face="stripe")], [a_payment()])
    assert found == ["pay_1: processor is 'simulated' here and 'stripe' at the processor"]
