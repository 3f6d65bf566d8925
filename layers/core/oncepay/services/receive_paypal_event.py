"""An event of PayPal: verified, read, stored with its effect."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from oncepay.domain.inbound_event import Receipt
from oncepay.processors.paypal_certificates import PayPalCertificates
from oncepay.processors.paypal_event import read_event
from oncepay.processors.paypal_signature import read_headers, verify
from oncepay.services.apply_event import receive_processor_event
from oncepay.services.processor_tools import ProcessorTools


def receive_paypal_event(
    raw_body: bytes,
    *,
    headers: Mapping[str, Sequence[str]],
    webhook_ids: Callable[[], Sequence[bytes]],
    certificates: PayPalCertificates,
    tools: ProcessorTools,
    now: datetime,
) -> Receipt:
    """Store and apply an event that PayPal signed.

    Args:
        raw_body: the body, byte for byte as it was signed.
        headers: every value of every header; names in lower case.
        webhook_ids: gives the ids of our webhook that are valid; only asked when there is something
            to verify.
        certificates: see there; kept between calls, so that each is fetched once.
        tools: see there.
        now: the time of the call.

    Raises:
        InvalidSignature: PayPal did not send this, or not now.
        InvalidRequest: signed, but no event.
        StorageUnavailable: the certificate cannot be fetched now, or see `receive_processor_event`.
        OutcomeUnknown, InternalError: see `receive_processor_event`.
    """
    signature = read_headers(headers)
    verify(signature, raw_body, webhook_ids=webhook_ids(), certificates=certificates, now=now)
    return receive_processor_event(read_event(raw_body, received_at=now), tools)
