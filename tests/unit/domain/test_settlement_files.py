"""Files of every kind of damage: a row rejected with line, column and rule, or the file refused
whole with its reason; nothing lost, nothing guessed."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain import settlement_files
from oncepay.domain.settlement_files import (
    MAX_RECORD_CHARACTERS,
    FileRefused,
    SettlementFile,
)
from oncepay.domain.settlement_rows import RejectedRow, SettlementRow
from tests.dropped_files import HEADER, a_file, a_line

GOOD = a_line("pay_good")


def rows_of(content: bytes) -> list[SettlementRow | RejectedRow]:
    return list(SettlementFile(io.BufferedReader(io.BytesIO(content))))


def refusal_of(content: bytes) -> str:
    with pytest.raises(FileRefused) as refused:
        rows_of(content)
    return refused.value.reason


def seen(content: bytes) -> list[tuple[int, int, str]]:
    """Row, line, and `ok` or the column at fault (`row` if it is the whole row)."""
    return [
        (row.number, row.line, "ok" if isinstance(row, SettlementRow) else row.column or "row")
        for row in rows_of(content)
    ]


def test_read__good_row__has_its_values() -> None:
    [row] = rows_of(a_file(a_line("pay_a", 5000, 100, row_id="r-1")))
    assert isinstance(row, SettlementRow)
    assert (row.row_id, row.type, row.payment_id) == ("r-1", "payment", "pay_a")
    assert (row.amount_minor, row.fee_minor, row.currency) == (5000, 100, "USD")
    assert row.occurred_at.isoformat() == "2026-11-20T10:00:00+00:00"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf" + a_file(GOOD, GOOD), id="byte_order_mark"),
        pytest.param(a_file(GOOD, GOOD).replace(b"\n", b"\r\n"), id="crlf"),
        pytest.param(a_file(GOOD, GOOD).replace(b"\n", b"\r"), id="cr"),
        pytest.param(a_file(GOOD, GOOD).rstrip(), id="no_end_of_last_line"),
        pytest.param(a_file(GOOD, GOOD).replace(b"pay_good", b'"pay_good"'), id="quoted"),
    ],
)
def test_read__any_line_end_and_mark__is_the_same_file(content: bytes) -> None:
    assert seen(content) == [(1, 2, "ok"), (2, 3, "ok")]


def test_read__empty_lines__are_no_rows() -> None:
    assert seen(a_file(GOOD, "", GOOD, "")) == [(1, 2, "ok"), (2, 4, "ok")]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        pytest.param(a_line("pay_a", "12.50"), "amount_minor", id="decimal"),
        pytest.param(a_line("pay_a", "1e3"), "amount_minor", id="exponent"),
        pytest.param(a_line("pay_a", "1_000"), "amount_minor", id="underscore"),
        pytest.param(a_line("pay_a", "١٢"), "amount_minor", id="arabic_digits"),
        pytest.param(a_line("pay_a", "NaN"), "amount_minor", id="nan"),
        pytest.param(a_line("pay_a", "-5"), "amount_minor", id="negative"),
        pytest.param(a_line("pay_a", "+5"), "amount_minor", id="plus"),
        pytest.param(a_line("pay_a", " 5"), "amount_minor", id="blank_before"),
        pytest.param(a_line("pay_a", ""), "amount_minor", id="no_amount"),
        pytest.param(a_line("pay_a", 10**15 + 1), "amount_minor", id="too_large"),
        pytest.param(a_line("pay_a", 1, "0x1"), "fee_minor", id="hexadecimal_fee"),
        pytest.param(a_line("=1+1"), "payment_id", id="formula"),
        pytest.param(a_line("@SUM(A1)"), "payment_id", id="formula_at"),
        pytest.param(a_line("pay_a", row_id="-2+3"), "row_id", id="formula_minus"),
        pytest.param(a_line("pay_a", row_id=""), "row_id", id="no_row_id"),
        pytest.param(a_line("pay_\0a"), "payment_id", id="nul"),
        pytest.param(a_line("p" * 101), "payment_id", id="long_id"),
        pytest.param(a_line("4111111111111111"), "payment_id", id="card_number"),
        pytest.param(a_line("pay_a", type_="Payment"), "type", id="type"),
        pytest.param(a_line("pay_a", currency="usd"), "currency", id="lower_case_currency"),
        pytest.param(a_line("pay_a", currency="ZZZ"), "currency", id="unknown_currency"),
        pytest.param(a_line("pay_a", occurred_at="2026-02-30T00:00:00Z"), "occurred_at", id="day"),
        pytest.param(a_line("pay_a", occurred_at="yesterday"), "occurred_at", id="no_time"),
        pytest.param(a_line('"pay\na"'), "row", id="quoted_new_line"),
        pytest.param("r1,payment,pay_a", "row", id="short"),
        pytest.param(GOOD + ",more", "row", id="long"),
        pytest.param(" ", "row", id="a_blank"),
        pytest.param('"r1"x,payment,pay_a,1,1,USD,2026-01-01T00:00:00Z', "row", id="after_quote"),
        pytest.param(a_line("p" * 131_073), "row", id="field_too_long_for_csv"),
        pytest.param(a_line("p" * MAX_RECORD_CHARACTERS), "row", id="line_too_long"),
    ],
)
def test_read__bad_row__is_rejected_alone_with_line_and_column(line: str, column: str) -> None:
    lines = line.count("\n") + 1
    assert seen(a_file(GOOD, line, GOOD)) == [
        (1, 2, "ok"),
        (2, 3, column),
        (3, 3 + lines, "ok"),
    ]


@pytest.mark.parametrize(
    ("text", "amount_minor"),
    [
        ("0", 0),
        ("000", 0),
        ("00" + str(10**15), 10**15),
        ("0" * 5_000 + "12", 12),
    ],
    ids=["nought", "noughts", "padded_largest", "padded_without_end"],
)
def test_read__amount_padded_with_noughts__is_read(text: str, amount_minor: int) -> None:
    [row] = rows_of(a_file(a_line("pay_a", text)))
    assert isinstance(row, SettlementRow)
    assert row.amount_minor == amount_minor


def test_read__rejected__says_rule_and_value() -> None:
    [row] = rows_of(a_file(a_line("pay_a", "12.50")))
    assert isinstance(row, RejectedRow)
    assert row.rule == (
        "must be a whole number of minor units, 0 to 1000000000000000, in digits only"
    )
    assert row.value == "12.50"


def test_read__row_of_two_lines__is_rejected_naming_both() -> None:
    rows = rows_of(a_file(GOOD, 'r2,"payment', 'x",y', GOOD))
    assert isinstance(rows[1], RejectedRow)
    assert rows[1].rule == "must be one line, and goes on over lines 3 to 4"
    assert [(row.number, row.line) for row in rows] == [(1, 2), (2, 3), (3, 5)]


def test_read__more_lines_than_there_may_be__is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settlement_files, "MAX_LINES", 3)
    assert len(rows_of(a_file(GOOD, GOOD))) == 2
    assert refusal_of(a_file(GOOD, "", "")) == "the file has more than 3 lines; split it"


def test_read__value_cut_short_to_a_card_number__is_not_shown() -> None:
    # As a whole, of too many digits for a card.
    value = "." * 84 + "4111111111111111" + "111111"
    [row] = rows_of(a_file(a_line("pay_a", value)))
    assert isinstance(row, RejectedRow)
    assert row.value is None


def test_read__header_like_a_card_number__is_not_shown() -> None:
    assert "4111" not in refusal_of(f"{HEADER},4111111111111111\n".encode())


def test_read__rejected_with_a_card_number__does_not_show_it() -> None:
    [row] = rows_of(a_file(a_line("pay_a", "4111 1111 1111 1111")))
    assert isinstance(row, RejectedRow)
    assert (row.column, row.value) == ("amount_minor", None)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b"\xef\xbb\xbf", "the file is empty", id="only_a_mark"),
        pytest.param(
            a_file(GOOD).decode().encode("utf-16"),
            "the file is UTF-16, not UTF-8; save it as CSV UTF-8",
            id="utf_16",
        ),
        pytest.param(
            a_file(GOOD, a_line("caf\u00e9")).decode().encode("cp1252"),
            "the file is not UTF-8: line 3 has a byte 0xE9 that no UTF-8 text has there;"
            " save it as CSV UTF-8",
            id="cp1252",
        ),
        pytest.param(
            a_file(*[GOOD] * 1000) + b"\xe9\r\n",
            "the file is not UTF-8: line 1002 has a byte 0xE9 that no UTF-8 text has there;"
            " save it as CSV UTF-8",
            id="cp1252_far_down",
        ),
        pytest.param(
            a_file(GOOD, '"r1,payment', GOOD),
            "a quote opened in line 3 is never closed",
            id="quote_never_closed",
        ),
        pytest.param(
            a_file('"open', *[GOOD] * 2000),
            "a quote opened in line 2 is not closed for too long",
            id="quote_not_closed_for_too_long",
        ),
        pytest.param(
            a_file('"open', 'close"x,payment', GOOD),
            "the quotes of lines 2 to 3 do not match",
            id="quotes_do_not_match",
        ),
        pytest.param(
            a_file(GOOD, 'r2,"payment', GOOD, GOOD, 'r5",x', GOOD),
            "quotes make one row of lines 3 to 6",
            id="rows_swallowed_by_stray_quotes",
        ),
        pytest.param(
            a_file('"a"b,"c', GOOD, 'd",x'),
            "the quotes of line 2 do not match",
            id="quote_left_open_by_a_bad_row",
        ),
        pytest.param(
            a_file(f'x"{"y" * MAX_RECORD_CHARACTERS},"c', GOOD, 'd",x'),
            f"line 2 is longer than {MAX_RECORD_CHARACTERS} characters, and quotes in it leave open"
            " where it ends",
            id="quote_left_open_by_a_long_line",
        ),
        pytest.param(
            a_file(f'r1,"{"x" * MAX_RECORD_CHARACTERS}', GOOD),
            f"line 2 is longer than {MAX_RECORD_CHARACTERS} characters, and quotes in it leave open"
            " where it ends",
            id="long_line_with_an_open_quote",
        ),
    ],
)
def test_read__damaged_file__is_refused_whole(content: bytes, reason: str) -> None:
    assert refusal_of(content) == reason


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        ("a,b,c", "none of its columns is known"),
        ("", "none of its columns is known"),
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
    ],
)
def test_read__other_header__is_refused_saying_what_differs(header: str, fault: str) -> None:
    content = f"{header}\n{GOOD}\n".encode()
    assert refusal_of(content) == f"line 1 must be the header {HEADER}; {fault}"


def test_read__header_only__has_no_rows() -> None:
    assert rows_of(a_file()) == []


@given(st.lists(st.lists(st.text(max_size=20), min_size=1, max_size=9), max_size=12))
def test_read__whatever_csv_writes__has_as_many_rows_as_were_written(
    records: list[list[str]],
) -> None:
    text = io.StringIO(newline="")
    text.write(HEADER + "\r\n")
    csv.writer(text).writerows(records)
    encoded = text.getvalue().encode("utf-8", "surrogatepass")
    try:
        encoded.decode()
    except UnicodeDecodeError:
        assert refusal_of(encoded).startswith("the file is not UTF-8")
        return
    try:
        rows = rows_of(encoded)
    except FileRefused as refused:
        assert refused.reason.startswith("quotes make one row")
        assert any(len(re.findall(r"\r\n|\r|\n", "".join(record))) > 1 for record in records)
    else:
        assert len(rows) == len(records)


@given(st.binary(max_size=400))
def test_read__any_bytes_after_the_header__are_rows_or_a_refusal(content: bytes) -> None:
    try:
        rows = rows_of(HEADER.encode() + b"\n" + content)
    except FileRefused as refused:
        assert refused.reason
    else:
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))
