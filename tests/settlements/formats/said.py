"""What does a row of a settlement file say? And what do all formats share in reading one.

Written from the published formats, and from no line of the project's.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

import iso4217

EXPONENTS = {known.code: known.exponent for known in iso4217.Currency if known.exponent is not None}
EXPONENTS["BTC"] = 8
MOST_DIGITS = 16
"""Of an amount in minor units."""

_DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)
_OURS = re.compile(r"pay_[A-Za-z0-9_.:/#-]{1,96}", re.ASCII)


class QuarantinedError(Exception):
    """The file as a whole is not to be booked."""


class UnreadableError(Exception):
    """A row is not to be read."""


class Said(NamedTuple):
    """A row; amounts in minor units, plus towards us; `at` in UTC. `fee` is ours, of native."""

    number: int
    line: int
    kind: str
    row_id: str
    payment_id: str | None
    reference: str | None
    own_reference: str | None
    gross: int
    cost: int
    fee: int | None
    currency: str
    batch: str
    at: datetime


class Unreadable(NamedTuple):
    """A row that is there, and cannot be read."""

    number: int
    line: int


type Row = Said | Unreadable


def by_name(header: Sequence[str], fields: Sequence[str]) -> dict[str, str]:
    """The cells of a row by the names of their columns."""
    if len(header) != len(fields):
        raise UnreadableError
    return dict(zip(header, fields, strict=True))


def minor_of(text: str, currency: str, *, decimals_written: int = 0) -> int:
    """Of a decimal in major units; `decimals_written` if a processor writes more than there are."""
    exponent = EXPONENTS[currency]
    if not _DECIMAL.fullmatch(text):
        raise UnreadableError
    whole, _, fraction = text.removeprefix("-").partition(".")
    if len(fraction) > max(exponent, decimals_written) or len(whole) > MOST_DIGITS - exponent:
        raise UnreadableError
    minor = Decimal(text).scaleb(exponent)
    if minor != minor.to_integral_value():
        raise UnreadableError
    return int(minor)


def payment_id_in(*texts: str) -> str | None:
    """The first that can be an id of ours."""
    return next((text for text in texts if _OURS.fullmatch(text)), None)


def is_plain(text: str) -> bool:
    """Whether an id of a processor's can be kept."""
    return len(text) <= 100 and all(" " <= character <= "~" for character in text)


def moment(text: str, form: str, shape: str) -> datetime:
    """A time, with its zone, in the one form that is written."""
    if not re.fullmatch(shape, text, re.ASCII):
        raise UnreadableError
    try:
        return datetime.strptime(text, form).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UnreadableError from None
