"""The first record alone says which format it is; what it says of none is named, and so are those
that are known.

Source of the first records: Stripe, Payout reconciliation report; PayPal, Settlement report,
version 9; Adyen, Settlement details report; as of 2026-11.
"""

from collections.abc import Sequence

import pytest

from oncepay.domain.settlement_formats.detect import FORMATS, detect
from oncepay.domain.settlement_formats.native import COLUMNS
from oncepay.domain.settlement_formats.row import FileRefused

NATIVE = list(COLUMNS)
KNOWN = ", ".join(f"{one.title} ({one.name})" for one in FORMATS)

FIRST_LINES = {
    "native": ",".join(NATIVE),
    "stripe": (
        "automatic_payout_id,automatic_payout_effective_at_utc,balance_transaction_id,created_utc,"
        "available_on_utc,currency,gross,fee,net,reporting_category,source_id,payment_intent_id,"
        "customer_facing_amount,customer_facing_currency,payment_metadata[payment_id]"
    ),
    "paypal": "RH,2026/01/06 02:44:19 -0800,A,MERCH0000001,009,",
    "adyen": (
        "Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,"
        "Creation Date,TimeZone,Type,Modification Reference,Gross Currency,Gross Debit (GC),"
        "Gross Credit (GC),Exchange Rate,Net Currency,Net Debit (NC),Net Credit (NC),"
        "Commission (NC),Markup (NC),Scheme Fees (NC),Interchange (NC),Payment Method Variant,"
        "Modification Merchant Reference,Batch Number,Reserved4,Reserved5,Reserved6,Reserved7,"
        "Reserved8,Reserved9,Reserved10"
    ),
}
FIRST_RECORDS = {name: line.split(",") for name, line in FIRST_LINES.items()}


def refusal_of(first: Sequence[str]) -> str:
    with pytest.raises(FileRefused) as refused:
        detect(first)
    return refused.value.reason


@pytest.mark.parametrize("name", FIRST_RECORDS)
def test_detect__first_record__is_of_that_format(name: str) -> None:
    found, reader = detect(FIRST_RECORDS[name])
    assert found.name == name
    assert callable(reader.read)


def test_detect__every_format__is_tried_above() -> None:
    assert [one.name for one in FORMATS] == list(FIRST_RECORDS)


@pytest.mark.parametrize("name", FIRST_RECORDS)
def test_open__first_record_of_a_format__is_taken_by_that_one_alone(name: str) -> None:
    takers = [one.name for one in FORMATS if one.open(FIRST_RECORDS[name]) is not None]
    assert takers == [name]


def test_detect__columns_in_another_order_and_unknown_ones__are_of_that_format() -> None:
    assert detect([*reversed(FIRST_RECORDS["stripe"]), "trace_id"])[0].name == "stripe"


@pytest.mark.parametrize(
    ("first", "what"),
    [
        pytest.param([], "it is empty", id="empty"),
        pytest.param(["", ""], "it is ','", id="no_names"),
        pytest.param(["date", "amount"], "it is 'date,amount'", id="unknown"),
        pytest.param(["x" * 200], f"it is '{'x' * 100}...'", id="cut_short"),
        pytest.param(["=1+1", "a\tb"], r"it is '=1+1,a\tb'", id="unprintable_is_escaped"),
        pytest.param(
            ["4111111111111111", "12.00"],
            "it is not shown, as it is like a card number",
            id="card_number",
        ),
        pytest.param(
            ["date;amount"],
            "its columns are separated by semicolons, and must be by commas",
            id="semicolons",
        ),
        pytest.param(
            ["date\tamount"],
            "its columns are separated by tabs, and must be by commas",
            id="tabs",
        ),
        pytest.param(
            ["\0".join("row_id")],
            "it has NUL bytes, as UTF-16 without a byte order mark has; save it as CSV UTF-8",
            id="nul",
        ),
    ],
)
def test_detect__of_no_format__says_what_is_there_and_what_is_known(
    first: list[str], what: str
) -> None:
    assert refusal_of(first) == (
        f"line 1 begins no settlement file that is known: {what}; known are {KNOWN}"
    )


def test_detect__no_format__names_all_four() -> None:
    assert refusal_of(["a"]).endswith(
        "known are Oncepay's own format (native), Stripe payout reconciliation (itemized) (stripe),"
        " PayPal settlement report (STL) (paypal), Adyen settlement details (adyen)"
    )


def test_detect__nearly_of_a_format__is_refused_in_the_words_of_that_format() -> None:
    assert refusal_of(NATIVE[:-1]) == (
        f"line 1 must be the header {','.join(NATIVE)}; the column occurred_at is missing"
    )
