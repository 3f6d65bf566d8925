"""Events, newest first, a page at a time: a merchant's own, or those that are nobody's yet. The
list may lag by moments; what is said of each event never does.
"""

from calendar import monthrange
from datetime import UTC, datetime, timedelta

from oncepay.domain.inbound_event import RETENTION, InboundEvent
from oncepay.domain.times import format_time
from oncepay.services.page import Slice
from oncepay.storage import events
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database

MAX_READS_PER_PAGE = 4
"""Index pages that one request reads, of a month each at most. Where no more was found until then,
a short page is answered, with a cursor."""

LISTED = 2 * RETENTION
"""So far back. What is stored is deleted after the retention; what still waits is not."""


def list_events(
    owner_id: str,
    *,
    limit: int,
    after: str | None,
    now: datetime,
    database: Database,
    budget: Budget,
) -> Slice[InboundEvent]:
    """Read a page.

    Args:
        owner_id: a merchant's id, or `operator`.
        limit: at most so many, 1..100.
        after: position of the last event seen, or None for the first page.
        now: listed from then back.
        database: the tables.
        budget: the time left.

    Returns:
        At most `limit` events; fewer, even none, may come with a next position.
    """
    found: list[str] = []
    before = after or _end_of_month(now)
    for _ in range(MAX_READS_PER_PAGE):
        moment = events.time_of_position(before)
        page = database.query_page(
            "events",
            events.list_bucket(owner_id, moment),
            budget,
            index=events.BY_OWNER,
            range_condition=events.listed_before(before),
            # One more than asked for tells whether there are more.
            limit=limit + 1 - len(found),
            newest_first=True,
        )
        found += [raw["list_position"]["S"] for raw in page.items]
        if len(found) > limit:
            return Slice(_read(found[:limit], database, budget), found[limit - 1])
        if page.last_key is not None:
            before = page.last_key["list_position"]["S"]
        elif _begin_of_month(moment) < now - LISTED:
            return Slice(_read(found, database, budget), None)
        else:
            before = _end_of_month(_begin_of_month(moment) - timedelta(days=1))
    return Slice(_read(found, database, budget), before)


def _begin_of_month(moment: datetime) -> datetime:
    return datetime(moment.year, moment.month, 1, tzinfo=UTC)


def _end_of_month(moment: datetime) -> str:
    # Sorts behind every position of the month, and is a time of the month itself.
    _, days = monthrange(moment.year, moment.month)
    last = _begin_of_month(moment) + timedelta(days=days) - timedelta(microseconds=1)
    return f"{format_time(last)}#~"


def _read(positions: list[str], database: Database, budget: Budget) -> list[InboundEvent]:
    ids = [events.id_of_position(position) for position in positions]
    raw_events = database.get_many("events", [{"id": key} for key in ids], budget)
    found = {raw["id"]["S"]: events.event_from_raw(raw) for raw in raw_events}
    # The index may still name an event that is gone.
    return [found[key] for key in ids if key in found]
