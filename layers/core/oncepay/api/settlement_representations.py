"""How do settlements and their breaks look on the wire? To the letter of the contract; the order of
members is fixed.
"""

from typing import Any

from oncepay.api.representations import OK, answer, postings_json, time_json
from oncepay.domain.idempotency import Answer
from oncepay.domain.result_files import BREAKS_NAME, SUMMARY_NAME, results_address
from oncepay.domain.settlement import Break, BreakKind, FileTotals, Settlement


def present_break(found: Break) -> Answer:
    """200 and the break."""
    return answer(OK, break_json(found))


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
        "started_at": time_json(run.started_at),
        "completed_at": time_json(run.completed_at),
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
        "correction": None if found.correction is None else postings_json(found.correction),
        "decisions": [
            {
                "action": decision.action.value,
                "reason": decision.reason,
                "by": decision.by,
                "at": time_json(decision.at),
            }
            for decision in found.decisions
        ],
    }


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
