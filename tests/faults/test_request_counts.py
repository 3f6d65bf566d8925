"""How many DynamoDB requests does each call of a function make? Counted on the wire, handler to
tables.

The first call of a process is counted too: nothing else is asked at a cold start.
"""

from collections import Counter
from typing import Any

import boto3
import pytest

from tests.events import LambdaContext, Reply, an_event, load_function, set_environment
from tests.wire import Wire

DEPOSIT = {"amount_minor": 100_000, "currency": "USD"}
PAYMENT = {"amount_minor": 5_000, "currency": "USD", "funding": {"type": "balance"}}
DECLINED = {**PAYMENT, "amount_minor": 500_000}
REFUNDS = "/v1/payments/{id}/refunds"


@pytest.fixture
def counted(
    monkeypatch: pytest.MonkeyPatch, local_tables: dict[str, str], wire: Wire, upstream: str
) -> Any:
    """Calls a function; returns its answer and the requests that it made."""
    set_environment(monkeypatch, local_tables)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", wire.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL", upstream)
    secrets = boto3.client("secretsmanager", endpoint_url=upstream)
    monkeypatch.setenv("CURSOR_SECRET_ID", secrets.create_secret(
        Name=local_tables["payments"], SecretString="not much of one")["ARN"])  # fmt: skip
    modules = {name: load_function(name) for name in ("process_payment", "query")}
    wire.clear()

    def call(method: str, *args: Any, **kwargs: Any) -> tuple[Reply, Counter[str]]:
        wire.clear()
        module = modules["process_payment" if method == "POST" else "query"]
        reply = Reply(module.handler(an_event(method, *args, **kwargs), LambdaContext()))
        return reply, wire.count

    return call


def test_requests__of_each_call(counted: Any) -> None:
    reply, requests = counted("POST", "/v1/deposits", DEPOSIT)
    assert (reply.status, requests) == (201, {"TransactWriteItems": 1})
    paid, requests = counted("POST", "/v1/payments", PAYMENT)
    assert (paid.status, requests) == (201, {"TransactWriteItems": 1})
    again, requests = counted("POST", "/v1/payments", PAYMENT)
    assert (again.text, requests) == (paid.text, {"TransactWriteItems": 1})
    declined, requests = counted("POST", "/v1/payments", DECLINED, key="d")
    assert (declined.status, requests) == (402, {"TransactWriteItems": 2})
    again, requests = counted("POST", "/v1/payments", DECLINED, key="d")
    assert (again.text, requests) == (declined.text, {"TransactWriteItems": 1})
    at = {"id": paid.json["id"]}
    refunded, requests = counted("POST", REFUNDS, {}, parameters=at)
    assert (refunded.status, requests) == (
        201, {"TransactGetItems": 1, "TransactWriteItems": 1},
    )  # fmt: skip
    again, requests = counted("POST", REFUNDS, {}, parameters=at)
    assert (again.text, requests) == (refunded.text, {"TransactGetItems": 1})
    _, requests = counted("GET", "/v1/payments/{id}", parameters=at)
    assert requests == {"Query": 1, "BatchGetItem": 1}
    _, requests = counted("GET", "/v1/payments", query={"limit": ["1"]})
    assert requests == {"Query": 1}
    _, requests = counted("GET", "/v1/balances")
    assert requests == {"Query": 1, "BatchGetItem": 1}
    _, requests = counted("GET", "/v1/ledger/entries")
    assert requests == {"Query": 2}
    _, requests = counted("GET", "/health")
    assert requests == {}
    _, requests = counted("POST", "/v1/payments", {"amount_minor": 0})
    assert requests == {}
