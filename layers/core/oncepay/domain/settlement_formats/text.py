"""Which lines does a settlement file have? Its bytes become text, UTF-8 unless a byte order mark
says UTF-16, and the text is cut into lines, whatever ends them. It is read as a stream: never more
than a block and a line are held, and no line is taken that is longer than a limit.

What comes before a fault is given before the fault is raised, so that the same file always has the
same rows, however its bytes arrive.
"""

import codecs
import io
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from oncepay.domain.settlement_formats.row import FileRefused
from oncepay.domain.settlement_formats.unpacking import unpack

MAX_RECORD_CHARACTERS = 65_536
"""Far beyond any row there is, and below the csv module's own limit of 131,072 for one field."""

MAX_LINES = 2_000_000
"""More than the largest file has rows of any sense: without it, one of empty lines would be read
for longer than an invocation lasts."""

_UTF_8 = "UTF-8"

# The mark of UTF-32 begins with that of UTF-16.
_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF8, _UTF_8),
    (codecs.BOM_UTF16_LE, "UTF-16-LE"),
    (codecs.BOM_UTF16_BE, "UTF-16-BE"),
)
_LONGEST_MARK = 4

# Source: PKWARE, APPNOTE 6.3.10, "Local file header", as of 2026-11.
_ZIP = b"PK\x03\x04"


def read_blocks(stream: io.BufferedIOBase | BinaryIO) -> Iterator[str]:
    """The lines of a file, many at once: a block is whole lines, each ended by a line feed.

    The first line is a block of its own. A line that is too long is cut to MAX_RECORD_CHARACTERS;
    no other has as many.

    Args:
        stream: the file.

    Raises:
        FileRefused: what follows cannot be read.
    """
    cutter = _LineCutter()
    try:
        for piece in _decode(unpack(stream)):
            yield from cutter.cut(piece)
    except UnicodeDecodeError as error:
        raise FileRefused(_describe(error, cutter.line_at_end)) from None
    yield from cutter.finish()


def _decode(pieces: Iterator[bytes]) -> Iterator[str]:
    start = b""
    for piece in pieces:
        start += piece
        if len(start) >= _LONGEST_MARK:
            break
    if start.startswith(_ZIP):
        raise FileRefused("the file is a ZIP archive or a workbook, not CSV; save it as CSV UTF-8")
    mark, name = next(
        ((mark, name) for mark, name in _ENCODINGS if start.startswith(mark)), (b"", _UTF_8)
    )
    if name == "UTF-32":
        raise FileRefused("the file is UTF-32; save it as CSV UTF-8")
    decoder = codecs.getincrementaldecoder(name)()
    try:
        for piece in chain((start.removeprefix(mark),), pieces):
            yield decoder.decode(piece)
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        yield error.object[: error.start].decode(name)
        raise


def _describe(error: UnicodeDecodeError, line: int) -> str:
    if error.encoding == "utf-8":
        return (
            f"the file is not UTF-8: line {line} has a byte 0x{error.object[error.start]:02X} that"
            " no UTF-8 text has there; save it as CSV UTF-8"
        )
    return (
        f"the file begins like UTF-16, and is none: line {line} has bytes that no UTF-16 text has"
        " there; save it as CSV UTF-8"
    )


class _LineCutter:
    """Cuts text that comes in pieces into lines."""

    def __init__(self) -> None:
        # Of the line that is not at its end yet: its beginning, and whether quotes were cut off.
        self._rest = ""
        self._lost_quotes = False
        self._lines = 0

    @property
    def line_at_end(self) -> int:
        """Number of the line in which the text stands."""
        return self._lines + 1 + self._rest.endswith("\r")

    def cut(self, piece: str) -> Iterator[str]:
        """The lines that end in this piece."""
        text = self._rest + piece
        # At its very end, a carriage return may be the first half of a line's end.
        end = max(text.rfind("\n"), text.rfind("\r", 0, len(text) - 1)) + 1
        self._rest = text[end:]
        if end:
            yield from self._release(text[:end])
        if len(self._rest) > MAX_RECORD_CHARACTERS:
            self._shorten_rest()

    def finish(self) -> Iterator[str]:
        """The last line, if nothing ends it."""
        if self._rest:
            yield from self._release(self._rest + "\n")

    def _shorten_rest(self) -> None:
        kept, lost = self._rest[:MAX_RECORD_CHARACTERS], self._rest[MAX_RECORD_CHARACTERS:]
        self._lost_quotes = self._lost_quotes or '"' in lost
        self._rest = kept + "\r" if lost.endswith("\r") else kept

    def _release(self, text: str) -> Iterator[str]:
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        fault = None
        if len(text) > MAX_RECORD_CHARACTERS:
            text, fault = self._shorten_lines(text)
        lines = text.count("\n")
        if self._lines + lines > MAX_LINES:
            lines = MAX_LINES - self._lines
            text = _joined(text.split("\n")[:lines])
            fault = f"the file has more than {MAX_LINES} lines; split it"
        if not self._lines and lines > 1:
            header = text.index("\n") + 1
            yield text[:header]
            text = text[header:]
        self._lines += lines
        if lines:
            yield text
        if fault:
            raise FileRefused(fault)

    def _shorten_lines(self, text: str) -> tuple[str, str | None]:
        """Cut what is too long; or leave out the line, and what follows, if it makes it unclear
        where the next row begins.
        """
        lines = text.split("\n")
        # Only of the first line quotes can be lost, which is too long then.
        for index, line in enumerate(lines):
            if len(line) < MAX_RECORD_CHARACTERS:
                continue
            if '"' in line or self._lost_quotes:
                return _joined(lines[:index]), (
                    f"line {self._lines + index + 1} is longer than {MAX_RECORD_CHARACTERS}"
                    " characters, and quotes in it leave open where it ends"
                )
            lines[index] = line[:MAX_RECORD_CHARACTERS]
        return "\n".join(lines), None


def _joined(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
