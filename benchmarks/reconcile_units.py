"""How many requests and units of DynamoDB does a row of a settlement file take? Counted from the
items that a run has left in the tables, by AWS's rules; a local AWS charges nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from oncepay.domain.capacity import (
    Consistency,
    index_write_units,
    item_size_bytes,
    read_units,
    update_units,
    write_units,
)

type RawItem = Mapping[str, Mapping[str, Any]]

_BY_MERCHANT = frozenset({"list_bucket", "list_position"})
_BY_DUE = frozenset({"due_bucket", "due_at"})
_BY_OPEN = frozenset({"open_bucket", "opened_at"})
_OPEN_SHOWN = ("kind", "gross_minor", "currency")
_KEYS = ("id", "part")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """One item of each kind that a run writes, in DynamoDB's own form; sizes hardly differ.

    Attributes:
        payment_before, payment_after: before and after it was settled.
        run: as it was in the end.
        entry, balance: of a ledger.
        broken: a break.
    """

    payment_before: RawItem
    payment_after: RawItem
    run: RawItem
    entry: RawItem
    balance: RawItem
    broken: RawItem | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many of each a run has written.

    Attributes:
        payments: that it settled.
        looked_up: payments that it read, those of breaks too.
        chunks: transactions.
        entries: of ledgers; as often a balance was changed.
        breaks: that it found.
    """

    payments: int
    looked_up: int
    chunks: int
    entries: int
    breaks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """What each cost, in units: `written` is a table's and its indexes', transactions at twice."""

    payment: int
    payment_indexes: int
    run: int
    entry: int
    balance: int
    broken: int
    read: Decimal


def units_of(kinds: Kinds) -> Units:
    """What one of each kind costs."""
    before, after = kinds.payment_before, kinds.payment_after
    entry_bytes, run_bytes = item_size_bytes(kinds.entry), item_size_bytes(kinds.run)
    balance_bytes = item_size_bytes(kinds.balance)
    read = read_units(item_size_bytes(before), Consistency.STRONG)
    return Units(
        payment=update_units(item_size_bytes(before), item_size_bytes(after), transactional=True),
        payment_indexes=index_write_units(before, after, key_names=_BY_MERCHANT)
        + index_write_units(_shown(before, _BY_DUE), _shown(after, _BY_DUE), key_names=_BY_DUE),
        run=update_units(run_bytes, run_bytes, transactional=True),
        entry=write_units(entry_bytes, transactional=True),
        balance=update_units(balance_bytes, balance_bytes, transactional=True),
        broken=0 if kinds.broken is None else _break_units(kinds.broken),
        read=read,
    )


def written(units: Units, counts: Counts) -> dict[str, int]:
    """Write units of a run, by what they went to."""
    return {
        "payments": units.payment * counts.payments,
        "indexes of payments": units.payment_indexes * counts.payments,
        "run": units.run * counts.chunks,
        "entries": units.entry * counts.entries,
        "balances": units.balance * counts.entries,
        "breaks": units.broken * counts.breaks,
    }


def read(units: Units, counts: Counts) -> Decimal:
    """Read units of a run: each payment once, strongly consistent."""
    return units.read * counts.looked_up


def _break_units(broken: RawItem) -> int:
    shown = _shown(broken, _BY_OPEN, _OPEN_SHOWN)
    size_bytes = item_size_bytes(broken)
    return write_units(size_bytes, transactional=True) + index_write_units(
        None, shown, key_names=_BY_OPEN
    )


def _shown(item: RawItem, key_names: frozenset[str], also: tuple[str, ...] = ()) -> RawItem | None:
    """What a sparse index shows of an item; None if it has not all of the index's key."""
    if not key_names <= item.keys():
        return None
    names = key_names.union(_KEYS, also)
    return {name: value for name, value in item.items() if name in names}
