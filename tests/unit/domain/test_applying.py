"""What news of a processor does to a payment: new, known, older than known, or too early."""

from dataclasses import replace
from typing import Any

import pytest

from oncepay.domain.applying import News, Returns, apply, orphan_id
from oncepay.domain.lifecycle import PaymentStatus, RefundStatus
from oncepay.domain.operation import OperationKind, OperationState, ProcessorRequest
from oncepay.domain.payment import Refund
from oncepay.domain.processor_answer import ChargeStatus, EffectStatus, Found
from oncepay.domain.steps import Applied, Family, Misfit, Nothing, NotYet, Step
from tests.unit.domain.processor_things import (
    ENTRY_ID,
    LATER,
    PAYMENT_ID,
    a_charge,
    a_family,
    a_payment,
    a_refund,
    an_effect,
    an_operation,
    payment_of,
    postings_of,
    with_move,
    with_refund,
)

AUTHORIZE, CAPTURE = OperationKind.AUTHORIZE, OperationKind.CAPTURE
VOID, REFUND = OperationKind.VOID, OperationKind.REFUND
RETURNS = Returns(
    refund=ProcessorRequest("/refund", "{}"),
    void=ProcessorRequest("/void", "{}"),
)
CLOSED = an_operation(state=OperationState.SUCCEEDED, due_at=None, record_id=None)


def applied(
    family: Family, found: Found, kind: OperationKind = AUTHORIZE, operation_id: str | None = None
) -> Applied:
    news = News(found=found, kind=kind, operation_id=operation_id)
    return apply(family, news, returns=RETURNS, entry_id=ENTRY_ID, now=LATER)


def step_of(*arguments: Any) -> Step:
    step = applied(*arguments)
    assert isinstance(step, Step)
    return step


def paid(**overrides: Any) -> Family:
    return a_family(a_payment(PaymentStatus.SUCCEEDED, **overrides), CLOSED)


def authorized() -> Family:
    return a_family(a_payment(PaymentStatus.AUTHORIZED), CLOSED)


def test_news__of_an_open_operation__settles_it() -> None:
    operation = an_operation()
    step = step_of(a_family(a_payment(), operation), a_charge(), AUTHORIZE, operation.id)

    assert payment_of(step).status is PaymentStatus.SUCCEEDED
    assert len(step.completions) == 1


def test_news__of_an_open_operation_that_goes_on__changes_nothing() -> None:
    operation = an_operation()
    family = a_family(a_payment(), operation)

    assert applied(family, a_charge(ChargeStatus.PENDING), AUTHORIZE, operation.id) == Nothing()


@pytest.mark.parametrize(
    "status",
    [ChargeStatus.AUTHORIZED, ChargeStatus.REQUIRES_ACTION, ChargeStatus.DECLINED,
     ChargeStatus.SUCCEEDED, ChargeStatus.VOIDED, ChargeStatus.EXPIRED, ChargeStatus.PENDING],
    ids=str,
)  # fmt: skip
def test_charge__of_a_payment_that_succeeded__never_undoes_it(status: ChargeStatus) -> None:
    assert applied(paid(), a_charge(status), AUTHORIZE, PAYMENT_ID) == Nothing()


def test_charge__captured_at_the_processor__is_posted_once() -> None:
    step = step_of(authorized(), a_charge(captured_minor=2_000))

    assert postings_of(step) == {"external:simulated": -2_000, "pending": 1_960, "fees": 40}
    assert [reference for reference, _ in step.references] == ["ch_1/capture"]


@pytest.mark.parametrize("status", [ChargeStatus.VOIDED, ChargeStatus.EXPIRED], ids=str)
def test_charge__that_ended__ends_the_authorization(status: ChargeStatus) -> None:
    step = step_of(authorized(), a_charge(status))

    assert payment_of(step).status.value == status.value
    assert payment_of(step).due_at is None


@pytest.mark.parametrize("status", [PaymentStatus.VOIDED, PaymentStatus.EXPIRED], ids=str)
def test_charge__captured_after_we_called_it_ended__is_not_dropped(status: PaymentStatus) -> None:
    step = step_of(a_family(a_payment(status), CLOSED), a_charge())

    assert payment_of(step).status is PaymentStatus.SUCCEEDED
    assert postings_of(step)["pending"] == 4_900


def test_charge__whose_capture_does_not_fit__is_not_posted() -> None:
    found = applied(authorized(), a_charge(amount_minor=6_000))

    assert found == Misfit("another amount_minor: 6000, not 5000")


def test_charge__before_its_authorization_is_known__waits() -> None:
    family = a_family(a_payment(), CLOSED)

    assert applied(family, a_charge(ChargeStatus.EXPIRED)) == NotYet()


@pytest.mark.parametrize(
    ("ended", "state"),
    [(ChargeStatus.EXPIRED, OperationState.OVERTAKEN), (ChargeStatus.VOIDED, "succeeded")],
    ids=str,
)
def test_charge__that_ends_while_a_void_is_open__closes_it(ended: ChargeStatus, state: str) -> None:
    family, operation = with_move(VOID)
    step = step_of(family, a_charge(ended))

    [change] = step.operations
    assert (change.before, change.after.state) == (operation, state)
    assert len(step.completions) == 1


def test_charge__captured_as_the_open_capture_wanted__answers_it() -> None:
    family, _ = with_move(CAPTURE, amount_minor=3_000)
    step = step_of(family, a_charge(captured_minor=3_000))

    assert step.operations[0].after.state is OperationState.SUCCEEDED
    assert step.completions[0].conflict is None


def test_charge__captured_otherwise_than_the_open_capture_wanted__overtakes_it() -> None:
    family, _ = with_move(CAPTURE, amount_minor=3_000)
    step = step_of(family, a_charge(captured_minor=2_000))

    assert step.operations[0].after.state is OperationState.OVERTAKEN
    assert step.completions[0].conflict == "the payment is succeeded meanwhile"


def test_orphan__captured__stands_in_suspense_and_is_refunded() -> None:
    family = a_family(a_payment(PaymentStatus.DECLINED), CLOSED)
    step = step_of(family, a_charge(), AUTHORIZE, PAYMENT_ID)

    assert postings_of(step) == {"external:simulated": -5_000, "suspense": 5_000}
    [change] = step.operations
    assert (change.before, change.after.id) == (None, orphan_id("simulated", "ch_1"))
    assert change.after.request == RETURNS.refund
    assert change.after.due_at == LATER
    assert step.references == (("ch_1", change.after.key),)
    assert (step.orphan, step.payment) == (True, None)


def test_orphan__authorized__is_voided_and_moves_nothing() -> None:
    family = a_family(a_payment(PaymentStatus.DECLINED), CLOSED)
    step = step_of(family, a_charge(ChargeStatus.AUTHORIZED), AUTHORIZE, PAYMENT_ID)

    assert postings_of(step) == {}
    assert step.operations[0].after.request == RETURNS.void


def test_orphan__a_second_charge_of_a_payment__is_given_back() -> None:
    step = step_of(paid(), a_charge(reference="ch_2"), AUTHORIZE, PAYMENT_ID)

    assert step.orphan
    assert step.references[0][0] == "ch_2"


def test_orphan__known__is_not_posted_again() -> None:
    known = an_operation(
        OperationKind.RETURN_ORPHAN, id=orphan_id("simulated", "ch_1"), record_id=None
    )
    family = a_family(a_payment(PaymentStatus.DECLINED), CLOSED, known)

    assert applied(family, a_charge(), AUTHORIZE, PAYMENT_ID) == Nothing()


@pytest.mark.parametrize("kind", [REFUND, VOID])
@pytest.mark.parametrize("status", [PaymentStatus.DECLINED, PaymentStatus.SUCCEEDED])
def test_orphan__that_was_given_back__is_no_news_when_its_event_comes(
    status: PaymentStatus, kind: OperationKind
) -> None:
    returned = an_operation(
        OperationKind.RETURN_ORPHAN, state=OperationState.SUCCEEDED, due_at=None, record_id=None
    )
    family = a_family(a_payment(status), returned)
    given_back = an_effect(reference="rf_1", charge_reference="ch_2")
    assert applied(family, given_back, kind, returned.id) == Nothing()


def test_orphan__in_another_currency__is_for_a_person() -> None:
    family = a_family(a_payment(PaymentStatus.DECLINED), CLOSED)

    assert applied(family, a_charge(currency="EUR")) == Misfit("another currency: EUR")


def test_orphan__that_nobody_says_how_to_give_back__is_a_bug() -> None:
    family = a_family(a_payment(PaymentStatus.DECLINED), CLOSED)
    news = News(found=a_charge(), kind=AUTHORIZE, operation_id=None)

    with pytest.raises(ValueError, match="nobody said how"):
        apply(family, news, returns=None, entry_id=ENTRY_ID, now=LATER)


@pytest.mark.parametrize("status", [ChargeStatus.DECLINED, ChargeStatus.VOIDED], ids=str)
def test_charge__of_another_reference_that_took_nothing__changes_nothing(
    status: ChargeStatus,
) -> None:
    assert applied(paid(), a_charge(status, reference="ch_2")) == Nothing()


def test_capture__begun_at_the_processor__is_posted_with_its_reference() -> None:
    step = step_of(authorized(), an_effect(amount_minor=2_000), CAPTURE)

    assert postings_of(step)["external:simulated"] == -2_000
    assert [reference for reference, _ in step.references] == ["cp_1"]


def test_capture__begun_there_while_ours_is_open__overtakes_it() -> None:
    family, _ = with_move(CAPTURE, amount_minor=3_000)
    step = step_of(family, an_effect(amount_minor=1_000), CAPTURE, "cap_other")

    assert step.operations[0].after.state is OperationState.OVERTAKEN


def test_void__begun_at_the_processor__ends_the_payment() -> None:
    step = step_of(authorized(), an_effect(reference="vd_1"), VOID)

    assert (payment_of(step).status, postings_of(step)) == ("voided", {})


@pytest.mark.parametrize("kind", [CAPTURE, VOID], ids=str)
def test_move__of_a_payment_that_succeeded__is_known(kind: OperationKind) -> None:
    assert applied(paid(), an_effect(), kind) == Nothing()


@pytest.mark.parametrize("kind", [CAPTURE, VOID, REFUND], ids=str)
def test_effect__before_the_charge_is_known__waits(kind: OperationKind) -> None:
    assert applied(a_family(a_payment(), CLOSED), an_effect(), kind) == NotYet()


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (CAPTURE, EffectStatus.FAILED),
        (CAPTURE, EffectStatus.PENDING),
        (VOID, EffectStatus.FAILED),
        (VOID, EffectStatus.PENDING),
        (REFUND, EffectStatus.PENDING),
    ],
    ids=str,
)
def test_effect__that_did_not_happen__changes_nothing(
    kind: OperationKind, status: EffectStatus
) -> None:
    assert applied(authorized(), an_effect(status), kind) == Nothing()


@pytest.mark.parametrize("status", [EffectStatus.FAILED, EffectStatus.SUCCEEDED], ids=str)
def test_refund__before_the_capture_is_known__waits(status: EffectStatus) -> None:
    assert applied(authorized(), an_effect(status), REFUND) == NotYet()


@pytest.mark.parametrize(
    ("overrides", "problem"),
    [
        ({"charge_reference": "ch_2"}, "another charge: ch_2"),
        ({"currency": "EUR"}, "another currency: EUR"),
        ({"amount_minor": 5_001}, "another amount_minor: 5001"),
        ({"amount_minor": None}, "another amount_minor: None"),
    ],
    ids=str,
)
def test_capture__begun_there_that_does_not_fit__is_not_posted(
    overrides: dict[str, Any], problem: str
) -> None:
    assert applied(authorized(), an_effect(**overrides), CAPTURE) == Misfit(problem)


def test_refund__begun_at_the_processor__is_posted_whatever_the_balance_is() -> None:
    step = step_of(paid(), an_effect(reference="rf_1", amount_minor=1_000), REFUND)

    assert postings_of(step) == {"pending": -1_000, "external:simulated": 1_000}
    assert not step.needs_funds
    assert step.refund is not None
    assert (step.refund.before, step.refund.after.status) == (None, RefundStatus.SUCCEEDED)
    assert (payment_of(step).refunded_minor, payment_of(step).pending_minor) == (1_000, 3_900)


def test_refund__begun_there_after_the_settlement__is_taken_from_available() -> None:
    family = paid(settlement_id="set_1", settled_at=LATER, pending_minor=0)
    step = step_of(family, an_effect(reference="rf_1", amount_minor=1_000), REFUND)

    assert postings_of(step) == {"available": -1_000, "external:simulated": 1_000}
    assert payment_of(step).pending_minor == 0


def test_refund__begun_there_and_told_again__is_known() -> None:
    known: Refund = a_refund(
        RefundStatus.SUCCEEDED, id="re_" + "b" * 26, processor_reference="rf_1"
    )
    family = a_family(a_payment(PaymentStatus.SUCCEEDED, refunded_minor=1_000), CLOSED, known)
    effect = an_effect(reference="rf_1", amount_minor=1_000)

    assert applied(family, effect, REFUND) == Nothing()


def test_refund__that_succeeds_after_it_failed__is_not_dropped() -> None:
    failed = a_refund(RefundStatus.FAILED)
    closed = an_operation(REFUND, state=OperationState.FAILED, amount_minor=1_000)
    family = a_family(a_payment(PaymentStatus.SUCCEEDED), CLOSED, closed, failed)
    effect = an_effect(reference="rf_1", amount_minor=1_000)

    step = step_of(family, effect, REFUND, closed.id)

    assert postings_of(step) == {"pending": -1_000, "external:simulated": 1_000}
    assert step.refund is not None
    assert step.refund.after.status is RefundStatus.SUCCEEDED
    assert payment_of(step).refunded_minor == 1_000


def test_refund__of_what_is_only_authorized_as_far_as_we_know__waits() -> None:
    assert applied(authorized(), an_effect(reference="rf_1"), REFUND) == NotYet()


@pytest.mark.parametrize(
    ("overrides", "problem"),
    [
        ({"charge_reference": "ch_2"}, "another charge: ch_2"),
        ({"currency": "EUR"}, "another currency: EUR"),
        ({"amount_minor": 5_001}, "amount_minor 5001 of 5000 that are left"),
        ({"amount_minor": None}, "amount_minor 0 of 5000 that are left"),
    ],
    ids=str,
)
def test_refund__begun_there_that_does_not_fit__is_not_posted(
    overrides: dict[str, Any], problem: str
) -> None:
    assert applied(paid(), an_effect(**overrides), REFUND) == Misfit(problem)


def test_refund__failed_and_told_otherwise_of_another_amount__is_not_posted() -> None:
    failed = a_refund(RefundStatus.FAILED)
    family = a_family(a_payment(PaymentStatus.SUCCEEDED), CLOSED, failed)

    found = applied(family, an_effect(reference="rf_1", amount_minor=999), REFUND, failed.id)

    assert found == Misfit("another amount_minor: 999, not 1000")


def test_refund__of_ours_that_is_open__is_settled() -> None:
    family, operation = with_refund()
    effect = an_effect(reference="rf_1", amount_minor=1_000)

    step = step_of(family, effect, REFUND, operation.id)

    assert postings_of(step) == {"refunding": -1_000, "external:simulated": 1_000}


def test_family__without_an_open_capture_or_void__has_none() -> None:
    family, operation = with_move(CAPTURE)

    assert family.open_operation == operation
    assert replace(family, operations={}).open_operation is None
    assert paid().open_operation is None
