"""What does a function need to know that works at processors?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from oncepay.domain.processor_place import ProcessorPlace
from oncepay.domain.provider import Provider
from oncepay.settings.variables import (
    SettingsError,
    read_optional,
    read_retention,
    read_text,
    read_whole,
)

RESERVE_SECONDS = 5.0
"""What comes before a call to a processor: a last attempt at DynamoDB may begin and end in it."""
SETTLE_SECONDS = 6.0
"""What comes after it."""
MAX_FUNCTION_SECONDS = 27
"""API Gateway stops waiting at 29."""
LEASE_MARGIN = timedelta(seconds=5)
"""A worker's lease outlives its function: two clocks may differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessorSettings:
    """Of every function that works at processors.

    Attributes:
        places: where each processor is that is configured; the first is taken by default.
        timeout_seconds: of one call to a processor.
        lease: how long one worker works on an operation at most.
        retention: how long the answers to requests are kept.
    """

    places: Mapping[Provider, ProcessorPlace]
    timeout_seconds: int
    lease: timedelta
    retention: timedelta

    @classmethod
    def from_environ(
        cls, environ: Mapping[str, str], *, maximum_seconds: int = MAX_FUNCTION_SECONDS
    ) -> "ProcessorSettings":
        """Read; SettingsError if the clocks are not in order: reserve + processor + settle must fit
        into the function's time, and API Gateway must still be waiting at its end.
        """
        timeout = read_whole(environ, "PROCESSOR_TIMEOUT_SECONDS", minimum=1)
        function = read_whole(
            environ, "FUNCTION_TIMEOUT_SECONDS", minimum=1, maximum=maximum_seconds
        )
        needed = RESERVE_SECONDS + timeout + SETTLE_SECONDS
        if needed >= function:
            raise SettingsError(
                "the environment variable PROCESSOR_TIMEOUT_SECONDS is too long:"
                f" {RESERVE_SECONDS:g} + {timeout} + {SETTLE_SECONDS:g} seconds must be less than"
                f" FUNCTION_TIMEOUT_SECONDS, {function}"
            )
        return cls(
            places=_places(environ),
            timeout_seconds=timeout,
            lease=timedelta(seconds=function) + LEASE_MARGIN,
            retention=read_retention(environ),
        )


def _places(environ: Mapping[str, str]) -> dict[Provider, ProcessorPlace]:
    places = {}
    if stripe_url := read_optional(environ, "STRIPE_URL"):
        places[Provider.STRIPE] = ProcessorPlace(
            url=stripe_url,
            secret_id=read_text(environ, "STRIPE_API_KEY_ID"),
            api_version=read_text(environ, "STRIPE_API_VERSION"),
            return_url=read_optional(environ, "STRIPE_RETURN_URL"),
        )
    if paypal_url := read_optional(environ, "PAYPAL_URL"):
        places[Provider.PAYPAL] = ProcessorPlace(
            url=paypal_url, secret_id=read_text(environ, "PAYPAL_CREDENTIALS_ID")
        )
    if simulated_url := read_optional(environ, "SIMULATED_PROCESSOR_URL"):
        places[Provider.SIMULATED] = ProcessorPlace(
            url=simulated_url, secret_id=read_text(environ, "SIMULATED_PROCESSOR_SECRET_ID")
        )
    return places
