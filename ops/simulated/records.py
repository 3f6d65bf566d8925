"""What does the processor keep? Charges, what was done to them, and the pages on which they are
paid: its own record, which tests compare with ours. Each is a picture of one moment; a change makes
a new one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

type MovementKind = Literal["capture", "void", "refund"]

NATIVE = "simulated"
"""The face that speaks the processor's own JSON."""


class ChargeStatus(StrEnum):
    """Of a charge."""

    PENDING = "pending"
    """Only where a payment method asks for it: the processor has not made up its mind."""
    REQUIRES_ACTION = "requires_action"
    AUTHORIZED = "authorized"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    VOIDED = "voided"
    EXPIRED = "expired"


class MovementStatus(StrEnum):
    """Of a capture, a void or a refund."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class DisputeStatus(StrEnum):
    """Of a dispute."""

    OPEN = "open"
    WON = "won"
    """By the merchant."""
    LOST = "lost"


class SessionStatus(StrEnum):
    """Of a checkout session."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something was declined or failed."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge at one moment. A key of None: it began at the processor itself.

    Attributes:
        face: through which it was asked for, and in whose words its events are.
        metadata: what the caller wants to have given back.
        checkout_session_id: on whose page it was paid, if on any.
        last_move: the latest capture or void, for a face that tells of none but in its charge.
        is_disputed: a dispute of it is open or lost.
        return_url: where the payer goes after the bank's page.
    """

    id: str
    status: ChargeStatus
    amount_minor: int
    currency: str
    is_manual: bool
    captured_minor: int
    refunded_minor: int
    payment_id: str
    idempotency_key: str | None
    decline: Reason | None
    expires_at: datetime | None
    created_at: datetime
    face: str = NATIVE
    metadata: Mapping[str, str] = field(default_factory=dict)
    checkout_session_id: str | None = None
    last_move: "Movement | None" = None
    is_disputed: bool = False
    payment_method: str = ""
    return_url: str | None = None


@dataclass(frozen=True, slots=True)
class Movement:
    """One capture, void or refund at one moment.

    Attributes:
        returned_at: when a refund that had succeeded came back from the payer's bank.
    """

    kind: MovementKind
    id: str
    status: MovementStatus
    charge_id: str
    amount_minor: int
    currency: str
    payment_id: str
    idempotency_key: str | None
    failure: Reason | None
    created_at: datetime
    metadata: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None
    returned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Dispute:
    """One dispute at one moment: the payer's bank wants the money back."""

    id: str
    status: DisputeStatus
    charge_id: str
    amount_minor: int
    currency: str
    reason: str
    payment_id: str
    created_at: datetime
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LineItem:
    """What is paid for: `amount_minor` is of one."""

    name: str
    quantity: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class CheckoutSession:
    """One page on which a payer pays, at one moment.

    Attributes:
        charge_id: the charge that paid it.
        attempt_id: the charge that is being tried, or was.
        metadata: of the session itself.
        charge_metadata: what the charge is to have.
    """

    id: str
    status: SessionStatus
    amount_minor: int
    currency: str
    is_manual: bool
    success_url: str
    cancel_url: str
    payment_id: str
    line_items: tuple[LineItem, ...]
    idempotency_key: str
    expires_at: datetime
    created_at: datetime
    face: str = NATIVE
    metadata: Mapping[str, str] = field(default_factory=dict)
    charge_metadata: Mapping[str, str] = field(default_factory=dict)
    client_reference: str | None = None
    charge_id: str | None = None
    attempt_id: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something that only its face has words for: an approved order, a payout."""

    id: str
    content: Mapping[str, Any]
    created_at: datetime


type Recorded = Charge | Movement | CheckoutSession
type Subject = Recorded | Dispute | Note


@dataclass(frozen=True, slots=True)
class Event:
    """Something changed: what, and the charge it belongs to, as they were at that moment.

    Attributes:
        key: the idempotency key of the call that did it; None: it was no call.
    """

    id: str
    type: str
    created_at: datetime
    subject: Subject
    charge: Charge | None
    face: str = NATIVE
    key: str | None = None


def kind_of(recorded: Recorded) -> str:
    """What it is, in the wire's word."""
    if isinstance(recorded, Movement):
        return recorded.kind
    return "charge" if isinstance(recorded, Charge) else "checkout_session"
