"""How does what is done at processors look on the wire: checkout sessions, disputes, events? To the
letter of the contract; the order of members is fixed.
"""

from dataclasses import asdict
from typing import Any

from oncepay.api.representations import time_json
from oncepay.domain.checkout import SessionStatus, session_id, session_status
from oncepay.domain.dispute import Dispute
from oncepay.domain.inbound_event import InboundEvent
from oncepay.domain.payment import Payment


def session_json(payment: Payment) -> dict[str, Any]:
    """A checkout session: what its payment is, as seen from the page."""
    checkout = payment.checkout
    if checkout is None:
        raise ValueError("a payment without a checkout has no session")
    status = session_status(payment.status)
    return {
        "id": session_id(payment.id),
        "object": "checkout_session",
        "payment_id": payment.id,
        "status": status.value,
        "url": payment.next_action_url if status is SessionStatus.OPEN else None,
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "processor": payment.processor,
        "success_url": checkout.success_url,
        "cancel_url": checkout.cancel_url,
        "line_items": [asdict(item) for item in checkout.line_items],
        "created_at": time_json(payment.created_at),
    }


def dispute_json(dispute: Dispute) -> dict[str, Any]:
    """A dispute."""
    return {
        "id": dispute.id,
        "object": "dispute",
        "payment_id": dispute.payment_id,
        "amount_minor": dispute.amount_minor,
        "currency": dispute.currency,
        "status": dispute.status.value,
        "reason": dispute.reason,
        "created_at": time_json(dispute.created_at),
    }


def event_json(event: InboundEvent) -> dict[str, Any]:
    """An event of a processor. Its body may hold what is nobody's business, and is not shown."""
    return {
        "id": event.public_id,
        "object": "event",
        "direction": "inbound",
        "provider": event.provider.value,
        "provider_event_id": event.event_id,
        "type": event.type,
        "status": event.status.value,
        "reason": event.reason,
        "payment_id": event.payment_id,
        "livemode": event.livemode,
        "occurred_at": time_json(event.created),
        "received_at": time_json(event.received_at),
    }
