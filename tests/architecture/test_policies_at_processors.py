"""Is a function that works at processors allowed exactly what it does? Its real calls, from every
kind of work that it does, recorded, against its policy.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from oncepay.processors.http_exchange import exchange
from tests.architecture.recorder import Recorder
from tests.architecture.roles import granted
from tests.architecture.test_policies_in_use import paid
from tests.processor_handlers import SECRET_ID, ProcessorHandlers, running_handlers
from tests.stripe_events import SECRET, an_event_of_stripe, sign

SECRETS = {"stripe": "StripeWebhookSecret", SECRET_ID: "SimulatedProcessorSecret"}


@pytest.fixture
def handlers(
    database: object, tables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[ProcessorHandlers]:
    with running_handlers(monkeypatch, tables) as handlers:
        yield handlers


@pytest.fixture
def recorder(tables: dict[str, str]) -> Recorder:
    return Recorder(tables, SECRETS)


def test_process_payment__does_exactly_what_it_is_allowed_to(
    handlers: ProcessorHandlers,
    recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
    dynamodb: Any,
    tables: dict[str, str],
) -> None:
    with recorder.recording(monkeypatch):
        pay_from_balance(handlers)
        pay_through_processor(handlers, unknown=202)
    payment_id = handlers.charge(manual=True, key="raced").json["id"]
    handlers.events()
    handlers.module("webhook")
    with (
        event_before_the_answer(handlers, recorder, monkeypatch, "capture.succeeded") as brought,
        recorder.recording(monkeypatch),
    ):
        # The event has ended it when the processor's answer comes: what was stored is read.
        raced = handlers.move(payment_id, "capture", key="raced")
    assert (raced.status, raced.json["status"]) == (200, "succeeded")
    assert brought == [200]
    for item in dynamodb.scan(TableName=tables["idempotency"])["Items"]:
        dynamodb.delete_item(TableName=tables["idempotency"], Key={"id": item["id"]})
    with recorder.recording(monkeypatch):
        # What is kept of an answer is gone: the resources themselves tell.
        pay_from_balance(handlers)
        pay_through_processor(handlers, unknown=201)
    assert recorder.used == granted("ProcessPaymentFunction")


def pay_from_balance(handlers: ProcessorHandlers) -> None:
    deposit = {"amount_minor": 100_000, "currency": "USD"}
    assert handlers.post("/v1/deposits", deposit).status == 201
    statuses = [
        handlers.post("/v1/payments", paid(amount), key=key).status
        # Paid; the same again; another amount under that key; declined; declined again.
        for amount, key in ((500, "a"), (500, "a"), (501, "a"), (10**9, "b"), (10**9, "b"))
    ]
    assert statuses == [201, 201, 422, 402, 402]
    payment_id = handlers.post("/v1/payments", paid(700), key="c").json["id"]
    refunded = [
        handlers.move(payment_id, "refunds", {"amount_minor": amount}, key=key).status
        # Refunded; the same again; more than is left.
        for amount, key in ((100, "d"), (100, "d"), (10**6, "e"))
    ]
    assert refunded == [201, 201, 422]


def pay_through_processor(handlers: ProcessorHandlers, *, unknown: int) -> None:
    held = handlers.charge("approve__refund_error_after", manual=True, key="held").json["id"]
    assert handlers.charge("decline_stolen_card", key="declined").status == 402
    # Not known; known the next time.
    assert handlers.charge("malformed", key="unknown").status == unknown
    assert handlers.charge("malformed", key="unknown").status == 201
    for _ in range(2):
        captured = handlers.move(held, "capture", {"amount_minor": 900}, key="capture")
        assert captured.status == 200
        refunded = handlers.move(held, "refunds", {"amount_minor": 300}, key="refund")
        assert refunded.status == 201
    assert refunded.json["status"] == "succeeded"
    released = handlers.charge(manual=True, key="released").json["id"]
    assert handlers.move(released, "void", key="void").json["status"] == "voided"


@contextmanager
def event_before_the_answer(
    handlers: ProcessorHandlers, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, kind: str
) -> Iterator[list[int]]:
    """The processor's event of that type overtakes its answer; gives what the event got."""
    brought: list[int] = []

    def overtaken(*args: Any, **kwargs: Any) -> Any:
        reply = exchange(*args, **kwargs)
        with recorder.paused():
            brought.extend(handlers.bring(each).status for each in handlers.events(kind))
        return reply

    with monkeypatch.context() as patched:
        patched.setattr("oncepay.processors.simulated.exchange", overtaken)
        yield brought


def test_webhook__does_exactly_what_it_is_allowed_to(
    handlers: ProcessorHandlers, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Rotated once, so that there is a value before the current one.
    boto3.client("secretsmanager").create_secret(Name="stripe", SecretString=SECRET)
    boto3.client("secretsmanager").put_secret_value(SecretId="stripe", SecretString="whsec_new")
    stripe = an_event_of_stripe()
    signed = {"Stripe-Signature": [sign(stripe, at=datetime.now(UTC).timestamp())]}
    for key in ("a", "b"):
        assert handlers.charge("malformed", key=key).status == 202
    first, second = handlers.events("charge.succeeded")
    handlers.module("webhook")
    with recorder.recording(monkeypatch):
        # Stored; there already; not signed.
        answers = [
            handlers.webhook("/webhooks/stripe", stripe, headers)
            for headers in (signed, signed, {})
        ]
        assert [reply.status for reply in answers] == [200, 200, 400]
        # It ends a payment; there already; it names no payment, but a charge that leads to one.
        told = [
            handlers.bring(first),
            handlers.bring(first),
            handlers.bring(first, id="evt_nameless", payment_id=None),
        ]
        assert [reply.status for reply in told] == [200, 200, 200]
        assert [reply.json.get("duplicate") for reply in told] == [None, True, None]
        assert handlers.bring(second).status == 200
    assert recorder.used == granted("WebhookFunction")
    assert handlers.charge("malformed", key="a").json["status"] == "succeeded"


def test_sweep__does_exactly_what_it_is_allowed_to(
    handlers: ProcessorHandlers, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert handlers.charge("malformed").status == 202
    (event,) = handlers.events("charge.succeeded")
    # It comes before anybody knows whose charge it is, and waits.
    assert handlers.bring(event, payment_id=None).status == 200
    handlers.module("sweep")
    with recorder.recording(monkeypatch):
        swept = handlers.sweep(monkeypatch, later=timedelta(minutes=2))
    # Events come first: this one's payment is known only once the charge was looked up.
    assert swept == {"due": 2, "ended": 1, "waiting": 1, "failed": {}, "left": False}
    assert recorder.used == granted("SweepFunction")
    assert handlers.charge("malformed").json["status"] == "succeeded"
