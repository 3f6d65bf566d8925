"""Records that are read many at once: the same rows, the same rejections, the same refusals and the
same proofs as of records that are read one by one, which the formats' own tests are about.
"""

from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncepay.domain.settlement_formats.adyen import AdyenFormat, AdyenReader
from oncepay.domain.settlement_formats.format import Format
from oncepay.domain.settlement_formats.many_rows import ManyRowsReader, read_in_order
from oncepay.domain.settlement_formats.paypal import PayPalFormat, PayPalReader
from oncepay.domain.settlement_formats.row import FileRefused, RejectedRow
from oncepay.domain.settlement_formats.stripe import StripeFormat, StripeReader
from tests.unit.domain.settlement_formats import test_adyen, test_paypal, test_stripe
from tests.unit.domain.settlement_formats.reading import Row, totals_of

OURS = "pay_abcdefghijklmnopqrstuvwxyz"

FORMATS: dict[str, tuple[Format, list[list[str]], tuple[str, ...], dict[str, str]]] = {
    "stripe": (StripeFormat(), [[*test_stripe.COLUMNS]], test_stripe.COLUMNS, test_stripe.CHARGE),
    "paypal": (
        PayPalFormat(),
        [["RH"], ["SH"], ["CH", *test_paypal.COLUMNS]],
        ("SB", *test_paypal.COLUMNS),
        {"SB": "SB", **test_paypal.PAYMENT},
    ),
    "adyen": (
        AdyenFormat(),
        [[*test_adyen.COLUMNS]],
        test_adyen.COLUMNS,
        test_adyen.SETTLED,
    ),
}
# What is good in a row where it stands, or is nearly so.
OTHERS: dict[str, list[dict[str, str]]] = {
    "stripe": [
        {"currency": "jpy", "gross": "25", "fee": "1", "net": "24"},
        {"currency": "ISK", "gross": "25.00", "fee": "0", "net": "25"},
        {"currency": "kwd", "gross": "1.000", "fee": "0.001", "net": "0.999"},
        {"gross": "25", "fee": "1.0", "net": "24"},
        {"gross": "-25.00", "fee": "-1.00", "net": "-24.00", "reporting_category": "refund"},
        {"reporting_category": "payout", "gross": "-23.97", "fee": "0.00", "net": "-23.97"},
        {"reporting_category": "payout", "automatic_payout_id": ""},
        {"reporting_category": "of_another_kind", "payment_intent_id": "", "source_id": ""},
        {"payment_intent_id": "", "payment_metadata[payment_id]": OURS},
        {"automatic_payout_id": "po_B2", "payment_metadata[payment_id]": "theirs"},
        {"net": "23.98"},
        {"balance_transaction_id": ""},
        {"source_id": "\u00e9"},
        {"source_id": "x" * 101},
    ],
    "paypal": [
        {"Fee Amount": "", "Fee Debit or Credit": "", "Fee Currency": ""},
        {"Fee Amount": "0", "Fee Debit or Credit": "", "Fee Currency": "EUR"},
        {"Fee Debit or Credit": "CR"},
        {"Fee Currency": "EUR"},
        {"Gross Transaction Currency": "EUR", "Fee Currency": "EUR"},
        {"Gross Transaction Currency": "HUF", "Fee Currency": "HUF"},
        {"Transaction Event Code": "T1107", "Transaction Debit or Credit": "DR"},
        {"Transaction Event Code": "T1106", "PayPal Reference ID": "5AA9"},
        {"PayPal Reference ID Type": "ODR", "Transaction Event Code": "T1201"},
        {"PayPal Reference ID Type": "TXN", "Transaction Event Code": "T1201"},
        {"Transaction Event Code": "T0401", "Custom Field": "", "Invoice ID": ""},
        {"Transaction Event Code": "T1300"},
        {"Custom Field": "", "Invoice ID": OURS},
        {"Transaction Completion Date": ""},
        {"Transaction Completion Date": "2026/01/05 09:30:00 +0100"},
        {"Gross Transaction Amount": "1" * 17},
        {"Gross Transaction Amount": "\u0661"},
        {"Transaction ID": ""},
        {"Fee Debit or Credit": "XX"},
        {"SB": "SC"},
        {"SB": "SF"},
    ],
    "adyen": [
        {"Gross Currency": "USD", "Exchange Rate": "0.5", "Gross Credit (GC)": "50.00"},
        {"Gross Currency": "USD", "Exchange Rate": "0.5"},
        {"Gross Currency": "USD", "Exchange Rate": ""},
        {"Gross Currency": "XXX"},
        {"Gross Credit (GC)": "", "Gross Currency": "", "Exchange Rate": ""},
        {"Gross Credit (GC)": "", "Gross Debit (GC)": "10.00", "Net Debit (NC)": "10.60",
         "Net Credit (NC)": "", "Type": "Refunded"},
        {"Net Debit (NC)": "0.00"},
        {"Net Debit (NC)": "1.00"},
        {"Net Credit (NC)": ""},
        {"Net Debit (NC)": "1.00", "Gross Credit (GC)": ""},
        {"Net Credit (NC)": "-24.40", "Gross Credit (GC)": ""},
        {"Net Credit (NC)": "-24.40", "Net Debit (NC)": "0.00", "Gross Credit (GC)": ""},
        {"Exchange Rate": "1.1", "Gross Credit (GC)": ""},
        {"Net Credit (NC)": "-24.40"},
        {"Commission (NC)": "", "Markup (NC)": "0.30", "Interchange (NC)": "0.3"},
        {"Type": "MerchantPayout"},
        {"Type": "of_another_kind", "Merchant Reference": OURS},
        {"Modification Reference": ""},
        {"Modification Reference": "", "Psp Reference": ""},
        {"Batch Number": "8"},
        {"Batch Number": "x"},
        {"Batch Number": "\u0668"},
        {"TimeZone": "CEST"},
        {"TimeZone": "of_nobody"},
        {"Exchange Rate": "1.1"},
        {"Net Credit (NC)": "", "Gross Credit (GC)": "", "Commission (NC)": ""},
    ],
}  # fmt: skip
CELLS = (
    st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), max_size=105)
    | st.from_regex(r"-?[0-9]{0,17}[.,]?[0-9]{0,3}", fullmatch=True)
    | st.sampled_from(("", "USD", "JPY", "DR", "2026-01-05 24:00:00", "2026/02/29 09:00:00 -0800"))
)


def a_reader(name: str) -> Any:
    one, first_records, _, _ = FORMATS[name]
    reader = one.open(first_records[0])
    assert reader is not None
    for record in first_records[1:]:
        assert reader.read(record, number=1, line=1) is None
    return reader


def a_record(name: str, cells: dict[str, str]) -> list[str]:
    _, _, columns, good = FORMATS[name]
    return [(good | cells).get(column, "") for column in columns]


@st.composite
def records_of(draw: st.DrawFn, name: str) -> list[list[str]]:
    """Mostly good ones, with others in between."""
    _, _, columns, _ = FORMATS[name]
    others = st.one_of(
        st.sampled_from(OTHERS[name]).map(lambda cells: a_record(name, cells)),
        st.dictionaries(st.sampled_from(columns), CELLS, max_size=2).map(
            lambda cells: a_record(name, cells)
        ),
        st.sampled_from([[], ["SB"], ["x", "y"], a_record(name, {})[:-1]]),
    )
    records = [a_record(name, {}) for _ in range(draw(st.integers(0, 40)))]
    for other in draw(st.lists(others, max_size=6)):
        records.insert(draw(st.integers(0, len(records))), other)
    return records


def outcome_of(rows: list[Row], reader: Any, refusal: str | None) -> tuple[list[Row], str | None]:
    if refusal is None:
        try:
            reader.prove(totals_of(rows))
        except FileRefused as refused:
            refusal = refused.reason
    return rows, refusal


def read_singly(reader: Any, records: list[list[str]]) -> tuple[list[Row], str | None]:
    rows: list[Row] = []
    try:
        for line, record in enumerate(records, start=5):
            row = reader.read(record, number=len(rows) + 3, line=line) if record else None
            rows += [] if row is None else [row]
    except FileRefused as refused:
        return outcome_of(rows, reader, refused.reason)
    return outcome_of(rows, reader, None)


def read_together(reader: Any, records: list[list[str]]) -> tuple[list[Row], str | None]:
    rows: list[Row] = []
    try:
        for part in read_in_order(reader, records, number=3, line=5):
            rows += part
    except FileRefused as refused:
        return outcome_of(rows, reader, refused.reason)
    return outcome_of(rows, reader, None)


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_read_in_order__any_records__are_what_they_are_one_by_one(
    name: str, data: st.DataObject
) -> None:
    records = data.draw(records_of(name))

    assert read_together(a_reader(name), records) == read_singly(a_reader(name), records)


@pytest.mark.parametrize(
    ("name", "cells"), [(name, cells) for name in OTHERS for cells in OTHERS[name]]
)
def test_read_in_order__one_other_record_among_many__is_what_it_is_alone(
    name: str, cells: dict[str, str]
) -> None:
    good = [a_record(name, {})] * 30
    records = [*good, a_record(name, cells), *good]

    assert read_together(a_reader(name), records) == read_singly(a_reader(name), records)


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        *(("stripe", cells) for cells in OTHERS["stripe"][:10]),
        *(("paypal", cells) for cells in [*OTHERS["paypal"][:3], *OTHERS["paypal"][4:11]]),
        *(("adyen", OTHERS["adyen"][place]) for place in (0, 4, 5, 6, 12, *range(14, 20), 22)),
    ],
)
def test_read_many__good_row_unlike_the_others__needs_no_reading_alone(
    monkeypatch: pytest.MonkeyPatch, name: str, cells: dict[str, str]
) -> None:
    reader = a_reader(name)
    records = [a_record(name, {}), a_record(name, cells), *[a_record(name, {})] * 8]
    monkeypatch.setattr(type(reader), "read", None)

    (rows,) = read_in_order(reader, records, number=1, line=2)

    assert [(row.number, row.line) for row in rows] == [*zip(range(1, 11), count(2), strict=False)]


@pytest.mark.parametrize("name", FORMATS)
def test_read_in_order__bad_row__has_few_others_read_alone(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    reader = a_reader(name)
    read = type(reader).read
    alone: list[int] = []

    def recorded(self: Any, record: list[str], *, number: int, line: int) -> Any:
        alone.append(number)
        return read(self, record, number=number, line=line)

    monkeypatch.setattr(type(reader), "read", recorded)
    records = [a_record(name, {})] * 200
    records[100] = records[100][:-1]
    rows = [row for part in read_in_order(reader, records, number=1, line=2) for row in part]

    assert [row.number for row in rows if isinstance(row, RejectedRow)] == [101]
    assert 101 in alone
    assert len(alone) <= 4


@pytest.mark.parametrize("reader", [StripeReader, PayPalReader, AdyenReader])
def test_reader__of_a_processor__can_read_many(reader: type) -> None:
    assert issubclass(reader, ManyRowsReader)


@pytest.mark.parametrize("wrong", [None, "2500", "103", "20"])
def test_read_many__rows_of_paypal__are_in_the_totals_of_their_currency(wrong: str | None) -> None:
    euros = {"Gross Transaction Currency": "EUR", "Fee Currency": "EUR"}
    records = [a_record("paypal", cells) for cells in ({}, euros)] * 10
    ends = [
        ["SF", "USD", "25000", "0", "0", "1030"],
        ["SF", "EUR", "25000", "0", "0", "1030"],
        ["SC", "20"],
    ]
    changed = {"2500": (1, 2), "103": (0, 5), "20": (2, 1)}
    if wrong is not None:
        record, cell = changed[wrong]
        ends[record][cell] = wrong[:-1] + "1"

    _, refusal = read_together(a_reader("paypal"), [*records, *ends])

    assert (refusal is None) == (wrong is None)
