"""Which rows does a settlement file have? The file is read as a stream, never whole, row by row.

What is wrong with one row is that row's; what makes it unclear where rows begin and end, or what
they mean, is the file's, which is then refused whole: an unknown header, another encoding than
UTF-8, a quote that is never closed. No line and no record is taken that is longer than a limit, so
that no file can fill the memory.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from oncepay.domain.settlement_rows import (
    NATIVE,
    NATIVE_COLUMNS,
    RejectedRow,
    SettlementRow,
    read_native_row,
    show,
)

MAX_RECORD_CHARACTERS = 65_536
"""Far beyond any row there is, and below the csv module's own limit of 131,072 for one field."""

MAX_LINES_OF_A_RECORD = 2
"""A cell may have got a line break; what goes on for longer are rows that stray quotes hide."""

MAX_LINES = 2_000_000
"""More than the largest file has rows of any sense: without it, one of empty lines would be read
for longer than an invocation lasts."""

_OTHER_ENCODINGS = (
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_LINE_ENDS = ("\n", "\r")


class FileRefused(Exception):
    """The file as a whole cannot be booked; `reason` says why, for a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SettlementFile:
    """A file being read.

    Args:
        stream: the file's bytes, buffered.

    Attributes:
        format: name of the format, by the header.

    Raises:
        FileRefused: if the header is not one that is known; while iterating, if the file turns out
            not to be readable.
    """

    def __init__(self, stream: io.BufferedIOBase | BinaryIO) -> None:
        self._lines = _Lines(stream)
        self._records = csv.reader(self._lines, strict=True)
        header = self._header()
        _require_native(header)
        self.format = NATIVE
        self._rows = 0

    def skip(self, rows: int) -> None:
        """Pass over rows without reading what they say, which takes a fifth of the time."""
        for _ in range(rows):
            if self._next_row() is None:
                return

    def __iter__(self) -> Iterator[SettlementRow | RejectedRow]:
        """Every data row that is left, in order; empty lines are no rows."""
        while (record := self._next_row()) is not None:
            number, line = self._rows, self._lines.first
            if isinstance(record, str):
                yield RejectedRow(number=number, line=line, column=None, rule=record, value=None)
            else:
                yield read_native_row(record, number=number, line=line)

    def _next_row(self) -> list[str] | str | None:
        while (record := self._next_record()) == []:
            pass
        self._rows += record is not None
        return record

    def _header(self) -> list[str]:
        record = self._next_record()
        if record is None:
            raise FileRefused("the file is empty")
        if isinstance(record, str):
            raise FileRefused(f"line 1 must be the header; it {record}")
        return record

    def _next_record(self) -> list[str] | str | None:
        """The fields of the next record, or the rule that it breaks, or None at the end."""
        self._lines.begin_record()
        try:
            record = next(self._records)
        except StopIteration:
            return None
        except UnicodeDecodeError as error:
            raise FileRefused(self._lines.describe(error)) from None
        except csv.Error:
            if self._lines.ended:
                raise FileRefused(
                    f"a quote opened in line {self._lines.first} is never closed"
                ) from None
            # Were a quote left open in the line, what follows would not be rows.
            if self._lines.spans_lines or self._lines.quotes % 2:
                raise FileRefused(f"the quotes of {self._lines.place} do not match") from None
            return "must have nothing between a closing quote and the next comma"
        if self._lines.too_long:
            return f"must be no longer than {MAX_RECORD_CHARACTERS} characters"
        if self._lines.span > MAX_LINES_OF_A_RECORD:
            raise FileRefused(f"quotes make one row of {self._lines.place}")
        if self._lines.spans_lines:
            return f"must be one line, and goes on over {self._lines.place}"
        return record


class _Lines:
    """The lines of a text, for the csv reader, which asks for as many as a record spans.

    Attributes:
        first: number of the line in which the record begins.
        last: number of the line that was read last.
        quotes: how many there are in the record.
        too_long: whether the record is a line too long to be taken.
        ended: whether the text is at its end.
    """

    def __init__(self, stream: io.BufferedIOBase | BinaryIO) -> None:
        start = _peek(stream)
        for mark, name in _OTHER_ENCODINGS:
            if start.startswith(mark):
                raise FileRefused(f"the file is {name}, not UTF-8; save it as CSV UTF-8")
        # A byte order mark is skipped. Line ends stay as they are: the csv reader knows them all.
        self._text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")  # type: ignore[type-var]
        self.first = self.last = 0
        self.too_long = self.ended = False
        self.quotes = self._characters = 0

    @property
    def span(self) -> int:
        """How many lines the record has."""
        return self.last - self.first + 1

    @property
    def spans_lines(self) -> bool:
        """Whether the record goes on over the end of a line."""
        return self.span > 1

    @property
    def place(self) -> str:
        """The lines of the record."""
        return f"lines {self.first} to {self.last}" if self.spans_lines else f"line {self.first}"

    def begin_record(self) -> None:
        """The line that comes next begins a record."""
        self.first = self.quotes = self._characters = 0
        self.too_long = False

    def describe(self, error: UnicodeDecodeError) -> str:
        """Where the file is not UTF-8: bytes are decoded some lines ahead."""
        ahead = error.object[: error.start]
        line = self.last + 1 + max(ahead.count(b"\n"), ahead.count(b"\r"))
        return (
            f"the file is not UTF-8: line {line} has a byte 0x{error.object[error.start]:02X} that"
            " no UTF-8 text has there; save it as CSV UTF-8"
        )

    def __iter__(self) -> "_Lines":
        """Itself."""
        return self

    def __next__(self) -> str:
        """The next line, with its end."""
        line = self._text.readline(MAX_RECORD_CHARACTERS)
        if not line:
            self.ended = True
            raise StopIteration
        if self.last == MAX_LINES:
            raise FileRefused(f"the file has more than {MAX_LINES} lines; split it")
        self.last += 1
        self.first = self.first or self.last
        self.quotes += line.count('"')
        self._characters += len(line)
        if len(line) == MAX_RECORD_CHARACTERS and not line.endswith(_LINE_ENDS):
            return self._pass_over(line)
        if self._characters > MAX_RECORD_CHARACTERS:
            raise FileRefused(f"a quote opened in line {self.first} is not closed for too long")
        return line

    def _pass_over(self, line: str) -> str:
        """Skip the rest of a line that is too long; what is read instead is no row anyway."""
        while line and not line.endswith(_LINE_ENDS):
            line = self._text.readline(MAX_RECORD_CHARACTERS)
            self.quotes += line.count('"')
        if self.quotes:
            raise FileRefused(
                f"line {self.last} is longer than {MAX_RECORD_CHARACTERS} characters, and quotes in"
                " it leave open where it ends"
            )
        self.too_long = True
        return "too long\n"


def _peek(stream: io.BufferedIOBase | BinaryIO) -> bytes:
    # Both kinds of buffered readers that are given here have it; io's own types do not say so.
    return bytes(stream.peek(2)[:2])  # type: ignore[union-attr]


def _require_native(header: Sequence[str]) -> None:
    """Name what differs, so that whoever made the file can mend it."""
    if tuple(header) != NATIVE_COLUMNS:
        wanted = ",".join(NATIVE_COLUMNS)
        raise FileRefused(f"line 1 must be the header {wanted}; {_fault_of(header)}")


def _fault_of(header: Sequence[str]) -> str:
    twice = [name for name in NATIVE_COLUMNS if header.count(name) > 1]
    missing = [name for name in NATIVE_COLUMNS if name not in header]
    unknown = [name for name in header if name not in NATIVE_COLUMNS]
    if tuple(name.strip().lower() for name in header) == NATIVE_COLUMNS:
        return "the names are in lower case there, with no blanks around them"
    for separator, called in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and header[0].split(separator)[0] == NATIVE_COLUMNS[0]:
            return f"its columns are separated by {called}, and must be by commas"
    if len(missing) == len(NATIVE_COLUMNS):
        return "none of its columns is known"
    if twice:
        return f"the column {twice[0]} is there twice"
    if missing:
        return f"the column {missing[0]} is missing"
    if "" in unknown:
        return "a column has no name: there is a comma too many"
    if unknown:
        return f"the column {show(unknown[0]) or '(not shown)'!r} is not known"
    return "the columns are in another order"
