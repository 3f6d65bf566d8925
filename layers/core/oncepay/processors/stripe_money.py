"""What is an amount at Stripe? An integer in Stripe's own minor units, which are not always those
of ISO 4217.

    ISK, UGX   have no decimals, and are written with two at Stripe: always 00
    MGA        has two by ISO 4217, and none at Stripe
    BHD ...    have three, and the last must be 0

What Stripe does not take, or cannot be written exactly, is refused before anything is stored. What
is in the table is not all that Stripe's page names: currencies that are none any more by ISO 4217
are left out.

Source: Stripe, "Supported currencies" (presentment currencies, zero-decimal currencies,
three-decimal currencies, special cases), https://docs.stripe.com/currencies, as of 2026-11. UGX is
in two of its lists; the special case, which says how it is written, is what is followed here.
"""

import re

from oncepay.domain.currencies import EXPONENTS
from oncepay.domain.errors import CurrencyNotSupported, InvalidRequest

_CODES_BY_DECIMALS = {
    0: "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BWP BYN BZD CAD CDF "
        "CHF CNY COP CRC CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL "
        "HTG HUF IDR ILS INR ISK JMD KES KGS KHR KYD KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT "
        "MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD "
        "RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD SVC SZL THB TJS TOP TRY TTD TWD TZS UAH UGX "
        "USD UYU UZS WST XCD XCG YER ZAR ZMW"
    ),
    3: "BHD JOD KWD OMR TND",
}

DECIMALS: dict[str, int] = {
    code: decimals for decimals, codes in _CODES_BY_DECIMALS.items() for code in codes.split()
}
"""How many each currency is written with at Stripe."""

LAST_DIGIT_IS_ZERO = frozenset(_CODES_BY_DECIMALS[3].split())

MAX_AMOUNT = 10**18
"""Far above what we ask for, and far inside what DynamoDB stores."""

_CURRENCY = re.compile(r"[a-z]{3}")


def to_stripe(amount_minor: int, currency: str, *, param: str = "amount_minor") -> int:
    """An amount of ours, in Stripe's units; `param` is where the merchant wrote it.

    Raises:
        CurrencyNotSupported: Stripe does not take that currency.
        InvalidRequest: Stripe cannot write that amount.
    """
    if currency not in DECIMALS:
        raise CurrencyNotSupported(f"Stripe takes no {currency}", param="currency")
    ours, theirs = _units(currency)
    step = 10 if currency in LAST_DIGIT_IS_ZERO else ours
    if amount_minor % step:
        raise InvalidRequest(
            f"Stripe takes {currency} only in multiples of {step} minor units: {param} is none",
            param=param,
        )
    return amount_minor * theirs // ours


def from_stripe(amount: object, currency: object, *, param: str) -> tuple[int, str]:
    """What Stripe says, in our minor units, and the currency.

    Raises:
        InvalidRequest: it is no amount, or none that we can write.
    """
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        raise InvalidRequest("currency is not what it should be", param="currency")
    code = currency.upper()
    if code not in DECIMALS:
        raise InvalidRequest(f"currency is {code}, whose units are not known", param="currency")
    if isinstance(amount, bool) or not isinstance(amount, int) or not 0 <= amount <= MAX_AMOUNT:
        raise InvalidRequest(f"{param} is not what it should be", param=param)
    ours, theirs = _units(code)
    if amount % theirs:
        raise InvalidRequest(f"{param} is of a fraction of what {code} is counted in", param=param)
    return amount * ours // theirs, code


def _units(currency: str) -> tuple[int, int]:
    """So many of our minor units are so many of Stripe's; one of both is 1."""
    more = EXPONENTS[currency] - DECIMALS[currency]
    return int(10 ** max(more, 0)), int(10 ** max(-more, 0))
