"""Is every event what its processor sent? (event)"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ops.verify.fields import Reading, read_item
from ops.verify.findings import Outcome, Rule, shown
from ops.verify.rules_due import check_due
from ops.verify.specification_outside import EVENT
from ops.verify.tables import Item, key_of

EVENTS: Final = "events"
WAITING: Final = "unmatched"
DISMISSED: Final = "dismissed"
_EXPLAINED: Final = (WAITING, DISMISSED)
"""With a reason, and kept for as long as they are so."""

MEMBERS: Final = {"paypal": ("event_type", "create_time")}
"""What a processor calls the type of an event, and its time, if not "type" and "created"."""

OPERATOR: Final = "operator"
"""Whose an event is that tells of no payment that is known."""

MONTH_CHARACTERS: Final = 7

MAX_PAYLOAD_BYTES: Final = 262_144
RETENTION: Final = timedelta(days=30)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def check_event(item: Item) -> Outcome:
    """Check one event against its own payload, word for word as it was sent."""
    outcome = Outcome()
    outcome.count(Rule.EVENT, Rule.SHAPE, Rule.I4)
    event = read_item(EVENTS, key_of(item), item, EVENT, nothing_else=True)
    status = event.text("status")
    is_waiting = None if status is None else status == WAITING
    check_due(event, outcome, id_=event.key.id, is_due=is_waiting)
    _check_id(event)
    _check_owner(event)
    _check_times(event)
    _check_reason(event)
    _check_payload(event)
    outcome.extend(event.findings)
    return outcome


def _check_id(event: Reading) -> None:
    provider, event_id = event.text("provider"), event.text("event_id")
    if provider is not None and event_id is not None and event.key.id != f"{provider}#{event_id}":
        event.add(Rule.EVENT, f"the id {provider}#{shown(event_id)}", event.key.id)


def _check_owner(event: Reading) -> None:
    """An event whose index keys are wrong is missing from the list of whoever it belongs to."""
    if event.has("payment_id") != event.has("merchant_id"):
        event.add(Rule.EVENT, "payment_id and merchant_id together", "one alone")
    merchant, received = event.text("merchant_id"), event.text("received_at")
    if received is None or (merchant is None and event.has("merchant_id")):
        return
    wanted = {
        "list_bucket": f"{merchant or OPERATOR}#{received[:MONTH_CHARACTERS]}",
        "list_position": f"{received}#{event.key.id}",
    }
    for name, value in wanted.items():
        found = event.text(name)
        if found is not None and found != value:
            event.add(Rule.SHAPE, f"{name} {shown(value)}", found)


def _check_times(event: Reading) -> None:
    """What was acted on expires a month after it came; what waits, or was dismissed, does not."""
    received, expires_at = _moment(event.text("received_at")), event.number("expires_at")
    if received is None:
        if event.text("received_at") is not None:
            event.add(Rule.SHAPE, "received_at to be a time that exists", event.text("received_at"))
    elif event.text("status") not in (*_EXPLAINED, None):
        wanted = (received + RETENTION - _EPOCH) // timedelta(seconds=1)
        if expires_at != wanted and (expires_at is not None or not event.has("expires_at")):
            found = "none" if expires_at is None else expires_at
            event.add(Rule.EVENT, f"expires_at {wanted}, 30 days after it came", found)
    status = event.text("status")
    if status in _EXPLAINED and event.has("expires_at"):
        expected = f"no expires_at on an event that is {status}"
        event.add(Rule.EVENT, expected, expires_at or "unreadable")


def _check_reason(event: Reading) -> None:
    status = event.text("status")
    if status is None or event.has("reason") == (status in _EXPLAINED):
        return
    if status in _EXPLAINED:
        event.add(Rule.EVENT, f"the reason why it is {status}", "none")
    else:
        event.add(Rule.EVENT, f"no reason on an event that is {status}", event.text("reason"))


def _check_payload(event: Reading) -> None:
    payload = event.text("payload")
    if payload is None:
        return
    size = len(payload.encode("utf-8", "surrogatepass"))
    if size > MAX_PAYLOAD_BYTES:
        event.add(Rule.EVENT, f"a payload of {MAX_PAYLOAD_BYTES} bytes at most", size)
    sent = _parsed(payload)
    if sent is None:
        event.add(Rule.EVENT, "a payload that is a JSON object", payload)
        return
    type_member, created_member = MEMBERS.get(event.text("provider") or "", ("type", "created"))
    for attribute, member in (("event_id", "id"), ("type", type_member)):
        stored = event.text(attribute)
        if stored is not None and sent.get(member) != stored:
            event.add(Rule.EVENT, f"{attribute} as in its payload", stored)
    if event.has("livemode"):
        livemode = event.item["livemode"].get("BOOL")
        if isinstance(livemode, bool) and sent.get("livemode") is not livemode:
            event.add(Rule.EVENT, "livemode as in its payload", livemode)
    elif sent.get("livemode") is not None:
        event.add(Rule.EVENT, "livemode as in its payload", "none")
    _check_created(event, sent.get(created_member))


def _check_created(event: Reading, sent: object) -> None:
    stored = event.text("created")
    if stored is None and event.has("created"):
        return  # There but unreadable: already a finding.
    if stored != _as_stored(sent):
        event.add(Rule.EVENT, "created as in its payload", stored or "none")


def _as_stored(created: object) -> str | None:
    """Seconds since 1970, or an RFC 3339 time, in the form of all stored times."""
    moment: datetime | None = None
    if isinstance(created, str):
        moment = _moment(created)
    elif isinstance(created, int) and not isinstance(created, bool):
        try:
            moment = _EPOCH + timedelta(seconds=created)
        except OverflowError:
            return None
    return None if moment is None else moment.isoformat(timespec="microseconds")[:26] + "Z"


def _moment(text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _parsed(payload: str) -> dict[str, Any] | None:
    try:
        sent = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return sent if isinstance(sent, dict) else None
