"""Money of a payment goes back to the balance it came from: one read, one transaction."""

from dataclasses import dataclass, replace
from datetime import datetime

from oncepay.domain.errors import NotFound, RateLimited
from oncepay.domain.idempotency import (
    Answer,
    IdempotencyRecord,
    IdempotentRequest,
    Outcome,
    RecordState,
    completed_record,
)
from oncepay.domain.identifiers import is_derived_id
from oncepay.domain.ledger import EntryKind, ItemKey, LedgerEntry, ledger_id, refund_postings
from oncepay.domain.operation import Origin
from oncepay.domain.payment import PROCESSOR, Payment, Refund, refund_payment
from oncepay.domain.steps import Family
from oncepay.services.answer_request import carry_on
from oncepay.services.create_processor_refund import create_processor_refund
from oncepay.services.new_entry_id import new_entry_id
from oncepay.services.processor_tools import ProcessorTools
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
    origin: Origin,
    present: Present[Refund],
    tools: ProcessorTools,
    now: datetime,
) -> Outcome:
    """Give back part or all of a payment. One from the balance is posted at once, together with the
    answer; one through a processor is given back there.

    The payment is locked by its version: of two refunds at once, the slower one reads again and
    decides anew.

    Args:
        command: what to do.
        request: who asks, and under which key.
        origin: the HTTP request.
        present: makes the answer.
        tools: see there.
        now: the time of the call.

    Returns:
        201 and the refund, now or as answered before; pending as long as a processor's outcome is
        not known. 402 if funds that a settlement made available are gone.

    Raises:
        NotFound: no such payment of this merchant.
        InvalidTransition, AmountExceedsCaptured: against the payment's state.
        IdempotencyKeyReused, RequestInProgress, ProcessorUnavailable, RateLimited, OutcomeUnknown:
            see `domain.errors`.
    """
    if not is_derived_id("pay", command.payment_id):
        raise NotFound("no such payment")
    refund_id = request.derive_id("re")
    database, budget = tools.database, tools.budget
    for turn in range(MAX_TURNS):
        payment, record, made = _read(command.payment_id, refund_id, request, database, budget)
        if payment.funding_type == PROCESSOR:
            outcome = _at_processor(command, payment, record, made, request, origin, present, tools)
            if outcome is not None:
                return outcome
            if not budget.wait_before_retry(turn):
                break
            continue
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
            completed_record(
                request, item=refund.key, answer=answer, now=now, retention=tools.retention
            ),
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


def _at_processor(
    command: CreateRefund,
    payment: Payment,
    record: IdempotencyRecord | None,
    made: Refund | None,
    request: IdempotentRequest,
    origin: Origin,
    present: Present[Refund],
    tools: ProcessorTools,
) -> Outcome | None:
    """The outcome, or None if the payment has changed since it was read."""
    refund_id = request.derive_id("re")

    def present_family(family: Family) -> Answer:
        return present(family.refunds[refund_id])

    is_open = record is not None and record.state is RecordState.IN_PROGRESS
    if record is not None and is_open and record.fingerprint == request.fingerprint:
        return carry_on(
            request,
            payment_id=payment.id,
            operation_id=refund_id,
            present=present_family,
            tools=tools,
        )
    past = replay(request, record=record, made=made, present=present, now=tools.clock())
    if past is not None:
        return past
    return create_processor_refund(
        payment,
        amount_minor=command.amount_minor,
        reason=command.reason,
        request=request,
        origin=origin,
        present=present_family,
        tools=tools,
    )


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
