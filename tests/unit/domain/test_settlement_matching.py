"""Which rows of a settlement file agree with the books, what they move, and what would correct the
others.
"""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain.dispute import Dispute, DisputeStatus
from oncepay.domain.ledger import Posting
from oncepay.domain.lifecycle import PaymentStatus, RefundStatus
from oncepay.domain.payment import PROCESSOR, Payment, Refund
from oncepay.domain.settlement import BreakKind
from oncepay.domain.settlement_findings import Difference, Known, Match
from oncepay.domain.settlement_formats.row import RowKind, SettlementRow
from oncepay.domain.settlement_matching import match_row
from oncepay.domain.settlement_postings import merged, reversed_postings
from tests.builders import MERCHANT, NOW

RUN, OTHER_RUN = "set_this", "set_other"
STRIPE = "external:stripe"

PAYMENT = Payment(
    id="pay_1",
    merchant_id=MERCHANT,
    fingerprint="f" * 64,
    amount_minor=5_000,
    fee_minor=100,
    fee_basis_points=200,
    currency="USD",
    status=PaymentStatus.SUCCEEDED,
    funding_type=PROCESSOR,
    captured_minor=5_000,
    refunded_minor=0,
    pending_minor=4_900,
    created_at=NOW,
    updated_at=NOW,
    processor="stripe",
    processor_reference="pi_1",
)
REFUND = Refund(
    id="re_1",
    payment_id="pay_1",
    merchant_id=MERCHANT,
    fingerprint="f" * 64,
    amount_minor=2_000,
    currency="USD",
    status=RefundStatus.SUCCEEDED,
    created_at=NOW,
    updated_at=NOW,
    processor_reference="re_there_1",
)
DISPUTE = Dispute(
    id="dp_1",
    payment_id="pay_1",
    merchant_id=MERCHANT,
    amount_minor=2_000,
    currency="USD",
    status=DisputeStatus.OPEN,
    reason="fraudulent",
    processor_reference="dp_there_1",
    created_at=NOW,
    updated_at=NOW,
)


def a_row(kind: RowKind = RowKind.PAYMENT, **changes: Any) -> SettlementRow:
    row = SettlementRow(
        number=1,
        line=2,
        row_id="txn_1",
        kind=kind,
        payment_id="pay_1",
        reference="pi_1",
        own_reference=None,
        gross_minor=5_000 if kind is RowKind.PAYMENT else -2_000,
        cost_minor=175 if kind is RowKind.PAYMENT else 0,
        fee_minor=None,
        currency="USD",
        batch="po_1",
        occurred_at=NOW,
    )
    return row._replace(**changes)


def a_native_row(kind: RowKind = RowKind.PAYMENT, **changes: Any) -> SettlementRow:
    native = {"cost_minor": 0, "fee_minor": 100 if kind is RowKind.PAYMENT else 0, "batch": ""}
    return a_row(kind, **(native | changes))


def found(
    row: SettlementRow,
    payment: Payment | None = PAYMENT,
    *,
    refunds: tuple[Refund, ...] = (),
    disputes: tuple[Dispute, ...] = (),
    processor: str | None = "stripe",
    tolerance_minor: int = 0,
) -> Match | Difference:
    known = Known(payment=payment, refunds=refunds, disputes=disputes)
    return match_row(row, known, run_id=RUN, processor=processor, tolerance_minor=tolerance_minor)


def moved(postings: tuple[Posting, ...]) -> dict[str, int]:
    return {posting.account: posting.amount_minor for posting in postings}


def broken(outcome: Match | Difference) -> Difference:
    assert isinstance(outcome, Difference)
    return outcome


def test_payment__as_captured__makes_its_share_available_and_books_the_cost() -> None:
    match = found(a_row())
    assert isinstance(match, Match)
    assert match.settles is PAYMENT
    assert moved(match.postings) == {
        "pending": -4_900, "available": 4_900, "costs": -175, STRIPE: 175,
    }  # fmt: skip


def test_payment__from_the_balance__moves_nothing() -> None:
    paid = replace(PAYMENT, processor=None, processor_reference=None, pending_minor=0)
    match = found(a_native_row(), paid, processor=None)
    assert match == Match(settles=paid, postings=())


def test_refund__as_it_was__moves_its_cost_alone() -> None:
    match = found(a_row(RowKind.REFUND, cost_minor=25), refunds=(REFUND,))
    assert isinstance(match, Match)
    assert (match.settles, moved(match.postings)) == (REFUND, {"costs": -25, STRIPE: 25})


def test_refund__that_is_named__is_taken_before_one_of_its_amount() -> None:
    named = replace(REFUND, id="re_2", processor_reference="re_there_2")
    match = found(a_row(RowKind.REFUND, own_reference="re_there_2"), refunds=(REFUND, named))
    assert isinstance(match, Match)
    assert match.settles is named


def test_refund__the_second_of_its_amount__is_the_second_row() -> None:
    first = replace(REFUND, settlement_id=RUN, settled_at=NOW)
    second = replace(REFUND, id="re_2", processor_reference="re_there_2")
    match = found(a_row(RowKind.REFUND), refunds=(first, second))
    assert isinstance(match, Match)
    assert match.settles is second


def test_refund_that_came_back__is_matched_with_the_failed_one() -> None:
    failed = replace(REFUND, status=RefundStatus.FAILED, settlement_id=OTHER_RUN, settled_at=NOW)
    row = a_row(RowKind.REFUND_FAILED, gross_minor=2_000, own_reference="re_there_1")
    assert found(row, refunds=(failed,)) == Match(settles=None, postings=())


@pytest.mark.parametrize("status", DisputeStatus, ids=str)
def test_dispute__in_any_state__is_matched_and_costs(status: DisputeStatus) -> None:
    dispute = replace(DISPUTE, status=status)
    match = found(a_row(RowKind.DISPUTE, cost_minor=1_500), disputes=(dispute,))
    assert isinstance(match, Match)
    assert (match.settles, moved(match.postings)) == (None, {"costs": -1_500, STRIPE: 1_500})


def test_dispute_won__gives_the_cost_back() -> None:
    won = replace(DISPUTE, status=DisputeStatus.WON)
    row = a_row(RowKind.DISPUTE_WON, gross_minor=2_000, cost_minor=-1_500)
    match = found(row, disputes=(won,))
    assert isinstance(match, Match)
    assert (match.settles, moved(match.postings)) == (None, {"costs": 1_500, STRIPE: -1_500})


def test_dispute_won__that_is_open_here__is_a_break() -> None:
    row = a_row(RowKind.DISPUTE_WON, gross_minor=2_000)
    difference = broken(found(row, disputes=(DISPUTE,)))
    assert difference.kind is BreakKind.STATUS_MISMATCH
    assert (difference.expected, difference.found) == ({"status": "open"}, {"status": "won"})


@pytest.mark.parametrize(
    ("kind", "amounts", "expected"),
    [
        (RowKind.FEE, {"gross_minor": -300, "cost_minor": 0}, {"costs": -300, STRIPE: 300}),
        (RowKind.FEE, {"gross_minor": 0, "cost_minor": 300}, {"costs": -300, STRIPE: 300}),
        (RowKind.PAYOUT, {"gross_minor": -4_825}, {"external:bank": -4_825, STRIPE: 4_825}),
        (RowKind.OTHER, {"gross_minor": -500}, {STRIPE: 500, "suspense": -500}),
    ],
)
def test_row_of_no_payment__is_booked(
    kind: RowKind, amounts: dict[str, int], expected: dict[str, int]
) -> None:
    row = a_row(kind, **({"payment_id": None, "cost_minor": 0} | amounts))
    match = found(row, None)
    assert isinstance(match, Match)
    assert (match.settles, moved(match.postings)) == (None, expected)


@pytest.mark.parametrize(
    ("row", "payment", "kind", "expected", "seen", "correction"),
    [
        (a_row(), None, BreakKind.MISSING_IN_LEDGER, {},
         {"type": "payment", "amount_minor": 5_000, "currency": "USD"},
         {STRIPE: -4_825, "suspense": 5_000, "costs": -175}),
        (a_row(gross_minor=5_007), PAYMENT, BreakKind.AMOUNT_MISMATCH,
         {"amount_minor": 5_000}, {"amount_minor": 5_007},
         {"pending": -4_900, "available": 4_900, "costs": -175, STRIPE: 168, "suspense": 7}),
        (a_native_row(fee_minor=90), PAYMENT, BreakKind.FEE_MISMATCH,
         {"fee_minor": 100}, {"fee_minor": 90}, {"pending": -4_900, "available": 4_900}),
        (a_row(currency="EUR"), PAYMENT, BreakKind.CURRENCY_MISMATCH,
         {"currency": "USD"}, {"currency": "EUR"}, None),
        (a_row(currency="EUR", gross_minor=4_000), PAYMENT, BreakKind.AMOUNT_MISMATCH,
         {"amount_minor": 5_000}, {"amount_minor": 4_000}, None),
        (a_row(), replace(PAYMENT, status=PaymentStatus.VOIDED, captured_minor=0, pending_minor=0),
         BreakKind.STATUS_MISMATCH, {"status": "voided"}, {"status": "succeeded"},
         {STRIPE: -4_825, "suspense": 5_000, "costs": -175}),
        (a_row(), replace(PAYMENT, settlement_id=RUN, settled_at=NOW, pending_minor=0),
         BreakKind.DUPLICATE_ROW, {}, {"type": "payment", "amount_minor": 5_000},
         {STRIPE: -4_825, "suspense": 5_000, "costs": -175}),
        (a_row(), replace(PAYMENT, settlement_id=OTHER_RUN, settled_at=NOW, pending_minor=0),
         BreakKind.ALREADY_SETTLED, {"settlement_id": OTHER_RUN}, {"settlement_id": RUN},
         None),
        (a_row(RowKind.REFUND), PAYMENT, BreakKind.ORPHAN_REFUND, {},
         {"amount_minor": 2_000, "currency": "USD"}, {STRIPE: 2_000, "suspense": -2_000}),
        (a_row(RowKind.DISPUTE), PAYMENT, BreakKind.MISSING_IN_LEDGER, {},
         {"amount_minor": 2_000, "currency": "USD"}, {STRIPE: 2_000, "suspense": -2_000}),
    ],
    ids=lambda value: value.value if isinstance(value, BreakKind) else "",
)  # fmt: skip
def test_row__that_differs__is_a_break_with_what_would_correct_it(
    row: SettlementRow,
    payment: Payment | None,
    kind: BreakKind,
    expected: dict[str, Any],
    seen: dict[str, Any],
    correction: dict[str, int] | None,
) -> None:
    difference = broken(found(row, payment))
    assert (difference.kind, difference.expected, difference.found) == (kind, expected, seen)
    right = difference.correction
    assert (right and moved(right.postings)) == correction


def test_refund__of_another_amount__is_corrected_by_the_difference() -> None:
    difference = broken(found(a_row(RowKind.REFUND, gross_minor=-1_500), refunds=(REFUND,)))
    assert difference.kind is BreakKind.AMOUNT_MISMATCH
    assert difference.correction is not None
    assert difference.correction.settles is REFUND
    assert moved(difference.correction.postings) == {STRIPE: -500, "suspense": 500}


@pytest.mark.parametrize(
    ("gross_minor", "moves"),
    [(5_001, {"costs": -174, STRIPE: 174}), (4_999, {"costs": -176, STRIPE: 176})],
)
def test_amount__off_within_the_tolerance__is_a_cost(
    gross_minor: int, moves: dict[str, int]
) -> None:
    paid = replace(PAYMENT, pending_minor=0)
    match = found(a_row(gross_minor=gross_minor), paid, tolerance_minor=1)
    assert isinstance(match, Match)
    assert moved(match.postings) == moves


def test_amount__off_by_more_than_the_tolerance__is_a_break() -> None:
    assert broken(found(a_row(gross_minor=5_002), tolerance_minor=1)).kind is (
        BreakKind.AMOUNT_MISMATCH
    )


@given(
    captured=st.integers(1, 10**6),
    gross=st.integers(1, 10**6),
    cost=st.integers(-(10**4), 10**4),
    tolerance=st.integers(0, 3),
    known=st.booleans(),
)
def test_payment__matched_or_corrected__leaves_the_processor_owing_the_net(
    captured: int, gross: int, cost: int, tolerance: int, known: bool
) -> None:
    """Whatever the row says: what the capture posted, and this, are what is paid out."""
    paid = replace(PAYMENT, amount_minor=captured, captured_minor=captured, pending_minor=captured)
    row = a_row(gross_minor=gross, cost_minor=cost)
    outcome = found(row, paid if known else None, tolerance_minor=tolerance)
    booked = outcome if isinstance(outcome, Match) else outcome.correction
    assert booked is not None
    before = -captured if known else 0
    assert before + moved(booked.postings).get(STRIPE, 0) == -row.net_minor
    assert sum(posting.amount_minor for posting in booked.postings) == 0
    assert all(posting.amount_minor for posting in booked.postings)


def test_reversal__takes_back_what_was_posted() -> None:
    postings = (Posting("costs", -5), Posting(STRIPE, 5))
    assert reversed_postings(postings) == (Posting("costs", 5), Posting(STRIPE, -5))


PARTLY = replace(PAYMENT, captured_minor=3_000, pending_minor=2_940, fee_minor=60)


def of_charge_and_release(gross_minor: int, payment: Payment = PARTLY) -> Match | Difference:
    return match_row(
        a_row(gross_minor=gross_minor),
        Known(payment=payment),
        run_id=RUN,
        processor="stripe",
        charges_whole=True,
    )


def test_charge__of_which_a_part_was_captured__waits_for_its_release() -> None:
    assert of_charge_and_release(5_000) == Match(
        settles=None,
        postings=(Posting(STRIPE, -4_825), Posting("suspense", 5_000), Posting("costs", -175)),
    )


def test_release__of_what_was_not_captured__settles_the_payment() -> None:
    release = of_charge_and_release(-2_000)
    assert isinstance(release, Match)
    assert release.settles == PARTLY
    assert moved(release.postings) == {
        "pending": -2_940,
        "available": 2_940,
        STRIPE: 5_175,
        "suspense": -5_000,
        "costs": -175,
    }


def test_charge_and_release__together__explain_each_other() -> None:
    charge, release = of_charge_and_release(5_000), of_charge_and_release(-2_000)
    assert isinstance(charge, Match)
    assert isinstance(release, Match)
    both = moved(merged(charge.postings, release.postings))
    assert "suspense" not in both
    assert both[STRIPE] == 350


def test_release__of_another_amount__is_no_release() -> None:
    difference = broken(of_charge_and_release(-1_999))
    assert difference.kind is BreakKind.AMOUNT_MISMATCH
    assert difference.correction is not None
    assert difference.correction.settles is None


def test_row_below_zero__of_a_format_without_releases__is_a_mismatch() -> None:
    difference = broken(found(a_row(gross_minor=-2_000), PARTLY))
    assert (difference.kind, difference.found) == (
        BreakKind.AMOUNT_MISMATCH,
        {"amount_minor": -2_000},
    )


@pytest.mark.parametrize(
    "changes",
    [{"currency": "EUR"}, {}],
    ids=["another currency", "a payment that was voided"],
)
def test_fee_mismatch__that_is_more_than_a_fee__is_put_right_by_nobody(
    changes: dict[str, Any],
) -> None:
    payment = PAYMENT if changes else replace(PAYMENT, status=PaymentStatus.VOIDED)
    row = a_native_row(fee_minor=90, **changes)
    difference = broken(found(row, payment, processor=None))
    assert (difference.kind, difference.correction) == (BreakKind.FEE_MISMATCH, None)
