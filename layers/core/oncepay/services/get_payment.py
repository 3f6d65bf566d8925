"""One payment, whole: as it is now, with all that hangs on it. Never lags."""

from dataclasses import dataclass

from oncepay.domain.dispute import Dispute
from oncepay.domain.errors import NotFound
from oncepay.domain.identifiers import is_derived_id
from oncepay.domain.ledger import LedgerEntry
from oncepay.domain.payment import Payment, Refund
from oncepay.storage import ledger
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.payment_reads import read_family


@dataclass(frozen=True, slots=True)
class PaymentInFull:
    """Refunds, disputes and entries in the order in which they were made."""

    payment: Payment
    refunds: tuple[Refund, ...]
    disputes: tuple[Dispute, ...]
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
    family = read_family(database, payment_id, budget)
    if family is None or family.payment.merchant_id != merchant_id:
        raise NotFound("no such payment")
    keys = [
        *family.payment.entries,
        *(key for refund in family.refunds.values() for key in refund.entries),
        *(key for dispute in family.disputes.values() for key in dispute.entries),
        *(key for operation in family.operations.values() for key in operation.entries),
    ]
    raw_entries = database.get_many(
        "ledger", [{"id": key.id, "part": key.part} for key in keys], budget
    )
    entries = [ledger.entry_from_raw(raw) for raw in raw_entries]
    return PaymentInFull(
        family.payment,
        tuple(family.refunds.values()),
        tuple(family.disputes.values()),
        tuple(sorted(entries, key=lambda entry: (entry.created_at, entry.id))),
    )
