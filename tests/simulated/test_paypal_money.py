"""Money as PayPal writes it: decimal text, without decimals where the currency has none there."""

import pytest

from ops.simulated.paypal_errors import PayPalError
from ops.simulated.paypal_money import CURRENCIES, read_money, write_money

WRITTEN = [
    (5000, "USD", "50.00"),
    (1, "EUR", "0.01"),
    (5000, "JPY", "5000"),
    (500_000, "HUF", "5000"),
    (500_000, "TWD", "5000"),
    (10**15, "GBP", "10000000000000.00"),
]


@pytest.mark.parametrize(("amount_minor", "currency", "value"), WRITTEN)
def test_money__is_written(amount_minor: int, currency: str, value: str) -> None:
    assert write_money(amount_minor, currency) == {"currency_code": currency, "value": value}


@pytest.mark.parametrize(("amount_minor", "currency", "value"), WRITTEN)
def test_money__is_read(amount_minor: int, currency: str, value: str) -> None:
    given = {"currency_code": currency, "value": value}
    assert read_money(given, field="/amount") == (amount_minor, currency)


@pytest.mark.parametrize(
    ("value", "amount_minor"), [("50", 5000), ("50.5", 5050), ("050.00", 5000)]
)
def test_money__with_fewer_decimals__is_read(value: str, amount_minor: int) -> None:
    given = {"currency_code": "USD", "value": value}
    assert read_money(given, field="/amount") == (amount_minor, "USD")


@pytest.mark.parametrize(
    ("given", "issue", "field"),
    [
        (None, "MISSING_REQUIRED_PARAMETER", "/amount"),
        ({"value": "1.00"}, "MISSING_REQUIRED_PARAMETER", "/amount/currency_code"),
        ({"currency_code": "USD"}, "MISSING_REQUIRED_PARAMETER", "/amount/value"),
        ({"currency_code": "usd", "value": "1"}, "INVALID_CURRENCY_CODE", "/amount/currency_code"),
        ({"currency_code": "KRW", "value": "1"}, "CURRENCY_NOT_SUPPORTED", "/amount/currency_code"),
        ({"currency_code": "USD", "value": 1}, "INVALID_PARAMETER_SYNTAX", "/amount/value"),
        ({"currency_code": "USD", "value": "1,00"}, "INVALID_PARAMETER_SYNTAX", "/amount/value"),
        ({"currency_code": "USD", "value": "1e3"}, "INVALID_PARAMETER_SYNTAX", "/amount/value"),
        ({"currency_code": "USD", "value": "9" * 33}, "INVALID_PARAMETER_SYNTAX", "/amount/value"),
        ({"currency_code": "USD", "value": "1.001"}, "DECIMAL_PRECISION", "/amount/value"),
        ({"currency_code": "JPY", "value": "1.0"}, "DECIMALS_NOT_SUPPORTED", "/amount/value"),
        ({"currency_code": "HUF", "value": "1.00"}, "DECIMALS_NOT_SUPPORTED", "/amount/value"),
        ({"currency_code": "USD", "value": "0.00"}, "CANNOT_BE_ZERO_OR_NEGATIVE", "/amount/value"),
        ({"currency_code": "USD", "value": "-1.00"}, "CANNOT_BE_ZERO_OR_NEGATIVE", "/amount/value"),
    ],
)
def test_money__that_is_none__is_refused_with_its_field(
    given: object, issue: str, field: str
) -> None:
    with pytest.raises(PayPalError) as caught:
        read_money(given, field="/amount")
    assert (caught.value.detail["issue"], caught.value.detail["field"]) == (issue, field)


def test_currencies__are_the_24_that_paypal_lists() -> None:
    assert len(CURRENCIES) == 24
    assert "RUB" not in CURRENCIES
