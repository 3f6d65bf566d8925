"""An API key stops working: at once for a new look-up, within 60 seconds where the gateway holds an
older one.
"""

from dataclasses import replace
from datetime import datetime

from oncepay.domain.api_key import ApiKey
from oncepay.domain.errors import NotFound, RateLimited
from oncepay.domain.ledger import ItemKey
from oncepay.domain.principal import OPERATOR
from oncepay.storage import directory
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.directory import ApiKeyItem
from oncepay.storage.transactions import Transaction

MAX_TURNS = 5


def revoke_api_key(public_id: str, *, database: Database, now: datetime, budget: Budget) -> ApiKey:
    """Mark a key revoked; a key revoked before keeps its first time.

    Args:
        public_id: the id part of the key, `<owner>-<key id>`.
        database: the tables.
        now: the time of the call.
        budget: the time left.

    Raises:
        NotFound: no such key.
        RateLimited, OutcomeUnknown: see `domain.errors`.
    """
    owner, _, key_id = public_id.partition("-")
    owner_id = owner if owner == OPERATOR else f"mer_{owner}"
    at = ItemKey(owner_id, directory.API_KEY_PREFIX + key_id)
    for turn in range(MAX_TURNS):
        raw = database.get("directory", at.id, at.part, budget)
        if raw is None:
            raise NotFound(f"no API key {public_id}")
        api_key = directory.api_key_from_raw(raw)
        if api_key.revoked_at is not None:
            return api_key
        transaction = Transaction()
        transaction.update(
            "api_key",
            ApiKeyItem(id=at.id, part=at.part, version=api_key.version),
            [ApiKeyItem.revoked_at.set(now)],
        )
        if database.write(transaction, budget) is None:
            return replace(api_key, revoked_at=now, version=api_key.version + 1)
        if not budget.wait_before_retry(turn):
            break
    raise RateLimited("the key is being changed by somebody else; try again")
