"""Decimal amounts in major units become whole minor units, exactly or not at all.

Exponents are those of ISO 4217 as of 2026-01: USD 2, JPY 0, KWD 3, BTC (ours) 8.
"""

import pytest

from oncepay.domain.currencies import EXPONENTS
from oncepay.domain.settlement_formats.decimals import (
    AmountsOfRows,
    DecimalAmounts,
    amounts_by_currency,
    write_decimal,
)
from oncepay.domain.settlement_formats.row import UnreadableCellError

RULE_OF_USD = "must be a number of at most 14 digits and 2 decimals, such as -5.00"


def read(text: str, currency: str, **decimals: int) -> int:
    return amounts_by_currency(decimals)[currency].read("gross", text)


def fault(text: str, currency: str, **decimals: int) -> UnreadableCellError:
    with pytest.raises(UnreadableCellError) as caught:
        read(text, currency, **decimals)
    return caught.value


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("25.00", "USD", 2500),
        ("-10.05", "USD", -1005),
        ("-0.05", "USD", -5),
        ("0.00", "USD", 0),
        ("-0.00", "USD", 0),
        ("007.50", "USD", 750),
        ("25", "USD", 2500),
        ("25.5", "USD", 2550),
        ("-25.5", "USD", -2550),
        ("500", "JPY", 500),
        ("-500", "JPY", -500),
        ("5.125", "KWD", 5125),
        ("5.1", "KWD", 5100),
        ("0.00000001", "BTC", 1),
        ("99999999999999.99", "USD", 9_999_999_999_999_999),
        ("9999999999999999", "JPY", 9_999_999_999_999_999),
    ],
)
def test_amount__as_the_currency_is_written__is_its_minor_units(text, currency, minor):
    assert read(text, currency) == minor


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "25.001",
        "25.000",
        "25.",
        ".50",
        "+25.00",
        " 25.00",
        "25.00 ",
        "25.00\n",
        "--25.00",
        "-",
        "1e3",
        "1_000",
        "NaN",
        "Infinity",
        "0x10",
        "$25.00",
        "(25.00)",
        "25.00-",
        "\u0661\u0662.\u0660\u0660",
        "\u221225.00",
        "100000000000000.00",
        "1.2.3",
    ],
)
def test_amount__otherwise__says_what_it_must_be(text):
    error = fault(text, "USD")

    assert (error.column, error.text, error.rule) == ("gross", text, RULE_OF_USD)


@pytest.mark.parametrize("text", ["25,00", "1,234.50", "1.234,50"])
def test_amount__with_a_comma__says_that_it_must_have_a_point(text):
    assert fault(text, "USD").rule == "must have a point before its decimals, and no comma"


@pytest.mark.parametrize("text", ["500.00", "500.0", "500.", "10000000000000000"])
def test_amount__of_a_currency_without_decimals__has_none(text):
    assert fault(text, "JPY").rule == (
        "must be a number of at most 16 digits and no decimals, such as -5"
    )


def test_amount__of_a_currency_with_three_decimals__has_three_at_most():
    assert fault("5.1250", "KWD").rule == (
        "must be a number of at most 13 digits and 3 decimals, such as -5.000"
    )


def test_noughts__that_the_processor_writes_after_the_decimals__are_passed_over():
    assert read("500.00", "ISK", ISK=2) == 500


def test_decimals__that_the_processor_writes_and_are_no_noughts__are_refused():
    assert fault("500.50", "ISK", ISK=2).text == "500.50"


def test_noughts__more_than_the_processor_writes__are_refused():
    assert fault("500.000", "ISK", ISK=2).text == "500.000"


def test_amount__read_again__is_the_same():
    amounts = DecimalAmounts(2)

    assert [amounts.read("net", "12.34"), amounts.read("net", "12.34")] == [1234, 1234]


def test_amount__after_more_than_are_remembered__is_still_read():
    amounts = DecimalAmounts(0)
    for number in range(20_001):
        amounts.read("net", str(number))

    assert amounts.read("net", "123456") == 123456


def test_unsigned_amount__below_zero__is_refused():
    with pytest.raises(UnreadableCellError) as caught:
        DecimalAmounts(2).read_unsigned("Net Debit (NC)", "-1.00")

    assert caught.value.rule == "must be an amount without a sign"


def test_unsigned_amount__without_a_sign__is_read():
    assert DecimalAmounts(2).read_unsigned("Net Debit (NC)", "1.00") == 100


def test_currencies__all_of_ours__can_be_read():
    assert amounts_by_currency({}).keys() == EXPONENTS.keys()


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (1234, "USD", "12.34"),
        (-5, "USD", "-0.05"),
        (0, "USD", "0.00"),
        (-1234, "USD", "-12.34"),
        (500, "JPY", "500"),
        (-500, "JPY", "-500"),
        (5125, "KWD", "5.125"),
    ],
)
def test_minor_units__written__are_what_would_be_read(minor, currency, text):
    assert (write_decimal(minor, currency), read(text, currency)) == (text, minor)


def read_all(texts: list[str], *currencies: str, empty: bool = False) -> list[int]:
    amounts = AmountsOfRows(amounts_by_currency({}), currencies)
    return amounts.read_or_nought(texts) if empty else amounts.read(texts)


@pytest.mark.parametrize(
    ("texts", "currencies", "minor"),
    [
        pytest.param(["1.00", "-0.05"], ["USD", "EUR"], [100, -5], id="one_exponent"),
        pytest.param(["1", "-20"], ["JPY", "JPY"], [1, -20], id="no_decimals"),
        pytest.param(["1.00", "1", "1.000"], ["USD", "JPY", "KWD"], [100, 1, 1000], id="several"),
        pytest.param(["1.00", "1.5", "2"], ["USD"] * 3, [100, 150, 200], id="fewer_decimals"),
    ],
)
def test_amounts_of_rows__are_those_of_their_currencies(texts, currencies, minor):
    assert read_all(texts, *currencies) == minor
    assert read_all(texts, *currencies, empty=True) == minor


@pytest.mark.parametrize("text", ["", "1,00", "1.000", "1e3", "\u0661.00", "1_0.00", "9" * 15])
def test_amounts_of_rows__with_one_that_cannot_be_read__cannot_be_read(text):
    with pytest.raises(UnreadableCellError):
        read_all(["1.00", text], "USD", "USD")


@pytest.mark.parametrize("currencies", [["USD"] * 3, ["JPY"] * 3, ["USD", "JPY", "KWD"]])
def test_empty_amounts_of_rows__are_noughts_where_they_may_be(currencies):
    assert read_all(["", "", ""], *currencies, empty=True) == [0, 0, 0]
    assert read_all(["", "", "1"], *currencies, empty=True)[:2] == [0, 0]
