"""`sustained`: many merchants' reads and payments at a rate that waits for nobody."""

from collections.abc import Mapping
from typing import Final

from loadtests.arrivals import Phase, shares
from loadtests.open_loop import IN_TIME, SENT, USERS, WARM, offering, shape
from loadtests.scenarios import Scenario, Settings
from loadtests.tally import Figures
from loadtests.thresholds import ERRORS, P95, Measure, Threshold


def phases(settings: Settings) -> list[Phase]:
    """One rate, from the beginning to the end."""
    return [Phase(seconds=settings.seconds, rate=settings.rate)]


def _findings(
    _settings: Settings, _timeline: Mapping[int, Figures], noted: Mapping[str, float]
) -> Mapping[str, float | None]:
    return shares(noted)


SCENARIO: Final = Scenario(
    name="sustained",
    title="a fixed rate, 80 % reads and 20 % payments of many merchants",
    users=USERS,
    shape=shape,
    default_users=100,
    local_users=24,
    default_seconds=300,
    local_rate=40,
    deployed_rate=100,
    local_thresholds=(
        ERRORS,
        P95,
        Threshold(measure=Measure.P95_MS, limit=1_000),
        SENT,
    ),
    deployed_thresholds=(
        ERRORS,
        P95,
        Threshold(measure=Measure.P95_MS, limit=500),
        SENT,
        IN_TIME,
    ),
    merchants=25,
    warm=WARM,
    prepare=offering(phases),
    findings=_findings,
    scaled=(
        "40 arrivals a second instead of 100: a local AWS on two cores, which the load test shares"
        " with it, answers some 100 to 200 requests a second that come one after the other, and"
        " about half of that if they come by chance."
    ),
)
