"""Does every idempotency record answer what was really made, or decided? (record)

A record says which item its request made; of a capture or void it names the payment, and which of
its operations is meant is told by their ids: record and operation are named by the same hash. Of a
decision it names the break, and is as old as the decision.
"""

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

from ops.verify.family import came_back
from ops.verify.fields import Reading, read_item
from ops.verify.findings import Key, Outcome, Rule, shown
from ops.verify.packed import unpacked
from ops.verify.specification import HEX_SHA256, OPERATOR, RECORD
from ops.verify.specification_outside import AFTER
from ops.verify.stored import (
    AT_PROCESSOR,
    FROM_BALANCE,
    OPERATION_PREFIX,
    StoredItem,
    named_item,
    stored_item,
)
from ops.verify.stored_settlements import StoredBreak, is_break, stored_break
from ops.verify.tables import Item, key_of

IDEMPOTENCY: Final = "idempotency"

LATEST_EXPIRY_SECONDS: Final = 10**11
"""Epoch seconds stay below this for three thousand years; a time in milliseconds does not, and
DynamoDB would never delete the record."""

MOVE_PREFIXES: Final = ("cap_", "vo_")
MOVED_TO: Final = {"capture": "succeeded", "void": "voided"}

REACHED_FROM: Final = {
    "requires_action": {"requires_action", "authorized", "succeeded", "declined"}
    | {"voided", "expired"},
    "authorized": {"authorized", "succeeded", "voided", "expired"},
    "succeeded": {"succeeded"},
    "voided": {"voided", "succeeded"},
    "expired": {"expired", "succeeded"},
}
"""Where a payment may be by now that was answered in such a status; no other is ever answered."""

SESSION_LED_TO: Final = {
    "open": REACHED_FROM["requires_action"],
    "complete": {"authorized", "succeeded", "voided", "expired"},
    "expired": {"expired", "succeeded"},
}
"""The same of a checkout's session, which is answered instead of its payment."""

_ID_CHARACTERS: Final = 26
_ANSWER: Final = ("status_code", "body", "expires_at")
_KNOWN_THERE: Final = "processor_reference"


def read_record(item: Item) -> Reading:
    """Read one idempotency record."""
    return read_item(IDEMPOTENCY, key_of(item), item, RECORD)


def named_by_record(item: Item) -> Key | None:
    """The key, in Payments, of the item that a record names."""
    return named_item(read_record(item))


def possible_operations(item: Item, made: Item | None) -> set[Key]:
    """The keys of the operations that the request of a record may have asked for.

    Args:
        item: the record.
        made: the item that it names, if that exists.
    """
    if made is None:
        return set()
    one = stored_item(made)
    if one.kind == "refund" and (one.status != "succeeded" or one.reading.has(_KNOWN_THERE)):
        return {_operation_key(one.key.id, one.public_id)}
    if one.kind != "payment" or one.reading.text("funding_type") == FROM_BALANCE:
        return set()
    ids = _possible_ids(read_record(item))
    return {_operation_key(one.key.id, id_) for id_ in ids if _is_of(id_, one.key.id)}


def check_record(item: Item, there: Mapping[Key, Item]) -> Outcome:
    """Check one record against what it is about.

    Args:
        item: the record.
        there: what exists of the item that it names, and of its possible operations.
    """
    outcome = Outcome()
    outcome.count(Rule.RECORD, Rule.SHAPE, Rule.I4)
    record = read_record(item)
    if not HEX_SHA256.fullmatch(record.key.id):
        record.add(Rule.SHAPE, "an id that is a hex SHA-256", record.key.id)
    expires_at = record.number("expires_at")
    if expires_at is not None and expires_at >= LATEST_EXPIRY_SECONDS:
        record.add(Rule.RECORD, "expires_at in seconds", expires_at)
    state = record.text("state")
    for name in _ANSWER:
        if state == "COMPLETED" and not record.has(name):
            record.add(Rule.RECORD, f"{name} on a record that is COMPLETED", "none")
        elif state == "IN_PROGRESS" and record.has(name):
            record.add(Rule.RECORD, f"no {name} on a record that is IN_PROGRESS", "there is one")
    target = named_item(record)
    made = None if target is None else there.get(target)
    if target is not None and made is not None and is_break(target):
        _check_decided(record, stored_break(made))
    elif made is not None:
        found = (there.get(key) for key in possible_operations(item, made))
        operation = next((stored_item(one) for one in found if one is not None), None)
        _check_made(record, stored_item(made), operation)
    elif target is not None:
        record.add(Rule.RECORD, f"the item it points at, {target}", "none")
    outcome.extend(record.findings)
    return outcome


def _check_decided(record: Reading, found: StoredBreak) -> None:
    """Check the answer to a decision about a break."""
    if record.text("merchant_id") not in (OPERATOR, None):
        record.add(
            Rule.RECORD, f"a record of {OPERATOR}, who alone decides", record.text("merchant_id")
        )
    decided_at, status_code = record.text("created_at"), record.number("status_code")
    if record.text("state") == "IN_PROGRESS":
        record.add(Rule.RECORD, "a decision to be COMPLETED at once", "IN_PROGRESS")
        return
    if status_code is not None and status_code != 200:
        record.add(Rule.RECORD, f"status_code 200 for {found.key}", status_code)
        return
    if found.decisions is None or decided_at is None:
        return
    decided = (decided_at, record.key.id)
    led_to = {AFTER[one.action] for one in found.decisions if (one.at, one.record_id) == decided}
    if not led_to:
        record.add(Rule.RECORD, f"its decision about {found.key}, at its created_at", decided_at)
        return
    body = record.text("body")
    answer = None if body is None else _parsed(body)
    if body is not None and answer is None:
        record.add(Rule.RECORD, "a body that is a JSON object", body)
    elif answer is not None:
        _check_member(record, answer, "id", found.id)
        if answer.get("status") not in led_to:
            wanted = f"status {' or '.join(sorted(led_to))} in its body"
            record.add(Rule.RECORD, wanted, answer.get("status"))


def _check_made(record: Reading, made: StoredItem, operation: StoredItem | None) -> None:
    if operation is None and made.reading.text("funding_type") == AT_PROCESSOR:
        record.add(Rule.RECORD, f"an operation of {made.key} that its request asked for", "none")
        return
    _check_same_request(record, made if operation is None else operation)
    if record.text("state") == "COMPLETED":
        _check_answer(record, made, operation)
    elif record.text("state") == "IN_PROGRESS":
        _check_in_progress(record, made, operation)


def _check_same_request(record: Reading, made: StoredItem) -> None:
    for name in ("merchant_id", "fingerprint"):
        mine, its = record.text(name), made.reading.text(name)
        if mine is not None and its is not None and mine != its:
            record.add(Rule.RECORD, f"the {name} of {made.key}, {shown(its)}", mine)


def _check_in_progress(record: Reading, made: StoredItem, operation: StoredItem | None) -> None:
    if operation is None:
        record.add(Rule.RECORD, f"an open operation of {made.key}, being IN_PROGRESS", "none")
    elif operation.status not in ("open", None):
        record.add(Rule.RECORD, f"{operation.key} to be open while IN_PROGRESS", operation.status)
    elif operation.reading.text("record_id") != record.key.id:
        named = operation.reading.text("record_id") or "none"
        record.add(Rule.RECORD, f"{operation.key} to name this record", named)


def _check_answer(record: Reading, made: StoredItem, operation: StoredItem | None) -> None:
    status_code, body = record.number("status_code"), record.text("body")
    if status_code is None or (made.kind in ("payment", "refund") and made.status is None):
        return  # What it should be is reported; which answer fits cannot be said.
    kind = None if operation is None else operation.operation_kind
    if operation is not None and kind is None:
        return
    answer = None if body is None else _parsed(body)
    if operation is not None and kind in MOVED_TO:
        fitting = _codes_of_move(operation)
    else:
        fitting = _codes_of_making(made, operation, answer)
    if status_code not in fitting:
        wanted = " or ".join(str(one) for one in sorted(fitting)) or "no answer yet"
        record.add(Rule.RECORD, f"status_code {wanted} for {made.key}", status_code)
        return
    if body is None:
        return
    if answer is None:
        record.add(Rule.RECORD, "a body that is a JSON object", body)
    elif status_code == 409:
        _check_member(record, answer, "code", "invalid_transition")
    elif status_code == 402:
        _check_member(record, answer, "payment_id", made.key.id)
    else:
        is_session = _is_session(made, operation)
        _check_member(record, answer, "id", _session_id(made) if is_session else made.public_id)
        if is_session:
            _check_member(record, answer, "payment_id", made.public_id)
        _check_member(record, answer, "amount_minor", made.reading.number("amount_minor"))
        _check_member(record, answer, "currency", made.reading.text("currency"))
        if operation is not None:
            _check_status(record, answer, made, operation)


def _codes_of_move(operation: StoredItem) -> set[int]:
    if operation.status is None:
        return {200, 402, 409}
    return {"open": set(), "succeeded": {200}, "failed": {402}, "overtaken": {409}}[
        operation.status
    ]


def _codes_of_making(
    made: StoredItem, operation: StoredItem | None, answer: dict[str, Any] | None
) -> set[int]:
    if made.kind == "payment" and made.status == "declined":
        # It may have been answered before, when the payer still had something to do.
        waits = "open" if _is_session(made, operation) else "requires_action"
        was_answered = operation is not None and (answer or {}).get("status") == waits
        return {201} if was_answered else {402}
    if made.kind == "payment" and made.status == "processing":
        return set()
    if made.kind == "refund" and made.status == "pending":
        return set()
    if made.kind == "refund" and made.status == "failed" and operation is None:
        return {402}
    return {201}


def _check_status(
    record: Reading, answer: dict[str, Any], made: StoredItem, operation: StoredItem
) -> None:
    """Check that what was answered has led to what is there."""
    said, now, kind = answer.get("status"), made.status, operation.operation_kind
    if kind in MOVED_TO:
        _check_member(record, answer, "status", MOVED_TO[kind])
        if kind == "capture":
            captured = operation.reading.number("amount_minor")
            _check_member(record, answer, "captured_minor", captured)
        return
    if made.kind == "refund":
        allowed = {"succeeded": {"succeeded", "failed"}, "failed": {"failed"}}.get(now or "", set())
        if came_back(made):
            allowed = allowed | {"succeeded"}
    else:
        led_to = SESSION_LED_TO if _is_session(made, operation) else REACHED_FROM
        allowed = {before for before, after in led_to.items() if now in after}
    if not isinstance(said, str) or said not in allowed:
        wanted = f"a status in its body that led to {now}"
        record.add(Rule.RECORD, wanted, said)


def _is_session(made: StoredItem, operation: StoredItem | None) -> bool:
    """Whether what was asked for is a checkout's session: its payment is made for it."""
    is_made = operation is not None and operation.operation_kind == "authorize"
    return is_made and made.kind == "payment" and made.reading.has("checkout")


def _session_id(payment: StoredItem) -> str:
    return f"cs_{payment.public_id.removeprefix('pay_')}"


def _check_member(record: Reading, answer: dict[str, Any], name: str, wanted: object) -> None:
    found = answer.get(name)
    # Compared with its type: JSON true equals 1 in Python, and 5000.0 equals 5000.
    if wanted is not None and (type(found) is not type(wanted) or found != wanted):
        record.add(Rule.RECORD, f"{name} {shown(wanted)} in its body", found)


def _possible_ids(record: Reading) -> list[str]:
    """The ids that what the request asked for may have: they are made of the same hash."""
    if not HEX_SHA256.fullmatch(record.key.id):
        return []
    hashed = base64.b32encode(bytes.fromhex(record.key.id)).decode().lower()[:_ID_CHARACTERS]
    return [f"{prefix}{hashed}" for prefix in ("pay_", *MOVE_PREFIXES)]


def _is_of(operation_id: str, payment_id: str) -> bool:
    """Whether an operation of that id can be beside that payment: one authorizes its own."""
    return operation_id == payment_id or not operation_id.startswith("pay_")


def _operation_key(payment_id: str, own_id: str) -> Key:
    return Key(payment_id, f"{OPERATION_PREFIX}{own_id}")


def _parsed(body: str) -> dict[str, Any] | None:
    text = unpacked(body)
    if text is None:
        return None
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
