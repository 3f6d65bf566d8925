"""Money is whole numbers, and fees never round up."""

import iso4217
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain.currencies import EXPONENTS, require_currency
from oncepay.domain.errors import (
    AmountTooLarge,
    CurrencyNotSupported,
    DepositBelowMinimum,
    InvalidRequest,
)
from oncepay.domain.money import MAX_AMOUNT_MINOR, fee_of, require_amount, require_deposit

amounts = st.integers(min_value=1, max_value=MAX_AMOUNT_MINOR)
basis_points = st.integers(min_value=0, max_value=10_000)


@given(amounts, basis_points)
def test_fee__is_the_greatest_whole_number_not_above_the_rate(amount: int, points: int) -> None:
    fee = fee_of(amount, points)
    assert fee * 10_000 <= amount * points < (fee + 1) * 10_000
    assert 0 <= fee <= amount


@given(amounts, amounts, basis_points)
def test_fee__splitting_a_payment_never_costs_more(a: int, b: int, points: int) -> None:
    assert fee_of(a, points) + fee_of(b, points) <= fee_of(a + b, points)


@pytest.mark.parametrize("points", [-1, 10_001])
def test_fee__rate_out_of_range__is_refused(points: int) -> None:
    with pytest.raises(ValueError, match="fee_basis_points"):
        fee_of(100, points)


@given(amounts)
def test_amount__in_range__is_taken(amount: int) -> None:
    assert require_amount(amount) == amount


@pytest.mark.parametrize(
    "value", [True, False, 1.0, 1e3, "100", None, [], {}, float("nan"), 0, -1, -(10**15)], ids=repr
)
def test_amount__not_a_positive_integer__is_refused(value: object) -> None:
    with pytest.raises(InvalidRequest) as caught:
        require_amount(value, param="amount_minor")
    assert caught.value.param == "amount_minor"


def test_amount__bounds() -> None:
    assert require_amount(10**15) == 10**15
    with pytest.raises(AmountTooLarge):
        require_amount(10**15 + 1)


def test_currencies__are_those_of_iso_4217_with_a_minor_unit() -> None:
    listed = {c.code: c.exponent for c in iso4217.Currency if c.exponent is not None}
    assert listed | {"BTC": 8} == EXPONENTS


@pytest.mark.parametrize("code", ["usd", "", "XXX", "XAU", "US", "USDT", " USD"])
def test_currency__unknown__is_refused(code: str) -> None:
    with pytest.raises(CurrencyNotSupported):
        require_currency(code)


def test_deposit__at_and_below_the_minimum() -> None:
    require_deposit(100_000, "BTC", minimum_minor=100_000)
    with pytest.raises(DepositBelowMinimum):
        require_deposit(99_999, "BTC", minimum_minor=100_000)
