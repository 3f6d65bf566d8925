"""Units of a request are counted by AWS's rules, from the items that it touched.

Source: DynamoDB Developer Guide, "DynamoDB on-demand capacity mode", "Amazon DynamoDB Transactions:
capacity management", "Using Global Secondary Indexes", as of 2026-11.
"""

from decimal import Decimal
from typing import Any

import pytest

from benchmarks.payments_events import payment_body, payment_event
from benchmarks.request_recorder import describe
from benchmarks.request_units import (
    Index,
    Request,
    Table,
    Touched,
    Units,
    UnknownRequestError,
    units_of,
)
from tests.books import Books
from tests.events import LambdaContext, an_event, load_function, set_environment

LISTED = Index(key_names=frozenset({"bucket", "position"}), shown=None)
DUE = Index(key_names=frozenset({"due"}), shown=frozenset({"id", "due"}))
TABLES = {
    "plain": Table(key_names=["id"]),
    "listed": Table(key_names=["id"], indexes=[LISTED, DUE]),
}
KEY = {"id": {"S": "i"}}
IN_LIST = KEY | {"bucket": {"S": "b"}, "position": {"S": "p"}}


def of_bytes(size_bytes: int) -> dict[str, Any]:
    """An item of that size in all."""
    return KEY | {"x": {"S": "a" * (size_bytes - 4)}}


def touched(**changes: Any) -> Touched:
    values: dict[str, Any] = {"table": "plain", "before": None, "after": KEY}
    return Touched(**values | changes)


def a_request(operation: str, *items: Touched, **changes: Any) -> Request:
    values: dict[str, Any] = {
        "operation": operation,
        "body": {},
        "status": 200,
        "answer": {},
        "touched": items,
    }
    return Request(**values | changes)


@pytest.mark.parametrize(
    ("size_bytes", "units"), [(10, 1), (1024, 1), (1025, 2), (2048, 2), (2049, 3)]
)
def test_put__costs_a_unit_for_each_kilobyte_begun(size_bytes: int, units: int) -> None:
    item = of_bytes(size_bytes)
    assert units_of(a_request("PutItem", touched(after=item, asked=item)), TABLES).write == units


def test_update__costs_by_the_larger_of_before_and_after() -> None:
    request = a_request("UpdateItem", touched(before=of_bytes(2000), after=of_bytes(100)))
    assert units_of(request, TABLES).write == 2


def test_put__that_a_condition_refused__costs_by_what_is_there() -> None:
    there = of_bytes(1500)
    request = a_request(
        "PutItem", touched(before=there, after=there, asked=of_bytes(5000)), status=400
    )
    assert units_of(request, TABLES).write == 2


def test_transaction__costs_twice_for_each_item() -> None:
    items = [touched(after=of_bytes(size), asked=of_bytes(size)) for size in (10, 1024, 1025)]
    assert units_of(a_request("TransactWriteItems", *items), TABLES).write == 2 + 2 + 4


def test_transaction__that_was_cancelled__costs_as_if_it_had_been_done() -> None:
    put = touched(after=None, asked=of_bytes(1025))
    check = touched(before=of_bytes(10), after=of_bytes(10))
    request = a_request("TransactWriteItems", put, check, status=400)
    assert units_of(request, TABLES).write == 4 + 2


def test_index__of_all_attributes__costs_once_what_a_transaction_costs_twice() -> None:
    item = touched(table="listed", after=IN_LIST, asked=IN_LIST)
    units = units_of(a_request("TransactWriteItems", item), TABLES)
    assert units == Units(3, Decimal(0), {"listed": 2, "indexes of listed": 1})


def test_index__of_what_was_refused__costs_nothing() -> None:
    item = touched(table="listed", after=None, asked=IN_LIST)
    assert units_of(a_request("TransactWriteItems", item, status=400), TABLES).write == 2


def test_index__that_shows_an_item_no_longer__costs_one() -> None:
    before = KEY | {"due": {"S": "d"}}
    item = touched(table="listed", before=before, after=KEY)
    assert units_of(a_request("UpdateItem", item), TABLES).write == 1 + 1


def test_index__whose_picture_stays__costs_nothing() -> None:
    before = KEY | {"due": {"S": "d"}, "x": {"S": "old"}}
    item = touched(table="listed", before=before, after=before | {"x": {"S": "new"}})
    assert units_of(a_request("UpdateItem", item), TABLES).write == 1


@pytest.mark.parametrize(
    ("operation", "body", "units"),
    [
        ("GetItem", {"ConsistentRead": True}, Decimal(2)),
        ("GetItem", {}, Decimal(1)),
        ("BatchGetItem", {"RequestItems": {"plain": {"ConsistentRead": True}}}, Decimal(2)),
        ("TransactGetItems", {}, Decimal(4)),
    ],
)
def test_read__of_five_kilobytes__costs_by_its_consistency(
    operation: str, body: dict[str, Any], units: Decimal
) -> None:
    there = of_bytes(5000)
    request = a_request(operation, touched(before=there, after=there), body=body)
    assert units_of(request, TABLES) == Units(0, units)


def test_read__of_what_is_not_there__costs_the_least() -> None:
    request = a_request("GetItem", touched(before=None, after=None), body={"ConsistentRead": True})
    assert units_of(request, TABLES).read == 1


def test_query__rounds_up_once_for_its_page() -> None:
    answer = {"Items": [of_bytes(3000)] * 3, "ScannedCount": 3}
    assert units_of(a_request("Query", answer=answer), TABLES).read == Decimal("1.5")


def test_query__that_left_something_out__has_no_price_here() -> None:
    answer = {"Items": [KEY], "ScannedCount": 2}
    with pytest.raises(UnknownRequestError, match="left out"):
        units_of(a_request("Query", answer=answer), TABLES)


def test_operation__that_is_not_known__has_no_price_here() -> None:
    with pytest.raises(UnknownRequestError, match="what Scan costs"):
        units_of(a_request("Scan"), TABLES)


def test_units__add_up_part_by_part() -> None:
    one = Units(3, Decimal(1), {"a": 2, "b": 1}) + Units(2, Decimal("0.5"), {"b": 2})
    assert one == Units(5, Decimal("1.5"), {"a": 2, "b": 3})


def written(client: Any, role: str, item: dict[str, Any]) -> Touched:
    """What a payment writes is new, but for the balance, whose size stays."""
    is_balance = item.get("part") == {"S": "balance"}
    return touched(table=role, before=item if is_balance else None, after=item, asked=item)


@pytest.mark.parametrize(
    ("payload_bytes", "parts"),
    [
        (400, {"idempotency": 2, "payments": 2, "indexes of payments": 1, "ledger": 4}),
        (600, {"idempotency": 2, "payments": 4, "indexes of payments": 2, "ledger": 4}),
    ],
)
def test_payment_from_the_balance__costs_by_its_payload(
    payload_bytes: int,
    parts: dict[str, int],
    monkeypatch: pytest.MonkeyPatch,
    dynamodb: Any,
    tables: dict[str, str],
) -> None:
    set_environment(monkeypatch, tables)
    function, merchant_id = load_function("process_payment"), "mer_aaaaaaaaaaaaaaaa"
    funds = an_event("POST", "/v1/deposits", {"amount_minor": 10_000, "currency": "USD"}, key="d")
    funds["requestContext"]["authorizer"]["merchant_id"] = merchant_id
    function.handler(funds, LambdaContext())
    books = Books(dynamodb, tables)
    before = {role: raw_items(books, role) for role in ("idempotency", "payments", "ledger")}
    event = payment_event(merchant_id, "key-1", payment_body(payload_bytes))
    assert function.handler(event, LambdaContext())["statusCode"] == 201
    items = [
        written(dynamodb, role, item)
        for role, there in before.items()
        for item in raw_items(books, role)
        if item not in there
    ]
    described = {role: describe(dynamodb, tables[role]) for role in before}
    units = units_of(a_request("TransactWriteItems", *items), described)
    assert {name: found for name, found in units.parts.items() if found} == parts


def raw_items(books: Books, role: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = books.client.scan(TableName=books.tables[role])["Items"]
    return found
