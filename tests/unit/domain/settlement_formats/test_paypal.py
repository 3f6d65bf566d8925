"""PayPal's settlement report, record by record.

Records, columns, signs: PayPal, "Settlement report", version 9; codes: PayPal, "Transaction event
codes", both as of 2026-11. Every row is made up.
"""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain.settlement_formats.paypal import PayPalFormat
from oncepay.domain.settlement_formats.row import FileRefused, RowKind
from tests.unit.domain.settlement_formats.reading import only_rejected, prove, read_proved

PAYPAL = PayPalFormat()

SAMPLE = """\
"RH",2026/01/06 02:44:19 -0800,"A","MERCH0000001",009,
"FH",01
"SH",2026/01/05 00:00:00 -0800,2026/01/05 23:59:59 -0800,"MERCH0000001",""
"CH","Transaction ID","Invoice ID","PayPal Reference ID","PayPal Reference ID Type","Transaction Event Code","Transaction Initiation Date","Transaction Completion Date","Transaction Debit or Credit","Gross Transaction Amount","Gross Transaction Currency","Fee Debit or Credit","Fee Amount","Fee Currency","Custom Field","Consumer ID","Payment Tracking ID","Store ID","Bank Reference ID","Credit Transactional Fee","Credit Promotional Fee","Credit Term"
"SB","5AA00000AA000001A","pay_01","","","T0006",2026/01/05 09:00:00 -0800,2026/01/05 09:00:00 -0800,"CR",2500,"USD","DR",103,"USD","pay_01","BUYER0000001","","","",,,
"SB","5AA00000AA000002A","pay_01","5AA00000AA000001A","TXN","T1107",2026/01/05 11:00:00 -0800,2026/01/05 11:00:00 -0800,"DR",1000,"USD","CR",0,"USD","pay_01","BUYER0000001","","","",,,
"SF","USD",2500,1000,0,103,"CR",0,"CR",1397,"CR",0,"CR",1397,"CR",0,"CR",0,2
"SC",2
"""  # noqa: E501

HEAD = '"RH",2026/01/06 02:44:19 -0800,"A","M1",009,\n"FH",01\n'
BEGIN = '"SH",2026/01/05 00:00:00 -0800,2026/01/05 23:59:59 -0800,"M1",""\n'

COLUMNS = (
    "Transaction ID",
    "Invoice ID",
    "PayPal Reference ID",
    "PayPal Reference ID Type",
    "Transaction Event Code",
    "Transaction Initiation Date",
    "Transaction Completion Date",
    "Transaction Debit or Credit",
    "Gross Transaction Amount",
    "Gross Transaction Currency",
    "Fee Debit or Credit",
    "Fee Amount",
    "Fee Currency",
    "Custom Field",
)
PAYMENT = {
    "Transaction ID": "5AA1",
    "Invoice ID": "pay_01",
    "PayPal Reference ID": "",
    "PayPal Reference ID Type": "",
    "Transaction Event Code": "T0006",
    "Transaction Initiation Date": "2026/01/05 09:00:00 -0800",
    "Transaction Completion Date": "2026/01/05 09:30:00 -0800",
    "Transaction Debit or Credit": "CR",
    "Gross Transaction Amount": "2500",
    "Gross Transaction Currency": "USD",
    "Fee Debit or Credit": "DR",
    "Fee Amount": "103",
    "Fee Currency": "USD",
    "Custom Field": "pay_01",
}
SUMS = ("Gross credits", "Gross debits", "Fee credits", "Fee debits")
PAYMENT_SUMS = (2500, 0, 0, 103)


def a_row(**cells: str) -> dict[str, str]:
    """PAYMENT with other cells; `_` is for the blanks of a column's name."""
    return PAYMENT | {name.replace("_", " "): text for name, text in cells.items()}


def rows_of(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS) -> str:
    names = ['"CH"', *(f'"{name}"' for name in columns)]
    lines = [["SB", *(f'"{row.get(name, "")}"' for name in columns)] for row in rows]
    return "".join(",".join(cells) + "\n" for cells in [names, *lines])


def totals(sums: tuple[int, ...], count: int, *, currency: str = "USD", kind: str = "SF") -> str:
    balances = '"CR",0,' * 6
    return f'"{kind}","{currency}",{",".join(map(str, sums))},{balances}{count}\n'


def a_section(*rows: dict[str, str], ends: str, columns: tuple[str, ...] = COLUMNS) -> str:
    return BEGIN + rows_of(*rows, columns=columns) + ends


ONE_PAYMENT = HEAD + a_section(PAYMENT, ends=totals(PAYMENT_SUMS, 1) + '"SC",1\n')


def only(sums: tuple[int, ...] = PAYMENT_SUMS, currency: str = "USD", **cells: str):
    ends = totals(sums, 1, currency=currency) + '"SC",1\n'
    (row,) = read_proved(PAYPAL, HEAD + a_section(a_row(**cells), ends=ends))
    return row


def refusal(text: str, **options: int) -> str:
    with pytest.raises(FileRefused) as caught:
        prove(PAYPAL, text, **options)
    return caught.value.reason


def test_sample__read__is_these_rows():
    assert [tuple(row) for row in read_proved(PAYPAL, SAMPLE)] == [
        (
            1, 5, "5AA00000AA000001A", RowKind.PAYMENT, "pay_01", "5AA00000AA000001A",
            "5AA00000AA000001A", 2500, 103, None, "USD", "1",
            datetime(2026, 1, 5, 17, 0, 0, tzinfo=UTC),
        ),
        (
            2, 6, "5AA00000AA000002A", RowKind.REFUND, "pay_01", "5AA00000AA000001A",
            "5AA00000AA000002A", -1000, 0, None, "USD", "1",
            datetime(2026, 1, 5, 19, 0, 0, tzinfo=UTC),
        ),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "of_a_credit", "of_a_debit"),
    [
        ("T0000", "payment", "other"),
        ("T0006", "payment", "other"),
        ("T0107", "fee", "fee"),
        ("T0200", "other", "other"),
        ("T0300", "payout", "payout"),
        ("T0400", "payout", "payout"),
        ("T1100", "refund_failed", "other"),
        ("T1101", "payout", "payout"),
        ("T1105", "other", "other"),
        ("T1106", "other", "dispute"),
        ("T1107", "other", "refund"),
        ("T1109", "fee", "fee"),
        ("T1110", "other", "dispute"),
        ("T1111", "dispute_won", "other"),
        ("T1201", "other", "dispute"),
        ("T1202", "dispute_won", "other"),
        ("T1503", "other", "other"),
        ("T2001", "other", "other"),
        ("X", "other", "other"),
        ("", "other", "other"),
    ],
)
def test_event_code__with_its_direction__is_the_kind_of_the_row(code, of_a_credit, of_a_debit):
    credit = only(Transaction_Event_Code=code)
    debit = only((0, 2500, 0, 103), Transaction_Event_Code=code, Transaction_Debit_or_Credit="DR")

    assert (credit.kind, debit.kind) == (of_a_credit, of_a_debit)


def test_debit__of_an_amount__is_below_zero():
    row = only((0, 2500, 0, 103), Transaction_Debit_or_Credit="DR")

    assert (row.gross_minor, row.cost_minor, row.net_minor) == (-2500, 103, -2603)


def test_fee__that_is_given_back__is_a_cost_below_zero():
    row = only((2500, 0, 103, 0), Fee_Debit_or_Credit="CR")

    assert (row.cost_minor, row.net_minor) == (-103, 2603)


def test_fee__that_is_left_empty__is_none():
    row = only((2500, 0, 0, 0), Fee_Debit_or_Credit="", Fee_Amount="", Fee_Currency="")

    assert row.cost_minor == 0


@pytest.mark.parametrize(
    ("currency", "minor"),
    [("JPY", 2500), ("HUF", 250_000), ("TWD", 250_000), ("EUR", 2500), ("KWD", 2500)],
)
def test_amount__without_a_point__is_in_the_least_units_that_paypal_has(currency, minor):
    row = only(
        (2500, 0, 0, 103),
        currency,
        Gross_Transaction_Currency=currency,
        Fee_Currency=currency,
    )

    assert row.gross_minor == minor


def test_payment_id__of_the_custom_field__comes_before_the_invoices():
    assert only(Custom_Field="pay_a", Invoice_ID="pay_b").payment_id == "pay_a"


def test_payment_id__that_only_the_invoice_has__is_ours():
    assert only(Custom_Field="", Invoice_ID="pay_b").payment_id == "pay_b"


@pytest.mark.parametrize("invoice", ["re_01", "cap_01", "or_01", "INV-1", ""])
def test_invoice__that_is_of_something_else__is_no_payment_of_ours(invoice):
    assert only(Custom_Field="", Invoice_ID=invoice).payment_id is None


def test_reference__of_a_payment__is_itself_whatever_it_refers_to():
    row = only(PayPal_Reference_ID="O-1", PayPal_Reference_ID_Type="ODR")

    assert row.reference == "5AA1"


@pytest.mark.parametrize(
    ("reference_type", "reference"),
    [("TXN", "5AA0"), ("", "5AA0"), ("ODR", None), ("SUB", None), ("PAP", None)],
)
def test_reference__of_a_refund__is_the_transaction_that_it_refers_to(reference_type, reference):
    row = only(
        (0, 2500, 0, 103),
        Transaction_Event_Code="T1107",
        Transaction_Debit_or_Credit="DR",
        PayPal_Reference_ID="5AA0",
        PayPal_Reference_ID_Type=reference_type,
    )

    assert (row.reference, row.own_reference) == (reference, "5AA1")


def test_time__of_a_row__is_when_it_was_completed():
    assert only().occurred_at == datetime(2026, 1, 5, 17, 30, tzinfo=UTC)


def test_time__of_a_row_that_is_not_completed__is_when_it_was_begun():
    row = only(Transaction_Completion_Date="")

    assert row.occurred_at == datetime(2026, 1, 5, 17, 0, tzinfo=UTC)


def test_columns__in_another_order_and_among_others__are_the_same_rows():
    columns = (*reversed(COLUMNS), "Consumer ID", "Store ID")
    text = HEAD + a_section(PAYMENT, ends=totals(PAYMENT_SUMS, 1) + '"SC",1\n', columns=columns)

    assert read_proved(PAYPAL, text) == read_proved(PAYPAL, ONE_PAYMENT)


@pytest.mark.parametrize(
    "name",
    ["Transaction  Debit or Credit", "transaction debit or credit", "TransactionDebitOrCredit"],
)
def test_column__as_older_files_spell_it__is_the_same(name):
    text = ONE_PAYMENT.replace("Transaction Debit or Credit", name)

    assert read_proved(PAYPAL, text) == read_proved(PAYPAL, ONE_PAYMENT)


@pytest.mark.parametrize("missing", COLUMNS)
def test_column__that_is_missing__refuses_the_file(missing):
    columns = tuple(name for name in COLUMNS if name != missing)
    reason = refusal(HEAD + a_section(ends="", columns=columns))

    assert reason == f"line 4: the column {missing} is missing"


def test_column__that_is_there_twice__refuses_the_file():
    reason = refusal(HEAD + a_section(ends="", columns=(*COLUMNS, "FEE AMOUNT")))

    assert reason == "line 4: the column Fee Amount is there twice"


def test_sections__of_several_accounts__are_batches_of_their_own():
    ends = totals(PAYMENT_SUMS, 1) + '"SC",1\n'
    rows = read_proved(PAYPAL, HEAD + a_section(PAYMENT, ends=ends) + a_section(PAYMENT, ends=ends))

    assert [(row.number, row.line, row.batch) for row in rows] == [(1, 5, "1"), (2, 10, "2")]


def test_sections__with_columns_in_different_orders__are_both_read():
    ends = totals(PAYMENT_SUMS, 1) + '"SC",1\n'
    text = HEAD + a_section(PAYMENT, ends=ends)
    text += a_section(PAYMENT, ends=ends, columns=tuple(reversed(COLUMNS)))

    assert [row.gross_minor for row in read_proved(PAYPAL, text)] == [2500, 2500]


def test_section__of_several_currencies__has_totals_of_each():
    euros = a_row(Gross_Transaction_Currency="EUR", Fee_Currency="EUR")
    ends = totals(PAYMENT_SUMS, 1) + totals(PAYMENT_SUMS, 2, currency="EUR") + '"SC",2\n'
    rows = read_proved(PAYPAL, HEAD + a_section(PAYMENT, euros, ends=ends))

    assert [row.currency for row in rows] == ["USD", "EUR"]


def test_file__with_footers_of_the_report__is_proved():
    text = ONE_PAYMENT + totals(PAYMENT_SUMS, 1, kind="RF") + '"RC",1\n"FF",1\n'

    assert len(read_proved(PAYPAL, text)) == 1


def test_empty_lines__are_passed_over():
    assert len(read_proved(PAYPAL, ONE_PAYMENT.replace("\n", "\n\n"))) == 1


def test_section__without_rows__is_proved():
    assert read_proved(PAYPAL, HEAD + BEGIN + '"SC",0\n') == []


@pytest.mark.parametrize("place", range(4))
def test_totals__that_differ_in_one_sum__refuse_the_file(place):
    sums = [*PAYMENT_SUMS]
    sums[place] += 1
    text = HEAD + a_section(PAYMENT, ends=totals(tuple(sums), 1) + '"SC",1\n')
    said, found = sums[place], PAYMENT_SUMS[place]

    assert refusal(text) == (
        f"line 6: section 1 says {SUMS[place].lower()} of {said // 100}.{said % 100:02d} USD, and"
        f" its rows come to {found // 100}.{found % 100:02d} USD"
    )


def test_totals__of_a_currency_that_no_row_has__refuse_the_file():
    ends = totals(PAYMENT_SUMS, 1) + totals((1, 0, 0, 0), 0, currency="EUR") + '"SC",1\n'

    assert refusal(HEAD + a_section(PAYMENT, ends=ends)) == (
        "line 7: section 1 says gross credits of 0.01 EUR, and its rows come to 0.00 EUR"
    )


def test_currency__that_has_no_totals__refuses_the_file():
    assert refusal(HEAD + a_section(PAYMENT, ends='"SC",1\n')) == (
        "line 6: section 1 has rows in USD, and no totals of them (a record SF)"
    )


def test_totals__that_are_there_twice__refuse_the_file():
    ends = totals(PAYMENT_SUMS, 1) * 2 + '"SC",1\n'

    assert refusal(HEAD + a_section(PAYMENT, ends=ends)) == (
        "line 7 has the totals of USD a second time"
    )


@pytest.mark.parametrize(
    "record", ['"SF","USD",2500,0,0', '"SF","XXX",2500,0,0,103', '"SF","USD",25.00,0,0,103', '"SF"']
)
def test_totals__that_are_none__refuse_the_file(record):
    assert refusal(HEAD + a_section(PAYMENT, ends=f'{record}\n"SC",1\n')) == (
        "line 6 must have a currency and four whole sums"
    )


def test_totals__of_as_many_fields_as_must_be__are_proved_without_balances():
    text = HEAD + a_section(PAYMENT, ends='"SF","USD",2500,0,0,103\n"SC",01\n')

    assert len(read_proved(PAYPAL, text)) == 1


def test_totals__of_more_digits_than_an_amount_may_have__are_proved():
    row = a_row(Gross_Transaction_Amount="9" * 16)
    sums = (99_999_999_999_999_990, 0, 0, 1030)
    text = HEAD + a_section(*[row] * 10, ends=totals(sums, 10) + '"SC",10\n')

    assert len(read_proved(PAYPAL, text)) == 10


def test_totals__that_count_other_rows__refuse_the_file():
    text = HEAD + a_section(PAYMENT, ends=totals(PAYMENT_SUMS, 2) + '"SC",1\n')

    assert refusal(text) == ("line 6: section 1 in USD says that it has 2 rows, and it has 1")


@pytest.mark.parametrize(("record", "says"), [('"SC",2', "2"), ('"SC"', "no"), ('"SC",x', "x")])
def test_section__that_counts_other_rows__refuses_the_file(record, says):
    text = HEAD + a_section(PAYMENT, ends=f"{totals(PAYMENT_SUMS, 1)}{record}\n")

    assert refusal(text) == f"line 7: section 1 says that it has {says} rows, and it has 1"


def test_report__that_counts_other_rows__refuses_the_file():
    assert refusal(ONE_PAYMENT + '"RC",2\n') == (
        "line 8: the report says that it has 2 rows, and it has 1"
    )


def test_report__that_comes_to_another_sum__refuses_the_file():
    assert refusal(ONE_PAYMENT + totals((2500, 0, 0, 104), 1, kind="RF")) == (
        "line 8: the report says fee debits of 1.04 USD, and its rows come to 1.03 USD"
    )


@pytest.mark.parametrize("record", ['"RF"', '"RF","x","y"', '"RC"', '"RC",x', '"FF"'])
def test_footer_of_the_report__whose_fields_are_not_known__is_passed_over(record):
    assert len(read_proved(PAYPAL, f"{ONE_PAYMENT}{record}\n")) == 1


def test_footers_of_the_report__in_a_later_file_of_several__are_of_all_of_them():
    text = ONE_PAYMENT.replace('"FH",01', '"FH",02') + '"RC",2\n'
    text += totals((9, 9, 9, 9), 2, kind="RF")

    assert len(read_proved(PAYPAL, text)) == 1


@pytest.mark.parametrize("lines", [3, 4, 5, 6])
def test_file__that_ends_within_a_section__is_cut_off(lines):
    text = "".join(ONE_PAYMENT.splitlines(keepends=True)[:lines])

    assert refusal(text) == "the file is cut off: its section 1 has no end (a record SC)"


@pytest.mark.parametrize("lines", [1, 2])
def test_file__that_ends_before_its_first_section__is_cut_off(lines):
    text = "".join(ONE_PAYMENT.splitlines(keepends=True)[:lines])

    assert refusal(text) == "the file is cut off: it has no section"


ROW = rows_of(PAYMENT).splitlines()[1]
NAMES = rows_of()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{HEAD}{ROW}\n", "line 3 is not between the beginning of a section and its totals"),
        (f"{HEAD}{NAMES}", "line 3 is not between the beginning of a section and its totals"),
        (f"{HEAD}{BEGIN}{ROW}\n", "line 4 is a row, and no record CH names its columns before it"),
        (
            f"{ONE_PAYMENT}{BEGIN}{ROW}\n",
            "line 9 is a row, and no record CH names its columns before it",
        ),
        (
            f"{HEAD}{BEGIN}{NAMES}{totals((0, 0, 0, 0), 0)}{ROW}\n",
            "line 6 is not between the beginning of a section and its totals",
        ),
        (f"{HEAD}{BEGIN}{BEGIN}", "line 4: section 1 has no end (a record SC) before it"),
        (f'{HEAD}{BEGIN}"RF"\n', "line 4: section 1 has no end (a record SC) before it"),
        (f'{HEAD}{BEGIN}"RC",0\n', "line 4: section 1 has no end (a record SC) before it"),
        (f'{HEAD}{BEGIN}"FF"\n', "line 4: section 1 has no end (a record SC) before it"),
        (f'{HEAD}"SF","USD",0,0,0,0\n', "line 3 has the totals of a section, and none is open"),
        (f'{HEAD}"SC",0\n', "line 3 ends a section, and none is open"),
        (
            f'{ONE_PAYMENT}"FF",1\n"RC",1\n',
            "line 9 comes after the end of the file, which is its FF",
        ),
        (
            f'{HEAD}"SX",1\n',
            "line 3 is of the type 'SX', which no record of a settlement report is",
        ),
    ],
    ids=[
        "a row before a section",
        "columns before a section",
        "a row before its columns",
        "a row of a second section before its columns",
        "a row after the totals",
        "a section in a section",
        "RF in a section",
        "RC in a section",
        "FF in a section",
        "totals of no section",
        "an end of no section",
        "a record after the end",
        "a type that is not known",
    ],
)
def test_record__that_cannot_be_where_it_is__refuses_the_file(text, reason):
    assert refusal(text) == reason


@pytest.mark.parametrize(
    ("column", "text", "rule"),
    [
        ("Transaction ID", "", "must not be empty"),
        ("Transaction ID", "x" * 101, "must be at most 100 printable ASCII characters"),
        ("PayPal Reference ID", "\u00e4", "must be at most 100 printable ASCII characters"),
        ("Transaction Debit or Credit", "", "must be CR or DR"),
        ("Transaction Debit or Credit", "cr", "must be CR or DR"),
        ("Fee Debit or Credit", "", "must be CR or DR"),
        ("Gross Transaction Currency", "usd", "must be an active ISO 4217 code"),
        ("Gross Transaction Currency", "XXX", "must be an active ISO 4217 code"),
        ("Fee Currency", "EUR", "must be USD, that of the gross amount"),
        *(
            (column, text, "must be a whole number of at most 16 digits, with no sign")
            for column in ("Gross Transaction Amount", "Fee Amount")
            for text in ("25.00", "-1", "+1", "1e3", "1_0", " 1", "\u0661", "\u00b2", "1" * 17)
        ),
        (
            "Gross Transaction Amount",
            "",
            "must be a whole number of at most 16 digits, with no sign",
        ),
        (
            "Transaction Completion Date",
            "2026-01-05 09:00:00 -0800",
            "must be a time such as 2026/01/05 09:00:00 -0800",
        ),
        (
            "Transaction Completion Date",
            "2026/01/05 09:00:00",
            "must be a time such as 2026/01/05 09:00:00 -0800",
        ),
        ("Transaction Completion Date", "2026/02/30 09:00:00 -0800", "must be a time that exists"),
        ("Transaction Completion Date", "0001/01/01 00:00:00 +0800", "must be a time that exists"),
        ("Transaction Completion Date", "2026/01/05 09:60:00 -0800", "must be a time that exists"),
    ],
)
def test_cell__that_breaks_its_rule__rejects_its_row(column, text, rule):
    rejected = only_rejected(
        PAYPAL, HEAD + BEGIN + rows_of(PAYMENT, PAYMENT | {column: text}, PAYMENT)
    )

    assert (rejected.number, rejected.line, rejected.column, rejected.rule) == (2, 6, column, rule)


def test_rejected_row__with_a_card_number__does_not_show_it():
    row = a_row(Gross_Transaction_Amount="4242424242424242 ")

    assert only_rejected(PAYPAL, HEAD + BEGIN + rows_of(row)).value is None


def test_row__of_another_width__is_rejected():
    rejected = only_rejected(PAYPAL, f'{HEAD}{BEGIN}{NAMES}{ROW},""\n')

    assert (rejected.column, rejected.rule) == (None, "must have 15 columns, and has 16")


def test_rejected_row__refuses_the_file_before_its_totals_do():
    text = HEAD + a_section(
        PAYMENT,
        a_row(Fee_Amount="x"),
        a_row(Fee_Amount="y"),
        ends=totals((1, 1, 1, 1), 9) + '"SC",9\n',
    )

    assert refusal(text) == (
        "line 6 cannot be read: Fee Amount must be a whole number of at most 16 digits, with no"
        " sign; without it the totals of the file cannot be proved"
    )


def test_row_that_is_no_record__refuses_the_file():
    assert refusal(ONE_PAYMENT, rows_beside=2) == (
        "2 of its 3 rows cannot be read, and without them the totals of the file cannot be proved"
    )


def test_authorization__is_of_another_report_and_refuses_the_file():
    text = HEAD + BEGIN + rows_of(a_row(Transaction_Event_Code="T1300"))

    assert refusal(text) == (
        "line 5 is an authorization, which moves no money: this is no settlement report, but a"
        " transaction detail report"
    )


def test_header__with_tabs__says_so():
    with pytest.raises(FileRefused) as caught:
        PAYPAL.open(["RH\t2026/01/06 02:44:19 -0800\tA", "B"])

    assert caught.value.reason == "line 1: the columns are separated by tabs, and must be by commas"


@pytest.mark.parametrize("first", [[], [""], ["FH", "01"], ["row_id", "RH"], ["RHX"]])
def test_header__of_another_format__is_not_taken(first):
    assert PAYPAL.open(first) is None


# What PayPal has of each is written here once more, so that nothing of the project decides it.
_MINOR_UNITS = {"USD": 1, "JPY": 1, "HUF": 100}
_AMOUNT = st.integers(min_value=0, max_value=10**12)
_SIDE = st.sampled_from(("CR", "DR"))


@st.composite
def transactions(draw):
    return (
        draw(st.sampled_from(("T0006", "T1107", "T1110", "T0400", "T2001"))),
        draw(st.sampled_from(sorted(_MINOR_UNITS))),
        draw(_SIDE),
        draw(_AMOUNT),
        draw(_SIDE),
        draw(_AMOUNT),
    )


@st.composite
def sections(draw):
    said = draw(st.lists(transactions(), min_size=1, max_size=8))
    return tuple(draw(st.permutations(COLUMNS))), said


def write(parts) -> list[list[str]]:
    """Records of a report; the first cell is their type."""
    records = [["RH", "2026/01/06 02:44:19 -0800", "A", "M1", "009", ""], ["FH", "01"]]
    count = 0
    whole: dict[str, list[int]] = {}
    for columns, said in parts:
        records += [["SH", "a", "b", "M1", ""], ["CH", *columns]]
        sums: dict[str, list[int]] = {}
        for n, (code, currency, side, gross, fee_side, fee) in enumerate(said):
            cells = a_row(
                Transaction_ID=f"T{count + n}",
                Custom_Field=f"pay_{count + n}",
                Transaction_Event_Code=code,
                Transaction_Debit_or_Credit=side,
                Gross_Transaction_Amount=str(gross),
                Gross_Transaction_Currency=currency,
                Fee_Debit_or_Credit=fee_side,
                Fee_Amount=str(fee),
                Fee_Currency=currency,
            )
            records.append(["SB", *(cells[name] for name in columns)])
            for one in (sums, whole):
                four = one.setdefault(currency, [0, 0, 0, 0])
                four[0 if side == "CR" else 1] += gross
                four[2 if fee_side == "CR" else 3] += fee
        records += [["SF", currency, *map(str, four)] for currency, four in sums.items()]
        records.append(["SC", str(len(said))])
        count += len(said)
    records += [["RF", currency, *map(str, four)] for currency, four in whole.items()]
    return [*records, ["RC", str(count)], ["FF", str(count)]]


def joined(records: list[list[str]]) -> str:
    return "".join(",".join(record) + "\r\n" for record in records)


@given(st.lists(sections(), min_size=1, max_size=3))
def test_file__written_from_rows__is_read_as_these(parts):
    rows = read_proved(PAYPAL, joined(write(parts)))
    said = [(str(n), one) for n, (_, some) in enumerate(parts, start=1) for one in some]

    assert [
        (row.batch, row.currency, row.gross_minor, row.cost_minor, row.payment_id) for row in rows
    ] == [
        (
            batch,
            currency,
            gross * _MINOR_UNITS[currency] * (1 if side == "CR" else -1),
            fee * _MINOR_UNITS[currency] * (-1 if fee_side == "CR" else 1),
            f"pay_{n}",
        )
        for n, (batch, (_, currency, side, gross, fee_side, fee)) in enumerate(said)
    ]


@given(st.lists(sections(), min_size=1, max_size=3), st.data())
def test_file__with_one_number_changed__is_refused(parts, data):
    records = write(parts)
    columns = {"SF": (2, 3, 4, 5), "SC": (1,), "RF": (2, 3, 4, 5), "RC": (1,)}
    names: list[str] = []
    places = []
    for line, record in enumerate(records):
        if record[0] == "CH":
            names = record
        if record[0] == "SB":
            amounts = ("Gross Transaction Amount", "Fee Amount")
            places += [(line, names.index(name)) for name in amounts]
        places += [(line, place) for place in columns.get(record[0], ())]
    line, place = data.draw(st.sampled_from(places))
    records[line][place] = str(int(records[line][place]) + data.draw(st.integers(1, 10**6)))

    with pytest.raises(FileRefused):
        prove(PAYPAL, joined(records))


@given(st.lists(sections(), min_size=1, max_size=2), st.data())
def test_file__with_one_row_left_out__is_refused(parts, data):
    records = write(parts)
    rows = [line for line, record in enumerate(records) if record[0] == "SB"]
    del records[data.draw(st.sampled_from(rows))]

    with pytest.raises(FileRefused):
        prove(PAYPAL, joined(records))
