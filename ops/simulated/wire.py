"""How does the processor write its records in JSON, in answers and in events?"""

from datetime import datetime
from typing import Any

from oncepay.domain.times import format_time
from ops.simulated.records import (
    Charge,
    ChargeStatus,
    Event,
    Movement,
    Note,
    Reason,
    Recorded,
    Subject,
)


def write(recorded: Recorded, base_url: str) -> dict[str, Any]:
    """A charge, capture, void or refund.

    Args:
        recorded: what is written.
        base_url: where the processor listens, for the page that a customer is sent to.
    """
    if isinstance(recorded, Charge):
        return _write_charge(recorded, base_url)
    return _write_movement(recorded)


def write_event(event: Event, base_url: str) -> dict[str, Any]:
    """What is posted to the webhook endpoint."""
    return {
        "id": event.id,
        "object": "event",
        "type": event.type,
        "created": format_time(event.created_at),
        "data": {
            "object": _write_subject(event.subject, base_url),
            "charge": None if event.charge is None else _write_charge(event.charge, base_url),
        },
    }


def _write_subject(subject: Subject, base_url: str) -> dict[str, Any]:
    return dict(subject.content) if isinstance(subject, Note) else write(subject, base_url)


def action_path(charge_id: str) -> str:
    """Of the page on which the customer approves or declines."""
    return f"/action/{charge_id}"


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
    }


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


def _write_reason(reason: Reason | None) -> dict[str, str] | None:
    return None if reason is None else {"code": reason.code, "message": reason.message}


def _write_time(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)
