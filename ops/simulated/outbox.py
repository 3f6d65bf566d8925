"""Which webhook is due when? Every event, as often as it is to be sent, until somebody takes it.

Late, twice, out of order: on demand. Knows no HTTP and no clock of its own.
"""

import hashlib
import heapq
import hmac
import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from ops.simulated.records import Event

HEADER = "Simulated-Signature"
MAX_RETRIES = 20
LONGEST_PAUSE_SECONDS = 60
TAKEN = range(200, 300)


@dataclass(frozen=True, slots=True)
class Webhooks:
    """What was asked for.

    Attributes:
        url: where to; None: events wait.
        secret: what they are signed with.
        enabled: otherwise they wait, too.
        delay_seconds: how late each one is.
        copies: how often each one is sent.
        shuffle: so many are held back, and then sent last one first; 0 for none.
    """

    secret: str
    url: str | None = None
    enabled: bool = True
    delay_seconds: int = 0
    copies: int = 1
    shuffle: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One delivery that was tried: when, and the answer's status; None if there was none."""

    at: datetime
    status: int | None


@dataclass(slots=True, eq=False)
class Delivery:
    """One copy of an event on its way; `due_at` is None while it is held back."""

    event: Event
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
    """All of them."""

    def __init__(self, secret: str) -> None:
        self._lock = threading.Lock()
        self._webhooks = Webhooks(secret)
        self._all: list[Delivery] = []
        self._held: list[Delivery] = []
        self._due: list[tuple[datetime, int, Delivery]] = []
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
        with self._lock:
            for _ in range(self._webhooks.copies):
                delivery = Delivery(event)
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
            taken: list[Delivery] = []
            if self._webhooks.url is None or not self._webhooks.enabled:
                return taken
            while self._due and self._due[0][0] <= now:
                taken.append(heapq.heappop(self._due)[2])
            return taken

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
            self._due[:] = [(min(at, now), order, each) for at, order, each in self._due]
            heapq.heapify(self._due)

    def waiting(self) -> int:
        """How many are still to be sent."""
        with self._lock:
            return len(self._due) + len(self._held)

    def deliveries(self) -> Sequence[Delivery]:
        """Every one there was, in the order of the events."""
        with self._lock:
            return tuple(self._all)

    def reset(self) -> None:
        """Forget every event; what was asked for stays."""
        with self._lock:
            for deliveries in (self._all, self._held, self._due):
                deliveries.clear()

    def _release(self, at: datetime) -> None:
        for delivery in reversed(self._held):
            self._put(delivery, at)
        self._held.clear()

    def _put(self, delivery: Delivery, at: datetime) -> None:
        delivery.due_at = at
        heapq.heappush(self._due, (at, next(self._order), delivery))

    def _delay(self) -> timedelta:
        return timedelta(seconds=self._webhooks.delay_seconds)


def sign(secret: str, body: bytes, at: datetime) -> str:
    """The header's value, by Stripe's scheme."""
    signed_at = int(at.timestamp())
    signature = hmac.new(secret.encode(), b"%d.%s" % (signed_at, body), hashlib.sha256)
    return f"t={signed_at},v1={signature.hexdigest()}"
