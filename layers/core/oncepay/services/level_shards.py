"""The shards of a merchant's books get alike again: what came into one is there for all."""

from datetime import datetime

from oncepay.domain.errors import RateLimited
from oncepay.domain.ledger import EntryKind, ItemKey, LedgerEntry, ledger_id
from oncepay.domain.shards import MAX_SHARDS, level, levelling_postings, needing
from oncepay.services.new_entry_id import new_entry_id
from oncepay.storage import hot_merchants, ledger
from oncepay.storage.books import ledger_ids, read_shards
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.transactions import Transaction

TRIES_OF_A_MOVE = 8
"""So often payments may be in the way of one; it is for the next time then."""


def level_shards(
    merchant_id: str, shards: int, *, database: Database, now: datetime, budget: Budget
) -> int:
    """Move money between the shards of each of a merchant's books, where they are far apart.

    Args:
        merchant_id: whose books.
        shards: how many each has, or had.
        database: the tables.
        now: the time of the call.
        budget: the time left.

    Returns:
        In how many books money was moved. A move in whose way payments were too often is left out:
        the book is looked at again.

    Raises:
        RateLimited, OutcomeUnknown, StorageUnavailable: see `domain.errors`.
    """
    names = ledger_ids(database, merchant_id, budget)
    currencies = sorted({name.split("#")[1] for name in names})
    return sum(
        _level_book(merchant_id, currency, min(shards, MAX_SHARDS), database, now, budget)
        for currency in currencies
    )


def _level_book(
    merchant_id: str, currency: str, shards: int, database: Database, now: datetime, budget: Budget
) -> bool:
    picture = read_shards(database, merchant_id, currency, shards, budget)
    moves = level(picture)
    if not moves:
        return False
    if picture.known < picture.shards:
        # Before anything is in a shard of which the book does not know: it would not be found.
        transaction = Transaction()
        ledger.set_shards(transaction, ledger_id(merchant_id, currency), picture.shards)
        if database.write(transaction, budget) is not None:
            return False
    moved = False
    for giver, taker, amount_minor in moves:
        try:
            moved |= move_between(
                merchant_id, currency, giver, taker, amount_minor, database, now, budget
            )
        except RateLimited:
            if not budget.has_time():
                raise
    return moved


def move_between(
    merchant_id: str,
    currency: str,
    giver: int,
    taker: int,
    amount_minor: int,
    database: Database,
    now: datetime,
    budget: Budget,
) -> bool:
    """Move money from one shard of a book to another; False if it is not there any more.

    Raises:
        RateLimited: payments were in the way too often; nothing was done.
        OutcomeUnknown: see `Database.write`.
    """
    entries = [
        LedgerEntry(
            id=new_entry_id(now),
            ledger_id=ledger_id(merchant_id, currency, shard),
            kind=EntryKind.LEVELLING,
            item=ItemKey(merchant_id, hot_merchants.PART),
            payment_id=None,
            currency=currency,
            postings=levelling_postings(change_minor),
            created_at=now,
        )
        for shard, change_minor in ((giver, -amount_minor), (taker, amount_minor))
    ]
    transaction = Transaction()
    ledger.post_all(transaction, needing(entries))
    return database.write(transaction, budget, tries=TRIES_OF_A_MOVE) is None
