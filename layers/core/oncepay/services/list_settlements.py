"""Settlements, newest first, a page at a time: all, or those of one file's name.

The list of all may lag by moments; what is said of each settlement never does.
"""

from collections.abc import Sequence
from datetime import datetime

from oncepay.domain.settlement import Settlement
from oncepay.services.page import Slice
from oncepay.storage import settlements
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database

FIRST_MONTH = "2026-01"
"""No run is older than Oncepay itself."""

MAX_READS_PER_PAGE = 24
"""Index pages that one request reads, of a month each at most: two years back. Where no more was
found until then, a short page is answered, with a cursor."""


def list_settlements(
    source_key: str | None,
    *,
    limit: int,
    after: str | None,
    now: datetime,
    database: Database,
    budget: Budget,
) -> Slice[Settlement]:
    """Read a page.

    Args:
        source_key: the file's name in the bucket; None lists all. A file that was written again
            under its name has a run for each version.
        limit: at most so many, 1..100.
        after: position of the last run seen, or None for the first page.
        now: all are listed from its month back.
        database: the tables.
        budget: the time left.

    Returns:
        At most `limit` runs; fewer, even none, may come with a next position.
    """
    if source_key is None:
        before = after or settlements.end_of_bucket(settlements.list_bucket(now))
        page = _positions_of_all(limit, before, database, budget)
    else:
        page = _positions_of_source(source_key, limit, after, database, budget)
    return Slice(_read_runs(page.items, database, budget), page.next_position)


def _positions_of_all(limit: int, before: str, database: Database, budget: Budget) -> Slice[str]:
    found: list[str] = []
    for _ in range(MAX_READS_PER_PAGE):
        bucket = settlements.bucket_of_position(before)
        page = database.query_page(
            "settlements",
            bucket,
            budget,
            index=settlements.BY_DATE,
            range_condition=settlements.listed_before(before),
            # One more than asked for tells whether there are more.
            limit=limit + 1 - len(found),
            newest_first=True,
        )
        found += [raw["list_position"]["S"] for raw in page.items]
        if len(found) > limit:
            return Slice(found[:limit], found[limit - 1])
        if page.last_key is not None:
            before = page.last_key["list_position"]["S"]
        elif bucket <= FIRST_MONTH:
            return Slice(found, None)
        else:
            before = settlements.end_of_bucket(settlements.bucket_before(bucket))
    return Slice(found, before)


def _positions_of_source(
    source_key: str, limit: int, after: str | None, database: Database, budget: Budget
) -> Slice[str]:
    page = database.query_page(
        "settlements",
        settlements.source_pointer_id(source_key),
        budget,
        range_condition=None if after is None else settlements.source_listed_before(after),
        limit=limit + 1,
        newest_first=True,
    )
    found = [raw["part"]["S"] for raw in page.items]
    return Slice(found[:limit], found[limit - 1] if len(found) > limit else None)


def _read_runs(positions: Sequence[str], database: Database, budget: Budget) -> list[Settlement]:
    ids = [settlements.run_of_position(position) for position in positions]
    keys = [{"id": run_id, "part": settlements.RUN_PART} for run_id in ids]
    found = {
        raw["id"]["S"]: settlements.settlement_from_raw(raw)
        for raw in database.get_many("settlements", keys, budget)
    }
    # The index may still name a run that is gone.
    return [found[run_id] for run_id in ids if run_id in found]
