"""What does a reply of Stripe to what we sent mean?

200                      a payment intent, checkout session or refund, whatever its status; a
                         capture or void has no object of its own: what it did is the payment
                         intent's state
402 `card_error`         a declined charge; a capture, void or refund that failed
400 `invalid_request_error`, and 404 `resource_missing`
                         nothing was done, and the same bytes never will be: declined, failed; with
                         the payment intent, where that is in the wrong state
400 `idempotency_error`  the key was used for another request, which is our own error: unknown
409 `idempotency_key_in_use`
                         the same key is being worked on: unknown
429, 401, 403, and 404 of a wrong address
                         nothing was done, and what keeps it from being done passes: not sent
5xx                      unknown; Stripe replays it, so that only a look-up tells
anything else            unknown, and only a look-up tells

By type: `api_error` is what comes with a 5xx; `authentication_error`, `permission_error` and
`rate_limit_error` come with 401, 403 and 429, of which the status alone decides.

Source: Stripe, "Errors" and "Advanced error handling", as of 2026-11.
"""

from dataclasses import replace
from typing import Any

from oncepay.domain.errors import InvalidRequest
from oncepay.domain.operation import Operation, OperationKind
from oncepay.domain.processor_answer import (
    Absent,
    Answer,
    Charge,
    ChargeStatus,
    Effect,
    EffectStatus,
    Failure,
    NotSent,
    Unknown,
)
from oncepay.processors.event_body import read_object, read_text
from oncepay.processors.http_exchange import Reply
from oncepay.processors.stripe_errors import StripeError, read_error
from oncepay.processors.stripe_members import status_of, tag_of
from oncepay.processors.stripe_requests import is_of_session, kind_of
from oncepay.processors.stripe_wire import (
    OPERATION_ID,
    read_payment_intent,
    read_refund,
    read_session,
)

PROCESSOR_REFUSED = "processor_refused"
UNEXPECTED_STATE = "payment_intent_unexpected_state"
RESOURCE_MISSING = "resource_missing"

UNREADABLE = Unknown("unreadable_answer", replays=True)
"""Stripe keeps its answers: to send again would bring the same one."""
UNEXPECTED = Unknown("unexpected_answer", replays=True)

_NOT_CHARGED = ("requires_payment_method", "requires_confirmation", "canceled")
"""States of a payment intent in which an error has certainly taken nothing."""


def read_answer(reply: Reply, operation: Operation) -> Answer:
    """What became of an operation that was sent."""
    unread = read_status(reply)
    if unread is not None:
        return unread
    try:
        content = read_object(read_text(reply.body))
        if reply.status == 200:
            return _read_done(content, operation)
        return _read_refusal(reply.status, read_error(content), operation)
    except InvalidRequest:
        return UNREADABLE


def read_looked_up(reply: Reply) -> dict[str, Any] | NotSent | Unknown | Absent:
    """What a look-up found."""
    unread = read_status(reply)
    if unread is not None:
        return unread
    try:
        content = read_object(read_text(reply.body))
        if reply.status == 200:
            return content
        # Not any 404: that of a wrong address says nothing.
        if reply.status in (400, 404) and read_error(content).code == RESOURCE_MISSING:
            return Absent()
    except InvalidRequest:
        return UNREADABLE
    return Unknown("unexpected_answer")


def read_status(reply: Reply) -> NotSent | Unknown | None:
    """What the status alone says."""
    if reply.status == 429:
        return NotSent("rate_limited")
    if reply.status in (401, 403):
        return NotSent("unauthorized")
    if reply.status >= 500:
        return Unknown("server_error", replays=True)
    return None


def effect_of(charge: Charge, kind: OperationKind) -> Effect | None:
    """What the payment intent says of a capture or void; None if it was not done.

    Who captured or canceled it cannot be told apart: it is done once. One that nobody canceled was
    not voided.
    """
    effect = Effect(
        reference=f"{charge.reference}/{kind.value}",
        status=EffectStatus.SUCCEEDED,
        charge_reference=charge.reference,
        payment_id=charge.payment_id,
    )
    captures = kind is OperationKind.CAPTURE
    match charge.status:
        case ChargeStatus.AUTHORIZED:
            return None
        case ChargeStatus.PENDING:
            return replace(effect, status=EffectStatus.PENDING)
        case ChargeStatus.SUCCEEDED if captures:
            return replace(effect, amount_minor=charge.captured_minor, currency=charge.currency)
        case ChargeStatus.VOIDED if not captures:
            return effect
    return failed_move(charge, None, None)


def failed_move(charge: Charge, reference: str | None, failure: Failure | None) -> Effect:
    """A capture or void that was not done, and will not be, with the charge as it is."""
    state = Failure(UNEXPECTED_STATE, f"the charge is {charge.status.value}")
    return replace(_refused(failure or state, charge), reference=reference)


def _read_done(content: dict[str, Any], operation: Operation) -> Answer:
    """Raises: InvalidRequest if it cannot be read."""
    kind = kind_of(operation)
    if kind in (OperationKind.CAPTURE, OperationKind.VOID):
        charge = _charge_of(content, operation)
        return (effect_of(charge, kind) if charge else UNREADABLE) or UNEXPECTED
    # What was done under another key is no answer, however well it fits.
    if tag_of(content, OPERATION_ID) != operation.id:
        return UNREADABLE
    if kind is OperationKind.REFUND:
        return read_refund(content)
    return read_session(content) if is_of_session(operation) else read_payment_intent(content)


def _read_refusal(status: int, error: StripeError, operation: Operation) -> Answer:
    """Raises: InvalidRequest if the payment intent in it cannot be read."""
    match status, error.type, error.code:
        case _, _, "rate_limit" | "lock_timeout":
            return NotSent("rate_limited")
        case 409, _, "idempotency_key_in_use":
            return Unknown("key_in_use")
        case _, "idempotency_error", _:
            return Unknown("idempotency_key_reused", replays=True)
        case 404, "invalid_request_error", code if code != RESOURCE_MISSING:
            # There is no such address: nobody looked at what was asked for.
            return NotSent("not_found")
        case 402, "card_error", _:
            return _never(error, error.decline, operation)
        case 400 | 404, "invalid_request_error", _:
            return _never(error, Failure(PROCESSOR_REFUSED, error.message), operation)
    return UNEXPECTED


def _never(error: StripeError, decline: Failure, operation: Operation) -> Charge | Effect | Unknown:
    """It was not done, and never will be. Raises: InvalidRequest."""
    charge = None
    if error.payment_intent is not None:
        charge = _charge_of(error.payment_intent, operation)
        if charge is None:
            return UNREADABLE
    if operation.kind is not OperationKind.AUTHORIZE:
        return _refused(error.failure, charge)
    if charge is None:
        return Charge(
            reference="",
            status=ChargeStatus.DECLINED,
            amount_minor=operation.amount_minor,
            currency=operation.currency,
            failure=decline,
        )
    if status_of(error.payment_intent) not in _NOT_CHARGED:
        # An error, and perhaps money all the same: only a look-up tells.
        return UNEXPECTED
    return replace(charge, status=ChargeStatus.DECLINED, failure=decline)


def _charge_of(value: object, operation: Operation) -> Charge | None:
    """The payment intent, if it is that of the operation. Raises: InvalidRequest."""
    charge = read_payment_intent(value)
    if operation.kind is OperationKind.AUTHORIZE:
        return charge if tag_of(value, OPERATION_ID) == operation.id else None
    return charge if charge.reference == operation.request.charge else None


def _refused(failure: Failure, charge: Charge | None) -> Effect:
    return Effect(
        reference=None,
        status=EffectStatus.FAILED,
        charge_reference=charge.reference if charge else None,
        payment_id=charge.payment_id if charge else None,
        failure=failure,
        charge=charge,
    )
