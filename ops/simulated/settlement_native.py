"""How does the processor's own settlement file look? One line for each payment and each refund, in
minor units, with the merchant's fee, which is agreed with this processor.

The format has no words for a dispute or for a refund that came back, and no totals: neither kind of
row is written, nor the refund that came back.
"""

import csv
import io

from oncepay.domain.times import format_time
from ops.simulated.settlement_rows import Row, Statement

COLUMNS = (
    "row_id",
    "type",
    "payment_id",
    "amount_minor",
    "fee_minor",
    "currency",
    "occurred_at",
)
_UNREADABLE = "12.50"
"""Where whole minor units belong."""


def can_write(row: Row) -> bool:
    """Whether the format has words for it."""
    has_come_back = row.refund is not None and row.refund.returned_at is not None
    return row.kind in {"payment", "refund"} and not has_come_back


def write(statement: Statement) -> str:
    """The file's text."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(COLUMNS)
    for row in statement.rows:
        # What is reported twice has a line of its own each time.
        copy = f"#{row.copies + 1}" if row.copies else ""
        lines.writerow(
            [
                row.id + copy,
                row.kind,
                row.payment_id,
                _UNREADABLE if row.is_unreadable else abs(row.gross_minor),
                row.fee_minor,
                row.currency,
                format_time(row.occurred_at),
            ]
        )
    return text.getvalue()


def name_file(statement: Statement) -> str:
    """What the file is called."""
    return f"settlement-{statement.file_day}.csv"
