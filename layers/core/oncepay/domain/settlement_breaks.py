"""What is kept of a row that did not match? A break: what the books say, what the file says, why,
and what would correct it.
"""

from datetime import datetime

from oncepay.domain.card_data import holds_card_number
from oncepay.domain.settlement import Break, BreakKind
from oncepay.domain.settlement_findings import Difference
from oncepay.domain.settlement_formats.row import RejectedRow, SettlementRow


def break_of(
    row: SettlementRow,
    found: Difference,
    *,
    run_id: str,
    payment_id: str | None,
    ledger_id: str | None,
    marker: str | None,
    now: datetime,
) -> Break:
    """Of a row that could be read.

    Args:
        row: as read.
        found: how it differs.
        run_id: of the run that reads it.
        payment_id: that it names, or that its reference leads to; None if neither.
        ledger_id: whose books its correction is posted to; None if it has none.
        marker: by which it is known again if its correction settles nothing; None otherwise.
        now: when.
    """
    right = found.correction
    shown = "(not shown)" if holds_card_number(row.row_id) else row.row_id
    return Break(
        settlement_id=run_id,
        row=row.number,
        line=row.line,
        kind=found.kind,
        payment_id=payment_id,
        expected=found.expected,
        found=found.found,
        reason=f"line {row.line}, row {shown}: {found.reason}",
        ledger_id=ledger_id,
        correction=right.postings if right else None,
        settles=right.settles.key if right and right.settles else None,
        marker=marker if right else None,
        opened_at=now,
        gross_minor=row.gross_minor,
        cost_minor=row.cost_minor,
        currency=row.currency,
    )


def rejection_of(row: RejectedRow, run_id: str, now: datetime) -> Break:
    """Of a row that could not be read."""
    subject = f"column {row.column}" if row.column else "the row"
    found: dict[str, str | int] = {"line": row.line}
    if row.column is not None:
        found["column"] = row.column
    found_instead = ""
    if row.value is not None:
        found["value"] = row.value
        found_instead = f"; it is {row.value!r}"
    return Break(
        settlement_id=run_id,
        row=row.number,
        line=row.line,
        kind=BreakKind.REJECTED_ROW,
        payment_id=None,
        expected={"rule": row.rule},
        found=found,
        reason=f"line {row.line}: {subject} {row.rule}{found_instead}",
        opened_at=now,
    )
