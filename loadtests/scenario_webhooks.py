"""`webhooks`: Stripe tells of payments, signed: much of it known already, some of it twice, some of
it forged or stale. Afterwards a few tell the same event again and again, all at once.
"""

import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from loadtests.preparing import Preparation
from loadtests.scenarios import Scenario, Settings
from loadtests.shapes import Shape, Step
from loadtests.stripe_facts import told_by_nobody
from loadtests.thresholds import ERRORS, P95, WEBHOOKS_P95, Measure, Threshold

EVENTS: Final = "POST /webhooks/stripe"
REFUSED: Final = "POST /webhooks/stripe (forged or stale)"

PARTS: Final = (1, 3, 1, 1)
"""Of a run, in sixths: up, all of them, down; and those who repeat themselves."""

CHARGES: Final = 30
SESSIONS: Final = 30

COPIES: Final = 5


def repeaters(settings: Settings) -> int:
    """How many tell the same again and again: 10 of 50."""
    return max(2, settings.users // 5)


def repeating_from(settings: Settings) -> float:
    """Seconds after the start from which on users who come do that."""
    return settings.seconds * sum(PARTS[:-1]) / sum(PARTS)


def _shape(settings: Settings) -> Shape:
    part = settings.seconds / sum(PARTS)
    up, at_most, down, again = (parts * part for parts in PARTS)
    return Shape(
        steps=(
            Step(seconds=up, users=settings.users),
            Step(seconds=at_most, users=settings.users),
            Step(seconds=down, users=0),
            Step(seconds=0, users=repeaters(settings)),
            Step(seconds=again, users=repeaters(settings)),
        )
    )


@contextmanager
def _prepare(preparation: Preparation) -> Iterator[Mapping[str, Any]]:
    """True events where there is a simulated Stripe; elsewhere some that are not acted on."""
    # One that all repeat, and one for each.
    repeated = repeaters(preparation.settings) + 1
    stack = preparation.target.stack
    if stack is None or stack.simulated_processor is None:
        untold = [_untold(number) for number in range(CHARGES + SESSIONS + repeated)]
        yield {"events": untold[repeated:], "repeated": untold[:repeated], "counts_as": None}
        return
    with told_by_nobody(preparation, charges=CHARGES, sessions=SESSIONS + repeated) as told:
        charges, sessions = told
        events = [
            event for pair in zip(charges, sessions[repeated:], strict=True) for event in pair
        ]
        yield {
            "events": events,
            "repeated": sessions[:repeated],
            "counts_as": "events_settling",
        }


def _untold(number: int) -> dict[str, Any]:
    return {
        "id": f"evt_load{number}x{secrets.token_hex(8)}",
        "object": "event",
        "api_version": "2026-10-28",
        "type": "balance.available",
        "created": int(time.time()),
        "livemode": False,
        "data": {"object": {"object": "balance", "available": [{"amount": 2_500}]}},
    }


SCENARIO: Final = Scenario(
    name="webhooks",
    title="users post Stripe's events, some forged; then a few post the same ones 5 times",
    users=("loadtests.users.notifying:NotifyingUser",),
    shape=_shape,
    default_users=50,
    default_seconds=120,
    local_rate=20,
    deployed_rate=200,
    local_thresholds=(
        ERRORS,
        P95,
        WEBHOOKS_P95,
        Threshold(measure=Measure.P95_MS, limit=1_000, of=EVENTS),
    ),
    deployed_thresholds=(
        ERRORS,
        P95,
        WEBHOOKS_P95,
        Threshold(measure=Measure.P95_MS, limit=500, of=EVENTS),
        Threshold(measure=Measure.P95_MS, limit=500, of=REFUSED),
    ),
    warm=(EVENTS,),
    prepare=_prepare,
    needs_stripe_secret=True,
    scaled=(
        "The users think between their events so that they offer 20 a second: an event is a"
        " transaction, which costs a local AWS on two cores about as much as a payment."
    ),
)
