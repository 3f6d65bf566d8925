"""How does a payment follow its charge, and its refunds, at the processor? The new states with the
entries that go with them; which of them is allowed is in `domain.lifecycle`.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from oncepay.domain.ledger import (
    AVAILABLE,
    PENDING,
    REFUNDING,
    EntryKind,
    ItemKey,
    LedgerEntry,
    Posting,
    capture_postings,
    external,
    ledger_id,
    transfer,
)
from oncepay.domain.lifecycle import (
    PaymentEvent,
    PaymentStatus,
    RefundStatus,
    move,
    require_refund_edge,
)
from oncepay.domain.money import fee_of
from oncepay.domain.payment import Payment, Refund
from oncepay.domain.processor_answer import Charge, ChargeStatus, Failure

AUTHORIZATION_LASTS = timedelta(days=7)
"""Unless the processor says when it lapses. Source: Stripe, "Place a hold on a payment method",
as of 2026-11: seven days for most cards."""

EVENT_OF_CHARGE = {
    ChargeStatus.REQUIRES_ACTION: PaymentEvent.ACTION_REQUIRED,
    ChargeStatus.AUTHORIZED: PaymentEvent.AUTHORIZED,
    ChargeStatus.SUCCEEDED: PaymentEvent.CAPTURED,
    ChargeStatus.DECLINED: PaymentEvent.DECLINED,
    ChargeStatus.VOIDED: PaymentEvent.VOIDED,
    ChargeStatus.EXPIRED: PaymentEvent.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Moved[T: (Payment, Refund)]:
    """What a move leads to: the item afterwards, and the entry, if money moves."""

    payment: Payment
    item: T
    entry: LedgerEntry | None


def entry_of(
    payment: Payment,
    kind: EntryKind,
    item: ItemKey,
    postings: tuple[Posting, ...],
    *,
    entry_id: str,
    now: datetime,
    shard: int = 0,
) -> LedgerEntry:
    """An entry in the books of the payment's merchant and currency."""
    return LedgerEntry(
        id=entry_id,
        ledger_id=ledger_id(payment.merchant_id, payment.currency, shard),
        kind=kind,
        item=item,
        payment_id=payment.id,
        currency=payment.currency,
        postings=postings,
        created_at=now,
    )


def follow_charge(
    payment: Payment, charge: Charge, *, entry_id: str, now: datetime
) -> Moved[Payment]:
    """The payment as its charge is.

    Raises:
        InvalidTransition: there is no such edge.
    """
    event = EVENT_OF_CHARGE[charge.status]
    after = replace(
        payment,
        status=move(payment.status, event),
        # One that was turned away before it began has none; and what it was first known by, it is.
        processor_reference=payment.processor_reference or charge.reference or None,
        processor_handle=charge.handle or payment.processor_handle,
        open_operation=None,
        next_action_url=None,
        authorization_expires_at=None,
        due_at=None,
        updated_at=max(now, payment.updated_at),
    )
    if event is PaymentEvent.ACTION_REQUIRED:
        after = replace(after, next_action_url=charge.next_action_url)
    elif event is PaymentEvent.AUTHORIZED:
        lapses_at = charge.expires_at or now + AUTHORIZATION_LASTS
        after = replace(after, authorization_expires_at=lapses_at, due_at=lapses_at)
    elif event is PaymentEvent.DECLINED:
        after = replace(after, failure=charge.failure or Failure("card_declined", "declined"))
    elif event is PaymentEvent.CAPTURED:
        return capture(after, charge.captured_minor, entry_id=entry_id, now=now)
    return Moved(after, after, None)


def capture(
    payment: Payment,
    captured_minor: int,
    *,
    handle: str | None = None,
    entry_id: str,
    now: datetime,
) -> Moved[Payment]:
    """The payer's money was taken, part or all of it; what is left is released. The fee is of what
    was taken.
    """
    fee_minor = fee_of(captured_minor, payment.fee_basis_points)
    entry = entry_of(
        payment,
        EntryKind.CAPTURE,
        payment.key,
        capture_postings(_processor(payment), captured_minor, fee_minor),
        entry_id=entry_id,
        now=now,
        # Each payment has one: all others are few, and find in shard 0 what was made available.
        shard=payment.shard,
    )
    after = replace(
        payment,
        status=PaymentStatus.SUCCEEDED,
        processor_handle=handle or payment.processor_handle,
        captured_minor=captured_minor,
        fee_minor=fee_minor,
        pending_minor=captured_minor - fee_minor,
        open_operation=None,
        authorization_expires_at=None,
        due_at=None,
        unsettled_since=now,
        # A late capture of what we called lapsed is none of its failure's business.
        failure=None,
        entries=(*payment.entries, entry.key),
        updated_at=max(now, payment.updated_at),
    )
    return Moved(after, after, entry)


def refund_source(payment: Payment) -> str:
    """Where a refund's money comes from, and goes back to: the payment's own share of `pending`
    until a settlement file has made it available.
    """
    return PENDING if payment.settlement_id is None else AVAILABLE


def reserve_refund(
    payment: Payment, refund: Refund, *, entry_id: str, now: datetime
) -> Moved[Refund]:
    """Set the money of a refund aside before the processor is asked."""
    source = refund_source(payment)
    entry = entry_of(
        payment,
        EntryKind.REFUND_RESERVED,
        refund.key,
        transfer(source, REFUNDING, refund.amount_minor),
        entry_id=entry_id,
        now=now,
    )
    after = replace(
        _share(payment, -refund.amount_minor),
        refunding_minor=payment.refunding_minor + refund.amount_minor,
        updated_at=max(now, payment.updated_at),
    )
    return Moved(after, replace(refund, entries=(*refund.entries, entry.key)), entry)


def end_refund(
    payment: Payment,
    refund: Refund,
    status: RefundStatus,
    *,
    reference: str | None,
    failure: Failure | None,
    entry_id: str,
    now: datetime,
) -> Moved[Refund]:
    """A pending refund succeeded or failed, a failed one succeeded after all, or one that had
    succeeded came back.
    """
    require_refund_edge(refund.status, status)
    amount_minor, at_processor = refund.amount_minor, external(_processor(payment))
    if refund.status is RefundStatus.FAILED:
        kind = EntryKind.PROCESSOR_REFUND
        postings = transfer(refund_source(payment), at_processor, amount_minor)
        after = replace(
            _share(payment, -amount_minor), refunded_minor=payment.refunded_minor + amount_minor
        )
    elif refund.status is RefundStatus.SUCCEEDED:
        kind = EntryKind.REFUND_FAILED
        postings = transfer(at_processor, refund_source(payment), amount_minor)
        after = replace(
            _share(payment, amount_minor), refunded_minor=payment.refunded_minor - amount_minor
        )
    elif status is RefundStatus.SUCCEEDED:
        kind = EntryKind.REFUND_SUCCEEDED
        postings = transfer(REFUNDING, at_processor, amount_minor)
        after = replace(
            payment,
            refunding_minor=payment.refunding_minor - amount_minor,
            refunded_minor=payment.refunded_minor + amount_minor,
        )
    else:
        kind = EntryKind.REFUND_FAILED
        postings = transfer(REFUNDING, refund_source(payment), amount_minor)
        after = replace(
            _share(payment, amount_minor), refunding_minor=payment.refunding_minor - amount_minor
        )
    entry = entry_of(payment, kind, refund.key, postings, entry_id=entry_id, now=now)
    ended = replace(
        refund,
        status=status,
        processor_reference=reference or refund.processor_reference,
        failure=failure if status is RefundStatus.FAILED else None,
        entries=(*refund.entries, entry.key),
        updated_at=max(now, refund.updated_at),
    )
    return Moved(replace(after, updated_at=max(now, payment.updated_at)), ended, entry)


def take_refund(payment: Payment, refund: Refund, *, entry_id: str, now: datetime) -> Moved[Refund]:
    """A refund that began at the processor: it is posted whatever the balance is."""
    entry = entry_of(
        payment,
        EntryKind.PROCESSOR_REFUND,
        refund.key,
        transfer(refund_source(payment), external(_processor(payment)), refund.amount_minor),
        entry_id=entry_id,
        now=now,
    )
    after = replace(
        _share(payment, -refund.amount_minor),
        status=move(payment.status, PaymentEvent.REFUNDED),
        refunded_minor=payment.refunded_minor + refund.amount_minor,
        updated_at=max(now, payment.updated_at),
    )
    return Moved(after, replace(refund, entries=(entry.key,)), entry)


def _share(payment: Payment, change_minor: int) -> Payment:
    """The payment's share of `pending`, as long as it is still there."""
    if payment.settlement_id is not None:
        return payment
    return replace(payment, pending_minor=payment.pending_minor + change_minor)


def _processor(payment: Payment) -> str:
    if payment.processor is None:
        raise ValueError("a payment from the balance has no processor")
    return payment.processor
