"""How does each thing look on the wire? To the letter of the contract; the order of members is
fixed, since answers are stored and replayed byte for byte.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from oncepay.domain.checkout import SessionStatus, session_id, session_status
from oncepay.domain.dispute import Dispute
from oncepay.domain.idempotency import Answer
from oncepay.domain.inbound_event import InboundEvent
from oncepay.domain.ledger import Balance, LedgerEntry, Posting
from oncepay.domain.payment import Deposit, Payment, Refund
from oncepay.domain.result_files import BREAKS_NAME, SUMMARY_NAME, results_address
from oncepay.domain.settlement import Break, BreakKind, FileTotals, Settlement
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
        "settled_at": _time(payment.settled_at),
        "created_at": _time(payment.created_at),
        "updated_at": _time(payment.updated_at),
        "version": payment.version,
    }


def session_json(payment: Payment) -> dict[str, Any]:
    """A checkout session: what its payment is, as seen from the page."""
    checkout = payment.checkout
    if checkout is None:
        raise ValueError("a payment without a checkout has no session")
    status = session_status(payment.status)
    return {
        "id": session_id(payment.id),
        "object": "checkout_session",
        "payment_id": payment.id,
        "status": status.value,
        "url": payment.next_action_url if status is SessionStatus.OPEN else None,
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "processor": payment.processor,
        "success_url": checkout.success_url,
        "cancel_url": checkout.cancel_url,
        "line_items": [asdict(item) for item in checkout.line_items],
        "created_at": _time(payment.created_at),
    }


def dispute_json(dispute: Dispute) -> dict[str, Any]:
    """A dispute."""
    return {
        "id": dispute.id,
        "object": "dispute",
        "payment_id": dispute.payment_id,
        "amount_minor": dispute.amount_minor,
        "currency": dispute.currency,
        "status": dispute.status.value,
        "reason": dispute.reason,
        "created_at": _time(dispute.created_at),
    }


def event_json(event: InboundEvent) -> dict[str, Any]:
    """An event of a processor. Its body may hold what is nobody's business, and is not shown."""
    return {
        "id": event.public_id,
        "object": "event",
        "direction": "inbound",
        "provider": event.provider.value,
        "provider_event_id": event.event_id,
        "type": event.type,
        "status": event.status.value,
        "reason": event.reason,
        "payment_id": event.payment_id,
        "livemode": event.livemode,
        "occurred_at": _time(event.created),
        "received_at": _time(event.received_at),
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
        "postings": _postings_json(without_costs(entry.postings)),
        "created_at": _time(entry.created_at),
    }


def settlement_json(run: Settlement) -> dict[str, Any]:
    """A settlement; its file's format, hash and sums are known once the file was read whole."""
    totals = run.totals
    return {
        "id": run.id,
        "object": "settlement",
        "source": {
            "bucket": run.source.bucket,
            "key": run.source.key,
            "version_id": run.source.version_id,
            "sha256": totals.sha256 if totals else None,
        },
        "format": totals.format if totals else None,
        "status": run.status.value,
        "reason": run.reason,
        "progress": {
            "rows": run.booked,
            "percent": run.percent,
            "rows_per_second": run.rows_per_second,
            "seconds_left": run.seconds_left,
        },
        "counts": {
            "rows": run.booked,
            "matched": run.matched,
            "breaks": run.breaks,
            "rejected": run.rejected,
        },
        "sums": _sums(totals) if totals else {},
        "breaks_by_kind": {
            kind.value: run.breaks_by_kind[kind] for kind in BreakKind if kind in run.breaks_by_kind
        },
        "duplicate_of": run.duplicate_of,
        "started_at": _time(run.started_at),
        "completed_at": _time(run.completed_at),
        "results": _results(run),
    }


def break_json(found: Break) -> dict[str, Any]:
    """A break; DynamoDB keeps no order of what was expected and found."""
    return {
        "id": found.id,
        "object": "break",
        "kind": found.kind.value,
        "status": found.status.value,
        "row": found.row,
        "payment_id": found.payment_id,
        "expected": dict(sorted(found.expected.items())),
        "found": dict(sorted(found.found.items())),
        "reason": found.reason,
        "correction": None if found.correction is None else _postings_json(found.correction),
        "decisions": [
            {
                "action": decision.action.value,
                "reason": decision.reason,
                "by": decision.by,
                "at": _time(decision.at),
            }
            for decision in found.decisions
        ],
    }


def _postings_json(postings: Sequence[Posting]) -> list[dict[str, Any]]:
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


def _sums(totals: FileTotals) -> dict[str, dict[str, int]]:
    sums = {}
    for currency in sorted({*totals.gross_minor, *totals.fee_minor}):
        gross_minor = totals.gross_minor.get(currency, 0)
        fee_minor = totals.fee_minor.get(currency, 0)
        sums[currency] = {
            "gross_minor": gross_minor,
            "fee_minor": fee_minor,
            "net_minor": gross_minor - fee_minor,
        }
    return sums


def _results(run: Settlement) -> dict[str, str] | None:
    if run.reported_at is None:
        return None
    names = {"summary": SUMMARY_NAME, "breaks": BREAKS_NAME}
    return {
        member: results_address(run.source.bucket, run.id, name) for member, name in names.items()
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)
