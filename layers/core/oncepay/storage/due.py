"""Where is found what is waited for? In an index, sparse and keys only: unfinished work in sixteen
partitions, and in sixteen for each processor the captured payments that no settlement file has
settled yet.
"""

import hashlib
from collections.abc import Iterator

BUCKETS = 16
"""So that no partition of the index is hot; the sweep reads all of them each time."""

SETTLE_PREFIX = "settle#"


def due_bucket(item_id: str) -> str:
    """`work#0` to `work#15`, by the id of what is due."""
    return f"work#{_number(item_id)}"


def due_buckets() -> Iterator[str]:
    """All of them."""
    return (f"work#{number}" for number in range(BUCKETS))


def settle_bucket(processor: str, payment_id: str) -> str:
    """`settle#stripe#0` to `settle#stripe#15`, by the id of the payment; the sweep reads none."""
    return f"{SETTLE_PREFIX}{processor}#{_number(payment_id)}"


def settle_buckets(processor: str) -> Iterator[str]:
    """All of a processor's."""
    return (f"{SETTLE_PREFIX}{processor}#{number}" for number in range(BUCKETS))


def _number(item_id: str) -> int:
    return hashlib.sha256(item_id.encode()).digest()[0] % BUCKETS
