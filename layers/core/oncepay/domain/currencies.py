"""Which currencies exist, and how many digits their minor unit has.

A static table, because reading the ISO list from its XML costs a cold start 40 ms; a test holds it
against the `iso4217` package. Codes without a minor unit (gold, special drawing rights, the test
code) cannot be paid in and are left out.

Source: ISO 4217 list one, https://www.six-group.com/en/products-services/financial-information/data-standards.html,
as of 2026-01-01; BTC in satoshi (10^-8) is ours.
"""

from oncepay.domain.errors import CurrencyNotSupported

_CODES_BY_EXPONENT = {
    0: ("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN "
        "BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD "
        "FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW "
        "KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR "
        "MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG "
        "SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD "
        "USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG"
    ),
    3: ("BHD IQD JOD KWD LYD OMR TND"),
    4: ("CLF UYW"),
    8: ("BTC"),
}

EXPONENTS: dict[str, int] = {
    code: exponent for exponent, codes in _CODES_BY_EXPONENT.items() for code in codes.split()
}


def require_currency(code: str, *, param: str = "currency") -> str:
    """Return the code itself.

    Raises:
        CurrencyNotSupported: if it is no active ISO 4217 code with a minor unit, nor BTC.
    """
    if code not in EXPONENTS:
        raise CurrencyNotSupported(
            f"{param} must be an active ISO 4217 code in upper case, or BTC", param=param
        )
    return code
