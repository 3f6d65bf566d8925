"""Files of every kind of damage: a row rejected with line, column and rule, or the file refused
whole with its reason; nothing lost, nothing guessed, and the same however its bytes arrive."""

import csv
import gzip
import io
import random
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncepay.domain.settlement_formats import text
from oncepay.domain.settlement_formats.file import SettlementFile
from oncepay.domain.settlement_formats.format import Totals
from oncepay.domain.settlement_formats.native import NativeReader
from oncepay.domain.settlement_formats.row import FileRefused, RejectedRow, SettlementRow
from oncepay.domain.settlement_formats.text import MAX_RECORD_CHARACTERS
from tests.dropped_files import HEADER, a_file, a_line

GOOD = a_line("pay_good")

type Row = SettlementRow | RejectedRow


class Pieces(io.RawIOBase):
    """Bytes that arrive in pieces."""

    def __init__(self, *pieces: bytes) -> None:
        super().__init__()
        self._pieces = [piece for piece in pieces if piece]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._pieces:
            return 0
        piece = self._pieces.pop(0)
        buffer[: len(piece)] = piece
        return len(piece)


def rows_of(content: bytes) -> list[Row]:
    return list(SettlementFile(io.BytesIO(content)))


def outcome_of(stream: Any) -> tuple[list[Row], str | None]:
    """The rows, and the reason if the file is refused after them."""
    rows: list[Row] = []
    try:
        for row in SettlementFile(stream):
            rows.append(row)
    except FileRefused as refused:
        return rows, refused.reason
    return rows, None


def refusal_of(content: bytes) -> str | None:
    return outcome_of(io.BytesIO(content))[1]


def seen(content: bytes) -> list[tuple[int, int, str]]:
    """Row, line, and `ok` or the column at fault (`row` if it is the whole row)."""
    return [
        (row.number, row.line, "ok" if isinstance(row, SettlementRow) else row.column or "row")
        for row in rows_of(content)
    ]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbf" + a_file(GOOD, GOOD), id="byte_order_mark"),
        pytest.param(a_file(GOOD, GOOD).decode().encode("utf-16"), id="utf_16"),
        pytest.param(b"\xfe\xff" + a_file(GOOD, GOOD).decode().encode("utf-16-be"), id="utf_16_be"),
        pytest.param(gzip.compress(a_file(GOOD, GOOD)), id="gzip"),
        pytest.param(
            gzip.compress(a_file(GOOD, GOOD).decode().encode("utf-16")), id="gzip_of_utf_16"
        ),
        pytest.param(a_file(GOOD, GOOD).replace(b"\n", b"\r\n"), id="crlf"),
        pytest.param(a_file(GOOD, GOOD).replace(b"\n", b"\r"), id="cr"),
        pytest.param(a_file(GOOD, GOOD).rstrip(), id="no_end_of_last_line"),
        pytest.param(a_file(GOOD, GOOD).replace(b"pay_good", b'"pay_good"'), id="quoted"),
        pytest.param(a_file(GOOD, GOOD).replace(b"row_id", b'"row_id"'), id="quoted_header"),
    ],
)
def test_file__any_encoding_and_line_end__has_the_same_rows(content: bytes) -> None:
    assert rows_of(content) == rows_of(a_file(GOOD, GOOD))
    assert seen(content) == [(1, 2, "ok"), (2, 3, "ok")]


def test_file__native__is_of_the_native_format() -> None:
    assert SettlementFile(io.BytesIO(a_file())).format.name == "native"


def test_file__header_only__has_no_rows() -> None:
    assert rows_of(a_file()) == []


def test_file__empty_lines__are_no_rows() -> None:
    assert seen(a_file(GOOD, "", GOOD, "", "", "x", "")) == [
        (1, 2, "ok"),
        (2, 4, "ok"),
        (3, 7, "row"),
    ]


def test_file__iterated_in_turns__goes_on_where_it_stands() -> None:
    file = SettlementFile(io.BytesIO(a_file(*[GOOD] * 5)))
    first = [row.number for row, _ in zip(file, range(2), strict=False)]
    assert first + [row.number for row in file] == [1, 2, 4, 5]


@pytest.mark.parametrize(
    ("line", "column"),
    [
        pytest.param(a_line("pay_a", "12.50"), "amount_minor", id="decimal"),
        pytest.param(a_line("pay_a", "1e3"), "amount_minor", id="exponent"),
        pytest.param(a_line("pay_a", "1_000"), "amount_minor", id="underscore"),
        pytest.param(a_line("pay_a", "١٢"), "amount_minor", id="arabic_digits"),
        pytest.param(a_line("pay_a", "NaN"), "amount_minor", id="nan"),
        pytest.param(a_line("pay_a", ""), "amount_minor", id="empty_cell"),
        pytest.param(a_line("=1+1"), "payment_id", id="formula"),
        pytest.param(a_line('"=HYPERLINK(""x"")"'), "payment_id", id="quoted_formula"),
        pytest.param(a_line("pay_\0a"), "payment_id", id="nul"),
        pytest.param(a_line("4111111111111111"), "payment_id", id="card_number"),
        pytest.param(a_line("pay_a", currency="usd"), "currency", id="lower_case_currency"),
        pytest.param(a_line('"pay\na"'), "row", id="quoted_new_line"),
        pytest.param("r1,payment,pay_a", "row", id="short"),
        pytest.param(GOOD + ",more", "row", id="long"),
        pytest.param("total,,,5000,100,USD", "row", id="total_row"),
        pytest.param(HEADER, "type", id="header_again"),
        pytest.param(" ", "row", id="a_blank"),
        pytest.param('"r1"x,payment,pay_a,1,1,USD,2026-01-01T00:00:00Z', "row", id="after_quote"),
        pytest.param(a_line("p" * 131_073), "row", id="field_too_long_for_csv"),
        pytest.param(a_line("p" * MAX_RECORD_CHARACTERS), "row", id="line_too_long"),
        pytest.param(a_line("p" * 65_000), "payment_id", id="long_line"),
    ],
)
@pytest.mark.parametrize("around", [1, 900], ids=["small", "of_many_blocks"])
def test_file__bad_row__is_rejected_alone_with_line_and_column(
    line: str, column: str, around: int
) -> None:
    lines = line.count("\n") + 1
    good = [GOOD] * around
    rows = seen(a_file(*good, line, *good))
    assert rows[around] == (around + 1, around + 2, column)
    assert rows == [
        *((n, n + 1, "ok") for n in range(1, around + 1)),
        (around + 1, around + 2, column),
        *((n, n + lines, "ok") for n in range(around + 2, 2 * around + 2)),
    ]


def test_file__row_of_two_lines__is_rejected_naming_both() -> None:
    assert rows_of(a_file(GOOD, 'r2,"payment', 'x",y', GOOD))[1] == RejectedRow(
        number=2,
        line=3,
        column=None,
        rule="must be one line, and goes on over lines 3 to 4",
        value=None,
    )


@pytest.mark.parametrize(
    ("content", "rows", "reason"),
    [
        pytest.param(b"", 0, "the file is empty", id="empty"),
        pytest.param(b"\xef\xbb\xbf", 0, "the file is empty", id="only_a_mark"),
        pytest.param(gzip.compress(b""), 0, "the file is empty", id="gzip_of_nothing"),
        pytest.param(
            a_file(GOOD, a_line("caf\u00e9")).decode().encode("cp1252"),
            1,
            "the file is not UTF-8: line 3 has a byte 0xE9 that no UTF-8 text has there;"
            " save it as CSV UTF-8",
            id="cp1252",
        ),
        pytest.param(
            a_file(*[GOOD] * 1000) + b"\xe9\r\n",
            1000,
            "the file is not UTF-8: line 1002 has a byte 0xE9 that no UTF-8 text has there;"
            " save it as CSV UTF-8",
            id="cp1252_far_down",
        ),
        pytest.param(
            gzip.compress(a_file(GOOD)) + b"x",
            1,
            "the gzip file is damaged, or something else follows it; pack it again",
            id="gzip_and_more",
        ),
        pytest.param(
            a_file(GOOD, '"r1,payment', GOOD),
            1,
            "a quote opened in line 3 is never closed",
            id="quote_never_closed",
        ),
        pytest.param(
            a_file(*[GOOD] * 900, '"r1,payment', *[GOOD] * 10),
            900,
            "a quote opened in line 902 is never closed",
            id="quote_never_closed_far_down",
        ),
        pytest.param(
            a_file('"open', *[GOOD] * 2000),
            0,
            "a quote opened in line 2 is not closed for too long",
            id="quote_not_closed_for_too_long",
        ),
        pytest.param(
            a_file('"open', 'close"x,payment', GOOD),
            0,
            "the quotes of lines 2 to 3 do not match",
            id="quotes_do_not_match",
        ),
        pytest.param(
            a_file(GOOD, 'r2,"payment', GOOD, GOOD, 'r5",x', GOOD),
            1,
            "quotes make one row of lines 3 to 6",
            id="rows_swallowed_by_stray_quotes",
        ),
        pytest.param(
            a_file('"a"b,"c', GOOD, 'd",x'),
            0,
            "the quotes of line 2 do not match",
            id="quote_left_open_by_a_bad_row",
        ),
        pytest.param(
            a_file(f'x"{"y" * MAX_RECORD_CHARACTERS},"c', GOOD, 'd",x'),
            0,
            f"line 2 is longer than {MAX_RECORD_CHARACTERS} characters, and quotes in it leave open"
            " where it ends",
            id="quote_left_open_by_a_long_line",
        ),
        pytest.param(
            b'"a\nb"\n', 0, "line 1 cannot be read: it must be one line, and goes on over lines"
            " 1 to 2", id="first_record_of_two_lines",
        ),
        pytest.param(
            b"a" * 70_000 + b"\n" + a_file(GOOD),
            0,
            f"line 1 cannot be read: it must be no longer than {MAX_RECORD_CHARACTERS} characters",
            id="first_line_too_long",
        ),
    ],
)  # fmt: skip
def test_file__damaged__is_refused_whole_after_the_rows_before(
    content: bytes, rows: int, reason: str
) -> None:
    found, refused = outcome_of(io.BytesIO(content))
    assert (len(found), refused) == (rows, reason)


@pytest.mark.parametrize(
    ("first", "what"),
    [
        pytest.param("", "it is empty", id="empty"),
        pytest.param(GOOD, f"it is '{GOOD}'", id="a_row_and_no_header"),
        pytest.param("date,amount", "it is 'date,amount'", id="unknown"),
    ],
)
def test_file__first_line_of_no_format__is_refused(first: str, what: str) -> None:
    reason = refusal_of(f"{first}\n".encode() + a_file(GOOD))
    assert str(reason).startswith(f"line 1 begins no settlement file that is known: {what};")


def test_file__more_lines_than_there_may_be__is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "MAX_LINES", 3)
    assert len(rows_of(a_file(GOOD, GOOD))) == 2
    assert refusal_of(a_file(GOOD, "", "")) == "the file has more than 3 lines; split it"


def test_file__first_line_like_a_card_number__is_not_shown() -> None:
    assert "4111" not in str(refusal_of(f"{HEADER},4111111111111111\n".encode()))
    assert "4111" not in str(refusal_of(b"4111111111111111,5000,100\n"))


MIXED = (
    a_file(GOOD, '"r,é"', a_line("pay_b", "x"), "", a_line('"pay\r\nc"'), 'r"1,😀', GOOD)
    .replace(b"x,", b"x,\r\n\r\r\n")
)  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(MIXED, id="utf_8"),
        pytest.param(b"\xef\xbb\xbf" + MIXED, id="utf_8_mark"),
        pytest.param(MIXED.decode().encode("utf-16"), id="utf_16"),
        pytest.param(gzip.compress(MIXED), id="gzip"),
        pytest.param(gzip.compress(MIXED[:50]) + gzip.compress(MIXED[50:]), id="gzip_members"),
        pytest.param(MIXED + b"\xe9" + MIXED, id="bad_byte"),
        pytest.param(MIXED + b'"' + MIXED, id="open_quote"),
    ],
)
@pytest.mark.parametrize("buffered", [True, False])
def test_file__bytes_split_anywhere__has_the_same_rows(content: bytes, buffered: bool) -> None:
    whole = outcome_of(io.BytesIO(content))
    assert len(whole[0]) > 4
    for place in range(len(content) + 1):
        pieces: Any = Pieces(content[:place], content[place:])
        assert outcome_of(io.BufferedReader(pieces) if buffered else pieces) == whole
    assert outcome_of(Pieces(*(bytes([byte]) for byte in content))) == whole


def a_large_file(seed: int) -> bytes:
    """Of several blocks, some of good rows only, some with other lines in between."""
    chance = random.Random(seed)
    lines = []
    for number in range(1_500):
        others = number // 500 % 2 and chance.random() < 0.02
        line = a_line(f"pay_{number}", chance.randrange(10**6), row_id=f"r{number}")
        if others:
            line = chance.choice(["", "short", a_line("pay", "x"), '"q"x', '"two\nlines"', '"q",'])
        lines.append(line)
    return a_file(*lines)


@pytest.mark.parametrize("seed", range(3))
def test_skip__any_number_of_rows__leaves_those_that_follow(seed: int) -> None:
    content = a_large_file(seed)
    rows = rows_of(content)
    assert any(isinstance(row, RejectedRow) for row in rows)
    for skipped in (0, 1, 2, 333, 334, 499, 500, 700, 998, 1_200, len(rows) - 1, len(rows), 9_999):
        file = SettlementFile(io.BytesIO(content))
        file.skip(skipped)
        assert list(file) == rows[skipped:]


def test_skip__empty_lines_between__are_no_rows() -> None:
    content = a_file(*[GOOD, "", GOOD] * 1_000)
    file = SettlementFile(io.BytesIO(content))
    file.skip(1_999)
    assert list(file) == rows_of(content)[1_999:]


def test_skip__twice__adds_up() -> None:
    file = SettlementFile(io.BytesIO(a_file(*[GOOD] * 5)))
    file.skip(1)
    file.skip(2)
    assert [row.number for row in file] == [4, 5]


def test_skip__after_the_first_row_was_read__cannot_be() -> None:
    file = SettlementFile(io.BytesIO(a_file(GOOD, GOOD)))
    next(iter(file))
    with pytest.raises(ValueError, match="before the first one"):
        file.skip(1)


@pytest.mark.parametrize("quoted", [False, True])
def test_skip__rows_of_the_native_format__reads_none_of_them(
    monkeypatch: pytest.MonkeyPatch, quoted: bool
) -> None:
    read_lines = NativeReader.read_lines
    numbers: list[int] = []

    def recorded(reader: NativeReader, text: str, *, number: int, line: int) -> Any:
        numbers.append(number)
        return read_lines(reader, text, number=number, line=line)

    monkeypatch.setattr(NativeReader, "read", None)
    monkeypatch.setattr(NativeReader, "read_lines", recorded)
    line = GOOD.replace("pay_good", '"pay_good"') if quoted else GOOD
    file = SettlementFile(io.BytesIO(a_file(*[line] * 3_000)))
    file.skip(2_999)
    assert [row.number for row in file] == [3_000]
    assert len(numbers) == 1


def test_prove__after_rows_were_skipped__cannot_be() -> None:
    file = SettlementFile(io.BytesIO(a_file(GOOD)))
    file.skip(1)
    with pytest.raises(ValueError, match="skipped"):
        file.prove(Totals(rows=0, gross_minor={}, cost_minor={}, batches={}))


LINES = st.sampled_from([
    GOOD, GOOD, GOOD, a_line("pay_b", "x"), a_line('"pay_c"'), a_line("é€😀"), HEADER,
    '"open', 'close"', 'r,"a""b"', '"a"b', 'a"b', '"', '""',
    "", " ", "short", "\0", "\x0b\x0c\x85\u2028", ",,,,,,",
])  # fmt: skip


@given(st.lists(st.tuples(LINES, st.sampled_from(["\n", "\n", "\r\n", "\r"])), max_size=14))
@settings(max_examples=300)
def test_file__of_any_lines__has_the_same_rows_if_each_arrives_alone(
    lines: list[tuple[str, str]],
) -> None:
    pieces = [f"{HEADER}\n".encode(), *(f"{line}{end}".encode() for line, end in lines)]
    assert outcome_of(Pieces(*pieces)) == outcome_of(io.BytesIO(b"".join(pieces)))


@given(st.lists(st.lists(st.text(max_size=20), min_size=1, max_size=9), max_size=12))
def test_file__that_csv_writes__has_as_many_rows_as_were_written(
    records: list[list[str]],
) -> None:
    written = io.StringIO(newline="")
    written.write(HEADER + "\r\n")
    csv.writer(written).writerows(records)
    encoded = written.getvalue().encode("utf-8", "surrogatepass")
    rows, reason = outcome_of(io.BytesIO(encoded))
    if reason is None:
        assert len(rows) == len(records)
    elif reason.startswith("quotes make one row"):
        assert any(len(re.findall(r"\r\n|\r|\n", "".join(record))) > 1 for record in records)
    else:
        assert reason.startswith("the file is not UTF-8")
        with pytest.raises(UnicodeDecodeError):
            encoded.decode()


@given(st.binary(max_size=400), st.booleans())
def test_file__any_bytes_after_the_header__are_rows_or_a_refusal(
    content: bytes, packed: bool
) -> None:
    whole = HEADER.encode() + b"\n" + content
    rows, _ = outcome_of(io.BytesIO(gzip.compress(whole) if packed else whole))
    assert [row.number for row in rows] == list(range(1, len(rows) + 1))


@given(st.binary(max_size=200))
def test_file__any_bytes_that_say_gzip__are_rows_or_a_refusal(content: bytes) -> None:
    packed = gzip.compress(a_file(*[GOOD] * 20))
    rows, reason = outcome_of(io.BytesIO(packed[: len(content)] + content))
    assert reason is not None or len(rows) == 20
