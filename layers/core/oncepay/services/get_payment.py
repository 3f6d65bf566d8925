"""One payment, whole: as it is now, with its refunds and its ledger entries. Never lags."""

from dataclasses import dataclass

from oncepay.domain.errors import NotFound
from oncepay.domain.identifiers import is_derived_id
from oncepay.domain.ledger import LedgerEntry
from oncepay.domain.payment import Payment, Refund
from oncepay.storage import ledger
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.payment_reads import read_payment


@dataclass(frozen=True, slots=True)
class PaymentInFull:
    """Refunds and entries in the order in which they were made."""

    payment: Payment
    refunds: tuple[Refund, ...]
    entries: tuple[LedgerEntry, ...]


def get_payment(
    merchant_id: str, payment_id: str, *, database: Database, budget: Budget
) -> PaymentInFull:
    """Read a payment by its id.

    Raises:
        NotFound: there is none, or it is another merchant's.
    """
    if not is_derived_id("pay", payment_id):
        raise NotFound("no such payment")
    payment, refunds, operations = read_payment(database, payment_id, budget)
    if payment is None or payment.merchant_id != merchant_id:
        raise NotFound("no such payment")
    keys = [
        *payment.entries,
        *(key for refund in refunds for key in refund.entries),
        *(key for operation in operations for key in operation.entries),
    ]
    raw_entries = database.get_many(
        "ledger", [{"id": key.id, "part": key.part} for key in keys], budget
    )
    entries = [ledger.entry_from_raw(raw) for raw in raw_entries]
    return PaymentInFull(
        payment,
        tuple(refunds),
        tuple(sorted(entries, key=lambda entry: (entry.created_at, entry.id))),
    )
