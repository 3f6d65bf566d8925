"""Which webhook is due when? Every event, as often as it is to be sent, until somebody takes it.

Late, twice, out of order: on demand. Knows no HTTP and no clock of its own.
"""

import hashlib
import heapq
import hmac
import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from ops.simulated.records import NATIVE, Event

HEADER = "Simulated-Signature"
MAX_RETRIES = 20
LONGEST_PAUSE_SECONDS = 60
TAKEN = range(200, 300)


@dataclass(frozen=True, slots=True)
class Webhooks:
    """What was asked for.

    Attributes:
        secret: what the native face's are signed with.
        url: where to; None: events wait.
        stripe_url: where those of the Stripe face go.
        paypal_url: where those of the PayPal face go.
        enabled: otherwise they wait, too.
        delay_seconds: how late each one is.
        copies: how often each one is sent.
        shuffle: so many are held back, and then sent last one first; 0 for none.
    """

    secret: str
    url: str | None = None
    stripe_url: str | None = None
    paypal_url: str | None = None
    enabled: bool = True
    delay_seconds: int = 0
    copies: int = 1
    shuffle: int = 0

    @property
    def urls(self) -> Mapping[str, str | None]:
        """By the name of the face."""
        return {NATIVE: self.url, "stripe": self.stripe_url, "paypal": self.paypal_url}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One delivery that was tried: when, and the answer's status; None if there was none."""

    at: datetime
    status: int | None


@dataclass(slots=True, eq=False)
class Delivery:
    """One copy of an event's message on its way; `due_at` is None while it is held back."""

    event: Event
    body: bytes
    due_at: datetime | None = None
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def is_taken(self) -> bool:
        """Whether it got there."""
        return any(attempt.status in TAKEN for attempt in self.attempts)

    @property
    def is_over(self) -> bool:
        """Whether it is not sent again."""
        return self.is_taken or len(self.attempts) > MAX_RETRIES


class Outbox:
    """All of them. `messages` are the bodies that are posted for an event."""

    def __init__(self, secret: str, messages: Callable[[Event], Sequence[bytes]]) -> None:
        self._messages = messages
        self._lock = threading.Lock()
        self._webhooks = Webhooks(secret)
        self._all: list[Delivery] = []
        self._held: list[Delivery] = []
        self._due: dict[str, list[tuple[datetime, int, Delivery]]] = {}
        """A heap for each face: one that has no endpoint holds up no other."""
        self._order = itertools.count()

    @property
    def webhooks(self) -> Webhooks:
        """As they are now."""
        return self._webhooks

    def configure(self, **changes: Any) -> Webhooks:
        """Change what is asked for; what is on its way already stays as it is."""
        with self._lock:
            self._webhooks = replace(self._webhooks, **changes)
            return self._webhooks

    def add(self, event: Event) -> None:
        """Something happened."""
        bodies = self._messages(event)
        with self._lock:
            for body in bodies:
                for _ in range(self._webhooks.copies):
                    delivery = Delivery(event, body)
                    self._all.append(delivery)
                    if self._webhooks.shuffle:
                        self._held.append(delivery)
                    else:
                        self._put(delivery, event.created_at + self._delay())
            if len(self._held) >= max(self._webhooks.shuffle, 1):
                self._release(event.created_at + self._delay())

    def take_due(self, now: datetime) -> list[Delivery]:
        """Take what is to be sent by now, in order. Whoever takes it reports on it."""
        with self._lock:
            taken: list[tuple[datetime, int, Delivery]] = []
            if not self._webhooks.enabled:
                return []
            for face, due in self._due.items():
                while due and due[0][0] <= now and self._webhooks.urls[face] is not None:
                    taken.append(heapq.heappop(due))
            return [each for _, _, each in sorted(taken, key=lambda each: each[:2])]

    def report(self, delivery: Delivery, status: int | None, now: datetime) -> None:
        """It was sent; if nobody took it, it is sent again after a while."""
        with self._lock:
            delivery.attempts.append(Attempt(now, status))
            if not delivery.is_over:
                pause = min(2 ** (len(delivery.attempts) - 1), LONGEST_PAUSE_SECONDS)
                self._put(delivery, now + timedelta(seconds=pause))

    def hurry(self, now: datetime) -> None:
        """Whatever waits is due now: what is held back, what is late, what is to be tried again."""
        with self._lock:
            self._release(now)
            for due in self._due.values():
                due[:] = [(min(at, now), order, each) for at, order, each in due]
                heapq.heapify(due)

    def waiting(self) -> int:
        """How many are still to be sent."""
        with self._lock:
            return sum(map(len, self._due.values())) + len(self._held)

    def deliveries(self) -> Sequence[Delivery]:
        """Every one there was, in the order of the events."""
        with self._lock:
            return tuple(self._all)

    def reset(self) -> None:
        """Forget every event; what was asked for stays."""
        with self._lock:
            self._all.clear()
            self._held.clear()
            self._due.clear()

    def _release(self, at: datetime) -> None:
        for delivery in reversed(self._held):
            self._put(delivery, at)
        self._held.clear()

    def _put(self, delivery: Delivery, at: datetime) -> None:
        delivery.due_at = at
        due = self._due.setdefault(delivery.event.face, [])
        heapq.heappush(due, (at, next(self._order), delivery))

    def _delay(self) -> timedelta:
        return timedelta(seconds=self._webhooks.delay_seconds)


def sign(secret: str, body: bytes, at: datetime) -> str:
    """The header's value, by Stripe's scheme."""
    signed_at = int(at.timestamp())
    signature = hmac.new(secret.encode(), b"%d.%s" % (signed_at, body), hashlib.sha256)
    return f"t={signed_at},v1={signature.hexdigest()}"
