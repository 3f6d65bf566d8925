"""What can the processor be asked for, and how does it say that it will not?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ops.simulated.records import NATIVE, Charge, LineItem, MovementKind


class Refusal(Exception):
    """It is not done; the charge is as it was. None: there is no such charge."""

    def __init__(self, code: str, message: str, charge: Charge | None) -> None:
        super().__init__(message)
        self.code, self.message, self.charge = code, message, charge


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRequest:
    """Charge a payment method, or with `is_manual` only authorize it.

    Attributes:
        charge_id: the id that it is to have; None: a new one. No charge may have it yet.
        words: the call as it was worded: under one key, other words are another request.
    """

    amount_minor: int
    currency: str
    payment_method: str
    is_manual: bool
    payment_id: str
    face: str = NATIVE
    metadata: Mapping[str, str] = field(default_factory=dict)
    charge_id: str | None = None
    checkout_session_id: str | None = None
    return_url: str | None = None
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementRequest:
    """Capture, void or refund. A void has no amount: it releases what was authorized."""

    kind: MovementKind
    charge_id: str
    amount_minor: int | None
    currency: str | None
    payment_id: str | None
    metadata: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutRequest:
    """Make a page on which a payer pays. `expires_at` of None: in a day."""

    amount_minor: int
    currency: str
    is_manual: bool
    success_url: str
    cancel_url: str
    payment_id: str
    line_items: tuple[LineItem, ...] = ()
    expires_at: datetime | None = None
    face: str = NATIVE
    metadata: Mapping[str, str] = field(default_factory=dict)
    charge_metadata: Mapping[str, str] = field(default_factory=dict)
    client_reference: str | None = None
    words: str = ""


type Request = ChargeRequest | MovementRequest | CheckoutRequest
