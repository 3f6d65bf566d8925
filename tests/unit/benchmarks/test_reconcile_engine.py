"""The bare engine writes all of a transaction or nothing, as DynamoDB does."""

from typing import Any

from benchmarks.reconcile_engine import Tables


def a_key(item_id: str = "pay_1", part: str = "payment") -> dict[str, Any]:
    return {"id": {"S": item_id}, "part": {"S": part}}


def an_update(key: dict[str, Any], condition: str) -> dict[str, Any]:
    return {
        "Update": {
            "TableName": "payments",
            "Key": key,
            "UpdateExpression": "SET #0 = :1",
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {"#0": "version"},
            "ExpressionAttributeValues": {":0": {"N": "1"}, ":1": {"N": "2"}},
        }
    }


def tables(*items: dict[str, Any]) -> Tables:
    made = Tables()
    for item in items:
        made.put("payments", item)
    return made


def transact(made: Tables, *actions: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return made.answer("TransactWriteItems", {"TransactItems": list(actions)})


def test_transaction__all_conditions_hold__is_written() -> None:
    made = tables(a_key() | {"version": {"N": "1"}})
    put = {"Put": {"TableName": "payments", "Item": a_key("pay_2")}}
    assert transact(made, put, an_update(a_key(), "#0 = :0")) == (200, {})
    assert made.get("payments", a_key())["version"] == {"N": "2"}  # type: ignore[index]
    assert made.get("payments", a_key("pay_2")) == a_key("pay_2")


def test_transaction__one_condition_does_not_hold__nothing_is_written() -> None:
    there = a_key() | {"version": {"N": "7"}}
    made = tables(there)
    put = {"Put": {"TableName": "payments", "Item": a_key("pay_2")}}
    status, answer = transact(made, put, an_update(a_key(), "#0 = :0"))
    assert status == 400
    assert answer["CancellationReasons"] == [
        {"Code": "None"},
        {"Code": "ConditionalCheckFailed", "Item": there},
    ]
    assert made.get("payments", a_key()) == there
    assert made.get("payments", a_key("pay_2")) is None


def test_batch_get__what_is_not_there__is_left_out() -> None:
    made = tables(a_key())
    asked = {"RequestItems": {"payments": {"Keys": [a_key(), a_key("pay_2")]}}}
    assert made.answer("BatchGetItem", asked)[1]["Responses"] == {"payments": [a_key()]}


def test_query__partition__is_sorted_and_held_against_the_condition() -> None:
    parts = ("refund#2", "payment", "refund#1")
    made = tables(*(a_key(part=part) for part in parts), a_key("pay_2", "refund#3"))
    query = {
        "TableName": "payments",
        "KeyConditionExpression": "(#0 = :0 AND begins_with (#1, :1))",
        "ExpressionAttributeNames": {"#0": "id", "#1": "part"},
        "ExpressionAttributeValues": {":0": {"S": "pay_1"}, ":1": {"S": "refund#"}},
    }
    found = made.answer("Query", query)[1]["Items"]
    assert [item["part"]["S"] for item in found] == ["refund#1", "refund#2"]
