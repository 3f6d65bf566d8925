"""What do the entries of one shard of a book come to? A partition of Ledger, entry by entry."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from ops.verify.fields import Reading, read_item
from ops.verify.findings import Key
from ops.verify.specification import (
    BALANCE,
    LEVELLING,
    OF_SETTLEMENTS,
    OWN_ACCOUNTS,
    SETTLEMENT_ENTRY,
)
from ops.verify.stored import LEDGER, StoredEntry, is_entry, stored_entry
from ops.verify.tables import Item, key_of

BALANCE_PART: Final = "balance"
FORCED: Final = frozenset({"processor_refund", "dispute_opened", "dispute_lost"}) | OF_SETTLEMENTS
"""Kinds of entries that are posted whatever the balance is: a processor has done it already."""


@dataclass(slots=True)
class BookFold:
    """One shard of a book, folded entry by entry, so that none is ever held in memory whole.

    Attributes:
        id: its name.
        balance: what must be the fold.
        entry_count: how many entries there are.
        sums: of the postings, by account.
        flows: of the postings, by kind of entry and account.
        forced_minor: what was taken from `available` without looking whether it was there; 0 or
            below.
        settled: what settlement runs and corrections of their breaks made available, by run.
        costs: what settlement runs posted as costs, by run.
        levellings: how many entries say what came from other shards, or went there.
        is_readable: whether all postings could be read.
    """

    id: str
    balance: Item | None = None
    entry_count: int = 0
    sums: Counter[str] = field(default_factory=Counter)
    flows: Counter[tuple[str, str]] = field(default_factory=Counter)
    forced_minor: int = 0
    settled: Counter[str] = field(default_factory=Counter)
    costs: Counter[str] = field(default_factory=Counter)
    levellings: int = 0
    is_readable: bool = True

    def add(self, item: Item) -> None:
        """Fold one more item of the book."""
        key = key_of(item)
        if key.part == BALANCE_PART:
            self.balance = item
        elif is_entry(key):
            self.entry_count += 1
            self._add_entry(stored_entry(item))

    def held_minor(self) -> int:
        """What its balance says it holds, over all accounts of the merchant."""
        if self.balance is None:
            return 0
        reading = read_balance(self.id, self.balance)
        return sum(reading.number(f"{account}_minor") or 0 for account in OWN_ACCOUNTS)

    def _add_entry(self, entry: StoredEntry) -> None:
        if entry.postings is None:
            self.is_readable = False
            return
        kind = entry.reading.text("kind") or "unknown"
        self.levellings += kind == LEVELLING
        for account, amount in entry.postings:
            self.sums[account] += amount
            self.flows[kind, account] += amount
            if account == "available" and kind in FORCED:
                self.forced_minor += min(0, amount)
            if entry.item_key is None:
                continue
            if account == "available" and kind in OF_SETTLEMENTS:
                self.settled[entry.item_key.id] += amount
            if account == "costs" and kind == SETTLEMENT_ENTRY:
                self.costs[entry.item_key.id] += amount


def read_balance(book_id: str, item: Item) -> Reading:
    """Read the balance of a book."""
    return read_item(LEDGER, Key(book_id, BALANCE_PART), item, BALANCE)
