"""Reads the text of a file in one format, and proves it, with no more than Python's csv module.

Nothing of how the project splits a file into records, or sums up its rows, is used here.
"""

import csv
import io
from collections import defaultdict

from oncepay.domain.settlement_formats.format import Batch, Format, RowReader, Totals
from oncepay.domain.settlement_formats.row import RejectedRow, RowKind, SettlementRow

Row = SettlementRow | RejectedRow


def read_rows(one: Format, text: str) -> tuple[list[Row], RowReader]:
    """All rows, and the reader, which has not proved anything yet."""
    records = csv.reader(io.StringIO(text, newline=""), strict=True)
    reader = one.open(next(records))
    assert reader is not None
    rows: list[Row] = []
    for line, record in enumerate(records, start=2):
        row = reader.read(record, number=len(rows) + 1, line=line)
        if row is not None:
            rows.append(row)
    return rows, reader


def read_proved(one: Format, text: str) -> list[SettlementRow]:
    """All rows of a file in which nothing is wrong."""
    rows, reader = read_rows(one, text)
    reader.prove(totals_of(rows))
    good = [row for row in rows if isinstance(row, SettlementRow)]
    assert len(good) == len(rows), rows
    return good


def prove(one: Format, text: str, *, rows_beside: int = 0) -> None:
    """Read and prove; `rows_beside` are those that never came to the reader."""
    rows, reader = read_rows(one, text)
    reader.prove(totals_of(rows, rows_beside=rows_beside))


def only_rejected(one: Format, text: str) -> RejectedRow:
    """The only row that could not be read."""
    rows, _ = read_rows(one, text)
    (rejected,) = [row for row in rows if isinstance(row, RejectedRow)]
    return rejected


def totals_of(rows: list[Row], *, rows_beside: int = 0) -> Totals:
    gross: defaultdict[str, int] = defaultdict(int)
    cost: defaultdict[str, int] = defaultdict(int)
    net: defaultdict[tuple[str, str], int] = defaultdict(int)
    payouts: dict[tuple[str, str], int] = {}
    for row in rows:
        if isinstance(row, RejectedRow):
            continue
        batch = (row.batch, row.currency)
        if row.kind is RowKind.PAYOUT:
            payouts[batch] = payouts.get(batch, 0) - row.net_minor
            continue
        gross[row.currency] += row.gross_minor
        cost[row.currency] += row.cost_minor
        net[batch] += row.net_minor
    return Totals(
        rows=len(rows) + rows_beside,
        gross_minor=gross,
        cost_minor=cost,
        batches={
            batch: Batch(net_minor=net.get(batch, 0), payout_minor=payouts.get(batch))
            for batch in dict.fromkeys((*net, *payouts))
        },
    )
