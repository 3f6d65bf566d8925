"""An event of Stripe: verified, read, stored."""

from collections.abc import Callable, Sequence
from datetime import datetime

from oncepay.processors.stripe_event import read_event
from oncepay.processors.stripe_signature import read_header, verify
from oncepay.services.receive_event import Receipt, receive_event
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database


def receive_stripe_event(
    raw_body: bytes,
    *,
    signature_headers: Sequence[str],
    secrets: Callable[[], Sequence[bytes]],
    database: Database,
    now: datetime,
    budget: Budget,
) -> Receipt:
    """Store an event that Stripe signed.

    Args:
        raw_body: the body, byte for byte as it was signed.
        signature_headers: every value of the header Stripe-Signature.
        secrets: gives the secrets that are valid; only asked when there is something to verify.
        database: the tables.
        now: the time of the call.
        budget: the time left.

    Raises:
        InvalidSignature: Stripe did not send this, or not now.
        InvalidRequest: signed, but no event.
        StorageUnavailable, OutcomeUnknown, InternalError: see `receive_event`.
    """
    signature = read_header(signature_headers)
    verify(signature, raw_body, secrets=secrets(), now=now)
    event = read_event(raw_body, received_at=now)
    return receive_event(event, database=database, budget=budget)
