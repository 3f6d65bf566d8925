"""Was every event of a processor taken once? Stored once, told as new once, and with its effect
once.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from loadtests.audit.asked import Document
from loadtests.audit.checks import Check, check_of
from loadtests.audit.view import View
from loadtests.record import Attempt
from ops.verify.findings import Key
from ops.verify.tables import Item

EVENTS_CHECK: Final = "every event once"

TAKEN: Final = 200
UNKNOWN_FROM: Final = 500
REFUSED: Final = range(400, UNKNOWN_FROM)
"""Forged, stale, or nothing that can be read."""

OPEN: Final = frozenset({"processing", "requires_action"})

_PAYMENT_ID = re.compile(r"\b(?:pay|cs)_([a-z2-7]{26})\b")
_PAID: Final = frozenset(
    {
        "charge.succeeded",
        "checkout_session.completed",
        "checkout.session.completed",
        "payment_intent.succeeded",
        "PAYMENT.CAPTURE.COMPLETED",
    }
)
"""Types of events that say that the payer has paid, or that the money is held."""

type ReadEvents = Callable[[], Iterable[Document]]
"""The merchants' events since the run began, as the API shows them."""


def check_events(view: View, read_events: ReadEvents) -> Check:
    """Hold the deliveries of each event against what is stored of it, and its payment."""
    events = view.record.events
    broken: list[str] = []
    unseen = 0
    stored = _read_stored(view, read_events)
    for (provider, event_id), deliveries in events.items():
        name = f"{provider}:{event_id}"
        broken += _told(name, deliveries)
        event = stored.get((provider, event_id))
        is_taken = any(one.status == TAKEN for one in deliveries)
        if event is None and is_taken and view.tables is None:
            # An event of no merchant's payment is shown to operators alone.
            unseen += 1
        elif event is None and is_taken:
            broken.append(f"{name} was taken, and is not stored")
        elif event is not None and all(one.status in REFUSED for one in deliveries):
            broken.append(f"{name} was refused each time, and is stored")
        elif event is not None:
            broken += _effect(view, name, deliveries[0], event)
    counted = f"{len(events):,} events, delivered {sum(map(len, events.values())):,} times"
    if unseen:
        counted += f" ({unseen:,} of them are not the merchants' to see: not looked up)"
    return check_of(EVENTS_CHECK, counted, broken)


def _read_stored(
    view: View, read_events: ReadEvents
) -> Mapping[tuple[str, str], Mapping[str, str | None]]:
    names = {Key(f"{provider}#{id_}"): (provider, id_) for provider, id_ in view.record.events}
    items = view.stored("events", list(names))
    if items is not None:
        return {names[key]: _shown(item) for key, item in items.items()}
    if not names:
        return {}
    return {(one["provider"], one["provider_event_id"]): one for one in read_events()}


def _shown(item: Item) -> dict[str, str | None]:
    return {name: item.get(name, {}).get("S") for name in ("status", "reason", "payment_id")}


def _told(name: str, deliveries: Sequence[Attempt]) -> list[str]:
    taken = [one for one in deliveries if one.status == TAKEN]
    new = [one for one in taken if one.answer is not None and not _is_duplicate(one)]
    # Whoever was not answered, or with an error, may have been the first.
    is_lost = any(one.status == 0 or one.status >= UNKNOWN_FROM for one in deliveries)
    if len(new) > 1:
        numbers = ", ".join(str(one.n) for one in new)
        return [f"{name} was answered as new {len(new)} times, by requests {numbers}"]
    if taken and not new and not is_lost:
        return [f"{name} was answered as a duplicate only"]
    return []


def _is_duplicate(attempt: Attempt) -> bool:
    body = None if attempt.answer is None else attempt.answer.body
    return isinstance(body, dict) and body.get("duplicate") is True


def _effect(view: View, name: str, delivery: Attempt, event: Mapping[str, str | None]) -> list[str]:
    named = {f"pay_{letters}" for letters in _PAYMENT_ID.findall(json.dumps(delivery.body))}
    for merchant, found in view.found.items():
        for payment_id in sorted(named & found.payments.keys()):
            payment = found.payments[payment_id]
            is_open = payment["status"] in OPEN
            # Some events name a payment of which another one tells the outcome.
            is_idle = event["status"] == "received" and not is_open
            if not is_idle and (event["status"], event["payment_id"]) != ("applied", payment_id):
                reason = f" ({event['reason']})" if event.get("reason") else ""
                return [f"{name} of {payment_id} is {event['status']}{reason}, not applied"]
            entries = view.entries[merchant].get(payment_id, [])
            captures = [entry for entry in entries if entry["kind"] == "capture"]
            if len(captures) > 1:
                return [f"{name} had its effect {len(captures)} times, on {payment_id}"]
            if is_open and _type(delivery) in _PAID:
                return [f"{name} was applied, and {payment_id} is {payment['status']}"]
    applied_to = event["payment_id"]
    is_ours = any(applied_to in found.payments for found in view.found.values())
    if event["status"] == "applied" and not is_ours:
        return [f"{name} was applied to {applied_to}, which is no payment of the run"]
    return []


def told_of(view: View, payment_id: str | None, what: str) -> bool:
    """Whether an event of the run that was taken, of a type with that word, names a payment."""
    letters = str(payment_id).removeprefix("pay_")
    return any(
        letters in _PAYMENT_ID.findall(json.dumps(delivery.body))
        for deliveries in view.record.events.values()
        for delivery in deliveries
        if delivery.status == TAKEN and what in _type(delivery).lower()
    )


def _type(delivery: Attempt) -> str:
    body = delivery.body if isinstance(delivery.body, dict) else {}
    return str(body.get("type") or body.get("event_type"))
