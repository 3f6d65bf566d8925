"""The events that the processor sends: which, when, how often, in what order, signed by whom."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from oncepay.domain.errors import InvalidSignature
from oncepay.processors.stripe_signature import read_header, verify
from ops.simulated.outbox import HEADER, MAX_RETRIES
from tests.simulated.client import Client, HandClock
from tests.simulated.endpoint import Endpoint, running_endpoint


@pytest.fixture
def endpoint(client: Client) -> Iterator[Endpoint]:
    """Where the processor sends its events."""
    with running_endpoint() as running:
        configure(client, url=running.url)
        yield running


def configure(client: Client, **settings: object) -> None:
    assert client.answered("PUT", "/control/webhooks", settings).status == 200


def test_event__is_the_charge_as_it_was(client: Client, endpoint: Endpoint) -> None:
    authorized = client.charged("approve", manual=True).json
    client.moved(authorized["id"], "void", key="void_1")
    assert client.processor.deliver_due() == 3
    first, voided, _ = endpoint.events
    assert first == {
        "id": first["id"],
        "object": "event",
        "type": "charge.authorized",
        "created": "2026-11-21T12:00:00.000000Z",
        "data": {"object": authorized, "charge": authorized},
    }
    assert voided["data"]["object"] == client.found("void_1")
    assert voided["data"]["charge"]["status"] == "voided"


@pytest.mark.parametrize(
    ("plan", "manual", "operation", "types"),
    [
        ("approve", False, None, ["charge.succeeded"]),
        ("decline_x", False, None, ["charge.declined"]),
        ("requires_action", False, None, ["charge.requires_action"]),
        ("pending", False, None, []),
        ("approve", True, "capture", ["capture.succeeded", "charge.succeeded"]),
        ("approve", True, "void", ["void.succeeded", "charge.voided"]),
        ("approve", False, "refund", ["charge.succeeded", "refund.succeeded"]),
        ("approve__capture_decline_x", True, "capture", ["capture.failed"]),
        ("approve__void_pending", True, "void", ["void.pending"]),
        ("approve__refund_decline_x", False, "refund", ["charge.succeeded", "refund.failed"]),
    ],
)
def test_events__of_each_change(
    client: Client,
    endpoint: Endpoint,
    plan: str,
    manual: bool,
    operation: str | None,
    types: list[str],
) -> None:
    charge = client.charged(plan, manual=manual).json
    if operation:
        client.moved(charge["id"], operation, key="op_1")
    client.processor.deliver_due()
    assert endpoint.types == (["charge.authorized"] if manual else []) + types


@pytest.mark.parametrize("behaviour", ["timeout_after", "error_after", "malformed"])
def test_event__charge_whose_reply_was_lost__is_sent(
    client: Client, endpoint: Endpoint, behaviour: str
) -> None:
    client.charge(behaviour)
    client.processor.deliver_due()
    assert endpoint.types == ["charge.succeeded"]


@pytest.mark.parametrize("behaviour", ["timeout_before", "error_before", "rate_limited"])
def test_event__nothing_happened__there_is_none(
    client: Client, endpoint: Endpoint, behaviour: str
) -> None:
    client.charge(behaviour)
    assert client.processor.deliver_due() == 0
    assert endpoint.received == []


def test_event__lands_later__is_sent_once_it_has_landed(
    client: Client, clock: HandClock, endpoint: Endpoint
) -> None:
    client.charge("lands_later")
    assert client.processor.deliver_due() == 0
    clock.pass_by(60)
    assert client.processor.deliver_due() == 1
    assert endpoint.types == ["charge.succeeded"]


def test_event__replay_of_a_key__sends_none(client: Client, endpoint: Endpoint) -> None:
    client.charged()
    client.charged()
    assert client.processor.deliver_due() == 1
    assert len(endpoint.received) == 1


def test_signature__is_stripes_scheme_under_the_secret(
    client: Client, clock: HandClock, endpoint: Endpoint
) -> None:
    client.charged()
    client.processor.deliver_due()
    ((headers, body),) = endpoint.received
    signature = read_header([headers[HEADER]])
    assert signature.timestamp == str(int(clock().timestamp()))
    verify(signature, body, secrets=[client.processor.secret.encode()], now=clock())
    with pytest.raises(InvalidSignature):
        verify(signature, body + b" ", secrets=[client.processor.secret.encode()], now=clock())


def test_signature__of_the_time_of_day__although_the_processors_clock_was_moved(
    client: Client, clock: HandClock, endpoint: Endpoint
) -> None:
    client.charged(manual=True)
    client.answered("POST", "/control/clock", {"advance_seconds": 8 * 86_400})
    client.processor.deliver_due()
    assert endpoint.types == ["charge.authorized", "charge.expired"]
    headers, _ = endpoint.received[1]
    assert read_header([headers[HEADER]]).timestamp == str(int(clock().timestamp()))
    assert endpoint.events[1]["created"] == "2026-11-28T12:00:00.000000Z"


def test_signature__other_secret__is_used(
    client: Client, clock: HandClock, endpoint: Endpoint
) -> None:
    configure(client, secret="another")
    client.charged()
    client.processor.deliver_due()
    ((headers, body),) = endpoint.received
    verify(read_header([headers[HEADER]]), body, secrets=[b"another"], now=clock())


def test_delay__is_sent_that_late(client: Client, clock: HandClock, endpoint: Endpoint) -> None:
    configure(client, delay_seconds=5)
    client.charged()
    clock.pass_by(4.9)
    assert client.processor.deliver_due() == 0
    clock.pass_by(0.1)
    assert client.processor.deliver_due() == 1
    assert endpoint.types == ["charge.succeeded"]


def test_copies__same_event_as_often(client: Client, endpoint: Endpoint) -> None:
    configure(client, copies=3)
    client.charged()
    assert client.processor.deliver_due() == 3
    assert len({event["id"] for event in endpoint.events}) == 1
    assert len({body for _, body in endpoint.received}) == 1


def test_shuffle__held_back_then_last_one_first(client: Client, endpoint: Endpoint) -> None:
    configure(client, shuffle=3)
    charge_id = client.charged(manual=True).json["id"]
    assert client.processor.deliver_due() == 0
    client.moved(charge_id, "capture", key="cap_1")
    assert client.processor.deliver_due() == 3
    assert endpoint.types == ["charge.succeeded", "capture.succeeded", "charge.authorized"]


def test_flush__sends_what_is_held_back_or_late(client: Client, endpoint: Endpoint) -> None:
    configure(client, delay_seconds=60)
    client.charged(key="pay_1")
    configure(client, shuffle=100)
    client.charged(key="pay_2")
    reply = client.answered("POST", "/control/webhooks/flush")
    assert reply.json == {"taken": 2, "waiting": 0}
    assert [event["data"]["charge"]["idempotency_key"] for event in endpoint.events] == [
        "pay_1",
        "pay_2",
    ]


def test_disabled__waits_until_it_is_enabled(client: Client, endpoint: Endpoint) -> None:
    configure(client, enabled=False)
    client.charged()
    assert client.processor.deliver_due() == 0
    configure(client, enabled=True)
    assert client.processor.deliver_due() == 1
    assert endpoint.types == ["charge.succeeded"]


@pytest.mark.parametrize("status", [302, 400, 404, 429, 500, 503])
def test_delivery__not_taken__is_sent_again_ever_later(
    client: Client, clock: HandClock, endpoint: Endpoint, status: int
) -> None:
    endpoint.statuses = [status, status]
    client.charged()
    assert client.processor.deliver_due() == 0
    for pause in (1, 2):
        clock.pass_by(pause - 0.1)
        client.processor.deliver_due()
        before = len(endpoint.received)
        clock.pass_by(0.1)
        client.processor.deliver_due()
        assert len(endpoint.received) == before + 1
    assert len({body for _, body in endpoint.received}) == 1
    (delivery,) = client.answered("GET", "/control/events").json["data"]
    assert [attempt["status"] for attempt in delivery["attempts"]] == [status, status, 200]
    assert delivery["taken"] is True


def test_delivery__never_taken__is_given_up(client: Client, clock: HandClock) -> None:
    configure(client, url="http://127.0.0.1:9/nobody")
    client.charged()
    for _ in range(MAX_RETRIES + 10):
        client.processor.deliver_due()
        clock.pass_by(60)
    (delivery,) = client.answered("GET", "/control/events").json["data"]
    assert [attempt["status"] for attempt in delivery["attempts"]] == [None] * (MAX_RETRIES + 1)
    assert client.processor.outbox.waiting() == 0


def test_delivery__no_url_yet__waits(client: Client) -> None:
    client.charged()
    assert client.processor.deliver_due() == 0
    assert client.processor.outbox.waiting() == 1
    (delivery,) = client.answered("GET", "/control/events").json["data"]
    assert delivery["attempts"] == []


def test_pending_refund__ends__is_an_event_at_its_own_time(
    client: Client, clock: HandClock, endpoint: Endpoint
) -> None:
    charge_id = client.charged("approve__refund_pending").json["id"]
    client.moved(charge_id, "refund", key="re_1", amount_minor=5000)
    clock.now += timedelta(hours=1)
    client.processor.deliver_due()
    assert endpoint.types == ["charge.succeeded", "refund.pending", "refund.succeeded"]
    ended = json.loads(endpoint.received[2][1])
    assert ended["created"] == "2026-11-21T12:01:00.000000Z"
    assert ended["data"]["charge"]["refunded_minor"] == 5000
