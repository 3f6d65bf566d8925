"""How does a local stack's first second not become the figure of the run? Its workers are started
before anybody is counted, a few at a time, by a merchant that is none of the run's.

On AWS a cold start takes no processor time of anybody else's; here all of them share two cores with
the users. What is asked is real: refusals would be over before a second worker is needed.
"""

import json
import secrets
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, Final

from loadtests.signing import stripe_signature
from loadtests.target import Merchant, Target
from ops.demo.http_client import HttpClient
from ops.demo.shop import checkout_body, payment_body

AT_ONCE: Final = 5
"""So many cold starts at once, or a few more."""

MOST: Final = 25
"""Workers of one route: more of them share two cores than two cores can feed."""

TOGETHER_SECONDS: Final = 60.0

PAYMENTS: Final = "POST /v1/payments"
SESSIONS: Final = "POST /v1/checkout-sessions"
EVENTS: Final = "POST /webhooks/stripe"

_BODIES: Final[dict[str, dict[str, Any]]] = {
    PAYMENTS: payment_body(1),
    SESSIONS: checkout_body(1, "simulated"),
}


def warm_up(
    target: Target,
    merchant: Merchant,
    routes: Sequence[str],
    *,
    users: int,
    stripe_secret: str | None,
) -> None:
    """Start the workers behind some routes, as many as users may need at once.

    Args:
        target: a local stack.
        merchant: who asks, and pays.
        routes: each a method and a path.
        users: how many there will be.
        stripe_secret: signs events, where there are any.

    Raises: NoAnswerError if the stack does not answer.
    """
    most = min(MOST, users)
    for route in routes:
        for clients in (*range(AT_ONCE, most, AT_ONCE), most):
            _ask_at_once(target, merchant, route, clients, stripe_secret)


def let_keys_in(target: Target, merchants: Sequence[Merchant], routes: Sequence[str]) -> None:
    """Have the gateway remember each merchant's key at each route, as it does for a minute.

    Many users whose key it does not know yet would each need an authorizer of its own at the first
    moment. What is sent is refused, or read, and changes nothing.

    Raises: NoAnswerError if the stack does not answer.
    """
    for merchant in merchants:
        client = HttpClient(target.api_url, merchant.api_key)
        for method, _, path in (route.partition(" ") for route in routes if route != EVENTS):
            body: dict[str, Any] | None = {} if method == "POST" else None
            key = secrets.token_hex(8) if method == "POST" else None
            client.call(method, path, body=body, key=key)


def _ask_at_once(
    target: Target, merchant: Merchant, route: str, clients: int, stripe_secret: str | None
) -> None:
    together = Barrier(clients)

    def ask() -> None:
        client = HttpClient(target.api_url, merchant.api_key)
        # Otherwise one worker might answer them all, one after the other.
        together.wait(TOGETHER_SECONDS)
        _ask(client, route, stripe_secret)

    with ThreadPoolExecutor(clients) as pool:
        for asked in [pool.submit(ask) for _ in range(clients)]:
            asked.result()


def _ask(client: HttpClient, route: str, stripe_secret: str | None) -> None:
    method, _, path = route.partition(" ")
    if route == EVENTS and stripe_secret is not None:
        event = an_event_that_tells_nothing()
        signature = stripe_signature(stripe_secret, event, int(time.time()))
        client.call("POST", path, body=event.encode(), extra={"Stripe-Signature": signature})
    elif method == "POST":
        client.call("POST", path, body=_BODIES.get(route, {}), key=secrets.token_hex(8))
    else:
        client.call(method, path)


def an_event_that_tells_nothing() -> str:
    """An event of Stripe's that is stored, and on which nobody acts."""
    return json.dumps(
        {
            "id": f"evt_load{secrets.token_hex(10)}",
            "object": "event",
            "api_version": "2026-10-28",
            "type": "balance.available",
            "created": int(time.time()),
            "livemode": False,
            "data": {"object": {"object": "balance", "available": [{"amount": 2500}]}},
        }
    )
