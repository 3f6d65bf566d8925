"""What can be found of a row of a settlement file? That it agrees, with what it settles and moves;
or how it differs, with what would correct it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oncepay.domain.dispute import Dispute
from oncepay.domain.ledger import Posting
from oncepay.domain.payment import Payment, Refund
from oncepay.domain.settlement import BreakKind
from oncepay.domain.settlement_formats.row import RowKind, SettlementRow
from oncepay.domain.settlement_postings import (
    cost_postings,
    merged,
    payout_postings,
    unexplained_postings,
)

OF_NO_PAYMENT = (RowKind.FEE, RowKind.OTHER, RowKind.PAYOUT, RowKind.PAYOUT_RETURNED)
"""Rows that are ours, and nobody else's."""

type Settled = Payment | Refund
type Values = Mapping[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the books have of a payment; nothing, if there is none.

    Attributes:
        refunds: oldest first.
        paid_minor: of a payout, what the processor told us that it has paid; None if it told
            nothing.
    """

    payment: Payment | None = None
    refunds: Sequence[Refund] = ()
    disputes: Sequence[Dispute] = ()
    paid_minor: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What would put a break right.

    Attributes:
        settles: what is marked as settled by it, or None.
        postings: in minor units; none if only the mark is missing.
    """

    settles: Settled | None
    postings: tuple[Posting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A row that agrees: what it settles, not yet marked, and what it moves."""

    settles: Settled | None
    postings: tuple[Posting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A row that does not agree.

    Attributes:
        kind: the first that applies.
        expected: what the books say, of what differs.
        found: what the row says of it.
        reason: for a person.
        correction: None if nobody can say what is right.
    """

    kind: BreakKind
    expected: Values
    found: Values
    reason: str
    correction: Correction | None


def said_of(row: SettlementRow) -> Values:
    """What a row says, for a person."""
    said: dict[str, str | int] = {"type": row.kind.value, "amount_minor": abs(row.gross_minor)}
    if row.fee_minor is not None:
        said["fee_minor"] = row.fee_minor
    return said | {"currency": row.currency}


def payout_mismatch(row: SettlementRow, paid_minor: int, processor: str | None) -> Difference:
    """What was paid is what the bank has; the rest is still owed to us."""
    paid = payout_postings(processor, -paid_minor)
    right = Correction(
        settles=None, postings=merged(paid, cost_postings(processor, row.cost_minor))
    )
    return Difference(
        kind=BreakKind.PAYOUT_TOTAL_MISMATCH,
        expected={"amount_minor": paid_minor},
        found={"amount_minor": -row.gross_minor},
        reason=f"the file says {-row.gross_minor}; the processor told us that it paid {paid_minor}",
        correction=right,
    )


def differs(
    kind: BreakKind,
    name: str,
    expected: str | int,
    found: str | int,
    correction: Correction | None,
) -> Difference:
    """The books say one thing, and the file another."""
    return Difference(
        kind=kind,
        expected={name: expected},
        found={name: found},
        reason=f"{name} is {found} in the file and {expected} in the books",
        correction=correction,
    )


def unexplained(
    kind: BreakKind, row: SettlementRow, processor: str | None, reason: str, found: Values
) -> Difference:
    """The books know nothing of it."""
    return Difference(
        kind=kind, expected={}, found=found, reason=reason, correction=suspended(row, processor)
    )


def suspended(row: SettlementRow, processor: str | None) -> Correction:
    """The money is there, and nobody knows what for."""
    moved = unexplained_postings(processor, row.gross_minor)
    return Correction(
        settles=None, postings=merged(moved, cost_postings(processor, row.cost_minor))
    )
