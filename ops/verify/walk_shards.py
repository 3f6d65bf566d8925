"""Are the shards of every book one book? Collects what each shard is to the others while Ledger is
read, and compares when all of it was.

The shards are read one after the other, so that a levelling may be seen in one of them and not yet
in another. What seems wrong is read again, shard by shard from 0 on, until two readings agree: a
payment from the balance changes nothing that is compared here, and so a book that pays all the time
stands still, too. What was half seen in the first of two readings is whole in the second.
"""

from functools import partial

from ops.verify.book_fold import BookFold
from ops.verify.book_names import BookName, book_name
from ops.verify.findings import Key, Outcome
from ops.verify.proof import Proof
from ops.verify.rules_shards import (
    DIRECTORY,
    SHARDS_PART,
    ShardFacts,
    check_hot_merchant,
    check_shards,
    facts_of,
    hot_key,
    merchant_key,
)
from ops.verify.specification import MOST_SHARDS
from ops.verify.stored import LEDGER, PAYMENTS
from ops.verify.tables import Item, id_of, key_of, read_standing_still


class ShardsWalk:
    """Proves what shards are to each other, and to the sweep."""

    def __init__(self, proof: Proof) -> None:
        self._proof = proof
        self._tables = proof.tables
        self._hot: dict[str, Item] = {}
        self._books: dict[BookName, dict[int, ShardFacts]] = {}

    def prove_hot(self, items: list[Item]) -> None:
        """Check some items by which the sweep knows merchants, and remember them: they are few."""
        self._proof.confirm_named(
            PAYMENTS, items, named_table=DIRECTORY, named=merchant_key, check=check_hot_merchant
        )
        for item in items:
            if key_of(item).part == SHARDS_PART:
                self._hot[id_of(item)] = item

    def note_shard(self, fold: BookFold) -> None:
        """Remember what a shard is to the others."""
        name = book_name(fold.id)
        if name is not None:
            book = self._books.setdefault(name._replace(shard=0), {})
            book[name.shard] = facts_of(fold)

    def prove_shards(self) -> None:
        """Compare the shards of each book; to be done when all of Ledger was read."""
        for name, shards in self._books.items():
            suspected = check_shards(name.book, shards, self._hot.get(name.merchant_id))
            check_again = partial(self._check_again, name)
            self._proof.confirm(f"{LEDGER} {Key(name.book)}", suspected, check_again)

    def _check_again(self, name: BookName) -> Outcome | None:
        standing = read_standing_still(
            lambda: self._read_again(name.book),
            lambda _: self._tables.get(PAYMENTS, hot_key(name.merchant_id)),
        )
        return None if standing is None else check_shards(name.book, *standing)

    def _read_again(self, book: str) -> dict[int, ShardFacts]:
        """All shards that there may be, in their order."""
        found: dict[int, ShardFacts] = {}
        for shard in range(MOST_SHARDS):
            fold = BookFold(f"{book}#{shard}")
            for item in self._tables.partition(LEDGER, fold.id):
                fold.add(item)
            if fold.balance is not None or fold.entry_count:
                found[shard] = facts_of(fold)
        return found
