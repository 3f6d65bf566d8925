"""What a processor's answer does to the operation that it answers."""

from dataclasses import replace
from typing import Any

import pytest

from oncepay.domain.lifecycle import PaymentStatus, RefundStatus
from oncepay.domain.operation import OperationKind, OperationState
from oncepay.domain.processor_answer import (
    Charge,
    ChargeStatus,
    Effect,
    EffectStatus,
    Failure,
    Found,
)
from oncepay.domain.settling import settle, settle_undone
from oncepay.domain.steps import Family, Misfit, Settled, Step, StillOpen
from tests.unit.domain.processor_things import (
    ENTRY_ID,
    LATER,
    a_charge,
    a_family,
    a_payment,
    an_effect,
    an_operation,
    payment_of,
    postings_of,
    with_move,
    with_refund,
)

CAPTURE, VOID = OperationKind.CAPTURE, OperationKind.VOID


def settled(family: Family, operation: Any, found: Found) -> Settled:
    return settle(family, operation, found, entry_id=ENTRY_ID, now=LATER)


def step_of(family: Family, operation: Any, found: Found) -> Step:
    step = settled(family, operation, found)
    assert isinstance(step, Step)
    return step


def charged(charge: Charge, **payment: Any) -> Step:
    operation = an_operation()
    return step_of(a_family(a_payment(**payment), operation), operation, charge)


def test_charge__succeeded__takes_the_money_into_pending_and_the_fee() -> None:
    step = charged(a_charge())

    assert postings_of(step) == {"external:simulated": -5_000, "pending": 4_900, "fees": 100}
    after = payment_of(step)
    assert (after.status, after.captured_minor, after.pending_minor) == ("succeeded", 5_000, 4_900)
    assert step.references == (("ch_1", after.key),)
    [operation] = step.operations
    assert operation.after.state is OperationState.SUCCEEDED
    assert (operation.after.due_at, operation.after.lease_until) == (None, None)


def test_charge__captured_in_part__is_charged_the_fee_of_that_part() -> None:
    step = charged(a_charge(captured_minor=3_049), captures_automatically=False)

    assert postings_of(step) == {"external:simulated": -3_049, "pending": 2_989, "fees": 60}
    assert payment_of(step).fee_minor == 60


def test_charge__whose_fee_is_all_of_it__leaves_nothing_pending() -> None:
    step = charged(a_charge(), fee_basis_points=10_000, fee_minor=5_000)

    assert postings_of(step) == {"external:simulated": -5_000, "fees": 5_000}


def test_charge__without_a_fee__posts_none() -> None:
    step = charged(a_charge(), fee_basis_points=0, fee_minor=0)

    assert postings_of(step) == {"external:simulated": -5_000, "pending": 5_000}


def test_charge__authorized__moves_nothing_and_lapses() -> None:
    step = charged(a_charge(ChargeStatus.AUTHORIZED), captures_automatically=False)

    after = payment_of(step)
    assert (after.status, after.captured_minor, postings_of(step)) == ("authorized", 0, {})
    assert after.due_at == after.authorization_expires_at
    assert (after.due_at - LATER).days == 7  # type: ignore[operator]


def test_charge__declined__says_why_and_answers() -> None:
    failure = Failure("card_declined", "stolen_card: stolen")
    step = charged(a_charge(ChargeStatus.DECLINED, failure=failure))

    assert (payment_of(step).status, payment_of(step).failure) == ("declined", failure)
    assert (step.references, postings_of(step)) == ((), {})
    assert step.operations[0].after.state is OperationState.FAILED
    assert step.completions[0].payment.version == 2


def test_charge__that_requires_action__is_answered_and_stays_open() -> None:
    charge = a_charge(ChargeStatus.REQUIRES_ACTION, next_action_url="https://pay.example/1")
    step = charged(charge)

    assert payment_of(step).next_action_url == "https://pay.example/1"
    [operation] = step.operations
    assert operation.after.is_open
    assert operation.after.record_id is None
    assert operation.after.due_at is not None
    assert len(step.completions) == 1


def test_charge__that_still_requires_action__changes_nothing() -> None:
    operation = an_operation(record_id=None)
    family = a_family(a_payment(PaymentStatus.REQUIRES_ACTION), operation)
    charge = a_charge(ChargeStatus.REQUIRES_ACTION, next_action_url="https://pay.example/1")

    assert settled(family, operation, charge) == StillOpen("ch_1")


def test_charge__pending_there__stays_open() -> None:
    operation = an_operation()
    family = a_family(a_payment(), operation)

    assert settled(family, operation, a_charge(ChargeStatus.PENDING)) == StillOpen("ch_1")


@pytest.mark.parametrize("status", [ChargeStatus.VOIDED, ChargeStatus.EXPIRED], ids=str)
def test_charge__that_has_ended_before_it_was_looked_up__ends_the_payment(
    status: ChargeStatus,
) -> None:
    step = charged(a_charge(status))

    assert payment_of(step).status.value == status.value
    assert len(step.completions) == 1


@pytest.mark.parametrize(
    ("overrides", "problem"),
    [
        ({"amount_minor": 5_001}, "another amount_minor: 5001, not 5000"),
        ({"currency": "EUR"}, "another currency: EUR"),
        ({"payment_id": "pay_other"}, "another payment_id"),
        ({"captured_minor": 5_001}, "another captured amount: 5001"),
        ({"captured_minor": 0}, "another captured amount: 0"),
        ({"captured_minor": 4_999}, "another captured amount: 4999"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_charge__that_does_not_fit__is_never_posted(
    overrides: dict[str, Any], problem: str
) -> None:
    operation = an_operation()
    family = a_family(a_payment(), operation)

    assert settled(family, operation, a_charge(**overrides)) == Misfit(problem)


def test_charge__that_requires_an_action_nowhere__does_not_fit() -> None:
    operation = an_operation()
    family = a_family(a_payment(), operation)

    found = settled(family, operation, a_charge(ChargeStatus.REQUIRES_ACTION))

    assert found == Misfit("an action is required, and no url was given")


def test_charge__of_another_reference_than_known__does_not_fit() -> None:
    operation = an_operation(record_id=None)
    family = a_family(a_payment(PaymentStatus.REQUIRES_ACTION), operation)

    found = settled(family, operation, a_charge(reference="ch_2"))

    assert found == Misfit("another charge: ch_2")


def test_answer__of_another_kind__does_not_fit() -> None:
    operation = an_operation()
    family = a_family(a_payment(), operation)

    found = settled(family, operation, an_effect())

    assert found == Misfit("an answer to another kind of request")


def test_capture__succeeded__takes_its_amount_and_releases_the_rest() -> None:
    family, operation = with_move(CAPTURE, amount_minor=3_000)
    step = step_of(family, operation, an_effect(amount_minor=3_000))

    assert postings_of(step) == {"external:simulated": -3_000, "pending": 2_940, "fees": 60}
    after = payment_of(step)
    assert (after.status, after.captured_minor, after.open_operation) == ("succeeded", 3_000, None)
    assert step.references == (("cp_1", after.key),)
    assert step.completions[0].refused is None


def test_void__succeeded__moves_nothing() -> None:
    family, operation = with_move(VOID)
    step = step_of(family, operation, an_effect(reference="vd_1"))

    assert (payment_of(step).status, postings_of(step)) == ("voided", {})
    assert payment_of(step).due_at is None


@pytest.mark.parametrize("kind", [CAPTURE, VOID], ids=str)
def test_move__refused__leaves_the_payment_authorized(kind: OperationKind) -> None:
    family, operation = with_move(kind)
    failure = Failure("refused", "refused: no")
    step = step_of(family, operation, an_effect(EffectStatus.FAILED, failure=failure))

    assert (payment_of(step).status, payment_of(step).open_operation) == ("authorized", None)
    assert step.operations[0].after.state is OperationState.FAILED
    assert step.completions[0].refused == failure


@pytest.mark.parametrize("kind", [CAPTURE, VOID], ids=str)
@pytest.mark.parametrize("ended", [ChargeStatus.VOIDED, ChargeStatus.EXPIRED], ids=str)
def test_move__of_a_charge_that_has_ended__follows_it(
    kind: OperationKind, ended: ChargeStatus
) -> None:
    family, operation = with_move(kind)
    refused = Effect(reference=None, status=EffectStatus.FAILED, charge=a_charge(ended))
    step = step_of(family, operation, refused)

    as_wanted = (kind, ended) == (VOID, ChargeStatus.VOIDED)
    assert payment_of(step).status.value == ended.value
    wanted = OperationState.SUCCEEDED if as_wanted else OperationState.OVERTAKEN
    assert step.operations[0].after.state is wanted
    conflict = None if as_wanted else f"the payment is {ended} meanwhile"
    assert step.completions[0].conflict == conflict


def test_void__of_a_charge_that_was_captured_there__posts_the_capture() -> None:
    family, operation = with_move(VOID)
    refused = Effect(reference=None, status=EffectStatus.FAILED, charge=a_charge())
    step = step_of(family, operation, refused)

    assert payment_of(step).status is PaymentStatus.SUCCEEDED
    assert postings_of(step)["external:simulated"] == -5_000
    assert step.references[0][0] == "ch_1/capture"
    assert step.completions[0].conflict == "the payment is succeeded meanwhile"


def test_move__pending_there__stays_open() -> None:
    family, operation = with_move(CAPTURE)

    assert settled(family, operation, an_effect(EffectStatus.PENDING)) == StillOpen("cp_1")


@pytest.mark.parametrize(
    ("overrides", "problem"),
    [
        ({"amount_minor": 4_999}, "another amount_minor: 4999, not 5000"),
        ({"currency": "EUR"}, "another currency: EUR"),
        ({"charge_reference": "ch_2"}, "another charge: ch_2"),
        ({"payment_id": "pay_other"}, "another payment_id"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_capture__that_does_not_fit__is_never_posted(
    overrides: dict[str, Any], problem: str
) -> None:
    family, operation = with_move(CAPTURE)

    assert settled(family, operation, an_effect(**overrides)) == Misfit(problem)


def test_refund__succeeded__gives_what_was_set_aside_to_the_processor() -> None:
    family, operation = with_refund()
    step = step_of(family, operation, an_effect(reference="rf_1", amount_minor=1_000))

    assert postings_of(step) == {"refunding": -1_000, "external:simulated": 1_000}
    after = payment_of(step)
    assert (after.refunded_minor, after.refunding_minor, after.pending_minor) == (1_000, 0, 3_900)
    assert step.refund is not None
    assert step.refund.after.status is RefundStatus.SUCCEEDED
    assert step.references == (("rf_1", step.refund.after.key),)


def test_refund__failed_before_the_settlement__goes_back_to_pending() -> None:
    family, operation = with_refund()
    failure = Failure("refused", "no")
    step = step_of(family, operation, an_effect(EffectStatus.FAILED, failure=failure))

    assert postings_of(step) == {"refunding": -1_000, "pending": 1_000}
    assert (payment_of(step).refunding_minor, payment_of(step).pending_minor) == (0, 4_900)
    assert step.refund is not None
    assert (step.refund.after.status, step.refund.after.failure) == ("failed", failure)


def test_refund__failed_after_the_settlement__goes_back_to_available() -> None:
    family, operation = with_refund(settlement_id="set_1", settled_at=LATER, pending_minor=0)
    step = step_of(family, operation, an_effect(EffectStatus.FAILED))

    assert postings_of(step) == {"refunding": -1_000, "available": 1_000}
    assert payment_of(step).pending_minor == 0


def test_orphan__given_back__empties_suspense() -> None:
    operation = an_operation(OperationKind.RETURN_ORPHAN, record_id=None)
    operation = replace(operation, entries=(operation.key,))
    family = a_family(a_payment(PaymentStatus.DECLINED), operation)
    step = step_of(family, operation, an_effect(reference="rf_1"))

    assert postings_of(step) == {"suspense": -5_000, "external:simulated": 5_000}
    assert (step.payment, step.completions) == (None, ())


def test_orphan__that_was_only_held__moves_nothing() -> None:
    operation = an_operation(OperationKind.RETURN_ORPHAN, record_id=None)
    family = a_family(a_payment(PaymentStatus.DECLINED), operation)
    step = step_of(family, operation, an_effect(reference="vd_1"))

    assert (postings_of(step), step.operations[0].after.is_open) == ({}, False)


def test_orphan__that_cannot_be_given_back__stays_open_for_a_person() -> None:
    operation = an_operation(OperationKind.RETURN_ORPHAN, record_id=None)
    family = a_family(a_payment(PaymentStatus.DECLINED), operation)
    refused = an_effect(EffectStatus.FAILED, failure=Failure("x", "gone"))

    found = settled(family, operation, refused)

    assert found == Misfit("the orphan charge could not be given back: gone")


def test_undone__a_charge__is_declined_as_unavailable() -> None:
    operation = an_operation()
    family = a_family(a_payment(), operation)
    step = settle_undone(family, operation, entry_id=ENTRY_ID, now=LATER)

    assert isinstance(step, Step)
    after = payment_of(step)
    assert (after.status, after.failure and after.failure.code, after.processor_reference) == (
        "declined",
        "processor_unavailable",
        None,
    )


def test_undone__a_refund__gives_the_money_back() -> None:
    family, operation = with_refund()
    step = settle_undone(family, operation, entry_id=ENTRY_ID, now=LATER)

    assert isinstance(step, Step)
    assert postings_of(step) == {"refunding": -1_000, "pending": 1_000}


@pytest.mark.parametrize("kind", [CAPTURE, VOID], ids=str)
def test_undone__a_move__leaves_the_payment_authorized(kind: OperationKind) -> None:
    family, operation = with_move(kind)
    step = settle_undone(family, operation, entry_id=ENTRY_ID, now=LATER)

    assert isinstance(step, Step)
    assert (payment_of(step).status, payment_of(step).open_operation) == ("authorized", None)


def test_undone__an_orphans_return__is_tried_again() -> None:
    operation = an_operation(OperationKind.RETURN_ORPHAN)
    family = a_family(a_payment(PaymentStatus.DECLINED), operation)

    assert settle_undone(family, operation, entry_id=ENTRY_ID, now=LATER) == StillOpen(None)
