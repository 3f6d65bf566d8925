"""Which requests does a call make of DynamoDB, and which items do they touch? A recorder between a
function and an engine, behind `benchmarks.conflict_proxy`, for one call at a time.

It reads every item that a request names before it hands the request on, and again when that is
answered: what is timed never runs behind it.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from benchmarks.conflict_proxy import open_proxy
from benchmarks.conflict_rule import Forward, Reply
from benchmarks.request_units import WRITES, Index, Request, Table, Touched
from oncepay.domain.capacity import RawItem


class Recorder:
    """Notes requests as they pass.

    Args:
        client: of the engine.
        tables: that are known, by name.

    Attributes:
        requests: in order.
        url: where the function is to find DynamoDB.
    """

    def __init__(self, client: Any, tables: Mapping[str, Table]) -> None:
        self._client = client
        self._tables = tables
        self.requests: list[Request] = []
        self.url = ""

    async def answer(self, operation: str, body: Mapping[str, Any], forward: Forward) -> Reply:
        """The engine's reply, once it is noted."""
        named = list(self.named(operation, body))
        before = [self._item(table, key) for table, key, _ in named]
        status, reply = await forward()
        touched = [
            Touched(table=table, before=was, after=self._item(table, key), asked=asked)
            for (table, key, asked), was in zip(named, before, strict=True)
        ]
        self.requests.append(
            Request(
                operation=operation,
                body=body,
                status=status,
                answer=json.loads(reply),
                touched=touched,
            )
        )
        return status, reply

    def take(self) -> list[Request]:
        """What has passed since the last time."""
        taken, self.requests = self.requests, []
        return taken

    def named(
        self, operation: str, body: Mapping[str, Any]
    ) -> Iterator[tuple[str, RawItem, RawItem | None]]:
        """Table, key, and what is put there, of each item that a request names."""
        if operation in {"TransactWriteItems", "TransactGetItems"}:
            # Each action is an object of one member, whose name says what kind it is.
            for part in (part for action in body["TransactItems"] for part in action.values()):
                yield self._named_by(part)
        elif operation in WRITES or operation == "GetItem":
            yield self._named_by(body)
        elif operation == "BatchGetItem":
            for table, asked in body["RequestItems"].items():
                yield from ((table, key, None) for key in asked["Keys"])

    def _named_by(self, part: Mapping[str, Any]) -> tuple[str, RawItem, RawItem | None]:
        table = part["TableName"]
        if "Item" not in part:
            return table, part["Key"], None
        item = part["Item"]
        return table, {name: item[name] for name in self._tables[table].key_names}, item

    def _item(self, table: str, key: RawItem) -> RawItem | None:
        found = self._client.get_item(TableName=table, Key=key, ConsistentRead=True)
        item: RawItem | None = found.get("Item")
        return item


def describe(client: Any, name: str) -> Table:
    """A table as the engine has it."""
    told = client.describe_table(TableName=name)["Table"]
    key_names = [part["AttributeName"] for part in told["KeySchema"]]
    indexes = []
    for index in told.get("GlobalSecondaryIndexes", ()):
        own = frozenset(part["AttributeName"] for part in index["KeySchema"])
        projection = index["Projection"]
        shown = own.union(key_names, projection.get("NonKeyAttributes", ()))
        indexes.append(
            Index(key_names=own, shown=None if projection["ProjectionType"] == "ALL" else shown)
        )
    return Table(key_names=key_names, indexes=indexes)


@contextmanager
def recording(client: Any, url: str, tables: Mapping[str, Table]) -> Iterator[Recorder]:
    """A recorder in front of the engine at that address."""
    recorder: Any = Recorder(client, tables)
    with open_proxy(url, recorder) as proxy:
        recorder.url = proxy.url
        yield recorder
