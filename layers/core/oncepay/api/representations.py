"""How do payments and what is in the books look on the wire? To the letter of the contract; the
order of members is fixed, since answers are stored and replayed byte for byte.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from oncepay.domain.idempotency import Answer
from oncepay.domain.ledger import Balance, LedgerEntry, Posting
from oncepay.domain.payment import Deposit, Payment, Refund
from oncepay.domain.settlement_postings import without_costs
from oncepay.domain.times import format_time

OK = 200


def to_json(value: object) -> str:
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def answer(status_code: int, value: object) -> Answer:
    """A JSON answer."""
    return Answer(status_code, to_json(value))


def payment_json(payment: Payment) -> dict[str, Any]:
    """A payment."""
    failure = payment.failure
    # Only while there is something to do for the payer.
    next_action = {"next_action": {"url": payment.next_action_url}}
    return {
        "id": payment.id,
        "object": "payment",
        "merchant_id": payment.merchant_id,
        "amount_minor": payment.amount_minor,
        "fee_minor": payment.fee_minor,
        "currency": payment.currency,
        "status": payment.status.value,
        **(next_action if payment.next_action_url is not None else {}),
        "funding": _funding(payment),
        "captured_minor": payment.captured_minor,
        "refunded_minor": payment.refunded_minor,
        "customer_id": payment.customer_id,
        "description": payment.description,
        "metadata": dict(payment.metadata),
        "processor": _processor(payment),
        "failure": None if failure is None else {"code": failure.code, "message": failure.message},
        "settlement_id": payment.settlement_id,
        "settled_at": time_json(payment.settled_at),
        "created_at": time_json(payment.created_at),
        "updated_at": time_json(payment.updated_at),
        "version": payment.version,
    }


def refund_json(refund: Refund) -> dict[str, Any]:
    """A refund."""
    return {
        "id": refund.id,
        "object": "refund",
        "payment_id": refund.payment_id,
        "amount_minor": refund.amount_minor,
        "currency": refund.currency,
        "status": refund.status.value,
        "reason": refund.reason,
        "created_at": time_json(refund.created_at),
    }


def deposit_json(deposit: Deposit) -> dict[str, Any]:
    """A deposit."""
    return {
        "id": deposit.id,
        "object": "deposit",
        "amount_minor": deposit.amount_minor,
        "currency": deposit.currency,
        "created_at": time_json(deposit.created_at),
    }


def balance_json(balance: Balance) -> dict[str, Any]:
    """A balance in one currency."""
    return {
        "currency": balance.currency,
        "available_minor": balance.available_minor,
        "pending_minor": balance.pending_minor,
    }


def entry_json(entry: LedgerEntry) -> dict[str, Any]:
    """A ledger entry."""
    return {
        "id": entry.id,
        "object": "ledger_entry",
        "kind": entry.kind.value,
        "payment_id": entry.payment_id,
        "currency": entry.currency,
        "postings": postings_json(without_costs(entry.postings)),
        "created_at": time_json(entry.created_at),
    }


def postings_json(postings: Sequence[Posting]) -> list[dict[str, Any]]:
    """Postings, in order."""
    return [
        {"account": posting.account, "amount_minor": posting.amount_minor} for posting in postings
    ]


def list_json(data: Sequence[dict[str, Any]], next_cursor: str | None) -> dict[str, Any]:
    """A page of a list."""
    return {
        "object": "list",
        "data": list(data),
        "has_more": next_cursor is not None,
        "next_cursor": next_cursor,
    }


def _funding(payment: Payment) -> dict[str, str]:
    funding = {"type": payment.funding_type}
    if payment.processor is not None:
        funding["processor"] = payment.processor
    if payment.payment_method is not None:
        funding["payment_method"] = payment.payment_method
    return funding


def _processor(payment: Payment) -> dict[str, str | None] | None:
    if payment.processor is None:
        return None
    return {"name": payment.processor, "reference": payment.processor_reference}


def time_json(moment: datetime | None) -> str | None:
    """A moment, where there is one."""
    return None if moment is None else format_time(moment)
