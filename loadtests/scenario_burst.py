"""`burst`: the same few events and the same few keys, many times, at the same moment."""

import json
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from loadtests.preparing import Preparation, PreparingError
from loadtests.record import Kind
from loadtests.scenarios import Scenario, Settings
from loadtests.shapes import Shape, until_done
from loadtests.thresholds import ERRORS, P95, WEBHOOKS_P95, Measure, Threshold
from loadtests.warming import EVENTS, PAYMENTS, an_event_that_tells_nothing
from ops.demo.control import Control
from ops.demo.http_client import HttpClient
from ops.demo.schedule import resting_schedule
from ops.demo.shop import charge_body

COPIES: Final = 5
CHARGED_MINOR: Final = 5_000
TOLD: Final = "payment_intent.succeeded"
CHARGES_PATH: Final = "/v1/payments"


def _shape(settings: Settings) -> Shape:
    return until_done(settings.users, at_most=settings.seconds)


@contextmanager
def _prepare(preparation: Preparation) -> Iterator[Mapping[str, Any]]:
    """Events that move money where there is a simulated Stripe, and the order of everything.

    Two requests for each user: 50 requests of 25 users, of 10 events and of 10 keys.
    """
    unique = max(1, preparation.settings.users * 2 // COPIES)
    drawn = random.Random(preparation.settings.seed)
    orders = []
    for _ in range(2):
        order = [place for place in range(unique) for _ in range(COPIES)]
        drawn.shuffle(order)
        orders.append(order)
    told = {"events_in_order": orders[0], "keys_in_order": orders[1]}
    stack = preparation.target.stack
    if stack is None or stack.simulated_processor is None:
        yield {**told, "events": [_untold() for _ in range(unique)]}
        return
    control = Control(stack.simulated_processor)
    # Neither the simulated Stripe nor our own sweep is to tell of them before the burst does.
    with control.holding_events_back(), resting_schedule(stack):
        ids = [_charge(preparation, n) for n in range(unique)]
        yield {**told, "events": [_event_of(control, payment_id) for payment_id in ids]}


def _charge(preparation: Preparation, number: int) -> str:
    """A payment of which Stripe's answer was lost: only its event says what became of it."""
    merchant = preparation.merchants[number % len(preparation.merchants)]
    key = f"{preparation.run_id}-charge-{number}"
    body = {
        **charge_body(CHARGED_MINOR, "pm_error_after", processor="stripe"),
        "metadata": {"load_key": key},
    }
    n = preparation.record.sent(
        merchant=merchant.id, kind=Kind.CHARGE, method="POST", path=CHARGES_PATH, key=key, body=body
    )
    began = time.perf_counter()
    client: HttpClient = preparation.client(merchant)
    reply = client.call("POST", CHARGES_PATH, body=body, key=key)
    preparation.record.answered(
        n,
        status=reply.status,
        ms=(time.perf_counter() - began) * 1000,
        replayed=reply.is_replay,
        body=reply.json,
    )
    if reply.status != 202:
        raise PreparingError(f"a charge whose answer is lost was answered {reply.status}, not 202")
    return str(reply.member("id"))


def _event_of(control: Control, payment_id: str) -> dict[str, str]:
    """The event that says that the payment succeeded, as Stripe would post it."""
    for told in control.events(payment_id):
        event = told["event"]
        if event.get("type") == TOLD:
            return {"id": event["id"], "body": json.dumps(event), "counts_as": "events_settling"}
    raise PreparingError(f"the simulated Stripe has nothing to tell of {payment_id}")


def _untold() -> dict[str, str]:
    """Where there is no simulated Stripe."""
    event = an_event_that_tells_nothing()
    return {"id": json.loads(event)["id"], "body": event, "counts_as": "events_known"}


SCENARIO: Final = Scenario(
    name="burst",
    title="users all at once: events delivered five times over, then payments under repeated keys",
    users=("loadtests.users.bursting:BurstingUser",),
    shape=_shape,
    default_users=25,
    default_seconds=60,
    local_rate=1,
    deployed_rate=1,
    local_thresholds=(
        ERRORS,
        P95,
        WEBHOOKS_P95,
        Threshold(measure=Measure.P50_MS, limit=1_000, of=EVENTS),
        Threshold(measure=Measure.P50_MS, limit=1_000, of=PAYMENTS),
    ),
    deployed_thresholds=(
        ERRORS,
        P95,
        WEBHOOKS_P95,
        Threshold(measure=Measure.P95_MS, limit=2_000, of=PAYMENTS),
    ),
    warm=(EVENTS, PAYMENTS),
    prepare=_prepare,
    is_paced=False,
    needs_stripe_secret=True,
    scaled=(
        "Nothing is scaled: 25 at once are 25 at once. Workers are started before, as two cores"
        " would otherwise start 25 of them first."
    ),
)
