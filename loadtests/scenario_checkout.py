"""`checkout`: shoppers come, get a page of the processor's to pay on, and some pay there."""

from typing import Final

from loadtests.scenarios import Scenario, Settings
from loadtests.shapes import Shape, up_and_down
from loadtests.thresholds import ERRORS, P95, Measure, Threshold
from loadtests.warming import SESSIONS


def _shape(settings: Settings) -> Shape:
    quarter = settings.seconds / 4
    return up_and_down(settings.users, up=quarter, at_most=2 * quarter, down=quarter)


SCENARIO: Final = Scenario(
    name="checkout",
    title="shoppers come, are many, and go; each gets a page, some pay on it",
    users=("loadtests.users.checking_out:CheckingOutUser",),
    shape=_shape,
    default_users=50,
    default_seconds=120,
    local_rate=8,
    deployed_rate=50,
    local_thresholds=(
        ERRORS,
        P95,
        Threshold(measure=Measure.ERROR_SHARE, limit=0.001),
        Threshold(measure=Measure.P95_MS, limit=2_000, of=SESSIONS),
    ),
    deployed_thresholds=(
        ERRORS,
        P95,
        Threshold(measure=Measure.ERROR_SHARE, limit=0.001),
        Threshold(measure=Measure.P95_MS, limit=2_000, of=SESSIONS),
    ),
    warm=(SESSIONS, "POST /webhooks/simulated", "GET /v1/payments/pay_nobody"),
    scaled=(
        "Unless another rate is asked for, shoppers think between their sessions so that they open"
        " 8 a second: each is two requests for a local AWS on two cores, and each payment some"
        " more, and its event."
    ),
)
