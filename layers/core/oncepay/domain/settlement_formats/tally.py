"""What do the rows of a settlement file come to? By currency, and by what is paid out together; at
its end that is held against what the file says of itself.
"""

from collections import Counter
from collections.abc import Sequence
from operator import itemgetter

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


# By their places, which takes half the time of their names.
_place_of = SettlementRow._fields.index
_kind_of = itemgetter(_place_of("kind"))
_currency_of = itemgetter(_place_of("currency"))
_batch_of = itemgetter(_place_of("batch"))
_gross_of = itemgetter(_place_of("gross_minor"))
_cost_of = itemgetter(_place_of("cost_minor"))
_fee_of = itemgetter(_place_of("fee_minor"))


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
        """Add a row of the file; see `add_all`."""
        self.add_all((row,))

    def add_all(self, rows: Sequence[SettlementRow | RejectedRow]) -> None:
        """Add rows of the file.

        Raises:
            FileRefused: there are more batches than may be.
        """
        self.rows += len(rows)
        good = [row for row in rows if row.__class__ is SettlementRow]
        self.rejected += len(rows) - len(good)
        if not good:
            return
        kinds, currencies = list(map(_kind_of, good)), list(map(_currency_of, good))
        batches, fees = list(map(_batch_of, good)), list(map(_fee_of, good))
        # Nearly always they are all of one batch, and none of them is its payout.
        if (
            RowKind.PAYOUT not in kinds
            and currencies.count(good[0].currency) == len(good)
            and batches.count(good[0].batch) == len(good)
        ):
            found = self._sum_of((False, good[0].currency, good[0].batch))
            found.gross_minor += sum(map(_gross_of, good))
            found.cost_minor += sum(map(_cost_of, good))
            if fees.count(None) < len(good):
                said = [fee for fee in fees if fee is not None]
                found.fee_minor = sum(said) + (found.fee_minor or 0)
            return
        for row in good:
            found = self._sum_of((row.kind is RowKind.PAYOUT, row.currency, row.batch))
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

    def _sum_of(self, key: tuple[bool, str, str]) -> "_Sum":
        found = self._sums.get(key)
        if found is None:
            if len(self._sums) == MAX_SUMS:
                raise FileRefused(
                    f"the file has more than {MAX_SUMS} batches and payouts; split it"
                )
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
    for rows in file.parts():
        tally.add_all(rows)
    file.prove(tally.totals())
    return tally
