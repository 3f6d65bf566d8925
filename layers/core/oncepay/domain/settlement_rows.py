"""What does a row of a settlement file say? In our native format, column by column; a row that
cannot be read says which column is wrong and by which rule. Nothing is guessed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from oncepay.domain.card_data import holds_card_number
from oncepay.domain.currencies import EXPONENTS
from oncepay.domain.errors import InvalidRequest
from oncepay.domain.money import MAX_AMOUNT_MINOR
from oncepay.domain.times import parse_time

NATIVE = "native"
NATIVE_COLUMNS = (
    "row_id",
    "type",
    "payment_id",
    "amount_minor",
    "fee_minor",
    "currency",
    "occurred_at",
)

# A first letter or digit: what begins with = + - @ or a blank is a formula to a spreadsheet.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/#-]{0,99}", re.ASCII)
# Padded with noughts to a fixed width by some; without them, as long as the largest amount.
_AMOUNT = re.compile(r"0*([0-9]{1,16})", re.ASCII)

_SHOWN_CHARACTERS = 100

# The full check is made of few names only: it would take a fifth of the time of reading a file.
_FEWEST_CARD_DIGITS = 13
_WITHOUT_DIGITS = str.maketrans("", "", "0123456789")


class RowType(StrEnum):
    """Equal to the wire value."""

    PAYMENT = "payment"
    REFUND = "refund"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementRow:
    """A row that could be read. Amounts in minor units of `currency`, never negative.

    Attributes:
        number: of the data row, from 1.
        line: line of the file in which it begins, from 1.
    """

    number: int
    line: int
    row_id: str
    type: RowType
    payment_id: str
    amount_minor: int
    fee_minor: int
    currency: str
    occurred_at: datetime

    @property
    def gross_minor(self) -> int:
        """Signed: what a refund gives back counts against."""
        return self.amount_minor if self.type is RowType.PAYMENT else -self.amount_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """A row that could not be read.

    Attributes:
        column: the name of the column at fault, or None if it is the row as a whole.
        rule: what the column, or the row, must be.
        value: what is there instead, cut short; None if there is none or if it is not to be shown.
    """

    number: int
    line: int
    column: str | None
    rule: str
    value: str | None


class _Unreadable(Exception):
    def __init__(self, column: str, text: str, rule: str) -> None:
        super().__init__(rule)
        self.column, self.text, self.rule = column, text, rule


def read_native_row(
    fields: Sequence[str], *, number: int, line: int
) -> SettlementRow | RejectedRow:
    """Read one row of the native format."""
    if len(fields) != len(NATIVE_COLUMNS):
        return RejectedRow(
            number=number,
            line=line,
            column=None,
            rule=f"must have {len(NATIVE_COLUMNS)} columns, and has {len(fields)}",
            value=None,
        )
    row_id, type_, payment_id, amount_minor, fee_minor, currency, occurred_at = fields
    try:
        return SettlementRow(
            number=number,
            line=line,
            row_id=_read_name("row_id", row_id),
            type=_read_type("type", type_),
            payment_id=_read_payment_id("payment_id", payment_id),
            amount_minor=_read_amount("amount_minor", amount_minor),
            fee_minor=_read_amount("fee_minor", fee_minor),
            currency=_read_currency("currency", currency),
            occurred_at=_read_time("occurred_at", occurred_at),
        )
    except _Unreadable as error:
        return RejectedRow(
            number=number,
            line=line,
            column=error.column,
            rule=error.rule,
            value=show(error.text),
        )


def _read_name(column: str, text: str) -> str:
    if not _NAME.fullmatch(text):
        raise _Unreadable(
            column,
            text,
            "must be 1 to 100 letters, digits and _ - . : / #, beginning with a letter or digit",
        )
    return text


def _read_payment_id(column: str, text: str) -> str:
    # It is kept with the break of a payment that there is not. A row's own id is not.
    if len(text) - len(text.translate(_WITHOUT_DIGITS)) >= _FEWEST_CARD_DIGITS and (
        holds_card_number(text)
    ):
        raise _Unreadable(column, text, "must not hold a card number")
    return _read_name(column, text)


def _read_type(column: str, text: str) -> RowType:
    try:
        return RowType(text)
    except ValueError:
        raise _Unreadable(column, text, "must be payment or refund") from None


def _read_amount(column: str, text: str) -> int:
    match = _AMOUNT.fullmatch(text)
    if match is None or int(match[1]) > MAX_AMOUNT_MINOR:
        raise _Unreadable(
            column,
            text,
            f"must be a whole number of minor units, 0 to {MAX_AMOUNT_MINOR}, in digits only",
        )
    return int(match[1])


def _read_currency(column: str, text: str) -> str:
    if text not in EXPONENTS:
        raise _Unreadable(column, text, "must be an active ISO 4217 code in upper case, or BTC")
    return text


def _read_time(column: str, text: str) -> datetime:
    try:
        return parse_time(text, param=column)
    except InvalidRequest:
        raise _Unreadable(
            column, text, "must be an RFC 3339 time, such as 2026-11-21T04:12:33Z"
        ) from None


def show(text: str) -> str | None:
    """What may be stored and shown of a cell: its beginning, and None if that is like a card's
    number.
    """
    shown = text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "..."
    return None if holds_card_number(shown) else shown
