"""Who tells of payments? Stripe, many times at once: of what nobody knows yet, of what is known
already, and of what it has told before. And others who pretend to be Stripe, and are refused.

Each delivery is signed anew, and each signature is checked: neither is ever switched off.
"""

import itertools
import json
import time
from collections import deque
from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Any, ClassVar, Final

from locust import task
from locust.exception import StopUser

from loadtests.record import Kind
from loadtests.scenario_webhooks import COPIES, REFUSED, repeaters, repeating_from
from loadtests.signing import stripe_signature
from loadtests.users.bursting import Gate
from loadtests.users.calls import Call, CallingUser

PATH: Final = "/webhooks/stripe"

SHARES: Final = {"known": 0.88, "new": 0.02, "copy": 0.05, "forged": 0.03, "stale": 0.02}
"""Of what users tell. What is known is told under a new id: the fact is the same."""

AN_HOUR_SECONDS: Final = 3_600

type Event = Mapping[str, Any]


class Told:
    """What there is to tell, for all users together."""

    def __init__(self, events: list[Event]) -> None:
        self.new = deque(events)
        self.known: list[Event] = []
        self.ids = 0


class NotifyingUser(CallingUser):
    """Tells one thing after the other; who comes in the last part repeats the same."""

    told: ClassVar[Told | None] = None
    gate: ClassVar[Gate] = Gate()
    repeating: ClassVar[Iterator[int]] = itertools.count(1)

    def on_start(self) -> None:
        """Who repeats does not think; and which of the repeaters is this?"""
        plan, since = self.world.plan, perf_counter() - self.world.began
        self._place = 0
        """Which of those who repeat; 0 for the others."""
        if since >= repeating_from(plan.settings):
            self._place = next(self.repeating)
            return
        super().on_start()

    @task
    def tell(self) -> None:
        """One event; or, of those who repeat themselves, all that they came for."""
        if self._place:
            self._repeat()
            raise StopUser
        told = self._told()
        act = self.random.choices(list(SHARES), weights=list(SHARES.values()))[0]
        if act == "forged":
            self._forge(self._event_like(told))
        elif act == "stale":
            self._come_late(self._event_like(told))
        elif told.new and (act == "new" or not told.known):
            event = told.new.popleft()
            if self._deliver(event, counts_as=self.world.plan.extra["counts_as"]):
                told.known.append(event)
        elif told.known:
            event = self.random.choice(told.known)
            self._deliver(event if act == "copy" else self._renamed(event))

    def _repeat(self) -> None:
        """The one that all have, five times; then one that nobody else has."""
        shared, *own = self.world.plan.extra["repeated"]
        self.gate.wait(repeaters(self.world.plan.settings))
        counts_as = self.world.plan.extra["counts_as"]
        for event in (shared, own[(self._place - 1) % len(own)]):
            for _ in range(COPIES):
                self._deliver(event, counts_as=counts_as)

    def _told(self) -> Told:
        if NotifyingUser.told is None:
            NotifyingUser.told = Told(list(self.world.plan.extra["events"]))
        return NotifyingUser.told

    def _event_like(self, told: Told) -> Event:
        """Of a payment that there is, so that only its signature can keep it from being taken."""
        return self._renamed(self.random.choice([*told.known, *told.new]))

    def _renamed(self, event: Event) -> Event:
        """The same fact, told under an id of its own."""
        told = self._told()
        told.ids += 1
        return {**event, "id": f"evt_{self.world.plan.run_id.replace('-', '')}{told.ids}"}

    def _deliver(self, event: Event, *, counts_as: str | None = None) -> bool:
        body = json.dumps(event)
        call = self._call(event, body, self._sign(body), counts_as=counts_as)
        return self.ask(call, complaint=_complaint).is_done

    def _forge(self, event: Event) -> None:
        """Signed, and then changed: it is to be of another time."""
        signature = self._sign(json.dumps(event))
        forged = {**event, "created": int(event["created"]) + 1}
        self.send(self._call(forged, json.dumps(forged), signature, is_refused=True))

    def _come_late(self, event: Event) -> None:
        """Signed by Stripe, an hour ago: somebody has recorded it, and plays it again."""
        body = json.dumps(event)
        self.send(self._call(event, body, self._sign(body, AN_HOUR_SECONDS), is_refused=True))

    def _sign(self, body: str, age_seconds: int = 0) -> str:
        signed_at = int(time.time()) - age_seconds
        return stripe_signature(str(self.world.plan.stripe_secret), body, signed_at)

    def _call(
        self,
        event: Event,
        body: str,
        signature: str,
        *,
        counts_as: str | None = None,
        is_refused: bool = False,
    ) -> Call:
        return Call(
            kind=Kind.EVENT,
            method="POST",
            path=PATH,
            name=REFUSED if is_refused else f"POST {PATH}",
            key=str(event["id"]),
            raw=body,
            body=event,
            headers={"Stripe-Signature": signature},
            counts_as=counts_as,
            is_public=True,
            expects=400 if is_refused else 200,
        )


def _complaint(body: Any) -> str | None:
    is_received = isinstance(body, dict) and body.get("received") is True
    return None if is_received else "a 200 that does not say received"
