"""What has Stripe got to tell of? Of payments that were really made at the simulated one: charges
whose answer was lost, and checkout sessions on whose page a payer has paid. Their events are taken
before it posts them, so that the load test tells of them first, signed by the same secret.
"""

import json
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from loadtests.preparing import Preparation, PreparingError
from loadtests.record import Kind
from ops.demo.browser import PageError, open_page
from ops.demo.control import Control
from ops.demo.http_client import Reply
from ops.demo.schedule import resting_schedule
from ops.demo.shop import charge_body, checkout_body

CHARGED_MINOR: Final = 5_000
CHARGE_TOLD: Final = "payment_intent.succeeded"
SESSION_TOLD: Final = "checkout.session.completed"

_PAYMENT_ID: Final = re.compile(r"\bpay_[a-z2-7]{26}\b")

type Event = Mapping[str, Any]


@contextmanager
def told_by_nobody(
    preparation: Preparation, *, charges: int, sessions: int
) -> Iterator[tuple[list[Event], list[Event]]]:
    """Make payments, and keep what Stripe would tell of them; what is still untold at the end is
    told by the simulated Stripe itself.

    Args:
        preparation: of the run; on a local stack.
        charges: how many whose answer is lost.
        sessions: how many that are paid on their page.

    Yields: one event of each charge, and one of each session.

    Raises: PreparingError if there is no simulated Stripe, or it does not do so.
    """
    stack = preparation.target.stack
    if stack is None or stack.simulated_processor is None:
        raise PreparingError("true events are made on a local stack only")
    control = Control(stack.simulated_processor)
    # Nor is our own sweep to find out what became of them before they are told.
    with control.holding_events_back(), resting_schedule(stack):
        charged = [_charge(preparation, number) for number in range(charges)]
        paid = [_pay_on_page(preparation, number) for number in range(sessions)]
        # All there are: each names a payment.
        told = [one["event"] for one in control.events("pay_")]
        yield _of(charged, CHARGE_TOLD, told), _of(paid, SESSION_TOLD, told)


def _of(payment_ids: Sequence[str], kind: str, told: Sequence[Event]) -> list[Event]:
    by_payment = {
        named[0]: event
        for event in told
        if event.get("type") == kind and (named := _PAYMENT_ID.findall(json.dumps(event)))
    }
    missing = [each for each in payment_ids if each not in by_payment]
    if missing:
        raise PreparingError(f"the simulated Stripe has no {kind} to tell of {missing[0]}")
    return [by_payment[each] for each in payment_ids]


def _charge(preparation: Preparation, number: int) -> str:
    body = charge_body(CHARGED_MINOR + number, "pm_error_after", processor="stripe")
    reply = _post(preparation, number, Kind.CHARGE, "/v1/payments", body)
    if reply.status != 202:
        raise PreparingError(f"a charge whose answer is lost was answered {reply.status}, not 202")
    return str(reply.member("id"))


def _pay_on_page(preparation: Preparation, number: int) -> str:
    body = checkout_body(CHARGED_MINOR + number, "stripe")
    reply = _post(preparation, number, Kind.CHECKOUT_SESSION, "/v1/checkout-sessions", body)
    if reply.status != 201:
        raise PreparingError(f"a checkout session was answered {reply.status}, not 201")
    try:
        open_page(str(reply.member("url"))).press("Pay")
    except PageError as error:
        raise PreparingError(str(error)) from None
    return str(reply.member("payment_id"))


def _post(
    preparation: Preparation, number: int, kind: Kind, path: str, body: dict[str, Any]
) -> Reply:
    merchant = preparation.merchants[number % len(preparation.merchants)]
    key = f"{preparation.run_id}-{kind}-{number}"
    body = {**body, "metadata": {"load_key": key}}
    n = preparation.record.sent(
        merchant=merchant.id, kind=kind, method="POST", path=path, key=key, body=body
    )
    began = time.perf_counter()
    reply = preparation.client(merchant).call("POST", path, body=body, key=key)
    preparation.record.answered(
        n,
        status=reply.status,
        ms=(time.perf_counter() - began) * 1000,
        replayed=reply.is_replay,
        body=reply.json,
    )
    return reply
