"""How does PayPal write money, and in which currencies? As decimal text, while ours are whole minor
units of ISO 4217.

PayPal takes two decimals of most currencies and none of three: of HUF and TWD, which have two by
ISO 4217, we can only move whole ones.

Source: https://developer.paypal.com/api/rest/reference/currency-codes/, as of 2026-11. What that
page restricts to accounts of one country (BRL, CNY, MYR) is for PayPal to refuse.
"""

import re
from collections.abc import Mapping

from oncepay.domain.currencies import EXPONENTS
from oncepay.domain.errors import CurrencyNotSupported, InvalidRequest

WITHOUT_DECIMALS = frozenset({"HUF", "JPY", "TWD"})
WITH_DECIMALS = frozenset(
    {
        "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "ILS",
        "MXN", "MYR", "NOK", "NZD", "PHP", "PLN", "SEK", "SGD", "THB", "USD",
    }
)  # fmt: skip

MAX_DIGITS = 18
"""Of what is read: far above what we ask for, and far inside what DynamoDB stores."""

_VALUE = re.compile(rf"([0-9]{{1,{MAX_DIGITS}}})(?:\.([0-9]{{1,{MAX_DIGITS}}}))?")


def write_money(amount_minor: int, currency: str, *, param: str = "amount_minor") -> dict[str, str]:
    """An amount as PayPal takes it; `param` is where the merchant wrote it.

    Raises:
        CurrencyNotSupported: PayPal does not take that currency.
        InvalidRequest: nor so many decimals of it.
    """
    if currency not in WITH_DECIMALS | WITHOUT_DECIMALS:
        raise CurrencyNotSupported(f"PayPal does not take {currency}", param="currency")
    unit = 10 ** EXPONENTS[currency]
    whole, rest = divmod(amount_minor, unit)
    if currency in WITH_DECIMALS:
        return {"currency_code": currency, "value": f"{whole}.{rest:0{EXPONENTS[currency]}d}"}
    if rest:
        raise InvalidRequest(
            f"PayPal takes no decimals of {currency}: {param} must be a multiple of {unit}",
            param=param,
        )
    return {"currency_code": currency, "value": f"{whole}"}


def read_money(said: object, name: str) -> tuple[int, str]:
    """The minor units of an amount that PayPal wrote, and its currency.

    Raises:
        InvalidRequest: it is none, or not of a currency that PayPal takes.
    """
    if not isinstance(said, Mapping):
        raise _unfit(name)
    currency, value = said.get("currency_code"), said.get("value")
    if not isinstance(currency, str) or not isinstance(value, str):
        raise _unfit(name)
    if currency not in WITH_DECIMALS | WITHOUT_DECIMALS:
        raise _unfit(name)
    match = _VALUE.fullmatch(value)
    if match is None:
        raise _unfit(name)
    exponent = EXPONENTS[currency]
    whole, decimals = match[1], (match[2] or "").rstrip("0")
    if len(decimals) > exponent or len(whole) + exponent > MAX_DIGITS:
        raise _unfit(name)
    return int(whole + decimals.ljust(exponent, "0")), currency


def _unfit(name: str) -> InvalidRequest:
    return InvalidRequest(f"{name} is not what it should be", param=name)
