"""Is a function that works at processors allowed exactly what it does? Its real calls, from every
kind of work that it does, recorded, against its policy.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

import boto3
import pytest

from oncepay.domain.ledger import Posting
from oncepay.processors.http_exchange import exchange
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from ops.simulated.requests import MovementRequest
from tests.architecture.recorder import Recorder
from tests.architecture.roles import Permission, granted, limits
from tests.architecture.sharded_books import (
    a_dispute_of_what_is_not_there,
    a_merchant_to_level,
    dispute_the_last_charge,
    pay_out_of_every_shard,
)
from tests.architecture.test_policies_in_use import paid
from tests.builders import NOW
from tests.events import an_operator
from tests.processor_handlers import (
    PAYPAL_ID,
    PAYPAL_WEBHOOK_ID,
    SECRET_ID,
    STRIPE_KEY_ID,
    STRIPE_SECRET_ID,
    ProcessorHandlers,
    running_handlers,
)
from tests.stripe_events import an_event_of_stripe, sign
from tests.unit.domain.test_break_resolution import a_break
from tests.unit.domain.test_settlement_matching import PAYMENT
from tests.unit.services.test_resolve_break import put

SECRETS = {
    STRIPE_SECRET_ID: "StripeWebhookSecret",
    STRIPE_KEY_ID: "StripeApiKey",
    PAYPAL_ID: "PayPalCredentials",
    PAYPAL_WEBHOOK_ID: "PayPalWebhookId",
    SECRET_ID: "SimulatedProcessorSecret",
}
REAL = ("stripe", "paypal")
# Allowed, and seen in no call of the function: an answer of a processor that comes after its refund
# was called failed takes the money from a book of several shards, whatever is in them.
NOT_CALLED: set[Permission] = {("LedgerTable", "dynamodb:ConditionCheckItem")}
BROKEN = (
    a_break(opened_at=NOW),
    a_break(
        row=8,
        opened_at=NOW,
        payment_id=None,
        settles=None,
        marker="row#" + "a" * 64,
        ledger_id="operator#USD#0",
        correction=(Posting("external:stripe", -700), Posting("suspense", 700)),
    ),
)


@pytest.fixture
def handlers(
    database: object, tables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[ProcessorHandlers]:
    with running_handlers(monkeypatch, tables, faces=REAL) as handlers:
        yield handlers


@pytest.fixture
def recorder(tables: dict[str, str]) -> Recorder:
    return Recorder(tables, SECRETS)


def test_process_payment__does_exactly_what_it_is_allowed_to(
    handlers: ProcessorHandlers,
    recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
    database: Database,
    dynamodb: Any,
    tables: dict[str, str],
) -> None:
    with recorder.recording(monkeypatch):
        pay_from_balance(handlers)
        pay_out_of_every_shard(handlers, "EUR")
        pay_through_processor(handlers, unknown=202)
    put(database, Budget(60), PAYMENT, *BROKEN)
    with recorder.recording(monkeypatch):
        decide_about_breaks(handlers)
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
    assert recorder.used == granted("ProcessPaymentFunction") - NOT_CALLED
    for permission, patterns in limits("ProcessPaymentFunction").items():
        for key in recorder.leading_keys[permission]:
            assert any(fnmatchcase(key, pattern) for pattern in patterns), (permission, key)


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


def decide_about_breaks(handlers: ProcessorHandlers) -> None:
    """One of a payment, and one of a row that settles nothing of ours; each there and back."""
    for found in BROKEN:
        for action in ("correct", "reopen", "accept"):
            decided = handlers.post(
                "/v1/settlements/{id}/breaks/{break_id}/resolve",
                {"action": action, "reason": "the bank says so"},
                parameters={"id": found.settlement_id, "break_id": found.id},
                key=action,
                authorizer=an_operator(),
            )
            assert decided.status == 200, decided.text


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
    for processor in (*REAL, "simulated"):
        assert handlers.charge(key=f"at {processor}", processor=processor).status == 201
        page = handlers.checkout(key=f"page at {processor}", processor=processor)
        assert (page.status, page.json["status"]) == (201, "open")


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
    current = handlers.processor.credentials.stripe_webhook_secret
    boto3.client("secretsmanager").put_secret_value(SecretId="stripe", SecretString="whsec_new")
    idle = an_event_of_stripe()
    signature = sign(idle, at=datetime.now(UTC).timestamp(), secret=current)
    signed = {"Stripe-Signature": [signature]}
    for key in ("a", "b"):
        assert handlers.charge("malformed", key=key).status == 202
    first, second = handlers.events("charge.succeeded")
    handlers.module("webhook")
    with recorder.recording(monkeypatch):
        # Stored; there already; not signed.
        answers = [
            handlers.webhook("/webhooks/stripe", idle, headers) for headers in (signed, signed, {})
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
    assert handlers.charge("malformed", key="a").json["status"] == "succeeded"
    a_refund_that_may_be_ours(handlers, recorder, monkeypatch)
    a_payer_who_agrees(handlers, recorder, monkeypatch)
    a_payout_that_fails(handlers, recorder, monkeypatch)
    a_dispute_of_what_is_not_there(handlers, recorder, monkeypatch)
    assert recorder.used == granted("WebhookFunction")


def a_refund_that_may_be_ours(
    handlers: ProcessorHandlers, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One begun at Stripe's dashboard, while one of ours of that amount is open: looked up."""
    paid = handlers.charge("approve__refund_pending", processor="stripe", key="r").json
    pending = handlers.move(paid["id"], "refunds", {"amount_minor": 700}, key="ours")
    assert pending.json["status"] == "pending"
    engine = handlers.processor.engine
    reference = paid["processor"]["reference"]
    engine.move_at_dashboard(
        MovementRequest(
            kind="refund", charge_id=reference, amount_minor=700, currency=None, payment_id=None
        )
    )
    with recorder.recording(monkeypatch):
        assert {reply.status for reply in handlers.deliver()} == {200}


def a_payer_who_agrees(
    handlers: ProcessorHandlers, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PayPal's page: its event lets us ask for the money."""
    page = handlers.checkout(processor="paypal").json
    handlers.pay_page(page["url"])
    with recorder.recording(monkeypatch):
        assert {reply.status for reply in handlers.deliver()} == {200}
    session = {"parameters": {"id": page["id"]}}
    assert handlers.get("/v1/checkout-sessions/{id}", **session).json["status"] == "complete"


def a_payout_that_fails(
    handlers: ProcessorHandlers, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Days after it was said to be paid."""
    said = {"id": "po_1", "object": "payout", "amount_minor": 700, "currency": "USD"}
    with recorder.recording(monkeypatch):
        for status in ("paid", "failed"):
            content = said | {"status": status}
            handlers.processor.engine.note("simulated", f"payout.{status}", content, None)
            assert [reply.status for reply in handlers.deliver()] == [200]


def test_sweep__does_exactly_what_it_is_allowed_to(
    handlers: ProcessorHandlers,
    recorder: Recorder,
    monkeypatch: pytest.MonkeyPatch,
    database: Database,
) -> None:
    pay_out_of_every_shard(handlers, "USD")
    a_merchant_to_level(database)
    assert handlers.charge("malformed").status == 202
    (event,) = handlers.events("charge.succeeded")
    # It comes before anybody knows whose charge it is, and waits.
    assert handlers.bring(event, payment_id=None).status == 200
    # So does what comes before its charge is known to be paid.
    dispute_the_last_charge(handlers)
    (dispute,) = handlers.events("dispute.opened")
    assert handlers.bring(dispute).status == 200
    for processor in REAL:
        unknown = handlers.charge("malformed", processor=processor, key=processor)
        assert unknown.status == 202
    handlers.module("sweep")
    with recorder.recording(monkeypatch):
        swept = handlers.sweep(monkeypatch, later=timedelta(minutes=2))
        # Events come first: these ones' payment is known only once the charge was looked up.
        assert swept == {"due": 6, "ended": 3, "waiting": 3, "failed": {}, "left": False}
        later = handlers.sweep(monkeypatch, later=timedelta(hours=2))
    assert later == {"due": 3, "ended": 2, "waiting": 1, "failed": {}, "left": False}
    assert recorder.used == granted("SweepFunction")
    assert handlers.charge("malformed").json["status"] == "succeeded"
