"""What of a settlement is written together? Every transaction of a run, item by item, with the
condition of each.

    begin      run: absent      pointer of the file's name: absent
    claim      run: version as read    claim of the content: absent, or held by a run that let it go
    rows       run: version as read    payments and refunds: version as read, and not settled
               breaks: absent    entries: absent    balances: add
    end        run: version as read

The version of the run is the fence: a worker that was overtaken by another one is refused, and with
it everything that it wanted to write.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pynamodb.expressions.update import Action

from oncepay.domain.ledger import LedgerEntry
from oncepay.domain.payment import Payment, Refund
from oncepay.domain.settlement import Break, Settlement
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.ledger import post
from oncepay.storage.payments import PaymentItem, RefundItem
from oncepay.storage.settlements import (
    CLAIM_PART,
    RUN_PART,
    ClaimItem,
    SettlementItem,
    SourceItem,
    break_item,
    claim_id,
    list_position,
    run_changes,
    settlement_from_raw,
    settlement_item,
    source_pointer_id,
)
from oncepay.storage.transactions import Transaction

RUN = "run"
POINTER = "pointer"
CLAIM = "claim"

MAX_ROWS_PER_WRITE = 79
"""Each row is one action, and the run is one more: 80 of the 100 that a transaction may hold."""
ACTIONS_PER_ENTRY = 2
"""Its put, and its balance: of rows that move money there are fewer in one write."""


class Overtaken(Exception):
    """Another worker has written this run since it was read."""


class ChangedMeanwhile(Exception):
    """A payment or refund has changed since it was read; read it again."""


@dataclass(frozen=True, slots=True)
class ClaimedBy:
    """Another run has the content."""

    run_id: str


def begin_run(database: Database, run: Settlement, budget: Budget) -> Settlement:
    """Store a run, or return the one that is there already."""
    transaction = Transaction()
    transaction.put(RUN, settlement_item(run))
    pointer = SourceItem(
        id=source_pointer_id(run.source.key),
        part=list_position(run.started_at, run.id),
        run_id=run.id,
    )
    transaction.put(POINTER, pointer, SourceItem.id.does_not_exist())
    refusal = database.write(transaction, budget)
    if refusal is None:
        return run
    there = refusal.item(RUN)
    # The pointer alone cannot be there: both are written together or not at all.
    if there is None:
        raise Overtaken
    return settlement_from_raw(there)


def claim_content(
    database: Database,
    before: Settlement,
    after: Settlement,
    *,
    let_go_by: str | None,
    budget: Budget,
) -> ClaimedBy | None:
    """Become the one run that books a content, and store what the file holds.

    Args:
        database: the tables.
        before: the run as read.
        after: with its totals.
        let_go_by: a run that holds the claim and will never book, or None.
        budget: the time left.

    Returns:
        None when done, or who has the claim.

    Raises:
        Overtaken: by another worker on this run.
    """
    totals = after.totals
    if totals is None:
        raise ValueError("a content is claimed when it has been read")
    transaction = Transaction()
    claim = ClaimItem(id=claim_id(totals.sha256), part=CLAIM_PART, run_id=after.id)
    condition = ClaimItem.id.does_not_exist()
    if let_go_by is not None:
        condition = condition | (ClaimItem.run_id == let_go_by)
    transaction.put(CLAIM, claim, condition)
    _change_run(transaction, before, after)
    refusal = database.write(transaction, budget)
    if refusal is None:
        return None
    holder = refusal.item(CLAIM)
    if holder is None:
        raise Overtaken
    return ClaimedBy(ClaimItem.from_raw_data(holder).run_id)


def write_rows(
    database: Database,
    before: Settlement,
    after: Settlement,
    *,
    settled: Sequence[Payment | Refund],
    breaks: Sequence[Break],
    entries: Sequence[LedgerEntry],
    budget: Budget,
) -> None:
    """Mark what some rows settle, make it available, store their breaks and move the run on, all in
    one.

    Args:
        database: the tables.
        before: the run as read.
        after: the run when these rows are booked; its time is theirs too.
        settled: payments and refunds as read, none of them twice.
        breaks: of the other rows.
        entries: what becomes available, one for each ledger.
        budget: the time left.

    Raises:
        Overtaken: by another worker on this run; nothing was written.
        ChangedMeanwhile: a payment or refund is not as it was read; nothing was written.
    """
    transaction = Transaction()
    for found in breaks:
        transaction.put(f"break {found.row}", break_item(found))
    for entry in entries:
        post(transaction, entry, label=f" {entry.ledger_id}")
    _change_run(transaction, before, after)
    for as_read in settled:
        _mark(transaction, as_read, after)
    refusal = database.write(transaction, budget)
    if refusal is None:
        return
    if RUN in refusal:
        raise Overtaken
    raise ChangedMeanwhile


def write_run(database: Database, before: Settlement, after: Settlement, budget: Budget) -> None:
    """Change a run alone.

    Raises:
        Overtaken: by another worker on this run; nothing was written.
    """
    transaction = Transaction()
    _change_run(transaction, before, after)
    if database.write(transaction, budget) is not None:
        raise Overtaken


def _change_run(transaction: Transaction, before: Settlement, after: Settlement) -> None:
    stored = SettlementItem(id=before.id, part=RUN_PART, version=before.version)
    transaction.update(RUN, stored, run_changes(after))


def _mark(transaction: Transaction, as_read: Payment | Refund, run: Settlement) -> None:
    model = PaymentItem if isinstance(as_read, Payment) else RefundItem
    stored = model(id=as_read.key.id, part=as_read.key.part, version=as_read.version)
    changes: list[Action] = [
        model.settlement_id.set(run.id),
        model.settled_at.set(run.updated_at),
        model.updated_at.set(run.updated_at),
    ]
    if isinstance(as_read, Payment) and as_read.pending_minor:
        changes.append(PaymentItem.pending_minor.remove())
    label = f"{as_read.key.id} {as_read.key.part}"
    transaction.update(label, stored, changes, model.settlement_id.does_not_exist())
