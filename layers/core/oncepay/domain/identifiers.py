"""How is an id made? From the request that asked for the thing, so that asking again finds the same
thing.

The id of anything created under an idempotency key is derived from (merchant, method, path, key). A
key that is used again after its record has expired therefore meets the item it made before, and
cannot act a second time. The ids of ledger entries are time-ordered instead: they only sort, they
guard nothing.
"""

import base64
import hashlib
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_ID_CHARACTERS = 26
"""26 base32 characters are 130 bits of SHA-256: no two requests share an id by chance."""

_ID_BYTES = 20
"""More than the characters need, and whole groups of base32: nothing is padded."""

_ENTRY_RANDOM_BYTES = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def request_hash(*, merchant_id: str, method: str, path: str, key: str) -> bytes:
    """SHA-256 of the four parts; see `hash_of`."""
    return hash_of(merchant_id, method, path, key)


def hash_of(*parts: str) -> bytes:
    """SHA-256 of the parts, each preceded by its length, so that no two lists run together."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode()
        digest.update(b"%d:" % len(encoded))
        digest.update(encoded)
    return digest.digest()


@lru_cache(maxsize=8)  # The log line of a request names what the request makes.
def derive_id(prefix: str, digest: bytes) -> str:
    """`pay_` and 26 lower-case base32 characters of a hash; other prefixes alike."""
    letters = base64.b32encode(digest[:_ID_BYTES]).decode().lower()
    return f"{prefix}_{letters[:_ID_CHARACTERS]}"


def is_derived_id(prefix: str, text: str) -> bool:
    """Whether a text can be an id of that prefix: what cannot is not looked up.

    DynamoDB refuses keys beyond 2,048 bytes, and a path may hold more.
    """
    return re.fullmatch(rf"{prefix}_[a-z2-7]{{{_ID_CHARACTERS}}}", text, re.ASCII) is not None


def entry_id(now: datetime, random: bytes) -> str:
    """`le_`, 12 hex digits of milliseconds since 1970, 20 hex digits of chance (10 random
    bytes).
    """
    if len(random) != _ENTRY_RANDOM_BYTES:
        raise ValueError(f"an entry id takes {_ENTRY_RANDOM_BYTES} random bytes")
    return entry_time_prefix(now) + random.hex()


def entry_time_prefix(moment: datetime) -> str:
    """What the ids of all entries of that millisecond begin with."""
    return f"le_{max(0, (moment - _EPOCH) // timedelta(milliseconds=1)):012x}"
