"""What does the bank's file of a day say? Rows that agree with the books, and planted between them
one or more of every kind of break, each known by its row number.

Written by hand from the format's description; on purpose with nothing of the code that reads it.
"""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

COLUMNS = (
    "row_id",
    "type",
    "payment_id",
    "amount_minor",
    "fee_minor",
    "currency",
    "occurred_at",
)
NOBODY = "pay_nobody"
THIS_RUN = "the run of this very file"
"""In what a break has found: its id is not known before the file is dropped."""

type Fact = str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a row is about: a payment or a refund as the books have it."""

    type: str
    payment_id: str
    amount_minor: int
    fee_minor: int
    occurred_at: str
    currency: str = "USD"

    def columns(self, row_id: str) -> dict[str, str]:
        """The row's texts by column."""
        return {
            "row_id": row_id,
            "type": self.type,
            "payment_id": self.payment_id,
            "amount_minor": str(self.amount_minor),
            "fee_minor": str(self.fee_minor),
            "currency": self.currency,
            "occurred_at": self.occurred_at,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A row that is to be a break.

    Attributes:
        changes: the columns that say something else than the line; None leaves a column out.
        expected: what the break is to expect; None if that is a rule, in words for people.
        found: what it is to have found.
    """

    kind: str
    line: Line
    changes: Mapping[str, str | None] = field(default_factory=dict)
    expected: Mapping[str, Fact] | None = field(default_factory=dict)
    found: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedBreak:
    """A break that the file must be found to have."""

    row: int
    kind: str
    payment_id: str | None
    expected: Mapping[str, Fact] | None
    found: Mapping[str, Fact]


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFile:
    """A file, and what must be found in it.

    Attributes:
        content: its bytes.
        rows: how many data rows it has.
        planted: its breaks, by row; every other row matches.
        sums: of all rows that can be read, as the API words them.
    """

    content: bytes
    rows: int
    planted: tuple[PlantedBreak, ...]
    sums: Mapping[str, Mapping[str, int]]

    @property
    def breaks_by_kind(self) -> dict[str, int]:
        """How many of each kind."""
        return dict(Counter(planted.kind for planted in self.planted))


def write_file(sound: Sequence[Line], seeds: Sequence[Seed] = ()) -> BankFile:
    """Write the rows, the seeds spread evenly between the sound ones.

    A seed that repeats a sound row must come late enough to come after it.
    """
    told: list[Line | Seed] = list(sound)
    step = len(sound) // (len(seeds) + 1)
    for number, seed in enumerate(seeds, start=1):
        told.insert(number * (step + 1) - 1, seed)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    planted: list[PlantedBreak] = []
    gross_minor: Counter[str] = Counter()
    fee_minor: Counter[str] = Counter()
    for row, line in enumerate(told, start=1):
        columns = _columns(line, f"r{row}")
        writer.writerow([columns[name] for name in COLUMNS if name in columns])
        if isinstance(line, Seed):
            planted.append(_plant(line, row, columns))
            if line.kind == "rejected_row":
                continue
        sign = 1 if columns["type"] == "payment" else -1
        gross_minor[columns["currency"]] += sign * int(columns["amount_minor"])
        fee_minor[columns["currency"]] += int(columns["fee_minor"])
    return BankFile(
        content=text.getvalue().encode(),
        rows=len(told),
        planted=tuple(planted),
        sums={
            currency: {
                "gross_minor": gross_minor[currency],
                "fee_minor": fee_minor[currency],
                "net_minor": gross_minor[currency] - fee_minor[currency],
            }
            for currency in sorted(gross_minor)
        },
    )


SPOILED = 15
"""Payments that `make_seeds` needs for rows that tell of them wrongly."""


def make_seeds(
    *,
    spoiled: Sequence[Line],
    sound: Sequence[Line],
    declined: Sequence[Line],
    refund: Line,
    settled: Sequence[Line],
    settled_by: str,
) -> list[Seed]:
    """Breaks of every kind that a file can have.

    Args:
        spoiled: payments of which no other row tells; 15 of them.
        sound: payments of which rows tell rightly, at the very beginning; none is refunded.
        declined: payments that were declined.
        refund: of which a row in the first half tells rightly.
        settled: payments that another file has settled.
        settled_by: that file's run.
    """
    (
        fraction, formula, lower_case, no_date, other_type, short,
        a_cent_less, ten_times, seven_more, no_fee, fee_less, fee_more, euro, yen, nobody,
    ) = spoiled  # fmt: skip
    seeds = [
        _rejected(fraction, "amount_minor", "12.50"),
        Seed(
            kind="missing_in_ledger",
            line=nobody,
            changes={"payment_id": NOBODY},
            found=_told(nobody, "type", "amount_minor", "fee_minor", "currency"),
        ),
        _changed("amount_mismatch", seven_more, "amount_minor", seven_more.amount_minor + 7),
        _changed("fee_mismatch", fee_less, "fee_minor", fee_less.fee_minor - 1),
        _repeated(sound[0]),
        _rejected(formula, "row_id", '=HYPERLINK("x")'),
        _changed("currency_mismatch", euro, "currency", "EUR"),
        _changed("amount_mismatch", ten_times, "amount_minor", ten_times.amount_minor * 10),
        _orphan(sound[1]),
        _rejected(lower_case, "currency", "usd"),
        _changed("fee_mismatch", no_fee, "fee_minor", 0),
        _rejected(no_date, "occurred_at", "yesterday"),
        _changed("currency_mismatch", yen, "currency", "JPY"),
        _repeated(sound[2]),
        _rejected(other_type, "type", "chargeback"),
        _changed("amount_mismatch", a_cent_less, "amount_minor", a_cent_less.amount_minor - 1),
        _orphan(sound[3]),
        _changed("fee_mismatch", fee_more, "fee_minor", fee_more.fee_minor + 1),
        Seed(kind="rejected_row", line=short, changes={"occurred_at": None}, expected=None),
        _repeated(refund),
    ]
    seeds += [
        Seed(
            kind="status_mismatch",
            line=line,
            expected={"status": "declined"},
            found={"status": "succeeded"},
        )
        for line in declined
    ]
    seeds += [
        Seed(
            kind="already_settled",
            line=line,
            expected={"settlement_id": settled_by},
            found={"settlement_id": THIS_RUN},
        )
        for line in settled
    ]
    return seeds


def _rejected(line: Line, column: str, text: str) -> Seed:
    return Seed(
        kind="rejected_row",
        line=line,
        changes={column: text},
        expected=None,
        found={"column": column, "value": text},
    )


def _changed(kind: str, line: Line, column: str, value: Fact) -> Seed:
    return Seed(
        kind=kind,
        line=line,
        changes={column: str(value)},
        expected=_told(line, column),
        found={column: value},
    )


def _repeated(line: Line) -> Seed:
    return Seed(kind="duplicate_row", line=line, found=_told(line, "type", "amount_minor"))


def _orphan(payment: Line) -> Seed:
    return Seed(
        kind="orphan_refund",
        line=payment,
        changes={"type": "refund", "fee_minor": "0"},
        found=_told(payment, "amount_minor", "currency"),
    )


def _told(line: Line, *columns: str) -> dict[str, Fact]:
    return {column: getattr(line, column) for column in columns}


def _columns(line: Line | Seed, row_id: str) -> dict[str, str]:
    if isinstance(line, Line):
        return line.columns(row_id)
    changed = {**line.line.columns(row_id), **line.changes}
    return {name: text for name, text in changed.items() if text is not None}


def _plant(seed: Seed, row: int, columns: Mapping[str, str]) -> PlantedBreak:
    if seed.kind == "rejected_row":
        # Line 1 is the header, and no row of ours spans two.
        found = {"line": row + 1, **seed.found}
        return PlantedBreak(
            row=row, kind=seed.kind, payment_id=None, expected=seed.expected, found=found
        )
    return PlantedBreak(
        row=row,
        kind=seed.kind,
        payment_id=columns["payment_id"],
        expected=seed.expected,
        found=seed.found,
    )
