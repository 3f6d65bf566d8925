"""What does the summary of all reconciliation read? Open breaks, payments that wait for a
settlement file, and when a file of each format last came. Never more than one request may: that
something was left over is said.
"""

import heapq
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import batched, islice

from pynamodb.expressions.condition import Condition

from oncepay.domain.payment import Payment
from oncepay.domain.settlement import BreakKind
from oncepay.domain.times import from_stored
from oncepay.storage import breaks, payments, settlement_markers, settlements
from oncepay.storage.budget import Budget
from oncepay.storage.database import MAX_KEYS_PER_BATCH, Database
from oncepay.storage.due import settle_buckets
from oncepay.storage.transactions import RawItem

MAX_PAGES = 20
"""Of one partition of an index; of open breaks, a page of 1 MB has thousands."""

MAX_PAYMENTS = 10_000
"""Read for one summary: each takes a read unit, and a hundred of them a request."""

KEYS_PER_PAGE = 500
"""Of payments that wait: the pages of all partitions are in memory at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBreak:
    """What the index shows of it; no currency of a row that could not be read."""

    kind: BreakKind
    opened_at: datetime
    gross_minor: int
    currency: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestFile:
    """A file of some format that came last: when, and which run has booked it."""

    run_id: str
    at: datetime


class BoundedReads:
    """Reads of one summary.

    Attributes:
        is_complete: whether all that there is was read so far, of what was asked for.
    """

    def __init__(self, database: Database, budget: Budget) -> None:
        self._database, self._budget = database, budget
        self.is_complete = True

    def open_breaks(self) -> Iterator[OpenBreak]:
        """All of them, in no order. The index may lag by moments.

        Raises:
            StorageUnavailable: no answer within the budget.
        """
        # What waits for a file is read after them, and is to have its share of the time.
        budget = self._budget.ending_earlier(self._budget.seconds_left() / 2)
        for bucket in breaks.open_buckets():
            for raw in self._partition("settlements", bucket, settlements.BY_OPEN, budget):
                yield OpenBreak(
                    kind=BreakKind(raw["kind"]["S"]),
                    opened_at=from_stored(raw["opened_at"]["S"]),
                    gross_minor=int(raw["gross_minor"]["N"]),
                    currency=raw["currency"]["S"] if "currency" in raw else None,
                )

    def unsettled_payments(self, until: Mapping[str, datetime]) -> Iterator[Payment]:
        """Captured payments that no file has settled, those first that wait longest. The index may
        lag, and shows where to look; what is returned was read itself.

        Args:
            until: by processor, only what has waited since then, or longer.

        Raises:
            StorageUnavailable: no answer within the budget.
        """
        partitions = [
            self._partition(
                "payments",
                bucket,
                payments.BY_DUE,
                self._budget,
                range_condition=payments.due_until(moment),
                limit=KEYS_PER_PAGE,
            )
            for processor, moment in until.items()
            for bucket in settle_buckets(processor)
        ]
        oldest_first = heapq.merge(*partitions, key=_waits_since)
        for some in batched(islice(oldest_first, MAX_PAYMENTS), MAX_KEYS_PER_BATCH, strict=False):
            if not self._budget.has_time():
                self.is_complete = False
                return
            yield from self._still_unsettled([raw["id"]["S"] for raw in some], until)
        if next(oldest_first, None) is not None:
            self.is_complete = False

    def latest_files(self, formats: Collection[str]) -> dict[str, LatestFile]:
        """The latest file of each format, by format; without those of which none ever came.

        Raises:
            StorageUnavailable: no answer within the budget.
        """
        format_of = {settlement_markers.latest_id(name): name for name in formats}
        keys = [{"id": id_, "part": settlement_markers.LATEST_PART} for id_ in format_of]
        return {
            format_of[raw["id"]["S"]]: LatestFile(
                run_id=raw["run_id"]["S"], at=from_stored(raw["at"]["S"])
            )
            for raw in self._database.get_many("settlements", keys, self._budget)
        }

    def _still_unsettled(self, ids: list[str], until: Mapping[str, datetime]) -> Iterator[Payment]:
        keys = [{"id": id_, "part": "payment"} for id_ in ids]
        found = {
            raw["id"]["S"]: payments.payment_from_raw(raw)
            for raw in self._database.get_many("payments", keys, self._budget)
        }
        for payment in (found[id_] for id_ in ids if id_ in found):
            since, moment = payment.unsettled_since, until.get(payment.processor or "")
            if since is not None and moment is not None and since <= moment:
                yield payment

    def _partition(
        self,
        role: str,
        bucket: str,
        index: str,
        budget: Budget,
        *,
        range_condition: Condition | None = None,
        limit: int | None = None,
    ) -> Iterator[RawItem]:
        start_key: RawItem | None = None
        for _ in range(MAX_PAGES):
            if not budget.has_time():
                break
            page = self._database.query_page(
                role,
                bucket,
                budget,
                range_condition=range_condition,
                index=index,
                start_key=start_key,
                limit=limit,
            )
            yield from page.items
            start_key = page.last_key
            if start_key is None:
                return
        self.is_complete = False


def _waits_since(raw: RawItem) -> tuple[str, str]:
    return raw["due_at"]["S"], raw["id"]["S"]
