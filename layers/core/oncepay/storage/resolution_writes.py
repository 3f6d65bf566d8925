"""What is written together when a person decides about a break?

record            absent or expired
break             version as read
payment, refund   version as read; settled by nobody, or by the break's run
marker            absent or free, when the break is corrected; freed, when that is taken back
entry             absent
balance           add
"""

from dataclasses import dataclass

from pynamodb.expressions.update import Action

from oncepay.domain.break_resolution import Resolved
from oncepay.domain.idempotency import IdempotencyRecord
from oncepay.domain.ledger import AVAILABLE, Needs
from oncepay.domain.payment import Payment, Refund
from oncepay.domain.settlement import Break, BreakStatus
from oncepay.domain.settlement_markers import Marker
from oncepay.storage import idempotency_records, ledger
from oncepay.storage.breaks import BreakItem, break_changes, break_part
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.payments import PaymentItem, RefundItem, payment_item
from oncepay.storage.settlement_markers import (
    MarkerItem,
    marker_from_raw,
    marker_is_free,
    marker_item,
)
from oncepay.storage.transactions import Transaction

RECORD, BREAK, ITEM, MARKER = "record", "break", "item", "marker"


@dataclass(frozen=True, slots=True)
class ResolutionRefused:
    """Nothing was written.

    Attributes:
        record: what is stored under the request's key; None if the break, or what it settles, is
            not as it was read.
        booked: the row is booked already, by the row of another file or by another break.
        books: the book that it takes from has several shards, or has changed meanwhile.
    """

    record: IdempotencyRecord | None
    booked: Marker | None = None
    books: bool = False


def write_resolution(
    database: Database,
    record: IdempotencyRecord,
    before: Break,
    resolved: Resolved,
    item: Payment | Refund | None,
    budget: Budget,
    needs: Needs | None = None,
) -> ResolutionRefused | None:
    """Write a decision with all that it changes, and its answer; None when done.

    Args:
        database: the tables.
        record: of the request, completed.
        before: the break as read.
        resolved: what the decision leads to.
        item: what it settles, or settles no more, as read; None if nothing.
        budget: the time left.
        needs: what the balance must be like if something is taken from it; else that its book has
            no other shards.

    Raises:
        RateLimited, OutcomeUnknown, InternalError: see `Database.write`.
    """
    transaction = Transaction()
    idempotency_records.put_record(transaction, RECORD, record, record.created_at)
    if resolved.entry is not None:
        takes = resolved.entry.change_of(AVAILABLE) < 0
        needed = (needs or Needs(unsharded=True)) if takes else None
        ledger.post(transaction, resolved.entry, needs=needed)
    stored = BreakItem(id=before.settlement_id, part=break_part(before.row), version=before.version)
    transaction.update(BREAK, stored, break_changes(resolved.found))
    if resolved.item is not None and item is not None:
        model = PaymentItem if isinstance(item, Payment) else RefundItem
        as_read = model(id=item.key.id, part=item.key.part, version=item.version)
        transaction.update(ITEM, as_read, _marks(resolved.item))
    _mark_row(transaction, before, resolved.found)
    refusal = database.write(transaction, budget)
    if refusal is None:
        return None
    raw, booked = refusal.item(RECORD), refusal.item(MARKER)
    return ResolutionRefused(
        idempotency_records.from_raw(raw) if raw else None,
        marker_from_raw(booked) if booked else None,
        set(refusal.refused) == {ledger.BALANCE},
    )


def _mark_row(transaction: Transaction, before: Break, after: Break) -> None:
    """A row that settles none of our items is booked by its correction, which no other may be."""
    if before.marker is None:
        return
    marker = Marker(
        id=before.marker,
        run_id=before.settlement_id,
        row=before.row,
        gross_minor=before.gross_minor,
        cost_minor=before.cost_minor,
        break_id=before.id,
    )
    if after.status is BreakStatus.CORRECTED:
        transaction.put(MARKER, marker_item(marker), marker_is_free())
    elif before.status is BreakStatus.CORRECTED:
        own = MarkerItem.break_id == before.id
        transaction.put(MARKER, marker_item(marker, is_free=True), own)


def _marks(after: Payment | Refund) -> list[Action]:
    model = PaymentItem if isinstance(after, Payment) else RefundItem
    changes: list[Action] = [model.updated_at.set(after.updated_at)]
    if after.settlement_id is None or after.settled_at is None:
        changes += [model.settlement_id.remove(), model.settled_at.remove()]
    else:
        changes += [
            model.settlement_id.set(after.settlement_id),
            model.settled_at.set(after.settled_at),
        ]
    if isinstance(after, Payment):
        share = PaymentItem.pending_minor
        changes.append(share.set(after.pending_minor) if after.pending_minor else share.remove())
        # Waited for no more once it is settled, and again when that is taken back.
        bucket, due_at = PaymentItem.due_bucket, PaymentItem.due_at
        waits = payment_item(after)
        changes += [
            bucket.set(waits.due_bucket) if waits.due_bucket else bucket.remove(),
            due_at.set(waits.due_at) if waits.due_at else due_at.remove(),
        ]
    return changes
