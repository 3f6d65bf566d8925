"""The peers do what they are said to: else they are nothing to be compared with."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from benchmarks.dynamodb_engines import LocalEngine
from benchmarks.payments_designs import (
    FIVE_CALLS,
    NAMES,
    OURS,
    UTILITY,
    Design,
    fund,
    make_designs,
)
from benchmarks.payments_events import list_event, payment_body, payment_event
from benchmarks.payments_worker import Context, load

MERCHANT = "mer_aaaaaaaaaaaaaaaa"

type Answer = Callable[[dict[str, Any]], tuple[int, dict[str, Any]]]


class Moto(LocalEngine):
    """The engine of these tests: in process, and without an address."""

    def client(self) -> Any:
        return boto3.client("dynamodb")


@pytest.fixture
def designs(aws: None) -> dict[str, Design]:
    return make_designs(Moto(name="moto", url="", why=""))


@pytest.fixture
def open_peer(
    designs: dict[str, Design], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Answer]:
    """A peer's function, as it starts in its environment."""

    def opened(name: str) -> Answer:
        for variable, value in designs[name].environment.items():
            monkeypatch.setenv(variable, value)
        function = load(designs[name].paying)

        def answer(event: dict[str, Any]) -> tuple[int, dict[str, Any]]:
            told = function.handler(event, Context())
            return told["statusCode"], json.loads(told["body"])

        return answer

    return opened


def a_payment(key: str = "key-1", body: str | None = None) -> dict[str, Any]:
    return payment_event(MERCHANT, key, body or payment_body())


@pytest.fixture
def funded(designs: dict[str, Design], dynamodb: Any) -> None:
    fund(designs[FIVE_CALLS], dynamodb, MERCHANT)


@pytest.mark.usefixtures("funded")
@pytest.mark.parametrize("name", [UTILITY, FIVE_CALLS])
def test_peer__same_request_again__is_answered_the_same_and_pays_once(
    name: str, open_peer: Callable[[str], Answer]
) -> None:
    answer = open_peer(name)
    status, paid = answer(a_payment())
    assert (status, paid["amount_minor"], paid["fee_minor"]) == (201, 5000, 100)
    assert answer(a_payment()) == (201, paid)
    assert answer(list_event(MERCHANT))[1]["data"] == [paid]


@pytest.mark.usefixtures("funded")
def test_five_calls__write_all_that_ours_writes(
    open_peer: Callable[[str], Answer], designs: dict[str, Design], dynamodb: Any
) -> None:
    open_peer(FIVE_CALLS)(a_payment())
    tables = designs[FIVE_CALLS].tables
    counts = {role: len(dynamodb.scan(TableName=table)["Items"]) for role, table in tables.items()}
    assert counts == {"idempotency": 1, "payments": 1, "balances": 1, "entries": 1}
    (balance,) = dynamodb.scan(TableName=tables["balances"])["Items"]
    assert balance["available_minor"] == {"N": str(10**12 - 5100)}


def test_five_calls__no_money__is_declined(open_peer: Callable[[str], Answer]) -> None:
    answer = open_peer(FIVE_CALLS)
    assert answer(a_payment()) == (402, {"code": "insufficient_funds"})
    assert answer(a_payment()) == (402, {"code": "insufficient_funds"})


@pytest.mark.usefixtures("funded")
def test_five_calls__other_request_under_the_key__is_refused(
    open_peer: Callable[[str], Answer],
) -> None:
    answer = open_peer(FIVE_CALLS)
    answer(a_payment())
    assert answer(a_payment(body=payment_body(401)))[0] == 422


def test_designs__are_all_that_are_named(designs: dict[str, Design]) -> None:
    assert tuple(designs) == NAMES


def test_design__of_ours__runs_the_deployed_function(designs: dict[str, Design]) -> None:
    assert designs[OURS].paying.parent.name == "process_payment"
    assert designs[OURS].paying.is_file()
