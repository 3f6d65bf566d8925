"""`soak`: a low rate for a long time; is it as fast at the end as at the beginning?"""

from collections.abc import Mapping
from typing import Final

from loadtests.arrivals import shares
from loadtests.open_loop import SENT, USERS, WARM, offering, shape
from loadtests.over_time import drift
from loadtests.scenario_sustained import phases
from loadtests.scenarios import Scenario, Settings
from loadtests.tally import Figures
from loadtests.thresholds import ERRORS, P95, Measure, Threshold


def _findings(
    settings: Settings, timeline: Mapping[int, Figures], noted: Mapping[str, float]
) -> Mapping[str, float | None]:
    return {**shares(noted), **drift(timeline, int(settings.seconds))}


SCENARIO: Final = Scenario(
    name="soak",
    title="a low rate for a long time; the last fifth is held against the first",
    users=USERS,
    shape=shape,
    default_users=60,
    local_users=24,
    default_seconds=1_800,
    local_rate=15,
    deployed_rate=50,
    local_thresholds=(
        ERRORS,
        P95,
        Threshold(measure=Measure.P95_MS, limit=1_000),
        Threshold(measure=Measure.FINDING, limit=2.0, of="drift"),
        SENT,
    ),
    deployed_thresholds=(
        ERRORS,
        P95,
        Threshold(measure=Measure.P95_MS, limit=500),
        Threshold(measure=Measure.FINDING, limit=1.25, of="drift"),
        SENT,
    ),
    merchants=25,
    warm=WARM,
    prepare=offering(phases),
    findings=_findings,
    scaled=(
        "15 arrivals a second instead of 50: a tenth of what a local AWS on two cores can answer,"
        " so that what changes is not the load. It keeps everything in memory; how that grows is"
        " not looked at."
    ),
)
