"""Is what is unfinished found by the sweep, and what no file has settled by the summary? (due)

Both find it in an index, whose keys are two attributes: without them, or in a bucket that nobody
reads, work is never finished, and money that is missing from a file is never missed.
"""

import hashlib
from collections.abc import Mapping

from ops.verify.family import Family
from ops.verify.fields import Reading
from ops.verify.findings import Key, Outcome, Rule
from ops.verify.specification import DUE_BUCKETS
from ops.verify.stored import StoredItem
from ops.verify.tables import Item


def check_payment_due(
    payment: StoredItem, family: Family, entries: Mapping[Key, Item], outcome: Outcome
) -> None:
    """Check where a payment through a processor is waited for: an authorization until it lapses, by
    the sweep; what was captured until a file settles it.

    Args:
        payment: that of the family.
        family: what is stored under its id.
        entries: those that the family lists, as far as they exist.
        outcome: counts what was checked.
    """
    reading, status = payment.reading, payment.status
    is_waiting = status == "succeeded" and not reading.has("settlement_id")
    is_due = None if status is None else status == "authorized" or is_waiting
    bucket = None
    if is_waiting and family.processor is not None:
        bucket = waiting_bucket_of(family.processor, payment.key.id)
    check_due(reading, outcome, id_=payment.key.id, is_due=is_due, bucket=bucket)
    due_at = reading.text("due_at")
    if not is_waiting or due_at is None:
        return
    # When it was captured is not known any more once a correction was taken back.
    captured = (
        [reading.item] if family.was_settled else [entries.get(k) for k in payment.listed or ()]
    )
    times = {one.get("created_at", {}).get("S") for one in captured if one is not None}
    if len(times) == 1 and due_at not in times:
        reading.add(Rule.DUE, f"due_at {times.pop()}, when it was captured", due_at)


def check_due(
    reading: Reading,
    outcome: Outcome,
    *,
    id_: str,
    is_due: bool | None,
    bucket: str | None = None,
) -> None:
    """Check the keys of the index.

    Args:
        reading: of the item.
        outcome: counts what was checked.
        id_: by which its bucket is chosen.
        is_due: whether it is to be in the index; None if that cannot be said.
        bucket: where; the sweep's own of its id unless given.
    """
    has_either = reading.has("due_at") or reading.has("due_bucket")
    if is_due is False and not has_either:
        return
    outcome.count(Rule.DUE)
    if is_due is False:
        reading.add(Rule.DUE, "neither due_at nor due_bucket: nothing is to be done", "one or both")
        return
    for name in ("due_at", "due_bucket"):
        if not reading.has(name) and (is_due or has_either):
            reading.add(Rule.DUE, f"{name} of what is to be looked at", "none")
    found, wanted = reading.text("due_bucket"), bucket or bucket_of(id_)
    if found is not None and found != wanted:
        reading.add(Rule.DUE, f"due_bucket {wanted}, by its id", found)


def bucket_of(id_: str) -> str:
    """Where the sweep finds what has that id."""
    return f"work#{_number(id_)}"


def waiting_bucket_of(processor: str, id_: str) -> str:
    """Where a captured payment is found that no file has settled yet."""
    return f"settle#{processor}#{_number(id_)}"


def _number(id_: str) -> int:
    """The first byte of the hash of an id, modulo the number of buckets."""
    return hashlib.sha256(id_.encode("utf-8", "surrogatepass")).digest()[0] % DUE_BUCKETS
