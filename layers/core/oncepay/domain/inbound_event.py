"""What is an event that a payment processor sent us, and what has become of it?"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from oncepay.domain.errors import InvalidTransition
from oncepay.domain.idempotency import epoch_seconds
from oncepay.domain.provider import Provider as Provider

MAX_PAYLOAD_BYTES = 262_144
"""An item of DynamoDB holds 400 KB; Stripe's events are a few KB."""

MAX_NAME_CHARACTERS = 255
"""Of an event's id, and of its type. Source: Stripe, "Object IDs", as of 2026-11."""

RETENTION = timedelta(days=30)
"""Ten times as long as Stripe sends an event again. Source: Stripe, "Webhook delivery behaviors",
as of 2026-11: three days."""


class EventStatus(StrEnum):
    """What has become of it. Equal to the stored value.

    `received`: stored, and nothing was to be done. `applied`: it changed a payment, in the same
    transaction. `unmatched`: it cannot be applied yet, or does not fit; it is tried again.
    `dismissed`: a person has said that it is nothing to us; it never has an effect.
    """

    RECEIVED = "received"
    APPLIED = "applied"
    UNMATCHED = "unmatched"
    DISMISSED = "dismissed"


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
        reason: why it is unmatched, for a person; and why they dismissed it.
        due_at: when an unmatched one is tried again.
        attempts: how often the sweep has tried it.
        payment_id, merchant_id: of which payment it tells, and whose, once that is known.
    """

    provider: Provider
    event_id: str
    type: str
    created: datetime | None
    livemode: bool | None
    payload: str
    received_at: datetime
    status: EventStatus = EventStatus.RECEIVED
    reason: str | None = None
    due_at: datetime | None = None
    attempts: int = 0
    payment_id: str | None = None
    merchant_id: str | None = None

    @property
    def id(self) -> str:
        """One for each event of each processor."""
        return f"{self.provider.value}#{self.event_id}"

    @property
    def public_id(self) -> str:
        """The same as clients see it, fit for a path."""
        return f"{self.provider.value}:{self.event_id}"

    @property
    def expires_at(self) -> int | None:
        """Epoch seconds; from then on it may be deleted. None while it waits, and for ever if a
        person has dismissed it.
        """
        if self.status in (EventStatus.UNMATCHED, EventStatus.DISMISSED):
            return None
        return epoch_seconds(self.received_at + RETENTION)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a processor gets for its event: it is stored; and whether it already was."""

    event: InboundEvent
    duplicate: bool


FIRST_PAUSE = timedelta(minutes=1)
LATER_PAUSE = timedelta(hours=1)
EAGER_ATTEMPTS = 5

ALARM_AFTER = timedelta(days=3)
"""An event that is unmatched for so long is worth a person's attention."""


def stored_id(public_id: str) -> str | None:
    """The id of the event that clients know by that one; None if there can be none."""
    provider, _, event_id = public_id.partition(":")
    if provider not in (each.value for each in Provider):
        return None
    if not 0 < len(event_id) <= MAX_NAME_CHARACTERS:
        return None
    return f"{provider}#{event_id}"


def wait(event: InboundEvent, reason: str, now: datetime) -> InboundEvent:
    """It cannot be applied now; it is tried again, eagerly at first."""
    pause = FIRST_PAUSE if event.attempts < EAGER_ATTEMPTS else LATER_PAUSE
    return replace(event, status=EventStatus.UNMATCHED, reason=reason, due_at=now + pause)


def dismiss(event: InboundEvent, reason: str) -> InboundEvent:
    """A person has looked at it: it is tried no more.

    Raises:
        InvalidTransition: it does not wait.
    """
    if event.status is not EventStatus.UNMATCHED:
        raise InvalidTransition(f"the event is {event.status}; only one that waits is dismissed")
    why = f"{event.reason}; dismissed: {reason}"
    return replace(event, status=EventStatus.DISMISSED, reason=why, due_at=None)


def applied(event: InboundEvent, status: EventStatus) -> InboundEvent:
    """It has had its effect, or has none."""
    return replace(event, status=status, reason=None, due_at=None)
