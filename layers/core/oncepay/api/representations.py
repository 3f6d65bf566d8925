"""How does each thing look on the wire? To the letter of the contract; the order of members is
fixed, since answers are stored and replayed byte for byte.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from oncepay.domain.idempotency import Answer
from oncepay.domain.ledger import Balance, LedgerEntry
from oncepay.domain.payment import Deposit, Payment, Refund
from oncepay.domain.times import format_time


def to_json(value: object) -> str:
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def answer(status_code: int, value: object) -> Answer:
    """A JSON answer."""
    return Answer(status_code, to_json(value))


def payment_json(payment: Payment) -> dict[str, Any]:
    """A payment."""
    failure = payment.failure
    return {
        "id": payment.id,
        "object": "payment",
        "merchant_id": payment.merchant_id,
        "amount_minor": payment.amount_minor,
        "fee_minor": payment.fee_minor,
        "currency": payment.currency,
        "status": payment.status.value,
        "funding": {"type": payment.funding_type},
        "captured_minor": payment.captured_minor,
        "refunded_minor": payment.refunded_minor,
        "customer_id": payment.customer_id,
        "description": payment.description,
        "metadata": dict(payment.metadata),
        "processor": None,
        "failure": None if failure is None else {"code": failure.code, "message": failure.message},
        "settlement_id": payment.settlement_id,
        "settled_at": _time(payment.settled_at),
        "created_at": _time(payment.created_at),
        "updated_at": _time(payment.updated_at),
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
        "created_at": _time(refund.created_at),
    }


def deposit_json(deposit: Deposit) -> dict[str, Any]:
    """A deposit."""
    return {
        "id": deposit.id,
        "object": "deposit",
        "amount_minor": deposit.amount_minor,
        "currency": deposit.currency,
        "created_at": _time(deposit.created_at),
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
        "postings": [
            {"account": posting.account, "amount_minor": posting.amount_minor}
            for posting in entry.postings
        ],
        "created_at": _time(entry.created_at),
    }


def list_json(data: Sequence[dict[str, Any]], next_cursor: str | None) -> dict[str, Any]:
    """A page of a list."""
    return {
        "object": "list",
        "data": list(data),
        "has_more": next_cursor is not None,
        "next_cursor": next_cursor,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)
