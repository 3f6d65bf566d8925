"""What is a checkout? A page of the processor's on which the payer pays, or not.

A session is a view of its payment, made by the same request: both ids come from its key, and the
state of the one is the state of the other.
"""

from dataclasses import dataclass
from enum import StrEnum

from oncepay.domain.lifecycle import PaymentStatus

SESSION_PREFIX, PAYMENT_PREFIX = "cs_", "pay_"


class SessionStatus(StrEnum):
    """Equal to the wire value."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class LineItem:
    """What is paid for: `amount_minor` is of one, in the currency of the payment."""

    name: str
    quantity: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Checkout:
    """What the page was asked for with."""

    success_url: str
    cancel_url: str
    line_items: tuple[LineItem, ...] = ()


def place_of_amount(index: int) -> str:
    """Where a merchant wrote the amount of that line item, from 0."""
    return f"line_items[{index}].amount_minor"


def session_id(payment_id: str) -> str:
    """Of the session of a payment."""
    return SESSION_PREFIX + payment_id.removeprefix(PAYMENT_PREFIX)


def payment_id(session: str) -> str:
    """Of the payment of a session."""
    return PAYMENT_PREFIX + session.removeprefix(SESSION_PREFIX)


def session_status(status: PaymentStatus) -> SessionStatus:
    """What the state of the payment means for its session."""
    match status:
        case PaymentStatus.PROCESSING | PaymentStatus.REQUIRES_ACTION:
            return SessionStatus.OPEN
        case PaymentStatus.AUTHORIZED | PaymentStatus.SUCCEEDED | PaymentStatus.VOIDED:
            return SessionStatus.COMPLETE
        case PaymentStatus.DECLINED | PaymentStatus.EXPIRED:
            return SessionStatus.EXPIRED
