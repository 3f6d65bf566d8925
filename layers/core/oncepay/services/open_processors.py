"""Which processors are there? Those that are configured; each is imported only then."""

from collections.abc import Callable, Mapping
from datetime import datetime

from oncepay.processors.port import Processor
from oncepay.storage.secret_values import RotatingSecret


def open_processors(
    *,
    simulated_url: str | None,
    simulated_secret_id: str | None,
    timeout_seconds: float,
    clock: Callable[[], datetime],
) -> Mapping[str, Processor]:
    """The processors, by name; their secrets are read when they are first needed.

    Args:
        simulated_url: base of the simulated processor, or None.
        simulated_secret_id: of its secret.
        timeout_seconds: of one call.
        clock: what time it is.
    """
    found: dict[str, Processor] = {}
    if simulated_url is not None and simulated_secret_id is not None:
        from oncepay.processors.simulated import SimulatedProcessor

        secret = RotatingSecret(simulated_secret_id)
        found["simulated"] = SimulatedProcessor(
            simulated_url,
            secret=lambda: secret.read(clock())[0],
            timeout_seconds=timeout_seconds,
        )
    return found
