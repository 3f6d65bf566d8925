"""What is to be said of a row of a settlement file that was booked before, and settles none of our
items? That it repeats the other, or what is missing since it says something else.
"""

from oncepay.domain.settlement import BreakKind
from oncepay.domain.settlement_findings import OF_NO_PAYMENT, Correction, Difference, Known, Match
from oncepay.domain.settlement_formats.row import SettlementRow
from oncepay.domain.settlement_markers import Marker
from oncepay.domain.settlement_matching import match_row
from oncepay.domain.settlement_postings import merged, reversed_postings


def repeated(row: SettlementRow, booked: Marker, run_id: str) -> Difference:
    """It was booked with the same amounts: nothing is missing."""
    if booked.run_id == run_id:
        return Difference(
            kind=BreakKind.DUPLICATE_ROW,
            expected={},
            found={"type": row.kind.value, "amount_minor": abs(row.gross_minor)},
            reason=f"row {booked.row} of this file is the same",
            correction=None,
        )
    return Difference(
        kind=BreakKind.ALREADY_SETTLED,
        expected={"settlement_id": booked.run_id},
        found={"settlement_id": run_id, "type": row.kind.value},
        reason=f"{booked.run_id} has booked it, row {booked.row}",
        correction=None,
    )


def changed(row: SettlementRow, booked: Marker, found: Match, processor: str | None) -> Difference:
    """It was booked with other amounts: only the difference is missing."""
    before = match_row(
        row._replace(gross_minor=booked.gross_minor, cost_minor=booked.cost_minor),
        Known(),
        run_id=booked.run_id,
        processor=processor,
    )
    correction = None
    # What a correction posted is not what the row said.
    if row.kind in OF_NO_PAYMENT and booked.break_id is None and isinstance(before, Match):
        missing = merged(found.postings, reversed_postings(before.postings))
        correction = Correction(settles=None, postings=missing)
    return Difference(
        kind=BreakKind.AMOUNT_MISMATCH,
        expected={"amount_minor": booked.gross_minor, "cost_minor": booked.cost_minor},
        found={
            "amount_minor": row.gross_minor,
            "cost_minor": row.cost_minor,
            "type": row.kind.value,
        },
        reason=f"{booked.run_id} has booked it with other amounts, row {booked.row}",
        correction=correction,
    )
