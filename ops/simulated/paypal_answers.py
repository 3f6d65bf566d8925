"""How is what the engine says of a request told in PayPal's words?

    capture             POST .../orders/{id}/capture, /authorize, .../authorizations/{id}/capture
    void, refund        as they are called

A refusal is a 422 with PayPal's issue for it, a crash its 500, and how the answer travels is as the
engine says. A key that is in use is 409 PREVIOUS_REQUEST_IN_PROGRESS.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from ops.simulated.calls import Reply
from ops.simulated.outcomes import Answer, Crashed, Done, Refused, Travel
from ops.simulated.paypal_errors import PayPalError, bare_error

RETRY_AFTER_SECONDS = 1
NO_JSON = b'{"id": "5O19"'

type Act = Literal["capture", "void", "refund", "part_refund"]

_ISSUES: dict[str, dict[Act, str]] = {
    "charge_captured": {
        "capture": "AUTHORIZATION_ALREADY_CAPTURED",
        "void": "PREVIOUSLY_CAPTURED",
    },
    "charge_voided": {"capture": "AUTHORIZATION_VOIDED", "void": "PREVIOUSLY_VOIDED"},
    "charge_expired": {"capture": "AUTHORIZATION_EXPIRED", "void": "AUTHORIZATION_EXPIRED"},
    "charge_declined": {"capture": "AUTHORIZATION_DENIED", "void": "CANNOT_BE_VOIDED"},
    "charge_not_authorized": {
        "capture": "INVALID_AUTHORIZATION_STATUS",
        "void": "INVALID_AUTHORIZATION_STATUS",
        "refund": "PENDING_CAPTURE",
    },
    "charge_not_captured": {"refund": "PENDING_CAPTURE"},
    "currency_mismatch": {
        "capture": "AUTH_CAPTURE_CURRENCY_MISMATCH",
        "refund": "REFUND_CAPTURE_CURRENCY_MISMATCH",
    },
    "amount_too_large": {
        "capture": "MAX_CAPTURE_AMOUNT_EXCEEDED",
        "refund": "REFUND_AMOUNT_EXCEEDED",
    },
    "charge_disputed": {
        "refund": "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK",
        "part_refund": "CAPTURE_DISPUTED_PARTIAL_REFUND_NOT_ALLOWED",
    },
    "operation_pending": {
        "capture": "PREVIOUS_REQUEST_IN_PROGRESS",
        "void": "PREVIOUS_REQUEST_IN_PROGRESS",
    },
}
"""By the engine's code. What is not here cannot come of a call to PayPal."""
_OTHERWISE: dict[Act, str] = {
    "capture": "INVALID_AUTHORIZATION_STATUS",
    "void": "CANNOT_BE_VOIDED",
    "refund": "REFUND_NOT_ALLOWED",
    "part_refund": "REFUND_NOT_ALLOWED",
}


class Silent(Exception):
    """Nobody is answered."""


def tell(answer: Answer, act: Act, write: Callable[[Done], Reply]) -> Reply:
    """The engine's answer as PayPal's; `write` writes what was done."""
    try:
        reply = _word(answer, act, write)
    except PayPalError as error:
        reply = error.reply()
    if answer.travel is Travel.GARBLED:
        # A 204 has no body that could be broken.
        reply = replace(reply, body=NO_JSON, status=200 if reply.status == 204 else reply.status)
    return replace(reply, travel=answer.travel)


def silence() -> Reply:
    """No answer, as long as the caller waits for one."""
    return Reply(500, b"", travel=Travel.NEVER)


def _word(answer: Answer, act: Act, write: Callable[[Done], Reply]) -> Reply:
    match answer.outcome:
        case Done() as done:
            return write(done)
        case Crashed():
            return bare_error("INTERNAL_SERVER_ERROR")
        case Refused(code="rate_limited"):
            headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
            return bare_error("RATE_LIMIT_REACHED", headers=headers)
        case Refused(code="key_in_use"):
            raise PayPalError("PREVIOUS_REQUEST_IN_PROGRESS")
        case Refused(code="idempotency_key_reused"):
            raise PayPalError("DUPLICATE_REQUEST_ID")
        case Refused(code="not_found"):
            raise PayPalError("INVALID_RESOURCE_ID")
        case Refused() as refused:
            raise PayPalError(_issue(refused, act), refused.message)


def _issue(refused: Refused, act: Act) -> str:
    charge = refused.charge
    is_all_gone = charge is not None and charge.refunded_minor >= charge.captured_minor > 0
    issues = _ISSUES.get(refused.code, {})
    if act == "capture" or act == "void":
        return issues.get(act, _OTHERWISE[act])
    if refused.code == "amount_too_large" and is_all_gone:
        return "CAPTURE_FULLY_REFUNDED"
    return issues.get(act) or issues.get("refund") or _OTHERWISE[act]
