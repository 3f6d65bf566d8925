"""A merchant's books get more shards, while it pays: what is in a shard stays there, and counts."""

from dataclasses import dataclass
from datetime import datetime

from oncepay.domain.api_key import Merchant
from oncepay.domain.errors import NotFound, RateLimited
from oncepay.domain.ledger import ledger_id, shard_of
from oncepay.domain.shards import require_shards
from oncepay.services.level_shards import level_shards
from oncepay.storage import directory, hot_merchants, ledger
from oncepay.storage.books import ledger_ids
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.transactions import Transaction


@dataclass(frozen=True, slots=True)
class Grown:
    """What was done.

    Attributes:
        before: how many shards each book had.
        shards: how many it has.
        currencies: of the books there are; another gets as many with its first deposit.
        levelled: of those, in how many money was moved.
    """

    before: int
    shards: int
    currencies: tuple[str, ...]
    levelled: int


def grow_shards(
    merchant_id: str, shards: int, *, database: Database, now: datetime, budget: Budget
) -> Grown:
    """Give each of a merchant's books so many shards, and spread its money over them.

    Payments use them as soon as the authorizer says so, at most a minute later. Doing it again does
    what an interrupted one left.

    Args:
        merchant_id: whose books.
        shards: 1..32, and not fewer than there are.
        database: the tables.
        now: the time of the call.
        budget: the time left.

    Raises:
        NotFound: there is no such merchant.
        InvalidRequest: for a number out of range, or below what it is now.
        RateLimited, OutcomeUnknown, StorageUnavailable: see `domain.errors`; do it again.
    """
    raw = database.get("directory", merchant_id, directory.MERCHANT, budget)
    if raw is None:
        raise NotFound("no such merchant")
    merchant = directory.merchant_from_raw(raw)
    require_shards(shards, now=merchant.shards)
    # What makes the sweep look comes first: shards that nobody levels would be worse than none.
    if shards > 1:
        _have_it_swept(merchant_id, shards, database, now, budget)
    if shards > merchant.shards:
        _raise_of_merchant(merchant, shards, database, budget)
    names = ledger_ids(database, merchant_id, budget)
    currencies = sorted({name.split("#")[1] for name in names if shard_of(name) == 0})
    if shards > 1:
        for currency in currencies:
            transaction = Transaction()
            ledger.set_shards(transaction, ledger_id(merchant_id, currency), shards)
            # Refused, it has as many, or more, by a deposit that was told so.
            database.write(transaction, budget)
    levelled = level_shards(merchant_id, shards, database=database, now=now, budget=budget)
    return Grown(merchant.shards, shards, tuple(currencies), levelled)


def _have_it_swept(
    merchant_id: str, shards: int, database: Database, now: datetime, budget: Budget
) -> None:
    transaction = Transaction()
    raw = database.get("payments", merchant_id, hot_merchants.PART, budget)
    if raw is None:
        hot = hot_merchants.HotMerchant(
            merchant_id=merchant_id, shards=shards, due_at=now, created_at=now
        )
        hot_merchants.put_hot_merchant(transaction, hot)
    else:
        before = hot_merchants.hot_merchant_from_raw(raw)
        if before.shards >= shards:
            return
        hot_merchants.change_hot_merchant(
            transaction, before, shards=shards, due_at=before.due_at, now=now
        )
    if database.write(transaction, budget) is not None:
        raise RateLimited("the merchant is being changed by somebody else; do it again")


def _raise_of_merchant(merchant: Merchant, shards: int, database: Database, budget: Budget) -> None:
    transaction = Transaction()
    directory.set_shards(transaction, merchant, shards)
    if database.write(transaction, budget) is not None:
        raise RateLimited("the merchant is being changed by somebody else; do it again")
