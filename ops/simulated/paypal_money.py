"""How does PayPal write money? As decimal text, {"currency_code": "USD", "value": "50.00"}; the
engine has whole minor units by ISO 4217, which PayPal's digits follow but for HUF and TWD.

Source: https://developer.paypal.com/reference/currency-codes/, as of 2026-11.
"""

import re
from typing import Any

from oncepay.domain.currencies import EXPONENTS
from ops.simulated.paypal_errors import PayPalError

WITHOUT_DECIMALS = frozenset({"HUF", "JPY", "TWD"})
_OTHERS = "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD ILS MXN MYR NOK NZD PHP PLN SEK SGD THB USD"
CURRENCIES = WITHOUT_DECIMALS | frozenset(_OTHERS.split())
MAX_CHARACTERS = 32

_VALUE = re.compile(r"-?([0-9]+)(?:\.([0-9]+))?")
_CURRENCY = re.compile(r"[A-Z]{3}")


def read_money(given: Any, *, field: str) -> tuple[int, str]:
    """The minor units, and the currency.

    Raises:
        PayPalError: if it is no amount that PayPal takes.
    """
    if not isinstance(given, dict):
        raise PayPalError("MISSING_REQUIRED_PARAMETER", field=field)
    currency, value = given.get("currency_code"), given.get("value")
    for name, part in (("currency_code", currency), ("value", value)):
        if part is None:
            raise PayPalError("MISSING_REQUIRED_PARAMETER", field=f"{field}/{name}")
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        raise PayPalError("INVALID_CURRENCY_CODE", field=f"{field}/currency_code")
    if currency not in CURRENCIES:
        raise PayPalError("CURRENCY_NOT_SUPPORTED", field=f"{field}/currency_code")
    return _read_value(value, currency, f"{field}/value"), currency


def write_money(amount_minor: int, currency: str) -> dict[str, str]:
    """As PayPal writes it."""
    exponent = EXPONENTS[currency]
    whole, rest = divmod(amount_minor, 10**exponent)
    # An amount that is wrong on purpose may have a rest that the currency does not know.
    is_whole = not exponent or (currency in WITHOUT_DECIMALS and not rest)
    value = f"{whole}" if is_whole else f"{whole}.{rest:0{exponent}d}"
    return {"currency_code": currency, "value": value}


def _read_value(value: Any, currency: str, field: str) -> int:
    match = _VALUE.fullmatch(value) if isinstance(value, str) else None
    if match is None or len(value) > MAX_CHARACTERS:
        raise PayPalError("INVALID_PARAMETER_SYNTAX", field=field)
    whole, decimals = match[1], match[2] or ""
    if decimals and currency in WITHOUT_DECIMALS:
        raise PayPalError("DECIMALS_NOT_SUPPORTED", field=field)
    exponent: int = EXPONENTS[currency]
    if len(decimals) > exponent:
        raise PayPalError("DECIMAL_PRECISION", field=field)
    amount_minor: int = int(whole) * 10**exponent + int(decimals.ljust(exponent, "0") or "0")
    if value.startswith("-") or not amount_minor:
        raise PayPalError("CANNOT_BE_ZERO_OR_NEGATIVE", field=field)
    return amount_minor
