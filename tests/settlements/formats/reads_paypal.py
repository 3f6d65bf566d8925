"""What does PayPal's settlement report say? Its sections, with their rows, and the totals that must
agree with them; a row that cannot be read leaves nothing proved.

Source: PayPal, "Settlement report", version 9, and "Transaction event codes", as of 2026-11.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from tests.settlements.formats.said import (
    EXPONENTS,
    MOST_DIGITS,
    QuarantinedError,
    Row,
    Said,
    UnreadableError,
    by_name,
    is_plain,
    moment,
    payment_id_in,
)
from tests.settlements.naive_csv import Record

_COLUMNS = (
    "Transaction ID",
    "Invoice ID",
    "PayPal Reference ID",
    "PayPal Reference ID Type",
    "Transaction Event Code",
    "Transaction Initiation Date",
    "Transaction Completion Date",
    "Transaction Debit or Credit",
    "Gross Transaction Amount",
    "Gross Transaction Currency",
    "Fee Debit or Credit",
    "Fee Amount",
    "Fee Currency",
    "Custom Field",
)
_CREDITS = {
    "T1100": "refund_failed",
    "T1111": "dispute_won",
    "T1202": "dispute_won",
}
_DEBITS = {
    "T1107": "refund",
    "T1106": "dispute",
    "T1110": "dispute",
    "T1201": "dispute",
}
_EITHER = {"T1101": "payout", "T1104": "payout", "T1108": "fee", "T1109": "fee"}
_GROUPS = {"T01": "fee", "T03": "payout", "T04": "payout"}
# PayPal has no decimals of these, where ISO 4217 has two.
_WHOLE = {"HUF": 100, "TWD": 100}

type Sums = Counter[tuple[str, str]]
"""(currency, which of the four sums): minor units."""


class _Report:
    """Section by section."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.section: int = 0
        self.is_open = self.has_totals = self.is_over = False
        self.header: Sequence[str] | None = None
        self.count = self.whole_count = 0
        self.by_currency: Counter[str] = Counter()
        self.sums: Sums = Counter()
        self.whole_sums: Sums = Counter()
        self.proved: set[str] = set()
        self.is_first_file = True

    def take(self, record: Record) -> None:
        if record.is_malformed:
            raise QuarantinedError
        fields = record.fields
        if fields[0] in {"SB", "CH"}:
            if not self.is_open or self.has_totals:
                raise QuarantinedError
            if fields[0] == "CH":
                self.header = _header(fields)
            else:
                self._take_row(record)
            return
        if self.is_over:
            raise QuarantinedError
        if fields[0] in {"SH", "RF", "RC", "FF"} and self.is_open:
            raise QuarantinedError
        if fields[0] in {"SF", "SC"} and not self.is_open:
            raise QuarantinedError
        match fields[0]:
            case "RH":
                raise QuarantinedError
            case "FH":
                self.is_first_file = fields[1:2] in ((), ("01",), ("1",))
            case "SH":
                self.section += 1
                self.is_open, self.has_totals, self.header = True, False, None
            case "SF":
                self._take_totals(fields)
            case "SC":
                self._end(fields)
            case "RF" if self.is_first_file:
                said = _said_sums(fields)
                if said is not None and said != _sums_of(self.whole_sums, fields[1]):
                    raise QuarantinedError
            case "RC" if self.is_first_file:
                second = fields[1] if len(fields) > 1 else ""
                if second.isdecimal() and int(second) != self.whole_count:
                    raise QuarantinedError
            case "FF":
                self.is_over = True
            case "RF" | "RC":
                pass
            case _:
                raise QuarantinedError

    def _take_row(self, record: Record) -> None:
        if self.header is None:
            raise QuarantinedError
        try:
            cells = by_name(self.header, record.fields)
            row = _row(cells, len(self.rows) + 1, record.line, str(self.section))
        except UnreadableError:
            raise QuarantinedError from None
        self.rows.append(row)
        self.count += 1
        self.by_currency[row.currency] += 1
        side = "gross debits" if _is(cells[_COLUMNS[7]], "DR") else "gross credits"
        self.sums[row.currency, side] += abs(row.gross)
        self.sums[row.currency, "fee debits" if row.cost >= 0 else "fee credits"] += abs(row.cost)

    def _take_totals(self, fields: Sequence[str]) -> None:
        said = _said_sums(fields)
        if said is None or fields[1] in self.proved or said != _sums_of(self.sums, fields[1]):
            raise QuarantinedError
        # With all its balances it says at its end how many rows there are: of its currency, or all.
        if len(fields) == 19 and fields[18] not in (
            str(self.count),
            str(self.by_currency[fields[1]]),
        ):
            raise QuarantinedError
        self.has_totals = True
        self.proved.add(fields[1])

    def _end(self, fields: Sequence[str]) -> None:
        if len(fields) < 2 or fields[1] != str(self.count) or set(self.by_currency) - self.proved:
            raise QuarantinedError
        self.whole_sums.update(self.sums)
        self.whole_count += self.count
        self.is_open, self.header = False, None
        self.count = 0
        self.by_currency.clear()
        self.sums.clear()
        self.proved.clear()


def read(records: Sequence[Record]) -> list[Row]:
    """Its rows; QuarantinedError if it is cut off, or fails its own totals."""
    report = _Report()
    for record in records[1:]:
        report.take(record)
    if report.is_open or not report.section:
        raise QuarantinedError
    return report.rows


def _fold(name: str) -> str:
    return "".join(name.split()).casefold()


def _header(fields: Sequence[str]) -> Sequence[str]:
    folded = [_fold(field) for field in fields]
    for column in _COLUMNS:
        if folded.count(_fold(column)) != 1:
            raise QuarantinedError
    back = {_fold(column): column for column in _COLUMNS}
    # What nobody reads is named by its place, so that two of them are two.
    return [back.get(name, f"column {place}") for place, name in enumerate(folded)]


def _said_sums(fields: Sequence[str]) -> list[int] | None:
    if len(fields) < 6 or fields[1] not in EXPONENTS:
        return None
    if not all(_is_digits(text, 24) for text in fields[2:6]):
        return None
    return [int(text) * _WHOLE.get(fields[1], 1) for text in fields[2:6]]


def _sums_of(sums: Sums, currency: str) -> list[int]:
    return [
        sums[currency, name]
        for name in ("gross credits", "gross debits", "fee credits", "fee debits")
    ]


def _is_digits(text: str, most: int) -> bool:
    return 1 <= len(text) <= most and all(character in "0123456789" for character in text)


def _is(text: str, wanted: str) -> bool:
    if text not in {"CR", "DR"}:
        raise UnreadableError
    return text == wanted


def _kind(code: str, *, is_debit: bool) -> str:
    if code in _EITHER:
        return _EITHER[code]
    named = (_DEBITS if is_debit else _CREDITS).get(code)
    if named:
        return named
    if code[:3] == "T00":
        return "other" if is_debit else "payment"
    return _GROUPS.get(code[:3], "other")


def _row(cells: Mapping[str, str], number: int, line: int, section: str) -> Said:
    code = cells["Transaction Event Code"]
    if code.startswith("T13"):
        raise QuarantinedError
    currency = cells["Gross Transaction Currency"]
    amount, fee = cells["Gross Transaction Amount"], cells["Fee Amount"]
    if currency not in EXPONENTS or not _is_digits(amount, MOST_DIGITS):
        raise UnreadableError
    if fee and not _is_digits(fee, MOST_DIGITS):
        raise UnreadableError
    unit = _WHOLE.get(currency, 1)
    gross, cost = int(amount) * unit, int(fee or 0) * unit
    is_debit = _is(cells["Transaction Debit or Credit"], "DR")
    if cost:
        if cells["Fee Currency"] != currency:
            raise UnreadableError
        cost = cost if _is(cells["Fee Debit or Credit"], "DR") else -cost
    row_id, theirs = cells["Transaction ID"], cells["PayPal Reference ID"]
    if not row_id or not is_plain(row_id) or not is_plain(theirs):
        raise UnreadableError
    kind = _kind(code, is_debit=is_debit)
    if kind == "payment":
        reference = row_id
    else:
        reference = theirs if cells["PayPal Reference ID Type"] in {"", "TXN"} else ""
    return Said(
        number=number,
        line=line,
        kind=kind,
        row_id=row_id,
        payment_id=payment_id_in(cells["Custom Field"], cells["Invoice ID"]),
        reference=reference or None,
        own_reference=row_id,
        gross=-gross if is_debit else gross,
        cost=cost,
        fee=None,
        currency=currency,
        batch=section,
        at=moment(
            cells["Transaction Completion Date"] or cells["Transaction Initiation Date"],
            "%Y/%m/%d %H:%M:%S %z",
            r"[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} [+-][0-9]{4}",
        ),
    )
