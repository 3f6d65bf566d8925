"""What does the processor keep? Charges, and what was done to them: its own record, which tests
compare with ours. Each is a picture of one moment; a change makes a new one.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

type MovementKind = Literal["capture", "void", "refund"]


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
    """One charge at one moment. A key of None: it began at the processor itself."""

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


type Recorded = Charge | Movement


@dataclass(frozen=True, slots=True)
class Event:
    """Something changed: what, and the charge it belongs to, as they were at that moment."""

    id: str
    type: str
    created_at: datetime
    subject: Recorded
    charge: Charge


def kind_of(recorded: Recorded) -> Literal["charge", "capture", "void", "refund"]:
    """What it is, in the wire's word."""
    return "charge" if isinstance(recorded, Charge) else recorded.kind
