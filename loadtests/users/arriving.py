"""Who does something when its time has come, however long the others before it have to wait? Users
that take the next arrival of a schedule that all of them share, wait until it is due, and do it.

There are more of them than requests are on their way as a rule. If all are busy, an arrival is sent
late: its time counts from when it was due, so that waiting for a user is waiting, too.
"""

from collections.abc import Iterator
from time import perf_counter
from typing import ClassVar

import gevent
from locust import task
from locust.exception import StopUser

from loadtests.arrivals import (
    ARRIVALS,
    GIVE_UP_SECONDS,
    LATE,
    LATE_SECONDS,
    LATEST_MS,
    NOT_SENT,
    arrivals,
    phases_from_json,
)
from loadtests.users.calls import CallingUser, World

LEAD_SECONDS = 2.0
"""Until the first one is due: all users are born by then."""


class Schedule:
    """All arrivals of a run, each for one user."""

    def __init__(self, world: World) -> None:
        plan = world.plan
        # The run is from the first moment at which somebody may arrive.
        self._began = world.began = perf_counter() + LEAD_SECONDS
        phases = phases_from_json(plan.extra["phases"])
        self._rest: Iterator[float] = arrivals(phases, plan.settings.seed)

    def take(self) -> float | None:
        """When the next one is due, on the clock of `perf_counter`; None if there are no more."""
        after = next(self._rest, None)
        return None if after is None else self._began + after


class ArrivingUser(CallingUser):
    """Takes arrivals, one after the other; what it does with one is said by its kind."""

    abstract = True
    schedule: ClassVar[Schedule | None] = None

    def on_start(self) -> None:
        """Nobody thinks: the schedule says when."""

    def wait_time(self) -> float:
        """Likewise."""
        return 0.0

    @task
    def take_next(self) -> None:
        """One arrival."""
        if ArrivingUser.schedule is None:
            ArrivingUser.schedule = Schedule(self.world)
        due_at = ArrivingUser.schedule.take()
        if due_at is None:
            raise StopUser
        gevent.sleep(max(0.0, due_at - perf_counter()))
        noted, late = self.world.noted, perf_counter() - due_at
        noted[ARRIVALS] += 1
        noted[LATEST_MS] = max(noted[LATEST_MS], round(late * 1000, 1))
        if late > GIVE_UP_SECONDS:
            noted[NOT_SENT] += 1
            return
        if late > LATE_SECONDS:
            noted[LATE] += 1
        self.merchant = self.random.choice(self.world.plan.merchants)
        self.arrive(due_at)

    def arrive(self, due_at: float) -> None:
        """Do what this kind of user came for."""
        raise NotImplementedError
