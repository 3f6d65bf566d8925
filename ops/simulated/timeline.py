"""What time is it at the processor, and what is to happen when? Whoever calls holds the lock."""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta

type Clock = Callable[[], datetime]
type Action = Callable[[datetime], None]


class Timeline:
    """A clock that may be moved ahead, and back to the time of day, and what happens by it."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._ahead = clock, timedelta()
        self._due: list[tuple[datetime, int, Action]] = []
        self._scheduled = 0

    def now(self) -> datetime:
        """The processor's own time."""
        return self._clock() + self._ahead

    def advance(self, by: timedelta) -> None:
        """Move it ahead; by less than nothing, back, but never behind the time of day."""
        self._ahead = max(self._ahead + by, timedelta())

    def schedule(self, at: datetime, action: Action) -> None:
        """Something is to happen at that time."""
        self._scheduled += 1
        heapq.heappush(self._due, (at, self._scheduled, action))

    def catch_up(self) -> datetime:
        """Let happen what is due, each at its own time and in that order; returns the time."""
        now = self.now()
        while self._due and self._due[0][0] <= now:
            at, _, action = heapq.heappop(self._due)
            action(at)
        return now
