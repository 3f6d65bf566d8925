"""When does who arrive, if nobody waits for anybody? At a rate that is kept to however slow the
answers are: customers do not know of each other, and do not come later because others wait.

Pure: the clock and the requests are in `users/arriving.py`.
"""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

ARRIVALS: Final = "arrivals"
LATE: Final = "arrivals_late"
NOT_SENT: Final = "arrivals_not_sent"
LATEST_MS: Final = "latest_ms"
"""What users note of them."""

LATE_SHARE: Final = "late_share"
NOT_SENT_SHARE: Final = "not_sent_share"
"""What is found of them."""

LATE_SECONDS: Final = 0.1
"""Sent so long after its time, a request says that all users of the load test were busy, or its
machine. Its time is counted from when it was due, so that this hides nothing."""

GIVE_UP_SECONDS: Final = 10.0
"""So late it is not sent any more, and is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A part of a run.

    Attributes:
        seconds: how long.
        rate: arrivals a second, on average; they come by chance, as a Poisson process.
    """

    seconds: float
    rate: float


def arrivals(phases: Sequence[Phase], seed: int) -> Iterator[float]:
    """Seconds after the beginning at which somebody arrives, in order; the same for each seed."""
    drawn = random.Random(seed)
    began = 0.0
    for phase in phases:
        ends_at = began + phase.seconds
        # Who arrives by chance has no memory: a phase begins as if nobody had come before.
        at = began
        while (at := at - math.log(1.0 - drawn.random()) / phase.rate) < ends_at:
            yield at
        began = ends_at


def phases_to_json(phases: Sequence[Phase]) -> list[list[float]]:
    """For a plan."""
    return [[phase.seconds, phase.rate] for phase in phases]


def phases_from_json(told: Any) -> list[Phase]:
    """What `phases_to_json` wrote."""
    return [Phase(seconds=seconds, rate=rate) for seconds, rate in told]


def shares(noted: Mapping[str, float]) -> dict[str, float | None]:
    """What was noted, and which share of all arrivals was late, or was not sent at all."""
    all_of_them = noted.get(ARRIVALS, 0.0)
    found: dict[str, float | None] = dict(noted)
    for share, of in ((LATE_SHARE, LATE), (NOT_SENT_SHARE, NOT_SENT)):
        found[share] = noted.get(of, 0.0) / all_of_them if all_of_them else None
    return found
