"""What do the scenarios with a fixed rate have in common? Their arrivals come by a schedule, their
users are only as many as may be busy at once, and a request that could not be sent is missed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final

from loadtests.arrivals import LATE_SHARE, NOT_SENT_SHARE, Phase, phases_to_json
from loadtests.preparing import Preparation
from loadtests.scenarios import Settings
from loadtests.shapes import Shape, until_done
from loadtests.thresholds import Measure, Threshold

USERS: Final = ("loadtests.users.reading:ReadingUser",)

DRAIN_SECONDS: Final = 60.0
"""After the last arrival: the longest answer, and what is asked again."""

WARM: Final = ("GET /v1/payments/pay_nobody", "POST /v1/payments")

SENT: Final = Threshold(
    measure=Measure.FINDING, limit=0.001, of=NOT_SENT_SHARE, why="the rate was really offered"
)
IN_TIME: Final = Threshold(
    measure=Measure.FINDING, limit=0.05, of=LATE_SHARE, why="and nearly all of it in time"
)

type PhasesOf = Callable[[Settings], Sequence[Phase]]


def shape(settings: Settings) -> Shape:
    """All users from the start, until the last arrival was answered."""
    return until_done(settings.users, at_most=settings.seconds + DRAIN_SECONDS)


def offering(phases: PhasesOf) -> "Callable[[Preparation], AbstractContextManager[Any]]":
    """A scenario's preparation that tells the swarm when somebody arrives."""

    @contextmanager
    def prepare(preparation: Preparation) -> Iterator[Mapping[str, Any]]:
        yield {"phases": phases_to_json(phases(preparation.settings))}

    return prepare
