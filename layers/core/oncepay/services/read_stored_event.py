"""What does an event tell that is stored, and waits to be applied?"""

from oncepay.domain.applying import EventOfPayment
from oncepay.domain.inbound_event import InboundEvent, Provider


def read_stored_event(event: InboundEvent) -> EventOfPayment:
    """What it tells; the reader of its provider is imported only then.

    Raises:
        InvalidRequest: it was stored by another version, which took it.
    """
    match event.provider:
        case Provider.SIMULATED:
            from oncepay.processors import simulated_event

            return simulated_event.read_stored_event(event)
        case Provider.STRIPE:
            from oncepay.processors import stripe_event

            return stripe_event.read_stored_event(event)
        case Provider.PAYPAL:
            from oncepay.processors import paypal_event

            return paypal_event.read_stored_event(event)
