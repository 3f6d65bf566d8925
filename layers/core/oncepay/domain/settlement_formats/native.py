"""What does a file of our own format say? Its header is fixed to the letter; every further line is
a payment or a refund, in minor units, with the fee that we take: what a bank or a merchant's own
system writes that settles our payments. It tells no processor's cost, and nothing of itself that
could be proved.

Good rows are read many at once, by one regular expression. Only one that is not good, or is quoted,
is read column by column, which says what is wrong.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NoReturn

from oncepay.domain.currencies import EXPONENTS
from oncepay.domain.errors import InvalidRequest
from oncepay.domain.money import MAX_AMOUNT_MINOR
from oncepay.domain.settlement_formats.format import Totals
from oncepay.domain.settlement_formats.ids import has_card_number
from oncepay.domain.settlement_formats.records import count_lines
from oncepay.domain.settlement_formats.rejections import Rejections
from oncepay.domain.settlement_formats.row import (
    FileRefused,
    RejectedRow,
    RowKind,
    SettlementRow,
    UnreadableCellError,
)
from oncepay.domain.settlement_formats.shown import show
from oncepay.domain.times import parse_time

COLUMNS = (
    "row_id",
    "type",
    "payment_id",
    "amount_minor",
    "fee_minor",
    "currency",
    "occurred_at",
)

_FEWEST_KNOWN_COLUMNS = 4
"""More than the half: with fewer, a header is not meant to be ours. Stripe has a `currency` too."""

# A first letter or digit: what begins with = + - @ or a blank is a formula to a spreadsheet.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/#-]{0,99}", re.ASCII)
# Padded with noughts to a fixed width by some; without them, as long as the largest amount.
_AMOUNT = re.compile(r"0*([0-9]{1,16})", re.ASCII)

# Of every line, what nearly all rows are, or nothing. It may take no row that is not good, and need
# not take all that are: no amount of 15 digits is too large, and few times are written otherwise.
_LINES = re.compile(
    r"^([A-Za-z0-9][A-Za-z0-9_.:/#-]{0,99}+),(payment|refund),([A-Za-z0-9][A-Za-z0-9_.:/#-]{0,99}+)"
    r",([0-9]{1,15}+),([0-9]{1,15}+),([A-Z]{3})"
    r",([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z)\n|^[^\n]*\n",
    re.ASCII | re.MULTILINE,
)

_KINDS = {"payment": RowKind.PAYMENT, "refund": RowKind.REFUND}


class NativeFormat:
    """Files whose header is COLUMNS."""

    name = "native"
    title = "Oncepay's own format"

    def open(self, first: Sequence[str]) -> "NativeReader | None":
        """A reader, if the header is ours; see `Format`.

        Raises:
            FileRefused: it is meant to be ours, and differs; the reason says in what.
        """
        if tuple(first) == COLUMNS:
            return NativeReader()
        fault = _fault_of(first)
        if fault is not None:
            raise FileRefused(f"line 1 must be the header {','.join(COLUMNS)}; {fault}")
        return None


class NativeReader:
    """Reads the rows of one file."""

    def __init__(self) -> None:
        self._rejections = Rejections()

    def read_lines(self, text: str, *, number: int, line: int) -> list[SettlementRow | RejectedRow]:
        """Every line is a row; see `LineReader`."""
        rows: list[SettlementRow | RejectedRow] = []
        lines: list[str] = []
        first = line
        make, from_iso = tuple.__new__, datetime.fromisoformat
        payment, refund = RowKind.PAYMENT, RowKind.REFUND
        for row_id, type_, payment_id, amount, fee, currency, occurred_at in _LINES.findall(text):
            # Of a line that is no good row, all of them are empty.
            if currency in EXPONENTS and not has_card_number(payment_id):
                try:
                    moment = from_iso(occurred_at)
                except ValueError:
                    pass
                else:
                    if type_ == "payment":
                        kind, gross_minor = payment, int(amount)
                    else:
                        kind, gross_minor = refund, -int(amount)
                    # As SettlementRow(...) does it, without the call of a function in between.
                    rows.append(
                        make(
                            SettlementRow,
                            (
                                number,
                                line,
                                row_id,
                                kind,
                                payment_id,
                                None,
                                None,
                                gross_minor,
                                0,
                                int(fee),
                                currency,
                                "",
                                moment,
                            ),
                        )
                    )
                    number += 1
                    line += 1
                    continue
            lines = lines or text.split("\n")
            cells = lines[line - first]
            if cells:
                rows.append(self.read(cells.split(","), number=number, line=line))
                number += 1
            line += 1
        return rows

    def read(self, record: Sequence[str], *, number: int, line: int) -> SettlementRow | RejectedRow:
        """Every record is a row; see `RowReader`."""
        if len(record) != len(COLUMNS):
            return self._rejections.of_width(record, len(COLUMNS), number=number, line=line)
        try:
            return _row(record, number, line)
        except UnreadableCellError as error:
            return self._rejections.of_cell(error, number=number, line=line)

    def count_rows(self, block: str) -> int | None:
        """Every line is a row; see `RowReader`."""
        return count_lines(block)

    def prove(self, totals: Totals) -> None:
        """It says nothing of itself; see `RowReader`."""


def _row(cells: Sequence[str], number: int, line: int) -> SettlementRow:
    row_id, type_, payment_id, amount, fee, currency, occurred_at = cells
    row_id = _read_name("row_id", row_id)
    kind = _read_type("type", type_)
    # It is kept with the break of a payment that there is not. A row's own id is not.
    if has_card_number(payment_id):
        _reject("payment_id", payment_id, "must not hold a card number")
    payment_id = _read_name("payment_id", payment_id)
    amount_minor = _read_amount("amount_minor", amount)
    return SettlementRow(
        number=number,
        line=line,
        row_id=row_id,
        kind=kind,
        payment_id=payment_id,
        reference=None,
        own_reference=None,
        gross_minor=amount_minor if kind is RowKind.PAYMENT else -amount_minor,
        cost_minor=0,
        fee_minor=_read_amount("fee_minor", fee),
        currency=_read_currency("currency", currency),
        batch="",
        occurred_at=_read_time("occurred_at", occurred_at),
    )


def _read_name(column: str, text: str) -> str:
    if not _NAME.fullmatch(text):
        _reject(
            column,
            text,
            "must be 1 to 100 letters, digits and _ - . : / #, beginning with a letter or digit",
        )
    return text


def _read_type(column: str, text: str) -> RowKind:
    kind = _KINDS.get(text)
    if kind is None:
        _reject(column, text, "must be payment or refund")
    return kind


def _read_amount(column: str, text: str) -> int:
    match = _AMOUNT.fullmatch(text)
    if match is None or int(match[1]) > MAX_AMOUNT_MINOR:
        _reject(
            column,
            text,
            f"must be a whole number of minor units, 0 to {MAX_AMOUNT_MINOR}, in digits only",
        )
    return int(match[1])


def _read_currency(column: str, text: str) -> str:
    if text not in EXPONENTS:
        _reject(column, text, "must be an active ISO 4217 code in upper case, or BTC")
    return text


def _read_time(column: str, text: str) -> datetime:
    try:
        return parse_time(text, param=column)
    except InvalidRequest:
        _reject(column, text, "must be an RFC 3339 time, such as 2026-11-21T04:12:33Z")


def _reject(column: str, text: str, rule: str) -> NoReturn:
    raise UnreadableCellError(column, text, rule) from None


def _fault_of(header: Sequence[str]) -> str | None:
    """What differs, so that whoever made the file can mend it; None if it was never meant so."""
    for separator, called in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and header[0].split(separator)[0] == COLUMNS[0]:
            return f"its columns are separated by {called}, and must be by commas"
    names = [name.strip().lower() for name in header]
    if tuple(names) == COLUMNS:
        return "the names are in lower case there, with no blanks around them"
    if len(set(COLUMNS).intersection(names)) < _FEWEST_KNOWN_COLUMNS:
        return None
    missing = [name for name in COLUMNS if name not in header]
    twice = [name for name in COLUMNS if header.count(name) > 1]
    unknown = [name for name in header if name not in COLUMNS]
    if twice:
        return f"the column {twice[0]} is there twice"
    if missing:
        return f"the column {missing[0]} is missing"
    if "" in unknown:
        return "a column has no name: there is a comma too many"
    if unknown:
        return f"the column {show(unknown[0]) or '(not shown)'!r} is not known"
    return "the columns are in another order"
