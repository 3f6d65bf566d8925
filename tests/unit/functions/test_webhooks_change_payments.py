"""Events of Stripe and PayPal over HTTP: what they do to payments, what is kept of those that are
of none that is known, and disputes as merchants see them.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from ops.simulated.records import DisputeStatus
from tests.books import Books
from tests.events import Reply, an_operator
from tests.processor_handlers import ProcessorHandlers, running_handlers
from tests.stripe_events import sign
from tests.stripe_objects import a_refund, an_event, an_intent
from tests.unit.functions.test_process_payment import assert_problem

BOTH = ("stripe", "paypal")
EVERY = (*BOTH, "simulated")
OPERATOR = an_operator(scopes="events:read")
DUPLICATE = {"received": True, "duplicate": True}


@pytest.fixture
def everywhere(
    environment: None, monkeypatch: pytest.MonkeyPatch, tables: dict[str, str]
) -> Iterator[ProcessorHandlers]:
    """The functions at a processor that is also Stripe and PayPal."""
    with running_handlers(monkeypatch, tables, faces=BOTH) as handlers:
        yield handlers


def told_by_stripe(handlers: ProcessorHandlers, event: dict[str, Any]) -> Reply:
    """An event as Stripe signs it."""
    body = json.dumps(event)
    secret = handlers.processor.credentials.stripe_webhook_secret
    header = sign(body, at=datetime.now(UTC).timestamp(), secret=secret)
    return handlers.webhook("/webhooks/stripe", body, {"Stripe-Signature": [header]})


def payment_of(handlers: ProcessorHandlers, payment_id: str) -> Any:
    return handlers.get("/v1/payments/{id}", parameters={"id": payment_id}).json


def unknown_at(handlers: ProcessorHandlers, processor: str) -> str:
    """A payment whose answer could not be read."""
    reply = handlers.charge("malformed", processor=processor)
    assert (reply.status, reply.json["status"]) == (202, "processing")
    payment_id: str = reply.json["id"]
    return payment_id


@pytest.mark.parametrize("processor", EVERY)
def test_event_of_a_charge__ends_a_payment_whose_answer_was_lost(
    everywhere: ProcessorHandlers, processor: str, books: Books
) -> None:
    payment_id = unknown_at(everywhere, processor)
    replies = everywhere.deliver()
    assert replies
    assert {(reply.status, reply.text) for reply in replies} == {(200, '{"received":true}')}
    payment = payment_of(everywhere, payment_id)
    assert (payment["status"], payment["captured_minor"]) == ("succeeded", 5_000)
    assert [entry["kind"] for entry in books.entries()] == ["capture"]


@pytest.mark.parametrize("processor", EVERY)
def test_events__every_one_twice__change_the_payment_once(
    everywhere: ProcessorHandlers, processor: str, books: Books
) -> None:
    everywhere.processor.outbox.configure(copies=2)
    payment_id = unknown_at(everywhere, processor)
    answers = [reply.json for reply in everywhere.deliver()]
    assert answers.count(DUPLICATE) == len(answers) // 2
    assert len(books.items("events")) == len(answers) // 2
    assert payment_of(everywhere, payment_id)["captured_minor"] == 5_000
    assert [entry["kind"] for entry in books.entries()] == ["capture"]


@pytest.mark.parametrize("processor", EVERY)
def test_event__is_shown_to_the_merchant_whose_payment_it_tells_of(
    everywhere: ProcessorHandlers, processor: str
) -> None:
    payment_id = unknown_at(everywhere, processor)
    everywhere.deliver()
    shown = everywhere.get("/v1/events").json["data"]
    assert shown
    for event in shown:
        assert (event["provider"], event["payment_id"]) == (processor, payment_id)
        assert event["status"] in {"applied", "received"}
        assert event["id"] == f"{processor}:{event['provider_event_id']}"


def test_stripe__refund_begun_at_its_dashboard__is_a_refund_of_the_payment(
    everywhere: ProcessorHandlers,
) -> None:
    paid = everywhere.charge(processor="stripe").json
    event = an_event(
        "refund.created",
        a_refund(payment_intent=paid["processor"]["reference"], metadata={}),
        id="evt_refund",
    )
    assert told_by_stripe(everywhere, event).text == '{"received":true}'
    assert told_by_stripe(everywhere, event).json == DUPLICATE
    payment = payment_of(everywhere, paid["id"])
    assert payment["refunded_minor"] == 2_000
    ((refund),) = payment["refunds"]
    assert (refund["status"], refund["amount_minor"]) == ("succeeded", 2_000)


@pytest.mark.parametrize(
    ("kind", "intent"),
    [
        ("payment_intent.succeeded", an_intent(id="pi_stranger", metadata={})),
        (
            "payment_intent.succeeded",
            an_intent(
                id="pi_stranger",
                metadata={"payment_id": "pay_" + "b" * 26, "operation_id": "pay_" + "b" * 26},
            ),
        ),
    ],
    ids=["of no payment of ours", "of a payment that there is not"],
)
def test_stripe__event_of_an_unknown_payment__is_kept_unmatched_and_shown_to_the_operator(
    everywhere: ProcessorHandlers, books: Books, kind: str, intent: dict[str, Any]
) -> None:
    reply = told_by_stripe(everywhere, an_event(kind, intent, id="evt_unknown"))
    assert (reply.status, reply.text) == (200, '{"received":true}')
    (stored,) = books.items("events")
    assert (stored["status"], "expires_at" in stored) == ("unmatched", False)
    assert everywhere.get("/v1/events").json["data"] == []
    (shown,) = everywhere.get("/v1/events", authorizer=OPERATOR).json["data"]
    assert (shown["id"], shown["status"], shown["reason"], shown["payment_id"]) == (
        "stripe:evt_unknown",
        "unmatched",
        "no such payment is known",
        None,
    )
    assert books.items("payments") == []


def test_stripe__event_that_waited__is_the_merchant_s_once_it_is_applied(
    everywhere: ProcessorHandlers,
) -> None:
    paid = everywhere.charge(processor="stripe").json
    refund = a_refund(payment_intent="pi_stranger", charge=None, metadata={})
    event = an_event("refund.created", refund, id="evt_early")
    told_by_stripe(everywhere, event)
    assert everywhere.get("/v1/events").json["data"] == []
    # Told again, this time of a charge that is known.
    refund["payment_intent"] = paid["processor"]["reference"]
    event["id"] = "evt_later"
    told_by_stripe(everywhere, event)
    (shown,) = everywhere.get("/v1/events").json["data"]
    assert (shown["id"], shown["payment_id"]) == ("stripe:evt_later", paid["id"])


def test_stripe__what_is_of_no_payment__is_kept_and_changes_nothing(
    everywhere: ProcessorHandlers, books: Books
) -> None:
    customer = an_event("customer.created", {"id": "cus_1", "object": "customer"}, id="evt_1")
    assert told_by_stripe(everywhere, customer).text == '{"received":true}'
    (stored,) = books.items("events")
    assert (stored["status"], "expires_at" in stored) == ("received", True)


@pytest.mark.parametrize("header", ["PAYPAL-TRANSMISSION-SIG", "PAYPAL-CERT-URL", None])
def test_paypal__not_signed_by_it__is_400_and_nothing_is_stored(
    everywhere: ProcessorHandlers, books: Books, header: str | None
) -> None:
    unknown_at(everywhere, "paypal")
    delivery, *_ = everywhere.events()
    now = datetime.now(UTC)
    signed = everywhere.processor.courier._faces["paypal"].sign(delivery.body, now)
    headers = {name: [value] for name, value in signed.items()}
    body = delivery.body.decode()
    if header is None:
        body = body.replace("50.00", "51.00")
        assert body != delivery.body.decode()
    else:
        headers = {name: value for name, value in headers.items() if name.upper() != header}
    assert_problem(everywhere.webhook("/webhooks/paypal", body, headers), 400, "invalid_signature")
    assert books.items("events") == []


def test_paypal__where_it_is_not_configured__is_no_path(handlers: ProcessorHandlers) -> None:
    assert_problem(handlers.webhook("/webhooks/paypal", "{}", {}), 404, "not_found")


def disputed_at(handlers: ProcessorHandlers, processor: str) -> tuple[str, str]:
    """A payment, and the processor's dispute of 20.00 of it."""
    payment_id = handlers.charge(processor=processor).json["id"]
    engine = handlers.processor.engine
    ((charge, _),) = engine.record()
    dispute_id = engine.open_dispute(charge.id, 2_000, "fraudulent").id
    assert {reply.status for reply in handlers.deliver()} == {200}
    return payment_id, dispute_id


def end_dispute(handlers: ProcessorHandlers, dispute_id: str, outcome: DisputeStatus) -> None:
    handlers.processor.engine.close_dispute(dispute_id, outcome)
    assert {reply.status for reply in handlers.deliver()} == {200}


def balance_of(handlers: ProcessorHandlers) -> tuple[int, int]:
    (balance,) = handlers.get("/v1/balances").json["data"]
    return balance["available_minor"], balance["pending_minor"]


@pytest.mark.parametrize("processor", EVERY)
def test_dispute__is_shown_on_its_payment_and_takes_its_amount(
    everywhere: ProcessorHandlers, processor: str
) -> None:
    payment_id, _ = disputed_at(everywhere, processor)
    payment = payment_of(everywhere, payment_id)
    (dispute,) = payment["disputes"]
    assert list(dispute) == [
        "id", "object", "payment_id", "amount_minor", "currency", "status", "reason", "created_at",
    ]  # fmt: skip
    assert dispute["id"].startswith("dp_")
    assert {name: dispute[name] for name in list(dispute)[1:6]} == {
        "object": "dispute",
        "payment_id": payment_id,
        "amount_minor": 2_000,
        "currency": "USD",
        "status": "open",
    }
    assert balance_of(everywhere) == (-2_000, 4_900)
    kinds = [entry["kind"] for entry in payment["ledger_entries"]]
    assert sorted(kinds) == ["capture", "dispute_opened"]


@pytest.mark.parametrize("processor", EVERY)
@pytest.mark.parametrize(
    ("outcome", "available_minor"), [(DisputeStatus.WON, 0), (DisputeStatus.LOST, -2_000)]
)
def test_dispute__that_is_decided__says_so(
    everywhere: ProcessorHandlers, processor: str, outcome: DisputeStatus, available_minor: int
) -> None:
    payment_id, dispute_id = disputed_at(everywhere, processor)
    end_dispute(everywhere, dispute_id, outcome)
    (dispute,) = payment_of(everywhere, payment_id)["disputes"]
    assert dispute["status"] == outcome.value
    assert balance_of(everywhere) == (available_minor, 4_900)


@pytest.mark.parametrize("outcome", [None, DisputeStatus.LOST], ids=["open", "lost"])
def test_refund__while_a_dispute_is_open_or_lost__is_409_and_asks_nobody(
    everywhere: ProcessorHandlers, outcome: DisputeStatus | None
) -> None:
    payment_id, dispute_id = disputed_at(everywhere, "stripe")
    if outcome is not None:
        end_dispute(everywhere, dispute_id, outcome)
    sends = len(everywhere.processor.engine.sends())
    reply = everywhere.move(payment_id, "refunds", {"amount_minor": 100}, key="refund")
    assert_problem(reply, 409, "invalid_transition")
    assert len(everywhere.processor.engine.sends()) == sends
    assert payment_of(everywhere, payment_id)["refunds"] == []


def test_refund__once_the_dispute_is_won__is_made_under_the_same_key(
    everywhere: ProcessorHandlers,
) -> None:
    payment_id, dispute_id = disputed_at(everywhere, "stripe")
    assert everywhere.move(payment_id, "refunds", {"amount_minor": 100}, key="r").status == 409
    end_dispute(everywhere, dispute_id, DisputeStatus.WON)
    reply = everywhere.move(payment_id, "refunds", {"amount_minor": 100}, key="r")
    assert (reply.status, reply.json["status"]) == (201, "succeeded")
