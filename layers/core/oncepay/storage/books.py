"""Which books does a merchant have, and what is in them? One partition per currency and shard."""

from oncepay.domain.ledger import ledger_id
from oncepay.domain.shards import Picture
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.ledger import BALANCE_PART, BY_MERCHANT, BalanceItem, balance_from_raw


def ledger_ids(database: Database, merchant_id: str, budget: Budget) -> list[str]:
    """Partitions of a merchant's books, sorted; a new one may lag by moments, as every index
    does.
    """
    found = database.query_all("ledger", merchant_id, budget, index=BY_MERCHANT)
    return sorted(raw["id"]["S"] for raw in found)


def read_picture(
    database: Database, merchant_id: str, currency: str, shards: int, budget: Budget
) -> Picture:
    """What is available in each shard of a book, all at one moment: of as many shards as the book
    has, or of `shards` if it has fewer.

    Raises:
        StorageUnavailable: no answer within the budget.
    """
    while True:
        raws = database.get_together(
            [
                (BalanceItem, ledger_id(merchant_id, currency, shard), BALANCE_PART)
                for shard in range(shards)
            ],
            budget,
        )
        balances = [balance_from_raw(raw) if raw else None for raw in raws]
        has_shards = balances[0].shards if balances[0] else 1
        if has_shards <= shards:
            available = tuple(found.available_minor if found else 0 for found in balances)
            return Picture(available, has_shards)
        shards = has_shards
