"""What can the processor be asked for, and how does it say that it will not?"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ops.simulated.records import NATIVE, Charge, MovementKind


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
    """

    amount_minor: int
    currency: str
    payment_method: str
    is_manual: bool
    payment_id: str
    face: str = NATIVE
    metadata: Mapping[str, str] = field(default_factory=dict)
    charge_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementRequest:
    """Capture, void or refund. A void has no amount: it releases what was authorized."""

    kind: MovementKind
    charge_id: str
    amount_minor: int | None
    currency: str | None
    payment_id: str | None
    metadata: Mapping[str, str] = field(default_factory=dict)


type Request = ChargeRequest | MovementRequest
