"""Does a row of a settlement file agree with the books? The row, the payment that it names and that
payment's refunds go in; out comes what is matched, or the break: the first kind that applies, in
the order in which `BreakKind` lists them.

The row must say what the payment says: what was captured, and our fee of it. Matching a payment
from the balance moves no money; matching one through a processor makes its share available.
"""

from collections.abc import Mapping, Sequence

from oncepay.domain.lifecycle import PaymentStatus, RefundStatus
from oncepay.domain.payment import Payment, Refund
from oncepay.domain.settlement import Break, BreakKind
from oncepay.domain.settlement_rows import RejectedRow, RowType, SettlementRow, show

REFUND_FEE_MINOR = 0
"""A refund from a balance costs nothing and gives no fee back."""


def reconcile_row(
    row: SettlementRow | RejectedRow,
    *,
    settlement_id: str,
    payment: Payment | None,
    refunds: Sequence[Refund],
) -> Payment | Refund | Break:
    """Find what a row settles.

    Args:
        row: as read.
        settlement_id: of the run that reads it.
        payment: that the row names, as it is now, or None if there is none.
        refunds: of that payment, oldest first.

    Returns:
        The payment or the refund that the row settles, not yet marked, or the break.
    """
    if isinstance(row, RejectedRow):
        return _rejected(row, settlement_id)
    if payment is None:
        return _break(
            BreakKind.MISSING_IN_LEDGER,
            row,
            settlement_id,
            reason="there is no such payment",
            found={
                "type": row.type.value,
                "amount_minor": row.amount_minor,
                "fee_minor": row.fee_minor,
                "currency": row.currency,
            },
        )
    if row.type is RowType.PAYMENT:
        return _reconcile_payment(row, settlement_id, payment)
    return _reconcile_refund(row, settlement_id, refunds)


def _reconcile_payment(row: SettlementRow, settlement_id: str, payment: Payment) -> Payment | Break:
    return (
        _difference(
            row,
            settlement_id,
            # Part of it may have been captured; what was not taken is compared with what was asked.
            amount_minor=payment.captured_minor or payment.amount_minor,
            fee_minor=payment.fee_minor,
            currency=payment.currency,
            status=payment.status,
        )
        or _settled_before(row, settlement_id, payment.settlement_id)
        or payment
    )


def _reconcile_refund(
    row: SettlementRow, settlement_id: str, refunds: Sequence[Refund]
) -> Refund | Break:
    """The n-th row of an amount settles the n-th refund of that amount; after them, rows repeat."""
    refund = _choose_refund(row, settlement_id, refunds)
    if refund is None:
        return _break(
            BreakKind.ORPHAN_REFUND,
            row,
            settlement_id,
            reason="the payment has no such refund",
            found={"amount_minor": row.amount_minor, "currency": row.currency},
        )
    return (
        _difference(
            row,
            settlement_id,
            amount_minor=refund.amount_minor,
            fee_minor=REFUND_FEE_MINOR,
            currency=refund.currency,
            status=refund.status,
        )
        or _settled_before(row, settlement_id, refund.settlement_id)
        or refund
    )


def _choose_refund(
    row: SettlementRow, settlement_id: str, refunds: Sequence[Refund]
) -> Refund | None:
    """The refund that a row is about: one that it settles, else one of its amount that is settled
    already, else one that it differs from.
    """
    equal = [refund for refund in refunds if refund.amount_minor == row.amount_minor]
    by_preference = (
        [r for r in equal if r.settlement_id is None and r.status is RefundStatus.SUCCEEDED],
        [r for r in equal if r.settlement_id is None],
        [r for r in equal if r.settlement_id == settlement_id],
        equal,
        [r for r in refunds if r.settlement_id is None],
    )
    return next((candidates[0] for candidates in by_preference if candidates), None)


def _difference(
    row: SettlementRow,
    settlement_id: str,
    *,
    amount_minor: int,
    fee_minor: int,
    currency: str,
    status: PaymentStatus | RefundStatus,
) -> Break | None:
    succeeded = PaymentStatus.SUCCEEDED.value
    compared: tuple[tuple[BreakKind, str, str | int, str | int], ...] = (
        (BreakKind.AMOUNT_MISMATCH, "amount_minor", amount_minor, row.amount_minor),
        (BreakKind.FEE_MISMATCH, "fee_minor", fee_minor, row.fee_minor),
        (BreakKind.CURRENCY_MISMATCH, "currency", currency, row.currency),
        # What is in a settlement file is settled, and so must have succeeded.
        (BreakKind.STATUS_MISMATCH, "status", status.value, succeeded),
    )
    for kind, name, expected, found in compared:
        if expected != found:
            return _break(
                kind,
                row,
                settlement_id,
                reason=f"{name} is {found} in the file and {expected} in the books",
                expected={name: expected},
                found={name: found},
            )
    return None


def _settled_before(row: SettlementRow, settlement_id: str, settled_by: str | None) -> Break | None:
    if settled_by is None:
        return None
    if settled_by == settlement_id:
        return _break(
            BreakKind.DUPLICATE_ROW,
            row,
            settlement_id,
            reason="a row before it in this file settles the same",
            found={"type": row.type.value, "amount_minor": row.amount_minor},
        )
    return _break(
        BreakKind.ALREADY_SETTLED,
        row,
        settlement_id,
        reason=f"it was settled by {settled_by}",
        expected={"settlement_id": settled_by},
        found={"settlement_id": settlement_id},
    )


def _rejected(row: RejectedRow, settlement_id: str) -> Break:
    subject = f"column {row.column}" if row.column else "the row"
    found: dict[str, str | int] = {"line": row.line}
    if row.column is not None:
        found["column"] = row.column
    found_instead = ""
    if row.value is not None:
        found["value"] = row.value
        found_instead = f"; it is {row.value!r}"
    return Break(
        settlement_id=settlement_id,
        row=row.number,
        line=row.line,
        kind=BreakKind.REJECTED_ROW,
        payment_id=None,
        expected={"rule": row.rule},
        found=found,
        reason=f"line {row.line}: {subject} {row.rule}{found_instead}",
    )


def _break(
    kind: BreakKind,
    row: SettlementRow,
    settlement_id: str,
    *,
    reason: str,
    expected: Mapping[str, str | int] | None = None,
    found: Mapping[str, str | int],
) -> Break:
    return Break(
        settlement_id=settlement_id,
        row=row.number,
        line=row.line,
        kind=kind,
        payment_id=row.payment_id,
        expected=expected or {},
        found=found,
        reason=f"line {row.line}, row {show(row.row_id) or '(not shown)'}: {reason}",
    )
