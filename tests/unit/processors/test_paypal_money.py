"""How PayPal writes money, and what of it we can read."""

from typing import Any

import pytest

from oncepay.domain.currencies import EXPONENTS
from oncepay.domain.errors import CurrencyNotSupported, InvalidRequest
from oncepay.processors.paypal_money import (
    WITH_DECIMALS,
    WITHOUT_DECIMALS,
    read_money,
    write_money,
)


@pytest.mark.parametrize(
    ("amount_minor", "currency", "value"),
    [
        (1, "USD", "0.01"),
        (100, "EUR", "1.00"),
        (1_234_567, "GBP", "12345.67"),
        (10**15, "USD", "10000000000000.00"),
        (500, "JPY", "500"),
        (10_000, "HUF", "100"),
        (100, "TWD", "1"),
    ],
)
def test_amount__is_written_and_read_again(amount_minor: int, currency: str, value: str) -> None:
    written = write_money(amount_minor, currency)
    assert written == {"currency_code": currency, "value": value}
    assert read_money(written, "amount") == (amount_minor, currency)


@pytest.mark.parametrize("currency", ["KWD", "BTC", "RUB", "KRW", "ISK"])
def test_currency__that_paypal_does_not_take__is_refused(currency: str) -> None:
    with pytest.raises(CurrencyNotSupported, match=f"PayPal does not take {currency}"):
        write_money(1_000, currency)


@pytest.mark.parametrize("currency", ["HUF", "TWD"])
def test_decimals__of_a_currency_without_them__are_refused(currency: str) -> None:
    with pytest.raises(InvalidRequest, match="must be a multiple of 100") as refused:
        write_money(10_050, currency)
    assert refused.value.param == "amount_minor"


def test_decimals__of_a_line_item__are_refused_where_they_stand() -> None:
    with pytest.raises(InvalidRequest, match=r"line_items\[1\]\.amount_minor must be") as refused:
        write_money(10_050, "HUF", param="line_items[1].amount_minor")
    assert refused.value.param == "line_items[1].amount_minor"


def test_currencies__have_the_digits_that_paypal_takes() -> None:
    assert {EXPONENTS[currency] for currency in WITH_DECIMALS} == {2}
    assert {currency: EXPONENTS[currency] for currency in WITHOUT_DECIMALS} == {
        "HUF": 2,
        "JPY": 0,
        "TWD": 2,
    }
    assert len(WITH_DECIMALS | WITHOUT_DECIMALS) == 24


@pytest.mark.parametrize(
    ("value", "currency", "amount_minor"),
    [
        ("25", "USD", 2_500),
        ("25.5", "USD", 2_550),
        ("25.500", "USD", 2_550),
        ("0025.50", "USD", 2_550),
        ("0", "USD", 0),
        ("500.00", "JPY", 500),
        ("100.00", "HUF", 10_000),
        ("100.50", "HUF", 10_050),
    ],
)
def test_value__in_any_of_its_forms__is_read(value: str, currency: str, amount_minor: int) -> None:
    assert read_money({"currency_code": currency, "value": value}, "amount") == (
        amount_minor,
        currency,
    )


@pytest.mark.parametrize(
    "value",
    ["", "-1.00", "+1", "1.", ".50", "1,00", "1e3", "1.001", "NaN", " 1", "1 ", "٣", "1" * 17],
)
def test_value__that_is_none__is_refused(value: str) -> None:
    with pytest.raises(InvalidRequest, match="amount is not what it should be"):
        read_money({"currency_code": "USD", "value": value}, "amount")


@pytest.mark.parametrize(
    "said",
    [
        None,
        "5.00 USD",
        [],
        {},
        {"currency_code": "USD"},
        {"value": "5.00"},
        {"currency_code": "USD", "value": 5},
        {"currency_code": "USD", "value": 5.0},
        {"currency_code": "usd", "value": "5.00"},
        {"currency_code": "KWD", "value": "5.00"},
        {"currency_code": ["USD"], "value": "5.00"},
    ],
)
def test_amount__that_is_none__is_refused(said: Any) -> None:
    with pytest.raises(InvalidRequest):
        read_money(said, "amount")
