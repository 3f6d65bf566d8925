"""What does Stripe's JSON say, in our words? Payment intents, checkout sessions, refunds, disputes
and payouts, as they are in its answers and in its events.

Nothing is trusted: a member that is missing or is not what it should be makes the whole unreadable,
said as `InvalidRequest` with its name. Whether what is said fits what was asked for is not asked
here, but in `domain.settling`.

    requires_payment_method   declined, if it says why the last try failed; else pending
    requires_confirmation     pending
    processing                pending
    requires_action           an action is required: the page that it redirects to
    requires_capture          authorized
    succeeded                 succeeded
    canceled                  expired if nobody canceled it, else voided

A checkout session is the charge that it is to become. Its own id is the charge's reference for
good, since it is what is known first; that of its payment intent is the handle, as soon as there is
one.

Source: Stripe, API reference, version 2026-10-28.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from oncepay.domain.dispute import DisputeFound, DisputeStatus
from oncepay.domain.payout import PayoutFound, PayoutStatus
from oncepay.domain.processor_answer import (
    Charge,
    ChargeStatus,
    Effect,
    EffectStatus,
    Failure,
)
from oncepay.processors.event_body import MAX_CREATED
from oncepay.processors.stripe_errors import read_code, read_reason
from oncepay.processors.stripe_members import (
    as_object,
    id_of,
    identifier_of,
    require_kind,
    tag_of,
    text_of,
    unfit,
    url_of,
)
from oncepay.processors.stripe_money import from_stripe

PAYMENT_INTENT, SESSION, REFUND, DISPUTE, PAYOUT = (
    "payment_intent",
    "checkout.session",
    "refund",
    "dispute",
    "payout",
)

PAYMENT_ID, OPERATION_ID, CHECKOUT, CAPTURE_METHOD = (
    "payment_id",
    "operation_id",
    "checkout",
    "capture_method",
)
"""What our own metadata say: of which payment, under which key, whether on a checkout's page."""

MANUAL = "manual"

MAX_REASON_CHARACTERS = 300
"""Of why there is a dispute."""

_STATUSES: Mapping[object, ChargeStatus] = {
    "requires_payment_method": ChargeStatus.PENDING,
    "requires_confirmation": ChargeStatus.PENDING,
    "processing": ChargeStatus.PENDING,
    "requires_action": ChargeStatus.REQUIRES_ACTION,
    "requires_capture": ChargeStatus.AUTHORIZED,
    "succeeded": ChargeStatus.SUCCEEDED,
    "canceled": ChargeStatus.VOIDED,
}
_NOBODYS_REASONS = ("automatic", "expired")
_REFUND_STATUSES: Mapping[object, EffectStatus] = {
    "pending": EffectStatus.PENDING,
    "requires_action": EffectStatus.PENDING,
    "succeeded": EffectStatus.SUCCEEDED,
    "failed": EffectStatus.FAILED,
    "canceled": EffectStatus.FAILED,
}
_DISPUTE_STATUSES: Mapping[object, DisputeStatus] = {
    "needs_response": DisputeStatus.OPEN,
    "under_review": DisputeStatus.OPEN,
    "won": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
}
_MOVING_NOTHING = frozenset(
    {
        # An inquiry, or one that was settled before it began: no money is taken.
        "warning_needs_response",
        "warning_under_review",
        "warning_closed",
        "prevented",
        # It was lost, and is asked for again: the money is still gone.
        "appeal_needs_response",
        "appeal_under_review",
    }
)


def read_payment_intent(value: object) -> Charge:
    """A payment intent.

    Raises:
        InvalidRequest: it cannot be read.
    """
    said = as_object(value, PAYMENT_INTENT)
    require_kind(said, PAYMENT_INTENT)
    status = _STATUSES.get(text_of(said, "status"))
    if status is None:
        raise unfit("status")
    failure = None
    if said["status"] == "requires_payment_method" and said.get("last_payment_error") is not None:
        status, failure = ChargeStatus.DECLINED, read_reason(said["last_payment_error"]).decline
    elif status is ChargeStatus.VOIDED and said.get("cancellation_reason") in _NOBODYS_REASONS:
        status = ChargeStatus.EXPIRED
    amount_minor, currency = _amount(said, "amount")
    captured_minor, _ = _amount(said, "amount_received")
    return Charge(
        reference=identifier_of(said, "id"),
        status=status,
        amount_minor=amount_minor,
        currency=currency,
        captured_minor=captured_minor,
        payment_id=tag_of(said, PAYMENT_ID),
        next_action_url=_redirect(said) if status is ChargeStatus.REQUIRES_ACTION else None,
        failure=failure,
        expires_at=_capture_before(said) if status is ChargeStatus.AUTHORIZED else None,
    )


def read_session(value: object) -> Charge:
    """A checkout session, its payment intent in full or not.

    Raises:
        InvalidRequest: it cannot be read.
    """
    said = as_object(value, SESSION)
    require_kind(said, SESSION)
    amount_minor, currency = _amount(said, "amount_total")
    session = Charge(
        reference=identifier_of(said, "id"),
        status=ChargeStatus.REQUIRES_ACTION,
        amount_minor=amount_minor,
        currency=currency,
        payment_id=tag_of(said, PAYMENT_ID),
    )
    match text_of(said, "status"):
        case "open":
            return replace(session, next_action_url=url_of(said))
        case "expired":
            return replace(session, status=ChargeStatus.EXPIRED)
        case "complete":
            return _completed(said, session)
    raise unfit("status")


def read_refund(value: object) -> Effect:
    """A refund.

    Raises:
        InvalidRequest: it cannot be read.
    """
    said = as_object(value, REFUND)
    require_kind(said, REFUND)
    status = _REFUND_STATUSES.get(text_of(said, "status"))
    if status is None:
        raise unfit("status")
    amount_minor, currency = _amount(said, "amount")
    return Effect(
        reference=identifier_of(said, "id"),
        status=status,
        amount_minor=amount_minor,
        currency=currency,
        charge_reference=id_of(said.get(PAYMENT_INTENT)),
        payment_id=tag_of(said, PAYMENT_ID),
        failure=_refund_failure(said) if status is EffectStatus.FAILED else None,
    )


def read_dispute(value: object) -> DisputeFound | None:
    """A dispute; None of one that moves no money, or none any more.

    Raises:
        InvalidRequest: it cannot be read.
    """
    said = as_object(value, DISPUTE)
    require_kind(said, DISPUTE)
    status = _DISPUTE_STATUSES.get(text_of(said, "status"))
    if status is None:
        if said["status"] in _MOVING_NOTHING:
            return None
        raise unfit("status")
    amount_minor, currency = _amount(said, "amount")
    reason = said.get("reason")
    return DisputeFound(
        reference=identifier_of(said, "id"),
        status=status,
        amount_minor=amount_minor,
        currency=currency,
        reason=reason[:MAX_REASON_CHARACTERS] if isinstance(reason, str) else None,
        charge_reference=id_of(said.get(PAYMENT_INTENT)),
        payment_id=tag_of(said, PAYMENT_ID),
    )


def read_payout(value: object) -> PayoutFound:
    """A payout; one below zero is what Stripe took from the bank.

    Raises:
        InvalidRequest: it cannot be read.
    """
    said = as_object(value, PAYOUT)
    require_kind(said, PAYOUT)
    status = text_of(said, "status")
    if status not in PayoutStatus:
        raise unfit("status")
    amount, sign = said.get("amount"), 1
    if isinstance(amount, int) and amount < 0:
        amount, sign = -amount, -1
    amount_minor, currency = from_stripe(amount, said.get("currency"), param="amount")
    return PayoutFound(
        reference=identifier_of(said, "id"),
        amount_minor=sign * amount_minor,
        currency=currency,
        status=PayoutStatus(status),
        arrival_date=_arrival_date(said),
    )


def _completed(said: Mapping[str, Any], session: Charge) -> Charge:
    intent = said.get(PAYMENT_INTENT)
    handle = id_of(intent)
    if handle is None:
        raise unfit(PAYMENT_INTENT)
    if isinstance(intent, dict):
        charge = read_payment_intent(intent)
        return replace(
            charge, reference=session.reference, handle=handle, payment_id=session.payment_id
        )
    session = replace(session, handle=handle)
    match text_of(said, "payment_status"):
        case "paid":
            return replace(
                session, status=ChargeStatus.SUCCEEDED, captured_minor=session.amount_minor
            )
        case "unpaid" if tag_of(said, CAPTURE_METHOD) == MANUAL:
            return replace(session, status=ChargeStatus.AUTHORIZED)
        case "unpaid":
            # By a method that takes days.
            return replace(session, status=ChargeStatus.PENDING)
    raise unfit("payment_status")


def _refund_failure(said: Mapping[str, Any]) -> Failure:
    reason = said.get("failure_reason") or said["status"]
    return Failure(read_code(reason, "failure_reason"), f"the refund is {said['status']}")


def _redirect(said: Mapping[str, Any]) -> str | None:
    action = as_object(said.get("next_action"), "next_action")
    # Other actions are nothing that a payer can be sent to.
    if action.get("type") != "redirect_to_url":
        return None
    return url_of(as_object(action.get("redirect_to_url"), "next_action"))


def _capture_before(said: Mapping[str, Any]) -> datetime | None:
    found: object = said.get("latest_charge")
    for name in ("payment_method_details", "card", "capture_before"):
        if not isinstance(found, dict) or found.get(name) is None:
            # It says so of cards only, and if it was asked for the charge in full.
            return None
        found = found[name]
    return _moment(found, "capture_before")


def _arrival_date(said: Mapping[str, Any]) -> date | None:
    # A day, told as its midnight in UTC.
    found = said.get("arrival_date")
    return None if found is None else _moment(found, "arrival_date").date()


def _moment(found: object, name: str) -> datetime:
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= MAX_CREATED:
        raise unfit(name)
    return datetime.fromtimestamp(found, UTC)


def _amount(said: Mapping[str, Any], name: str) -> tuple[int, str]:
    return from_stripe(said.get(name), said.get("currency"), param=name)
