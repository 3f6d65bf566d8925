"""Records and lines: one is the other, or it is rejected by a rule, or the file is refused."""

import csv
import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncepay.domain.settlement_formats import unpacking
from oncepay.domain.settlement_formats.records import (
    Record,
    Records,
    Rule,
    count_lines,
    plain_lines,
    records_of_lines,
)
from oncepay.domain.settlement_formats.row import FileRefused
from oncepay.domain.settlement_formats.text import MAX_RECORD_CHARACTERS, read_blocks

LONG = MAX_RECORD_CHARACTERS


def read_into(found: list[tuple[int, Record | Rule]], content: str) -> None:
    records = Records(read_blocks(io.BytesIO(content.encode())))
    while (block := records.take()) is not None:
        found.extend(records.split(block))


def records_of(content: str) -> list[tuple[int, Record | Rule]]:
    found: list[tuple[int, Record | Rule]] = []
    read_into(found, content)
    return found


def refusal_of(content: str) -> tuple[list[tuple[int, Record | Rule]], str]:
    """The records that were given before, and the reason."""
    found: list[tuple[int, Record | Rule]] = []
    with pytest.raises(FileRefused) as refused:
        read_into(found, content)
    return found, refused.value.reason


TWO_LINES = "must be one line, and goes on over lines {} to {}"
AFTER_QUOTE = "must have nothing between a closing quote and the next comma"
TOO_LONG = f"must be no longer than {LONG} characters"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("a,b\nc,d\n", [(1, ["a", "b"]), (2, ["c", "d"])], id="plain"),
        pytest.param('"a,b",""\n', [(1, ["a,b", ""])], id="quoted_comma"),
        pytest.param('a,"say ""b"""\n', [(1, ["a", 'say "b"'])], id="doubled_quotes"),
        pytest.param('a"b,c\n', [(1, ['a"b', "c"])], id="quote_inside_an_unquoted_cell"),
        pytest.param("a\n\nb\n", [(1, ["a"]), (2, []), (3, ["b"])], id="empty_line"),
        pytest.param(
            'a\n"b\nc",d\ne\n',
            [(1, ["a"]), (2, TWO_LINES.format(2, 3)), (4, ["e"])],
            id="line_end_in_quotes",
        ),
        pytest.param(
            'a\n"b\r\nc",d\r\ne\r\n',
            [(1, ["a"]), (2, TWO_LINES.format(2, 3)), (4, ["e"])],
            id="crlf_in_quotes",
        ),
        pytest.param(
            'a\n"b"c,d\ne\n', [(1, ["a"]), (2, AFTER_QUOTE), (3, ["e"])], id="after_closing_quote"
        ),
        pytest.param(
            'a"b\n"b"c,d\n"e\nf"\n',
            [(1, ['a"b']), (2, AFTER_QUOTE), (3, TWO_LINES.format(3, 4))],
            id="quotes_are_those_of_one_record",
        ),
        pytest.param(
            f"a\n{'x' * LONG}\nb\n", [(1, ["a"]), (2, TOO_LONG), (3, ["b"])], id="too_long"
        ),
        pytest.param(
            f"a\n{'x,' * 100_000}\nb\n", [(1, ["a"]), (2, TOO_LONG), (3, ["b"])], id="far_too_long"
        ),
        pytest.param(
            f"a\n{'x' * (LONG - 1)}\nb\n",
            [(1, ["a"]), (2, ["x" * (LONG - 1)]), (3, ["b"])],
            id="longest",
        ),
        pytest.param("a,\0\n", [(1, ["a", "\0"])], id="nul"),
    ],
)
def test_records__of_a_file_that_can_be_read__are_given_with_their_lines(
    content: str, expected: list[tuple[int, Record | Rule]]
) -> None:
    assert records_of(content) == expected


HEAD = [(1, ["a"])]


@pytest.mark.parametrize(
    ("content", "before", "reason"),
    [
        pytest.param('a\n"b,c\n', HEAD, "a quote opened in line 2 is never closed", id="unclosed"),
        pytest.param(
            'a\nb\n"c"d\n"e\n',
            [*HEAD, (2, ["b"]), (3, AFTER_QUOTE)],
            "a quote opened in line 4 is never closed",
            id="unclosed_far_down",
        ),
        pytest.param(
            'a\n"b\nc"d,e\n', HEAD, "the quotes of lines 2 to 3 do not match", id="no_match"
        ),
        pytest.param(
            'a\n"b"c,"d\ne",f\n', HEAD, "the quotes of line 2 do not match", id="left_open"
        ),
        pytest.param(
            'a\n"b\nc\nd",e\n', HEAD, "quotes make one row of lines 2 to 4", id="rows_swallowed"
        ),
        pytest.param(
            'a\n"' + "b\n" * 50_000,
            HEAD,
            "a quote opened in line 2 is not closed for too long",
            id="not_closed_for_too_long",
        ),
        pytest.param(
            'a\n"\n' + "b" * LONG,
            HEAD,
            "a quote opened in line 2 is not closed for too long",
            id="too_long_within_a_quote",
        ),
    ],
)
def test_records__where_the_next_one_begins_cannot_be_said__are_refused(
    content: str, before: list[tuple[int, Record | Rule]], reason: str
) -> None:
    assert refusal_of(content) == (before, reason)


@pytest.mark.parametrize(
    ("block", "lines"),
    [
        pytest.param("a,b\n\nc\n", "a,b\n\nc\n", id="no_quotes"),
        pytest.param('"a","b"\n"c",d\n', "a,b\nc,d\n", id="every_cell"),
        pytest.param('a,"b"\n\n"c"\n', "a,b\n\nc\n", id="last_cell"),
        pytest.param('""\n', None, id="one_empty_cell_is_a_record"),
        pytest.param('"a,b"\n', None, id="comma_inside"),
        pytest.param('"a""b"\n', None, id="quotes_inside"),
        pytest.param('"a\nb"\n', None, id="line_end_inside"),
        pytest.param('"a"b\n', None, id="something_after"),
        pytest.param('a"b"\n', None, id="something_before"),
        pytest.param('"a\n', None, id="never_closed"),
        pytest.param('a,b"\n', None, id="never_opened"),
        pytest.param("x" * LONG + "\n", None, id="too_long"),
    ],
)
def test_plain_lines__quotes_that_change_nothing__are_left_out(
    block: str, lines: str | None
) -> None:
    assert plain_lines(block) == lines


@given(st.text(st.sampled_from('ab,"\n'), max_size=24))
@settings(max_examples=200)
def test_plain_lines__of_any_text__have_the_cells_that_csv_reads(text: str) -> None:
    lines = plain_lines(text + "\n")
    if lines is not None:
        cells = [line.split(",") if line else [] for line in lines.split("\n")[:-1]]
        assert cells == list(csv.reader(io.StringIO(text + "\n", newline=""), strict=True))


CELLS = st.text(st.sampled_from('ab,"\n\ré'), max_size=6)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=8), st.integers(1, 60))
@settings(max_examples=100)
def test_records__that_csv_writes__are_read_back_or_rejected_for_their_line_ends(
    records: list[list[str]], size: int
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(records)
    ends = [sum(len(re.findall(r"\r\n|\r|\n", cell)) for cell in record) for record in records]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unpacking, "BLOCK_BYTES", size)
        try:
            found = records_of(text.getvalue())
        except FileRefused as refused:
            assert refused.reason.startswith("quotes make one row")
            assert max(ends) > 1
            return
    assert [record if isinstance(record, list) else None for _, record in found] == [
        None if end else record for record, end in zip(records, ends, strict=True)
    ]


@pytest.mark.parametrize(
    ("block", "rows"),
    [
        pytest.param("", 0, id="nothing"),
        pytest.param("a,b\nc\n", 2, id="plain"),
        pytest.param("\na\n\n\nb\n", 2, id="empty_lines"),
        pytest.param('"a","b"\n"",c\n', 2, id="quoted"),
        pytest.param('""\n', 1, id="one_empty_cell"),
        pytest.param('"a"b,c\n', 1, id="no_record_and_yet_a_row"),
        pytest.param('"a,b",c\n', None, id="quoted_comma"),
        pytest.param('"a\nb",c\n', None, id="quoted_line_end"),
        pytest.param('a"b,"c\nd",e"\n', None, id="quotes_even_in_every_line"),
        pytest.param('"\u00e9€😀","b"\n', 1, id="not_ascii"),
        pytest.param("x" * LONG + "\n", None, id="too_long"),
    ],
)
def test_count_lines__of_a_block__is_of_its_rows(block: str, rows: int | None) -> None:
    assert count_lines(block) == rows


@given(st.lists(st.text('a,",\n', max_size=12), max_size=6))
@settings(max_examples=300)
def test_count_lines__if_it_says_anything__is_what_is_read(lines: list[str]) -> None:
    block = "".join(f"{line}\n" for line in lines)
    counted = count_lines(block)

    if counted is not None:
        assert counted == len([record for _, record in records_of(f"x\n{block}") if record]) - 1


@given(st.lists(st.text('a,",\n', max_size=12), max_size=6))
@settings(max_examples=300)
def test_records_of_lines__if_there_are_any__are_what_is_read(lines: list[str]) -> None:
    block = "".join(f"{line}\n" for line in lines)
    records = records_of_lines(block)

    if records is not None:
        assert [*enumerate(records, 2)] == records_of(f"x\n{block}")[1:]
