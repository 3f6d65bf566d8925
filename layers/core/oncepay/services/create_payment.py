"""A merchant pays from its balance: one DynamoDB transaction, and one more to record a decline."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from oncepay.domain.checkout import Checkout
from oncepay.domain.errors import InternalError
from oncepay.domain.idempotency import IdempotentRequest, Outcome, completed_record
from oncepay.domain.ledger import EntryKind, LedgerEntry, ledger_id, payment_postings
from oncepay.domain.payment import INSUFFICIENT_FUNDS, Payment, decline, pay_from_balance
from oncepay.services.new_entry_id import new_entry_id
from oncepay.services.replay import Present, replay
from oncepay.storage import write_sets
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database

MAX_ENTRY_IDS = 3
"""Tries with another entry id, should one be taken; 80 random bits make even one unheard of."""


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
    checkout: Checkout | None = None


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

    Returns:
        201 and the payment, or 402; now, or as answered before.

    Raises:
        IdempotencyKeyReused, RateLimited, OutcomeUnknown: see `domain.errors`.
    """
    payment = pay_from_balance(
        payment_id=request.derive_id("pay"),
        merchant_id=request.merchant_id,
        fingerprint=request.fingerprint,
        amount_minor=command.amount_minor,
        currency=command.currency,
        fee_basis_points=fee_basis_points,
        now=now,
        customer_id=command.customer_id,
        description=command.description,
        metadata=command.metadata,
    )
    answer = present(payment)
    record = completed_record(
        request, item=payment.key, answer=answer, now=now, retention=retention
    )
    for _ in range(MAX_ENTRY_IDS):
        entry = LedgerEntry(
            id=new_entry_id(now),
            ledger_id=ledger_id(payment.merchant_id, payment.currency),
            kind=EntryKind.PAYMENT,
            item=payment.key,
            payment_id=payment.id,
            currency=payment.currency,
            postings=payment_postings(payment.amount_minor, payment.fee_minor),
            created_at=now,
        )
        refused = write_sets.write_payment(
            database, record, replace(payment, entries=(entry.key,)), entry, now, budget
        )
        if refused is None:
            return Outcome(answer, replayed=False)
        past = replay(request, record=refused.record, made=refused.item, present=present, now=now)
        if past is not None:
            return past
        if refused.funds_short:
            return _record_decline(
                decline(payment, INSUFFICIENT_FUNDS),
                request=request,
                present=present,
                retention=retention,
                database=database,
                now=now,
                budget=budget,
            )
    raise InternalError("no free ledger entry id was found")


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
