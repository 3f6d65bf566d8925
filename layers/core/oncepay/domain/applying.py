"""What does news of a processor do to a payment: an event, or an answer that comes after its
operation was closed? It may be new, known, older than what is known, or too early; and a success is
never dropped.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from oncepay.domain.charge_moves import EVENT_OF_CHARGE, capture, entry_of, follow_charge
from oncepay.domain.dispute import (
    DisputeFound,
    can_follow,
    dispute_id,
    follow_dispute,
)
from oncepay.domain.identifiers import derive_id, hash_of
from oncepay.domain.inbound_event import InboundEvent
from oncepay.domain.ledger import SUSPENSE, EntryKind, external, transfer
from oncepay.domain.lifecycle import PaymentEvent, PaymentStatus, can_move
from oncepay.domain.misfits import charge_misfit
from oncepay.domain.operation import Operation, OperationKind, ProcessorRequest
from oncepay.domain.payment import Payment
from oncepay.domain.payout import PayoutFound
from oncepay.domain.processor_answer import Charge, ChargeStatus, Effect, EffectStatus, Found
from oncepay.domain.refund_news import apply_refund
from oncepay.domain.settling import (
    capture_references,
    is_of_two_moments,
    overtake,
    settle,
)
from oncepay.domain.steps import (
    Applied,
    Change,
    Family,
    Misfit,
    Nothing,
    NotYet,
    Step,
    StillOpen,
)


class NewsKind(StrEnum):
    """What a processor tells of that is never asked for."""

    DISPUTE = "dispute"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What a processor tells of a payment.

    Attributes:
        found: the charge, capture, void, refund or dispute as it was then.
        kind: of what it tells: AUTHORIZE is the charge itself.
        operation_id: our key, under which it was done; None if it began at the processor.
    """

    found: Found | DisputeFound
    kind: OperationKind | NewsKind
    operation_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventOfPayment:
    """An event, and what it tells.

    Attributes:
        event: as it came, or as it is stored.
        news: what it tells of a payment; None if nothing that we act on.
        payment_id: of which payment, if the event names it.
        references: the processor's ids that it names, of which one may lead to the payment.
        payout: what it tells of a payout, which is of no payment; None if it tells of none.
    """

    event: InboundEvent
    news: News | None
    payment_id: str | None
    references: tuple[str, ...] = ()
    payout: PayoutFound | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """How an orphan charge of this processor would be given back."""

    refund: ProcessorRequest
    void: ProcessorRequest


def apply(
    family: Family, news: News, *, returns: Returns | None, entry_id: str, now: datetime
) -> Applied:
    """What the news changes.

    Args:
        family: as read.
        news: what the processor tells.
        returns: how to give the charge back, should it be an orphan; only news of a charge need it.
        entry_id: of the ledger entry, should there be one.
        now: when.
    """
    if isinstance(news.found, DisputeFound):
        return _apply_dispute(family, news.found, entry_id, now)
    operation = family.operations.get(news.operation_id or "")
    if operation is not None and operation.is_open:
        if is_of_two_moments(family, operation):
            return NotYet()
        settled = settle(family, operation, news.found, entry_id=entry_id, now=now)
        return Nothing() if isinstance(settled, StillOpen) else settled
    if operation is not None and operation.kind is OperationKind.RETURN_ORPHAN:
        # What gave the charge back has closed it; the payment has no part in it.
        return Nothing()
    if isinstance(news.found, Charge):
        return _apply_charge(family, news.found, returns, entry_id, now)
    if news.found.status is EffectStatus.PENDING:
        return Nothing()
    if family.payment.status in (PaymentStatus.PROCESSING, PaymentStatus.REQUIRES_ACTION):
        return NotYet()
    if news.kind is OperationKind.REFUND:
        return apply_refund(
            family, news.found, refund_id=news.operation_id, entry_id=entry_id, now=now
        )
    return _apply_move(family, news, news.found, entry_id, now)


def orphan_id(processor: str, reference: str) -> str:
    """Id of the operation that gives an orphan charge back: one for each charge."""
    return derive_id("or", hash_of("orphan", processor, reference))


def _apply_charge(
    family: Family, charge: Charge, returns: Returns | None, entry_id: str, now: datetime
) -> Applied:
    payment = family.payment
    took_money = charge.status in (ChargeStatus.AUTHORIZED, ChargeStatus.SUCCEEDED)
    is_ours = payment.is_charged_by(charge.reference)
    if payment.status in (PaymentStatus.PROCESSING, PaymentStatus.REQUIRES_ACTION):
        return NotYet()
    if took_money and (payment.status is PaymentStatus.DECLINED or not is_ours):
        return _orphan(family, charge, returns, entry_id, now)
    if not is_ours:
        return Nothing()
    event = EVENT_OF_CHARGE.get(charge.status)
    if event is None or not can_move(payment.status, event):
        return Nothing()
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


def _apply_move(
    family: Family, news: News, effect: Effect, entry_id: str, now: datetime
) -> Applied:
    payment = family.payment
    if effect.status is EffectStatus.FAILED:
        return Nothing()
    captures = news.kind is OperationKind.CAPTURE
    event = PaymentEvent.CAPTURED if captures else PaymentEvent.VOIDED
    if captures and payment.status is PaymentStatus.DECLINED and not _has_taken_orphan(family):
        # Of which charge it is this does not say: as an orphan it could not be given back.
        return Misfit("it was captured, and the payment was declined")
    if not can_move(payment.status, event):
        return Nothing()
    problem = _move_misfit(payment, effect, captures=captures)
    if problem is not None:
        return Misfit(problem)
    status = ChargeStatus.SUCCEEDED if captures else ChargeStatus.VOIDED
    captured_minor = effect.amount_minor or 0
    charge = Charge(
        reference=str(payment.processor_reference),
        status=status,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        captured_minor=captured_minor if captures else 0,
    )
    if captures:
        moved = capture(payment, captured_minor, handle=effect.handle, entry_id=entry_id, now=now)
    else:
        moved = follow_charge(payment, charge, entry_id=entry_id, now=now)
    operations, completions = overtake(family, charge, moved.payment, now)
    return Step(
        payment=Change(payment, moved.payment),
        operations=operations,
        entry=moved.entry,
        references=((effect.reference, payment.key),) if effect.reference else (),
        completions=completions,
    )


def _has_taken_orphan(family: Family) -> bool:
    return any(
        operation.kind is OperationKind.RETURN_ORPHAN and operation.entries
        for operation in family.operations.values()
    )


def _apply_dispute(family: Family, found: DisputeFound, entry_id: str, now: datetime) -> Applied:
    payment = family.payment
    dispute = family.disputes.get(dispute_id(str(payment.processor), found.reference))
    if payment.status is not PaymentStatus.SUCCEEDED:
        # Nothing can be taken back of what was not taken: the capture is not known yet.
        return NotYet()
    problem = _dispute_misfit(payment, found)
    if problem is not None:
        return Misfit(problem)
    if dispute is not None and not can_follow(dispute.status, found.status):
        if dispute.status is found.status or not found.is_over:
            return Nothing()
        return Misfit(f"a dispute that is {dispute.status} cannot become {found.status}")
    led = follow_dispute(payment, dispute, found, entry_id=entry_id, now=now)
    return Step(
        payment=Change(payment, led.payment),
        dispute=Change(dispute, led.dispute),
        entry=led.entry,
        references=() if dispute else ((found.reference, led.dispute.key),),
    )


def _dispute_misfit(payment: Payment, found: DisputeFound) -> str | None:
    if not payment.is_charged_by(found.charge_reference):
        return f"another charge: {found.charge_reference}"
    if found.currency != payment.currency:
        return f"another currency: {found.currency}"
    if not 0 < found.amount_minor <= payment.captured_minor:
        return f"amount_minor {found.amount_minor} of {payment.captured_minor} that were captured"
    if found.lost_minor not in (None, found.amount_minor):
        # Whether the rest is the merchant's again is not said.
        return f"lost_minor {found.lost_minor} of {found.amount_minor} that were disputed"
    return None


def _orphan(
    family: Family, charge: Charge, returns: Returns | None, entry_id: str, now: datetime
) -> Applied:
    payment = family.payment
    processor = str(payment.processor)
    operation_id = orphan_id(processor, charge.reference)
    if operation_id in family.operations:
        return Nothing()
    if charge.currency != payment.currency:
        return Misfit(f"another currency: {charge.currency}")
    if returns is None:
        raise ValueError("an orphan charge is given back, and nobody said how")
    is_captured = charge.status is ChargeStatus.SUCCEEDED
    amount_minor = charge.captured_minor if is_captured else charge.amount_minor
    operation = Operation(
        id=operation_id,
        payment_id=payment.id,
        merchant_id=payment.merchant_id,
        fingerprint=payment.fingerprint,
        kind=OperationKind.RETURN_ORPHAN,
        processor=processor,
        request=returns.refund if is_captured else returns.void,
        amount_minor=amount_minor,
        currency=payment.currency,
        created_at=now,
        updated_at=now,
        due_at=now,
    )
    entry = None
    if is_captured:
        entry = entry_of(
            payment,
            EntryKind.ORPHAN_CHARGE,
            operation.key,
            transfer(external(processor), SUSPENSE, amount_minor),
            entry_id=entry_id,
            now=now,
        )
        operation = replace(operation, entries=(entry.key,))
    return Step(
        operations=(Change(None, operation),),
        entry=entry,
        references=((charge.reference, operation.key),),
        orphan=True,
    )


def _move_misfit(payment: Payment, effect: Effect, *, captures: bool) -> str | None:
    if not payment.is_charged_by(effect.charge_reference):
        return f"another charge: {effect.charge_reference}"
    if not captures:
        return None
    if effect.currency != payment.currency:
        return f"another currency: {effect.currency}"
    if not 0 < (effect.amount_minor or 0) <= payment.amount_minor:
        return f"another amount_minor: {effect.amount_minor}"
    return None
