"""A new API key. Its secret is returned once and never stored."""

import secrets
from datetime import datetime

from oncepay.domain.api_key import (
    KEY_ID_BYTES,
    SECRET_BYTES,
    ApiKey,
    base32,
    hash_secret,
    write_key,
)
from oncepay.domain.errors import InvalidRequest, NotFound
from oncepay.domain.principal import OPERATOR, require_scopes
from oncepay.storage import directory
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.transactions import Transaction


def create_api_key(
    *,
    owner_id: str,
    environment: str,
    scopes: tuple[str, ...],
    name: str,
    expires_at: datetime | None,
    database: Database,
    now: datetime,
    budget: Budget,
) -> tuple[ApiKey, str]:
    """Write a key and return it with its only copy in clear.

    Args:
        owner_id: a merchant's id, or `operator`.
        environment: the stage's; part of the key.
        scopes: what it may do; a merchant never gets an operator's.
        name: for people.
        expires_at: when it stops working, or None.
        database: the tables.
        now: the time of the call.
        budget: the time left.

    Raises:
        InvalidRequest: scopes that do not exist or are not the owner's, or an expiry in the past.
        NotFound: no such merchant.
        OutcomeUnknown, RateLimited: see `domain.errors`.
    """
    if expires_at is not None and expires_at <= now:
        raise InvalidRequest("expires_at must be in the future", param="expires_at")
    granted = require_scopes(owner_id, scopes)
    if owner_id != OPERATOR and database.get("directory", owner_id, "merchant", budget) is None:
        raise NotFound(f"no merchant {owner_id}")
    secret = base32(secrets.token_bytes(SECRET_BYTES))
    api_key = ApiKey(
        owner_id=owner_id,
        key_id=base32(secrets.token_bytes(KEY_ID_BYTES)),
        secret_sha256=hash_secret(secret),
        scopes=granted,
        name=name,
        created_at=now,
        expires_at=expires_at,
    )
    transaction = Transaction()
    transaction.put("api_key", directory.api_key_item(api_key))
    if database.write(transaction, budget) is not None:
        raise InvalidRequest("the new key's id is taken; try again")
    return api_key, write_key(environment, api_key, secret)
