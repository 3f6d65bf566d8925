"""Does every idempotency record answer what was really made? (record)"""

import json
from typing import Any, Final

from ops.verify.fields import Reading, read_item
from ops.verify.findings import Outcome, Rule, shown
from ops.verify.specification import HEX_SHA256, RECORD
from ops.verify.stored import StoredItem, named_item, stored_item
from ops.verify.tables import Item, key_of

IDEMPOTENCY: Final = "idempotency"

LATEST_EXPIRY_SECONDS: Final = 10**11
"""Epoch seconds stay below this for three thousand years; a time in milliseconds does not, and
DynamoDB would never delete the record."""


def read_record(item: Item) -> Reading:
    """Read one idempotency record."""
    return read_item(IDEMPOTENCY, key_of(item), item, RECORD)


def check_record(item: Item, made: Item | None) -> Outcome:
    """Check one record against the item that it points at.

    Args:
        item: the record.
        made: the item of Payments that it points at, if that exists.
    """
    outcome = Outcome()
    outcome.count(Rule.RECORD, Rule.SHAPE, Rule.I4)
    record = read_record(item)
    if not HEX_SHA256.fullmatch(record.key.id):
        record.add(Rule.SHAPE, "an id that is a hex SHA-256", record.key.id)
    is_completed = record.text("state") == "COMPLETED"
    if is_completed:
        for name in ("status_code", "body", "expires_at"):
            if not record.has(name):
                record.add(Rule.RECORD, f"{name} on a record that is COMPLETED", "none")
    expires_at = record.number("expires_at")
    if expires_at is not None and expires_at >= LATEST_EXPIRY_SECONDS:
        record.add(Rule.RECORD, "expires_at in seconds", expires_at)
    target = named_item(record)
    if made is not None:
        made_item = stored_item(made)
        _check_same_request(record, made_item)
        if is_completed:
            _check_answer(record, made_item)
    elif target is not None:
        record.add(Rule.RECORD, f"the item it points at, {target}", "none")
    outcome.extend(record.findings)
    return outcome


def _check_same_request(record: Reading, made: StoredItem) -> None:
    for name in ("merchant_id", "fingerprint"):
        mine, its = record.text(name), made.reading.text(name)
        if mine is not None and its is not None and mine != its:
            record.add(Rule.RECORD, f"the {name} of {made.key}, {shown(its)}", mine)


def _check_answer(record: Reading, made: StoredItem) -> None:
    status_code, body = record.number("status_code"), record.text("body")
    status = made.reading.text("status")
    if status_code is None:
        return
    if made.kind == "payment" and status is None:
        return  # Its status is reported; which answer fits cannot be said.
    fitting = 402 if status == "declined" else 201
    if status_code != fitting:
        record.add(Rule.RECORD, f"status_code {fitting} for {made.key}", status_code)
        return
    if body is None:
        return
    answer = _parsed(body)
    if answer is None:
        record.add(Rule.RECORD, "a body that is a JSON object", body)
    elif status_code == 402:
        _check_member(record, answer, "payment_id", made.key.id)
    else:
        _check_member(record, answer, "id", made.public_id)
        _check_member(record, answer, "amount_minor", made.reading.number("amount_minor"))
        _check_member(record, answer, "currency", made.reading.text("currency"))


def _check_member(record: Reading, answer: dict[str, Any], name: str, wanted: object) -> None:
    found = answer.get(name)
    # Compared with its type: JSON true equals 1 in Python, and 5000.0 equals 5000.
    if wanted is not None and (type(found) is not type(wanted) or found != wanted):
        record.add(Rule.RECORD, f"{name} {shown(wanted)} in its body", found)


def _parsed(body: str) -> dict[str, Any] | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
