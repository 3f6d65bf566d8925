"""An event of the simulated processor: verified, read, stored with its effect."""

from collections.abc import Callable, Sequence
from datetime import datetime

from oncepay.domain.inbound_event import Receipt
from oncepay.processors.simulated_event import read_event
from oncepay.processors.stripe_signature import read_header, verify
from oncepay.services.apply_event import receive_processor_event
from oncepay.services.processor_tools import ProcessorTools

HEADER = "Simulated-Signature"
"""By Stripe's scheme."""


def receive_simulated_event(
    raw_body: bytes,
    *,
    signature_headers: Sequence[str],
    secrets: Callable[[], Sequence[bytes]],
    tools: ProcessorTools,
    now: datetime,
) -> Receipt:
    """Store and apply an event that the simulated processor signed.

    Args:
        raw_body: the body, byte for byte as it was signed.
        signature_headers: every value of the header Simulated-Signature.
        secrets: gives the secrets that are valid; only asked when there is something to verify.
        tools: see there.
        now: the time of the call.

    Raises:
        InvalidSignature: the processor did not send this, or not now.
        InvalidRequest: signed, but no event.
        StorageUnavailable, OutcomeUnknown, InternalError: see `receive_processor_event`.
    """
    signature = read_header(signature_headers, HEADER)
    verify(signature, raw_body, secrets=secrets(), now=now)
    return receive_processor_event(read_event(raw_body, received_at=now), tools)
