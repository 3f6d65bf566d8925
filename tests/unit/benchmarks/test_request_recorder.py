"""Requests are noted with the items that they touched."""

import asyncio
import json
from typing import Any

from benchmarks.request_recorder import Recorder, describe
from benchmarks.request_units import Touched

RECORD = {"id": {"S": "key"}, "state": {"S": "COMPLETED"}}


def recorded(recorder: Recorder, operation: str, body: dict[str, Any], call: Any) -> None:
    async def forward() -> tuple[int, bytes]:
        return 200, json.dumps(call(**body)).encode()

    asyncio.run(recorder.answer(operation, body, forward))


def a_recorder(client: Any, tables: dict[str, str]) -> Recorder:
    return Recorder(client, {name: describe(client, name) for name in tables.values()})


def plain(call: Any) -> Any:
    """A call whose answer is JSON."""

    def called(**body: Any) -> dict[str, Any]:
        call(**body)
        return {}

    return called


def test_put__is_noted_with_nothing_before_and_the_item_after(
    dynamodb: Any, tables: dict[str, str]
) -> None:
    recorder, table = a_recorder(dynamodb, tables), tables["idempotency"]
    body = {"TableName": table, "Item": RECORD}
    recorded(recorder, "PutItem", body, plain(dynamodb.put_item))
    (request,) = recorder.take()
    assert request.touched == [Touched(table=table, before=None, after=RECORD, asked=RECORD)]


def test_transaction__is_noted_with_each_item_in_order(
    dynamodb: Any, tables: dict[str, str]
) -> None:
    recorder = a_recorder(dynamodb, tables)
    entry = {"id": {"S": "ledger"}, "part": {"S": "entry#1"}}
    balance = {"id": {"S": "ledger"}, "part": {"S": "balance"}}
    update = {
        "TableName": tables["ledger"],
        "Key": balance,
        "UpdateExpression": "SET n = :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    body = {
        "TransactItems": [
            {"Put": {"TableName": tables["ledger"], "Item": entry}},
            {"Update": update},
        ]
    }
    recorded(recorder, "TransactWriteItems", body, plain(dynamodb.transact_write_items))
    (request,) = recorder.take()
    assert [(one.before, one.after, one.asked) for one in request.touched] == [
        (None, entry, entry),
        (None, balance | {"n": {"N": "1"}}, None),
    ]


def test_batch__is_noted_with_each_key(dynamodb: Any, tables: dict[str, str]) -> None:
    table = tables["idempotency"]
    dynamodb.put_item(TableName=table, Item=RECORD)
    recorder = a_recorder(dynamodb, tables)
    keys = [{"id": {"S": "key"}}, {"id": {"S": "none"}}]
    body = {"RequestItems": {table: {"Keys": keys}}}
    recorded(recorder, "BatchGetItem", body, plain(dynamodb.batch_get_item))
    (request,) = recorder.take()
    assert [one.before for one in request.touched] == [RECORD, None]


def test_take__forgets_what_was_taken(dynamodb: Any, tables: dict[str, str]) -> None:
    recorder = a_recorder(dynamodb, tables)
    recorded(recorder, "ListTables", {}, plain(dynamodb.list_tables))
    assert [request.operation for request in recorder.take()] == ["ListTables"]
    assert recorder.take() == []


def test_describe__knows_key_and_indexes(dynamodb: Any, tables: dict[str, str]) -> None:
    table = describe(dynamodb, tables["payments"])
    assert table.key_names == ["id", "part"]
    by_merchant, by_due = table.indexes
    assert by_merchant.shown is None
    assert by_due.shown == frozenset({"id", "part", "due_bucket", "due_at"})
