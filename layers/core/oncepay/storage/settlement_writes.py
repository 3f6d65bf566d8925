"""What of a settlement is written together? Every transaction of a run, item by item, with the
condition of each.

    begin      run: absent      pointer of the file's name: absent
    claim      run: version as read    claim of the content: absent, or held by a run that let it go
               when a file of its format last came: put    what it says was paid out: put
    rows       run: version as read    payments and refunds: version as read, and not settled
               markers: absent or free    breaks: absent    entries: absent    balances: add
    end        run: version as read

The version of the run is the fence: a worker that was overtaken by another one is refused, and with
it everything that it wanted to write.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pynamodb.expressions.update import Action

from oncepay.domain.ledger import AVAILABLE, Needs
from oncepay.domain.payment import Payment, Refund
from oncepay.domain.settlement import Settlement
from oncepay.domain.settlement_booking import Plan
from oncepay.domain.settlement_markers import Marker
from oncepay.storage.breaks import break_item
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.ledger import is_of_balance, post
from oncepay.storage.payments import PaymentItem, RefundItem
from oncepay.storage.settlement_batches import batches_item
from oncepay.storage.settlement_markers import (
    LATEST_PART,
    LatestItem,
    latest_id,
    marker_is_free,
    marker_item,
)
from oncepay.storage.settlements import (
    CLAIM_PART,
    RUN_PART,
    ClaimItem,
    SettlementItem,
    SourceItem,
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
LATEST = "latest"
BATCHES = "batches"


class Overtaken(Exception):
    """Another worker has written this run since it was read."""


class BooksAreNotSo(Exception):
    """Something is taken from books that have several shards, or have changed meanwhile.

    Attributes:
        ledger_ids: which.
    """

    def __init__(self, ledger_ids: frozenset[str]) -> None:
        super().__init__(", ".join(sorted(ledger_ids)))
        self.ledger_ids = ledger_ids


class ChangedMeanwhile(Exception):
    """A payment, refund or marker has changed since it was read; read it again."""


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
    processor: str | None = None,
    budget: Budget,
) -> ClaimedBy | None:
    """Become the one run that books a content, and store what the file holds.

    Args:
        database: the tables.
        before: the run as read.
        after: with its totals.
        let_go_by: a run that holds the claim and will never book, or None.
        processor: whose file it is; None of our own format.
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
    latest = LatestItem(
        id=latest_id(totals.format), part=LATEST_PART, run_id=after.id, at=after.updated_at
    )
    transaction.put(LATEST, latest)
    if processor is not None and totals.batches:
        transaction.put(BATCHES, batches_item(after.id, processor, totals.batches))
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
    plan: Plan,
    budget: Budget,
    needs: Mapping[str, Needs],
) -> None:
    """Mark what some rows settle, post what they move, store their breaks and move the run on, all
    in one.

    Args:
        database: the tables.
        before: the run as read.
        plan: what the rows change.
        budget: the time left.
        needs: what balances must be like from which entries take; of others, that their book has no
            other shards.

    Raises:
        Overtaken: by another worker on this run; nothing was written.
        BooksAreNotSo: balances are not as they have to be; nothing was written.
        ChangedMeanwhile: a payment, refund or marker is not as it was read; nothing was written.
    """
    transaction = Transaction()
    for found in plan.breaks:
        transaction.put(f"break {found.row}", break_item(found))
    for entry in plan.entries:
        takes = entry.change_of(AVAILABLE) < 0
        needed = needs.get(entry.ledger_id, Needs(unsharded=True)) if takes else None
        post(transaction, entry, needs=needed, label=f" {entry.ledger_id}")
    _change_run(transaction, before, plan.after)
    for as_read in plan.settled:
        _mark(transaction, as_read, plan.after)
    for marker in plan.markers:
        put_marker(transaction, marker)
    refusal = database.write(transaction, budget)
    if refusal is None:
        return
    if RUN in refusal:
        raise Overtaken
    if all(is_of_balance(label) for label in refusal.refused):
        raise BooksAreNotSo(frozenset(label.partition(" ")[2] for label in refusal.refused))
    raise ChangedMeanwhile


def put_marker(transaction: Transaction, marker: Marker) -> None:
    """Add that a row is booked, which none was before."""
    transaction.put(f"marker {marker.id}", marker_item(marker), marker_is_free())


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
    if isinstance(as_read, Payment):
        if as_read.pending_minor:
            changes.append(PaymentItem.pending_minor.remove())
        # It is waited for no more.
        changes += [PaymentItem.due_bucket.remove(), PaymentItem.due_at.remove()]
    label = f"{as_read.key.id} {as_read.key.part}"
    transaction.update(label, stored, changes, model.settlement_id.does_not_exist())
