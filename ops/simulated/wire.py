"""How does the processor write its records in JSON, in answers and in events?"""

from datetime import datetime
from typing import Any

from oncepay.domain.times import format_time
from ops.simulated.records import (
    Charge,
    ChargeStatus,
    CheckoutSession,
    Dispute,
    Event,
    Movement,
    Note,
    Reason,
    Subject,
)


def write(subject: Subject, base_url: str) -> dict[str, Any]:
    """A charge, capture, void or refund, a dispute or a checkout session.

    Args:
        subject: what is written.
        base_url: where the processor listens, for the page that a customer is sent to.
    """
    match subject:
        case Charge():
            return _write_charge(subject, base_url)
        case Movement():
            return _write_movement(subject)
        case Dispute():
            return _write_dispute(subject)
        case CheckoutSession():
            return _write_session(subject, base_url)
        case Note():
            return dict(subject.content)


def write_event(event: Event, base_url: str) -> dict[str, Any]:
    """What is posted to the webhook endpoint."""
    return {
        "id": event.id,
        "object": "event",
        "type": event.type,
        "created": format_time(event.created_at),
        "data": {
            "object": write(event.subject, base_url),
            "charge": None if event.charge is None else _write_charge(event.charge, base_url),
        },
    }


def action_path(charge_id: str) -> str:
    """Of the page on which the customer approves or declines."""
    return f"/action/{charge_id}"


def checkout_path(session_id: str) -> str:
    """Of the page on which a payer pays."""
    return f"/checkout/{session_id}"


def _write_charge(charge: Charge, base_url: str) -> dict[str, Any]:
    needs_action = charge.status is ChargeStatus.REQUIRES_ACTION
    return {
        "id": charge.id,
        "object": "charge",
        "status": charge.status.value,
        "amount_minor": charge.amount_minor,
        "currency": charge.currency,
        "captured_minor": charge.captured_minor,
        "refunded_minor": charge.refunded_minor,
        "payment_id": charge.payment_id,
        "idempotency_key": charge.idempotency_key,
        "decline": _write_reason(charge.decline),
        "next_action": {"url": base_url + action_path(charge.id)} if needs_action else None,
        "expires_at": _write_time(charge.expires_at),
        "created_at": _write_time(charge.created_at),
        **_write_page(charge),
    }


def _write_page(charge: Charge) -> dict[str, str]:
    if charge.checkout_session_id is None:
        return {}
    return {"checkout_session_id": charge.checkout_session_id}


def _write_movement(movement: Movement) -> dict[str, Any]:
    return {
        "id": movement.id,
        "object": movement.kind,
        "status": movement.status.value,
        "charge_id": movement.charge_id,
        "amount_minor": movement.amount_minor,
        "currency": movement.currency,
        "payment_id": movement.payment_id,
        "idempotency_key": movement.idempotency_key,
        "failure": _write_reason(movement.failure),
        "created_at": _write_time(movement.created_at),
    }


def _write_dispute(dispute: Dispute) -> dict[str, Any]:
    return {
        "id": dispute.id,
        "object": "dispute",
        "status": dispute.status.value,
        "charge_id": dispute.charge_id,
        "amount_minor": dispute.amount_minor,
        "currency": dispute.currency,
        "reason": dispute.reason,
        "payment_id": dispute.payment_id,
        "created_at": _write_time(dispute.created_at),
    }


def _write_session(session: CheckoutSession, base_url: str) -> dict[str, Any]:
    return {
        "id": session.id,
        "object": "checkout_session",
        "status": session.status.value,
        "url": base_url + checkout_path(session.id),
        "payment_id": session.payment_id,
        "charge_id": session.charge_id,
        "idempotency_key": session.idempotency_key,
        "amount_minor": session.amount_minor,
        "currency": session.currency,
        "expires_at": _write_time(session.expires_at),
        "created_at": _write_time(session.created_at),
    }


def _write_reason(reason: Reason | None) -> dict[str, str] | None:
    return None if reason is None else {"code": reason.code, "message": reason.message}


def _write_time(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)
