"""Who comes all at once? A crowd with few keys and few events among it, each several times: all are
held at a gate, and let go at the same moment.
"""

import json
import time
from typing import Any, ClassVar, Final

from gevent.event import Event
from locust import task
from locust.exception import StopUser

from loadtests.record import Kind
from loadtests.signing import stripe_signature
from loadtests.users.calls import Call, CallingUser
from loadtests.users.paying import balance_payment

EVENTS_PATH: Final = "/webhooks/stripe"
GATE_SECONDS: Final = 30.0
"""A crowd of which somebody never comes is let go without."""

LEAST_MINOR: Final = 1_000


class Gate:
    """Opens for everybody once everybody is there."""

    def __init__(self) -> None:
        self._waiting = 0
        self._opened = Event()

    def wait(self, crowd: int) -> None:
        """Be one of a crowd."""
        self._waiting += 1
        if self._waiting >= crowd:
            self._opened.set()
        self._opened.wait(GATE_SECONDS)


class BurstingUser(CallingUser):
    """Delivers its part of the events, then makes its part of the payments, and goes."""

    gates: ClassVar[tuple[Gate, Gate]] = (Gate(), Gate())

    def on_start(self) -> None:
        """Nobody thinks before a burst."""

    @task
    def burst(self) -> None:
        """Everything that this user is there for."""
        extra, crowd = self.world.plan.extra, self.world.plan.settings.users
        self.gates[0].wait(crowd)
        for place in extra["events_in_order"][self.number :: crowd]:
            self._deliver(extra["events"][place])
        self.gates[1].wait(crowd)
        for place in extra["keys_in_order"][self.number :: crowd]:
            self._pay(place)
        raise StopUser

    def _deliver(self, event: dict[str, str]) -> None:
        body = event["body"]
        # Each delivery is signed anew, as Stripe does it.
        signature = stripe_signature(str(self.world.plan.stripe_secret), body, int(time.time()))
        self.ask(
            Call(
                kind=Kind.EVENT,
                method="POST",
                path=EVENTS_PATH,
                key=event["id"],
                raw=body,
                body=json.loads(body),
                headers={"Stripe-Signature": signature},
                counts_as=event["counts_as"],
                is_public=True,
            ),
            complaint=_complaint,
        )

    def _pay(self, place: int) -> None:
        merchants = self.world.plan.merchants
        # A key is one merchant's: the same one each time.
        self.merchant = merchants[place % len(merchants)]
        key = f"{self.world.plan.run_id}-burst-{place}"
        self.ask(balance_payment(key, LEAST_MINOR + place))


def _complaint(body: Any) -> str | None:
    is_received = isinstance(body, dict) and body.get("received") is True
    return None if is_received else "a 2xx that does not say received"
