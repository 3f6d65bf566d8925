"""How many units does AWS charge for a request? Counted from the request itself, from the items
that it touched, before and after, and from the tables' own indexes, by AWS's rules.

No local engine counts transactions right, so that none is asked. What AWS says nothing of is taken
as dear as it can be: a transaction that is cancelled costs as much in the tables as if it had been
done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from oncepay.domain.capacity import (
    Consistency,
    RawItem,
    index_write_units,
    item_size_bytes,
    read_units,
    update_units,
)

OK: Final = 200
WRITES: Final = frozenset({"PutItem", "UpdateItem", "DeleteItem"})


class UnknownRequestError(Exception):
    """What a request costs is not known here; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """A global secondary index.

    Attributes:
        key_names: its key.
        shown: the attributes that it shows; None for all of them.
    """

    key_names: frozenset[str]
    shown: frozenset[str] | None

    def picture_of(self, item: RawItem | None) -> RawItem | None:
        """What it shows of an item: nothing if the item has not all of its key."""
        if item is None or not self.key_names <= item.keys():
            return None
        if self.shown is None:
            return item
        return {name: value for name, value in item.items() if name in self.shown}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: its key, in order, and its indexes."""

    key_names: Sequence[str]
    indexes: Sequence[Index] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """An item that a request names.

    Attributes:
        table: whose it is.
        before: the item as it was; None if there was none.
        after: as it is once the request is answered.
        asked: what a put would have made of it; None for anything else than a put.
    """

    table: str
    before: RawItem | None
    after: RawItem | None
    asked: RawItem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request that was answered.

    Attributes:
        operation: such as PutItem.
        body: what was sent.
        status: of the answer.
        answer: what came back.
        touched: the items that it names, in order; none of a query.
    """

    operation: str
    body: Mapping[str, Any]
    status: int
    answer: Mapping[str, Any]
    touched: Sequence[Touched] = ()


@dataclass(frozen=True, slots=True)
class Units:
    """Of writing and of reading; `parts` says what each table and index took of the writing."""

    write: int = 0
    read: Decimal = Decimal(0)
    parts: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: "Units") -> "Units":
        parts = dict(self.parts)
        for name, units in other.parts.items():
            parts[name] = parts.get(name, 0) + units
        return Units(self.write + other.write, self.read + other.read, parts)


def units_of(request: Request, tables: Mapping[str, Table]) -> Units:
    """What AWS charges for a request.

    Raises:
        UnknownRequestError: there is no rule for it here.
    """
    match request.operation:
        case "TransactWriteItems":
            return _written(request, tables, transactional=True)
        case operation if operation in WRITES:
            return _written(request, tables, transactional=False)
        case "GetItem":
            return _read(request, _consistency(request.body))
        case "BatchGetItem":
            asked = request.body["RequestItems"]
            return _read(request, *{_consistency(keys) for keys in asked.values()})
        case "TransactGetItems":
            return _read(request, Consistency.TRANSACTIONAL)
        case "Query":
            return _queried(request)
        case operation:
            raise UnknownRequestError(f"what {operation} costs is not known here")


def _written(request: Request, tables: Mapping[str, Table], *, transactional: bool) -> Units:
    units = Units()
    for item in request.touched:
        before, after = _size(item.before), _size(item.after)
        # The item that a cancelled transaction would have put is nowhere but in the request.
        asked = _size(item.asked) if transactional else 0
        own = update_units(max(before, asked), after, transactional=transactional)
        units += Units(own, parts={item.table: own})
        if request.status != OK:
            continue
        for index in tables[item.table].indexes:
            cost = index_write_units(
                index.picture_of(item.before),
                index.picture_of(item.after),
                key_names=index.key_names,
            )
            units += Units(cost, parts={f"indexes of {item.table}": cost})
    return units


def _read(request: Request, *consistencies: Consistency) -> Units:
    if len(consistencies) != 1:
        raise UnknownRequestError("a batch that reads in two ways has no one price")
    (consistency,) = consistencies
    sizes = [_size(item.before) for item in request.touched]
    return Units(read=sum((read_units(size, consistency) for size in sizes), Decimal(0)))


def _queried(request: Request) -> Units:
    found = request.answer.get("Items", [])
    if request.answer.get("ScannedCount", len(found)) != len(found) or "Select" in request.body:
        raise UnknownRequestError("what a query left out was read, and cannot be seen")
    # All of a page together are rounded up once.
    size_bytes = sum(item_size_bytes(item) for item in found)
    return Units(read=read_units(size_bytes, _consistency(request.body)))


def _consistency(asked: Mapping[str, Any]) -> Consistency:
    return Consistency.STRONG if asked.get("ConsistentRead") else Consistency.EVENTUAL


def _size(item: RawItem | None) -> int:
    return 0 if item is None else item_size_bytes(item)
