"""How are the rows of a settlement file booked? The second reading: chunk by chunk, each in one
transaction with the run's own progress, so that a kill anywhere leaves the run where it was or
where it is after the chunk, and never between.
"""

import io
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice

from oncepay.domain.errors import InternalError, RateLimited
from oncepay.domain.ledger import AVAILABLE, Needs
from oncepay.domain.settlement import Settlement, SettlementStatus
from oncepay.domain.settlement_booking import MAX_ACTIONS, Plan, Reading, Row, plan_rows
from oncepay.domain.settlement_formats.file import SettlementFile
from oncepay.services.new_entry_id import new_entry_id
from oncepay.services.read_settled_books import read_markers, read_settled_books
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.objects import BUFFER_BYTES
from oncepay.storage.settlement_writes import BooksAreNotSo, ChangedMeanwhile, write_rows

MAX_TURNS = 20
"""Times that a chunk is decided anew because a payment in it changed meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingTools:
    """What rows are booked with.

    Attributes:
        clock: the time, in UTC.
        budget: no chunk is begun when it has run out.
    """

    database: Database
    clock: Callable[[], datetime]
    budget: Budget


def book_rows(
    run: Settlement, raw: io.RawIOBase, *, reading: Reading, tools: BookingTools
) -> Settlement:
    """Book the rows of a file from where the run stands.

    Args:
        run: with its totals.
        raw: the file, from its beginning.
        reading: how it is read.
        tools: what it is done with.

    Returns:
        The run as it is then: completed, or as far as the time allowed.

    Raises:
        Overtaken: another worker writes this run.
        FileRefused, StorageUnavailable, RateLimited, OutcomeUnknown: nothing is lost; carry on
            later.
    """
    file = SettlementFile(io.BufferedReader(raw, BUFFER_BYTES))
    file.skip(run.booked)
    rows = iter(file)
    waiting: list[Row] = []
    while run.status is not SettlementStatus.COMPLETED and tools.budget.has_time():
        waiting += islice(rows, MAX_ACTIONS - len(waiting))
        if not waiting and run.totals is not None and run.totals.rows:
            raise InternalError("the file has fewer rows than when it was read first")
        before, run = run, _book(run, waiting, reading, tools)
        del waiting[: run.booked - before.booked]
    return run


def _book(
    run: Settlement, waiting: Sequence[Row], reading: Reading, tools: BookingTools
) -> Settlement:
    """Book as many of the waiting rows as one transaction bears."""
    sharded: set[str] = set()
    for turn in range(MAX_TURNS):
        plan = _plan(run, waiting, reading, tools)
        try:
            needs = _gather(plan, sharded, tools)
            write_rows(tools.database, run, plan, tools.budget, needs)
        except BooksAreNotSo as refused:
            sharded |= refused.ledger_ids
        except ChangedMeanwhile:
            if not tools.budget.wait_before_retry(turn):
                break
        else:
            return replace(plan.after, version=run.version + 1)
    raise RateLimited("payments of the file are changing all the time")


def _gather(plan: Plan, sharded: Collection[str], tools: BookingTools) -> dict[str, Needs]:
    """What the plan takes from books of several shards is in their shard 0 then."""
    if not sharded:
        return {}
    # Few runs come here: the cold start of the others does not wait for it.
    from oncepay.services.gather_in_first_shard import gather_in_first_shard

    return {
        entry.ledger_id: gather_in_first_shard(
            entry.ledger_id,
            -entry.change_of(AVAILABLE),
            database=tools.database,
            now=tools.clock(),
            budget=tools.budget,
        )
        for entry in plan.entries
        if entry.ledger_id in sharded and entry.change_of(AVAILABLE) < 0
    }


def _plan(run: Settlement, waiting: Sequence[Row], reading: Reading, tools: BookingTools) -> Plan:
    books = read_settled_books(waiting, reading.processor, tools.database, tools.budget)
    now = tools.clock()
    plan_all = partial(
        plan_rows,
        waiting,
        books,
        run=run,
        reading=reading,
        now=now,
        new_entry_id=lambda: new_entry_id(now),
    )
    plan = plan_all()
    while plan.unread:
        # Which rows leave a marker is known only when they were matched; and where one is booked
        # already, and moves nothing, there is place for more rows.
        books.markers.update(read_markers(plan.unread, tools.database, tools.budget))
        plan = plan_all()
    return plan
