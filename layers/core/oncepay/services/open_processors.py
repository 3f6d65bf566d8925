"""Which processors are there? Those that are configured; each is imported only then."""

from collections.abc import Callable, Mapping
from datetime import datetime

from oncepay.domain.processor_place import ProcessorPlace
from oncepay.domain.provider import Provider
from oncepay.processors.port import Processor
from oncepay.storage.secret_values import RotatingSecret

type Processors = Mapping[str, Processor]
"""By name."""


def open_processors(
    places: Mapping[Provider, ProcessorPlace],
    *,
    timeout_seconds: float,
    clock: Callable[[], datetime],
) -> Processors:
    """The processors, in the order given; their secrets are read when first needed.

    Args:
        places: where each is.
        timeout_seconds: of one call.
        clock: what time it is.
    """
    return {
        provider.value: _open(provider, place, timeout_seconds, clock)
        for provider, place in places.items()
    }


def _open(
    provider: Provider,
    place: ProcessorPlace,
    timeout_seconds: float,
    clock: Callable[[], datetime],
) -> Processor:
    secret = RotatingSecret(place.secret_id, splits=provider is not Provider.PAYPAL)

    def current() -> bytes:
        return secret.read(clock())[0]

    match provider:
        case Provider.STRIPE:
            from oncepay.processors.stripe import StripeProcessor

            return StripeProcessor(
                place.url,
                place.api_version or "",
                secret=current,
                timeout_seconds=timeout_seconds,
                return_url=place.return_url,
            )
        case Provider.PAYPAL:
            from oncepay.processors.paypal import PayPalProcessor

            return PayPalProcessor(
                place.url, credentials=current, timeout_seconds=timeout_seconds, clock=clock
            )
        case Provider.SIMULATED:
            from oncepay.processors.simulated import SimulatedProcessor

            return SimulatedProcessor(place.url, secret=current, timeout_seconds=timeout_seconds)
