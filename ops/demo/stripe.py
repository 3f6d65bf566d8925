"""What does Stripe do? It tells of a payment, signed, and tells it again; and others pretend to be
Stripe.
"""

import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass

from ops.demo.control import Control, ControlError
from ops.demo.desk import Desk, Document
from ops.demo.http_client import HttpClient, Reply
from ops.demo.inbound import is_duplicate, read_event, stored_naming
from ops.demo.scene import Scene, expected_fee_minor, money
from ops.demo.schedule import resting_schedule
from ops.demo.shop import Shop
from ops.demo.story import EVENT_SECONDS, eventually, pending_is, refused_with
from ops.demo.stripe_cards import STRIPE

PATH = "/webhooks/stripe"
AN_HOUR_SECONDS = 3600

TOLD_MINOR = 3_500
TOLD_KEY = "told-by-stripe"
TOLD = "payment_intent.succeeded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What Stripe told: of which payment, under which of our ids of the event."""

    shop: Shop
    payment_id: str
    event_id: str


def tell_of_payment(scene: Scene, control: Control, desk: Desk, shop: Shop) -> Told:
    """Chapter: an event of Stripe ends a payment whose outcome nobody knew; and comes again."""
    check = scene.checks
    before_minor = int(shop.pending_minor() or 0)
    scene.chapter(
        f"Stripe answers 500, charges {money(TOLD_MINOR)} all the same, and tells us later, twice",
        f"POST {PATH}: signed over its exact bytes; stored and applied in one transaction, once.",
    )
    with resting_schedule(scene.stack):
        with control.holding_events_back():
            reply = shop.charge(TOLD_MINOR, "pm_error_after", key=TOLD_KEY, processor=STRIPE)
        payment_id = str(reply.member("id"))
        check.equal(
            "the payment is answered 202, processing",
            expected=(202, "processing"),
            seen=(reply.status, reply.member("status")),
        )
        path = f"/v1/payments/{payment_id}"
        control.flush()
        paid = eventually(
            lambda: shop.get(path),
            lambda payment: payment.member("status") != "processing",
            seconds=EVENT_SECONDS,
        )
    check.equal("its event marks it: succeeded", expected="succeeded", seen=paid.member("status"))
    event = _event_of(control, payment_id)
    body = json.dumps(event).encode()
    again = _post(
        HttpClient(scene.stack.api_url, None),
        body,
        sign(desk.stripe_secret, body, int(time.time())),
    )
    is_duplicate(scene, again)
    check.equal(
        "and nothing has moved a second time",
        expected=(paid.body, 1),
        seen=(shop.get(path).body, len(paid.member("ledger_entries") or [])),
    )
    pending_is(scene, shop, before_minor + TOLD_MINOR - expected_fee_minor(TOLD_MINOR))
    event_id = str(event["id"])
    stored_id = f"{STRIPE}#{event_id}"
    check.equal(
        "the event is stored once, word for word",
        expected=[(stored_id, body.decode())],
        seen=stored_naming(scene, f'"{event_id}"'),
    )
    shown = read_event(shop.client, STRIPE, event_id)
    check.equal(
        "GET /v1/events/{id} says what became of it",
        expected=(TOLD, "applied", payment_id),
        seen=(shown.get("type"), shown.get("status"), shown.get("payment_id")),
    )
    check.end_chapter()
    return Told(shop=shop, payment_id=payment_id, event_id=stored_id)


def pretend_to_be_stripe(scene: Scene, desk: Desk) -> None:
    """Chapter: an event of Stripe, forged, and stale."""
    client = HttpClient(scene.stack.api_url, None)
    # Whatever is stored of this story names it.
    story = secrets.token_hex(8)
    body = event_body(f"evt_{story}", story)
    signed_at = int(time.time())
    scene.chapter(
        "Somebody pretends to be Stripe",
        "One byte of a signed event is changed; an old one is sent after its time: both refused.",
    )
    forged = body.replace(b'"amount":5000', b'"amount":9000')
    scene.checks.equal(
        "they differ in one byte",
        expected=1,
        seen=sum(a != b for a, b in zip(body, forged, strict=True)),
    )
    refused_with(
        scene,
        _post(client, forged, sign(desk.stripe_secret, body, signed_at)),
        400,
        "invalid_signature",
    )
    stale = _post(client, body, sign(desk.stripe_secret, body, signed_at - AN_HOUR_SECONDS))
    refused_with(scene, stale, 400, "invalid_signature")
    scene.checks.equal("nothing of it is stored", expected=[], seen=stored_naming(scene, story))
    scene.checks.end_chapter()


def event_body(event_id: str, story: str) -> bytes:
    """An event as Stripe writes it."""
    payment_intent = {
        "id": f"pi_{story}",
        "object": "payment_intent",
        "amount": 5000,
        "amount_capturable": 0,
        "amount_received": 5000,
        "capture_method": "automatic",
        "currency": "usd",
        "customer": None,
        "description": "A pair of shoes",
        "latest_charge": f"ch_{story}",
        "livemode": False,
        "metadata": {"order": "1001"},
        "payment_method_types": ["card"],
        "status": "succeeded",
    }
    event = {
        "id": event_id,
        "object": "event",
        "api_version": "2026-09-30.example",
        "created": 1795262400,
        "data": {"object": payment_intent},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": f"req_{story}", "idempotency_key": story},
        "type": "payment_intent.succeeded",
    }
    return json.dumps(event, separators=(",", ":")).encode()


def sign(secret: str, body: bytes, signed_at: int) -> str:
    """The header Stripe-Signature, made as Stripe's documentation says; on purpose not with the
    project's own code.
    """
    signed = f"{signed_at}.".encode() + body
    signature = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={signed_at},v1={signature}"


def _post(client: HttpClient, body: bytes, signature: str) -> Reply:
    return client.call("POST", PATH, body=body, extra={"Stripe-Signature": signature})


def _event_of(control: Control, payment_id: str) -> Document:
    """The event that said that the payment succeeded, as it was posted."""
    for told in control.events(payment_id):
        if told["event"].get("type") == TOLD:
            return dict(told["event"])
    raise ControlError(f"the simulated Stripe has told nothing of {payment_id}")
