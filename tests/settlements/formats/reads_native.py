"""What does a file of our own format say? Its header to the letter; payments and refunds, in minor
units, with our fee, and nothing of itself.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from tests.settlements.formats.said import (
    EXPONENTS,
    QuarantinedError,
    Row,
    Said,
    Unreadable,
)
from tests.settlements.naive_csv import Record

HEADER = ("row_id", "type", "payment_id", "amount_minor", "fee_minor", "currency", "occurred_at")
MOST_MINOR = 10**15

_NAME_FIRST = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_NAME_REST = _NAME_FIRST | frozenset("_-.:/#")
_LONGEST_NAME = 100
_DIGITS = frozenset("0123456789")
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?"
    r"(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))"
)


def read(records: Sequence[Record]) -> list[Row]:
    """Its rows."""
    if not records or records[0].fields != HEADER or records[0].is_malformed:
        raise QuarantinedError
    return [_row(number, record) for number, record in enumerate(records[1:], start=1)]


def is_readable(record: Record) -> bool:
    """Whether a record is a row of the contract."""
    if record.is_malformed or len(record.fields) != len(HEADER):
        return False
    row_id, row_type, payment_id, amount, fee, currency, occurred_at = record.fields
    return (
        _is_name(row_id)
        and row_type in {"payment", "refund"}
        and _is_name(payment_id)
        and _is_amount(amount)
        and _is_amount(fee)
        and currency in EXPONENTS
        and _time(occurred_at) is not None
    )


def amount_of(text: str) -> int:
    """Of a readable row."""
    # Python refuses to read numbers of many thousand digits, noughts included.
    return int(text.lstrip("0") or "0")


def _row(number: int, record: Record) -> Row:
    if not is_readable(record):
        return Unreadable(number, record.line)
    row_id, row_type, payment_id, amount, fee, currency, occurred_at = record.fields
    at = _time(occurred_at)
    assert at is not None
    return Said(
        number=number,
        line=record.line,
        kind=row_type,
        row_id=row_id,
        payment_id=payment_id,
        reference=None,
        own_reference=None,
        gross=amount_of(amount) if row_type == "payment" else -amount_of(amount),
        cost=0,
        fee=amount_of(fee),
        currency=currency,
        batch="",
        at=at,
    )


def _is_name(text: str) -> bool:
    return (
        1 <= len(text) <= _LONGEST_NAME and text[0] in _NAME_FIRST and _NAME_REST.issuperset(text)
    )


def _is_amount(text: str) -> bool:
    if not text or not _DIGITS.issuperset(text):
        return False
    significant = text.lstrip("0")
    return len(significant) <= len(str(MOST_MINOR)) and amount_of(text) <= MOST_MINOR


def _time(text: str) -> datetime | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    sign, zone_hour, zone_minute = found[7], int(found[8] or 0), int(found[9] or 0)
    try:
        date(year, month, day)
    except ValueError:
        return None
    if not (hour < 24 and minute < 60 and second < 60 and zone_hour < 24 and zone_minute < 60):
        return None
    zone = timedelta(hours=zone_hour, minutes=zone_minute)
    local = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return local + zone if sign == "-" else local - zone
