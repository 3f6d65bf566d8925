"""A merchant pays from its balance: one DynamoDB transaction, and one more to record a decline.

A merchant whose books have several shards pays from one of them; if that is short, all are looked
at together, and several give.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from oncepay.domain.errors import InternalError, RateLimited
from oncepay.domain.idempotency import (
    IdempotencyRecord,
    IdempotentRequest,
    Outcome,
    completed_record,
)
from oncepay.domain.ledger import (
    AVAILABLE,
    EntryKind,
    LedgerEntry,
    Needs,
    Posted,
    first_shard,
    ledger_id,
    payment_postings,
)
from oncepay.domain.payment import INSUFFICIENT_FUNDS, Payment, decline, pay_from_balance
from oncepay.services.new_entry_id import new_entry_id
from oncepay.services.replay import Present, replay
from oncepay.storage import write_sets
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database

if TYPE_CHECKING:
    from oncepay.domain.checkout import Checkout

MAX_ENTRY_IDS = 3
"""Tries with another entry id, should one be taken; 80 random bits make even one unheard of."""

MAX_PICTURES = 20
"""Times that all shards are looked at again because other payments were faster."""

TRIES_OF_A_PLAN = 4
"""So often other transactions may be in the way; then other shards may have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePayment:
    """The command. `amount_minor` in minor units of `currency`; metadata up to 50 pairs;
    `processor` is None for a payment from the balance.
    """

    amount_minor: int
    currency: str
    customer_id: str | None
    description: str | None
    metadata: Mapping[str, str]
    processor: str | None = None
    payment_method: str | None = None
    captures_automatically: bool = True
    checkout: "Checkout | None" = None


def create_payment(
    command: CreatePayment,
    *,
    request: IdempotentRequest,
    fee_basis_points: int,
    present: Present[Payment],
    retention: timedelta,
    database: Database,
    now: datetime,
    budget: Budget,
    shards: int = 1,
) -> Outcome:
    """Take amount and fee from the balance, record and post it and store the answer, together or
    not at all.

    Args:
        command: what to do.
        request: who asks, and under which key.
        fee_basis_points: the merchant's fee.
        present: makes the answer: 402 of a declined payment, else 201.
        retention: how long the answer is kept.
        database: the tables.
        now: the time of the call.
        budget: the time left.
        shards: how many the merchant's books have, as far as the caller knows.

    Returns:
        201 and the payment, or 402; now, or as answered before.

    Raises:
        IdempotencyKeyReused, RateLimited, OutcomeUnknown: see `domain.errors`.
    """
    payment_id = request.derive_id("pay")
    payment = pay_from_balance(
        payment_id=payment_id,
        merchant_id=request.merchant_id,
        fingerprint=request.fingerprint,
        amount_minor=command.amount_minor,
        currency=command.currency,
        fee_basis_points=fee_basis_points,
        now=now,
        customer_id=command.customer_id,
        description=command.description,
        metadata=command.metadata,
        shard=first_shard(payment_id, shards),
    )
    answer = present(payment)
    record = completed_record(
        request, item=payment.key, answer=answer, now=now, retention=retention
    )
    for _ in range(MAX_ENTRY_IDS):
        entry = _entry(payment, now)
        posted = [Posted(entry, Needs(at_least=-entry.change_of(AVAILABLE)))]
        refused = write_sets.write_payment(database, record, payment, posted, now, budget)
        if refused is None:
            return Outcome(answer, replayed=False)
        past = replay(request, record=refused.record, made=refused.item, present=present, now=now)
        if past is not None:
            return past
        if refused.books:
            break
    else:
        raise InternalError("no free ledger entry id was found")
    is_all = payment.shard == 0 and (refused.balance is None or refused.balance.shards == 1)
    if not is_all:
        outcome = _pay_from_several(
            payment,
            record,
            request=request,
            present=present,
            shards=shards,
            database=database,
            now=now,
            budget=budget,
        )
        if outcome is not None:
            return outcome
    return _record_decline(
        decline(payment, INSUFFICIENT_FUNDS),
        request=request,
        present=present,
        retention=retention,
        database=database,
        now=now,
        budget=budget,
    )


def _entry(payment: Payment, now: datetime) -> LedgerEntry:
    return LedgerEntry(
        id=new_entry_id(now),
        ledger_id=ledger_id(payment.merchant_id, payment.currency, payment.shard),
        kind=EntryKind.PAYMENT,
        item=payment.key,
        payment_id=payment.id,
        currency=payment.currency,
        postings=payment_postings(payment.amount_minor, payment.fee_minor),
        created_at=now,
    )


def _pay_from_several(
    payment: Payment,
    record: IdempotencyRecord,
    *,
    request: IdempotentRequest,
    present: Present[Payment],
    shards: int,
    database: Database,
    now: datetime,
    budget: Budget,
) -> Outcome | None:
    """The outcome, or None if all shards together have not so much."""
    # Few payments come here: the cold start of the others does not wait for it.
    from oncepay.domain.shards import needing, spread, take
    from oncepay.storage.books import read_picture, read_shards

    book = payment.merchant_id, payment.currency
    amount_minor = payment.amount_minor + payment.fee_minor
    for turn in range(MAX_PICTURES):
        picture = read_shards(database, *book, shards, budget)
        taken = take(picture, amount_minor, first=payment.shard)
        if taken is None:
            # Money may have gone from one shard to another while they were read.
            picture = read_picture(database, *book, shards, budget)
            taken = take(picture, amount_minor, first=payment.shard)
        if taken is None:
            return None
        parts = spread(_entry(payment, now), taken, lambda: new_entry_id(now))
        with suppress(RateLimited):
            refused = write_sets.write_payment(
                database, record, payment, needing(parts), now, budget, tries=TRIES_OF_A_PLAN
            )
            if refused is None:
                return Outcome(present(payment), replayed=False)
            past = replay(
                request, record=refused.record, made=refused.item, present=present, now=now
            )
            if past is not None:
                return past
        if not budget.wait_before_retry(turn):
            break
    raise RateLimited("too many payments of this merchant at once; nothing was done")


def _record_decline(
    payment: Payment,
    *,
    request: IdempotentRequest,
    present: Present[Payment],
    retention: timedelta,
    database: Database,
    now: datetime,
    budget: Budget,
) -> Outcome:
    answer = present(payment)
    record = completed_record(
        request, item=payment.key, answer=answer, now=now, retention=retention
    )
    refused = write_sets.write_decline(database, record, payment, now, budget)
    if refused is None:
        return Outcome(answer, replayed=False)
    # Another copy of the request was faster: it decides, whatever it found in the balance.
    past = replay(request, record=refused.record, made=refused.item, present=present, now=now)
    if past is None:
        raise InternalError("a decline was refused by nothing")
    return past
