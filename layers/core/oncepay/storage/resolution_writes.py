"""What is written together when a person decides about a break?

record            absent or expired
break             version as read
payment, refund   version as read; settled by nobody, or by the break's run
entry             absent
balance           add
"""

from dataclasses import dataclass

from pynamodb.expressions.update import Action

from oncepay.domain.break_resolution import Resolved
from oncepay.domain.idempotency import IdempotencyRecord
from oncepay.domain.payment import Payment, Refund
from oncepay.domain.settlement import Break
from oncepay.storage import idempotency_records, ledger
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.payments import PaymentItem, RefundItem
from oncepay.storage.settlements import BreakItem, break_changes, break_part
from oncepay.storage.transactions import Transaction

RECORD, BREAK, ITEM = "record", "break", "item"


@dataclass(frozen=True, slots=True)
class ResolutionRefused:
    """Nothing was written.

    Attributes:
        record: what is stored under the request's key; None if the break, or what it settles, is
            not as it was read.
    """

    record: IdempotencyRecord | None


def write_resolution(
    database: Database,
    record: IdempotencyRecord,
    before: Break,
    resolved: Resolved,
    item: Payment | Refund | None,
    budget: Budget,
) -> ResolutionRefused | None:
    """Write a decision with all that it changes, and its answer; None when done.

    Args:
        database: the tables.
        record: of the request, completed.
        before: the break as read.
        resolved: what the decision leads to.
        item: what it settles, or settles no more, as read; None if nothing.
        budget: the time left.

    Raises:
        RateLimited, OutcomeUnknown, InternalError: see `Database.write`.
    """
    transaction = Transaction()
    condition = idempotency_records.absent_or_expired(record.created_at)
    transaction.put(RECORD, idempotency_records.to_item(record), condition)
    if resolved.entry is not None:
        ledger.post(transaction, resolved.entry)
    stored = BreakItem(id=before.settlement_id, part=break_part(before.row), version=before.version)
    transaction.update(BREAK, stored, break_changes(resolved.found))
    if resolved.item is not None and item is not None:
        model = PaymentItem if isinstance(item, Payment) else RefundItem
        as_read = model(id=item.key.id, part=item.key.part, version=item.version)
        transaction.update(ITEM, as_read, _marks(resolved.item))
    refusal = database.write(transaction, budget)
    if refusal is None:
        return None
    raw = refusal.item(RECORD)
    return ResolutionRefused(idempotency_records.from_raw(raw) if raw else None)


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
    return changes
