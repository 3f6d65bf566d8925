"""What is written together? Every transaction that moves money, item by item, with the condition of
each.

    deposit   record: absent or expired   deposit: absent   entry: absent   balance: add
    payment   record: absent or expired   payment: absent   entry: absent   balance: subtract,
                                                                  if available >= amount + fee
    decline   record: absent or expired   payment: absent
    refund    record: absent or expired   refund: absent    entry: absent   balance: add
              payment: version as read

A book over several shards has an entry and a balance for each that gives or gets: see
`domain.shards`. "Absent" of an item with a version is the lock's own condition. A refusal says what
was in the way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from oncepay.domain.idempotency import IdempotencyRecord
from oncepay.domain.ledger import Balance, LedgerEntry, Posted
from oncepay.domain.payment import Deposit, Payment, Refund
from oncepay.storage import idempotency_records, ledger, payments
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.idempotency_records import put_record
from oncepay.storage.payments import PaymentItem
from oncepay.storage.transactions import RawItem, Refusal, Transaction

IDEMPOTENCY = "idempotency"
ITEM = "item"
PAYMENT = "payment"


@dataclass(frozen=True, slots=True)
class Refused[T]:
    """Why a write set was refused, in the order in which it is to be read.

    Attributes:
        record: the living idempotency record in the way.
        item: the item of the same id in the way.
        books: whether a balance was not as it has to be.
        balance: the one of those, as it is, that the writing was about first; None if it is not
            there, or was not in the way.
    """

    record: IdempotencyRecord | None
    item: T | None
    books: bool
    balance: Balance | None


def write_deposit(
    database: Database,
    record: IdempotencyRecord,
    deposit: Deposit,
    posted: Sequence[Posted],
    now: datetime,
    budget: Budget,
    *,
    tries: int | None = None,
) -> Refused[Deposit] | None:
    """A deposit with its entries and its stored answer; None when done."""
    transaction = Transaction()
    put_record(transaction, IDEMPOTENCY, record, now)
    transaction.put(ITEM, payments.deposit_item(deposit))
    ledger.post_all(transaction, posted)
    return _refused(database.write(transaction, budget, tries=tries), payments.deposit_from_raw)


def write_payment(
    database: Database,
    record: IdempotencyRecord,
    payment: Payment,
    posted: Sequence[Posted],
    now: datetime,
    budget: Budget,
    *,
    tries: int | None = None,
) -> Refused[Payment] | None:
    """A payment from the balance with its entries and its stored answer; None when done."""
    transaction = Transaction()
    put_record(transaction, IDEMPOTENCY, record, now)
    keys = tuple(one.entry.key for one in posted)
    transaction.put(ITEM, payments.payment_item(payment, keys))
    ledger.post_all(transaction, posted)
    return _refused(database.write(transaction, budget, tries=tries), payments.payment_from_raw)


def write_decline(
    database: Database,
    record: IdempotencyRecord,
    payment: Payment,
    now: datetime,
    budget: Budget,
) -> Refused[Payment] | None:
    """A declined payment and its stored answer, so that the key answers 402 for ever; None when
    done.
    """
    transaction = Transaction()
    put_record(transaction, IDEMPOTENCY, record, now)
    transaction.put(ITEM, payments.payment_item(payment))
    return _refused(database.write(transaction, budget), payments.payment_from_raw)


def write_refund(
    database: Database,
    record: IdempotencyRecord,
    payment_as_read: Payment,
    payment: Payment,
    refund: Refund,
    entry: LedgerEntry,
    now: datetime,
    budget: Budget,
) -> Refused[Refund] | None:
    """A refund, its payment, its entry and its stored answer; None when done.

    Refused with neither record nor item, the payment has changed since it was read.
    """
    transaction = Transaction()
    put_record(transaction, IDEMPOTENCY, record, now)
    transaction.put(ITEM, payments.refund_item(refund))
    ledger.post(transaction, entry)
    stored = PaymentItem(
        id=payment_as_read.key.id, part=payment_as_read.key.part, version=payment_as_read.version
    )
    transaction.update(
        PAYMENT,
        stored,
        [
            PaymentItem.refunded_minor.set(payment.refunded_minor),
            PaymentItem.updated_at.set(payment.updated_at),
        ],
    )
    return _refused(database.write(transaction, budget), payments.refund_from_raw)


def _refused[T](refusal: Refusal | None, from_raw: Callable[[RawItem], T]) -> Refused[T] | None:
    if refusal is None:
        return None
    record, item = refusal.item(IDEMPOTENCY), refusal.item(ITEM)
    balance = refusal.item(ledger.BALANCE)
    return Refused(
        record=idempotency_records.from_raw(record) if record else None,
        item=from_raw(item) if item else None,
        books=any(ledger.is_of_balance(label) for label in refusal.refused),
        balance=ledger.balance_from_raw(balance) if balance else None,
    )
