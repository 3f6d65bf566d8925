"""Does a row of a settlement file agree with the books? The row, and what we know of the payment
that it names, go in; out comes what it settles and moves, or the break: the first kind that
applies, in the order in which `BreakKind` lists them, with what would correct it.

A row must say what the books say: of a payment what was captured, and in our own format our fee of
it. What the processor keeps is its own to say, and is booked as a cost.
"""

from collections.abc import Callable, Mapping, Sequence

from oncepay.domain.dispute import Dispute, DisputeStatus
from oncepay.domain.ledger import Posting
from oncepay.domain.lifecycle import PaymentStatus, RefundStatus
from oncepay.domain.payment import Payment, Refund
from oncepay.domain.settlement import BreakKind
from oncepay.domain.settlement_findings import (
    Correction,
    Difference,
    Known,
    Match,
    Values,
    differs,
    payout_mismatch,
    said_of,
    suspended,
    unexplained,
)
from oncepay.domain.settlement_formats.row import RowKind, SettlementRow
from oncepay.domain.settlement_postings import (
    cost_postings,
    merged,
    payout_postings,
    share_postings,
    unexplained_postings,
)

REFUND_FEE_MINOR = 0
"""A refund gives no fee of ours back, and costs none."""


def match_row(
    row: SettlementRow,
    known: Known,
    *,
    run_id: str,
    processor: str | None,
    tolerance_minor: int = 0,
    charges_whole: bool = False,
) -> Match | Difference:
    """Find what a row settles and moves.

    Args:
        row: as read.
        known: what the books have of the payment that it names.
        run_id: of the run that reads it.
        processor: whose file it is; None of our own format, which is whoever's the payment is.
        tolerance_minor: by how much an amount may differ, in minor units.
        charges_whole: the file says what was charged, and in a row below zero what of that was
            not captured.
    """
    payment = known.payment
    if row.kind is RowKind.PAYOUT and _is_off(row, known.paid_minor, tolerance_minor):
        return payout_mismatch(row, known.paid_minor or 0, processor)
    if row.kind in _OF_NO_PAYMENT:
        postings = _OF_NO_PAYMENT[row.kind](processor, row)
        return Match(settles=None, postings=postings)
    if payment is None or processor not in (None, payment.processor):
        reason = "there is no such payment"
        if payment is not None:
            reason = f"the payment was not made through {processor}"
        return unexplained(BreakKind.MISSING_IN_LEDGER, row, processor, reason, said_of(row))
    matching = _Matching(
        row, run_id, payment.processor, tolerance_minor, charges_whole=charges_whole
    )
    if row.kind is RowKind.PAYMENT:
        return matching.payment(payment)
    if row.kind in (RowKind.REFUND, RowKind.REFUND_FAILED):
        return matching.refund(known.refunds)
    return matching.dispute(known.disputes)


def _fee(processor: str | None, row: SettlementRow) -> tuple[Posting, ...]:
    # Some write a fee as an amount that they take, some as a cost of nothing.
    return cost_postings(processor, -row.net_minor)


def _other(processor: str | None, row: SettlementRow) -> tuple[Posting, ...]:
    return merged(
        unexplained_postings(processor, row.gross_minor), cost_postings(processor, row.cost_minor)
    )


def _payout(processor: str | None, row: SettlementRow) -> tuple[Posting, ...]:
    return merged(
        payout_postings(processor, row.gross_minor), cost_postings(processor, row.cost_minor)
    )


_OF_NO_PAYMENT: Mapping[RowKind, Callable[[str | None, SettlementRow], tuple[Posting, ...]]] = {
    RowKind.FEE: _fee,
    RowKind.OTHER: _other,
    RowKind.PAYOUT: _payout,
    RowKind.PAYOUT_RETURNED: _payout,
}


class _Matching:
    """One row, and whose file it is of."""

    def __init__(
        self,
        row: SettlementRow,
        run_id: str,
        processor: str | None,
        tolerance_minor: int,
        *,
        charges_whole: bool,
    ) -> None:
        self._row, self._run_id = row, run_id
        self._processor, self._tolerance_minor = processor, tolerance_minor
        self._charges_whole = charges_whole

    def payment(self, payment: Payment) -> Match | Difference:
        """A row of a charge that was captured."""
        taken_minor = payment.captured_minor or payment.amount_minor
        if self._row.gross_minor < 0 and not self._releases(payment):
            # It says that something was given back, and not what.
            found, right = self._row.gross_minor, self._as_unexplained()
            return differs(BreakKind.AMOUNT_MISMATCH, "amount_minor", taken_minor, found, right)
        share = share_postings(payment.pending_minor)
        if self._charges_whole and payment.captured_minor < payment.amount_minor:
            part = self._part(payment, share)
            if part is not None:
                return part
        match = Match(settles=payment, postings=merged(share, self._cost(taken_minor)))
        return (
            self._difference(
                match,
                # What was never taken is compared with what was asked.
                gross_minor=taken_minor,
                fee_minor=payment.fee_minor,
                currency=payment.currency,
                status=payment.status,
                wanted=PaymentStatus.SUCCEEDED,
            )
            or self._settled_before(payment.settlement_id)
            or match
        )

    def _releases(self, payment: Payment) -> bool:
        """Whether the row is of what was charged and not captured."""
        released_minor = payment.amount_minor - payment.captured_minor
        return self._charges_whole and self._row.gross_minor == -released_minor < 0

    def _part(self, payment: Payment, share: tuple[Posting, ...]) -> Match | Difference | None:
        """Of a charge and its release, in any order, together what was captured: each is explained
        by the other, and with the release the payment is settled.
        """
        row = self._row
        is_sound = payment.status is PaymentStatus.SUCCEEDED and row.currency == payment.currency
        cost = cost_postings(self._processor, row.cost_minor)
        if is_sound and row.gross_minor == payment.amount_minor:
            charged = unexplained_postings(self._processor, row.gross_minor)
            return Match(settles=None, postings=merged(charged, cost))
        if is_sound and self._releases(payment):
            charged = unexplained_postings(self._processor, -payment.amount_minor)
            match = Match(settles=payment, postings=merged(share, charged, cost))
            return self._settled_before(payment.settlement_id) or match
        return None

    def refund(self, refunds: Sequence[Refund]) -> Match | Difference:
        """A row of a refund, or of one that came back."""
        came_back = self._row.kind is RowKind.REFUND_FAILED
        refund = self._choose_refund(refunds)
        if refund is None:
            return self._unknown(BreakKind.ORPHAN_REFUND, "the payment has no such refund")
        gross_minor = refund.amount_minor if came_back else -refund.amount_minor
        match = Match(settles=None if came_back else refund, postings=self._cost(gross_minor))
        wanted = RefundStatus.FAILED if came_back else RefundStatus.SUCCEEDED
        # What the processor itself names has left it, even if it came back since.
        is_named = self._row.own_reference not in (None, "") and (
            refund.processor_reference == self._row.own_reference
        )
        did_leave = is_named and not came_back and refund.status is RefundStatus.FAILED
        difference = self._difference(
            match,
            gross_minor=gross_minor,
            fee_minor=REFUND_FEE_MINOR,
            currency=refund.currency,
            status=refund.status,
            wanted=refund.status if did_leave else wanted,
        )
        if came_back:
            return difference or match
        return difference or self._settled_before(refund.settlement_id) or match

    def dispute(self, disputes: Sequence[Dispute]) -> Match | Difference:
        """A row of a dispute, or of what was given back of it."""
        came_back = self._row.kind is RowKind.DISPUTE_WON
        dispute = self._choose_dispute(disputes)
        if dispute is None:
            return self._unknown(BreakKind.MISSING_IN_LEDGER, "the payment has no such dispute")
        gross_minor = dispute.amount_minor if came_back else -dispute.amount_minor
        match = Match(settles=None, postings=self._cost(gross_minor))
        wanted = DisputeStatus.WON if came_back else dispute.status
        return (
            self._difference(
                match,
                gross_minor=gross_minor,
                fee_minor=REFUND_FEE_MINOR,
                currency=dispute.currency,
                status=dispute.status,
                wanted=wanted,
            )
            or match
        )

    def _cost(self, gross_minor: int) -> tuple[Posting, ...]:
        """What the processor keeps; what is off within the tolerance is a cost too."""
        off_by = self._row.gross_minor - gross_minor
        within = off_by if abs(off_by) <= self._tolerance_minor else 0
        return cost_postings(self._processor, self._row.cost_minor - within)

    def _choose_refund(self, refunds: Sequence[Refund]) -> Refund | None:
        """The refund that the row is about: the one that it names, else one of its amount that it
        settles, else one of that amount that is settled already, else one that it differs from.
        """
        row, wanted = self._row, RefundStatus.SUCCEEDED
        if row.kind is RowKind.REFUND_FAILED:
            wanted = RefundStatus.FAILED
        named = [
            r for r in refunds if row.own_reference and r.processor_reference == row.own_reference
        ]
        equal = self._of_amount(refunds)
        meant = [r for r in equal if r.status is wanted]
        by_preference = (
            named,
            # It may have been settled before it came back.
            meant if wanted is RefundStatus.FAILED else [],
            [r for r in meant if r.settlement_id is None],
            [r for r in equal if r.settlement_id is None],
            [r for r in equal if r.settlement_id == self._run_id],
            equal,
            [r for r in refunds if r.settlement_id is None],
        )
        return next((candidates[0] for candidates in by_preference if candidates), None)

    def _choose_dispute(self, disputes: Sequence[Dispute]) -> Dispute | None:
        row = self._row
        named = [d for d in disputes if d.processor_reference == row.own_reference]
        equal = self._of_amount(disputes)
        came_back = row.kind is RowKind.DISPUTE_WON
        won = [d for d in equal if came_back and d.status is DisputeStatus.WON]
        return next(iter([*named, *won, *equal, *disputes]), None)

    def _of_amount[T: (Refund, Dispute)](self, some: Sequence[T]) -> list[T]:
        """Those of the row's amount, or within the tolerance of it, the nearest first."""
        minor = abs(self._row.gross_minor)
        near = [each for each in some if abs(each.amount_minor - minor) <= self._tolerance_minor]
        return sorted(near, key=lambda each: abs(each.amount_minor - minor))

    def _difference(
        self,
        match: Match,
        *,
        gross_minor: int,
        fee_minor: int,
        currency: str,
        status: PaymentStatus | RefundStatus | DisputeStatus,
        wanted: PaymentStatus | RefundStatus | DisputeStatus,
    ) -> Difference | None:
        row = self._row
        # What differs in more than an amount is not put right by an amount.
        is_sound = row.currency == currency and status is wanted
        if abs(row.gross_minor - gross_minor) > self._tolerance_minor:
            right = None
            if is_sound:
                off_by = unexplained_postings(self._processor, row.gross_minor - gross_minor)
                right = Correction(settles=match.settles, postings=merged(match.postings, off_by))
            said, found = abs(gross_minor), abs(row.gross_minor)
            return differs(BreakKind.AMOUNT_MISMATCH, "amount_minor", said, found, right)
        if row.fee_minor is not None and row.fee_minor != fee_minor:
            right = None
            if is_sound:
                right = Correction(settles=match.settles, postings=match.postings)
            return differs(BreakKind.FEE_MISMATCH, "fee_minor", fee_minor, row.fee_minor, right)
        if row.currency != currency:
            return differs(BreakKind.CURRENCY_MISMATCH, "currency", currency, row.currency, None)
        if status is not wanted:
            right = self._as_unexplained()
            return differs(BreakKind.STATUS_MISMATCH, "status", status.value, wanted.value, right)
        return None

    def _settled_before(self, settled_by: str | None) -> Difference | None:
        if settled_by is None:
            return None
        row, right = self._row, self._as_unexplained()
        if settled_by == self._run_id:
            return Difference(
                kind=BreakKind.DUPLICATE_ROW,
                expected={},
                found={"type": row.kind.value, "amount_minor": abs(row.gross_minor)},
                reason="a row before it in this file settles the same",
                correction=right,
            )
        return Difference(
            kind=BreakKind.ALREADY_SETTLED,
            expected={"settlement_id": settled_by},
            found={"settlement_id": self._run_id},
            reason=f"it was settled by {settled_by}",
            # Told again it is nothing new, and nobody can tell that from money that came twice.
            correction=None,
        )

    def _unknown(self, kind: BreakKind, reason: str) -> Difference:
        row = self._row
        found: Values = {"amount_minor": abs(row.gross_minor), "currency": row.currency}
        return unexplained(kind, row, self._processor, reason, found)

    def _as_unexplained(self) -> Correction:
        return suspended(self._row, self._processor)


def _is_off(row: SettlementRow, paid_minor: int | None, tolerance_minor: int) -> bool:
    # One that came back is a row of its own, and no event.
    told = paid_minor is not None and row.gross_minor < 0
    return told and abs((paid_minor or 0) + row.gross_minor) > tolerance_minor
