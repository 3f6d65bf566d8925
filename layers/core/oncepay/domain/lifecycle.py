"""From which state may a payment go where, and what may a merchant ask of it? Data: one line per
edge, each naming what happened.

What is not listed is not allowed. A success that comes late is never dropped: what was captured or
refunded at the processor after we called it voided, expired or failed has an edge. A charge that
comes after a decline has none: it is an orphan, and is given back.
"""

from enum import StrEnum

from oncepay.domain.errors import InvalidTransition


class PaymentStatus(StrEnum):
    """Equal to the wire value."""

    PROCESSING = "processing"
    REQUIRES_ACTION = "requires_action"
    AUTHORIZED = "authorized"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    VOIDED = "voided"
    EXPIRED = "expired"


class RefundStatus(StrEnum):
    """Equal to the wire value."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class PaymentEvent(StrEnum):
    """What happened to a payment at its processor."""

    ACTION_REQUIRED = "action_required"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    DECLINED = "declined"
    VOIDED = "voided"
    EXPIRED = "expired"
    REFUNDED = "refunded"


class Action(StrEnum):
    """What a merchant may ask of a payment that exists."""

    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


TRANSITIONS: dict[tuple[PaymentStatus, PaymentEvent], PaymentStatus] = {
    (PaymentStatus.PROCESSING, PaymentEvent.ACTION_REQUIRED): PaymentStatus.REQUIRES_ACTION,
    (PaymentStatus.PROCESSING, PaymentEvent.AUTHORIZED): PaymentStatus.AUTHORIZED,
    (PaymentStatus.PROCESSING, PaymentEvent.CAPTURED): PaymentStatus.SUCCEEDED,
    (PaymentStatus.PROCESSING, PaymentEvent.DECLINED): PaymentStatus.DECLINED,
    (PaymentStatus.PROCESSING, PaymentEvent.VOIDED): PaymentStatus.VOIDED,
    (PaymentStatus.PROCESSING, PaymentEvent.EXPIRED): PaymentStatus.EXPIRED,
    (PaymentStatus.REQUIRES_ACTION, PaymentEvent.AUTHORIZED): PaymentStatus.AUTHORIZED,
    (PaymentStatus.REQUIRES_ACTION, PaymentEvent.CAPTURED): PaymentStatus.SUCCEEDED,
    (PaymentStatus.REQUIRES_ACTION, PaymentEvent.DECLINED): PaymentStatus.DECLINED,
    (PaymentStatus.REQUIRES_ACTION, PaymentEvent.VOIDED): PaymentStatus.VOIDED,
    (PaymentStatus.REQUIRES_ACTION, PaymentEvent.EXPIRED): PaymentStatus.EXPIRED,
    (PaymentStatus.AUTHORIZED, PaymentEvent.CAPTURED): PaymentStatus.SUCCEEDED,
    (PaymentStatus.AUTHORIZED, PaymentEvent.VOIDED): PaymentStatus.VOIDED,
    (PaymentStatus.AUTHORIZED, PaymentEvent.EXPIRED): PaymentStatus.EXPIRED,
    (PaymentStatus.VOIDED, PaymentEvent.CAPTURED): PaymentStatus.SUCCEEDED,
    (PaymentStatus.EXPIRED, PaymentEvent.CAPTURED): PaymentStatus.SUCCEEDED,
    (PaymentStatus.SUCCEEDED, PaymentEvent.REFUNDED): PaymentStatus.SUCCEEDED,
}

REFUND_TRANSITIONS: frozenset[tuple[RefundStatus, RefundStatus]] = frozenset(
    {
        (RefundStatus.PENDING, RefundStatus.SUCCEEDED),
        (RefundStatus.PENDING, RefundStatus.FAILED),
        (RefundStatus.FAILED, RefundStatus.SUCCEEDED),
        (RefundStatus.SUCCEEDED, RefundStatus.FAILED),
    }
)

ALLOWED_ACTIONS: frozenset[tuple[PaymentStatus, Action]] = frozenset(
    {
        (PaymentStatus.AUTHORIZED, Action.CAPTURE),
        (PaymentStatus.AUTHORIZED, Action.VOID),
        (PaymentStatus.SUCCEEDED, Action.REFUND),
    }
)

_PAST = {Action.CAPTURE: "captured", Action.VOID: "voided", Action.REFUND: "refunded"}


def can_move(status: PaymentStatus, event: PaymentEvent) -> bool:
    """Whether there is such an edge."""
    return (status, event) in TRANSITIONS


def move(status: PaymentStatus, event: PaymentEvent) -> PaymentStatus:
    """Where an edge leads.

    Raises:
        InvalidTransition: there is no such edge.
    """
    try:
        return TRANSITIONS[status, event]
    except KeyError:
        raise InvalidTransition(f"a payment that is {status} cannot become {event}") from None


def require_action(status: PaymentStatus, action: Action) -> None:
    """Return if a merchant may ask that of a payment in this state.

    Raises:
        InvalidTransition: it may not; says the state.
    """
    if (status, action) not in ALLOWED_ACTIONS:
        raise InvalidTransition(f"a payment that is {status} cannot be {_PAST[action]}")


def require_refund_edge(before: RefundStatus, after: RefundStatus) -> None:
    """Return if a refund may go from one state to the other.

    Raises:
        InvalidTransition: it may not.
    """
    if (before, after) not in REFUND_TRANSITIONS:
        raise InvalidTransition(f"a refund that is {before} cannot become {after}")
