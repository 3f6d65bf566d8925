"""A merchant's balances, by currency."""

from collections import defaultdict

from oncepay.domain.ledger import Balance, ledger_id
from oncepay.services.page import Slice
from oncepay.storage import books, ledger
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database


def list_balances(
    merchant_id: str, *, limit: int, after: str | None, database: Database, budget: Budget
) -> Slice[Balance]:
    """Read a page of balances, each strongly consistent; a currency never used before may lag by
    moments.

    Args:
        merchant_id: whose balances.
        limit: at most so many, 1..100.
        after: the last currency seen, or None for the first page.
        database: the tables.
        budget: the time left.
    """
    ids_by_currency: dict[str, set[str]] = defaultdict(set)
    for name in books.ledger_ids(database, merchant_id, budget):
        ids_by_currency[name.split("#")[1]].add(name)
    currencies = sorted(code for code in ids_by_currency if after is None or code > after)
    chosen = currencies[:limit]
    available: dict[str, int] = defaultdict(int)
    pending: dict[str, int] = defaultdict(int)
    wanted = {name for code in chosen for name in ids_by_currency[code]}
    while wanted:
        keys = [{"id": name, "part": ledger.BALANCE_PART} for name in sorted(wanted)]
        more: set[str] = set()
        for raw in database.get_many("ledger", keys, budget):
            balance = ledger.balance_from_raw(raw)
            available[balance.currency] += balance.available_minor
            pending[balance.currency] += balance.pending_minor
            # Of new shards the balance of shard 0 knows before the index does.
            shards = range(1, balance.shards)
            names = {ledger_id(merchant_id, balance.currency, shard) for shard in shards}
            more |= names - ids_by_currency[balance.currency]
            ids_by_currency[balance.currency] |= names
        wanted = more
    balances = [
        Balance(currency=code, available_minor=available[code], pending_minor=pending[code])
        for code in chosen
    ]
    return Slice(balances, chosen[-1] if len(currencies) > limit else None)
