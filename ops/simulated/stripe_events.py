"""Which events does Stripe send of what happens at the engine?

    charge.requires_action   payment_intent.requires_action
    charge.pending           payment_intent.processing
    charge.authorized        payment_intent.amount_capturable_updated
    charge.succeeded         payment_intent.succeeded; that of a capture is told by the capture
    charge.declined          payment_intent.payment_failed
    charge.expired           payment_intent.canceled
    capture.*, void.*        the payment intent as it is then; a failure only of what was pending
    refund.*                 refund.created, refund.updated or refund.failed, and charge.refunded
    dispute.*                charge.dispute.created and funds_withdrawn, or closed and
                             funds_reinstated
    checkout_session.*       checkout.session.completed, expired; a card that is declined there is
                             payment_intent.payment_failed
    payout.*                 itself

The first event of a payment intent is payment_intent.created. `request` names the idempotency key
of the call that did it, if a call did.
"""

import json
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ops.simulated.records import (
    Charge,
    CheckoutSession,
    Dispute,
    DisputeStatus,
    Event,
    Movement,
    Note,
)
from ops.simulated.stripe_money import to_stripe
from ops.simulated.stripe_wire import (
    Json,
    write_charge,
    write_dispute,
    write_payment_intent,
    write_refund,
    write_session,
)

API_VERSION = "2026-10-28.endive"
KEPT = 10_000
DAY_SECONDS = 86_400

_OF_CHARGE = {
    "charge.requires_action": "payment_intent.requires_action",
    "charge.pending": "payment_intent.processing",
    "charge.authorized": "payment_intent.amount_capturable_updated",
    "charge.declined": "payment_intent.payment_failed",
    "charge.expired": "payment_intent.canceled",
    "checkout_session.declined": "payment_intent.payment_failed",
}
_OF_MOVE = {
    "capture.succeeded": "payment_intent.succeeded",
    "capture.pending": "payment_intent.processing",
    "void.succeeded": "payment_intent.canceled",
    "void.pending": "payment_intent.processing",
}
_OF_SESSION = {
    "checkout_session.completed": "checkout.session.completed",
    "checkout_session.expired": "checkout.session.expired",
}
_HAS_HAPPENED = "payment_intent.amount_capturable_updated"

type Told = Iterator[tuple[str, Json]]


class StripeEvents:
    """Every event there was, as it was told. The engine holds its lock as one happens."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._lock = threading.Lock()
        """They are asked for while others happen."""
        self._told: set[str] = set()
        self._events: deque[Json] = deque(maxlen=KEPT)

    def messages(self, event: Event) -> list[bytes]:
        """What is posted of it."""
        written = [
            self._write(event, number, kind, subject)
            for number, (kind, subject) in enumerate(self._tell(event))
        ]
        with self._lock:
            self._events.extend(written)
        return [json.dumps(each).encode() for each in written]

    def all(self) -> list[Json]:
        """The latest ones, newest first."""
        with self._lock:
            return list(reversed(self._events))

    def reset(self) -> None:
        """Forget them."""
        with self._lock:
            self._told.clear()
            self._events.clear()

    def _write(self, event: Event, number: int, kind: str, subject: Json) -> Json:
        key = None if event.key is None else event.key.removeprefix(f"{event.face}:")
        return {
            "id": f"{event.id}_{number}" if number else event.id,
            "object": "event",
            "api_version": API_VERSION,
            "created": int(event.created_at.timestamp()),
            "data": {"object": subject},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {
                "id": None if key is None else f"req_{event.id}",
                "idempotency_key": key,
            },
            "type": kind,
        }

    def _tell(self, event: Event) -> Told:
        charge, subject = event.charge, event.subject
        match subject:
            case Note():
                yield event.type, _write_payout(subject)
            case CheckoutSession() if event.type in _OF_SESSION:
                yield _OF_SESSION[event.type], write_session(subject, charge, self._base_url)
            case Charge() | CheckoutSession() if charge is not None:
                yield from self._tell_charge(event.type, charge)
            case Dispute():
                yield from _tell_dispute(subject)
            case Movement() if charge is not None:
                if subject.kind == "refund":
                    yield from self._tell_refund(subject, charge)
                else:
                    yield from self._tell_move(event, charge)

    def _tell_charge(self, kind: str, charge: Charge) -> Told:
        intent = write_payment_intent(charge, self._base_url)
        if self._is_first(charge.id):
            yield "payment_intent.created", intent
        if kind in _OF_CHARGE:
            yield _OF_CHARGE[kind], intent
        elif kind == "charge.succeeded" and not charge.is_manual:
            yield "payment_intent.succeeded", intent

    def _tell_move(self, event: Event, charge: Charge) -> Told:
        intent = write_payment_intent(charge, self._base_url)
        if event.type in _OF_MOVE:
            yield _OF_MOVE[event.type], intent
        elif event.key is None:
            # It was pending, and has come to nothing.
            yield _HAS_HAPPENED, intent

    def _tell_refund(self, refund: Movement, charge: Charge) -> Told:
        written, is_first = write_refund(refund, charge), self._is_first(refund.id)
        if refund.failure is not None:
            yield "refund.failed", written
            return
        yield "refund.created" if is_first else "refund.updated", written
        if written["status"] == "succeeded":
            yield "charge.refunded", write_charge(charge)

    def _is_first(self, told_id: str) -> bool:
        is_first = told_id not in self._told
        self._told.add(told_id)
        return is_first


def _tell_dispute(dispute: Dispute) -> Told:
    written = write_dispute(dispute)
    match dispute.status:
        case DisputeStatus.OPEN:
            yield "charge.dispute.created", written
            yield "charge.dispute.funds_withdrawn", written
        case DisputeStatus.WON:
            yield "charge.dispute.closed", written
            yield "charge.dispute.funds_reinstated", written
        case DisputeStatus.LOST:
            yield "charge.dispute.closed", written


def _write_payout(note: Note) -> Json:
    content: Mapping[str, Any] = note.content
    made = datetime.fromisoformat(str(content["created_at"]))
    created, currency = int(made.timestamp()), str(content["currency"])
    failed = content["status"] == "failed"
    return {
        "id": content["id"],
        "object": "payout",
        "amount": to_stripe(int(content["amount_minor"]), currency),
        "arrival_date": created - created % DAY_SECONDS,
        "automatic": True,
        "balance_transaction": None,
        "created": created,
        "currency": currency.lower(),
        "failure_code": "could_not_process" if failed else None,
        "failure_message": "The bank could not process this payout." if failed else None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "reconciliation_status": "completed",
        "status": content["status"],
        "type": "bank_account",
    }
