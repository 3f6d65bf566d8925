"""Adyen's settlement details report, row by row.

Columns, types and signs: Adyen, "Settlement details report", as of 2026-11. Every row is made up.
"""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain.settlement_formats.adyen import AdyenFormat
from oncepay.domain.settlement_formats.row import FileRefused, RowKind
from tests.unit.domain.settlement_formats.reading import (
    only_rejected,
    prove,
    read_proved,
    read_rows,
)

ADYEN = AdyenFormat()

SAMPLE = """\
Company Account,Merchant Account,Psp Reference,Merchant Reference,Payment Method,Creation Date,TimeZone,Type,Modification Reference,Gross Currency,Gross Debit (GC),Gross Credit (GC),Exchange Rate,Net Currency,Net Debit (NC),Net Credit (NC),Commission (NC),Markup (NC),Scheme Fees (NC),Interchange (NC),Payment Method Variant,Modification Merchant Reference,Batch Number,Reserved4,Reserved5,Reserved6,Reserved7,Reserved8,Reserved9,Reserved10
Acme,AcmeWeb,8810000000000001,pay_01,visa,2026-01-05 10:00:00,CET,Settled,8810000000000002,EUR,,25.00,1,EUR,,24.40,,0.30,0.05,0.25,visaclassic,,7,,,,,,,
Acme,AcmeWeb,8810000000000001,pay_01,visa,2026-01-06 11:00:00,CET,Refunded,8810000000000003,EUR,10.00,,1,EUR,10.10,,,0.10,,,visaclassic,refund_01,7,,,,,,,
Acme,AcmeWeb,,,,2026-01-07 02:00:00,CET,MerchantPayout,TX-batch-7,,,,,EUR,14.30,,,,,,,,7,,,,,,,
"""  # noqa: E501

COLUMNS = (
    "Psp Reference",
    "Merchant Reference",
    "Creation Date",
    "TimeZone",
    "Type",
    "Modification Reference",
    "Gross Currency",
    "Gross Debit (GC)",
    "Gross Credit (GC)",
    "Exchange Rate",
    "Net Currency",
    "Net Debit (NC)",
    "Net Credit (NC)",
    "Commission (NC)",
    "Markup (NC)",
    "Scheme Fees (NC)",
    "Interchange (NC)",
    "Batch Number",
)
SETTLED = {
    "Psp Reference": "881A",
    "Merchant Reference": "pay_01",
    "Creation Date": "2026-01-05 10:00:00",
    "TimeZone": "CET",
    "Type": "Settled",
    "Modification Reference": "881B",
    "Gross Currency": "EUR",
    "Gross Credit (GC)": "25.00",
    "Exchange Rate": "1",
    "Net Currency": "EUR",
    "Net Credit (NC)": "24.40",
    "Commission (NC)": "0.60",
    "Batch Number": "7",
}
_UNITS = {"Gross Debit": "(GC)", "Gross Credit": "(GC)"}
_IN_NET = ("Net Debit", "Net Credit", "Commission", "Markup", "Scheme Fees", "Interchange")
_UNITS |= dict.fromkeys(_IN_NET, "(NC)")


def a_row(**cells: str) -> dict[str, str]:
    """SETTLED with other cells: `Net_Credit` is the column Net Credit (NC)."""
    names = {name: name.replace("_", " ") for name in cells}
    return SETTLED | {
        f"{names[name]} {_UNITS[names[name]]}" if names[name] in _UNITS else names[name]: text
        for name, text in cells.items()
    }


def a_payout(amount: str, **cells: str) -> dict[str, str]:
    return a_row(
        Type="MerchantPayout",
        Psp_Reference="",
        Merchant_Reference="",
        Gross_Currency="",
        Gross_Credit="",
        Exchange_Rate="",
        Net_Debit=amount,
        Net_Credit="",
        Commission="",
        **cells,
    )


def a_file(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(
        [columns, *([row.get(name, "") for name in columns] for row in rows)]
    )
    return text.getvalue()


def only(**cells: str):
    rows, _ = read_rows(ADYEN, a_file(a_row(**cells)))
    (row,) = rows
    assert not hasattr(row, "rule"), row
    return row


def refusal(text: str, **options: int) -> str:
    with pytest.raises(FileRefused) as caught:
        prove(ADYEN, text, **options)
    return caught.value.reason


def test_sample__read__is_these_rows():
    assert [tuple(row) for row in read_proved(ADYEN, SAMPLE)] == [
        (
            1, 2, "8810000000000002", RowKind.PAYMENT, "pay_01", "8810000000000001",
            "8810000000000002", 2500, 60, None, "EUR", "7",
            datetime(2026, 1, 5, 9, 0, 0, tzinfo=UTC),
        ),
        (
            2, 3, "8810000000000003", RowKind.REFUND, "pay_01", "8810000000000001",
            "8810000000000003", -1000, 10, None, "EUR", "7",
            datetime(2026, 1, 6, 10, 0, 0, tzinfo=UTC),
        ),
        (
            3, 4, "TX-batch-7", RowKind.PAYOUT, None, None,
            "TX-batch-7", -1430, 0, None, "EUR", "7",
            datetime(2026, 1, 7, 1, 0, 0, tzinfo=UTC),
        ),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("Settled", "payment"),
        ("Refunded", "refund"),
        ("RefundedReversed", "refund_failed"),
        ("Chargeback", "dispute"),
        ("SecondChargeback", "dispute"),
        ("ChargebackReversed", "dispute_won"),
        ("Fee", "fee"),
        ("MiscCosts", "fee"),
        ("InvoiceDeduction", "fee"),
        ("PaymentCost", "fee"),
        ("MerchantPayout", "payout"),
        ("BankInstructionReturned", "payout_returned"),
        ("Balancetransfer", "other"),
        ("DepositCorrection", "other"),
        ("ManualCorrected", "other"),
        ("never heard of", "other"),
        ("", "other"),
    ],
)
def test_type__of_a_row__is_its_kind(type_, kind):
    assert only(Type=type_).kind == kind


def test_columns__in_another_order_and_among_others__are_the_same_rows():
    columns = (*reversed(COLUMNS), "Booking Date", "Reserved4")
    rows = (SETTLED, a_payout("24.40"))

    assert read_proved(ADYEN, a_file(*rows, columns=columns)) == read_proved(ADYEN, a_file(*rows))


def test_costs__in_all_their_columns__are_one_sum():
    row = only(
        Net_Credit="24.00", Commission="0.10", Markup="0.20", Scheme_Fees="0.30", Interchange="0.40"
    )

    assert (row.gross_minor, row.cost_minor, row.net_minor) == (2500, 100, 2400)


def test_costs__that_are_given_back__are_below_zero():
    row = only(Net_Credit="25.60", Commission="-0.60")

    assert (row.cost_minor, row.net_minor) == (-60, 2560)


def test_costs__above_the_amount__make_a_credit_a_net_debit():
    row = only(Gross_Credit="0.10", Net_Credit="", Net_Debit="0.50")

    assert (row.gross_minor, row.net_minor) == (10, -50)


def test_fee__without_a_gross_amount__is_its_net_alone():
    row = only(
        Type="Fee", Gross_Currency="", Gross_Credit="", Net_Credit="", Net_Debit="5", Commission=""
    )

    assert (row.gross_minor, row.cost_minor, row.net_minor) == (-500, 0, -500)


def test_amounts__of_yen__have_no_decimals():
    row = only(
        Gross_Currency="JPY",
        Net_Currency="JPY",
        Gross_Credit="2500",
        Net_Credit="2440",
        Commission="60",
    )

    assert (row.currency, row.gross_minor, row.cost_minor) == ("JPY", 2500, 60)


def test_amounts__of_dinars__have_three_decimals():
    row = only(
        Gross_Currency="KWD",
        Net_Currency="KWD",
        Gross_Credit="25.000",
        Net_Credit="24.400",
        Commission="0.600",
    )

    assert (row.currency, row.gross_minor, row.cost_minor) == ("KWD", 25_000, 600)


def test_amounts__of_pesos__may_have_the_noughts_that_adyen_writes():
    row = only(
        Gross_Currency="CLP",
        Net_Currency="CLP",
        Gross_Credit="2500.00",
        Net_Credit="2440.00",
        Commission="60.00",
    )

    assert row.gross_minor == 2500


@pytest.mark.parametrize(
    ("debit", "credit", "minor"),
    [
        ("0.00", "24.40", 2440),
        ("", "24.40", 2440),
        ("0", "24.4", 2440),
        ("24.40", "0.00", -2440),
        ("24.40", "", -2440),
        ("0.00", "0.00", 0),
    ],
)
def test_side__of_nothing__does_not_matter(debit, credit, minor):
    row = only(Net_Debit=debit, Net_Credit=credit, Gross_Credit="", Commission="")

    assert row.net_minor == minor


def test_gross__in_another_currency__is_net_and_costs_in_that_of_the_net():
    row = only(Gross_Currency="USD", Gross_Credit="30.00", Exchange_Rate="0.83333")

    assert (row.currency, row.gross_minor) == ("EUR", 2500)


@pytest.mark.parametrize(
    ("gross", "currency", "rate"),
    [
        # 25.00 EUR, more or less by half a cent at most.
        ("10.00", "USD", "2.5"),
        ("10.00", "USD", "2.4995"),
        ("10.00", "USD", "2.5005"),
        ("2500", "JPY", "0.01"),
        ("4167", "JPY", "0.006"),
        ("10.000", "KWD", "2.5"),
        ("25.00", "EUR", ""),
        ("25.00", "EUR", "1.0000"),
        ("24.99", "EUR", "1.0004"),
    ],
)
def test_gross__exchanged_to_within_half_a_cent__is_proved(gross, currency, rate):
    row = only(Gross_Currency=currency, Gross_Credit=gross, Exchange_Rate=rate)

    assert row.gross_minor == 2500


@pytest.mark.parametrize(
    ("gross", "currency", "rate", "said"),
    [
        ("10.00", "USD", "2.4994", "10.00 USD at 2.4994"),
        ("10.00", "USD", "2.50051", "10.00 USD at 2.50051"),
        ("2501", "JPY", "0.01", "2501 JPY at 0.01"),
        ("25.01", "EUR", "1", "25.01 EUR"),
        ("24.99", "EUR", "", "24.99 EUR"),
        ("25.001", "KWD", "1", "25.001 KWD"),
        ("24.999", "KWD", "1.0", "24.999 KWD"),
    ],
)
def test_gross__that_comes_to_another_net__refuses_the_file(gross, currency, rate, said):
    row = a_row(Gross_Currency=currency, Gross_Credit=gross, Exchange_Rate=rate)

    assert refusal(a_file(SETTLED, row)) == (
        f"line 3: net must be gross less costs, and 24.40 EUR is not {said} less 0.60"
    )


def test_gross__of_the_other_side__refuses_the_file():
    row = a_row(Gross_Debit="25.00", Gross_Credit="")

    assert refusal(a_file(row)) == (
        "line 2: net must be gross less costs, and 24.40 EUR is not -25.00 EUR less 0.60"
    )


@pytest.mark.parametrize("text", ["", "re_01", "order 17", "pay_4242424242424242"])
def test_merchant_reference__that_is_no_id_of_ours__is_none(text):
    assert only(Merchant_Reference=text).payment_id is None


@pytest.mark.parametrize(
    ("own", "reference", "row_id"),
    [("881B", "881A", "881B"), ("", "881A", "881A"), ("", "", "7 Settled")],
)
def test_row_id__is_what_adyen_calls_it(own, reference, row_id):
    row = only(Modification_Reference=own, Psp_Reference=reference)

    assert (row.row_id, row.own_reference, row.reference) == (
        row_id,
        own or None,
        reference or None,
    )


@pytest.mark.parametrize(
    ("zone", "hour"),
    [("UTC", 10), ("CET", 9), ("CEST", 8), ("BST", 9), ("PST", 18), ("PDT", 17), ("SGT", 2)],
)
def test_time__in_the_zone_that_the_row_names__is_read_as_utc(zone, hour):
    assert only(TimeZone=zone).occurred_at == datetime(2026, 1, 5, hour, tzinfo=UTC)


def test_time__in_another_zone_than_the_row_before__is_read_in_its_own():
    rows = read_proved(ADYEN, a_file(SETTLED, a_row(TimeZone="UTC"), a_payout("48.80")))

    assert [row.occurred_at.hour for row in rows] == [9, 10, 9]


def test_batch__that_is_carried_over__is_proved():
    carried = a_payout("24.40") | {"Type": "Balancetransfer"}
    rows = read_proved(ADYEN, a_file(SETTLED, carried))

    assert [(row.kind, row.net_minor) for row in rows] == [("payment", 2440), ("other", -2440)]


def test_batch__that_is_paid_out_in_part__is_proved():
    carried = a_payout("4.40") | {"Type": "Balancetransfer"}

    assert len(read_proved(ADYEN, a_file(SETTLED, a_payout("20.00"), carried))) == 3


def test_batch__whose_payout_came_back__is_proved():
    back = a_row(Type="BankInstructionReturned", Gross_Credit="", Net_Credit="20.00", Commission="")
    rows = (SETTLED, a_payout("20.00"), back, a_payout("24.40"))

    assert len(read_proved(ADYEN, a_file(*rows))) == 4


def test_batch__that_comes_to_something_else_than_was_paid__refuses_the_file():
    assert refusal(a_file(SETTLED, a_payout("24.41"))) == (
        "the rows of batch 7 come to 24.40 EUR, and 24.41 EUR was paid out"
    )


def test_batch__that_is_neither_paid_nor_carried__refuses_the_file():
    assert refusal(a_file(SETTLED)) == (
        "the rows of batch 7 come to 24.40 EUR, and 0.00 EUR was paid out"
    )


def test_payout__of_no_rows__refuses_the_file():
    assert refusal(a_file(a_payout("24.40"))) == (
        "the rows of batch 7 come to 0.00 EUR, and 24.40 EUR was paid out"
    )


def test_payout__of_another_batch__is_not_of_this_one():
    assert refusal(a_file(SETTLED, a_payout("24.40", Batch_Number="8"))) == (
        "the rows of batch 7 come to 24.40 EUR, and 0.00 EUR was paid out"
    )


def test_payout__in_another_currency__is_not_of_this_sum():
    assert refusal(a_file(SETTLED, a_payout("24.40", Net_Currency="USD"))) == (
        "the rows of batch 7 come to 24.40 EUR, and 0.00 EUR was paid out"
    )


def test_rejected_row__refuses_the_file():
    rows = (SETTLED, a_row(TimeZone="XYZ"), a_row(Markup="x"), a_payout("24.40"))

    assert refusal(a_file(*rows)) == (
        "line 3 cannot be read: TimeZone must be a time zone that is known, such as CET; without it"
        " the totals of the file cannot be proved"
    )


def test_row_that_is_no_record__refuses_the_file():
    assert refusal(a_file(SETTLED, a_payout("24.40")), rows_beside=1) == (
        "1 of its 3 rows cannot be read, and without them the totals of the file cannot be proved"
    )


TWO_DECIMALS = "must be a number of at most 14 digits and 2 decimals, such as -5.00"
SUMS = ("Commission (NC)", "Markup (NC)", "Scheme Fees (NC)", "Interchange (NC)")


@pytest.mark.parametrize(
    ("column", "text", "rule"),
    [
        *((column, "0.001", TWO_DECIMALS) for column in SUMS),
        ("Gross Credit (GC)", "1e3", TWO_DECIMALS),
        ("Gross Debit (GC)", "x", TWO_DECIMALS),
        ("Net Credit (NC)", "24.400", TWO_DECIMALS),
        ("Net Credit (NC)", "24,40", "must have a point before its decimals, and no comma"),
        ("Net Credit (NC)", "-24.40", "must be an amount without a sign"),
        ("Gross Credit (GC)", "-25.00", "must be an amount without a sign"),
        ("Net Currency", "eur", "must be an active ISO 4217 code in upper case"),
        ("Net Currency", "", "must be an active ISO 4217 code in upper case"),
        ("Gross Currency", "XXX", "must be an active ISO 4217 code in upper case"),
        ("Gross Currency", "", "must be an active ISO 4217 code in upper case"),
        ("Exchange Rate", "1,5", "must be a decimal number, such as 0.9215"),
        ("Exchange Rate", "-1", "must be a decimal number, such as 0.9215"),
        ("Exchange Rate", "NaN", "must be a decimal number, such as 0.9215"),
        ("TimeZone", "", "must be a time zone that is known, such as CET"),
        ("Creation Date", "05/01/2026", "must be a time such as 2026-01-05 10:00:00"),
        ("Creation Date", "2026-01-05 25:00:00", "must be a time that exists"),
        ("Creation Date", "0001-01-01 00:00:00", "must be a time that exists"),
        ("Batch Number", "", "must be a whole number"),
        ("Batch Number", "x", "must be a whole number"),
        ("Batch Number", "\u0667", "must be at most 100 printable ASCII characters"),
        ("Psp Reference", "x" * 101, "must be at most 100 printable ASCII characters"),
        ("Modification Reference", "\u00e4", "must be at most 100 printable ASCII characters"),
    ],
)
def test_cell__that_breaks_its_rule__rejects_its_row(column, text, rule):
    rejected = only_rejected(ADYEN, a_file(SETTLED, SETTLED | {column: text}, SETTLED))

    assert (rejected.number, rejected.line, rejected.column, rejected.rule) == (2, 3, column, rule)


def test_rate__between_two_currencies__must_be_filled():
    rejected = only_rejected(ADYEN, a_file(a_row(Gross_Currency="USD", Exchange_Rate="")))

    assert (rejected.column, rejected.rule) == (
        "Exchange Rate",
        "must be a decimal number, such as 0.9215",
    )


@pytest.mark.parametrize(("name", "unit"), [("Net", "NC"), ("Gross", "GC")])
def test_debit__beside_a_credit__rejects_the_row(name, unit):
    row = SETTLED | {f"{name} Debit ({unit})": "1.00"}
    rejected = only_rejected(ADYEN, a_file(row))

    assert (rejected.column, rejected.rule) == (
        f"{name} Credit ({unit})",
        f"must be empty where {name} Debit ({unit}) is not",
    )


def test_net__that_is_on_neither_side__rejects_the_row():
    rejected = only_rejected(ADYEN, a_file(a_row(Net_Credit="")))

    assert (rejected.column, rejected.rule, rejected.value) == (
        "Net Credit (NC)",
        "must be filled if Net Debit (NC) is not",
        "",
    )


def test_rejected_row__with_a_card_number__does_not_show_it():
    rejected = only_rejected(ADYEN, a_file(a_row(Commission="4242 4242 4242 4242")))

    assert (rejected.column, rejected.value) == ("Commission (NC)", None)


def test_row__of_another_width__is_rejected():
    rejected = only_rejected(ADYEN, f"{','.join(COLUMNS)}\nx,y\n")

    assert (rejected.column, rejected.rule) == (None, "must have 18 columns, and has 2")


@pytest.mark.parametrize("missing", COLUMNS)
def test_column__that_is_missing__refuses_the_file(missing):
    columns = tuple(name for name in COLUMNS if name != missing)

    assert refusal(a_file(columns=columns)) == f"line 1: the column {missing} is missing"


def test_column__that_is_there_twice__refuses_the_file():
    reason = refusal(a_file(columns=(*COLUMNS, "Markup (NC)")))

    assert reason == "line 1: the column Markup (NC) is there twice"


def test_header__with_semicolons__says_so():
    reason = refusal(";".join(COLUMNS) + "\n")

    assert reason == "line 1: the columns are separated by semicolons, and must be by commas"


@pytest.mark.parametrize("first", [[], [""], ["RH", "x"], ["Batch Number", "currency"]])
def test_header__of_another_format__is_not_taken(first):
    assert ADYEN.open(first) is None


def test_file__without_rows__is_proved():
    assert read_proved(ADYEN, a_file()) == []


# A currency's exponent is written here once more, so that nothing of the project decides it.
_PLACES = {"EUR": 2, "JPY": 0, "KWD": 3}
_KINDS = {
    "Settled": "payment",
    "Refunded": "refund",
    "Chargeback": "dispute",
    "ChargebackReversed": "dispute_won",
    "Fee": "fee",
    "DepositCorrection": "other",
}
_MINOR = st.integers(min_value=-(10**10), max_value=10**10)


def major(minor: int, currency: str) -> str:
    return f"{Decimal(minor).scaleb(-_PLACES[currency]):f}"


def sides(name: str, unit: str, minor: int, currency: str) -> dict[str, str]:
    side, other = ("Debit", "Credit") if minor < 0 else ("Credit", "Debit")
    return {f"{name} {side} ({unit})": major(abs(minor), currency), f"{name} {other} ({unit})": ""}


@st.composite
def files(draw):
    currency = draw(st.sampled_from(sorted(_PLACES)))
    columns = tuple(draw(st.permutations((*COLUMNS, "Payment Method"))))
    costs = st.lists(_MINOR, min_size=4, max_size=4)
    said = draw(
        st.lists(st.tuples(st.sampled_from(sorted(_KINDS)), _MINOR, costs), min_size=1, max_size=8)
    )
    rows = [
        {
            "Psp Reference": f"P{n}",
            "Merchant Reference": f"pay_{n}",
            "Creation Date": "2026-01-05 10:00:00",
            "TimeZone": "CET",
            "Type": type_,
            "Modification Reference": f"M{n}",
            "Gross Currency": currency,
            **sides("Gross", "GC", gross, currency),
            "Exchange Rate": "1",
            "Net Currency": currency,
            **sides("Net", "NC", gross - sum(each), currency),
            **dict(zip(SUMS, (major(cost, currency) for cost in each), strict=True)),
            "Batch Number": "7",
        }
        for n, (type_, gross, each) in enumerate(said)
    ]
    net = sum(gross - sum(each) for _, gross, each in said)
    paid = a_payout("", Net_Currency=currency) | sides("Net", "NC", -net, currency)
    return currency, columns, said, [*rows, paid]


@given(files())
def test_file__written_from_rows__is_read_as_these(file):
    currency, columns, said, rows = file
    found = read_proved(ADYEN, a_file(*rows, columns=columns))

    assert [
        (row.kind, row.gross_minor, row.cost_minor, row.currency, row.row_id, row.payment_id)
        for row in found[:-1]
    ] == [
        (_KINDS[type_], gross, sum(each), currency, f"M{n}", f"pay_{n}")
        for n, (type_, gross, each) in enumerate(said)
    ]


@given(files(), st.data())
def test_file__with_one_number_changed__is_refused(file, data):
    currency, columns, _, rows = file
    places = [
        (n, column)
        for n, row in enumerate(rows)
        for column in COLUMNS
        if column.endswith((" (GC)", " (NC)")) and row.get(column)
    ]
    n, column = data.draw(st.sampled_from(places))
    was = int(Decimal(rows[n][column]).scaleb(_PLACES[currency]))
    off = data.draw(st.integers(min_value=1, max_value=10**6))
    rows[n] = rows[n] | {column: major(was + off, currency)}

    with pytest.raises(FileRefused):
        prove(ADYEN, a_file(*rows, columns=columns))
