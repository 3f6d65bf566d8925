"""The API keys of one owner, revoked and expired ones too; never a secret."""

from oncepay.domain.api_key import ApiKey
from oncepay.storage import directory
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database


def list_api_keys(owner_id: str, *, database: Database, budget: Budget) -> list[ApiKey]:
    """Read them all, oldest first.

    Args:
        owner_id: a merchant's id, or `operator`.
        database: the tables.
        budget: the time left.
    """
    found = database.query_all("directory", owner_id, budget)
    keys = [
        directory.api_key_from_raw(raw)
        for raw in found
        if raw["part"]["S"].startswith(directory.API_KEY_PREFIX)
    ]
    return sorted(keys, key=lambda api_key: (api_key.created_at, api_key.key_id))
