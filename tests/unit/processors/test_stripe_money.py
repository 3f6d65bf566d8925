"""Amounts at Stripe: its own minor units, exactly or not at all."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain.currencies import EXPONENTS
from oncepay.domain.errors import CurrencyNotSupported, InvalidRequest
from oncepay.processors.stripe_money import DECIMALS, from_stripe, to_stripe


@pytest.mark.parametrize(
    ("amount_minor", "currency", "amount"),
    [
        (5_000, "USD", 5_000),
        (1, "EUR", 1),
        (500, "JPY", 500),
        (5, "ISK", 500),
        (5, "UGX", 500),
        (500, "MGA", 5),
        (5_120, "KWD", 5_120),
        (1_045, "HUF", 1_045),
        (10**15, "USD", 10**15),
    ],
)
def test_amount__is_written_in_stripes_units_and_read_back(
    amount_minor: int, currency: str, amount: int
) -> None:
    assert to_stripe(amount_minor, currency) == amount
    assert from_stripe(amount, currency.lower(), param="amount") == (amount_minor, currency)


@pytest.mark.parametrize(
    ("amount_minor", "currency", "step"),
    [(5_124, "KWD", 10), (1, "BHD", 10), (150, "MGA", 100), (99, "MGA", 100)],
)
def test_amount__that_stripe_cannot_write__is_refused(
    amount_minor: int, currency: str, step: int
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        to_stripe(amount_minor, currency)
    assert caught.value.detail == (
        f"Stripe takes {currency} only in multiples of {step} minor units: amount_minor is none"
    )
    assert caught.value.param == "amount_minor"


@pytest.mark.parametrize("currency", ["BTC", "CLF", "IQD", "LYD", "STN", "VED", "usd"])
def test_currency__that_stripe_does_not_take__is_refused(currency: str) -> None:
    with pytest.raises(CurrencyNotSupported) as caught:
        to_stripe(100, currency)
    assert caught.value.detail == f"Stripe takes no {currency}"


def test_currencies__are_all_ours_and_differ_only_where_stripe_says_so() -> None:
    assert DECIMALS.keys() <= EXPONENTS.keys()
    assert {code for code in DECIMALS if DECIMALS[code] != EXPONENTS[code]} == {
        "ISK",
        "UGX",
        "MGA",
    }


@pytest.mark.parametrize(
    ("amount", "currency", "param"),
    [
        (150, "isk", "amount"),
        (1, "ugx", "amount"),
        (-1, "usd", "amount"),
        (True, "usd", "amount"),
        (1.0, "usd", "amount"),
        ("1", "usd", "amount"),
        (None, "usd", "amount"),
        (10**18 + 1, "usd", "amount"),
        (1, "USD", "currency"),
        (1, "btc", "currency"),
        (1, "us", "currency"),
        (1, None, "currency"),
        (1, ["usd"], "currency"),
    ],
)
def test_what_is_no_amount__is_refused_by_name(amount: Any, currency: Any, param: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        from_stripe(amount, currency, param="amount")
    assert caught.value.param == param


@given(amount_minor=st.integers(1, 10**15), currency=st.sampled_from(sorted(DECIMALS)))
def test_any_amount__is_the_same_after_both_ways_or_refused(
    amount_minor: int, currency: str
) -> None:
    try:
        amount = to_stripe(amount_minor, currency)
    except InvalidRequest:
        return
    assert from_stripe(amount, currency.lower(), param="amount") == (amount_minor, currency)
