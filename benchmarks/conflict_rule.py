"""Who is turned away while a transaction is in flight? AWS's rule, which no local engine keeps.

DynamoDB does not let two transactions at one item at once: the later one is cancelled, and told at
which of its items. Local engines do one request after the other, so that none is ever in the way of
another. This is put in front of one (`benchmarks.conflict_proxy`), and says of each request whether
it may go on:

    TransactWriteItems             cancelled, if another one is in flight on an item of it
    PutItem, UpdateItem, DeleteItem    refused, if a TransactWriteItems is in flight on the item
    TransactGetItems               cancelled, if any of these is in flight on an item of it

A read stops nobody, and other reads are stopped by nothing. A transaction is in flight from its
arrival until its answer leaves. On AWS that takes two rounds to every item's storage node, on a
local engine next to nothing: so it is made to last `service_seconds` at least. A cancelled one gets
no further than the first of the two rounds, and is answered after half of that. It keeps nobody
else away meanwhile, which on AWS it might.

Source: DynamoDB Developer Guide, "Amazon DynamoDB Transactions: How it works", transaction conflict
handling; API reference of TransactionCanceledException; that a transaction is prepared at every
item and then committed: Idziorek et al., "Distributed Transactions at Scale in Amazon DynamoDB",
USENIX ATC 2023; as of 2026-11.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

WRITE: Final = "TransactWriteItems"
READ: Final = "TransactGetItems"
PLAIN_WRITES: Final = frozenset({"PutItem", "UpdateItem", "DeleteItem"})

_CONFLICT: Final = "TransactionConflict"
_PREFIX: Final = "com.amazonaws.dynamodb.v20120810#"

type Item = tuple[str, ...]
"""A table's name and the values of the item's key."""
type Reply = tuple[int, bytes]
"""Status and body."""
type Forward = Callable[[], Awaitable[Reply]]


@dataclass(slots=True)
class Counts:
    """What the rule has let through and turned away.

    Attributes:
        transactions: TransactWriteItems that went on to the engine.
        conflicts: TransactWriteItems that were cancelled.
        reads_cancelled: TransactGetItems that were.
        writes_refused: plain writes.
    """

    transactions: int = 0
    conflicts: int = 0
    reads_cancelled: int = 0
    writes_refused: int = 0


class ConflictRule:
    """The requests that are in flight; for one event loop.

    Args:
        key_names: of each table, its key's attributes.
        service_seconds: how long a transaction is in flight at least.
        clock: a monotonic one, in seconds.
        pause: waits for some seconds.
    """

    def __init__(
        self,
        key_names: Mapping[str, Sequence[str]],
        *,
        service_seconds: float,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        if service_seconds < 0:
            raise ValueError("a transaction does not take less than no time")
        self._key_names = key_names
        self._service_seconds = service_seconds
        self._clock = clock
        self._pause = pause
        self._in_transactions: Counter[Item] = Counter()
        self._in_plain_writes: Counter[Item] = Counter()
        self.counts = Counts()

    async def answer(self, operation: str, request: Mapping[str, Any], forward: Forward) -> Reply:
        """The engine's reply, or that the request is turned away.

        Args:
            operation: such as TransactWriteItems.
            request: its body.
            forward: sends it to the engine.

        Raises:
            ValueError: the request writes to a table whose key is not known.
        """
        if operation == WRITE:
            return await self._write_together(self._items(request), forward)
        if operation == READ:
            items = self._items(request)
            busy = [self._in_transactions[i] + self._in_plain_writes[i] > 0 for i in items]
            if any(busy):
                self.counts.reads_cancelled += 1
                return _cancelled(busy)
        if operation in PLAIN_WRITES:
            return await self._write_one(self._item(request), forward)
        return await forward()

    async def _write_together(self, items: Sequence[Item], forward: Forward) -> Reply:
        began_at = self._clock()
        busy = [self._in_transactions[item] > 0 for item in items]
        if any(busy):
            self.counts.conflicts += 1
            await self._pause(self._service_seconds / 2)
            return _cancelled(busy)
        self.counts.transactions += 1
        self._in_transactions.update(items)
        try:
            reply = await forward()
            left = self._service_seconds - (self._clock() - began_at)
            if left > 0:
                await self._pause(left)
        finally:
            _release(self._in_transactions, items)
        return reply

    async def _write_one(self, item: Item, forward: Forward) -> Reply:
        if self._in_transactions[item]:
            self.counts.writes_refused += 1
            return _refused()
        self._in_plain_writes[item] += 1
        try:
            return await forward()
        finally:
            _release(self._in_plain_writes, [item])

    def _items(self, request: Mapping[str, Any]) -> list[Item]:
        # Each action is an object of one member, whose name says what kind it is.
        return [self._item(part) for action in request["TransactItems"] for part in action.values()]

    def _item(self, part: Mapping[str, Any]) -> Item:
        table = part["TableName"]
        names = self._key_names.get(table)
        if names is None:
            raise ValueError(f"the key of the table {table!r} is not known")
        key = part.get("Key") or part["Item"]
        return (table, *(key[name]["S"] for name in names))


def _release(held: Counter[Item], items: Sequence[Item]) -> None:
    for item in items:
        held[item] -= 1
        if not held[item]:
            del held[item]


def _cancelled(busy: Sequence[bool]) -> Reply:
    codes = [_CONFLICT if each else "None" for each in busy]
    reasons: list[dict[str, str]] = [
        {"Code": code, "Message": "Transaction is ongoing for the item"}
        if code == _CONFLICT
        else {"Code": code}
        for code in codes
    ]
    body = {
        "__type": f"{_PREFIX}TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons"
        f" [{', '.join(codes)}]",
        "CancellationReasons": reasons,
    }
    return 400, json.dumps(body).encode()


def _refused() -> Reply:
    body = {
        "__type": f"{_PREFIX}TransactionConflictException",
        "message": "Transaction is ongoing for the item",
    }
    return 400, json.dumps(body).encode()
