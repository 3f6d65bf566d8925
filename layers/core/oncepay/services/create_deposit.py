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

MAX_TURNS = 25
"""Times that a book is looked at again because it has changed, or tried with fewer shards."""

TRIES_OF_A_WIDTH = 3
"""So often other transactions may be in the way; then fewer shards are tried at once."""


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
    book = _Book(shards=shards, width=shards)
    taken_ids = 0
    for turn in range(MAX_TURNS):
        posted = _posted(deposit, book, now)
        keys = tuple(one.entry.key for one in posted)
        try:
            refused = write_sets.write_deposit(
                database,
                record,
                replace(deposit, entries=keys),
                posted,
                now,
                budget,
                tries=TRIES_OF_A_WIDTH if book.width > 1 else None,
            )
        except RateLimited:
            if book.width == 1 or not budget.has_time():
                raise
            # All of them are hardly ever idle at once: half as many are more often.
            book = replace(book, width=book.width // 2)
            continue
        if refused is None:
            return Outcome(answer, replayed=False)
        past = replay(request, record=refused.record, made=refused.item, present=present, now=now)
        if past is not None:
            return past
        if refused.books:
            if not budget.wait_before_retry(turn):
                break
            book = _read_book(deposit, book, database, budget)
        elif (taken_ids := taken_ids + 1) == MAX_ENTRY_IDS:
            raise InternalError("no free ledger entry id was found")
    raise RateLimited("too much happens in the books at once; nothing was done")


@dataclass(frozen=True, slots=True)
class _Book:
    """What is known of the book, and over how many of its shards the deposit goes."""

    shards: int
    width: int
    available_minor: int = 0
    """In shard 0, if that is below zero."""


def _posted(deposit: Deposit, book: _Book, now: datetime) -> tuple[Posted, ...]:
    if book.shards == 1:
        # Right however many there are: what is in shard 0 counts, and is levelled out.
        return (Posted(_entry(deposit, 0, deposit.amount_minor, now)),)
    # Few deposits come here: the cold start of the others does not wait for it.
    from oncepay.domain.shards import fill, some_shards

    among = some_shards(deposit.id, book.shards, book.width)
    parts = fill(-book.available_minor, deposit.amount_minor, among)
    # Only while shard 0 is short of no more than that, and there are no more shards.
    needs = Needs(at_least=book.available_minor, shards=book.shards)
    return tuple(
        Posted(_entry(deposit, shard, minor, now), None if shard else needs)
        for shard, minor in parts.items()
    )


def _read_book(deposit: Deposit, book: _Book, database: Database, budget: Budget) -> _Book:
    from oncepay.storage.books import read_shards

    picture = read_shards(database, deposit.merchant_id, deposit.currency, book.shards, budget)
    width = picture.shards if book.width == book.shards else book.width
    return _Book(picture.shards, width, min(0, picture.available[0]))


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
