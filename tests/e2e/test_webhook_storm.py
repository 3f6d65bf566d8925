"""Stripe's events over HTTP: a storm of copies, each event stored once, and what forgers get."""

import http.client
import json
import random
import time
import uuid
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from urllib.parse import urlsplit

import pytest

from ops.demo.http_client import Reply
from tests.e2e.conftest import aws_client
from tests.stripe_events import an_event_of_stripe, sign

EVENTS, COPIES, AT_ONCE = 10, 5, 25

pytestmark = pytest.mark.e2e


def post(stack: dict[str, Any], body: str, signature: str | None) -> Reply:
    """One request on a connection of its own."""
    url = urlsplit(stack["api_url"])
    connection = http.client.HTTPConnection(str(url.hostname), url.port, timeout=60)
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if signature is not None:
        headers["Stripe-Signature"] = signature
    try:
        connection.request("POST", f"{url.path}/webhooks/stripe", body.encode(), headers)
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, named, response.read())
    finally:
        connection.close()


def signed(stack: dict[str, Any], body: str, *, age: float = 0) -> str:
    return sign(body, at=time.time() - age, secret=stack["stripe_webhook_secret"])


def an_event_id() -> str:
    return f"evt_{uuid.uuid4().hex}"


def at_once(stack: dict[str, Any], deliveries: list[tuple[str, str]], clients: int) -> list[Reply]:
    """Deliver bodies, each with its header, from so many clients that begin together."""
    together = Barrier(clients)

    def deliver(delivery: tuple[str, str]) -> Reply:
        # Otherwise the copies might not meet.
        together.wait(timeout=60)
        return post(stack, *delivery)

    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(deliver, deliveries))


def warm(stack: dict[str, Any]) -> None:
    """Start the local workers before the storm, with copies of one event: a cold one takes a
    second."""
    body = an_event_of_stripe(id=an_event_id())
    for clients in (6, 12, 18, AT_ONCE):
        at_once(stack, [(body, signed(stack, body))] * clients, clients)


def stored(stack: dict[str, Any], event_id: str) -> Any:
    found = aws_client(stack, "dynamodb").get_item(
        TableName=stack["tables"]["events"],
        Key={"id": {"S": f"stripe#{event_id}"}},
        ConsistentRead=True,
    )
    return found.get("Item")


def test_storm__ten_events_fifty_requests_twenty_five_at_once__ten_firsts(
    stack: dict[str, Any],
) -> None:
    bodies = {event_id: an_event_of_stripe(id=event_id) for event_id in
              (an_event_id() for _ in range(EVENTS))}  # fmt: skip
    order = list(bodies) * COPIES
    random.Random(3).shuffle(order)
    warm(stack)
    deliveries = [(bodies[event_id], signed(stack, bodies[event_id])) for event_id in order]
    replies = list(zip(order, at_once(stack, deliveries, AT_ONCE), strict=True))
    assert Counter(reply.status for _, reply in replies) == {200: EVENTS * COPIES}
    told: dict[str, Counter[bytes]] = defaultdict(Counter)
    for event_id, reply in replies:
        told[event_id][reply.body] += 1
    once = {b'{"received":true}': 1, b'{"received":true,"duplicate":true}': COPIES - 1}
    assert dict(told) == dict.fromkeys(bodies, once)
    for event_id, body in bodies.items():
        assert stored(stack, event_id)["payload"] == {"S": body}


@pytest.mark.parametrize("forgery", ["none", "nonsense", "other body", "stale", "future"])
def test_forgery__is_a_400_problem_and_nothing_is_stored(
    stack: dict[str, Any], forgery: str
) -> None:
    event_id = an_event_id()
    body = an_event_of_stripe(id=event_id)
    signature = {
        "none": None,
        "nonsense": "nonsense",
        "other body": signed(stack, body + " "),
        "stale": signed(stack, body, age=310),
        "future": signed(stack, body, age=-310),
    }[forgery]
    reply = post(stack, body, signature)
    assert (reply.status, reply.code) == (400, "invalid_signature")
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json["request_id"]
    assert stored(stack, event_id) is None


def test_body__signed_but_no_event__is_a_400_problem(stack: dict[str, Any]) -> None:
    body = json.dumps({"id": an_event_id()})
    reply = post(stack, body, signed(stack, body))
    assert (reply.status, reply.code) == (400, "invalid_request")
    assert reply.json["param"] == "type"


def test_body__larger_than_can_be_stored__is_a_413_problem(stack: dict[str, Any]) -> None:
    body = an_event_of_stripe(note="x" * 262_144)
    reply = post(stack, body, signed(stack, body))
    assert (reply.status, reply.code) == (413, "payload_too_large")


def test_event__not_ascii__is_stored_byte_for_byte(stack: dict[str, Any]) -> None:
    event_id = an_event_id()
    body = json.dumps({"id": event_id, "type": "x", "name": "Žižka \U0001f9c0"}, ensure_ascii=False)
    assert post(stack, body, signed(stack, body)).body == b'{"received":true}'
    assert stored(stack, event_id)["payload"] == {"S": body}


def test_events_table__forgets_by_time_to_live(stack: dict[str, Any]) -> None:
    described = aws_client(stack, "dynamodb").describe_time_to_live(
        TableName=stack["tables"]["events"]
    )["TimeToLiveDescription"]
    assert described == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
