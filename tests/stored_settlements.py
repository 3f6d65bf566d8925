"""Settlements and breaks for tests, stored as the reconciling function stores them."""

from collections import Counter
from datetime import datetime
from typing import Any

from oncepay.domain import settlement
from oncepay.domain.settlement import Break, BreakKind, FileTotals, Settlement, Source
from oncepay.domain.settlement_booking import Plan
from oncepay.services.get_settlement import get_settlement
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.settlement_writes import begin_run, claim_content, write_rows, write_run
from tests.builders import NOW

KEY = "incoming/day.csv"


def a_source(**overrides: Any) -> Source:
    """The first version of a file."""
    values = {"bucket": "settlements", "key": KEY, "version_id": "v1", "etag": "e" * 32}
    return Source(**(values | overrides))


def some_totals(**overrides: Any) -> FileTotals:
    """A file of ten rows: 250.00 USD with fees of 5.00."""
    values: dict[str, Any] = {
        "format": "native",
        "sha256": "a" * 64,
        "size_bytes": 600,
        "rows": 10,
        "gross_minor": {"USD": 25_000},
        "fee_minor": {"USD": 500},
    }
    return FileTotals(**(values | overrides))


def a_break(settlement_id: str, row: int, **overrides: Any) -> Break:
    """An amount that differs."""
    values: dict[str, Any] = {
        "settlement_id": settlement_id,
        "row": row,
        "line": row + 1,
        "kind": BreakKind.AMOUNT_MISMATCH,
        "payment_id": "pay_" + "a" * 26,
        "expected": {"amount_minor": 5000},
        "found": {"amount_minor": 5007},
        "reason": "amount_minor is 5007 in the file and 5000 in the books",
        "opened_at": NOW,
        "gross_minor": 5007,
        "currency": "USD",
    }
    return Break(**(values | overrides))


class StoredSettlements:
    """The writes of the reconciling function, one at a time."""

    def __init__(self, database: Database, budget: Budget) -> None:
        self._database = database
        self._budget = budget

    def begin(self, now: datetime = NOW, **source: Any) -> Settlement:
        """A file was announced."""
        run = settlement.begin(a_source(**source), now)
        return begin_run(self._database, run, self._budget)

    def accept(self, run: Settlement, **totals: Any) -> Settlement:
        """Its file was read."""
        after = settlement.accept(run, some_totals(**totals), NOW)
        claim_content(self._database, run, after, let_go_by=None, budget=self._budget)
        return self._read(run.id)

    def book(self, run: Settlement, *, matched: int = 0, breaks: tuple[Break, ...]) -> Settlement:
        """Some of its rows were booked; the last of them bring the rest of the file's sums."""
        ends = run.totals is not None and run.booked + matched + len(breaks) == run.totals.rows
        after = settlement.advance(
            run,
            matched=matched,
            breaks=Counter(found.kind for found in breaks),
            matched_minor=run.totals.gross_minor if ends and run.totals else {},
            broken_minor={},
            now=NOW,
        )
        plan = Plan(
            settled=(), markers=(), breaks=breaks, entries=(), after=after, unread=frozenset()
        )
        write_rows(self._database, run, plan, self._budget, {})
        return self._read(run.id)

    def end(self, run: Settlement, after: Settlement) -> Settlement:
        """It is changed alone."""
        write_run(self._database, run, after, self._budget)
        return self._read(run.id)

    def _read(self, run_id: str) -> Settlement:
        return get_settlement(run_id, database=self._database, budget=self._budget)
