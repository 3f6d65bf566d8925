"""What do the rows of a settlement file come to? By currency, and by what is paid out together; at
its end that is held against what the file says of itself.
"""

from collections import Counter

from oncepay.domain.settlement_formats.file import SettlementFile
from oncepay.domain.settlement_formats.format import Batch, Totals
from oncepay.domain.settlement_formats.row import (
    FileRefused,
    RejectedRow,
    RowKind,
    SettlementRow,
)

MAX_SUMS = 20_000
"""Decades of a payout a day, each with its rows; beyond it, a file could fill the memory."""


class Tally:
    """What the rows come to that were added.

    Attributes:
        rows: the rejected ones too.
        rejected: how many those are.
    """

    def __init__(self) -> None:
        self.rows = self.rejected = 0
        # By whether they are payouts, currency and batch: one place to look for in each row.
        self._sums: dict[tuple[bool, str, str], _Sum] = {}

    def add(self, row: SettlementRow | RejectedRow) -> None:
        """Add a row of the file.

        Raises:
            FileRefused: there are more batches than may be.
        """
        self.rows += 1
        if isinstance(row, RejectedRow):
            self.rejected += 1
            return
        key = (row.kind is RowKind.PAYOUT, row.currency, row.batch)
        found = self._sums.get(key) or self._begin(key)
        found.gross_minor += row.gross_minor
        found.cost_minor += row.cost_minor
        if row.fee_minor is not None:
            found.fee_minor = row.fee_minor + (found.fee_minor or 0)

    @property
    def fee_minor(self) -> dict[str, int]:
        """Our own fee, by currency, of the rows that say it."""
        fees: Counter[str] = Counter()
        for (_, currency, _), found in self._sums.items():
            if found.fee_minor is not None:
                fees[currency] += found.fee_minor
        return dict(fees)

    def totals(self) -> Totals:
        """Sums of the rows that could be read."""
        gross_minor: Counter[str] = Counter()
        cost_minor: Counter[str] = Counter()
        net_minor: Counter[tuple[str, str]] = Counter()
        payout_minor: Counter[tuple[str, str]] = Counter()
        for (is_payout, currency, batch), found in self._sums.items():
            if is_payout:
                payout_minor[batch, currency] -= found.gross_minor - found.cost_minor
                continue
            net_minor[batch, currency] += found.gross_minor - found.cost_minor
            gross_minor[currency] += found.gross_minor
            cost_minor[currency] += found.cost_minor
        return Totals(
            rows=self.rows,
            gross_minor=dict(gross_minor),
            cost_minor=dict(cost_minor),
            batches={
                key: Batch(net_minor=net_minor.get(key, 0), payout_minor=payout_minor.get(key))
                for key in dict.fromkeys((*net_minor, *payout_minor))
                if key[0]
            },
        )

    def _begin(self, key: tuple[bool, str, str]) -> "_Sum":
        if len(self._sums) == MAX_SUMS:
            raise FileRefused(f"the file has more than {MAX_SUMS} batches and payouts; split it")
        self._sums[key] = found = _Sum()
        return found


class _Sum:
    """Of rows of one batch."""

    __slots__ = ("cost_minor", "fee_minor", "gross_minor")

    def __init__(self) -> None:
        self.gross_minor = self.cost_minor = 0
        self.fee_minor: int | None = None


def prove(file: SettlementFile) -> Tally:
    """Read a file to its end, and hold what its rows come to against what it says of itself.

    Raises:
        FileRefused: the file as a whole cannot be booked.
    """
    tally = Tally()
    for row in file:
        tally.add(row)
    file.prove(tally.totals())
    return tally
