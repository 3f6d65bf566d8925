"""A step takes a merchant's money: from the one shard of its book, or from several at once.

Most books have one shard, and the first try is all there is to it. It is refused if what must be
there is not, or if money is to be taken whatever the balance is and the book has several shards:
then all are looked at together, and the step is divided.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from oncepay.domain.dispute import Dispute
from oncepay.domain.errors import RateLimited
from oncepay.domain.idempotency import IdempotencyRecord
from oncepay.domain.inbound_event import InboundEvent
from oncepay.domain.ledger import AVAILABLE, LedgerEntry
from oncepay.domain.payment import Payment, Refund
from oncepay.domain.steps import Change, OverShards, Step
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.step_writes import Completed, StepRefused, write_step

MAX_PICTURES = 20
"""Times that all shards are looked at again because payments were faster."""


def write_over_shards(
    database: Database,
    step: Step,
    budget: Budget,
    *,
    new_entry_id: Callable[[], str],
    record: IdempotencyRecord | None = None,
    completed: Sequence[Completed] = (),
    event: Change[InboundEvent] | None = None,
) -> StepRefused | None:
    """Write a step; None when done. See `write_step`.

    Args:
        database: the tables.
        step: what changes.
        budget: the time left.
        new_entry_id: makes the ids of the entries in other shards.
        record: of the request that begins.
        completed: the answers to the requests that the step completes.
        event: that brings it.

    Returns:
        Why not; refused for its books alone, all shards together have not what must be there.

    Raises:
        RateLimited, OutcomeUnknown, InternalError: see `Database.write`.
    """
    refused = write_step(database, step, budget, record=record, completed=completed, event=event)
    entry = step.entry
    if refused is None or not refused.books or refused.is_one_shard or entry is None:
        return refused
    for turn in range(MAX_PICTURES):
        divided = _divide(database, step, entry, budget, new_entry_id)
        if divided is None:
            return refused
        again = write_step(
            database, divided, budget, record=record, completed=completed, event=event
        )
        if again is None or not again.books:
            return again
        if not budget.wait_before_retry(turn):
            break
    raise RateLimited("too many payments of this merchant at once; nothing was done")


def _divide(
    database: Database,
    step: Step,
    entry: LedgerEntry,
    budget: Budget,
    new_entry_id: Callable[[], str],
) -> Step | None:
    """The step over all shards as they are now; None if they have not what must be there."""
    # Hardly any step comes here: the cold start of the others does not wait for it.
    from oncepay.domain.shards import drain, needing, spread, standing, take
    from oncepay.storage.books import read_picture, read_shards

    merchant_id, currency, _ = entry.ledger_id.rsplit("#", 2)
    picture = read_shards(database, merchant_id, currency, 1, budget)
    amount_minor = -entry.change_of(AVAILABLE)
    taken = take(picture, amount_minor, first=0)
    if taken is None and step.needs_funds:
        # Money may have gone from one shard to another while they were read.
        picture = read_picture(database, merchant_id, currency, 1, budget)
        taken = take(picture, amount_minor, first=0)
    if taken is not None:
        parts = spread(entry, taken, new_entry_id)
        return _over(step, entry, OverShards(needing(parts)))
    if step.needs_funds:
        return None
    parts = spread(entry, drain(picture, amount_minor), new_entry_id)
    return _over(step, entry, OverShards(*standing(parts, picture)))


def _over(step: Step, entry: LedgerEntry, over: OverShards) -> Step:
    """The items that list the entry list its parts."""
    keys = tuple(one.entry.key for one in over.posted)

    def listing[T: (Payment, Refund, Dispute)](change: Change[T] | None) -> Change[T] | None:
        if change is None or entry.key not in change.after.entries:
            return change
        own = entry.key
        entries = [
            each for key in change.after.entries for each in (keys if key == own else (key,))
        ]
        return replace(change, after=replace(change.after, entries=tuple(entries)))

    return replace(
        step,
        payment=listing(step.payment),
        refund=listing(step.refund),
        dispute=listing(step.dispute),
        over_shards=over,
    )
