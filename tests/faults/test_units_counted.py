"""Does a call count the units that DynamoDB charges for it? Handler to tables, over a wire that
fails: what DynamoDB says, and what it charges without saying.
"""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.events import LambdaContext, Reply, an_event, load_function, set_environment
from tests.wire import CONFLICT, REPLY_LOST, REQUEST_LOST, THROTTLED, Fault, Wire

DEPOSIT = {"amount_minor": 100_000, "currency": "USD"}
PAYMENT = {"amount_minor": 5_000, "currency": "USD", "funding": {"type": "balance"}}
DECLINED = {**PAYMENT, "amount_minor": 500_000}

# Two for each of a payment's four items, none of them larger than a kilobyte, and one for what the
# list of payments shows of it. DynamoDB Developer Guide, "Amazon DynamoDB Transactions: capacity
# management", as of 2026-11.
PAID = 9.0
CANCELLED = 8.0
# What is read instead if the same transaction has been done before: two for each item.
TOLD_AGAIN = 8.0

type Call = Callable[..., tuple[int, float, float]]


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, local_tables: dict[str, str], wire: Wire, upstream: str
) -> Call:
    """Calls a function; returns its status, and the units that it counted."""
    set_environment(monkeypatch, local_tables)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", wire.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL", upstream)
    secrets = boto3.client("secretsmanager", endpoint_url=upstream)
    monkeypatch.setenv("CURSOR_SECRET_ID", secrets.create_secret(
        Name=local_tables["payments"], SecretString="not much of one")["ARN"])  # fmt: skip
    modules = {name: load_function(name) for name in ("process_payment", "query")}

    def send(method: str, *args: Any, **kwargs: Any) -> tuple[int, float, float]:
        module = modules["process_payment" if method == "POST" else "query"]
        reply = Reply(module.handler(an_event(method, *args, **kwargs), LambdaContext()))
        usage = module.app.call.budget.usage
        return reply.status, usage.write_units, usage.read_units

    send("POST", "/v1/deposits", DEPOSIT)
    wire.clear()
    return send


def pay(call: Call, key: str = "key-1") -> tuple[int, float, float]:
    return call("POST", "/v1/payments", PAYMENT, key=key)


def test_payment__counts_what_dynamodb_says(call: Call) -> None:
    assert pay(call) == (201, PAID, 0)


def test_replay__counts_the_transaction_that_was_cancelled(call: Call) -> None:
    pay(call)
    assert pay(call) == (201, CANCELLED, 0)


def test_declined_payment__counts_what_was_cancelled_and_what_was_written(call: Call) -> None:
    # Its record, itself, and what the list shows of it.
    written = 2 + 2 + 1
    status, writes, reads = call("POST", "/v1/payments", DECLINED)
    assert (status, writes, reads) == (402, CANCELLED + written, 0)


def test_conflict__counts_the_attempt_that_was_cancelled_too(call: Call, wire: Wire) -> None:
    wire.script = [Fault(CONFLICT, 3)]
    assert pay(call) == (201, CANCELLED + PAID, 0)


def test_throttled_attempt__counts_nothing(call: Call, wire: Wire) -> None:
    wire.script = [Fault(THROTTLED)]
    assert pay(call) == (201, PAID, 0)


def test_lost_reply__of_what_was_done__counts_both_the_doing_and_the_being_told(
    call: Call, wire: Wire
) -> None:
    wire.script = [Fault(REPLY_LOST)]
    assert pay(call) == (201, CANCELLED, TOLD_AGAIN)


def test_lost_request__of_what_was_not_done__counts_the_doing_only(call: Call, wire: Wire) -> None:
    wire.script = [Fault(REQUEST_LOST), Fault(REQUEST_LOST)]
    assert pay(call) == (201, PAID, 0)


def test_outcome_that_stays_unknown__counts_as_done_once(call: Call, wire: Wire) -> None:
    wire.always = Fault(REQUEST_LOST)
    wire.script = []
    with pytest.MonkeyPatch.context() as patched:
        # Long gone: the first attempt is the last.
        patched.setattr(LambdaContext, "get_remaining_time_in_millis", lambda _: 0)
        assert pay(call) == (503, CANCELLED, 0)


def test_reads__count_half_a_unit_of_an_index_and_one_of_an_item(call: Call) -> None:
    # The merchant's balances are found in an index, and read in their table.
    assert call("GET", "/v1/balances") == (200, 0, 0.5 + 1)


def test_page_of_a_list__counts_half_a_unit_for_four_kilobytes(call: Call) -> None:
    pay(call)
    assert call("GET", "/v1/payments", query={"limit": ["1"]}) == (200, 0, 0.5)
