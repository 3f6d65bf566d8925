"""Who can call a fresh local stack? Two merchants with every scope a merchant can have, and an
operator."""

from datetime import UTC, datetime
from typing import Any

from oncepay.domain.principal import ALL_SCOPES, MERCHANT_SCOPES, OPERATOR
from oncepay.services.add_merchant import add_merchant
from oncepay.services.authenticate import authenticate
from oncepay.services.create_api_key import create_api_key
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database

MERCHANT_NAMES = ("Seeded merchant one", "Seeded merchant two")
SEED_SECONDS = 20.0


def seed(database: Database, environment: str, known: dict[str, Any] | None) -> dict[str, Any]:
    """The part of stack.json that says who may call; keys that are known and still work are kept.

    Args:
        database: the stack's tables.
        environment: part of every key.
        known: stack.json as it was, or None.
    """
    now = datetime.now(UTC)
    budget = Budget(SEED_SECONDS)
    if known is not None and _works(database, environment, known, now, budget):
        return {name: known[name] for name in ("merchants", "admin_api_key")}
    merchants = []
    for name in MERCHANT_NAMES:
        merchant = add_merchant(
            name=name, fee_basis_points=None, database=database, now=now, budget=budget
        )
        merchants.append(
            {"id": merchant.id, "api_key": _key(database, environment, merchant.id, now, budget)}
        )
    return {
        "merchants": merchants,
        "admin_api_key": _key(database, environment, OPERATOR, now, budget),
    }


def _key(database: Database, environment: str, owner_id: str, now: datetime, budget: Budget) -> str:
    return create_api_key(
        owner_id=owner_id,
        environment=environment,
        scopes=ALL_SCOPES if owner_id == OPERATOR else MERCHANT_SCOPES,
        name="local",
        expires_at=None,
        database=database,
        now=now,
        budget=budget,
    )[1]


def _works(
    database: Database, environment: str, known: dict[str, Any], now: datetime, budget: Budget
) -> bool:
    merchants = known.get("merchants")
    if not isinstance(merchants, list) or len(merchants) != len(MERCHANT_NAMES):
        return False
    keys = [merchant.get("api_key") for merchant in merchants if isinstance(merchant, dict)]
    keys.append(known.get("admin_api_key"))
    return len(keys) == len(MERCHANT_NAMES) + 1 and all(
        isinstance(key, str)
        and authenticate(
            f"Bearer {key}", environment=environment, database=database, now=now, budget=budget
        )
        is not None
        for key in keys
    )
