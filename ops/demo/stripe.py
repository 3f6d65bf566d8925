"""What does Stripe do? It tells of a payment, signed, and tells it again; and others pretend to be
Stripe.
"""

import hashlib
import hmac
import json
import secrets
import time

from ops.demo.desk import Desk
from ops.demo.http_client import HttpClient, Reply
from ops.demo.scene import Scene
from ops.demo.story import refused_with

PATH = "/webhooks/stripe"
AN_HOUR_SECONDS = 3600


def send_events(scene: Scene, desk: Desk) -> str:
    """Chapters: an event of Stripe, twice; forged, and stale. Returns the stored event's id."""
    check = scene.checks
    client = HttpClient(scene.stack.api_url, None)
    # Every event of this story, told or refused, names it.
    story = secrets.token_hex(8)
    body = event_body(f"evt_{story}_1", story)
    signed_at = int(time.time())

    scene.chapter(
        "Stripe tells of a payment, and tells it again",
        f"POST {PATH}: signed over its exact bytes; the event is stored once.",
    )
    first = _post(client, body, sign(desk.stripe_secret, body, signed_at))
    answer = _answer(first)
    if first.was_sent_again:
        # The event may have come before the one answer that was lost.
        answer.pop("duplicate", None)
    check.equal(
        'it is answered 200 {"received":true}',
        expected=(200, {"received": True}),
        seen=(first.status, answer),
    )
    again = _post(client, body, sign(desk.stripe_secret, body, signed_at + 1))
    check.equal(
        'sent again, 200 {"received":true,"duplicate":true}',
        expected=(200, {"received": True, "duplicate": True}),
        seen=(again.status, _answer(again)),
    )
    check.end_chapter()

    scene.chapter(
        "Somebody pretends to be Stripe",
        "One byte of a signed event is changed; an old one is sent after its time: both refused.",
    )
    other = event_body(f"evt_{story}_2", story)
    forged = other.replace(b'"amount":5000', b'"amount":9000')
    check.equal(
        "they differ in one byte",
        expected=1,
        seen=sum(a != b for a, b in zip(other, forged, strict=True)),
    )
    refused_with(
        scene,
        _post(client, forged, sign(desk.stripe_secret, other, signed_at)),
        400,
        "invalid_signature",
    )
    stale = _post(client, other, sign(desk.stripe_secret, other, signed_at - AN_HOUR_SECONDS))
    refused_with(scene, stale, 400, "invalid_signature")
    items = _stored(scene, story)
    check.equal(
        "of all these, one event is stored, word for word",
        expected=[(f"stripe#evt_{story}_1", body.decode())],
        seen=items,
    )
    check.end_chapter()
    return f"stripe#evt_{story}_1"


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


def _answer(reply: Reply) -> dict[str, object]:
    body = reply.json
    return dict(body) if isinstance(body, dict) else {}


def _stored(scene: Scene, story: str) -> list[tuple[str, str]]:
    """Every event in the table, whatever its id, that names the story: its id and its body."""
    pages = (
        scene.stack.dynamodb_client()
        .get_paginator("scan")
        .paginate(
            TableName=scene.stack.tables["events"],
            FilterExpression="contains(payload, :story)",
            ExpressionAttributeValues={":story": {"S": story}},
            ConsistentRead=True,
        )
    )
    return [
        (item["id"]["S"], item["payload"]["S"]) for page in pages for item in page.get("Items", [])
    ]
