"""Our own format to the letter: every column's rule, in the words that have always been said; and
the fast way through good rows says the same as the careful one."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncepay.domain.settlement_formats.native import COLUMNS, NativeFormat, NativeReader
from oncepay.domain.settlement_formats.row import (
    FileRefused,
    RejectedRow,
    RowKind,
    SettlementRow,
)

GOOD = {
    "row_id": "r-1",
    "type": "payment",
    "payment_id": "pay_a",
    "amount_minor": "5000",
    "fee_minor": "100",
    "currency": "USD",
    "occurred_at": "2026-11-20T10:00:00Z",
}


def a_record(**overrides: str) -> list[str]:
    return list((GOOD | overrides).values())


def read(record: Sequence[str]) -> SettlementRow | RejectedRow:
    return NativeReader().read(record, number=7, line=9)


def rejected(**overrides: str) -> tuple[str | None, str, str | None]:
    row = read(a_record(**overrides))
    assert isinstance(row, RejectedRow)
    assert (row.number, row.line) == (7, 9)
    return row.column, row.rule, row.value


def test_read__payment__has_its_values() -> None:
    assert read(a_record()) == SettlementRow(
        number=7,
        line=9,
        row_id="r-1",
        kind=RowKind.PAYMENT,
        payment_id="pay_a",
        reference=None,
        own_reference=None,
        gross_minor=5_000,
        cost_minor=0,
        fee_minor=100,
        currency="USD",
        batch="",
        occurred_at=datetime(2026, 11, 20, 10, tzinfo=UTC),
    )


def test_read__refund__counts_against() -> None:
    row = read(a_record(type="refund"))
    assert isinstance(row, SettlementRow)
    assert (row.kind, row.gross_minor, row.fee_minor) == (RowKind.REFUND, -5_000, 100)


@pytest.mark.parametrize("type_", ["payment", "refund"])
def test_read_lines__good_row__is_what_reading_its_cells_gives(type_: str) -> None:
    record = a_record(type=type_)
    [fast] = read_lines(",".join(record))
    careful = NativeReader().read(record, number=7, line=9)
    assert fast == careful
    assert isinstance(fast, SettlementRow)
    assert isinstance(careful, SettlementRow)
    assert type(fast.kind) is type(careful.kind) is RowKind


@pytest.mark.parametrize(
    ("text", "amount_minor"),
    [
        pytest.param("0", 0, id="nought"),
        pytest.param("000", 0, id="noughts"),
        pytest.param("999999999999999", 999_999_999_999_999, id="fifteen_digits"),
        pytest.param("1000000000000000", 10**15, id="largest"),
        pytest.param("00" + str(10**15), 10**15, id="padded_largest"),
        pytest.param("0" * 5_000 + "12", 12, id="padded_without_end"),
    ],
)
def test_read__amount_and_fee__are_whole_minor_units(text: str, amount_minor: int) -> None:
    row = read(a_record(amount_minor=text, fee_minor=text))
    assert isinstance(row, SettlementRow)
    assert (row.gross_minor, row.fee_minor) == (amount_minor, amount_minor)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20T10:00:00Z", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20t10:00:00z", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20T10:00:00.5Z", datetime(2026, 11, 20, 10, 0, 0, 500_000, UTC)),
        ("2026-11-20T10:00:00.1234567Z", datetime(2026, 11, 20, 10, 0, 0, 123_456, UTC)),
        ("2026-11-20T10:00:00+02:30", datetime(2026, 11, 20, 7, 30, tzinfo=UTC)),
        ("2024-02-29T23:59:59Z", datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_read__time_in_any_zone__is_utc(text: str, moment: datetime) -> None:
    row = read(a_record(occurred_at=text))
    assert isinstance(row, SettlementRow)
    assert (row.occurred_at, row.occurred_at.utcoffset()) == (moment, moment.utcoffset())


NAME = "must be 1 to 100 letters, digits and _ - . : / #, beginning with a letter or digit"
AMOUNT = "must be a whole number of minor units, 0 to 1000000000000000, in digits only"
CURRENCY = "must be an active ISO 4217 code in upper case, or BTC"
TIME = "must be an RFC 3339 time, such as 2026-11-21T04:12:33Z"
CARD = "must not hold a card number"
TYPE = "must be payment or refund"


@pytest.mark.parametrize(
    ("column", "text", "rule"),
    [
        pytest.param("row_id", "", NAME, id="no_row_id"),
        pytest.param("row_id", "-2+3", NAME, id="formula_minus"),
        pytest.param("row_id", "=1+1", NAME, id="formula_equals"),
        pytest.param("row_id", "+1", NAME, id="formula_plus"),
        pytest.param("row_id", "@SUM(A1)", NAME, id="formula_at"),
        pytest.param("row_id", "\tr1", NAME, id="formula_tab"),
        pytest.param("row_id", "r,1", NAME, id="comma"),
        pytest.param("row_id", 'r"1', NAME, id="quote"),
        pytest.param("row_id", "r" * 101, NAME, id="long_row_id"),
        pytest.param("payment_id", "", NAME, id="no_payment_id"),
        pytest.param("payment_id", "=1+1", NAME, id="formula"),
        pytest.param("payment_id", "pay_\0a", NAME, id="nul"),
        pytest.param("payment_id", "pay_é", NAME, id="not_ascii"),
        pytest.param("payment_id", "p" * 101, NAME, id="long_payment_id"),
        pytest.param("type", "Payment", TYPE, id="type"),
        pytest.param("type", "", TYPE, id="no_type"),
        pytest.param("amount_minor", "12.50", AMOUNT, id="decimal"),
        pytest.param("amount_minor", "1e3", AMOUNT, id="exponent"),
        pytest.param("amount_minor", "1_000", AMOUNT, id="underscore"),
        pytest.param("amount_minor", "1,000", AMOUNT, id="thousands"),
        pytest.param("amount_minor", "١٢", AMOUNT, id="arabic_digits"),
        pytest.param("amount_minor", "²", AMOUNT, id="superscript"),
        pytest.param("amount_minor", "NaN", AMOUNT, id="nan"),
        pytest.param("amount_minor", "Infinity", AMOUNT, id="infinity"),
        pytest.param("amount_minor", "-5", AMOUNT, id="negative"),
        pytest.param("amount_minor", "+5", AMOUNT, id="plus"),
        pytest.param("amount_minor", " 5", AMOUNT, id="blank_before"),
        pytest.param("amount_minor", "5 ", AMOUNT, id="blank_after"),
        pytest.param("amount_minor", "", AMOUNT, id="no_amount"),
        pytest.param("amount_minor", "1000000000000001", AMOUNT, id="too_large"),
        pytest.param("amount_minor", "9" * 5_000, AMOUNT, id="far_too_large"),
        pytest.param("fee_minor", "0x1", AMOUNT, id="hexadecimal_fee"),
        pytest.param("fee_minor", "", AMOUNT, id="no_fee"),
        pytest.param("currency", "usd", CURRENCY, id="lower_case_currency"),
        pytest.param("currency", "ZZZ", CURRENCY, id="unknown_currency"),
        pytest.param("currency", "XAU", CURRENCY, id="gold"),
        pytest.param("currency", "", CURRENCY, id="no_currency"),
        pytest.param("occurred_at", "2026-02-30T00:00:00Z", TIME, id="day"),
        pytest.param("occurred_at", "2026-01-01T25:00:00Z", TIME, id="hour"),
        pytest.param("occurred_at", "0000-01-01T00:00:00Z", TIME, id="year"),
        pytest.param("occurred_at", "2026-01-01", TIME, id="no_time_of_day"),
        pytest.param("occurred_at", "2026-01-01T00:00:00", TIME, id="no_zone"),
        pytest.param("occurred_at", "20260101T000000Z", TIME, id="no_dashes"),
        pytest.param("occurred_at", "٢٠٢٦-01-01T00:00:00Z", TIME, id="arabic_year"),
        pytest.param("occurred_at", "0001-01-01T00:00:00+01:00", TIME, id="before_all_time"),
        pytest.param("occurred_at", "yesterday", TIME, id="no_time"),
    ],
)
def test_read__bad_cell__is_rejected_by_its_columns_rule(column: str, text: str, rule: str) -> None:
    shown = text if len(text) <= 100 else text[:100] + "..."
    assert rejected(**{column: text}) == (column, rule, shown)


@pytest.mark.parametrize("column", COLUMNS)
def test_read__line_feed_in_a_cell__is_not_taken_for_the_end_of_it(column: str) -> None:
    assert rejected(**{column: GOOD[column] + "\n"})[0] == column


@pytest.mark.parametrize("text", ["4111111111111111", "pay_4111-1111-1111-1111"])
def test_read__card_number__is_rejected_and_not_shown(text: str) -> None:
    assert rejected(payment_id=text) == ("payment_id", CARD, None)


def test_read__card_number_of_other_digits__breaks_the_rule_of_names_and_is_not_shown() -> None:
    full_width = "".join(chr(ord(digit) - ord("0") + 0xFF10) for digit in "4111111111111111")
    assert rejected(payment_id=full_width) == ("payment_id", NAME, None)


def test_read__thirteen_digits_that_are_no_card_number__are_read() -> None:
    row = read(a_record(payment_id="pay_4111111111111112"))
    assert isinstance(row, SettlementRow)
    assert row.payment_id == "pay_4111111111111112"


def test_read__card_number_in_another_cell__is_not_shown() -> None:
    assert rejected(amount_minor="4111 1111 1111 1111") == ("amount_minor", AMOUNT, None)


def test_read__value_cut_short_to_a_card_number__is_not_shown() -> None:
    # As a whole, of too many digits for a card.
    value = "." * 84 + "4111111111111111" + "111111"
    assert rejected(payment_id=value) == ("payment_id", NAME, None)


def test_read__several_bad_cells__names_the_first() -> None:
    assert rejected(amount_minor="x", type="y", currency="z")[0] == "type"


@pytest.mark.parametrize(
    ("record", "rule"),
    [
        pytest.param(["r1", "payment"], "must have 7 columns, and has 2", id="short"),
        pytest.param([*a_record(), ""], "must have 7 columns, and has 8", id="long"),
        pytest.param([" "], "must have 7 columns, and has 1", id="blank"),
        pytest.param(
            ["r1,payment", *a_record()[2:]], "must have 7 columns, and has 6", id="comma_in_a_cell"
        ),
    ],
)
def test_read__other_number_of_cells__is_rejected_as_a_whole(record: list[str], rule: str) -> None:
    assert read(record) == RejectedRow(number=7, line=9, column=None, rule=rule, value=None)


GOOD_LINE = ",".join(a_record())


def read_lines(*lines: str) -> list[SettlementRow | RejectedRow]:
    return NativeReader().read_lines("".join(f"{line}\n" for line in lines), number=7, line=9)


def test_read_lines__good_rows__are_counted_on() -> None:
    rows = read_lines(GOOD_LINE, GOOD_LINE)
    assert [(row.number, row.line) for row in rows] == [(7, 9), (8, 10)]


@pytest.mark.parametrize(
    ("bad", "column"),
    [
        pytest.param("short", None, id="short"),
        pytest.param(",".join(["x", *a_record()]), None, id="good_row_after_a_cell"),
        pytest.param(",".join([*a_record(), "x"]), None, id="good_row_before_a_cell"),
        pytest.param(",".join(a_record(amount_minor="12.50")), "amount_minor", id="bad_cell"),
        pytest.param(",".join(a_record(row_id="")), "row_id", id="no_row_id"),
        pytest.param(",".join(a_record(currency="ZZZ")), "currency", id="currency"),
        pytest.param(
            ",".join(a_record(occurred_at="2026-02-30T00:00:00Z")), "occurred_at", id="day"
        ),
        pytest.param(
            ",".join(a_record(payment_id="4111111111111111")), "payment_id", id="card_number"
        ),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_read_lines__one_that_is_not_good__is_rejected_alone(
    bad: str, column: str | None, place: int
) -> None:
    lines = [GOOD_LINE] * 2
    lines.insert(place, bad)
    rows = read_lines(*lines)
    assert [(row.number, row.line) for row in rows] == [(7, 9), (8, 10), (9, 11)]
    rejected_rows = [row for row in rows if isinstance(row, RejectedRow)]
    assert [(row.number, row.column) for row in rejected_rows] == [(7 + place, column)]


def test_read_lines__empty_ones__are_no_rows_and_count_as_lines() -> None:
    rows = read_lines("", GOOD_LINE, "", "", "short", "")
    assert [(row.number, row.line) for row in rows] == [(7, 10), (8, 13)]


def test_read_lines__good_row_that_only_the_careful_way_reads__is_read() -> None:
    rows = read_lines(GOOD_LINE, ",".join(a_record(amount_minor="0" * 20 + "7")))
    assert isinstance(rows[1], SettlementRow)
    assert rows[1].gross_minor == 7


def characters(first: str) -> st.SearchStrategy[str]:
    return st.text(st.sampled_from(first), max_size=18)


CELLS = st.tuples(
    st.just("r1") | characters("a1=-\0"),
    st.sampled_from(["payment", "refund", "Payment"]),
    st.just("pay_a")
    | characters("pay_4142-")
    | st.from_regex(r"[3-6][0-9 -]{12,20}", fullmatch=True),
    st.integers(0, 10**15 + 2).map(str) | characters("0123.e-_²"),
    st.integers(0, 10**15 + 2).map(str) | characters("09"),
    st.sampled_from(["USD", "JPY", "BTC", "usd", "XAU"]),
    st.datetimes().map(lambda moment: moment.isoformat() + "Z")
    | st.sampled_from(["2026-02-29T00:00:00Z", "2026-11-20T10:00:00.1234567+23:59", "now"]),
)


@given(CELLS)
@settings(max_examples=300)
def test_read_lines__any_row__says_what_is_said_of_it_alone(record: tuple[str, ...]) -> None:
    row = read(record)
    if not set(',\n\r"').intersection("".join(record)):
        assert read_lines(",".join(record)) == [row]


HEADER = ",".join(COLUMNS)


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        (HEADER + ",note", "the column 'note' is not known"),
        (HEADER.replace("fee_minor,", ""), "the column fee_minor is missing"),
        (HEADER.replace("fee_minor", "fee"), "the column fee_minor is missing"),
        (HEADER + ",currency", "the column currency is there twice"),
        (HEADER.replace("row_id,type", "type,row_id"), "the columns are in another order"),
        (HEADER.upper(), "the names are in lower case there, with no blanks around them"),
        (
            HEADER.replace(",", ", "),
            "the names are in lower case there, with no blanks around them",
        ),
        (
            HEADER.replace(",", ";"),
            "its columns are separated by semicolons, and must be by commas",
        ),
        (HEADER.replace(",", "\t"), "its columns are separated by tabs, and must be by commas"),
        (HEADER + ",", "a column has no name: there is a comma too many"),
        (HEADER + ",4111111111111111", "the column '(not shown)' is not known"),
        ("\ufeff" + HEADER, "the column row_id is missing"),
    ],
)
def test_open__header_that_is_nearly_ours__is_refused_saying_what_differs(
    header: str, fault: str
) -> None:
    with pytest.raises(FileRefused) as refused:
        NativeFormat().open(header.split(","))
    assert refused.value.reason == f"line 1 must be the header {HEADER}; {fault}"


@pytest.mark.parametrize(
    "first",
    [
        pytest.param([], id="empty"),
        pytest.param(["a", "b", "c"], id="unknown"),
        pytest.param(a_record(), id="a_row"),
        pytest.param(["type", "currency", "occurred_at", "gross"], id="three_of_our_names"),
    ],
)
def test_open__other_header__is_of_another_format(first: list[str]) -> None:
    assert NativeFormat().open(first) is None


def test_open__our_header__gives_a_reader() -> None:
    assert isinstance(NativeFormat().open(list(COLUMNS)), NativeReader)
