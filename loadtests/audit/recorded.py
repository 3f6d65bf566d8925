"""Does a key have its idempotency record, of what it made, and in the state that it is in?"""

from collections.abc import Mapping

from loadtests.audit.asked import Asked, Document
from loadtests.audit.view import View
from loadtests.record import Kind
from ops.verify.findings import Key


def recorded(view: View, asked: Asked, thing: Document) -> list[str]:
    """What is wrong with the record of a key, a sentence each; empty where none can be read.

    Args:
        view: both sides.
        asked: under the key.
        thing: that the key made, and that is there.
    """
    if view.records is None:
        return []
    record = view.records.get(Key(asked.record_id))
    name = f"{thing['id']} (key {asked.key})"
    if record is None:
        return [f"{name} is there, and its idempotency record is not"] if view.is_recorded else []
    state, item_id = (_text(record, attribute) for attribute in ("state", "item_id"))
    if item_id not in (thing["id"], asked.refunded_payment if asked.kind is Kind.REFUND else None):
        return [f"{name} has an idempotency record of {item_id}"]
    is_open = thing["status"] in {"processing", "pending"}
    if state != "COMPLETED" and not is_open:
        return [f"{name} is {thing['status']}, and its idempotency record is {state}"]
    return []


def _text(item: Mapping[str, Mapping[str, object]], attribute: str) -> str:
    return str(item.get(attribute, {}).get("S", "nothing"))
