"""Stripe's itemized payout reconciliation, row by row.

Columns and signs: Stripe, "Payout reconciliation report", as of 2026-11; every row is made up.
"""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain.settlement_formats.format import Totals
from oncepay.domain.settlement_formats.row import (
    FileRefused,
    RejectedRow,
    RowKind,
    SettlementRow,
)
from oncepay.domain.settlement_formats.stripe import StripeFormat
from tests.unit.domain.settlement_formats.reading import (
    only_rejected,
    prove,
    read_proved,
    read_rows,
)

STRIPE = StripeFormat()

SAMPLE = """\
automatic_payout_id,automatic_payout_effective_at_utc,balance_transaction_id,created_utc,available_on_utc,currency,gross,fee,net,reporting_category,source_id,payment_intent_id,customer_facing_amount,customer_facing_currency,payment_metadata[payment_id]
po_A1,2026-01-05 00:00:00,txn_01,2026-01-02 10:11:12,2026-01-04 00:00:00,usd,25.00,1.03,23.97,charge,ch_01,pi_01,25.00,usd,pay_01
po_A1,2026-01-05 00:00:00,txn_02,2026-01-03 09:00:00,2026-01-04 00:00:00,usd,-10.00,0.00,-10.00,refund,re_01,pi_01,-10.00,usd,pay_01
po_A1,2026-01-05 00:00:00,txn_03,2026-01-03 12:30:00,2026-01-04 00:00:00,usd,-25.00,15.00,-40.00,dispute,dp_01,pi_02,-25.00,usd,pay_02
"""  # noqa: E501

COLUMNS = (
    "automatic_payout_id",
    "balance_transaction_id",
    "created_utc",
    "currency",
    "gross",
    "fee",
    "net",
    "reporting_category",
    "source_id",
    "payment_intent_id",
    "payment_metadata[payment_id]",
)
CHARGE = {
    "automatic_payout_id": "po_A1",
    "balance_transaction_id": "txn_01",
    "created_utc": "2026-01-02 10:11:12",
    "currency": "usd",
    "gross": "25.00",
    "fee": "1.03",
    "net": "23.97",
    "reporting_category": "charge",
    "source_id": "ch_01",
    "payment_intent_id": "pi_01",
    "payment_metadata[payment_id]": "pay_01",
}


def a_file(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        [columns, *([row.get(name, "") for name in columns] for row in rows)]
    )
    return text.getvalue()


def a_row(**cells: str) -> dict[str, str]:
    return CHARGE | cells


def a_payout(net: str, **cells: str) -> dict[str, str]:
    return a_row(gross=net, fee="0.00", net=net, reporting_category="payout", **cells)


def only(**cells: str):
    (row,) = read_proved(STRIPE, a_file(a_row(**cells)))
    return row


def refusal(text: str, **options: int) -> str:
    with pytest.raises(FileRefused) as caught:
        prove(STRIPE, text, **options)
    return caught.value.reason


def test_sample__read__is_these_rows():
    assert [tuple(row) for row in read_proved(STRIPE, SAMPLE)] == [
        (
            1, 2, "txn_01", RowKind.PAYMENT, "pay_01", "pi_01", "ch_01", 2500, 103, None, "USD",
            "po_A1", datetime(2026, 1, 2, 10, 11, 12, tzinfo=UTC),
        ),
        (
            2, 3, "txn_02", RowKind.REFUND, "pay_01", "pi_01", "re_01", -1000, 0, None, "USD",
            "po_A1", datetime(2026, 1, 3, 9, 0, 0, tzinfo=UTC),
        ),
        (
            3, 4, "txn_03", RowKind.DISPUTE, "pay_02", "pi_02", "dp_01", -2500, 1500, None, "USD",
            "po_A1", datetime(2026, 1, 3, 12, 30, 0, tzinfo=UTC),
        ),
    ]  # fmt: skip


def test_sample__read__has_the_net_amounts_of_the_file():
    assert [row.net_minor for row in read_proved(STRIPE, SAMPLE)] == [2397, -1000, -4000]


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        ("charge", "payment"),
        ("partial_capture_reversal", "payment"),
        ("refund", "refund"),
        ("refund_failure", "refund_failed"),
        ("dispute", "dispute"),
        ("dispute_reversal", "dispute_won"),
        ("fee", "fee"),
        ("payout_reversal", "payout_returned"),
        ("transfer", "other"),
        ("topup", "other"),
        ("never heard of", "other"),
        ("", "other"),
    ],
)
def test_reporting_category__of_a_row__is_its_kind(category, kind):
    assert only(reporting_category=category).kind == kind


def test_columns__in_another_order_and_among_others__are_the_same_rows():
    columns = (*reversed(COLUMNS), "description", "trace_id")

    assert read_proved(STRIPE, a_file(CHARGE, columns=columns)) == read_proved(
        STRIPE, a_file(CHARGE)
    )


def test_amounts__of_yen__have_no_decimals():
    row = only(currency="jpy", gross="2500", fee="103", net="2397")

    assert (row.currency, row.gross_minor, row.cost_minor) == ("JPY", 2500, 103)


def test_amounts__of_dinars__have_three_decimals():
    row = only(currency="kwd", gross="25.000", fee="1.030", net="23.970")

    assert (row.currency, row.gross_minor, row.cost_minor) == ("KWD", 25_000, 1030)


def test_amounts__of_kronur__may_have_the_noughts_that_stripe_writes():
    row = only(currency="isk", gross="2500.00", fee="103.00", net="2397.00")

    assert (row.gross_minor, row.cost_minor) == (2500, 103)


def test_fee__that_is_given_back__is_a_cost_below_zero():
    row = only(gross="0.00", fee="-15.00", net="15.00", reporting_category="dispute_reversal")

    assert (row.cost_minor, row.net_minor) == (-1500, 1500)


def test_payment_id__of_the_payments_metadata__is_ours():
    assert only().payment_id == "pay_01"


def test_payment_id__of_the_refunds_metadata_alone__is_ours():
    refund = a_row() | {"payment_metadata[payment_id]": "", "refund_metadata[payment_id]": "pay_9"}
    columns = (*COLUMNS, "refund_metadata[payment_id]")
    (row,) = read_proved(STRIPE, a_file(refund, columns=columns))

    assert row.payment_id == "pay_9"


@pytest.mark.parametrize(
    "text",
    ["", "re_01", "Pay_01", "pay_", "pay_ 1", "pay_=1", "pay_" + "a" * 97, "pay_4242424242424242"],
)
def test_metadata__that_is_no_id_of_ours__is_none(text):
    assert only(**{"payment_metadata[payment_id]": text}).payment_id is None


def test_payment_id__as_we_make_them__is_taken_though_chance_makes_a_card_number_of_it():
    made = "pay_4242424242424242abcdefghij"

    assert only(**{"payment_metadata[payment_id]": made}).payment_id == made


def test_reference__of_a_charge_without_an_intent__is_the_charge():
    columns = (*COLUMNS[:9], "charge_id")
    (row,) = read_proved(STRIPE, a_file(a_row(charge_id="ch_77"), columns=columns))

    assert row.reference == "ch_77"


def test_reference__of_a_charge_whose_file_names_neither__is_its_source():
    (row,) = read_proved(STRIPE, a_file(CHARGE, columns=COLUMNS[:9]))

    assert row.reference == "ch_01"


def test_reference__of_a_refund_whose_file_names_neither__is_none():
    refund = a_row(reporting_category="refund", source_id="re_01")
    (row,) = read_proved(STRIPE, a_file(refund, columns=COLUMNS[:9]))

    assert (row.reference, row.own_reference) == (None, "re_01")


def test_net__that_is_not_gross_less_fee__refuses_the_file():
    reason = refusal(a_file(CHARGE, a_row(net="23.98")))

    assert reason == "line 3: net must be gross less fee, and 23.98 is not 25.00 less 1.03"


def test_batch__with_its_payout__is_proved():
    rows = read_proved(STRIPE, a_file(CHARGE, a_payout("-23.97", source_id="po_A1")))

    assert [(row.kind, row.net_minor) for row in rows] == [("payment", 2397), ("payout", -2397)]


def test_batch__that_comes_to_another_sum_than_its_payout__refuses_the_file():
    reason = refusal(a_file(CHARGE, a_payout("-23.96")))

    assert reason == "the rows of payout po_A1 come to 23.97 USD, and 23.96 USD was paid out"


def test_batch__of_another_payout__is_not_added_to_it():
    text = a_file(CHARGE, a_row(automatic_payout_id="po_B2"), a_payout("-23.97"))

    assert len(read_proved(STRIPE, text)) == 3


def test_batch__of_another_currency__is_not_added_to_it():
    text = a_file(CHARGE, a_row(currency="eur"), a_payout("-23.97"))

    assert len(read_proved(STRIPE, text)) == 3


def test_payout__without_any_row_of_its_batch__refuses_the_file():
    reason = refusal(a_file(a_payout("-23.97")))

    assert reason == "the rows of payout po_A1 come to 0.00 USD, and 23.97 USD was paid out"


def test_payout__whose_batch_is_in_no_sum__refuses_the_file():
    _, reader = read_rows(STRIPE, a_file(a_payout("-23.97")))
    nothing = Totals(rows=1, gross_minor={}, cost_minor={}, batches={})

    with pytest.raises(FileRefused) as caught:
        reader.prove(nothing)

    assert caught.value.reason == (
        "the rows of payout po_A1 come to 0.00 USD, and 23.97 USD was paid out"
    )


def test_payout__that_came_back__is_no_part_of_what_was_paid_out():
    back = a_row(gross="23.97", fee="0", net="23.97", reporting_category="payout_reversal")
    rows = read_proved(STRIPE, a_file(CHARGE, a_payout("-23.97"), back))

    assert (rows[2].kind, rows[2].net_minor) == ("payout_returned", 2397)


def test_payout__that_is_not_itemized__is_held_against_nothing():
    text = a_file(CHARGE, a_payout("-5.00", automatic_payout_id=""))

    assert len(read_proved(STRIPE, text)) == 2


def test_rejected_row__in_a_file_with_a_payout__refuses_the_file():
    reason = refusal(a_file(a_row(gross="25,00"), a_row(fee="x"), a_payout("-23.97")))

    assert reason == (
        "line 2 cannot be read: gross must have a point before its decimals, and no comma; without"
        " it the totals of the file cannot be proved"
    )


def test_row_that_is_no_record__in_a_file_with_a_payout__refuses_the_file():
    reason = refusal(a_file(CHARGE, a_payout("-23.97")), rows_beside=1)

    assert reason == (
        "1 of its 3 rows cannot be read, and without them the totals of the file cannot be proved"
    )


def test_rejected_row__in_a_file_without_payouts__leaves_the_others():
    text = a_file(a_row(gross="25,00"), CHARGE)
    prove(STRIPE, text)

    assert [type(row) for row in read_rows(STRIPE, text)[0]] == [RejectedRow, SettlementRow]


@pytest.mark.parametrize(
    ("column", "text", "rule"),
    [
        ("currency", "xxx", "must be an active ISO 4217 code"),
        ("currency", "Usd", "must be an active ISO 4217 code"),
        ("gross", "25.001", "must be a number of at most 14 digits and 2 decimals, such as -5.00"),
        ("fee", "", "must be a number of at most 14 digits and 2 decimals, such as -5.00"),
        ("net", "1e3", "must be a number of at most 14 digits and 2 decimals, such as -5.00"),
        ("created_utc", "2026-01-02", "must be a time such as 2026-01-05 10:00:00"),
        ("created_utc", "2026-01-02T10:11:12", "must be a time such as 2026-01-05 10:00:00"),
        ("created_utc", "2026-02-30 10:11:12", "must be a time that exists"),
        ("created_utc", "2026-01-02 24:11:12", "must be a time that exists"),
        ("balance_transaction_id", "", "must not be empty"),
        ("balance_transaction_id", "txn\u00e4", "must be at most 100 printable ASCII characters"),
        ("source_id", "x" * 101, "must be at most 100 printable ASCII characters"),
        ("payment_intent_id", "pi\x7f", "must be at most 100 printable ASCII characters"),
        ("automatic_payout_id", "po\u20ac", "must be at most 100 printable ASCII characters"),
    ],
)
def test_cell__that_breaks_its_rule__rejects_its_row(column, text, rule):
    rejected = only_rejected(STRIPE, a_file(CHARGE, a_row(**{column: text}), CHARGE))

    assert (rejected.number, rejected.line, rejected.column, rejected.rule) == (2, 3, column, rule)


def test_rejected_row__has_the_beginning_of_its_value():
    rejected = only_rejected(STRIPE, a_file(a_row(source_id="x" * 101)))

    assert rejected.value == "x" * 100 + "..."


def test_rejected_row__with_a_card_number__does_not_show_it():
    rejected = only_rejected(STRIPE, a_file(a_row(gross="4242424242424242.00")))

    assert (rejected.column, rejected.value) == ("gross", None)


@pytest.mark.parametrize(("cells", "has"), [(COLUMNS[:10], 10), ((*COLUMNS, "x"), 12)])
def test_row__of_another_width__is_rejected(cells, has):
    rejected = only_rejected(STRIPE, f"{','.join(COLUMNS)}\n{','.join(cells)}\n")

    assert (rejected.column, rejected.rule) == (None, f"must have 11 columns, and has {has}")


@pytest.mark.parametrize("missing", COLUMNS[:9])
def test_column__that_is_missing__refuses_the_file(missing):
    columns = tuple(name for name in COLUMNS if name != missing)

    assert refusal(a_file(columns=columns)) == f"line 1: the column {missing} is missing"


def test_column__that_is_there_twice__refuses_the_file():
    reason = refusal(a_file(columns=(*COLUMNS, "net")))

    assert reason == "line 1: the column net is there twice"


def test_header__with_semicolons__says_so():
    reason = refusal(";".join(COLUMNS) + "\n")

    assert reason == "line 1: the columns are separated by semicolons, and must be by commas"


@pytest.mark.parametrize("first", [[], [""], ["row_id", "currency", "fee"], ["RH", "x"]])
def test_header__of_another_format__is_not_taken(first):
    assert STRIPE.open(first) is None


def test_file__without_rows__is_proved():
    assert read_proved(STRIPE, a_file()) == []


# A currency's exponent is written here once more, so that nothing of the project decides it.
_PLACES = {"usd": 2, "jpy": 0, "kwd": 3}
_CATEGORIES = {
    "charge": "payment",
    "refund": "refund",
    "refund_failure": "refund_failed",
    "dispute": "dispute",
    "dispute_reversal": "dispute_won",
    "fee": "fee",
    "risk_reserved_funds": "other",
}
_MINOR = st.integers(min_value=-(10**12), max_value=10**12)


def major(minor: int, currency: str) -> str:
    return f"{Decimal(minor).scaleb(-_PLACES[currency]):f}"


@st.composite
def files(draw):
    currency = draw(st.sampled_from(sorted(_PLACES)))
    columns = tuple(draw(st.permutations((*COLUMNS, "description"))))
    said = draw(
        st.lists(st.tuples(st.sampled_from(sorted(_CATEGORIES)), _MINOR, _MINOR), min_size=1)
    )
    rows = [
        {
            "automatic_payout_id": "po_1",
            "balance_transaction_id": f"txn_{n}",
            "created_utc": f"2026-01-{n % 28 + 1:02d} 00:{n % 60:02d}:59",
            "currency": currency,
            "gross": major(gross, currency),
            "fee": major(fee, currency),
            "net": major(gross - fee, currency),
            "reporting_category": category,
            "source_id": f"src_{n}",
            "payment_intent_id": f"pi_{n}",
            "payment_metadata[payment_id]": f"pay_{n}",
        }
        for n, (category, gross, fee) in enumerate(said)
    ]
    net = sum(gross - fee for _, gross, fee in said)
    payout = major(-net, currency)
    paid = a_payout(payout, automatic_payout_id="po_1", currency=currency)
    return currency, columns, said, [*rows, paid | {"fee": "0"}]


@given(files())
def test_file__written_from_rows__is_read_as_these(file):
    currency, columns, said, rows = file
    found = read_proved(STRIPE, a_file(*rows, columns=columns))

    assert [
        (row.kind, row.gross_minor, row.cost_minor, row.currency, row.row_id, row.payment_id)
        for row in found[:-1]
    ] == [
        (_CATEGORIES[category], gross, fee, currency.upper(), f"txn_{n}", f"pay_{n}")
        for n, (category, gross, fee) in enumerate(said)
    ]


@given(files(), st.data())
def test_file__with_one_number_changed__is_refused(file, data):
    currency, columns, _, rows = file
    place = data.draw(st.integers(min_value=0, max_value=len(rows) - 1))
    column = data.draw(st.sampled_from(("gross", "fee", "net")))
    off = data.draw(st.integers(min_value=-(10**6), max_value=10**6).filter(bool))
    was = int(Decimal(rows[place][column]).scaleb(_PLACES[currency]))
    rows[place] = rows[place] | {column: major(was + off, currency)}

    with pytest.raises(FileRefused):
        prove(STRIPE, a_file(*rows, columns=columns))
