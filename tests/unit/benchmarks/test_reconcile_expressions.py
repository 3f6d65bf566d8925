"""The bare engine holds the conditions that the reconcile function sends, and refuses others."""

from typing import Any

import pytest

from benchmarks.reconcile_expressions import NotUnderstoodError, condition, update

NAMES = {"#0": "version", "#1": "settlement_id", "#2": "part"}
VALUES: dict[str, Any] = {
    ":0": {"N": "3"},
    ":1": {"S": "break#0"},
    ":2": {"S": "break#~"},
    ":3": {"S": "entry#"},
}


@pytest.mark.parametrize(
    ("text", "item", "holds"),
    [
        ("#0 = :0", {"version": {"N": "3"}}, True),
        ("#0 = :0", {"version": {"N": "4"}}, False),
        ("#0 = :0", {}, False),
        ("attribute_not_exists (#1)", {}, True),
        ("attribute_not_exists (#1)", {"settlement_id": {"S": "set_1"}}, False),
        ("attribute_exists (#1)", {"settlement_id": {"S": "set_1"}}, True),
        ("(attribute_not_exists (#1) AND #0 = :0)", {"version": {"N": "3"}}, True),
        ("(attribute_not_exists (#1) AND #0 = :0)", {"version": {"N": "2"}}, False),
        ("(attribute_exists (#1) OR #0 = :0)", {"version": {"N": "3"}}, True),
        ("(attribute_exists (#1) OR #0 = :0)", {"version": {"N": "2"}}, False),
        ("begins_with (#2, :3)", {"part": {"S": "entry#le_1"}}, True),
        ("begins_with (#2, :3)", {"part": {"S": "balance"}}, False),
        ("#2 BETWEEN :1 AND :2", {"part": {"S": "break#0000000001"}}, True),
        ("#2 BETWEEN :1 AND :2", {"part": {"S": "run"}}, False),
    ],
)
def test_condition__item__holds_or_not(text: str, item: dict[str, Any], holds: bool) -> None:
    assert condition(text)(item, NAMES, VALUES) is holds


@pytest.mark.parametrize(
    "text",
    ["NOT (#0 = :0)", "#0 <> :0", "size (#0) = :0", "(#0 = :0", "#0 = :0)", "#0 = :0 AND", ""],
)
def test_condition__that_no_run_sends__is_refused(text: str) -> None:
    with pytest.raises(NotUnderstoodError):
        condition(text)


def test_update__sets_removes_and_adds() -> None:
    item = {"version": {"N": "2"}, "settlement_id": {"S": "set_1"}, "part": {"N": "4"}}
    update("SET #0 = :0 REMOVE #1 ADD #2 :0")(item, NAMES, VALUES)
    assert item == {"version": {"N": "3"}, "part": {"N": "7"}}


def test_update__adds_to_what_is_not_there__from_zero() -> None:
    item: dict[str, Any] = {}
    update("ADD #2 :0")(item, NAMES, VALUES)
    assert item == {"part": {"N": "3"}}


@pytest.mark.parametrize("text", ["SET #0 = #1", "DELETE #0 :0", "SET #0 = :0 DELETE #1 :0", ""])
def test_update__that_no_run_sends__is_refused(text: str) -> None:
    with pytest.raises(NotUnderstoodError):
        update(text)
