"""What is written together when something happens at a processor? Every transaction of payments
through processors is one step, item by item, with the condition of each.

    record       the request that begins it: absent or expired
    event        the event that brings it: absent; one that was stored: unmatched so far
    new items    payment, refund, dispute, operation: absent
    entry        absent
    references   absent: what a processor's id was posted for is never posted again
    payment, refund, dispute, operations    version as read
    completed    records of requests that are answered: in progress, and of this very item
    balance      add; if the merchant's funds must be there: available >= what is taken; if they are
                 taken though they may not be there: no other shard of the book could have them
    shards       of a book that has several: see `domain.shards`

A step that only moves an operation on (its lease, what was found out) is one of these too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from oncepay.domain.dispute import Dispute
from oncepay.domain.idempotency import Answer, IdempotencyRecord, RecordState
from oncepay.domain.inbound_event import InboundEvent
from oncepay.domain.ledger import AVAILABLE, LedgerEntry, Needs
from oncepay.domain.operation import Operation
from oncepay.domain.payment import Payment, Refund
from oncepay.domain.steps import Change, Completion, Step
from oncepay.storage import (
    disputes,
    events,
    idempotency_records,
    ledger,
    operations,
    payments,
)
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.idempotency_records import IdempotencyItem, put_record
from oncepay.storage.item_changes import changes_between
from oncepay.storage.operations import ReferenceItem
from oncepay.storage.stored_item import StoredItem
from oncepay.storage.transactions import Refusal, Transaction

RECORD = "record"
EVENT = "event"
PAYMENT = "payment"
REFUND = "refund"
DISPUTE = "dispute"
OPERATION = "operation"
REFERENCE = "reference"
COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Completed:
    """The answer to a request, and until when it is kept, in epoch seconds."""

    completion: Completion
    answer: Answer
    expires_at: int


@dataclass(frozen=True, slots=True)
class StepRefused:
    """Why a step was refused; nothing of it was written.

    Attributes:
        record: the living idempotency record in the way of the request that would begin.
        event_known: somebody else has stored the event, or had it applied, meanwhile.
        referenced: the processor's id was posted before.
        answered: a request of the step is not in progress any more.
        books: the balances were not as they have to be, and nothing else was in the way.
        is_one_shard: the book has no other shard than the one that was in the way.
    """

    record: IdempotencyRecord | None
    event_known: bool
    referenced: bool
    answered: bool
    books: bool
    is_one_shard: bool


def write_step(
    database: Database,
    step: Step,
    budget: Budget,
    *,
    record: IdempotencyRecord | None = None,
    completed: Sequence[Completed] = (),
    event: Change[InboundEvent] | None = None,
) -> StepRefused | None:
    """Write a step; None when done.

    Args:
        database: the tables.
        step: what changes.
        budget: the time left.
        record: of the request that begins, in progress or completed at once.
        completed: the answers to the requests that the step completes.
        event: that brings it.

    Raises:
        RateLimited, OutcomeUnknown, InternalError: see `Database.write`.
    """
    transaction = Transaction()
    if record is not None:
        put_record(transaction, RECORD, record, record.created_at)
    if event is not None:
        condition = events.absent() if event.before is None else events.unmatched()
        transaction.put(EVENT, events.to_item(event.after), condition)
    if step.payment is not None:
        _change(transaction, PAYMENT, step.payment)
    if step.refund is not None:
        _change(transaction, REFUND, step.refund)
    if step.dispute is not None:
        _change(transaction, DISPUTE, step.dispute)
    for number, change in enumerate(step.operations):
        _change(transaction, f"{OPERATION} {number}", change)
    if step.over_shards is not None:
        ledger.post_all(transaction, step.over_shards.posted)
        for number, (ledger_id, needs) in enumerate(step.over_shards.checks):
            ledger.check(transaction, ledger_id, needs, label=f" of {number}")
    elif step.entry is not None:
        ledger.post(transaction, step.entry, needs=_needs_of(step.entry, step))
    processor = _processor_of(step)
    for number, (reference, leads_to) in enumerate(step.references):
        pointer = operations.reference_item(processor, reference, leads_to)
        transaction.put(f"{REFERENCE} {number}", pointer, ReferenceItem.id.does_not_exist())
    for number, done in enumerate(completed):
        _complete(transaction, f"{COMPLETED} {number}", done)
    refusal = database.write(transaction, budget)
    return None if refusal is None else _refused(refusal)


def _needs_of(entry: LedgerEntry, step: Step) -> Needs | None:
    change_minor = entry.change_of(AVAILABLE)
    if change_minor >= 0:
        return None
    return Needs(at_least=-change_minor) if step.needs_funds else Needs(unsharded=True)


def _change(
    transaction: Transaction,
    label: str,
    change: Change[Payment] | Change[Refund] | Change[Dispute] | Change[Operation],
) -> None:
    after = _item(change.after)
    if change.before is None:
        transaction.put(label, after)
        return
    before, key = _item(change.before), change.before.key
    stored = type(after)(id=key.id, part=key.part, version=change.before.version)
    transaction.update(label, stored, changes_between(before, after))


def _item(of: Payment | Refund | Dispute | Operation) -> StoredItem:
    if isinstance(of, Payment):
        return payments.payment_item(of)
    if isinstance(of, Refund):
        return payments.refund_item(of)
    if isinstance(of, Dispute):
        return disputes.dispute_item(of)
    return operations.operation_item(of)


def _complete(transaction: Transaction, label: str, done: Completed) -> None:
    item = done.completion.item
    transaction.update(
        label,
        IdempotencyItem(id=done.completion.record_id),
        [
            IdempotencyItem.state.set(RecordState.COMPLETED.value),
            IdempotencyItem.status_code.set(done.answer.status_code),
            IdempotencyItem.body.set(done.answer.body),
            IdempotencyItem.expires_at.set(done.expires_at),
        ],
        (IdempotencyItem.state == RecordState.IN_PROGRESS.value)
        & (IdempotencyItem.item_id == item.id)
        & (IdempotencyItem.item_part == item.part),
    )


def _refused(refusal: Refusal) -> StepRefused:
    raw, balance = refusal.item(RECORD), refusal.item(ledger.BALANCE)
    labels = refusal.refused
    return StepRefused(
        record=idempotency_records.from_raw(raw) if raw else None,
        event_known=EVENT in refusal,
        referenced=any(label.startswith(f"{REFERENCE} ") for label in labels),
        answered=all(label.startswith(f"{COMPLETED} ") for label in labels),
        books=all(ledger.is_of_balance(label) for label in labels),
        is_one_shard=balance is None or ledger.balance_from_raw(balance).shards == 1,
    )


def _processor_of(step: Step) -> str:
    if step.payment is not None and step.payment.after.processor is not None:
        return step.payment.after.processor
    return step.operations[0].after.processor if step.operations else ""
