"""What can the processor be asked for, and how does it say that it will not?"""

from dataclasses import dataclass

from ops.simulated.records import Charge, MovementKind


class Refusal(Exception):
    """It is not done; the charge is as it was. None: there is no such charge."""

    def __init__(self, code: str, message: str, charge: Charge | None) -> None:
        super().__init__(message)
        self.code, self.message, self.charge = code, message, charge


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRequest:
    """Charge a payment method, or with `is_manual` only authorize it."""

    amount_minor: int
    currency: str
    payment_method: str
    is_manual: bool
    payment_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementRequest:
    """Capture, void or refund. A void has no amount: it releases what was authorized."""

    kind: MovementKind
    charge_id: str
    amount_minor: int | None
    currency: str | None
    payment_id: str | None


type Request = ChargeRequest | MovementRequest
