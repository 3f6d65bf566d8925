"""What DynamoDB says of a request's price is never the reason that the request fails."""

from typing import Any

import pytest

from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.wire import WireClient
from tests.builders import World

ODD: list[Any] = [
    "nothing", 7, [None], ["x"], [{"CapacityUnits": None}], [{"CapacityUnits": "n/a"}],
    [{"CapacityUnits": 9.0, "ReadCapacityUnits": None}], {"CapacityUnits": []},
]  # fmt: skip


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What every reply says that it consumed, once there is something in it."""
    said: list[Any] = []
    send = WireClient._make_api_call

    def answer(client: WireClient, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        reply = send(client, operation, body)
        return {**reply, "ConsumedCapacity": said[0]} if said else reply

    monkeypatch.setattr(WireClient, "_make_api_call", answer)
    return said


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_written__whatever_is_said_of_its_price(
    database: Database, said: list[Any], odd: Any
) -> None:
    said.append(odd)
    world = World(database)
    world.deposit()
    assert world.pay().answer.status_code == 201


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_read__whatever_is_said_of_its_price(
    database: Database, budget: Budget, said: list[Any], odd: Any
) -> None:
    said.append(odd)
    assert database.get("payments", "pay_nobody", "payment", budget) is None
