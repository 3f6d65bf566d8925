"""A ledger entry's id: the time, so that a statement sorts, and chance."""

import secrets
from datetime import datetime

from oncepay.domain.identifiers import entry_id


def new_entry_id(now: datetime) -> str:
    """A new one at each call."""
    return entry_id(now, secrets.token_bytes(10))
