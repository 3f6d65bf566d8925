"""What may happen to a payment, and what never."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain.errors import AmountExceedsCaptured, InvalidTransition
from oncepay.domain.lifecycle import PaymentStatus, RefundStatus
from oncepay.domain.payment import (
    INSUFFICIENT_FUNDS,
    Payment,
    decline,
    pay_from_balance,
    refund_payment,
    settle,
)
from tests.builders import MERCHANT, NOW


def a_payment(**overrides: Any) -> Payment:
    values: dict[str, Any] = {
        "payment_id": "pay_1",
        "merchant_id": MERCHANT,
        "fingerprint": "f",
        "amount_minor": 5_000,
        "currency": "USD",
        "fee_basis_points": 200,
        "now": NOW,
    }
    return pay_from_balance(**(values | overrides))


def refunded(payment: Payment, amount_minor: int | None) -> Payment:
    return refund_payment(
        payment, refund_id="re", fingerprint="f", amount_minor=amount_minor, reason=None, now=NOW
    )[0]


def test_payment__from_balance__is_captured_at_once() -> None:
    payment = a_payment()
    assert (payment.status, payment.captured_minor, payment.fee_minor) == ("succeeded", 5_000, 100)


def test_payment__declined__captured_nothing_and_says_why() -> None:
    payment = decline(a_payment(), INSUFFICIENT_FUNDS)
    assert (payment.status, payment.captured_minor) == (PaymentStatus.DECLINED, 0)
    assert payment.failure == INSUFFICIENT_FUNDS
    assert payment.entries == ()


@given(st.lists(st.one_of(st.none(), st.integers(1, 6_000)), max_size=12))
def test_refunds__any_sequence__never_exceed_what_was_captured(
    amounts: list[int | None],
) -> None:
    payment = a_payment()
    given_back = 0
    for amount in amounts:
        left = 5_000 - given_back
        try:
            payment = refunded(payment, amount)
        except AmountExceedsCaptured:
            assert amount is not None
            assert amount > left
        except InvalidTransition:
            assert amount is None
            assert left == 0
        else:
            given_back += left if amount is None else amount
        assert payment.refunded_minor == given_back <= payment.captured_minor


@pytest.mark.parametrize("status", [s for s in PaymentStatus if s is not PaymentStatus.SUCCEEDED])
def test_refund__in_any_other_state__is_refused(status: PaymentStatus) -> None:
    with pytest.raises(InvalidTransition, match=status):
        refunded(replace(a_payment(), status=status), 1)


def test_refund__says_what_it_is() -> None:
    _, refund = refund_payment(
        a_payment(), refund_id="re_1", fingerprint="g", amount_minor=10, reason="late", now=NOW
    )
    assert (refund.status, refund.amount_minor, refund.reason) == (
        RefundStatus.SUCCEEDED,
        10,
        "late",
    )
    assert (refund.key.id, refund.key.part) == ("pay_1", "refund#re_1")


@pytest.mark.parametrize(
    ("captured", "refunded_minor"), [(5_001, 0), (1, 2), (0, -1)], ids=["more", "over", "negative"]
)
def test_payment__that_gives_more_than_it_took__cannot_be(
    captured: int, refunded_minor: int
) -> None:
    with pytest.raises(ValueError, match="does not hold"):
        replace(a_payment(), captured_minor=captured, refunded_minor=refunded_minor)


def test_refund__begun_before_the_payment_changed_last__does_not_turn_its_time_back() -> None:
    settled = settle(a_payment(), "set_1", NOW + timedelta(seconds=1))
    assert refunded(settled, 10).updated_at == NOW + timedelta(seconds=1)


def test_settle__marks_and_moves_nothing() -> None:
    payment = a_payment()
    settled = settle(payment, "set_1", NOW + timedelta(seconds=1))
    assert (settled.settlement_id, settled.settled_at) == ("set_1", NOW + timedelta(seconds=1))
    assert (
        replace(settled, settlement_id=None, settled_at=None, updated_at=payment.updated_at)
        == payment
    )
