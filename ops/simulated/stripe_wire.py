"""How does Stripe write what it keeps? Payment intents, charges, refunds, disputes and checkout
sessions, with the members that its clients read.

A charge of the engine is a payment intent (`pi_`) and, once it was tried, its charge (`ch_`). What
is done to it has no object of its own but for a refund: it is seen in the payment intent.

Source: https://docs.stripe.com/api, version 2026-10-28.endive.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ops.simulated.records import (
    Charge,
    ChargeStatus,
    CheckoutSession,
    Dispute,
    DisputeStatus,
    Movement,
    MovementStatus,
    SessionStatus,
)
from ops.simulated.stripe_errors import write_decline
from ops.simulated.stripe_money import to_stripe
from ops.simulated.stripe_requests import PAYMENT_ID
from ops.simulated.wire import action_path, checkout_path

INTENT, CHARGE = "pi_", "ch_"
MANUAL, AUTOMATIC = "manual", "automatic"
NOBODY = "automatic"
"""Why a payment intent is canceled that nobody canceled."""
EVIDENCE_DUE = timedelta(days=7)

type Json = dict[str, Any]


def charge_id_of(intent_id: str) -> str:
    """Of the charge of a payment intent."""
    return CHARGE + intent_id.removeprefix(INTENT)


def intent_id_of(charge_id: str) -> str:
    """Of the payment intent of a charge."""
    return INTENT + charge_id.removeprefix(CHARGE)


def write_payment_intent(charge: Charge, base_url: str) -> Json:
    """A charge of the engine, as it was at that moment."""
    status, currency = _intent_status(charge), _currency(charge)
    is_canceled = status == "canceled"
    was_tried = charge.status is not ChargeStatus.REQUIRES_ACTION
    return {
        "id": charge.id,
        "object": "payment_intent",
        "amount": to_stripe(charge.amount_minor, currency),
        "amount_capturable": (
            to_stripe(charge.amount_minor, currency) if status == "requires_capture" else 0
        ),
        "amount_received": to_stripe(_received(charge), currency),
        "application": None,
        "automatic_payment_methods": None,
        "canceled_at": _time(_canceled_at(charge)) if is_canceled else None,
        "cancellation_reason": _cancellation_reason(charge) if is_canceled else None,
        "capture_method": MANUAL if charge.is_manual else AUTOMATIC,
        "client_secret": f"{charge.id}_secret_simulated",
        "confirmation_method": "automatic",
        "created": _time(charge.created_at),
        "currency": currency.lower(),
        "customer": None,
        "description": None,
        "last_payment_error": _last_error(charge),
        "latest_charge": charge_id_of(charge.id) if was_tried else None,
        "livemode": False,
        "metadata": _metadata(charge.metadata, _payment_id(charge)),
        "next_action": _next_action(charge, base_url),
        "payment_method": charge.payment_method or None,
        "payment_method_types": ["card"],
        "receipt_email": None,
        "status": status,
    }


def write_charge(charge: Charge) -> Json:
    """The one that a payment intent was tried with."""
    decline, currency = charge.decline, _currency(charge)
    captured_minor = _received(charge)
    is_released = charge.status in {ChargeStatus.VOIDED, ChargeStatus.EXPIRED}
    # A hold that was released counts as refunded.
    refunded_minor = charge.amount_minor if is_released else charge.refunded_minor
    told = None if decline is None else write_decline(decline)
    return {
        "id": charge_id_of(charge.id),
        "object": "charge",
        "amount": to_stripe(charge.amount_minor, currency),
        "amount_captured": to_stripe(captured_minor, currency),
        "amount_refunded": to_stripe(refunded_minor, currency),
        "balance_transaction": None,
        "captured": captured_minor > 0,
        "created": _time(charge.created_at),
        "currency": currency.lower(),
        "customer": None,
        "description": None,
        "disputed": charge.is_disputed,
        "failure_code": None if told is None else told["code"],
        "failure_message": None if told is None else told["message"],
        "livemode": False,
        "metadata": _metadata(charge.metadata, _payment_id(charge)),
        "outcome": None,
        "paid": decline is None and charge.status is not ChargeStatus.PENDING,
        "payment_intent": charge.id,
        "payment_method": charge.payment_method or None,
        "payment_method_details": {
            "type": "card",
            "card": {"brand": "visa", "last4": "4242", "capture_before": _time(charge.expires_at)},
        },
        "receipt_url": None,
        "refunded": 0 < charge.captured_minor <= charge.refunded_minor or is_released,
        "status": _charge_status(charge),
    }


def write_refund(refund: Movement, charge: Charge) -> Json:
    """A refund."""
    failure = refund.failure
    return {
        "id": refund.id,
        "object": "refund",
        "amount": to_stripe(refund.amount_minor, refund.currency),
        "balance_transaction": None,
        "charge": charge_id_of(charge.id),
        "created": _time(refund.created_at),
        "currency": refund.currency.lower(),
        "destination_details": {"type": "card"},
        **({} if failure is None else {"failure_reason": failure.code}),
        "metadata": _metadata(refund.metadata, refund.payment_id),
        "payment_intent": charge.id,
        "reason": refund.reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": refund.status.value,
        "transfer_reversal": None,
    }


def write_dispute(dispute: Dispute) -> Json:
    """A dispute."""
    is_open = dispute.status is DisputeStatus.OPEN
    return {
        "id": dispute.id,
        "object": "dispute",
        "amount": to_stripe(dispute.amount_minor, dispute.currency),
        "balance_transactions": [],
        "charge": charge_id_of(dispute.charge_id),
        "created": _time(dispute.created_at),
        "currency": dispute.currency.lower(),
        "evidence": {},
        "evidence_details": {
            "due_by": _time(dispute.created_at + EVIDENCE_DUE),
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": dispute.charge_id,
        "reason": dispute.reason,
        "status": "needs_response" if is_open else dispute.status.value,
    }


def write_session(session: CheckoutSession, charge: Charge | None, base_url: str) -> Json:
    """A checkout session, with the charge that paid it, if one did."""
    is_open = session.status is SessionStatus.OPEN
    is_paid = charge is not None and charge.status is ChargeStatus.SUCCEEDED
    total = to_stripe(session.amount_minor, session.currency)
    return {
        "id": session.id,
        "object": "checkout.session",
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "status": None},
        "cancel_url": session.cancel_url or None,
        "client_reference_id": session.client_reference,
        "client_secret": None,
        "created": _time(session.created_at),
        "currency": session.currency.lower(),
        "customer": None,
        "customer_details": None,
        "customer_email": None,
        "expires_at": _time(session.expires_at),
        "livemode": False,
        "metadata": dict(session.metadata),
        "mode": "payment",
        "payment_intent": session.charge_id,
        "payment_method_types": ["card"],
        "payment_status": "paid" if is_paid else "unpaid",
        "status": session.status.value,
        "success_url": session.success_url,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted",
        "url": base_url + checkout_path(session.id) if is_open else None,
    }


def write_list(path: str, data: Sequence[Json], *, has_more: bool) -> Json:
    """One page of a list."""
    return {"object": "list", "data": list(data), "has_more": has_more, "url": path}


def _intent_status(charge: Charge) -> str:
    match charge.status:
        case ChargeStatus.PENDING:
            return "processing"
        case ChargeStatus.REQUIRES_ACTION:
            return "requires_action"
        case ChargeStatus.AUTHORIZED:
            return "processing" if _is(charge, MovementStatus.PENDING) else "requires_capture"
        case ChargeStatus.SUCCEEDED:
            return "succeeded"
        case ChargeStatus.DECLINED:
            return "requires_payment_method"
        case ChargeStatus.VOIDED | ChargeStatus.EXPIRED:
            return "canceled"


def _charge_status(charge: Charge) -> str:
    if charge.status is ChargeStatus.DECLINED:
        return "failed"
    return "pending" if charge.status is ChargeStatus.PENDING else "succeeded"


def _is(charge: Charge, status: MovementStatus) -> bool:
    return charge.last_move is not None and charge.last_move.status is status


def _done(charge: Charge) -> Movement | None:
    """The capture or void that made the charge what it is: it may say otherwise than the charge."""
    move = charge.last_move
    is_over = charge.status in {ChargeStatus.SUCCEEDED, ChargeStatus.VOIDED}
    return move if is_over and _is(charge, MovementStatus.SUCCEEDED) else None


def _received(charge: Charge) -> int:
    move = _done(charge)
    return charge.captured_minor if move is None or move.kind == "void" else move.amount_minor


def _currency(charge: Charge) -> str:
    move = _done(charge)
    return charge.currency if move is None else move.currency


def _payment_id(charge: Charge) -> str:
    move = _done(charge)
    return charge.payment_id if move is None else move.payment_id


def _metadata(given: Mapping[str, str], payment_id: str) -> dict[str, str]:
    """What was given, with the payment that it is said to be of."""
    return {**given, PAYMENT_ID: payment_id} if PAYMENT_ID in given else dict(given)


def _cancellation_reason(charge: Charge) -> str | None:
    move = _done(charge)
    return NOBODY if move is None else move.reason


def _canceled_at(charge: Charge) -> datetime:
    move = _done(charge)
    return charge.created_at if move is None else move.created_at


def _last_error(charge: Charge) -> Json | None:
    move, reason = charge.last_move, charge.decline
    if charge.status is ChargeStatus.AUTHORIZED and move is not None:
        reason = move.failure
    return None if reason is None else {**write_decline(reason), "type": "card_error"}


def _next_action(charge: Charge, base_url: str) -> Json | None:
    if charge.status is not ChargeStatus.REQUIRES_ACTION:
        return None
    address = {"url": base_url + action_path(charge.id), "return_url": charge.return_url}
    return {"type": "redirect_to_url", "redirect_to_url": address}


def _time(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())
