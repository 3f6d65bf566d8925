"""What the simulated processor writes, for tests of who reads it; each takes overrides."""

from typing import Any

KEYS = {"capture": "cap_1", "void": "void_1", "refund": "re_1"}
EXPIRES_AT = "2026-11-28T12:00:00.000000Z"


def a_charge(**overrides: Any) -> dict[str, Any]:
    """A charge of 50.00 USD that succeeded."""
    status = overrides.get("status", "succeeded")
    charge: dict[str, Any] = {
        "id": "ch_1",
        "object": "charge",
        "status": "succeeded",
        "amount_minor": 5_000,
        "currency": "USD",
        "captured_minor": 5_000 if status == "succeeded" else 0,
        "refunded_minor": 0,
        "payment_id": "pay_1",
        "idempotency_key": "pay_1",
        "decline": None,
        "next_action": None,
        "expires_at": EXPIRES_AT if status == "authorized" else None,
        "created_at": "2026-11-21T12:00:00.000000Z",
    }
    return charge | overrides


def a_move(kind: str, **overrides: Any) -> dict[str, Any]:
    """A capture, void or refund of 30.00 USD that succeeded."""
    move: dict[str, Any] = {
        "id": "mv_1",
        "object": kind,
        "status": "succeeded",
        "charge_id": "ch_1",
        "amount_minor": 3_000,
        "currency": "USD",
        "payment_id": "pay_1",
        "idempotency_key": KEYS[kind],
        "failure": None,
        "created_at": "2026-11-21T12:00:00.000000Z",
    }
    return move | overrides


def an_error(code: str, **more: Any) -> dict[str, Any]:
    """An error."""
    return {"error": {"code": code, "message": "a message"}, **more}


def an_event(type: str = "charge.succeeded", **overrides: Any) -> dict[str, Any]:
    """An event; its object is of its type."""
    kind, _, status = type.partition(".")
    subject = a_charge(status=status) if kind == "charge" else a_move(kind, status=status)
    event: dict[str, Any] = {
        "id": "evt_1",
        "object": "event",
        "type": type,
        "created": "2026-11-21T12:00:00.000000Z",
        "data": {"object": subject, "charge": a_charge()},
    }
    return event | overrides
