"""A merchant puts money into its balance: one DynamoDB transaction, spread over the shards of its
book.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from oncepay.domain.errors import DepositBelowMinimum, InternalError, RateLimited
from oncepay.domain.idempotency import IdempotentRequest, Outcome, completed_record
from oncepay.domain.ledger import (
    EntryKind,
    LedgerEntry,
    Needs,
    Posted,
    deposit_postings,
    ledger_id,
)
from oncepay.domain.money import require_deposit
from oncepay.domain.payment import Deposit
from oncepay.services.new_entry_id import new_entry_id
from oncepay.services.replay import Present, replay
from oncepay.storage import idempotency_records, payments, write_sets
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database

MAX_ENTRY_IDS = 3
"""Tries with other entry ids, should one be taken; 80 random bits make even one unheard of."""

MAX_PICTURES = 20
"""Times that all shards are looked at again because they have changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateDeposit:
    """The command. `amount_minor` in minor units of `currency`."""

    amount_minor: int
    currency: str


def create_deposit(
    command: CreateDeposit,
    *,
    request: IdempotentRequest,
    minimum_minor: int,
    present: Present[Deposit],
    retention: timedelta,
    database: Database,
    now: datetime,
    budget: Budget,
    shards: int = 1,
) -> Outcome:
    """Record a deposit, post it, raise the balance and store the answer, together or not at all.

    Args:
        command: what to do.
        request: who asks, and under which key.
        minimum_minor: the least deposit of the currency, in minor units.
        present: makes the answer.
        retention: how long the answer is kept.
        database: the tables.
        now: the time of the call.
        budget: the time left.
        shards: how many the merchant's books have, as far as the caller knows.

    Returns:
        201 and the deposit, now or as answered before.

    Raises:
        DepositBelowMinimum, IdempotencyKeyReused, RateLimited, OutcomeUnknown: see `domain.errors`.
    """
    deposit = Deposit(
        id=request.derive_id("dep"),
        merchant_id=request.merchant_id,
        fingerprint=request.fingerprint,
        amount_minor=command.amount_minor,
        currency=command.currency,
        created_at=now,
    )
    try:
        require_deposit(command.amount_minor, command.currency, minimum_minor=minimum_minor)
    except DepositBelowMinimum:
        # The minimum may have been raised since this very request was carried out.
        past = _read_past(deposit, request, present, database, now, budget)
        if past is None:
            raise
        return past
    answer = present(deposit)
    record = completed_record(
        request, item=deposit.key, answer=answer, now=now, retention=retention
    )
    parts = _first_parts(deposit, shards)
    pictures = 0
    for _ in range(MAX_PICTURES + MAX_ENTRY_IDS):
        posted = tuple(
            Posted(_entry(deposit, shard, amount_minor, now), needs)
            for shard, amount_minor, needs in parts
        )
        keys = tuple(one.entry.key for one in posted)
        refused = write_sets.write_deposit(
            database, record, replace(deposit, entries=keys), posted, now, budget
        )
        if refused is None:
            return Outcome(answer, replayed=False)
        past = replay(request, record=refused.record, made=refused.item, present=present, now=now)
        if past is not None:
            return past
        if refused.books:
            if pictures == MAX_PICTURES or not budget.wait_before_retry(pictures):
                raise RateLimited("too much happens in the books at once; nothing was done")
            pictures += 1
            parts = _parts_as_it_is(deposit, shards, database, budget)
    raise InternalError("no free ledger entry id was found")


type Part = tuple[int, int, Needs | None]
"""A shard, what comes in there, and what its balance must be like."""


def _first_parts(deposit: Deposit, shards: int) -> list[Part]:
    if shards == 1:
        # Right however many there are: what is in shard 0 counts, and is levelled out.
        return [(0, deposit.amount_minor, None)]
    from oncepay.domain.shards import split_evenly

    # As long as shard 0 is short of nothing, and there are no more of them.
    needs = Needs(at_least=0, shards=shards)
    parts = split_evenly(deposit.amount_minor, shards)
    return [(shard, minor, None if shard else needs) for shard, minor in parts.items()]


def _parts_as_it_is(
    deposit: Deposit, shards: int, database: Database, budget: Budget
) -> list[Part]:
    from oncepay.domain.shards import fill
    from oncepay.storage.books import read_picture

    picture = read_picture(database, deposit.merchant_id, deposit.currency, shards, budget)
    needs = Needs(at_least=min(0, picture.available[0]), shards=picture.shards)
    parts = fill(picture, deposit.amount_minor)
    return [(shard, minor, None if shard else needs) for shard, minor in parts.items()]


def _entry(deposit: Deposit, shard: int, amount_minor: int, now: datetime) -> LedgerEntry:
    return LedgerEntry(
        id=new_entry_id(now),
        ledger_id=ledger_id(deposit.merchant_id, deposit.currency, shard),
        kind=EntryKind.DEPOSIT,
        item=deposit.key,
        payment_id=None,
        currency=deposit.currency,
        postings=deposit_postings(amount_minor),
        created_at=now,
    )


def _read_past(
    deposit: Deposit,
    request: IdempotentRequest,
    present: Present[Deposit],
    database: Database,
    now: datetime,
    budget: Budget,
) -> Outcome | None:
    raw_record, raw_deposit = database.get_together(
        [
            (idempotency_records.IdempotencyItem, request.record_id, None),
            (payments.DepositItem, deposit.key.id, deposit.key.part),
        ],
        budget,
    )
    return replay(
        request,
        record=idempotency_records.from_raw(raw_record) if raw_record else None,
        made=payments.deposit_from_raw(raw_deposit) if raw_deposit else None,
        present=present,
        now=now,
    )
