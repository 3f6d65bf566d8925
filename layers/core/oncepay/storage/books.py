"""Which books does a merchant have, and what is in them? One partition per currency and shard."""

from collections.abc import Sequence

from oncepay.domain.ledger import ledger_id
from oncepay.domain.shards import Picture
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.ledger import BALANCE_PART, BY_MERCHANT, BalanceItem, balance_from_raw
from oncepay.storage.transactions import RawItem


def ledger_ids(database: Database, merchant_id: str, budget: Budget) -> list[str]:
    """Partitions of a merchant's books, sorted; a new one may lag by moments, as every index
    does.
    """
    found = database.query_all("ledger", merchant_id, budget, index=BY_MERCHANT)
    return sorted(raw["id"]["S"] for raw in found)


def read_shards(
    database: Database, merchant_id: str, currency: str, shards: int, budget: Budget
) -> Picture:
    """What is available in each shard of a book, each as it is, but not all at one moment: good
    enough to plan by, and however busy the merchant is, nothing is in its way.

    Of as many shards as the book has, or of `shards` if it has fewer.

    Raises:
        StorageUnavailable: no answer within the budget.
    """
    while True:
        names = [ledger_id(merchant_id, currency, shard) for shard in range(shards)]
        keys = [{"id": name, "part": BALANCE_PART} for name in names]
        found = {raw["id"]["S"]: raw for raw in database.get_many("ledger", keys, budget)}
        picture = _picture([found.get(name) for name in names])
        if picture.known <= shards:
            return picture
        shards = picture.known


def read_picture(
    database: Database, merchant_id: str, currency: str, shards: int, budget: Budget
) -> Picture:
    """The same, all at one moment: what is not in there is not there. Whoever writes at that moment
    is in its way.

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
        picture = _picture(raws)
        if picture.known <= shards:
            return picture
        shards = picture.known


def _picture(raws: Sequence[RawItem | None]) -> Picture:
    balances = [balance_from_raw(raw) if raw else None for raw in raws]
    available = tuple(found.available_minor if found else 0 for found in balances)
    first = balances[0]
    return Picture(available, first.shards, first.entries) if first else Picture(available)
