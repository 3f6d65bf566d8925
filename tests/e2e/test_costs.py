"""Does the bill of real use show what was used? Calls over HTTP, the lines of the functions' logs,
CloudWatch's metrics of them, and the route that adds them up.
"""

import json
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ops.demo.shop import Shop, payment_body
from tests.e2e.conftest import aws_client
from tests.e2e.test_http import raw

pytestmark = pytest.mark.e2e

WAIT_SECONDS = 60.0
POLL_SECONDS = 0.2
PAYMENTS, REPLAYS, READS = 3, 2, 2
# As tests/faults/test_units_counted.py has them.
PAID, CANCELLED = 9, 8
BALANCES_READ = 1.5


def wait_for_all_before(stack: dict[str, Any]) -> None:
    """Until what every call before this one said of itself is counted.

    A line of our own is put behind theirs: lines are taken up in the order in which they came, and
    what is made of it is seen by the name that nobody else has.
    """
    name = f"after-{uuid.uuid4().hex}"
    logs = aws_client(stack, "logs")
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="one")
    at_ms = int(time.time() * 1000)
    directive = {"Namespace": "Tests", "Dimensions": [[]], "Metrics": [{"Name": name}]}
    metadata = {"Timestamp": at_ms, "CloudWatchMetrics": [directive]}
    logs.put_log_events(
        logGroupName=name,
        logStreamName="one",
        logEvents=[{"timestamp": at_ms, "message": json.dumps({"_aws": metadata, name: 1})}],
    )
    cloudwatch = aws_client(stack, "cloudwatch")
    ends_at = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < ends_at:
        if cloudwatch.list_metrics(Namespace="Tests", MetricName=name)["Metrics"]:
            return
        time.sleep(POLL_SECONDS)
    pytest.fail("a line of the log was not counted within a minute")


def costs(stack: dict[str, Any]) -> Any:
    """Since long before the stack was there: what is in it only grows."""
    start = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    authorization = f"Bearer {stack['admin_api_key']}"
    reply = raw(stack, "GET", f"/v1/costs/actual?from={start}", Authorization=authorization)
    assert reply.status == 200, reply.body
    return reply.json


def used(answer: Any, function: str, name: str) -> float:
    (found,) = [one for one in answer["by_function"] if one["function"] == function]
    return float(found[name])


def pay(stack: dict[str, Any], shop: Shop, key: str) -> int:
    """Once: a call that is sent again would be another call."""
    reply = raw(
        stack,
        "POST",
        "/v1/payments",
        body=json.dumps(payment_body(100)).encode(),
        Authorization=f"Bearer {shop.api_key}",
        Content_Type="application/json",
        Idempotency_Key=key,
    )
    return reply.status


@pytest.fixture(scope="module")
def difference() -> dict[tuple[str, str], float]:
    """Filled by the first test that needs it."""
    return {}


@pytest.fixture
def after_some_calls(
    stack: dict[str, Any], shop: Shop, difference: dict[tuple[str, str], float]
) -> dict[tuple[str, str], float]:
    """What some payments, replays and reads added to what was used, by function and kind."""
    if difference:
        return difference
    assert shop.deposit(100_000, key="deposit").status == 201
    wait_for_all_before(stack)
    before = costs(stack)
    for number in range(PAYMENTS):
        assert pay(stack, shop, f"k{number}") == 201
    for _ in range(REPLAYS):
        assert pay(stack, shop, "k0") == 201
    for _ in range(READS):
        authorization = f"Bearer {shop.api_key}"
        assert raw(stack, "GET", "/v1/balances", Authorization=authorization).status == 200
    wait_for_all_before(stack)
    after = costs(stack)
    for function in ("process_payment", "query"):
        for name in ("calls", "milliseconds", "write_units", "read_units"):
            added = used(after, function, name) - used(before, function, name)
            difference[function, name] = added
    return difference


def test_payments_and_replays__are_counted_one_by_one(
    after_some_calls: dict[tuple[str, str], float],
) -> None:
    assert after_some_calls["process_payment", "calls"] == PAYMENTS + REPLAYS


def test_payments_and_replays__are_counted_with_their_units(
    after_some_calls: dict[tuple[str, str], float],
) -> None:
    written = after_some_calls["process_payment", "write_units"]
    assert written == PAYMENTS * PAID + REPLAYS * CANCELLED
    assert after_some_calls["process_payment", "read_units"] == 0


def test_payments__take_time(after_some_calls: dict[tuple[str, str], float]) -> None:
    assert after_some_calls["process_payment", "milliseconds"] >= PAYMENTS + REPLAYS


def test_reads__are_counted_with_their_units(
    after_some_calls: dict[tuple[str, str], float],
) -> None:
    # The first look at the costs is a call itself, which reads nothing of DynamoDB's items.
    assert after_some_calls["query", "calls"] == READS + 1
    assert after_some_calls["query", "read_units"] == READS * BALANCES_READ
    assert after_some_calls["query", "write_units"] == 0


def test_bill__is_of_what_was_counted(stack: dict[str, Any], shop: Shop) -> None:
    answer = costs(stack)
    written = sum(float(one["quantity"]) for one in answer["lines"]
                  if one["line"] == "dynamodb_writes")  # fmt: skip
    assert written == sum(one["write_units"] for one in answer["by_function"])
    assert (answer["region"], answer["sampled_one_in"]) == (stack["region"], 1)


def test_merchant__is_not_told(shop: Shop) -> None:
    reply = shop.get("/v1/costs/actual")
    assert (reply.status, reply.code) == (403, "forbidden")
