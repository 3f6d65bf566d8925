"""What does an event tell that is stored, and waits to be applied?"""

from oncepay.domain.applying import EventOfPayment
from oncepay.domain.inbound_event import InboundEvent, Provider
from oncepay.processors import simulated_event


def read_stored_event(event: InboundEvent) -> EventOfPayment | None:
    """What it tells; None of a provider whose events change nothing.

    Raises:
        InvalidRequest: it was stored by another version, which took it.
    """
    if event.provider is Provider.SIMULATED:
        return simulated_event.read_stored_event(event)
    return None
