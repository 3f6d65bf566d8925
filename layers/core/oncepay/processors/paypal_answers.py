"""What does an answer of PayPal's mean for its operation: is that done, refused, or open?"""

from dataclasses import replace
from typing import Any

from oncepay.domain.operation import Operation
from oncepay.domain.processor_answer import (
    CARD_DECLINED,
    Charge,
    ChargeStatus,
    Effect,
    EffectStatus,
    Failure,
    Unknown,
)
from oncepay.processors.event_body import read_object, read_text
from oncepay.processors.http_exchange import Reply
from oncepay.processors.paypal_order import find_authorization, find_made
from oncepay.processors.paypal_requests import CAPTURES, VOID
from oncepay.processors.paypal_wire import (
    CAPTURE_STATUSES,
    REFUND_STATUSES,
    read_effect,
    read_void,
)

PROCESSOR_REFUSED = "processor_refused"

DECLINES = frozenset(
    {
        "AGREEMENT_ALREADY_CANCELLED", "BILLING_AGREEMENT_NOT_FOUND", "CARD_CLOSED", "CARD_EXPIRED",
        "COMPLIANCE_VIOLATION", "INSTRUMENT_DECLINED", "INVALID_SECURITY_CODE",
        "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED", "PAYEE_BLOCKED_TRANSACTION",
        "PAYER_ACCOUNT_LOCKED_OR_CLOSED", "PAYER_ACCOUNT_RESTRICTED", "PAYER_CANNOT_PAY",
        "PAYMENT_DENIED", "PAYMENT_SOURCE_CANNOT_BE_USED", "PAYMENT_SOURCE_DECLINED_BY_PROCESSOR",
        "PAYMENT_SOURCE_INFO_CANNOT_BE_VERIFIED", "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING",
        "TOKEN_EXPIRED", "TOKEN_ID_NOT_FOUND", "TRANSACTION_BLOCKED_BY_PAYEE",
        "TRANSACTION_LIMIT_EXCEEDED", "TRANSACTION_RECEIVING_LIMIT_EXCEEDED",
        "TRANSACTION_REFUSED",
    }
)  # fmt: skip
"""Issues that say that this payer cannot pay so."""

WANTS_PAYER = frozenset({"PAYER_ACTION_REQUIRED", "ORDER_NOT_APPROVED"})
REUSED = frozenset({"DUPLICATE_REQUEST_ID"})
IN_PROGRESS = frozenset({"PREVIOUS_REQUEST_IN_PROGRESS"})

UNREADABLE = Unknown("unreadable_answer", replays=True)
"""It keeps its answers: to send again would bring the same one."""


def what_is_open(reply: Reply, error: Failure) -> Unknown | None:
    """What an error leaves open; None if it provably refused."""
    if reply.status == 409 or error.code in IN_PROGRESS:
        return Unknown("key_in_use")
    if error.code in REUSED:
        return Unknown("idempotency_key_reused", replays=True)
    if reply.status == 404 and not is_not_found(reply):
        return Unknown("unexpected_answer", replays=True)
    return None if reply.status in (400, 404, 422) else Unknown("unexpected_answer", replays=True)


def is_not_found(reply: Reply) -> bool:
    """Whether there is no such thing. Raises: InvalidRequest if it cannot be read."""
    return read_object(read_text(reply.body)).get("name") == "RESOURCE_NOT_FOUND"


def read_done(said: dict[str, Any], operation: Operation) -> Effect | Unknown:
    """What an operation did, as it is answered. Raises: InvalidRequest if it cannot be read."""
    request = operation.request
    if request.path.endswith(f"/{VOID}"):
        return read_void(said, request.charge)
    # What was done under another key is no answer, however well it fits.
    if said.get("invoice_id") not in (None, operation.id):
        return UNREADABLE
    statuses = REFUND_STATUSES if _is_refund(operation) else CAPTURE_STATUSES
    return read_effect(said, statuses, request.charge)


def find_done(order: dict[str, Any], operation: Operation) -> Effect | None:
    """Of an order, what the operation did to it; None if nothing. Raises: InvalidRequest."""
    if operation.request.path.endswith(f"/{VOID}"):
        authorization = find_authorization(order)
        if authorization is None or authorization.get("status") != "VOIDED":
            return None
        return read_void(authorization, operation.request.charge)
    is_refund = _is_refund(operation)
    made = find_made(order, "refunds" if is_refund else "captures", operation.id)
    if made is None:
        return None
    statuses = REFUND_STATUSES if is_refund else CAPTURE_STATUSES
    return read_effect(made, statuses, operation.request.charge)


def _is_refund(operation: Operation) -> bool:
    return operation.request.path.startswith(f"{CAPTURES}/")


def never(operation: Operation, error: Failure) -> Charge:
    """The charge of a request that was refused, and will be for ever."""
    code = CARD_DECLINED if error.code in DECLINES else PROCESSOR_REFUSED
    failure = Failure(code, f"{error.code}: {error.message}")
    return replace(unpaid(operation, ChargeStatus.DECLINED), failure=failure)


def unpaid(operation: Operation, status: ChargeStatus) -> Charge:
    """The charge of an order that nobody has paid."""
    return Charge(
        # One that was turned away before it began has none.
        reference=operation.reference or "",
        status=status,
        amount_minor=operation.amount_minor,
        currency=operation.currency,
    )


def refused(error: Failure, charge: Charge | None) -> Effect:
    """What was refused on a charge, which is as it is."""
    return Effect(
        reference=None,
        status=EffectStatus.FAILED,
        charge_reference=charge.reference if charge else None,
        payment_id=charge.payment_id if charge else None,
        failure=error,
        charge=charge,
    )
