"""What is an event that a payment processor sent us, and what has become of it?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from oncepay.domain.idempotency import epoch_seconds

MAX_PAYLOAD_BYTES = 262_144
"""An item of DynamoDB holds 400 KB; Stripe's events are a few KB."""

RETENTION = timedelta(days=30)
"""Ten times as long as Stripe sends an event again. Source: Stripe, "Webhook delivery behaviors",
as of 2026-11: three days."""


class Provider(StrEnum):
    """Who sent it. Equal to the stored value."""

    STRIPE = "stripe"


class EventStatus(StrEnum):
    """What has become of it. Equal to the stored value.

    `received`: stored, and nothing was to be done.
    """

    RECEIVED = "received"


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundEvent:
    """An event as it came.

    Attributes:
        provider: who sent it.
        event_id: the processor's own id; the same event comes again under the same one.
        type: in the processor's words, such as `payment_intent.succeeded`.
        created: when it happened, as the processor says, if it does.
        livemode: whether it is about real money, if the processor says so.
        payload: the body, word for word.
        received_at: when it first came.
        status: what has become of it.
    """

    provider: Provider
    event_id: str
    type: str
    created: datetime | None
    livemode: bool | None
    payload: str
    received_at: datetime
    status: EventStatus = EventStatus.RECEIVED

    @property
    def id(self) -> str:
        """One for each event of each processor."""
        return f"{self.provider.value}#{self.event_id}"

    @property
    def expires_at(self) -> int:
        """Epoch seconds; from then on it may be deleted."""
        return epoch_seconds(self.received_at + RETENTION)
