"""Which books does a merchant have? One partition per currency and shard."""

from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.ledger import BY_MERCHANT


def ledger_ids(database: Database, merchant_id: str, budget: Budget) -> list[str]:
    """Partitions of a merchant's books, sorted; a new one may lag by moments, as every index
    does.
    """
    found = database.query_all("ledger", merchant_id, budget, index=BY_MERCHANT)
    return sorted(raw["id"]["S"] for raw in found)
