"""`spike`: a usual rate, then five times as many for a while, twice; how soon is it as before?"""

from collections.abc import Mapping
from typing import Final

from loadtests.arrivals import Phase, shares
from loadtests.open_loop import SENT, USERS, WARM, offering, shape
from loadtests.over_time import p95_between, recovery_seconds
from loadtests.scenarios import Scenario, Settings
from loadtests.tally import Figures
from loadtests.thresholds import ERRORS, P95, Measure, Threshold

TIMES: Final = 5
PARTS: Final = (3, 1, 3, 1, 4)
"""Of a run, in twelfths: as usual, a burst, as usual, a burst, as usual."""

START_SECONDS: Final = 3
"""The first ones are left out of what is usual: they are the start's."""

RECOVERY: Final = "recovery_seconds"


def phases(settings: Settings) -> list[Phase]:
    """All of them; each second one is a burst."""
    part = settings.seconds / sum(PARTS)
    return [
        Phase(seconds=parts * part, rate=settings.rate * (TIMES if number % 2 else 1))
        for number, parts in enumerate(PARTS)
    ]


def findings(
    settings: Settings, timeline: Mapping[int, Figures], noted: Mapping[str, float]
) -> Mapping[str, float | None]:
    """How slow it was before, in the bursts, and for how long after each."""
    part = settings.seconds / sum(PARTS)
    ends = [round(sum(PARTS[: number + 1]) * part) for number in range(len(PARTS))]
    before = (START_SECONDS, ends[0])
    found: dict[str, float | None] = {
        **shares(noted),
        "before_p95_ms": p95_between(timeline, *before),
    }
    recoveries = []
    for number in (1, 3):
        burst = (number + 1) // 2
        found[f"burst_{burst}_p95_ms"] = p95_between(timeline, ends[number - 1], ends[number])
        recoveries.append(
            recovery_seconds(timeline, before=before, ended=ends[number], until=ends[number + 1])
        )
        found[f"recovery_{burst}_seconds"] = recoveries[-1]
    known = [each for each in recoveries if each is not None]
    found[RECOVERY] = max(known) if len(known) == len(recoveries) else None
    return found


SCENARIO: Final = Scenario(
    name="spike",
    title="a usual rate, five times as many for a while, twice; then as usual again",
    users=USERS,
    shape=shape,
    default_users=150,
    local_users=24,
    default_seconds=120,
    local_rate=12,
    deployed_rate=100,
    local_thresholds=(
        ERRORS,
        P95,
        Threshold(measure=Measure.FINDING, limit=15, of=RECOVERY),
        SENT,
    ),
    deployed_thresholds=(
        ERRORS,
        P95,
        Threshold(measure=Measure.FINDING, limit=2_000, of="burst_1_p95_ms"),
        Threshold(measure=Measure.FINDING, limit=2_000, of="burst_2_p95_ms"),
        Threshold(measure=Measure.FINDING, limit=10, of=RECOVERY),
        SENT,
    ),
    merchants=25,
    warm=WARM,
    prepare=offering(phases),
    findings=findings,
    scaled=(
        "12 arrivals a second as usual and 60 in a burst, instead of 100 and 500: a burst is about"
        " what a local AWS on two cores, which the load test shares with it, can just answer."
    ),
)
