"""`pay`: many users pay from their merchants' balances, as fast as the place can take it."""

from typing import Final

from loadtests.scenarios import Scenario, Settings
from loadtests.shapes import Shape, steady
from loadtests.thresholds import ERRORS, P95, Measure, Threshold
from loadtests.warming import PAYMENTS


def _shape(settings: Settings) -> Shape:
    return steady(settings.users, settings.seconds)


SCENARIO: Final = Scenario(
    name="pay",
    title="users pay from their merchants' balances; copies, declines, retries",
    users=("loadtests.users.paying:PayingUser",),
    shape=_shape,
    default_users=75,
    default_seconds=20,
    local_rate=80,
    deployed_rate=700,
    local_thresholds=(
        ERRORS,
        P95,
        Threshold(measure=Measure.ERROR_SHARE, limit=0.001),
        Threshold(measure=Measure.P50_MS, limit=500, of=PAYMENTS),
        Threshold(measure=Measure.P95_MS, limit=2_500, of=PAYMENTS),
    ),
    deployed_thresholds=(
        ERRORS,
        P95,
        Threshold(measure=Measure.ERROR_SHARE, limit=0.001),
        Threshold(measure=Measure.P95_MS, limit=1_000, of=PAYMENTS),
    ),
    warm=(PAYMENTS,),
    scaled=(
        "Unless another rate is asked for, the users think between their payments so that they"
        " offer 80 a second: a local AWS on two cores, which they share, answers about that many."
    ),
)
