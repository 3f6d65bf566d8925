"""How does the summary of all reconciliation look on the wire?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from oncepay.domain.payment import Payment
from oncepay.domain.settlement import BreakKind
from oncepay.domain.times import format_time
from oncepay.services.summarize_reconciliation import ExpectedFile, Summary, Tally, age_days


def summary_json(summary: Summary) -> dict[str, Any]:
    """A summary: kinds in the order of the contract, currencies by name."""
    breaks, missing = summary.open_breaks, summary.missing
    return {
        "object": "reconciliation_summary",
        "as_of": format_time(summary.as_of),
        "complete": summary.is_complete,
        "at_risk_minor": _by_currency(summary.at_risk_minor),
        "open_breaks": {
            "count": sum(tally.count for tally in breaks.values()),
            "by_kind": {
                kind.value: _tally_json(breaks[kind], "oldest_opened_at")
                for kind in BreakKind
                if kind in breaks
            },
        },
        "missing_in_settlement": {
            "count": sum(tally.count for tally in missing.values()),
            "by_processor": {
                processor: _missing_json(tally, summary, summary.expected.delay_days[processor])
                for processor, tally in missing.items()
            },
            "payments": [_payment_json(payment, summary.as_of) for payment in summary.payments],
        },
        "files": [_file_json(file) for file in summary.files],
    }


def _tally_json(tally: Tally, oldest: str) -> dict[str, Any]:
    return {
        "count": tally.count,
        "at_risk_minor": _by_currency(tally.at_risk_minor),
        oldest: None if tally.oldest_at is None else format_time(tally.oldest_at),
        "ages": dict(tally.ages),
    }


def _missing_json(tally: Tally, summary: Summary, delay_days: int) -> dict[str, Any]:
    oldest_at = tally.oldest_at
    return {
        "expected_within_days": delay_days,
        **_tally_json(tally, "oldest_captured_at"),
        "oldest_age_days": None if oldest_at is None else age_days(oldest_at, summary.as_of),
    }


def _payment_json(payment: Payment, as_of: datetime) -> dict[str, Any]:
    captured_at = payment.unsettled_since or payment.created_at
    return {
        "id": payment.id,
        "merchant_id": payment.merchant_id,
        "amount_minor": payment.captured_minor,
        "currency": payment.currency,
        "processor": payment.processor,
        "captured_at": format_time(captured_at),
        "age_days": age_days(captured_at, as_of),
    }


def _file_json(file: ExpectedFile) -> dict[str, Any]:
    return {
        "format": file.format,
        "every_days": file.every_days,
        "last_file_at": None if file.latest is None else format_time(file.latest.at),
        "settlement_id": None if file.latest is None else file.latest.run_id,
        "expected_by": None if file.expected_by is None else file.expected_by.isoformat(),
        "is_missing": file.is_missing,
        "days_late": file.days_late,
    }


def _by_currency(sums: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(sums.items()))
