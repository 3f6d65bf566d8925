"""What does a processor say that it paid out? Money that it sent to the bank of whoever runs this:
the third way to the truth, beside our books and its settlement file.

    pending, in_transit -> paid -> failed, canceled

Events come in any order, and a payout that was said to be paid may fail days later. So a status
never goes back, whichever of two events is heard of first; of two events of one status the newer
one counts. What is stored is then the same in whatever order they came.

Source: Stripe, "The Payout object", `status`, as of 2026-11.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from oncepay.domain.inbound_event import InboundEvent, Provider


class PayoutStatus(StrEnum):
    """Equal to the wire value, and to the stored one."""

    PENDING = "pending"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    CANCELED = "canceled"
    FAILED = "failed"


_RANKS = {
    PayoutStatus.PENDING: 0,
    PayoutStatus.IN_TRANSIT: 1,
    PayoutStatus.PAID: 2,
    PayoutStatus.CANCELED: 3,
    PayoutStatus.FAILED: 3,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutFound:
    """A payout as one event tells of it.

    Attributes:
        reference: the processor's id of it.
        amount_minor: in minor units of `currency`; below zero if the bank paid the processor.
        status: as it was then.
        arrival_date: when the bank has it, as the processor expects; None if it does not say.
    """

    reference: str
    amount_minor: int
    currency: str
    status: PayoutStatus
    arrival_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payout:
    """A payout, as the event tells that counts.

    Attributes:
        processor: who paid it.
        found: what is said of it.
        told_at: when that was so, as the processor says; when we heard of it, if it does not.
        event_id: the processor's id of the event.
        updated_at: when it was stored.
    """

    processor: Provider
    found: PayoutFound
    told_at: datetime
    event_id: str
    updated_at: datetime
    version: int = 1


def payout_of(event: InboundEvent, found: PayoutFound, now: datetime) -> Payout:
    """What would be stored if no other event of the payout was heard of."""
    return Payout(
        processor=event.provider,
        found=found,
        told_at=event.created or event.received_at,
        event_id=event.event_id,
        updated_at=now,
    )


def follows(told: Payout, stored: Payout | None) -> bool:
    """Whether an event says more than the one that is stored."""
    return stored is None or _place(told) > _place(stored)


def contradiction(told: Payout, stored: Payout | None) -> str | None:
    """How two events cannot both be right: the money of a payout never changes. None if they can.

    The one that counts is believed all the same: what it comes to is held against the files.
    """
    if stored is None:
        return None
    ours, theirs = stored.found, told.found
    if (ours.amount_minor, ours.currency) == (theirs.amount_minor, theirs.currency):
        return None
    return (
        f"payout {theirs.reference} was {ours.amount_minor} {ours.currency} before:"
        f" {theirs.amount_minor} {theirs.currency}"
    )


def _place(payout: Payout) -> tuple[int, datetime, str]:
    """The id decides between events of one moment: Stripe's times are whole seconds."""
    return _RANKS[payout.found.status], payout.told_at, payout.event_id
