"""How are the tables read? Only with strong consistency, page by page, with a stated limit.

A scan is not a snapshot: every item is as it was at the moment its page was read. So the prover
treats what a scan shows as a suspicion at most, and reads the concrete items again with
`read_standing_still` before it reports anything.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import batched
from typing import Any, Final, Protocol

from ops.verify.findings import Key

type Item = Mapping[str, Mapping[str, Any]]
"""An item as DynamoDB sends it: {"amount_minor": {"N": "5000"}}."""

READINGS: Final = 8
"""How often something that keeps moving is read before we say that we could not."""

BATCH_KEYS: Final = 100
"""Keys in one BatchGetItem. Source: DynamoDB API reference, BatchGetItem, as of 2026-11."""

BATCH_TRIES: Final = 10
"""How often keys that DynamoDB left unprocessed are asked for again."""

LONGEST_ID_BYTES: Final = 2048
LONGEST_PART_BYTES: Final = 1024
"""Longest keys. Source: DynamoDB constraints, partition and sort key length, as of 2026-11."""


class CouldNotReadError(Exception):
    """The tables could not be read; the message is one clear line."""


class DynamoReader(Protocol):
    """The four calls of boto3's low-level client that are used here; none of them writes."""

    def scan(self, *args: Any, **kwargs: Any) -> Any: ...
    def query(self, *args: Any, **kwargs: Any) -> Any: ...
    def get_item(self, *args: Any, **kwargs: Any) -> Any: ...
    def batch_get_item(self, *args: Any, **kwargs: Any) -> Any: ...


class Tables:
    """Consistent reads of the tables, by their plain names (`payments`, `ledger`, ...)."""

    def __init__(
        self, client: DynamoReader, names: Mapping[str, str], page_size: int | None = None
    ) -> None:
        self._client = client
        self._names = names
        self._limit = {} if page_size is None else {"Limit": page_size}

    def scan(self, table: str) -> Iterator[Item]:
        """Every item of a table, page by page."""
        return self._pages(self._client.scan, TableName=self._names[table])

    def partition(self, table: str, id_: str) -> Iterator[Item]:
        """Every item of one partition, page by page."""
        return self._pages(
            self._client.query,
            TableName=self._names[table],
            KeyConditionExpression="#id = :id",
            ExpressionAttributeNames={"#id": "id"},
            ExpressionAttributeValues={":id": {"S": id_}},
        )

    def get(self, table: str, key: Key) -> Item | None:
        """One item as it is now."""
        if not _is_possible(key):
            return None
        answer = self._client.get_item(
            TableName=self._names[table], Key=_raw(key), ConsistentRead=True
        )
        found: Item | None = answer.get("Item")
        return found

    def get_many(self, table: str, keys: Iterable[Key]) -> dict[Key, Item]:
        """Those of the items that exist; a key that no item can have is simply not among them."""
        found: dict[Key, Item] = {}
        possible = sorted({key for key in keys if _is_possible(key)})
        for some in batched(possible, BATCH_KEYS, strict=False):
            for item in self._get_batch(self._names[table], [_raw(key) for key in some]):
                found[key_of(item)] = item
        return found

    def _get_batch(self, name: str, keys: list[dict[str, Any]]) -> Iterator[Item]:
        for attempt in range(BATCH_TRIES):
            answer = self._client.batch_get_item(
                RequestItems={name: {"Keys": keys, "ConsistentRead": True}}
            )
            yield from answer["Responses"].get(name, [])
            keys = answer.get("UnprocessedKeys", {}).get(name, {}).get("Keys", [])
            if not keys:
                return
            time.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 - jitter, not a secret
        raise CouldNotReadError(f"DynamoDB keeps leaving keys of {name} unread: it is throttling.")

    def _pages(self, read_page: Callable[..., Any], **request: Any) -> Iterator[Item]:
        request |= self._limit | {"ConsistentRead": True}
        while True:
            page = read_page(**request)
            yield from page["Items"]
            if not page.get("LastEvaluatedKey"):
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def read_standing_still[Core, Rest](
    read_core: Callable[[], Core], read_rest: Callable[[Core], Rest]
) -> tuple[Core, Rest] | None:
    """Read the core, what hangs on it, and the core again, until the core stood still meanwhile.

    Every transaction that changes what hangs on the core changes the core too (a balance counts
    its entries, a payment's version rises with each refund), so that a core that stood still
    proves that both readings belong together. Returns None if it never did.
    """
    core = read_core()
    for _ in range(READINGS):
        rest = read_rest(core)
        again = read_core()
        if again == core:
            return core, rest
        core = again
    return None


def key_of(item: Item) -> Key:
    """The key of an item that a table gave us."""
    return Key(str(item.get("id", {}).get("S", "")), str(item.get("part", {}).get("S", "")))


def id_of(item: Item) -> str:
    """The partition of an item that a table gave us."""
    return key_of(item).id


def _raw(key: Key) -> dict[str, Any]:
    return {"id": {"S": key.id}} | ({"part": {"S": key.part}} if key.part else {})


def _is_possible(key: Key) -> bool:
    """Whether DynamoDB would accept the key: a stored pointer may hold anything."""
    id_bytes, part_bytes = (len(name.encode("utf-8", "surrogatepass")) for name in key)
    return 0 < id_bytes <= LONGEST_ID_BYTES and part_bytes <= LONGEST_PART_BYTES
