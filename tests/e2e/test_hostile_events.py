"""Events that no processor sent, over HTTP: every one is a 400 problem, and nothing is written. And
what only looks odd is taken.

The genuine event behind each is one that the simulated server really signed a moment ago, of a
payment that is authorized here and captured there: taken, it would move money.
"""

import http.server
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from ops.demo.http_client import HttpClient, Reply
from ops.demo.shop import Shop, open_shop
from ops.demo.sink import Sink, listening
from ops.stack import Stack
from tests.e2e.conftest import aws_client
from tests.e2e.event_storm import PATHS
from tests.e2e.hostile_events import (
    BODIES,
    BY_STRIPES_SCHEME,
    SIGNED_BODIES,
    Delivery,
    Forge,
    Genuine,
    post,
)
from tests.e2e.hostile_paypal_events import BY_PAYPALS_SCHEME

CAPTURED = {
    "simulated": "capture.succeeded",
    "stripe": "payment_intent.succeeded",
    "paypal": "PAYMENT.CAPTURE.COMPLETED",
}
HEADERS = {
    "simulated": "Simulated-Signature",
    "stripe": "Stripe-Signature",
    "paypal": "PAYPAL-TRANSMISSION-SIG",
}
BY_HMAC = {**BODIES, **SIGNED_BODIES, **BY_STRIPES_SCHEME}
HOSTILE: dict[tuple[str, str], Forge] = {
    (processor, what): forge
    for processor, forges in {
        # While what PayPal signed is fresh.
        "paypal": {**BODIES, **BY_PAYPALS_SCHEME},
        "simulated": BY_HMAC,
        "stripe": BY_HMAC,
    }.items()
    for what, forge in forges.items()
}
SAID = {
    ("simulated", "header missing"): "the header Simulated-Signature is missing",
    ("simulated", "310 seconds old"): "the signature's time is over 300 seconds from now",
    ("stripe", "310 seconds ahead"): "the signature's time is over 300 seconds from now",
    ("paypal", "310 seconds old"): (
        "the header PAYPAL-TRANSMISSION-TIME is over 300 seconds from now"
    ),
    ("paypal", "310 seconds ahead"): (
        "the header PAYPAL-TRANSMISSION-TIME is over 300 seconds from now"
    ),
    ("paypal", "SHA1withRSA"): "the header PAYPAL-AUTH-ALGO must be SHA256withRSA",
    ("paypal", "certificate at the forger's"): "the certificate is not where PayPal keeps them",
    ("paypal", "certificate that is not there"): "there is no certificate where the header says",
    ("paypal", "for another webhook"): "the signature is not of this body for our webhook",
}

type Tables = dict[tuple[str, str, str], Any]

pytestmark = pytest.mark.e2e


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """What was sent, and what came of it.

    Attributes:
        genuine: behind it all, of each processor.
        payments: theirs.
        replies: to each hostile event.
        before, after: everything that is stored, around them.
        fetched: what was asked of the forger's own server.
    """

    genuine: Mapping[str, Genuine]
    payments: Mapping[str, str]
    replies: Mapping[tuple[str, str], Reply]
    before: Tables
    after: Tables
    fetched: list[str]


@contextmanager
def trap() -> Iterator[tuple[str, list[str]]]:
    """A server that nobody should ask anything; gives its URL, and what it was asked."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def without_sweep(stack: dict[str, Any]) -> Iterator[None]:
    """Nothing is written meanwhile but what is asked for."""
    events = aws_client(stack, "events")
    rules = [
        rule["Name"]
        for rule in events.list_rules()["Rules"]
        if "ScheduleExpression" in rule and rule["State"] == "ENABLED"
    ]
    for rule in rules:
        events.disable_rule(Name=rule)
    try:
        yield
    finally:
        for rule in rules:
            events.enable_rule(Name=rule)


def everything_stored(stack: dict[str, Any]) -> Tables:
    pages = aws_client(stack, "dynamodb").get_paginator("scan")
    return {
        (role, item["id"]["S"], item.get("part", {}).get("S", "")): item
        for role in ("events", "payments", "ledger", "idempotency")
        for page in pages.paginate(TableName=stack["tables"][role], ConsistentRead=True)
        for item in page["Items"]
    }


class Processors:
    """The simulated server, whose events do not come here but into a sink."""

    def __init__(self, stack: dict[str, Any], shop: Shop) -> None:
        self._stack, self._shop = stack, shop
        place = stack["simulated_processor"]
        self._client = HttpClient(place["url"], place["secret"])
        self._sink = Sink()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Meanwhile."""
        self.tell("POST", "/control/webhooks/flush", {})
        with listening(self._sink) as url:
            self._point(url)
            try:
                yield
            finally:
                self._point(self._stack["api_url"])

    def captured(self, processor: str, key: str) -> tuple[str, Delivery]:
        """A payment that is authorized here and captured there, and the event of that."""
        reply = self._shop.charge(
            5_000, "pm_approve", key=f"{processor} {key}", manual=True, processor=processor
        )
        assert reply.member("status") == "authorized", reply.body
        payment_id = str(reply.member("id"))
        record = self.tell("GET", "/control/record")
        (charge,) = [one for one in record["charges"] if one["payment_id"] == payment_id]
        self.tell("POST", f"/control/charges/{charge['id']}/capture", {})
        self.tell("POST", "/control/webhooks/flush", {})
        (posted,) = [
            each
            for each in self._sink.all()
            if payment_id in each.body.decode()
            and CAPTURED[processor] in json.loads(each.body).values()
        ]
        headers = tuple((name, value.encode()) for name, value in posted.headers.items())
        return payment_id, Delivery(posted.path, headers, posted.body)

    def tell(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Through the back door."""
        reply = self._client.call(method, path, body=body)
        assert reply.status == 200, (path, reply.status, reply.body)
        return reply.json

    def _point(self, base: str) -> None:
        self.tell("PUT", "/control/webhooks", {name: base + path for name, path in PATHS.items()})


@pytest.fixture(scope="module")
def attack(stack: dict[str, Any], operators_stack: Stack) -> Iterator[Attack]:
    """All of it, once."""
    shop = open_shop(
        "Attacked",
        stack=operators_stack,
        database=operators_stack.open_database(),
        fee_basis_points=None,
    )
    processors = Processors(stack, shop)
    secrets = {
        "simulated": stack["simulated_processor"]["secret"],
        "stripe": stack["stripe_webhook_secret"],
        "paypal": "",
    }
    with trap() as (trap_url, fetched), without_sweep(stack), processors.held():
        genuine, payments = {}, {}
        processors.tell("PUT", "/control/webhooks", {"paypal_webhook_id": "1JE4291016473214C"})
        _, other_webhook = processors.captured("paypal", "elsewhere")
        ours = {"paypal_webhook_id": stack["paypal_webhook_id"]}
        processors.tell("PUT", "/control/webhooks", ours)
        for processor in CAPTURED:
            payments[processor], delivery = processors.captured(processor, "1")
            genuine[processor] = Genuine(
                delivery=delivery,
                another=processors.captured(processor, "2")[1],
                header=HEADERS[processor],
                secret=secrets[processor],
                secrets=tuple(v for k, v in secrets.items() if v and k != processor),
                certificates=stack["simulated_processor"]["url"],
                trap=trap_url,
                other_webhook=other_webhook,
            )
        before = everything_stored(stack)
        replies = {
            (processor, what): post(stack["api_url"], forge(genuine[processor]))
            for (processor, what), forge in HOSTILE.items()
        }
        yield Attack(
            genuine=genuine,
            payments=payments,
            replies=replies,
            before=before,
            after=everything_stored(stack),
            fetched=fetched,
        )


def test_hostile_events__all_of_them__nothing_is_written(attack: Attack) -> None:
    assert attack.after == attack.before


def test_hostile_events__certificates_elsewhere__are_not_asked_for(attack: Attack) -> None:
    assert attack.fetched == []


@pytest.mark.parametrize(
    ("processor", "what"), HOSTILE, ids=[" ".join(name) for name in HOSTILE]
)  # fmt: skip
def test_hostile_event__is_a_400_problem(attack: Attack, processor: str, what: str) -> None:
    reply = attack.replies[processor, what]
    # A body that is not UTF-8 is another one by the time that the function has it.
    allowed = {"invalid_signature"}
    if what in SIGNED_BODIES:
        allowed = {"invalid_request", "invalid_signature"}
    assert reply.status == 400
    assert reply.code in allowed
    assert reply.headers["content-type"] == "application/problem+json"
    assert (reply.member("type"), reply.member("status")) != (None, None)


@pytest.mark.parametrize(("name", "detail"), SAID.items(), ids=[" ".join(name) for name in SAID])
def test_hostile_event__says_what_is_wrong(
    attack: Attack, name: tuple[str, str], detail: str
) -> None:
    assert attack.replies[name].member("detail") == detail


@pytest.mark.parametrize("processor", CAPTURED)
@pytest.mark.parametrize("case", [str.lower, str.upper, str.swapcase, str.title])
def test_genuine_event__header_names_in_any_case__is_taken(
    stack: dict[str, Any], attack: Attack, processor: str, case: Callable[[str], str]
) -> None:
    delivery = attack.genuine[processor].delivery
    headers = tuple((case(name), value) for name, value in delivery.headers)
    reply = post(stack["api_url"], Delivery(delivery.path, headers, delivery.body))
    assert (reply.status, reply.member("received")) == (200, True)


@pytest.mark.parametrize("processor", CAPTURED)
def test_genuine_event__after_all_that__does_what_it_says(
    stack: dict[str, Any], attack: Attack, processor: str
) -> None:
    post(stack["api_url"], attack.genuine[processor].delivery)
    key = ("payments", attack.payments[processor], "payment")
    assert attack.after[key]["status"] == {"S": "authorized"}
    assert everything_stored(stack)[key]["status"] == {"S": "succeeded"}
