"""Rows as a file of our own format."""

from collections.abc import Sequence
from datetime import UTC

from tests.settlements.formats.cells import line_of, spoiled, zoned
from tests.settlements.formats.layout import Layout
from tests.settlements.formats.reads_native import HEADER
from tests.settlements.formats.tellings import Telling

_NAMES = {
    "amount": "amount_minor",
    "currency": "currency",
    "time": "occurred_at",
    "kind": "type",
    "id": "row_id",
    "net": "fee_minor",
}


def write(tellings: Sequence[Telling], layout: Layout) -> list[str]:
    """The lines of a file."""
    return [",".join(HEADER), *(_line(telling, layout) for telling in tellings)]


def _line(telling: Telling, layout: Layout) -> str:
    variant = telling.variant
    if variant % 3 == 2:
        at = zoned(telling.at, 120, "%Y-%m-%dT%H:%M:%S") + "+02:00"
    else:
        at = telling.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") + ("Z", ".125Z")[variant % 3]
    cells = {
        "row_id": telling.row_id,
        "type": telling.kind,
        "payment_id": telling.payment_id or "pay_nobody",
        "amount_minor": str(abs(telling.gross)).rjust(1 + variant % 3, "0"),
        "fee_minor": str(telling.fee),
        "currency": telling.currency,
        "occurred_at": at,
    }
    cells = spoiled(cells, telling.spoil, _NAMES, variant)
    return line_of(list(cells.values()), telling.spoil, layout.quotes, layout.newline)
