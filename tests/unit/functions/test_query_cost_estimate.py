"""GET /v1/costs/estimate over HTTP: a workload in the query string, a bill back."""

from decimal import Decimal
from typing import Any

import pytest

from tests.events import an_authorizer, an_operator
from tests.unit.functions.conftest import Send
from tests.unit.functions.test_process_payment import assert_problem

ROUTE = "/v1/costs/estimate"
CLAIM: dict[str, Any] = {
    "payments": "1000000",
    "queries_per_payment": "5.2",
    "retention_days": "90",
}


def ask(query: Send, *, authorizer: dict[str, str] | None = None, **parameters: str) -> Any:
    asked = {name: [value] for name, value in parameters.items()}
    return query("GET", ROUTE, query=asked or None, authorizer=authorizer or an_operator())


def test_claim__is_a_bill_of_at_most_nine_dollars(query: Send) -> None:
    answer = ask(query, **CLAIM).json
    assert (answer["object"], answer["currency"]) == ("cost_estimate", "USD")
    assert Decimal(answer["dynamodb_and_lambda_usd"]["traffic"]) <= 9


def test_lines__say_their_arithmetic_and_their_price(query: Send) -> None:
    line = ask(query, **CLAIM).json["lines"][0]
    assert line["price_source"].startswith("https://")
    del line["price_source"]
    assert line == {
        "line": "dynamodb_writes", "service": "DynamoDB", "quantity": "9000000",
        "unit": "write request units", "usd_per": "0.625 per 1,000,000", "usd": "5.625000",
        "how": "1,000,000 payments x 9 units", "is_fixed": False, "price_is_confirmed": True,
    }  # fmt: skip


def test_total__is_the_sum_of_its_lines_and_of_its_services(query: Send) -> None:
    answer = ask(query, **CLAIM).json
    for part in ("lines", "by_service"):
        total = sum(Decimal(one["usd"]) for one in answer[part])
        assert abs(total - Decimal(answer["total_usd"])) < Decimal("0.0001")


def test_what_is_left_out__is_as_the_stack_is(query: Send) -> None:
    workload = ask(query).json["workload"]
    assert (workload["region"], workload["architecture"]) == ("us-east-1", "arm64")


def test_savings__are_priced(query: Send) -> None:
    savings = ask(query, **CLAIM).json["savings"]
    assert savings[0]["change"] == "an HTTP API in place of the REST API"
    assert Decimal(savings[0]["saves_usd"]) == Decimal("15.5")


def test_merchant__may_ask(query: Send) -> None:
    assert ask(query, authorizer=an_authorizer(scopes="payments:read")).status == 200


def test_expired_key__is_refused(query: Send) -> None:
    expired = an_operator(expires_at="2020-01-01T00:00:00Z")
    assert_problem(ask(query, authorizer=expired), 401, "unauthorized")


@pytest.mark.parametrize(
    ("name", "value"), [("payments", "-1"), ("region", "moon-1"), ("api", "soap"), ("x", "1")]
)
def test_wrong_parameter__is_named(query: Send, name: str, value: str) -> None:
    asked: dict[str, Any] = {name: value}
    reply = ask(query, **asked)
    assert_problem(reply, 400, "invalid_request")
    assert reply.json["param"] == name
