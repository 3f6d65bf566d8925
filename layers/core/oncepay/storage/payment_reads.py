"""How is a payment read whole? One strongly consistent query, whatever it has beside it."""

from datetime import datetime

from oncepay.domain.dispute import DISPUTE_PREFIX, Dispute
from oncepay.domain.operation import Operation
from oncepay.domain.payment import Payment, Refund
from oncepay.domain.steps import Family
from oncepay.storage import disputes, operations, payments
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database


def read_family(database: Database, payment_id: str, budget: Budget) -> Family | None:
    """A payment with its refunds, disputes and operations, oldest first; None if there is none.

    Raises:
        StorageUnavailable: no answer within the budget.
    """
    payment: Payment | None = None
    refunds: list[Refund] = []
    found: list[Dispute] = []
    done: list[Operation] = []
    for raw in database.query_all("payments", payment_id, budget):
        part = raw["part"]["S"]
        if part == "payment":
            payment = payments.payment_from_raw(raw)
        elif part.startswith("refund#"):
            refunds.append(payments.refund_from_raw(raw))
        elif part.startswith(DISPUTE_PREFIX):
            found.append(disputes.dispute_from_raw(raw))
        elif part.startswith(operations.OPERATION_PREFIX):
            done.append(operations.operation_from_raw(raw))
    if payment is None:
        return None
    refunds.sort(key=_age)
    found.sort(key=_age)
    done.sort(key=_age)
    return Family(
        payment=payment,
        refunds={refund.id: refund for refund in refunds},
        disputes={dispute.id: dispute for dispute in found},
        operations={operation.id: operation for operation in done},
    )


def _age(item: Refund | Dispute | Operation) -> tuple[datetime, str]:
    return item.created_at, item.id
