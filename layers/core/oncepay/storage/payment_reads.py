"""How is a payment read whole? One strongly consistent query, whatever it has beside it."""

from oncepay.domain.operation import Operation
from oncepay.domain.payment import Payment, Refund
from oncepay.domain.steps import Family
from oncepay.storage import operations, payments
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database


def read_payment(
    database: Database, payment_id: str, budget: Budget
) -> tuple[Payment | None, list[Refund], list[Operation]]:
    """A payment, or None, its refunds and its operations, oldest first.

    Raises:
        StorageUnavailable: no answer within the budget.
    """
    payment: Payment | None = None
    refunds: list[Refund] = []
    found: list[Operation] = []
    for raw in database.query_all("payments", payment_id, budget):
        part = raw["part"]["S"]
        if part == "payment":
            payment = payments.payment_from_raw(raw)
        elif part.startswith("refund#"):
            refunds.append(payments.refund_from_raw(raw))
        elif part.startswith(operations.OPERATION_PREFIX):
            found.append(operations.operation_from_raw(raw))
    refunds.sort(key=lambda refund: (refund.created_at, refund.id))
    found.sort(key=lambda operation: (operation.created_at, operation.id))
    return payment, refunds, found


def read_family(database: Database, payment_id: str, budget: Budget) -> Family | None:
    """The same, by id; None if there is no such payment.

    Raises:
        StorageUnavailable: no answer within the budget.
    """
    payment, refunds, found = read_payment(database, payment_id, budget)
    if payment is None:
        return None
    return Family(
        payment=payment,
        refunds={refund.id: refund for refund in refunds},
        operations={operation.id: operation for operation in found},
    )
