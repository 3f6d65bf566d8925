"""How is a row of a settlement file known again that settles none of our items? A fee, a payout or
a dispute marks no payment; so the row itself leaves a marker, and no other file books it again.
"""

from dataclasses import dataclass

from oncepay.domain.identifiers import hash_of
from oncepay.domain.settlement_formats.row import SettlementRow
from oncepay.domain.times import format_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Marker:
    """A row that was booked: by which run, and what it said, in minor units.

    Attributes:
        break_id: of the break by whose correction it was; None if it matched.
    """

    id: str
    run_id: str
    row: int
    gross_minor: int
    cost_minor: int
    break_id: str | None = None


def marker_id(row: SettlementRow, processor: str | None) -> str:
    """The same for the same row in whatever file; its amounts may have been corrected.

    What a processor calls a thing may stand in several rows of it, told apart by kind and time.
    """
    said = (
        processor or "",
        row.kind.value,
        row.currency,
        row.own_reference or row.row_id,
        row.reference or "",
        row.payment_id or "",
        format_time(row.occurred_at),
    )
    return f"row#{hash_of(*said).hex()}"


def difference_id(marker: str) -> str:
    """Of the correction of a row that was booked with other amounts: each is what is missing to the
    row as it was booked, and so only one of them, whatever the amounts, may stand.
    """
    return f"row#{hash_of(marker, 'difference').hex()}"


def twin_id(marker: str, run_id: str, row: SettlementRow) -> str:
    """Of the correction of a row without any name, of which its file has another one like it."""
    return f"row#{hash_of(marker, run_id, str(row.number)).hex()}"
