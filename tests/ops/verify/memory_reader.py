"""The reading half of DynamoDB over a dict: it holds what a real table's indexes would refuse,
and lets a test change the items between two readings."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from tests.ops.verify.small_world import Address, Raw

NAMES = {
    name: name
    for name in ("idempotency", "payments", "ledger", "directory", "events", "settlements")
}


class MemoryReader:
    """Serves items by (table, id, part) page by page; `before_call` runs before each reading."""

    def __init__(
        self,
        items: dict[Address, Raw],
        *,
        page_size: int = 1_000,
        before_call: Callable[[str, dict[str, Any]], None] | None = None,
    ) -> None:
        self.items = items
        self.calls: list[str] = []
        self._page_size = page_size
        self._before_call = before_call

    def scan(self, **request: Any) -> Any:
        self._note("scan", request)
        return self._page(request, [a for a in self.items if a[0] == request["TableName"]])

    def query(self, **request: Any) -> Any:
        self._note("query", request)
        wanted = (request["TableName"], request["ExpressionAttributeValues"][":id"]["S"])
        return self._page(request, sorted(a for a in self.items if a[:2] == wanted))

    def get_item(self, **request: Any) -> Any:
        self._note("get_item", request)
        item = self.items.get(_address(request["TableName"], request["Key"]))
        return {} if item is None else {"Item": self._given(item)}

    def batch_get_item(self, **request: Any) -> Any:
        """Answers one key and leaves the rest unprocessed, as DynamoDB may."""
        ((table, asked),) = request["RequestItems"].items()
        self._note("batch_get_item", request)
        first, *rest = asked["Keys"]
        item = self.items.get(_address(table, first))
        answer: dict[str, Any] = {"Responses": {table: [] if item is None else [self._given(item)]}}
        if rest and len(self.calls) % 2:
            return answer | {"UnprocessedKeys": {table: {"Keys": rest}}}
        found = [self.items.get(_address(table, key)) for key in rest]
        answer["Responses"][table] += [self._given(item) for item in found if item is not None]
        return answer | {"UnprocessedKeys": {}}

    def _note(self, name: str, request: dict[str, Any]) -> None:
        consistent = request.get("ConsistentRead") or all(
            asked["ConsistentRead"] for asked in request["RequestItems"].values()
        )
        assert consistent, f"{name} without ConsistentRead"
        self.calls.append(name)
        if self._before_call is not None:
            self._before_call(name, request)

    def _given(self, item: Raw) -> Raw:
        """What was read stays as it was read, although the item may change."""
        return item if self._before_call is None else deepcopy(item)

    def _page(self, request: dict[str, Any], addresses: list[Address]) -> Any:
        start = request.get("ExclusiveStartKey", {"position": 0})["position"]
        end = start + min(request.get("Limit", self._page_size), self._page_size)
        page: dict[str, Any] = {
            "Items": [self._given(self.items[one]) for one in addresses[start:end]]
        }
        return page | ({"LastEvaluatedKey": {"position": end}} if end < len(addresses) else {})


def _address(table: str, key: Raw) -> Address:
    return table, key["id"]["S"], key["part"]["S"] if "part" in key else ""
