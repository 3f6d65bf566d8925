"""Whose book is a partition of Ledger, and which shard of it? A merchant's book in one currency is
all its shards, each of which is a partition of its own.
"""

import re
from collections.abc import Sequence
from itertools import repeat
from typing import Final, NamedTuple

from ops.verify.findings import Key
from ops.verify.specification import CURRENCY

SHARD: Final = re.compile(r"0|[1-9]|[12][0-9]|3[01]")


class BookName(NamedTuple):
    """What the partition key of a shard says."""

    merchant_id: str
    currency: str
    shard: int

    @property
    def book(self) -> str:
        """The book without the shard."""
        return f"{self.merchant_id}#{self.currency}"


def book_name(ledger_id: str) -> BookName | None:
    """Read `<merchant id>#<currency>#<shard>`, or None if it is something else."""
    merchant_id, _, rest = ledger_id.rpartition("#")[0].rpartition("#")
    shard = shard_number(ledger_id.rpartition("#")[2])
    if not merchant_id or not CURRENCY.fullmatch(rest) or shard is None:
        return None
    return BookName(merchant_id, rest, shard)


def shard_number(text: str) -> int | None:
    """A shard's number as it is written in names, or None if it is something else."""
    return int(text) if SHARD.fullmatch(text) else None


def book_of(ledger_id: str) -> str:
    """The book that a shard belongs to; what is no shard's name stands for itself."""
    name = book_name(ledger_id)
    return ledger_id if name is None else name.book


def steps_of(listed: Sequence[Key], kinds: Sequence[str | None] | None = None) -> list[list[Key]]:
    """The entries of an item, by step: one step that takes from several shards posts one entry in
    each of them, all of one kind, and lists them in the order of the shards.

    Args:
        listed: the entries' keys, as the item lists them.
        kinds: theirs, None of one that cannot be read; without them the shards alone tell, so that
            what is posted in another shard after shard 0 counts as the same step.
    """
    steps: list[list[Key]] = []
    before: str | None = None
    for key, kind in zip(listed, kinds or repeat(None), strict=False):
        is_same_kind = None in (before, kind) or before == kind
        if steps and is_same_kind and _is_further(steps[-1][-1], key):
            steps[-1].append(key)
        else:
            steps.append([key])
        before = kind
    return steps


def _is_further(before: Key, after: Key) -> bool:
    """Whether both are in one book, and the second in a later shard."""
    first, second = book_name(before.id), book_name(after.id)
    return (
        first is not None
        and second is not None
        and first.book == second.book
        and first.shard < second.shard
    )
