"""What can a payment processor say? Its answers in our words, whichever processor it is.

    Charge     a charge as it is now: of an authorization or payment, and of every look-up of one
    Effect     a capture, void or refund as it is now, or that it was refused
    Absent     a look-up found nothing under our key
    Prepared   what is to be charged is set up at the processor; no money has moved
    NotSent    provably nothing was done: never connected, or turned away before it was looked at
    Unknown    it may have been done: no reply, a server error, an answer that cannot be read

Unknown is never turned into declined.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from oncepay.domain.failure import Failure as Failure


class ChargeStatus(StrEnum):
    """A charge at the processor."""

    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    APPROVED = "approved"
    """The payer agreed, and the processor waits to be asked for the money."""
    AUTHORIZED = "authorized"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    VOIDED = "voided"
    EXPIRED = "expired"


class EffectStatus(StrEnum):
    """A capture, void or refund at the processor."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


CARD_DECLINED = "card_declined"
PROCESSOR_UNAVAILABLE = Failure(
    "processor_unavailable", "the processor could not be reached; nothing was done"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A charge.

    Attributes:
        reference: the processor's id of it.
        status: as it is now.
        amount_minor: in minor units of `currency`, as it was asked for.
        captured_minor: how much of it was taken.
        payment_id: ours, as the processor gives it back; None if it does not.
        next_action_url: where the payer is to go, while an action is required.
        failure: why it was declined.
        expires_at: when an authorization lapses.
        handle: what later requests name instead of the reference, where the processor wants that:
            its authorization, then its capture.
    """

    reference: str
    status: ChargeStatus
    amount_minor: int
    currency: str
    captured_minor: int = 0
    payment_id: str | None = None
    next_action_url: str | None = None
    failure: Failure | None = None
    expires_at: datetime | None = None
    handle: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """A capture, a void or a refund.

    Attributes:
        reference: the processor's id of it; None if it was refused.
        status: as it is now.
        amount_minor: in minor units of `currency`; None if it was refused, or has no amount.
        charge_reference: of the charge that it belongs to; None if the processor does not say.
        payment_id: ours, as the processor gives it back.
        failure: why it failed.
        charge: the charge as it is now, if the processor says; it does when it refuses.
        handle: of a capture, what a refund of it names.
    """

    reference: str | None
    status: EffectStatus
    amount_minor: int | None = None
    currency: str | None = None
    charge_reference: str | None = None
    payment_id: str | None = None
    failure: Failure | None = None
    charge: Charge | None = None
    handle: str | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """It can be charged now: the processor's id of what will be the charge."""

    reference: str


@dataclass(frozen=True, slots=True)
class Absent:
    """The processor knows nothing of our key."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """Provably nothing was done; the reason is one of our own words, for the log."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been done; the reason is one of our own words, for the log.

    Attributes:
        reason: such as `timeout`.
        replays: the processor keeps this very answer under our key, so that sending again would
            only bring it back: only a look-up tells the truth.
    """

    reason: str
    replays: bool = False


type Found = Charge | Effect
type Answer = Charge | Effect | NotSent | Unknown
type LookedUp = Charge | Effect | Absent | NotSent | Unknown
