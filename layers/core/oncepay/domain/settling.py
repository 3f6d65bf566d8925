"""What does a processor's answer do to the operation that it answers? One rule for all of them,
whoever brings the answer: the worker that asked, a later request, the sweep or an event.
"""

from dataclasses import replace
from datetime import datetime

from oncepay.domain.charge_moves import (
    EVENT_OF_CHARGE,
    Moved,
    capture,
    end_refund,
    entry_of,
    follow_charge,
)
from oncepay.domain.ledger import SUSPENSE, EntryKind, ItemKey, LedgerEntry, external, transfer
from oncepay.domain.lifecycle import PaymentStatus, RefundStatus, can_move
from oncepay.domain.misfits import charge_misfit, misfit
from oncepay.domain.operation import Operation, OperationKind, OperationState, close
from oncepay.domain.payment import Payment, Refund
from oncepay.domain.processor_answer import (
    PROCESSOR_UNAVAILABLE,
    Charge,
    ChargeStatus,
    Effect,
    EffectStatus,
    Failure,
    Found,
)
from oncepay.domain.steps import Change, Completion, Family, Misfit, Settled, Step, StillOpen

_REFUND_STATUS = {
    EffectStatus.SUCCEEDED: RefundStatus.SUCCEEDED,
    EffectStatus.FAILED: RefundStatus.FAILED,
}


def settle(
    family: Family, operation: Operation, found: Found, *, entry_id: str, now: datetime
) -> Settled:
    """What an open operation comes to.

    Args:
        family: as read.
        operation: of the family, open.
        found: what the processor said.
        entry_id: of the ledger entry, should there be one.
        now: when.
    """
    if is_of_two_moments(family, operation):
        # Whoever writes on this is refused by the version, and reads again.
        return StillOpen(None)
    problem = misfit(family.payment, operation, found)
    if problem is not None:
        return Misfit(problem)
    if isinstance(found, Charge):
        return _settle_charge(family, operation, found, entry_id, now)
    if found.status is EffectStatus.PENDING:
        return StillOpen(found.reference)
    if operation.kind is OperationKind.CAPTURE or operation.kind is OperationKind.VOID:
        return _settle_move(family, operation, found, entry_id, now)
    if operation.kind is OperationKind.REFUND:
        return _settle_refund(family, operation, found, entry_id, now)
    return _settle_return(family, operation, found, entry_id, now)


def settle_undone(family: Family, operation: Operation, *, entry_id: str, now: datetime) -> Settled:
    """An open operation was certainly never done at the processor, and will not be any more."""
    if operation.kind is OperationKind.AUTHORIZE:
        declined = Charge(
            reference="",
            status=ChargeStatus.DECLINED,
            amount_minor=operation.amount_minor,
            currency=operation.currency,
            failure=PROCESSOR_UNAVAILABLE,
        )
        moved = follow_charge(family.payment, declined, entry_id=entry_id, now=now)
        return _step(family, operation, OperationState.FAILED, moved, now)
    failed = Effect(reference=None, status=EffectStatus.FAILED, failure=PROCESSOR_UNAVAILABLE)
    if operation.kind is OperationKind.REFUND:
        return _settle_refund(family, operation, failed, entry_id, now)
    if operation.kind is OperationKind.RETURN_ORPHAN:
        return StillOpen(None)
    return _settle_move(family, operation, failed, entry_id, now)


def is_of_two_moments(family: Family, operation: Operation) -> bool:
    """Whether the operation, open as it was read, has been ended since: a family is read item by
    item, and somebody may write it all meanwhile.
    """
    match operation.kind:
        case OperationKind.AUTHORIZE:
            return family.payment.status not in (
                PaymentStatus.PROCESSING,
                PaymentStatus.REQUIRES_ACTION,
            )
        case OperationKind.CAPTURE | OperationKind.VOID:
            return family.payment.open_operation != operation.id
        case OperationKind.REFUND:
            return family.refunds[operation.id].status is not RefundStatus.PENDING
        case OperationKind.RETURN_ORPHAN:
            return False


def overtake(
    family: Family, charge: Charge, after: Payment, now: datetime
) -> tuple[tuple[Change[Operation], ...], tuple[Completion, ...]]:
    """What becomes of the capture or void that is open while the charge moves for another reason:
    if it moved as that one wanted it to, it is done; else it cannot be done any more.
    """
    operation = family.open_operation
    if operation is None or not operation.is_open:
        return (), ()
    wanted = {
        OperationKind.CAPTURE: ChargeStatus.SUCCEEDED,
        OperationKind.VOID: ChargeStatus.VOIDED,
    }
    as_wanted = wanted.get(operation.kind) is charge.status and (
        operation.kind is OperationKind.VOID or charge.captured_minor == operation.amount_minor
    )
    state = OperationState.SUCCEEDED if as_wanted else OperationState.OVERTAKEN
    closed = close(operation, state, now)
    conflict = None if as_wanted else _conflict(after)
    return (Change(operation, closed),), _completions(operation, after, conflict=conflict)


def _settle_charge(
    family: Family, operation: Operation, charge: Charge, entry_id: str, now: datetime
) -> Settled:
    payment = family.payment
    if charge.status in (ChargeStatus.PENDING, ChargeStatus.APPROVED):
        return StillOpen(charge.reference)
    if charge.status is ChargeStatus.REQUIRES_ACTION:
        if payment.status is PaymentStatus.REQUIRES_ACTION:
            return StillOpen(charge.reference)
        moved = follow_charge(payment, charge, entry_id=entry_id, now=now)
        return Step(
            payment=Change(payment, moved.payment),
            # The processor goes on; its request is answered.
            operations=(
                Change(
                    operation,
                    replace(
                        operation,
                        lease_until=None,
                        record_id=None,
                        reference=charge.reference,
                        updated_at=max(now, operation.updated_at),
                    ),
                ),
            ),
            references=charge_references(payment, charge),
            completions=_completions(operation, moved.payment),
        )
    if not can_move(payment.status, EVENT_OF_CHARGE[charge.status]):
        return Misfit(f"the charge is {charge.status}, the payment {payment.status}")
    moved = follow_charge(payment, charge, entry_id=entry_id, now=now)
    declined = charge.status is ChargeStatus.DECLINED
    return _step(
        family,
        operation,
        OperationState.FAILED if declined else OperationState.SUCCEEDED,
        moved,
        now,
        reference=charge.reference,
        # What never moved money is no reference that another charge could collide with.
        references=() if declined else charge_references(payment, charge),
    )


def _settle_move(
    family: Family, operation: Operation, effect: Effect, entry_id: str, now: datetime
) -> Settled:
    payment, charge = family.payment, effect.charge
    if effect.status is EffectStatus.SUCCEEDED:
        if operation.kind is OperationKind.VOID:
            voided = _as_charge(payment, ChargeStatus.VOIDED)
            moved = follow_charge(payment, voided, entry_id=entry_id, now=now)
        else:
            moved = capture(
                payment, operation.amount_minor, handle=effect.handle, entry_id=entry_id, now=now
            )
        references = ((effect.reference, payment.key),) if effect.reference else ()
        return _step(
            family,
            operation,
            OperationState.SUCCEEDED,
            moved,
            now,
            reference=effect.reference,
            references=references,
        )
    if charge is not None and charge.status in (
        ChargeStatus.SUCCEEDED,
        ChargeStatus.VOIDED,
        ChargeStatus.EXPIRED,
    ):
        problem = charge_misfit(payment, charge)
        if problem is not None:
            return Misfit(problem)
        moved = follow_charge(payment, charge, entry_id=entry_id, now=now)
        operations, completions = overtake(family, charge, moved.payment, now)
        return Step(
            payment=Change(payment, moved.payment),
            operations=operations,
            entry=moved.entry,
            references=capture_references(payment, charge) if moved.entry else (),
            completions=completions,
        )
    after = replace(payment, open_operation=None, updated_at=max(now, payment.updated_at))
    return _step(
        family,
        operation,
        OperationState.FAILED,
        Moved(after, after, None),
        now,
        refused=effect.failure or Failure("processor_refused", "the processor refused"),
    )


def _settle_refund(
    family: Family, operation: Operation, effect: Effect, entry_id: str, now: datetime
) -> Step:
    refund = family.refunds[operation.id]
    moved = end_refund(
        family.payment,
        refund,
        _REFUND_STATUS[effect.status],
        reference=effect.reference,
        failure=effect.failure,
        entry_id=entry_id,
        now=now,
    )
    succeeded = effect.status is EffectStatus.SUCCEEDED
    state = OperationState.SUCCEEDED if succeeded else OperationState.FAILED
    references = ((effect.reference, refund.key),) if succeeded and effect.reference else ()
    return Step(
        payment=Change(family.payment, moved.payment),
        refund=Change(refund, moved.item),
        operations=(Change(operation, close(operation, state, now, reference=effect.reference)),),
        entry=moved.entry,
        references=references,
        completions=_completions(operation, moved.payment, refund=moved.item),
    )


def _settle_return(
    family: Family, operation: Operation, effect: Effect, entry_id: str, now: datetime
) -> Settled:
    is_released = (
        not operation.entries
        and effect.charge is not None
        and effect.charge.status in (ChargeStatus.VOIDED, ChargeStatus.EXPIRED)
    )
    # A hold that lapsed, or that a person released, is given back all the same.
    if effect.status is EffectStatus.FAILED and not is_released:
        why = effect.failure.message if effect.failure else "no reason given"
        return Misfit(f"the orphan charge could not be given back: {why}")
    entry: LedgerEntry | None = None
    # Only a charge that was captured moved money; a hold is just released.
    if operation.entries:
        entry = entry_of(
            family.payment,
            EntryKind.ORPHAN_RETURNED,
            operation.key,
            transfer(SUSPENSE, external(operation.processor), operation.amount_minor),
            entry_id=entry_id,
            now=now,
        )
    closed = close(
        operation,
        OperationState.SUCCEEDED,
        now,
        reference=effect.reference,
        entries=(entry.key,) if entry else (),
    )
    return Step(
        operations=(Change(operation, closed),),
        entry=entry,
        references=((effect.reference, operation.key),) if effect.reference else (),
    )


def capture_references(payment: Payment, charge: Charge) -> tuple[tuple[str, ItemKey], ...]:
    """A capture that the charge tells of, and whose own id is not known: one charge is captured
    once.
    """
    captured = (f"{payment.processor_reference or charge.reference}/capture", payment.key)
    return (captured, *charge_references(payment, charge))


def charge_references(payment: Payment, charge: Charge) -> tuple[tuple[str, ItemKey], ...]:
    """The names of the charge that the payment did not have before."""
    known = (None, payment.processor_handle, charge.reference)
    names = () if payment.processor_reference else (charge.reference,)
    handles = () if charge.handle in known else (str(charge.handle),)
    return tuple((name, payment.key) for name in (*names, *handles))


def _as_charge(payment: Payment, status: ChargeStatus) -> Charge:
    if payment.processor_reference is None:
        raise ValueError("a payment that can be voided has a charge")
    return Charge(
        reference=payment.processor_reference,
        status=status,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
    )


def _step(
    family: Family,
    operation: Operation,
    state: OperationState,
    moved: Moved[Payment],
    now: datetime,
    *,
    reference: str | None = None,
    references: tuple[tuple[str, ItemKey], ...] = (),
    refused: Failure | None = None,
) -> Step:
    return Step(
        payment=Change(family.payment, moved.payment),
        operations=(Change(operation, close(operation, state, now, reference=reference)),),
        entry=moved.entry,
        references=references,
        completions=_completions(operation, moved.payment, refused=refused),
    )


def _completions(
    operation: Operation,
    payment: Payment,
    *,
    refund: Refund | None = None,
    refused: Failure | None = None,
    conflict: str | None = None,
) -> tuple[Completion, ...]:
    if operation.record_id is None or operation.origin is None:
        return ()
    return (
        Completion(
            record_id=operation.record_id,
            item=payment.key if refund is None else refund.key,
            kind=operation.kind,
            origin=operation.origin,
            # As it will be read once the step is written.
            payment=replace(payment, version=payment.version + 1),
            refund=refund,
            refused=refused,
            conflict=conflict,
        ),
    )


def _conflict(payment: Payment) -> str:
    return f"the payment is {payment.status} meanwhile"
