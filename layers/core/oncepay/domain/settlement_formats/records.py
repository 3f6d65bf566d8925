"""Which records does a settlement file have? Its lines, read as CSV, with the quotes taken
strictly: a record that is more or less than one line is rejected or refused, and never guessed at,
since a stray quote makes one record of many rows.

Nearly every line of nearly every file is one record, which is quickly seen of many lines at once.
Only a block of lines of which that is not true is read line by line.
"""

import csv
import re
from collections.abc import Iterator

from oncepay.domain.settlement_formats.row import FileRefused
from oncepay.domain.settlement_formats.text import MAX_RECORD_CHARACTERS

MAX_LINES_OF_A_RECORD = 2
"""A cell may have got a line break; what goes on for longer are rows that stray quotes hide."""

# Every cell is without quotes, or one that would be the same without them: it is not empty, since a
# line of one empty cell is a record, and an empty line is none.
_NEEDLESSLY_QUOTED = re.compile(r'(?:(?:"[^",\n]++"|[^",\n]*+)[,\n])*+')

# What is left of a line whose cells, cut at every comma, have two quotes or none.
_CLOSED = re.compile(rb'(?:(?:"")?,)*+(?:"")?', re.ASCII).fullmatch
_ALL_BUT_QUOTES_AND_COMMAS = bytes(code for code in range(256) if code not in b'",\n')

type Record = list[str]
type Rule = str
"""What a record must be that is none: the row is rejected by it."""


class Records:
    """The records of a file.

    Args:
        blocks: of its lines, each ended by a line feed, as `read_blocks` gives them.

    Attributes:
        line: number of the line with which the block begins that was taken last.
    """

    def __init__(self, blocks: Iterator[str]) -> None:
        self._blocks = blocks
        self._next_line = 1
        self.line = 0

    def take(self) -> str | None:
        """The next block of lines, with which a record begins; None at the end."""
        block = next(self._blocks, None)
        if block is not None:
            self.line = self._next_line
            self._next_line += block.count("\n")
        return block

    def split(self, block: str) -> Iterator[tuple[int, Record | Rule]]:
        """The records of the block that was taken last, each with the line in which it begins; and
        of those after it, if its last record goes on into them. That of an empty line is empty.

        Raises:
            FileRefused: where the next record begins cannot be said.
        """
        records = records_of_lines(block)
        if records is not None:
            return enumerate(records, self.line)
        return self.split_carefully(block)

    def split_carefully(self, block: str) -> Iterator[tuple[int, Record | Rule]]:
        """The same, of a block of which not every line is a record.

        Raises:
            FileRefused: where the next record begins cannot be said.
        """
        return _read_carefully(_OpenLines(self, _lines_of(block)))


def records_of_lines(block: str) -> list[Record] | None:
    """The records of a block, if each is one line; else None. That of an empty line is empty."""
    # Cut short as it is, a line that is too long makes a longer block.
    if len(block) > MAX_RECORD_CHARACTERS:
        return None
    lines = _lines_of(block)
    if '"' not in block:
        return [line.split(",") if line else [] for line in lines]
    try:
        records = list(csv.reader(lines, strict=True))
    except csv.Error:
        return None
    # No record is less than a line, so that as many records as lines are a line each.
    return records if len(records) == len(lines) else None


def count_lines(block: str) -> int | None:
    """How many of its lines are not empty, if each of them is one record, or would be one if its
    quotes were right; None if that cannot be quickly said.
    """
    if len(block) > MAX_RECORD_CHARACTERS:
        return None
    if '"' in block:
        # A quote that opens a cell and is alone in it goes on over commas and lines. Where there
        # are two, the cell ends with them, or its line is no record.
        kept = block.encode().translate(None, _ALL_BUT_QUOTES_AND_COMMAS)
        if not all(map(_CLOSED, set(kept.split(b"\n")))):
            return None
    if "\n\n" in block or block.startswith("\n"):
        return len([line for line in block.split("\n") if line])
    return block.count("\n")


def plain_lines(block: str) -> str | None:
    """The same lines without their quotes, if each is then one record, whose cells are what is
    between its commas; else None.
    """
    # One that is too long makes the block too long.
    if len(block) > MAX_RECORD_CHARACTERS:
        return None
    if '"' not in block:
        return block
    return block.replace('"', "") if _NEEDLESSLY_QUOTED.fullmatch(block) else None


def _lines_of(block: str) -> list[str]:
    lines = block.split("\n")
    lines.pop()
    return lines


class _OpenLines:
    """Lines for the csv reader, which asks for as many as a record spans.

    Attributes:
        first: number of the line in which the record begins.
        last: number of the line that was read last.
        quotes: how many there are in the record.
        too_long: whether the record is a line that was cut short.
        ended: whether there are no more lines.
    """

    def __init__(self, records: Records, lines: list[str]) -> None:
        self._records, self._lines = records, lines
        self._index = 0
        self.last = records.line - 1
        self.first = 0
        self.too_long = self.ended = False
        self.quotes = self._characters = 0

    @property
    def is_at_end_of_block(self) -> bool:
        """Whether all lines were read that have been taken so far."""
        return self._index == len(self._lines)

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

    def __iter__(self) -> "_OpenLines":
        """Itself."""
        return self

    def __next__(self) -> str:
        """The next line, without its end."""
        if self.is_at_end_of_block:
            block = self._records.take()
            if block is None:
                self.ended = True
                raise StopIteration
            self._lines, self._index = _lines_of(block), 0
        line = self._lines[self._index]
        self._index += 1
        self.last += 1
        self.first = self.first or self.last
        self.quotes += line.count('"')
        self._characters += len(line) + 1
        if self.spans_lines and self._characters > MAX_RECORD_CHARACTERS:
            raise FileRefused(f"a quote opened in line {self.first} is not closed for too long")
        self.too_long = len(line) >= MAX_RECORD_CHARACTERS
        return line


def _read_carefully(lines: _OpenLines) -> Iterator[tuple[int, Record | Rule]]:
    records = csv.reader(lines, strict=True)
    while not lines.is_at_end_of_block:
        lines.begin_record()
        try:
            record: Record | Rule = next(records)
        except csv.Error:
            if lines.ended:
                raise FileRefused(f"a quote opened in line {lines.first} is never closed") from None
            # Were a quote left open in the line, what follows would not be rows.
            if lines.spans_lines or lines.quotes % 2:
                raise FileRefused(f"the quotes of {lines.place} do not match") from None
            record = "must have nothing between a closing quote and the next comma"
        if lines.too_long:
            record = f"must be no longer than {MAX_RECORD_CHARACTERS} characters"
        elif lines.span > MAX_LINES_OF_A_RECORD:
            raise FileRefused(f"quotes make one row of {lines.place}")
        elif lines.spans_lines:
            record = f"must be one line, and goes on over {lines.place}"
        yield lines.first, record
