"""What must come out of a file of any of the four formats? Derived from the books and the bytes.

Slow, plain and independent: no line of the project's code is used here, so that a mistake in it
cannot be repeated. Where the project and this differ, one of them is wrong.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.settlements.formats import reads_adyen, reads_native, reads_paypal, reads_stripe
from tests.settlements.formats.books import Books, FileOf, Judged
from tests.settlements.formats.bytes_as_text import read_file
from tests.settlements.formats.judge import judge
from tests.settlements.formats.said import QuarantinedError, Row, Said
from tests.settlements.naive_csv import Record

PROCESSORS: Mapping[str, str | None] = {
    "native": None,
    "stripe": "stripe",
    "paypal": "paypal",
    "adyen": "simulated",
}
"""Whose files are of which format; of our own, whoever's the payment is."""

CHARGES_WHOLE = frozenset({"stripe"})
"""Formats that tell of what was charged, and in a row of its own of what of that was not captured.

Source: Stripe, "Reporting categories", partial_capture_reversal, as of 2026-11."""

_READERS: Mapping[str, Callable[[Sequence[Record]], list[Row]]] = {
    "native": reads_native.read,
    "stripe": reads_stripe.read,
    "paypal": reads_paypal.read,
    "adyen": reads_adyen.read,
}


@dataclass(slots=True)
class Expected:
    """The whole outcome of a file that is new.

    Attributes:
        format: None if it is of none, or is quarantined.
        rows: as read.
        gross, kept: by currency, of all rows that could be read, but payouts; kept is our fee in
            our own format, and the processor's cost in its files.
        judged: what the rows do.
    """

    format: str | None
    rows: list[Row] = field(default_factory=list)
    gross: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)
    judged: Judged = field(default_factory=Judged)

    @property
    def is_quarantined(self) -> bool:
        """Whether nothing of it is booked."""
        return self.format is None


def read(content: bytes) -> tuple[str, list[Row]]:
    """Format and rows of a file; QuarantinedError if it is not to be booked."""
    records = read_file(content)
    name = _format_of(records)
    return name, _READERS[name](records)


def expect(content: bytes, books: Books, *, file_id: str, tolerance: int = 0) -> Expected:
    """What a file that was never seen before must do; the books are changed."""
    try:
        name, rows = read(content)
    except QuarantinedError:
        return Expected(None)
    gross: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    for row in rows:
        if isinstance(row, Said) and row.kind != "payout":
            gross[row.currency] += row.gross
            kept[row.currency] += row.cost if row.fee is None else row.fee
    file = FileOf(
        id=file_id,
        processor=PROCESSORS[name],
        charges_whole=name in CHARGES_WHOLE,
        tolerance=tolerance,
    )
    judged = judge(rows, books, file)
    return Expected(name, rows, dict(gross), dict(kept), judged)


def _format_of(records: Sequence[Record]) -> str:
    """By its first record, with which the file begins."""
    if not records or records[0].line != 1 or records[0].is_malformed:
        raise QuarantinedError
    first = records[0].fields
    if first == reads_native.HEADER:
        return "native"
    if first[0] == "RH":
        return "paypal"
    if {"balance_transaction_id", "reporting_category"} & set(first):
        return "stripe"
    if len({"Psp Reference", "Modification Reference", "Batch Number"} & set(first)) > 1:
        return "adyen"
    raise QuarantinedError
