"""Where is unfinished work found? In an index, sparse and keys only, of sixteen partitions."""

import hashlib
from collections.abc import Iterator

BUCKETS = 16
"""So that no partition of the index is hot; the sweep reads all of them each time."""


def due_bucket(item_id: str) -> str:
    """`work#0` to `work#15`, by the id of what is due."""
    return f"work#{hashlib.sha256(item_id.encode()).digest()[0] % BUCKETS}"


def due_buckets() -> Iterator[str]:
    """All of them."""
    return (f"work#{number}" for number in range(BUCKETS))
