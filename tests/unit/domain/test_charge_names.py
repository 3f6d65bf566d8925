"""By which names is a charge known? Its reference never changes, its handle moves on, and each of
them leads to the payment from when it is known.
"""

from typing import Any

import pytest

from oncepay.domain.charge_moves import capture, follow_charge
from oncepay.domain.lifecycle import PaymentStatus
from oncepay.domain.operation import Operation, OperationKind
from oncepay.domain.payment import Payment
from oncepay.domain.processor_answer import Charge, ChargeStatus
from oncepay.domain.settling import capture_references, charge_references, settle
from oncepay.domain.steps import Family, Misfit, StillOpen
from oncepay.domain.steps import Step as SettledStep
from tests.unit.domain.processor_things import (
    ENTRY_ID,
    LATER,
    a_charge,
    a_family,
    a_payment,
    an_effect,
    an_operation,
    payment_of,
    with_move,
)

AUTHORIZED, SUCCEEDED = ChargeStatus.AUTHORIZED, ChargeStatus.SUCCEEDED


def follow(payment: Payment, charge: Charge) -> Payment:
    return follow_charge(payment, charge, entry_id=ENTRY_ID, now=LATER).payment


def names(payment: Payment) -> tuple[str | None, str | None]:
    return payment.processor_reference, payment.processor_handle


def settled(family: Family, operation: Operation, found: Any) -> Any:
    return settle(family, operation, found, entry_id=ENTRY_ID, now=LATER)


def test_charge__authorized__is_known_by_its_reference_and_its_authorization() -> None:
    held = follow(a_payment(), a_charge(AUTHORIZED, handle="auth_1"))
    assert names(held) == ("ch_1", "auth_1")


def test_handle__of_the_capture__takes_the_place_of_the_authorization() -> None:
    held = a_payment(PaymentStatus.AUTHORIZED, processor_handle="auth_1")
    assert names(follow(held, a_charge(handle="cap_1"))) == ("ch_1", "cap_1")


def test_handle__of_a_captured_effect__takes_the_place_of_the_authorization() -> None:
    held = a_payment(PaymentStatus.AUTHORIZED, processor_handle="auth_1")
    taken = capture(held, 5_000, handle="cap_1", entry_id=ENTRY_ID, now=LATER).payment
    assert names(taken) == ("ch_1", "cap_1")


def test_handle__of_which_nothing_is_said__stays() -> None:
    held = a_payment(PaymentStatus.AUTHORIZED, processor_handle="auth_1")
    taken = capture(held, 5_000, entry_id=ENTRY_ID, now=LATER).payment
    assert [names(each) for each in (taken, follow(held, a_charge()))] == [("ch_1", "auth_1")] * 2


def test_reference__of_a_page__is_not_replaced_by_that_of_the_charge_that_paid_it() -> None:
    page = a_payment(
        PaymentStatus.REQUIRES_ACTION, processor_reference="cs_1", processor_handle="ch_1"
    )
    assert names(follow(page, a_charge())) == ("cs_1", "ch_1")


@pytest.mark.parametrize(
    ("known", "told", "new"),
    [
        ((None, None), ("ch_1", None), ["ch_1"]),
        ((None, None), ("ch_1", "auth_1"), ["ch_1", "auth_1"]),
        ((None, None), ("ch_1", "ch_1"), ["ch_1"]),
        (("ch_1", None), ("ch_1", None), []),
        (("ch_1", "auth_1"), ("ch_1", "auth_1"), []),
        (("ch_1", "auth_1"), ("ch_1", "cap_1"), ["cap_1"]),
        (("cs_1", None), ("cs_1", "ch_1"), ["ch_1"]),
    ],
    ids=str,
)
def test_references__are_the_names_that_were_not_known(
    known: tuple[str | None, str | None], told: tuple[str, str | None], new: list[str]
) -> None:
    payment = a_payment(processor_reference=known[0], processor_handle=known[1])
    charge = a_charge(reference=told[0], handle=told[1])

    found = charge_references(payment, charge)

    assert found == tuple((name, payment.key) for name in new)
    told_of = capture_references(payment, charge)
    assert told_of == ((f"{known[0] or told[0]}/capture", payment.key), *found)


def test_settled_charge__has_a_pointer_from_each_of_its_names() -> None:
    operation = an_operation()
    step = settled(a_family(a_payment(), operation), operation, a_charge(handle="cap_1"))

    assert [name for name, _ in step.references] == ["ch_1", "cap_1"]
    assert names(payment_of(step)) == ("ch_1", "cap_1")


def test_page__has_a_pointer_from_the_session_and_no_charge_yet() -> None:
    operation = an_operation()
    page = a_charge(
        ChargeStatus.REQUIRES_ACTION, reference="cs_1", next_action_url="https://sim/cs_1"
    )
    step = settled(a_family(a_payment(), operation), operation, page)

    assert [name for name, _ in step.references] == ["cs_1"]
    assert names(payment_of(step)) == ("cs_1", None)


@pytest.mark.parametrize("reference", ["cs_1", "ch_1"])
def test_page__that_is_paid__is_known_by_either_name(reference: str) -> None:
    operation = an_operation()
    page = a_payment(
        PaymentStatus.REQUIRES_ACTION, processor_reference="cs_1", processor_handle="ch_1"
    )
    step = settled(a_family(page, operation), operation, a_charge(reference=reference))

    assert payment_of(step).status is PaymentStatus.SUCCEEDED


def test_page__paid_by_a_charge_that_it_does_not_name__does_not_fit() -> None:
    operation = an_operation()
    page = a_payment(PaymentStatus.REQUIRES_ACTION, processor_reference="cs_1")
    found = settled(a_family(page, operation), operation, a_charge(reference="ch_2"))

    assert found == Misfit("another charge: ch_2")


def test_page__that_the_payer_approved__stays_open_until_the_money_is_asked_for() -> None:
    operation = an_operation()
    page = a_payment(PaymentStatus.REQUIRES_ACTION, processor_reference="order_1")
    charge = a_charge(ChargeStatus.APPROVED, reference="order_1")

    assert settled(a_family(page, operation), operation, charge) == StillOpen("order_1")


def test_capture__answered_with_its_handle__is_named_by_it() -> None:
    family, operation = with_move(OperationKind.CAPTURE)
    step = settled(family, operation, an_effect(handle="cap_there"))

    assert isinstance(step, SettledStep)
    assert names(payment_of(step)) == ("ch_1", "cap_there")


@pytest.mark.parametrize("name", ["ch_1", "auth_1", None], ids=str)
def test_payment__is_charged_by_its_reference_and_its_handle(name: str | None) -> None:
    assert a_payment(PaymentStatus.AUTHORIZED, processor_handle="auth_1").is_charged_by(name)


@pytest.mark.parametrize("name", ["ch_2", "", "None"])
def test_payment__is_not_charged_by_any_other_name(name: str) -> None:
    assert not a_payment(PaymentStatus.AUTHORIZED).is_charged_by(name)
