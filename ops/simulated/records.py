"""What does the processor keep? Charges, and what was done to them: its own record, which tests
compare with ours. Each is a picture of one moment; a change makes a new one.
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


@dataclass(frozen=True, slots=True)
class Movement:
    """One capture, void or refund at one moment."""

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


@dataclass(frozen=True, slots=True)
class Note:
    """Something that only its face has words for: an approved order, a payout."""

    id: str
    content: Mapping[str, Any]
    created_at: datetime


type Recorded = Charge | Movement
type Subject = Recorded | Note


@dataclass(frozen=True, slots=True)
class Event:
    """Something changed: what, and the charge it belongs to, as they were at that moment."""

    id: str
    type: str
    created_at: datetime
    subject: Subject
    charge: Charge | None
    face: str = NATIVE


def kind_of(recorded: Recorded) -> Literal["charge", "capture", "void", "refund"]:
    """What it is, in the wire's word."""
    return "charge" if isinstance(recorded, Charge) else recorded.kind
