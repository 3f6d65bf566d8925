"""The breaks of a settlement, by row, a page at a time. Never lags."""

from oncepay.domain.settlement import Break
from oncepay.services.get_settlement import get_settlement
from oncepay.services.page import Slice
from oncepay.storage import breaks
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database


def list_breaks(
    settlement_id: str, *, limit: int, after: str | None, database: Database, budget: Budget
) -> Slice[Break]:
    """Read a page.

    Args:
        settlement_id: the run's; of one that still reads its file, the breaks found so far.
        limit: at most so many, 1..100.
        after: the row of the last break seen, or None for the first page.
        database: the tables.
        budget: the time left.

    Raises:
        NotFound: there is no such run.
    """
    # A run without breaks is not the same as no run.
    get_settlement(settlement_id, database=database, budget=budget)
    page = database.query_page(
        "settlements",
        settlement_id,
        budget,
        range_condition=breaks.break_range(from_row=1 if after is None else int(after) + 1),
        # One more than asked for tells whether there are more.
        limit=limit + 1,
    )
    found = [breaks.break_from_raw(raw) for raw in page.items]
    # DynamoDB ends a page after 1 MB too.
    has_more = len(found) > limit or page.last_key is not None
    shown = found[:limit]
    return Slice(shown, str(shown[-1].row) if has_more else None)
