"""The events of the Stripe face: every one read by Stripe's own library, with its signature."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from ops.simulated.records import DisputeStatus
from ops.simulated.server import SimulatedProcessor
from tests.simulated.client import Client, HandClock
from tests.simulated.endpoint import Endpoint, running_endpoint
from tests.simulated.stripe_client import Shop

NOON = 1795262400


@pytest.fixture
def shop(processor: SimulatedProcessor) -> Shop:
    return Shop(processor)


@pytest.fixture
def endpoint(client: Client) -> Iterator[Endpoint]:
    with running_endpoint() as running:
        configured = client.answered("PUT", "/control/webhooks", {"stripe_url": running.url})
        assert configured.json["stripe_url"] == running.url
        yield running


def told(shop: Shop, endpoint: Endpoint, secret: str | None = None) -> list[Any]:
    """What was sent since the last time, each verified by Stripe's library."""
    shop.processor.deliver_due()
    received, endpoint.received[:] = list(endpoint.received), []
    secret = secret or shop.processor.credentials.stripe_webhook_secret
    return [
        # The processor's clock is not that of the day.
        stripe.Webhook.construct_event(body, headers["Stripe-Signature"], secret, tolerance=None)
        for headers, body in received
    ]


def types(shop: Shop, endpoint: Endpoint) -> list[str]:
    return [event.type for event in told(shop, endpoint)]


def test_event__of_a_payment_intent__is_as_it_was_answered(shop: Shop, endpoint: Endpoint) -> None:
    intent = shop.charge()
    created, succeeded = told(shop, endpoint)
    assert (created.type, succeeded.type) == (
        "payment_intent.created",
        "payment_intent.succeeded",
    )
    assert (succeeded.object, succeeded.created, succeeded.livemode) == ("event", NOON, False)
    assert succeeded.data.object.to_dict() == intent.to_dict()
    assert succeeded.request.idempotency_key == "pay_1"
    assert created.id != succeeded.id


@pytest.mark.parametrize(
    ("plan", "manual", "move", "expected"),
    [
        ("approve", True, None, ["payment_intent.amount_capturable_updated"]),
        ("requires_action", False, None, ["payment_intent.requires_action"]),
        ("pending", False, None, ["payment_intent.processing"]),
        ("decline_x", False, None, ["payment_intent.payment_failed"]),
        ("approve", True, "capture", ["payment_intent.succeeded"]),
        ("approve", True, "cancel", ["payment_intent.canceled"]),
        ("approve__capture_decline_x", True, "capture", []),
        ("approve__capture_pending", True, "capture", ["payment_intent.processing"]),
        ("approve", False, "refund", ["refund.created", "charge.refunded"]),
        ("approve__refund_pending", False, "refund", ["refund.created"]),
        ("approve__refund_decline_x", False, "refund", ["refund.failed"]),
    ],
)
def test_events__of_each_change(
    shop: Shop,
    endpoint: Endpoint,
    plan: str,
    manual: bool,
    move: str | None,
    expected: list[str],
) -> None:
    try:
        intent = shop.charge(plan, manual=manual)
        if move:
            told(shop, endpoint)
            getattr(shop, move)(intent.id)
    except stripe.CardError:
        pass
    assert types(shop, endpoint) == ([] if move else ["payment_intent.created"]) + expected


def test_event__of_a_move__names_its_key(shop: Shop, endpoint: Endpoint) -> None:
    intent = shop.charge(manual=True)
    told(shop, endpoint)
    shop.capture(intent.id, amount_to_capture=3000)
    (succeeded,) = told(shop, endpoint)
    assert succeeded.request.idempotency_key == "cap_1"
    assert succeeded.data.object.amount_received == 3000


@pytest.mark.parametrize(
    ("code", "expected"),
    [(None, ["refund.updated", "charge.refunded"]), ("lost", ["refund.failed"])],
)
def test_event__of_a_pending_refund_that_ends__names_no_key(
    shop: Shop, endpoint: Endpoint, code: str | None, expected: list[str]
) -> None:
    shop.refund(shop.charge("approve__refund_pending").id)
    told(shop, endpoint)
    shop.processor.engine.end_pending("stripe:re_1", code)
    events = told(shop, endpoint)
    assert [event.type for event in events] == expected
    assert events[0].request.idempotency_key is None
    assert events[0].data.object.metadata.operation_id == "re_1"


def test_event__of_a_pending_capture_that_fails__is_capturable_again(
    shop: Shop, endpoint: Endpoint
) -> None:
    shop.capture(shop.charge("approve__capture_pending", manual=True).id)
    told(shop, endpoint)
    shop.processor.engine.end_pending("stripe:cap_1", "lost")
    (event,) = told(shop, endpoint)
    assert event.type == "payment_intent.amount_capturable_updated"
    assert event.data.object.last_payment_error.decline_code == "lost"


def test_event__of_a_hold_that_lapsed__is_canceled_by_nobody(
    shop: Shop, endpoint: Endpoint, clock: HandClock
) -> None:
    shop.charge(manual=True)
    told(shop, endpoint)
    clock.pass_by(7 * 86_400)
    (event,) = told(shop, endpoint)
    assert (event.type, event.created) == ("payment_intent.canceled", NOON + 7 * 86_400)
    assert event.data.object.cancellation_reason == "automatic"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (DisputeStatus.WON, ["charge.dispute.closed", "charge.dispute.funds_reinstated"]),
        (DisputeStatus.LOST, ["charge.dispute.closed"]),
    ],
)
def test_events__of_a_dispute(
    shop: Shop, endpoint: Endpoint, status: DisputeStatus, expected: list[str]
) -> None:
    intent = shop.charge()
    told(shop, endpoint)
    dispute = shop.processor.engine.open_dispute(intent.id)
    opened = told(shop, endpoint)
    assert [event.type for event in opened] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
    ]
    assert opened[0].data.object.payment_intent == intent.id
    shop.processor.engine.close_dispute(dispute.id, status)
    closed = told(shop, endpoint)
    assert [event.type for event in closed] == expected
    assert closed[0].data.object.status == status.value


def test_events__of_a_checkout__declined_first_and_then_paid(
    shop: Shop, endpoint: Endpoint, client: Client
) -> None:
    session = shop.session()
    for card in ("pm_decline_card_declined", "pm_approve"):
        client.answered("POST", f"/checkout/{session.id}/pay", f"payment_method={card}".encode())
    events = told(shop, endpoint)
    assert [event.type for event in events] == [
        "payment_intent.created",
        "payment_intent.payment_failed",
        "payment_intent.created",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]
    assert events[1].data.object.metadata.checkout == "1"
    completed = events[-1].data.object
    assert completed.payment_intent == events[3].data.object.id
    assert (completed.status, completed.payment_status) == ("complete", "paid")
    assert events[-1].request.idempotency_key is None


def test_event__of_a_checkout_that_expired(shop: Shop, endpoint: Endpoint) -> None:
    session = shop.session()
    shop.processor.engine.expire_session(session.id)
    (event,) = told(shop, endpoint)
    assert (event.type, event.data.object.id) == ("checkout.session.expired", session.id)
    assert event.data.object.payment_intent is None


def test_event__of_a_payout__is_told_on_demand(
    shop: Shop, endpoint: Endpoint, client: Client
) -> None:
    body = {"amount_minor": 12_345, "currency": "EUR"}
    assert client.answered("POST", "/control/stripe/payouts", body).status == 200
    (event,) = told(shop, endpoint)
    payout = event.data.object
    assert (event.type, payout.object) == ("payout.paid", "payout")
    assert (payout.amount, payout.currency, payout.status) == (12_345, "eur", "paid")


def test_payout__currency_that_is_none__is_400(client: Client) -> None:
    body = {"amount_minor": 1, "currency": "eur"}
    assert client.answered("POST", "/control/stripe/payouts", body).status == 400


def test_secret__that_was_set__signs(shop: Shop, endpoint: Endpoint, client: Client) -> None:
    client.answered("PUT", "/control/webhooks", {"stripe_webhook_secret": "whsec_other"})
    shop.charge()
    assert len(told(shop, endpoint, "whsec_other")) == 2


def test_secret__of_the_native_face__does_not_sign(shop: Shop, endpoint: Endpoint) -> None:
    shop.charge()
    with pytest.raises(stripe.SignatureVerificationError):
        told(shop, endpoint, shop.processor.secret)


def test_delivery__not_taken__is_the_same_event_again(
    shop: Shop, endpoint: Endpoint, clock: HandClock
) -> None:
    endpoint.statuses = [500, 500]
    shop.charge()
    shop.processor.deliver_due()
    clock.pass_by(1)
    shop.processor.deliver_due()
    bodies = [body for _, body in endpoint.received]
    assert bodies[:2] == bodies[2:]
    assert len({json.loads(body)["id"] for body in bodies}) == 2


def test_copies__are_of_the_same_event(shop: Shop, endpoint: Endpoint, client: Client) -> None:
    client.answered("PUT", "/control/webhooks", {"copies": 3})
    shop.charge()
    assert len({event.id for event in told(shop, endpoint)}) == 2


def test_faces__have_endpoints_of_their_own(shop: Shop, endpoint: Endpoint, client: Client) -> None:
    client.charged()
    shop.charge()
    assert types(shop, endpoint) == ["payment_intent.created", "payment_intent.succeeded"]
    assert shop.processor.outbox.waiting() == 1


def test_events__can_be_asked_for(shop: Shop) -> None:
    intent = shop.charge()
    (event,) = shop.stripe.v1.events.list({"type": "payment_intent.succeeded"}).data
    assert event.data.object.id == intent.id
    assert shop.stripe.v1.events.retrieve(event.id).to_dict() == event.to_dict()


def test_reset__forgets_the_events(shop: Shop, client: Client) -> None:
    shop.charge()
    client.answered("POST", "/control/reset")
    assert shop.stripe.v1.events.list().data == []
    assert shop.charge().status == "succeeded"
