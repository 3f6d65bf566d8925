"""Who holds this API key? One strongly consistent read of key and owner together, and nothing
written.
"""

from datetime import datetime

from oncepay.domain.api_key import ApiKey, Merchant, parse_key, secret_matches
from oncepay.domain.ledger import ItemKey
from oncepay.domain.principal import OPERATOR, Principal
from oncepay.storage import directory
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database

BEARER = "bearer "


def authenticate(
    authorization: str, *, environment: str, database: Database, now: datetime, budget: Budget
) -> Principal | None:
    """Find out who is calling.

    Args:
        authorization: the header, `Bearer <API key>`.
        environment: the stage's; a key of another environment is refused before anything is read.
        database: the tables.
        now: decides whether the key has expired.
        budget: the time left.

    Returns:
        The caller, or None: no key, an unknown, expired or revoked one. Which of them is nobody's
        business.

    Raises:
        StorageUnavailable: no answer within the budget.
    """
    if not authorization.lower().startswith(BEARER):
        return None
    presented = parse_key(authorization[len(BEARER) :].strip())
    if presented is None or presented.environment != environment:
        return None
    api_key_at = ItemKey(presented.owner_id, directory.API_KEY_PREFIX + presented.key_id)
    found = database.get_many(
        "directory",
        [
            {"id": api_key_at.id, "part": api_key_at.part},
            {"id": presented.owner_id, "part": "merchant"},
        ],
        budget,
    )
    api_key: ApiKey | None = None
    merchant: Merchant | None = None
    for raw in found:
        if raw["part"]["S"] == "merchant":
            merchant = directory.merchant_from_raw(raw)
        else:
            api_key = directory.api_key_from_raw(raw)
    if api_key is None or not secret_matches(presented, api_key.secret_sha256):
        return None
    if not api_key.is_usable(now) or (merchant is None and api_key.owner_id != OPERATOR):
        return None
    return Principal(
        merchant_id=merchant.id if merchant else None,
        scopes=frozenset(api_key.scopes),
        fee_basis_points=merchant.fee_basis_points if merchant else None,
        expires_at=api_key.expires_at,
        key_id=api_key.public_id,
        shards=merchant.shards if merchant else 1,
    )
