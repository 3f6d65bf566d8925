"""A book's money is to be in its shard 0: something takes it there whatever the balance is, and
what it leaves below zero must not be found in other shards.
"""

from datetime import datetime

from oncepay.domain.errors import RateLimited
from oncepay.domain.ledger import Needs
from oncepay.services.level_shards import move_between
from oncepay.storage.books import read_picture, read_shards
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database

MAX_TURNS = 20
"""Times that all shards are looked at again because payments were faster."""


def gather_in_first_shard(
    ledger_id: str, amount_minor: int, *, database: Database, now: datetime, budget: Budget
) -> Needs:
    """Move into shard 0 what is to be taken there, or all there is.

    Args:
        ledger_id: of the book's shard 0.
        amount_minor: to be taken from it, above zero.
        database: the tables.
        now: the time of the call.
        budget: the time left.

    Returns:
        What shard 0 must be like when it is taken: it has it; or all others are drained, and
        nothing came in since, which no deposit does without an entry in shard 0.

    Raises:
        RateLimited, OutcomeUnknown, StorageUnavailable: see `domain.errors`.
    """
    merchant_id, currency, _ = ledger_id.rsplit("#", 2)
    for turn in range(MAX_TURNS):
        picture = read_shards(database, merchant_id, currency, 1, budget)
        if picture.available[0] >= amount_minor:
            return Needs(at_least=amount_minor)
        if not any(minor > 0 for minor in picture.available[1:]):
            picture = read_picture(database, merchant_id, currency, picture.shards, budget)
            if not any(minor > 0 for minor in picture.available[1:]):
                return Needs(entries=picture.entries, shards=picture.shards)
        missing_minor = amount_minor - picture.available[0]
        others = range(1, picture.shards)
        for giver in sorted(others, key=picture.available.__getitem__, reverse=True):
            minor = min(missing_minor, picture.available[giver])
            if minor > 0 and move_between(
                merchant_id, currency, giver, 0, minor, database, now, budget
            ):
                missing_minor -= minor
        if not budget.wait_before_retry(turn):
            break
    raise RateLimited("too many payments of this merchant at once; nothing was done")
