"""AWS's rule of conflicts: who is turned away, at which position, and for how long."""

import asyncio
import json
from collections.abc import Awaitable
from typing import Any

import pytest

from benchmarks.conflict_rule import ConflictRule, Counts, Reply

KEYS = {"ledger": ("id", "part"), "records": ("id",)}
DONE: Reply = (200, b"{}")


def key(item: str, part: str = "balance") -> dict[str, Any]:
    return {"id": {"S": item}, "part": {"S": part}}


def put(item: str, part: str = "balance") -> dict[str, Any]:
    return {"Put": {"TableName": "ledger", "Item": key(item, part) | {"count": {"N": "1"}}}}


def update(item: str) -> dict[str, Any]:
    return {"Update": {"TableName": "ledger", "Key": key(item)}}


def together(*actions: dict[str, Any]) -> dict[str, Any]:
    return {"TransactItems": list(actions)}


class Engine:
    """Requests stay in it until it is told to answer."""

    def __init__(self) -> None:
        self.arrived = 0
        self.may_answer = asyncio.Event()

    async def forward(self) -> Reply:
        self.arrived += 1
        await self.may_answer.wait()
        return DONE


class Table:
    """A rule, with one request in flight behind it."""

    def __init__(self) -> None:
        self.engine = Engine()
        self.pauses: list[float] = []
        self.rule = ConflictRule(
            KEYS, service_seconds=0.5, clock=lambda: 100.0, pause=self._note_pause
        )

    async def _note_pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    def send(self, operation: str, request: dict[str, Any]) -> Awaitable[Reply]:
        return self.rule.answer(operation, request, self.engine.forward)

    async def ask_beside(
        self, first: tuple[str, dict[str, Any]], second: tuple[str, dict[str, Any]]
    ) -> Reply:
        """The answer to the second one, which comes while the first one is in flight."""
        in_flight = asyncio.ensure_future(self.send(*first))
        while not self.engine.arrived:
            await asyncio.sleep(0)
        asked = asyncio.ensure_future(self.send(*second))
        # As often as the loop needs to bring a request that is let through to the engine.
        for _ in range(5):
            await asyncio.sleep(0)
        self.engine.may_answer.set()
        assert await in_flight == DONE
        return await asked


def beside(
    first: tuple[str, dict[str, Any]], second: tuple[str, dict[str, Any]]
) -> tuple[Table, Reply]:
    async def run() -> tuple[Table, Reply]:
        table = Table()
        return table, await table.ask_beside(first, second)

    return asyncio.run(run())


def codes(reply: Reply) -> list[str]:
    assert reply[0] == 400
    body = json.loads(reply[1])
    assert body["__type"].endswith("#TransactionCanceledException")
    return [reason["Code"] for reason in body["CancellationReasons"]]


WRITING = ("TransactWriteItems", together(put("a", "entry#1"), update("a")))


def test_transaction__item_of_another_in_flight__is_cancelled_at_that_position() -> None:
    table, reply = beside(
        WRITING, ("TransactWriteItems", together(put("a", "entry#2"), put("b"), update("a")))
    )
    assert codes(reply) == ["None", "None", "TransactionConflict"]
    assert table.engine.arrived == 1


def test_transaction__conflict__is_said_as_dynamodb_says_it() -> None:
    _, reply = beside(WRITING, ("TransactWriteItems", together(put("b"), update("a"))))
    assert json.loads(reply[1]) == {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons"
        " [None, TransactionConflict]",
        "CancellationReasons": [
            {"Code": "None"},
            {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"},
        ],
    }


@pytest.mark.parametrize("kind", ["ConditionCheck", "Delete", "Update"])
def test_transaction__whatever_it_does_with_the_item__is_cancelled(kind: str) -> None:
    action = {kind: {"TableName": "ledger", "Key": key("a")}}
    _, reply = beside(WRITING, ("TransactWriteItems", together(action)))
    assert codes(reply) == ["TransactionConflict"]


@pytest.mark.parametrize(
    "other",
    [put("b"), put("a", "entry#2"), {"Put": {"TableName": "records", "Item": {"id": {"S": "a"}}}}],
    ids=["other id", "other part", "other table"],
)
def test_transaction__other_items__goes_on_beside(other: dict[str, Any]) -> None:
    table, reply = beside(WRITING, ("TransactWriteItems", together(other)))
    assert reply == DONE
    assert table.engine.arrived == 2


def test_transaction__the_other_one_was_answered__goes_on() -> None:
    async def run() -> tuple[Reply, Counts]:
        table = Table()
        table.engine.may_answer.set()
        await table.send(*WRITING)
        return await table.send(*WRITING), table.rule.counts

    assert asyncio.run(run()) == (DONE, Counts(transactions=2))


def test_transaction__the_engine_was_lost__stands_in_nobodys_way() -> None:
    async def lose() -> Reply:
        raise OSError

    async def run() -> Reply:
        table = Table()
        table.engine.may_answer.set()
        with pytest.raises(OSError):
            await table.rule.answer(*WRITING, lose)
        return await table.send(*WRITING)

    assert asyncio.run(run()) == DONE


def test_cancelled_transaction__keeps_no_item_from_others() -> None:
    async def run() -> Reply:
        table = Table()
        await table.ask_beside(WRITING, ("TransactWriteItems", together(put("b"), update("a"))))
        return await table.send("TransactWriteItems", together(put("b")))

    assert asyncio.run(run()) == DONE


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("PutItem", {"TableName": "ledger", "Item": key("a")}),
        ("UpdateItem", {"TableName": "ledger", "Key": key("a")}),
        ("DeleteItem", {"TableName": "ledger", "Key": key("a")}),
    ],
)
def test_plain_write__transaction_in_flight_on_the_item__is_refused(
    operation: str, request_: dict[str, Any]
) -> None:
    table, (status, body) = beside(WRITING, (operation, request_))
    assert status == 400
    assert json.loads(body)["__type"].endswith("#TransactionConflictException")
    assert table.rule.counts == Counts(transactions=1, writes_refused=1)


def test_plain_write__another_one_in_flight__goes_on() -> None:
    write = ("UpdateItem", {"TableName": "ledger", "Key": key("a")})
    assert beside(write, write)[1] == DONE


def test_transaction__plain_write_in_flight__goes_on() -> None:
    write = ("UpdateItem", {"TableName": "ledger", "Key": key("a")})
    assert beside(write, WRITING)[1] == DONE


@pytest.mark.parametrize(
    "first", [WRITING, ("PutItem", {"TableName": "ledger", "Item": key("a")})], ids=lambda it: it[0]
)
def test_picture__item_is_being_written__is_cancelled_at_that_position(
    first: tuple[str, dict[str, Any]],
) -> None:
    gets = [{"Get": {"TableName": "ledger", "Key": key(item)}} for item in ("b", "a")]
    table, reply = beside(first, ("TransactGetItems", together(*gets)))
    assert codes(reply) == ["None", "TransactionConflict"]
    assert table.rule.counts.reads_cancelled == 1


def test_picture__in_flight__stops_no_transaction() -> None:
    gets = together({"Get": {"TableName": "ledger", "Key": key("a")}})
    assert beside(("TransactGetItems", gets), WRITING)[1] == DONE


def test_single_read__item_is_being_written__goes_on() -> None:
    _, reply = beside(WRITING, ("GetItem", {"TableName": "ledger", "Key": key("a")}))
    assert reply == DONE


def test_transaction__is_in_flight_as_long_as_is_said__and_a_cancelled_one_half_of_that() -> None:
    table, _ = beside(WRITING, WRITING)
    assert table.pauses == [0.25, 0.5]


def test_transaction__conflict__is_counted() -> None:
    table, _ = beside(WRITING, WRITING)
    assert table.rule.counts == Counts(transactions=1, conflicts=1)


def test_transaction__slow_engine__waits_no_longer() -> None:
    async def run() -> list[float]:
        pauses: list[float] = []
        times = iter([10.0, 10.75])

        async def note(seconds: float) -> None:
            pauses.append(seconds)

        async def forward() -> Reply:
            return DONE

        rule = ConflictRule(KEYS, service_seconds=0.5, clock=lambda: next(times), pause=note)
        await rule.answer(*WRITING, forward)
        return pauses

    assert asyncio.run(run()) == []


def test_transaction__table_unknown__says_so() -> None:
    async def run() -> None:
        action = {"Delete": {"TableName": "elsewhere", "Key": key("a")}}
        await Table().send("TransactWriteItems", together(action))

    with pytest.raises(ValueError, match="the key of the table 'elsewhere' is not known"):
        asyncio.run(run())


def test_rule__less_than_no_time__is_refused() -> None:
    with pytest.raises(ValueError, match="less than no time"):
        ConflictRule(KEYS, service_seconds=-0.001)
