"""A merchant's statement: the ledger entries of all its currencies, newest first, a page at a
time.
"""

import heapq
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from oncepay.domain.ledger import LedgerEntry
from oncepay.services.page import Slice
from oncepay.storage import books, ledger
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """What to list; None is everything. `created_to` is exclusive; both bounds are exact to the
    millisecond.
    """

    currency: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None


def list_ledger_entries(
    merchant_id: str,
    chosen: EntryFilter,
    *,
    limit: int,
    after: str | None,
    database: Database,
    budget: Budget,
) -> Slice[LedgerEntry]:
    """Read a page.

    Args:
        merchant_id: whose books.
        chosen: the filter.
        limit: at most so many, 1..100.
        after: id of the last entry seen, or None for the first page.
        database: the tables.
        budget: the time left.
    """
    chosen_books = [
        ledger_id
        for ledger_id in books.ledger_ids(database, merchant_id, budget)
        if chosen.currency is None or ledger_id.split("#")[1] == chosen.currency
    ]
    newest: list[list[LedgerEntry]] = []
    for ledger_id in chosen_books:
        page = database.query_page(
            "ledger",
            ledger_id,
            budget,
            range_condition=ledger.entry_range(
                created_from=chosen.created_from, created_to=chosen.created_to, before=after
            ),
            # One more than asked for, and one for the entry `after` itself, which the range
            # includes.
            limit=limit + 2,
            newest_first=True,
        )
        entries = [ledger.entry_from_raw(raw) for raw in page.items]
        newest.append([entry for entry in entries if entry.id != after])
    merged = heapq.merge(*newest, key=lambda entry: entry.id, reverse=True)
    found = list(islice(merged, limit + 1))
    return Slice(found[:limit], found[limit - 1].id if len(found) > limit else None)
