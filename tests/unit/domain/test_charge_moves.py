"""How a payment follows its charge and its refunds: new states, amounts, and balanced entries."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain.charge_moves import (
    capture,
    end_refund,
    follow_charge,
    refund_source,
    reserve_refund,
    take_refund,
)
from oncepay.domain.errors import InvalidTransition
from oncepay.domain.ledger import LedgerEntry
from oncepay.domain.lifecycle import PaymentStatus, RefundStatus
from oncepay.domain.money import MAX_AMOUNT_MINOR
from oncepay.domain.processor_answer import ChargeStatus, Failure
from tests.unit.domain.processor_things import (
    ENTRY_ID,
    LATER,
    NOW,
    a_charge,
    a_payment,
    a_refund,
)

URL = "http://127.0.0.1/action/ch_1"
FAILURE = Failure("refund_refused", "no")
SETTLED: dict[str, Any] = {"settlement_id": "set_1", "settled_at": NOW, "pending_minor": 0}


def posted(entry: LedgerEntry | None) -> tuple[str, dict[str, int]]:
    """An entry's kind, and what it posts to each account."""
    assert entry is not None
    return entry.kind.value, {p.account: p.amount_minor for p in entry.postings}


def follow(charge: Any, status: PaymentStatus = PaymentStatus.PROCESSING) -> Any:
    return follow_charge(a_payment(status), charge, entry_id=ENTRY_ID, now=LATER)


def test_authorization__lapses_when_the_processor_says() -> None:
    lapses_at = NOW + timedelta(days=3)
    moved = follow(a_charge(ChargeStatus.AUTHORIZED, expires_at=lapses_at))
    assert (moved.payment.status, moved.entry) == (PaymentStatus.AUTHORIZED, None)
    assert (moved.payment.authorization_expires_at, moved.payment.due_at) == (lapses_at, lapses_at)


def test_authorization__of_which_nothing_is_said__lapses_after_seven_days() -> None:
    moved = follow(a_charge(ChargeStatus.AUTHORIZED))
    assert moved.payment.due_at == LATER + timedelta(days=7)


def test_action__is_shown_until_it_is_taken() -> None:
    asked = follow(a_charge(ChargeStatus.REQUIRES_ACTION, next_action_url=URL)).payment
    assert (asked.status, asked.next_action_url) == (PaymentStatus.REQUIRES_ACTION, URL)
    taken = follow_charge(asked, a_charge(), entry_id=ENTRY_ID, now=LATER).payment
    assert (taken.status, taken.next_action_url) == (PaymentStatus.SUCCEEDED, None)


def test_decline__says_why_and_posts_nothing() -> None:
    why = Failure("card_declined", "stolen_card: stolen")
    moved = follow(a_charge(ChargeStatus.DECLINED, failure=why))
    assert (moved.payment.status, moved.payment.failure) == (PaymentStatus.DECLINED, why)
    assert (moved.entry, moved.payment.entries) == (None, ())


@pytest.mark.parametrize(
    ("charge", "status"),
    [
        (ChargeStatus.VOIDED, PaymentStatus.VOIDED),
        (ChargeStatus.EXPIRED, PaymentStatus.EXPIRED),
    ],
)
def test_authorization__that_is_released__is_no_work_any_more(
    charge: ChargeStatus, status: PaymentStatus
) -> None:
    held = a_payment(PaymentStatus.AUTHORIZED, open_operation="vo_1", due_at=NOW)
    moved = follow_charge(held, a_charge(charge), entry_id=ENTRY_ID, now=LATER)
    assert (moved.payment.status, moved.entry) == (status, None)
    assert (moved.payment.open_operation, moved.payment.due_at) == (None, None)


def test_charge__with_no_such_edge__is_refused() -> None:
    with pytest.raises(InvalidTransition):
        follow(a_charge(ChargeStatus.AUTHORIZED), PaymentStatus.SUCCEEDED)


def test_capture__posts_the_net_to_pending_and_the_fee_to_fees() -> None:
    moved = follow(a_charge())
    assert posted(moved.entry) == (
        "capture",
        {"external:simulated": -5_000, "pending": 4_900, "fees": 100},
    )
    assert (moved.payment.captured_minor, moved.payment.pending_minor) == (5_000, 4_900)
    assert moved.payment.entries == (moved.entry.key,)


def test_capture_in_part__has_its_fee_of_what_was_taken() -> None:
    held = a_payment(PaymentStatus.AUTHORIZED)
    moved = capture(held, 3_049, entry_id=ENTRY_ID, now=LATER)
    assert posted(moved.entry)[1] == {"external:simulated": -3_049, "pending": 2_989, "fees": 60}
    assert (moved.payment.fee_minor, moved.payment.captured_minor) == (60, 3_049)


@pytest.mark.parametrize(
    ("points", "postings"),
    [
        (0, {"external:simulated": -5_000, "pending": 5_000}),
        (10_000, {"external:simulated": -5_000, "fees": 5_000}),
    ],
    ids=["no fee", "all of it"],
)
def test_capture__has_no_posting_of_zero(points: int, postings: dict[str, int]) -> None:
    moved = capture(a_payment(fee_basis_points=points), 5_000, entry_id=ENTRY_ID, now=LATER)
    assert posted(moved.entry)[1] == postings


@given(st.integers(1, MAX_AMOUNT_MINOR), st.integers(0, 10_000), st.data())
def test_capture__of_any_amount__balances_and_splits_into_net_and_fee(
    amount_minor: int, points: int, data: st.DataObject
) -> None:
    taken_minor = data.draw(st.integers(1, amount_minor))
    payment = a_payment(amount_minor=amount_minor, fee_basis_points=points)
    after = capture(payment, taken_minor, entry_id=ENTRY_ID, now=LATER).payment
    assert after.pending_minor + after.fee_minor == after.captured_minor == taken_minor


def test_late_capture__of_what_we_called_lapsed__succeeds_without_a_failure() -> None:
    lapsed = a_payment(PaymentStatus.EXPIRED, failure=Failure("expired", "it lapsed"))
    moved = follow_charge(lapsed, a_charge(), entry_id=ENTRY_ID, now=LATER)
    assert (moved.payment.status, moved.payment.failure) == (PaymentStatus.SUCCEEDED, None)


@pytest.mark.parametrize(
    ("overrides", "source"), [({}, "pending"), (SETTLED, "available")], ids=["pending", "settled"]
)
def test_refund__is_set_aside_from_where_the_money_is(
    overrides: dict[str, Any], source: str
) -> None:
    payment = a_payment(PaymentStatus.SUCCEEDED, **overrides)
    moved = reserve_refund(payment, a_refund(), entry_id=ENTRY_ID, now=LATER)
    assert refund_source(payment) == source
    assert posted(moved.entry) == ("refund_reserved", {source: -1_000, "refunding": 1_000})
    assert (moved.payment.refunding_minor, moved.payment.refunded_minor) == (1_000, 0)


def test_refund__of_what_is_not_settled__takes_from_the_payment_s_share() -> None:
    payment = a_payment(PaymentStatus.SUCCEEDED)
    moved = reserve_refund(payment, a_refund(amount_minor=5_000), entry_id=ENTRY_ID, now=LATER)
    # Below zero by the fee, which is not returned.
    assert moved.payment.pending_minor == -100


def test_refund__of_what_is_settled__has_no_share_left_to_take_from() -> None:
    payment = a_payment(PaymentStatus.SUCCEEDED, **SETTLED)
    moved = reserve_refund(payment, a_refund(), entry_id=ENTRY_ID, now=LATER)
    assert moved.payment.pending_minor == 0


def end(payment: Any, refund: Any, status: RefundStatus, **overrides: Any) -> Any:
    values = {"reference": "rf_1", "failure": None, "entry_id": ENTRY_ID, "now": LATER}
    return end_refund(payment, refund, status, **(values | overrides))


RESERVED = a_payment(PaymentStatus.SUCCEEDED, refunding_minor=1_000, pending_minor=3_900)


def test_refund_that_succeeds__leaves_to_the_processor() -> None:
    moved = end(RESERVED, a_refund(), RefundStatus.SUCCEEDED)
    assert posted(moved.entry) == (
        "refund_succeeded",
        {"refunding": -1_000, "external:simulated": 1_000},
    )
    assert (moved.payment.refunded_minor, moved.payment.refunding_minor) == (1_000, 0)
    assert (moved.item.status, moved.item.processor_reference) == (RefundStatus.SUCCEEDED, "rf_1")


def test_refund_that_fails__comes_back_to_where_it_was() -> None:
    moved = end(RESERVED, a_refund(), RefundStatus.FAILED, failure=FAILURE)
    assert posted(moved.entry) == ("refund_failed", {"refunding": -1_000, "pending": 1_000})
    assert (moved.payment.pending_minor, moved.payment.refunding_minor) == (4_900, 0)
    assert (moved.item.status, moved.item.failure) == (RefundStatus.FAILED, FAILURE)


def test_refund_that_fails_after_a_settlement__comes_back_to_what_is_available() -> None:
    settled = replace(RESERVED, **SETTLED)
    moved = end(settled, a_refund(), RefundStatus.FAILED, failure=FAILURE)
    assert posted(moved.entry) == ("refund_failed", {"refunding": -1_000, "available": 1_000})
    assert moved.payment.pending_minor == 0


def test_refund_that_succeeds_after_it_failed__is_posted_like_the_processor_s_own() -> None:
    failed = a_refund(RefundStatus.FAILED, failure=FAILURE)
    moved = end(a_payment(PaymentStatus.SUCCEEDED), failed, RefundStatus.SUCCEEDED)
    assert posted(moved.entry) == (
        "processor_refund",
        {"pending": -1_000, "external:simulated": 1_000},
    )
    assert (moved.payment.pending_minor, moved.payment.refunded_minor) == (3_900, 1_000)
    assert (moved.item.status, moved.item.failure) == (RefundStatus.SUCCEEDED, None)


@pytest.mark.parametrize(
    ("overrides", "source", "share_minor"),
    [({}, "pending", 4_900), (SETTLED, "available", 0)],
    ids=["pending", "settled"],
)
def test_refund_that_came_back__goes_to_where_a_refund_is_taken_from(
    overrides: dict[str, Any], source: str, share_minor: int
) -> None:
    refunded = a_payment(
        PaymentStatus.SUCCEEDED, **{"refunded_minor": 1_000, "pending_minor": 3_900} | overrides
    )
    succeeded = a_refund(RefundStatus.SUCCEEDED, processor_reference="rf_1")
    moved = end(refunded, succeeded, RefundStatus.FAILED, failure=FAILURE)
    assert posted(moved.entry) == ("refund_failed", {"external:simulated": -1_000, source: 1_000})
    assert (moved.payment.refunded_minor, moved.payment.pending_minor) == (0, share_minor)
    assert (moved.item.status, moved.item.failure) == (RefundStatus.FAILED, FAILURE)
    assert moved.item.entries == (moved.entry.key,)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (RefundStatus.SUCCEEDED, RefundStatus.SUCCEEDED),
        (RefundStatus.FAILED, RefundStatus.FAILED),
        (RefundStatus.PENDING, RefundStatus.PENDING),
    ],
)
def test_refund__with_no_such_edge__is_refused(before: RefundStatus, after: RefundStatus) -> None:
    with pytest.raises(InvalidTransition, match=f"a refund that is {before} cannot become {after}"):
        end(RESERVED, a_refund(before), after)


def test_refund_begun_at_the_processor__is_posted_whatever_the_balance_is() -> None:
    moved = take_refund(
        a_payment(PaymentStatus.SUCCEEDED),
        a_refund(RefundStatus.SUCCEEDED),
        entry_id=ENTRY_ID,
        now=LATER,
    )
    assert posted(moved.entry) == (
        "processor_refund",
        {"pending": -1_000, "external:simulated": 1_000},
    )
    assert (moved.payment.refunded_minor, moved.payment.pending_minor) == (1_000, 3_900)
    assert moved.item.entries == (moved.entry.key if moved.entry else None,)


def test_refund__of_a_payment_that_did_not_succeed__is_refused() -> None:
    with pytest.raises(InvalidTransition):
        take_refund(
            a_payment(PaymentStatus.AUTHORIZED, captured_minor=0),
            a_refund(RefundStatus.SUCCEEDED),
            entry_id=ENTRY_ID,
            now=LATER,
        )
