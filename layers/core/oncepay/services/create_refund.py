"""Money of a payment goes back to the balance it came from: one read, one transaction."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from oncepay.domain.errors import NotFound, RateLimited
from oncepay.domain.idempotency import (
    IdempotencyRecord,
    IdempotentRequest,
    Outcome,
    completed_record,
)
from oncepay.domain.identifiers import is_derived_id
from oncepay.domain.ledger import EntryKind, ItemKey, LedgerEntry, ledger_id, refund_postings
from oncepay.domain.payment import Payment, Refund, refund_payment
from oncepay.services.new_entry_id import new_entry_id
from oncepay.services.replay import Present, replay
from oncepay.storage import idempotency_records, payments, write_sets
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database

MAX_TURNS = 20
"""Times that a payment is read again because another refund of it was faster."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRefund:
    """The command. `amount_minor` in minor units, None for all that is left."""

    payment_id: str
    amount_minor: int | None
    reason: str | None


def create_refund(
    command: CreateRefund,
    *,
    request: IdempotentRequest,
    present: Present[Refund],
    retention: timedelta,
    database: Database,
    now: datetime,
    budget: Budget,
) -> Outcome:
    """Give back part or all of a payment, post it and store the answer, together or not at all.

    The payment is locked by its version: of two refunds at once, the slower one reads again and
    decides anew.

    Args:
        command: what to do.
        request: who asks, and under which key.
        present: makes the answer.
        retention: how long the answer is kept.
        database: the tables.
        now: the time of the call.
        budget: the time left.

    Returns:
        201 and the refund, now or as answered before.

    Raises:
        NotFound: no such payment of this merchant.
        InvalidTransition, AmountExceedsCaptured: against the payment's state.
        IdempotencyKeyReused, RateLimited, OutcomeUnknown: see `domain.errors`.
    """
    if not is_derived_id("pay", command.payment_id):
        raise NotFound("no such payment")
    refund_id = request.derive_id("re")
    for turn in range(MAX_TURNS):
        payment, record, made = _read(command.payment_id, refund_id, request, database, budget)
        past = replay(request, record=record, made=made, present=present, now=now)
        if past is not None:
            return past
        after, refund = refund_payment(
            payment,
            refund_id=refund_id,
            fingerprint=request.fingerprint,
            amount_minor=command.amount_minor,
            reason=command.reason,
            now=now,
        )
        entry = LedgerEntry(
            id=new_entry_id(now),
            ledger_id=ledger_id(payment.merchant_id, payment.currency),
            kind=EntryKind.REFUND,
            item=refund.key,
            payment_id=payment.id,
            currency=payment.currency,
            postings=refund_postings(refund.amount_minor),
            created_at=now,
        )
        answer = present(refund)
        refused = write_sets.write_refund(
            database,
            completed_record(request, item=refund.key, answer=answer, now=now, retention=retention),
            payment,
            after,
            replace(refund, entries=(entry.key,)),
            entry,
            now,
            budget,
        )
        if refused is None:
            return Outcome(answer, replayed=False)
        past = replay(request, record=refused.record, made=refused.item, present=present, now=now)
        if past is not None:
            return past
        if not budget.wait_before_retry(turn):
            break
    raise RateLimited("too many refunds of this payment at once; nothing was done")


def _read(
    payment_id: str,
    refund_id: str,
    request: IdempotentRequest,
    database: Database,
    budget: Budget,
) -> tuple[Payment, IdempotencyRecord | None, Refund | None]:
    refund_key = ItemKey(payment_id, f"refund#{refund_id}")
    raw_payment, raw_record, raw_refund = database.get_together(
        [
            (payments.PaymentItem, payment_id, "payment"),
            (idempotency_records.IdempotencyItem, request.record_id, None),
            (payments.RefundItem, refund_key.id, refund_key.part),
        ],
        budget,
    )
    payment = payments.payment_from_raw(raw_payment) if raw_payment else None
    if payment is None or payment.merchant_id != request.merchant_id:
        raise NotFound("no such payment")
    return (
        payment,
        idempotency_records.from_raw(raw_record) if raw_record else None,
        payments.refund_from_raw(raw_refund) if raw_refund else None,
    )
