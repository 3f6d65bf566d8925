"""GET /v1/costs/actual over HTTP: who may ask, for which time, and what is answered."""

from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from oncepay.storage import usage_metrics
from tests.events import an_operator
from tests.unit.functions.conftest import Send
from tests.unit.functions.test_process_payment import assert_problem

ROUTE = "/v1/costs/actual"


def ask(query: Send, **parameters: str) -> Any:
    asked = {name.rstrip("_"): [value] for name, value in parameters.items()}
    return query("GET", ROUTE, query=asked or None, authorizer=an_operator())


def put(function: str, name: str, *values: float, at: datetime) -> None:
    """As CloudWatch has it from the lines of a function's log."""
    data = [
        {
            "MetricName": name,
            "Dimensions": [{"Name": "function", "Value": f"oncepay-local-{function}"}],
            "Timestamp": at,
            "Value": value,
        }
        for value in values
    ]
    boto3.client("cloudwatch").put_metric_data(Namespace="Oncepay", MetricData=data)


@pytest.fixture
def used(environment: None) -> datetime:
    """A time at which something was used."""
    at = datetime.now().astimezone().replace(second=10, microsecond=0) - timedelta(hours=3)
    put("process-payment", "Calls", 10, 10, at=at)
    put("process-payment", "Milliseconds", 200, 100, at=at)
    put("process-payment", "WriteUnits", 90, 80, at=at)
    put("query", "Calls", 10, at=at + timedelta(minutes=5))
    put("query", "ReadUnits", 5, at=at + timedelta(minutes=5))
    return at


def of_function(answer: Any, function: str) -> dict[str, Any]:
    (found,) = [one for one in answer["by_function"] if one["function"] == function]
    return dict(found)


def test_costs__have_the_estimate_s_shape_and_what_was_measured(
    query: Send, used: datetime
) -> None:
    answer = ask(query).json
    assert list(answer)[:5] == ["object", "from", "to", "sampled_one_in", "by_function"]
    assert (answer["object"], answer["sampled_one_in"]) == ("cost_actual", 0)
    assert (answer["region"], answer["currency"]) == ("us-east-1", "USD")
    assert {"total_usd", "by_service", "lines"} <= set(answer)


def test_costs__name_every_function(query: Send, used: datetime) -> None:
    functions = [one["function"] for one in ask(query).json["by_function"]]
    assert functions == [
        "authorizer", "process_payment", "query", "reconcile", "sweep", "webhook",
    ]  # fmt: skip


def test_costs__add_up_what_was_reported_in_the_period(query: Send, used: datetime) -> None:
    assert of_function(ask(query).json, "process_payment") == {
        "function": "process_payment",
        "calls": 20,
        "milliseconds": 300,
        "write_units": 170,
        "read_units": 0,
    }


def test_costs__of_a_minute__leave_out_what_was_after_it(query: Send, used: datetime) -> None:
    answer = ask(query, from_=used.isoformat(), to=(used + timedelta(minutes=1)).isoformat()).json
    assert of_function(answer, "process_payment")["calls"] == 20
    assert of_function(answer, "query")["calls"] == 0


def test_bill__is_for_what_was_used(query: Send, used: datetime) -> None:
    """A million write request units cost 0.625 dollars in us-east-1. Source: Amazon DynamoDB
    pricing for on-demand capacity, as of 2026-11.
    """
    (writes,) = [one for one in ask(query).json["lines"] if one["line"] == "dynamodb_writes"]
    assert (writes["quantity"], writes["usd"]) == ("170", "0.000106")
    assert writes["how"] == "170 units of 20 calls of process_payment"


def test_prices__are_another_region_s_if_that_is_asked_for(query: Send, used: datetime) -> None:
    assert ask(query, region="eu-west-1").json["region"] == "eu-west-1"


@pytest.mark.parametrize(
    ("parameters", "param"),
    [
        ({"from_": "yesterday"}, "from"),
        ({"to": "2026-13-01T00:00:00Z"}, "to"),
        ({"from_": "2020-01-01T00:00:00Z"}, "from"),
        ({"from_": "2999-01-01T00:00:00Z"}, "from"),
        ({"region": "mars-1"}, "region"),
        ({"region": ""}, "region"),
        ({"region": "x" * 33}, "region"),
        ({"functions": "query"}, "functions"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_parameter_that_is_wrong__is_named(
    query: Send, parameters: dict[str, str], param: str
) -> None:
    reply = ask(query, **parameters)
    assert_problem(reply, 400, "invalid_request")
    assert reply.json["param"] == param


def test_merchant__is_refused(query: Send) -> None:
    assert_problem(query("GET", ROUTE), 403, "forbidden")


def test_merchant_with_an_operator_s_scope__is_refused(query: Send) -> None:
    reply = query("GET", ROUTE, authorizer=an_operator(merchant_id="mer_1"))
    assert_problem(reply, 403, "forbidden")


def test_operator_without_the_scope__is_refused(query: Send) -> None:
    reply = query("GET", ROUTE, authorizer=an_operator(scopes="settlements:read"))
    assert_problem(reply, 403, "forbidden")


def test_cloudwatch__that_does_not_answer__is_503(
    query: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no text")

    monkeypatch.setattr(usage_metrics, "_client", fail)
    assert_problem(ask(query), 503, "service_unavailable")
