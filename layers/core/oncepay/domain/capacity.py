"""How much does DynamoDB count for a read or a write? AWS's rules, as pure functions.

Items are taken as DynamoDB sends them: `{"amount_minor": {"N": "5000"}}`. Sizes are AWS's own
approximation; a real table says what it charged in `ConsumedCapacity`. Prices have no place here.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

WRITE_UNIT_BYTES = 1024
READ_UNIT_BYTES = 4096
"""Bytes that one unit pays for.

Source: DynamoDB Developer Guide, "DynamoDB on-demand capacity mode", request units, as of 2026-11.
"""

TRANSACTION_FACTOR = 2
"""Each item of a transaction is read or written twice: once to prepare, once to commit.

Source: DynamoDB Developer Guide, "Amazon DynamoDB Transactions: capacity management", as of
2026-11.
"""

_CONTAINER_BYTES = 3
_ELEMENT_BYTES = 1
_FLAG_BYTES = 1
_NUMBER_BYTES = 1

type RawItem = Mapping[str, Mapping[str, Any]]


class Consistency(Enum):
    """How a read is done; the value is what 4 KB of it cost, in units.

    Source: DynamoDB Developer Guide, "DynamoDB on-demand capacity mode", read request units, as of
    2026-11.
    """

    EVENTUAL = Decimal("0.5")
    STRONG = Decimal(1)
    TRANSACTIONAL = Decimal(2)


def item_size_bytes(item: RawItem) -> int:
    """The size of an item: the names of its attributes and their values.

    Strings are their UTF-8 bytes; numbers one byte, and one for each two significant digits;
    binaries their own bytes; true, false and null one byte; lists and maps three bytes, one for
    each element, and their elements; sets their members.

    Raises:
        ValueError: for a value that is not in DynamoDB's own form.

    Source: DynamoDB Developer Guide, "DynamoDB item sizes and formats", as of 2026-11.
    """
    size = 0
    for name, value in item.items():
        size += _text_bytes(name) + _value_bytes(value)
    return size


def write_units(size_bytes: int, *, transactional: bool) -> int:
    """Units of a put or a delete of an item of that size, or of a condition on it.

    A write that a failed condition refuses is charged all the same, and so is every item of a
    cancelled transaction.

    Source: DynamoDB Developer Guide, "DynamoDB on-demand capacity mode", write request units, and
    "Condition expressions: consumed capacity", as of 2026-11.
    """
    units = _started(size_bytes, WRITE_UNIT_BYTES)
    return units * TRANSACTION_FACTOR if transactional else units


def update_units(before_bytes: int, after_bytes: int, *, transactional: bool) -> int:
    """Units of an update: of the larger of the item before and after, however little of it changed.

    Source: DynamoDB Developer Guide, "Capacity unit consumption for writes: UpdateItem", as of
    2026-11.
    """
    return write_units(max(before_bytes, after_bytes), transactional=transactional)


def read_units(size_bytes: int, consistency: Consistency) -> Decimal:
    """Units of reading an item; one that is not there counts as the least.

    Source: DynamoDB Developer Guide, "DynamoDB on-demand capacity mode", read request units, as of
    2026-11.
    """
    return _started(size_bytes, READ_UNIT_BYTES) * consistency.value


def index_write_units(
    before: RawItem | None, after: RawItem | None, *, key_names: frozenset[str]
) -> int:
    """Units that a write of a table's item costs a global secondary index of it.

    Nothing if the index's picture of the item stays the same; one write if it appears, disappears
    or changes; a delete and a put if its key in the index changes. Indexes follow outside the
    transaction: a transactional write costs them no more.

    Args:
        before: the attributes that the index shows of the item before the write; None if it shows
            none.
        after: the same after it.
        key_names: the attributes that are the index's key.

    Source: DynamoDB Developer Guide, "Using Global Secondary Indexes: provisioned throughput
    considerations, write capacity units", as of 2026-11.
    """
    if before == after:
        return 0
    if before is None or after is None:
        return sum(_index_entry_units(shown) for shown in (before, after) if shown is not None)
    if any(before.get(name) != after.get(name) for name in key_names):
        return _index_entry_units(before) + _index_entry_units(after)
    return max(_index_entry_units(before), _index_entry_units(after))


def _index_entry_units(shown: RawItem) -> int:
    return write_units(item_size_bytes(shown), transactional=False)


def _started(size_bytes: int, unit_bytes: int) -> int:
    if size_bytes < 0:
        raise ValueError("a size is not negative")
    return max(1, -(-size_bytes // unit_bytes))


def _value_bytes(value: Mapping[str, Any]) -> int:
    if len(value) != 1:
        raise ValueError("a value of DynamoDB has exactly one type")
    ((kind, content),) = value.items()
    # Most values are strings.
    if kind == "S":
        return _text_bytes(content)
    match kind:
        case "N":
            return _number_bytes(content)
        case "B":
            return len(content)
        case "BOOL" | "NULL":
            return _FLAG_BYTES
        case "M":
            elements = item_size_bytes(content)
        case "L":
            elements = sum(_value_bytes(element) for element in content)
        case "SS" | "NS" | "BS":
            return sum(_value_bytes({kind[0]: member}) for member in content)
        case _:
            raise ValueError(f"DynamoDB has no type {kind!r}")
    return _CONTAINER_BYTES + len(content) * _ELEMENT_BYTES + elements


def _text_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _number_bytes(text: str) -> int:
    if text.isascii() and text.isdigit():
        return _NUMBER_BYTES + (len(text.strip("0")) + 1) // 2
    try:
        digits = Decimal(text).as_tuple().digits
    except InvalidOperation:
        raise ValueError("a number of DynamoDB is a decimal") from None
    # Zeros at either end are trimmed, wherever the point is: 0.0500, 5 and 5000 are all one digit
    # long.
    significant = "".join(map(str, digits)).strip("0")
    return _NUMBER_BYTES + (len(significant) + 1) // 2
