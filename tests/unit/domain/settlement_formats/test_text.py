"""Lines of every encoding and with every end; what cannot be read is refused where it stands, after
all lines before it were given."""

import codecs
import io
import random
import re
import tracemalloc

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from oncepay.domain.settlement_formats import text, unpacking
from oncepay.domain.settlement_formats.row import FileRefused
from oncepay.domain.settlement_formats.text import MAX_RECORD_CHARACTERS, read_blocks

LONG = MAX_RECORD_CHARACTERS


def blocks_of(content: bytes) -> list[str]:
    return list(read_blocks(io.BytesIO(content)))


def lines_of(content: bytes) -> list[str]:
    return "".join(blocks_of(content)).split("\n")[:-1]


def refusal_of(content: bytes) -> tuple[list[str], str]:
    """The lines that were given before, and the reason."""
    blocks = []
    with pytest.raises(FileRefused) as refused:
        for block in read_blocks(io.BytesIO(content)):
            blocks.append(block)
    return "".join(blocks).split("\n")[:-1], refused.value.reason


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("a,é\n€,😀\n".encode(), id="utf_8"),
        pytest.param("a,é\n€,😀\n".encode("utf-8-sig"), id="utf_8_mark"),
        pytest.param(codecs.BOM_UTF16_LE + "a,é\n€,😀\n".encode("utf-16-le"), id="utf_16_le"),
        pytest.param(codecs.BOM_UTF16_BE + "a,é\n€,😀\n".encode("utf-16-be"), id="utf_16_be"),
    ],
)
def test_lines__any_encoding_that_is_known__are_the_same(content: bytes) -> None:
    assert lines_of(content) == ["a,é", "€,😀"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"a\nb\n", ["a", "b"], id="lf"),
        pytest.param(b"a\r\nb\r\n", ["a", "b"], id="crlf"),
        pytest.param(b"a\rb\r", ["a", "b"], id="cr"),
        pytest.param(b"a\nb", ["a", "b"], id="last_without_end"),
        pytest.param(b"a\n\r\n\rb", ["a", "", "", "b"], id="each_after_the_other"),
        pytest.param(b"a\r\r\n\n", ["a", "", ""], id="empty_lines"),
        pytest.param(b"\r", [""], id="only_an_end"),
        pytest.param(
            "a\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029b\n".encode(),
            ["a\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029b"],
            id="what_only_python_takes_for_ends",
        ),
        pytest.param(b"a\0b\n", ["a\0b"], id="nul"),
        pytest.param(b"", [], id="empty"),
        pytest.param(codecs.BOM_UTF8, [], id="only_a_utf_8_mark"),
        pytest.param(codecs.BOM_UTF16_LE, [], id="only_a_utf_16_mark"),
        pytest.param(codecs.BOM_UTF8 * 2 + b"a\n", ["\ufeffa"], id="second_mark_is_text"),
    ],
)
def test_lines__any_end__are_cut_there_and_nowhere_else(
    content: bytes, expected: list[str]
) -> None:
    assert lines_of(content) == expected


def test_blocks__first_line__is_one_of_its_own() -> None:
    assert blocks_of(b"a\nb\nc") == ["a\n", "b\n", "c\n"]
    assert blocks_of(b"a\nb\nc\n") == ["a\n", "b\nc\n"]


PIECES = st.sampled_from(
    ["a", '"', ",", "\r", "\n", "\r\n", "é", "€", "😀", "\0", "\ufeff", "x" * 9]
)


@given(
    st.lists(PIECES, max_size=30).map("".join),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"]),
    st.integers(1, 9),
)
@settings(max_examples=100)
def test_lines__blocks_of_any_size__are_the_same(content: str, encoding: str, size: int) -> None:
    mark = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}.get(encoding, b"")
    if encoding == "utf-8":
        content = content.lstrip("\ufeff")
    # With two noughts after it, the mark of UTF-16 is that of UTF-32.
    assume(encoding != "utf-16-le" or not content.startswith("\0"))
    *lines, last = re.split(r"\r\n|\r|\n", content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unpacking, "BLOCK_BYTES", size)
        assert lines_of(mark + content.encode(encoding)) == [*lines, *([last] if last else [])]


CP1252 = (
    "the file is not UTF-8: line {} has a byte 0x{} that no UTF-8 text has there; save it as CSV"
    " UTF-8"
)
UTF_16 = (
    "the file begins like UTF-16, and is none: line {} has bytes that no UTF-16 text has there;"
    " save it as CSV UTF-8"
)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 64, 32_768])
@pytest.mark.parametrize(
    ("content", "before", "reason"),
    [
        pytest.param(b"\xe9", [], CP1252.format(1, "E9"), id="first_byte"),
        pytest.param(b"a\nb\ncaf\xe9,1\nd\n", ["a", "b"], CP1252.format(3, "E9"), id="lf"),
        pytest.param(b"a\r\nb\r\ncaf\xe9", ["a", "b"], CP1252.format(3, "E9"), id="crlf"),
        pytest.param(b"a\r\xe9", [], CP1252.format(2, "E9"), id="right_after_cr"),
        pytest.param(b"a\r\rb\xe9", ["a", ""], CP1252.format(3, "E9"), id="cr"),
        pytest.param(b"a\nb\xc3", ["a"], CP1252.format(2, "C3"), id="cut_off_in_a_character"),
        pytest.param(b"a\nb\xc3\nc\n", ["a"], CP1252.format(2, "C3"), id="half_a_character"),
        pytest.param(b"a\n" * 500 + b"\x80", ["a"] * 500, CP1252.format(501, "80"), id="far_down"),
        pytest.param("a\nb".encode("utf-16")[:-1], ["a"], UTF_16.format(2), id="utf_16_cut_off"),
        pytest.param(
            codecs.BOM_UTF16_BE + b"\0a\0\n\xdc\0\0b",
            ["a"],
            UTF_16.format(2),
            id="utf_16_surrogate",
        ),
    ],
)
def test_lines__bad_byte__is_refused_with_its_line_after_the_lines_before(
    monkeypatch: pytest.MonkeyPatch, content: bytes, before: list[str], reason: str, size: int
) -> None:
    monkeypatch.setattr(unpacking, "BLOCK_BYTES", size)
    assert refusal_of(content) == (before, reason)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param("a\n".encode("utf-32"), "the file is UTF-32; save it as CSV UTF-8", id="le"),
        pytest.param(
            codecs.BOM_UTF32_BE + "a\n".encode("utf-32-be"),
            "the file is UTF-32; save it as CSV UTF-8",
            id="be",
        ),
        pytest.param(
            b"PK\x03\x04\x14\x00[Content_Types].xml",
            "the file is a ZIP archive or a workbook, not CSV; save it as CSV UTF-8",
            id="workbook",
        ),
    ],
)
def test_lines__encoding_that_is_not_read__is_refused_by_its_name(
    content: bytes, reason: str
) -> None:
    assert refusal_of(content) == ([], reason)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ""], ids=["lf", "crlf", "cr", "none"])
# With the line before and a line end of one byte, 98,301 is three blocks to the byte.
@pytest.mark.parametrize("length", [LONG, LONG + 1, 98_301, LONG + 40_000, 5 * LONG])
def test_lines__too_long__is_cut_and_those_around_it_are_whole(length: int, end: str) -> None:
    content = f"a\n{'x' * length}{end}{'b' if end else ''}".encode()
    assert lines_of(content) == ["a", "x" * LONG, *(["b"] if end else [])]


def test_lines__as_long_as_may_be__are_whole() -> None:
    longest = "x" * (LONG - 1)
    assert lines_of(f"{longest}\n{longest}\r\n{longest}".encode()) == [longest] * 3


@pytest.mark.parametrize("place", [0, 1, LONG - 1, LONG, LONG + 1, LONG + 35_000, 3 * LONG])
def test_lines__too_long_with_a_quote_anywhere__is_refused_after_the_lines_before(
    place: int,
) -> None:
    content = f'a\nb\n{"x" * place}"{"x" * (3 * LONG - place)}\nc\n'.encode()
    assert refusal_of(content) == (
        ["a", "b"],
        f"line 3 is longer than {LONG} characters, and quotes in it leave open where it ends",
    )


@pytest.mark.parametrize("line", ['x"', 'x"\r'], ids=["lf", "crlf"])
@pytest.mark.parametrize("before", [[], ["a"], ["a", "b"]], ids=["first", "second", "third"])
def test_lines__just_too_long_with_a_quote__is_refused(before: list[str], line: str) -> None:
    content = "".join(f"{one}\n" for one in before) + line.rjust(len(line) + LONG - 2, "x") + "\n"
    assert refusal_of(content.encode()) == (
        before,
        f"line {len(before) + 1} is longer than {LONG} characters, and quotes in it leave open"
        " where it ends",
    )


def test_lines__one_without_an_end__is_not_held_whole() -> None:
    class Endless(io.BytesIO):
        left = 600

        def read(self, size: int | None = -1) -> bytes:
            self.left -= 1
            return b"x" * (size or 0) if self.left > 0 else b""

    tracemalloc.start()
    try:
        blocks = list(read_blocks(Endless()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert blocks == ["x" * LONG + "\n"]
    assert peak < 20 * LONG


def test_lines__quote_in_a_line_after_one_that_is_too_long__is_not_of_that_one() -> None:
    assert lines_of(f'{"x" * 3 * LONG}\n"a"\n'.encode()) == ["x" * LONG, '"a"']


def test_lines__more_than_may_be__are_refused_after_those_that_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(text, "MAX_LINES", 3)
    assert lines_of(b"a\n\nb\n") == ["a", "", "b"]
    assert refusal_of(b"a\nb\r\x0bc\n\n") == (
        ["a", "b", "\x0bc"],
        "the file has more than 3 lines; split it",
    )


def test_lines__many_of_random_length__are_those_that_were_written() -> None:
    chance = random.Random(6)
    lines = ["x" * chance.choice([0, 1, 80, 700, 9_000, 33_000, 60_000]) for _ in range(200)]
    assert lines_of("\r\n".join(lines).encode() + b"\r\n") == lines
