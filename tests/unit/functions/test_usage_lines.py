"""Which lines of the log say what a call used? The one that each call has, if the call is sampled;
of functions that are called rarely, each.
"""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from oncepay.storage.database import Database
from tests.builders import World, id_of
from tests.dropped_files import Drop, a_file, a_line
from tests.events import LambdaContext, an_event, load_function, set_environment
from tests.unit.functions.test_reconcile import a_message, a_record

PAYMENT = {"amount_minor": 500, "currency": "USD", "funding": {"type": "balance"}}

HTTP = {
    "process_payment": an_event("POST", "/v1/payments", PAYMENT),
    "query": an_event("GET", "/v1/payments"),
    "webhook": an_event("POST", "/webhooks/stripe", {}),
}
ARN = "arn:aws:execute-api:us-east-1:123456789012:abc123/local/GET/v1/payments"
KEYLESS = {"type": "REQUEST", "methodArn": ARN, "headers": {}}

type Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(environment: None, logged: list[str]) -> Lines:
    """Those that CloudWatch makes metrics of."""
    return lambda: [line for line in map(json.loads, logged) if "_aws" in line]


@pytest.fixture
def environment(
    monkeypatch: pytest.MonkeyPatch, tables: dict[str, str], database: Database
) -> None:
    queue_url = boto3.client("sqs").create_queue(QueueName="settlements")["QueueUrl"]
    set_environment(monkeypatch, tables, SETTLEMENT_QUEUE_URL=queue_url)
    for name in ("cursor", "stripe"):
        boto3.client("secretsmanager").create_secret(Name=name, SecretString="not much of one")


def invoke(function: str, event: dict[str, Any]) -> None:
    load_function(function).handler(event, LambdaContext())


@pytest.fixture
def announced(database: Database, tables: dict[str, str]) -> dict[str, Any]:
    """A settlement file of a payment."""
    world, drop = World(database), Drop(database, tables)
    world.deposit()
    source = drop.put(a_file(a_line(id_of(world.pay()))))
    return {"Records": [a_message({"Records": [a_record(source)]})]}


@pytest.mark.parametrize("function", sorted(HTTP))
def test_call_over_http__each_is_asked__says_what_it_used(
    function: str, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USAGE_SAMPLING", "1")
    invoke(function, HTTP[function])
    (line,) = lines()
    assert (line["message"], line["function"], line["Calls"]) == ("request", "function", 1)
    assert line["Milliseconds"] >= 1


@pytest.mark.parametrize("function", sorted(HTTP))
def test_call_over_http__none_is_asked__says_nothing(
    function: str, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USAGE_SAMPLING", "0")
    invoke(function, HTTP[function])
    assert lines() == []


def test_call__that_is_no_event__is_a_call(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USAGE_SAMPLING", "1")
    invoke("query", {})
    assert [line["Calls"] for line in lines()] == [1]


def test_line__is_one_json_object_with_what_it_always_says(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USAGE_SAMPLING", "1")
    invoke("process_payment", HTTP["process_payment"])
    (line,) = lines()
    assert (line["level"], line["status"], line["route"]) == ("INFO", 402, "/v1/payments")
    assert line["consumed_capacity_units"] == line["WriteUnits"]


@pytest.mark.parametrize(("draw", "calls"), [(0.05, [10]), (0.15, [])])
def test_one_in_ten__is_drawn_for_each_call(
    draw: float, calls: list[int], lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USAGE_SAMPLING", "10")
    module = load_function("query")
    monkeypatch.setattr(module.app._usage_report, "_draw", lambda: draw)
    module.handler(HTTP["query"], LambdaContext())
    assert [line["Calls"] for line in lines()] == calls


def test_authorizer__that_refuses__says_what_it_used(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USAGE_SAMPLING", "1")
    with pytest.raises(Exception, match="Unauthorized"):
        invoke("authorizer", KEYLESS)
    assert [(line["message"], line["Calls"]) for line in lines()] == [("refused", 1)]


@pytest.mark.parametrize(("one_in", "calls"), [("0", []), ("1", [1]), ("1000", [1])])
def test_sweep__says_it_each_time_unless_none_is_to(
    one_in: str, calls: list[int], lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USAGE_SAMPLING", one_in)
    invoke("sweep", {})
    assert [line["Calls"] for line in lines() if line["message"] == "sweep"] == calls


@pytest.mark.parametrize(("one_in", "calls"), [("0", []), ("1", [1]), ("1000", [1])])
def test_settlement_file__says_it_each_time_unless_none_is_to(
    one_in: str,
    calls: list[int],
    announced: dict[str, Any],
    lines: Lines,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("USAGE_SAMPLING", one_in)
    invoke("reconcile", announced)
    assert [line["Calls"] for line in lines() if line["message"] == "settlement"] == calls


def test_settlement_file_that_fails__says_once_what_it_used(
    announced: dict[str, Any], lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USAGE_SAMPLING", "1")
    module = load_function("reconcile")

    def fail(*_: Any) -> None:
        raise OSError("no room")

    monkeypatch.setattr(module, "reconcile_file", fail)
    module.handler(announced, LambdaContext(300_000))
    found = [(line["message"], line["Calls"]) for line in lines()]
    assert found == [("settlement not finished", 1)]
