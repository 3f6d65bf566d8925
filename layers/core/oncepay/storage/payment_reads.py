"""How is a payment read whole? One strongly consistent query, whatever it has beside it."""

from oncepay.domain.payment import Payment, Refund
from oncepay.storage import payments
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database


def read_payment(
    database: Database, payment_id: str, budget: Budget
) -> tuple[Payment | None, list[Refund]]:
    """A payment, or None, and its refunds, oldest first.

    Raises:
        StorageUnavailable: no answer within the budget.
    """
    payment: Payment | None = None
    refunds: list[Refund] = []
    for raw in database.query_all("payments", payment_id, budget):
        part = raw["part"]["S"]
        if part == "payment":
            payment = payments.payment_from_raw(raw)
        elif part.startswith("refund#"):
            refunds.append(payments.refund_from_raw(raw))
    return payment, sorted(refunds, key=lambda refund: (refund.created_at, refund.id))
