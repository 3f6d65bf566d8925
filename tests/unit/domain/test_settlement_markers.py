"""Rows of a settlement file that settle no item of ours: known again by their markers, in one plan,
in one run and in others.
"""

import copy
from dataclasses import replace
from typing import Any

import pytest

from oncepay.domain.lifecycle import RefundStatus
from oncepay.domain.settlement import BreakKind
from oncepay.domain.settlement_booking import Books
from oncepay.domain.settlement_formats.row import RejectedRow, RowKind, SettlementRow
from oncepay.domain.settlement_markers import Marker, marker_id
from tests.builders import MERCHANT
from tests.unit.domain.test_settlement_booking import (
    RUN,
    books_of,
    numbered,
    planned,
)
from tests.unit.domain.test_settlement_matching import DISPUTE, PAYMENT, REFUND, STRIPE, a_row

OTHER_RUN = "set_other"
FEE = a_row(
    RowKind.FEE, row_id="txn_f", payment_id=None, reference=None, gross_minor=0, cost_minor=70
)


def known(*rows: SettlementRow, **booked: Any) -> dict[str, Marker | None]:
    """What was looked up of rows: none of them is booked, or each as it is told."""
    markers: dict[str, Marker | None] = {}
    for row in rows:
        marker = marker_id(row, "stripe")
        values: dict[str, Any] = {
            "id": marker,
            "run_id": OTHER_RUN,
            "row": 3,
            "gross_minor": row.gross_minor,
            "cost_minor": row.cost_minor,
        }
        markers[marker] = Marker(**(values | booked)) if booked else None
    return markers


def unread_of(*rows: SettlementRow) -> frozenset[str]:
    return frozenset(marker_id(row, "stripe") for row in rows)


def test_rows__whose_movements_cancel_out__leave_no_entry() -> None:
    back = FEE._replace(row_id="txn_g", cost_minor=-70)
    plan = planned(numbered([FEE, back]), Books(markers=known(FEE, back)))
    assert (plan.after.matched, plan.entries) == (2, [])


def test_fee__is_the_operators_and_leaves_a_marker() -> None:
    plan = planned([FEE], Books(markers=known(FEE)))
    (entry,) = plan.entries
    assert entry.ledger_id == "operator#USD#0"
    assert {each.account: each.amount_minor for each in entry.postings} == {
        "costs": -70, STRIPE: 70,
    }  # fmt: skip
    (marker,) = plan.markers
    assert marker == Marker(
        id=marker_id(FEE, "stripe"), run_id=RUN, row=1, gross_minor=0, cost_minor=70
    )
    assert (plan.unread, plan.settled) == (frozenset(), [])


def test_marker__that_was_not_looked_up__is_asked_for() -> None:
    assert planned([FEE]).unread == unread_of(FEE)


def test_markers__of_rows_that_settle_something__are_asked_for_and_not_put() -> None:
    rows = numbered([a_row(), a_row(RowKind.REFUND)])
    books = books_of([PAYMENT], refunds={"pay_1": [REFUND]})
    assert planned(rows, books).unread == {marker_id(row, "stripe") for row in rows}
    books.markers.update({marker_id(row, "stripe"): None for row in rows})
    plan = planned(rows, books)
    assert (plan.unread, plan.markers, len(plan.settled)) == (frozenset(), [], 2)


def test_marker__of_a_break_whose_correction_settles_nothing__is_asked_for_and_not_put() -> None:
    row = a_row(payment_id="pay_nobody")
    plan = planned([row])
    assert (plan.unread, plan.markers) == (unread_of(row), [])
    (found,) = planned([row], Books(markers=known(row))).breaks
    assert found.marker == marker_id(row, "stripe")


def test_break__whose_correction_settles_a_payment__has_no_marker() -> None:
    plan = planned([a_row(gross_minor=5_007)], books_of([PAYMENT]))
    (found,) = plan.breaks
    assert (found.settles, found.marker, plan.unread) == (PAYMENT.key, None, frozenset())


def test_row_of_no_payment__again_in_the_plan__is_a_duplicate() -> None:
    plan = planned(numbered([FEE, FEE]), Books(markers=known(FEE)))
    (found,) = plan.breaks
    assert (found.row, found.kind) == (2, BreakKind.DUPLICATE_ROW)
    assert found.reason == "line 3, row txn_f: row 1 of this file is the same"
    assert (found.correction, found.marker, found.ledger_id) == (None, None, None)
    assert len(plan.markers) == 1


def test_row_of_no_payment__booked_by_this_run_before__is_a_duplicate() -> None:
    (found,) = planned([FEE], Books(markers=known(FEE, run_id=RUN))).breaks
    assert found.kind is BreakKind.DUPLICATE_ROW
    assert found.reason.endswith("row 3 of this file is the same")


def test_row_of_no_payment__booked_by_another_run__is_already_settled() -> None:
    plan = planned([FEE], Books(markers=known(FEE, run_id=OTHER_RUN)))
    (found,) = plan.breaks
    assert (found.kind, found.expected, found.found) == (
        BreakKind.ALREADY_SETTLED,
        {"settlement_id": OTHER_RUN},
        {"settlement_id": RUN, "type": "fee"},
    )
    assert found.reason.endswith(f"{OTHER_RUN} has booked it, row 3")
    assert (plan.markers, plan.entries, found.correction) == ([], [], None)


def test_row_of_no_payment__booked_with_another_amount__lacks_the_difference() -> None:
    plan = planned([FEE], Books(markers=known(FEE, cost_minor=45)))
    (found,) = plan.breaks
    assert found.kind is BreakKind.AMOUNT_MISMATCH
    assert found.correction is not None
    assert {each.account: each.amount_minor for each in found.correction} == {
        "costs": -25, STRIPE: 25,
    }  # fmt: skip
    assert (plan.markers, plan.entries) == ([], [])


def test_differences__of_two_amounts__have_one_marker_which_is_not_the_rows() -> None:
    other = FEE._replace(cost_minor=80)
    markers = known(FEE, cost_minor=45)
    first, second = planned(numbered([FEE, other]), Books(markers=markers)).breaks
    assert first.marker == second.marker
    assert first.marker not in markers


def test_row__booked_by_a_correction__with_another_amount__has_none() -> None:
    booked = known(FEE, cost_minor=45, break_id="brk_x_3")
    (found,) = planned([FEE], Books(markers=booked)).breaks
    assert (found.kind, found.correction) == (BreakKind.AMOUNT_MISMATCH, None)


def test_break__that_was_corrected_in_another_file__has_no_correction() -> None:
    row = a_row(payment_id="pay_nobody")
    booked = known(row, break_id="brk_x_3")
    (found,) = planned([row], Books(markers=booked)).breaks
    assert (found.kind, found.correction) == (BreakKind.MISSING_IN_LEDGER, None)
    assert found.reason.endswith(f"there is no such payment; {OTHER_RUN} has booked it, row 3")


@pytest.mark.parametrize("kind", [RowKind.DISPUTE, RowKind.REFUND_FAILED])
def test_row_of_an_item__that_leaves_it_as_it_is__leaves_a_marker(kind: RowKind) -> None:
    failed = replace(REFUND, status=RefundStatus.FAILED)
    books = books_of([PAYMENT], refunds={"pay_1": [failed]}, disputes={"pay_1": [DISPUTE]})
    gross_minor = 2_000 if kind is RowKind.REFUND_FAILED else -2_000
    row = a_row(kind, gross_minor=gross_minor, cost_minor=15)
    books.markers.update(known(row))
    plan = planned([row], books)
    assert [marker.id for marker in plan.markers] == [marker_id(row, "stripe")]
    (entry,) = plan.entries
    assert entry.ledger_id == f"{MERCHANT}#USD#0"


def test_plan__adds_up_what_matched_and_what_broke_but_payouts() -> None:
    payout = a_row(RowKind.PAYOUT, gross_minor=-7_000, row_id="txn_p", own_reference="po_1")
    broken = a_row(gross_minor=5_007, row_id="txn_2", currency="EUR")
    rejected = RejectedRow(number=4, line=5, column="net", rule="must be filled", value=None)
    books = books_of([PAYMENT], markers=known(payout))
    plan = planned([*numbered([a_row(), broken, payout]), rejected], books)
    assert plan.after.matched == 2
    assert plan.after.breaks_by_kind == {
        BreakKind.AMOUNT_MISMATCH: 1, BreakKind.REJECTED_ROW: 1,
    }  # fmt: skip
    assert (plan.after.matched_minor, plan.after.broken_minor) == ({"USD": 5_000}, {"EUR": 5_007})


def test_plan__changes_nothing_of_its_books() -> None:
    second = replace(PAYMENT, id="pay_2")
    books = books_of(
        [PAYMENT, second],
        refunds={"pay_1": [REFUND]},
        disputes={"pay_1": [DISPUTE]},
        references={"pi_9": "pay_2"},
        markers=known(FEE),
        paid_minor={"po_1": 7_000},
    )
    before = copy.deepcopy(books)
    rows = numbered(
        [a_row(), a_row(RowKind.REFUND), FEE, a_row(payment_id=None, reference="pi_9"), a_row()]
    )
    first = planned(rows, books)
    assert books == before
    # And so it is the same plan when it is made again.
    assert planned(rows, books) == first
