"""What would a payment cost if its record were read first? Our own function, with one strongly
consistent read of the idempotency record in front of the transaction.

A replay is then one read, and a payment is two requests. The transaction and its conditions stay
as they are: what makes a payment happen once are they, and not the read.
"""

from typing import Any

from benchmarks.payments_designs import ROOT
from benchmarks.payments_worker import load
from oncepay.domain.idempotency import IdempotentRequest, Outcome
from oncepay.services.create_payment import CreatePayment, create_payment
from oncepay.services.replay import replay
from oncepay.storage.idempotency_records import from_raw

function = load(ROOT / "functions" / "process_payment" / "app.py")


def read_first(command: CreatePayment, *, request: IdempotentRequest, **others: Any) -> Outcome:
    """As `create_payment`, which it calls if there is no record."""
    raw = others["database"].get("idempotency", request.record_id, None, others["budget"])
    if raw is not None:
        past = replay(
            request,
            record=from_raw(raw),
            made=None,
            present=others["present"],
            now=others["now"],
        )
        if past is not None:
            return past
    return create_payment(command, request=request, **others)


if not hasattr(function, "create_payment"):
    raise ImportError("process_payment has no create_payment of its own to put a read in front of")
function.create_payment = read_first
handler = function.handler
