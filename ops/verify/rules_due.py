"""Is what is unfinished found by the sweep? (due)

The sweep finds its work in an index, whose keys are two attributes: without them, or in a bucket
that it does not read, work is never finished.
"""

import hashlib

from ops.verify.fields import Reading
from ops.verify.findings import Outcome, Rule
from ops.verify.specification import DUE_BUCKETS


def check_due(reading: Reading, outcome: Outcome, *, id_: str, is_due: bool | None) -> None:
    """Check the keys of the index of unfinished work.

    Args:
        reading: of the item.
        outcome: counts what was checked.
        id_: by which its bucket is chosen.
        is_due: whether it is to be in the index; None if that cannot be said.
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
    bucket, wanted = reading.text("due_bucket"), bucket_of(id_)
    if bucket is not None and bucket != wanted:
        reading.add(Rule.DUE, f"due_bucket {wanted}, by its id", bucket)


def bucket_of(id_: str) -> str:
    """The first byte of the hash of an id, modulo the number of buckets."""
    first = hashlib.sha256(id_.encode("utf-8", "surrogatepass")).digest()[0]
    return f"work#{first % DUE_BUCKETS}"
