"""What Stripe writes, for tests of who reads it; each takes overrides. Version 2026-10-28, cut to
what is read and a little of what is not.
"""

from typing import Any

TAGS = {"payment_id": "pay_1", "operation_id": "pay_1"}
CAPTURE_BEFORE = 1_795_780_800
"""2026-11-27T12:00:00Z."""


def an_intent(**overrides: Any) -> dict[str, Any]:
    """A payment intent of 50.00 USD that succeeded."""
    status = overrides.get("status", "succeeded")
    intent: dict[str, Any] = {
        "id": "pi_1",
        "object": "payment_intent",
        "amount": 5_000,
        "amount_capturable": 5_000 if status == "requires_capture" else 0,
        "amount_received": 5_000 if status == "succeeded" else 0,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "created": 1_795_262_400,
        "currency": "usd",
        "last_payment_error": None,
        "latest_charge": "ch_1",
        "livemode": False,
        "metadata": dict(TAGS),
        "next_action": None,
        "status": "succeeded",
    }
    return intent | overrides


def a_charge_until(capture_before: Any) -> dict[str, Any]:
    """The charge of an intent, in full."""
    card = {"brand": "visa", "capture_before": capture_before}
    return {"id": "ch_1", "object": "charge", "payment_method_details": {"card": card}}


def a_session(**overrides: Any) -> dict[str, Any]:
    """A checkout session of 50.00 USD that waits for its payer."""
    session: dict[str, Any] = {
        "id": "cs_1",
        "object": "checkout.session",
        "amount_total": 5_000,
        "client_reference_id": "pay_1",
        "currency": "usd",
        "metadata": {**TAGS, "capture_method": "automatic"},
        "mode": "payment",
        "payment_intent": None,
        "payment_status": "unpaid",
        "status": "open",
        "url": "https://checkout.stripe.com/c/pay/cs_1",
    }
    return session | overrides


def a_refund(**overrides: Any) -> dict[str, Any]:
    """A refund of 20.00 USD that succeeded."""
    refund: dict[str, Any] = {
        "id": "re_stripe_1",
        "object": "refund",
        "amount": 2_000,
        "charge": "ch_1",
        "created": 1_795_262_500,
        "currency": "usd",
        "metadata": {"payment_id": "pay_1", "operation_id": "re_1"},
        "payment_intent": "pi_1",
        "status": "succeeded",
    }
    return refund | overrides


def a_dispute(**overrides: Any) -> dict[str, Any]:
    """A dispute of 50.00 USD that was opened."""
    dispute: dict[str, Any] = {
        "id": "du_1",
        "object": "dispute",
        "amount": 5_000,
        "charge": "ch_1",
        "currency": "usd",
        "metadata": {},
        "payment_intent": "pi_1",
        "reason": "fraudulent",
        "status": "needs_response",
    }
    return dispute | overrides


def a_payout(**overrides: Any) -> dict[str, Any]:
    """A payout of 48.25 USD that was paid, and is in the bank two days later."""
    payout: dict[str, Any] = {
        "id": "po_1",
        "object": "payout",
        "amount": 4_825,
        "arrival_date": 1_795_392_000,
        "automatic": True,
        "created": 1_795_262_400,
        "currency": "usd",
        "method": "standard",
        "status": "paid",
        "type": "bank_account",
    }
    return payout | overrides


def an_error(type: str = "invalid_request_error", **members: Any) -> dict[str, Any]:
    """An error."""
    return {"error": {"type": type, "message": "a message", **members}}


def a_list(*objects: Any, has_more: bool = False) -> dict[str, Any]:
    """A page of a list."""
    return {"object": "list", "data": list(objects), "has_more": has_more, "url": "/v1/things"}


def an_event(type: str, subject: Any, **overrides: Any) -> dict[str, Any]:
    """An event about an object."""
    event: dict[str, Any] = {
        "id": "evt_1",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": 1_795_262_400,
        "data": {"object": subject},
        "livemode": False,
        "type": type,
    }
    return event | overrides
