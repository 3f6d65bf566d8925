"""Which rows does a settlement file have, whatever its format, and what do they come to? The file
is read as a stream, never whole. What is wrong with one row is that row's; what makes it unclear
where rows begin and end, or what they mean, is the file's, which is then refused whole.
"""

import io
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import BinaryIO, Protocol, runtime_checkable

from oncepay.domain.settlement_formats.detect import detect
from oncepay.domain.settlement_formats.format import Format, RowReader, Totals
from oncepay.domain.settlement_formats.many_rows import ManyRowsReader, read_in_order
from oncepay.domain.settlement_formats.records import (
    Record,
    Records,
    Rule,
    plain_lines,
    records_of_lines,
)
from oncepay.domain.settlement_formats.row import FileRefused, RejectedRow, SettlementRow
from oncepay.domain.settlement_formats.text import read_blocks

type Rows = Sequence[SettlementRow | RejectedRow]


@runtime_checkable
class LineReader(RowReader, Protocol):
    """Reads a format of which every record is a row, so that where no quotes are needed every line
    is one, and many can be read at once.
    """

    def read_lines(self, text: str, *, number: int, line: int) -> list[SettlementRow | RejectedRow]:
        """The rows of many lines; an empty one is none.

        Args:
            text: whole lines, each ended by a line feed, without quotes.
            number: of the first row; the others are counted on.
            line: of the file, in which the text begins.
        """


class SettlementFile:
    """A file being read, once.

    Args:
        stream: the file's bytes, buffered.

    Attributes:
        format: which it is of, by its first record.

    Raises:
        FileRefused: if it is of none that is known; while iterating, if the file turns out not to
            be readable.
    """

    def __init__(self, stream: io.BufferedIOBase | BinaryIO) -> None:
        self._records = Records(read_blocks(stream))
        self.format: Format
        self.format, self._reader = detect(self._first_record())
        self._line_reader = self._reader if isinstance(self._reader, LineReader) else None
        self._many_reader = self._reader if isinstance(self._reader, ManyRowsReader) else None
        self._skipped = 0
        self._has_begun = False
        self._parts = self._read_parts()
        self._rows = chain.from_iterable(self._parts)

    def skip(self, rows: int) -> None:
        """Pass over rows, before the first one is read: many at once, where the format allows it.
        What is left of the file can no longer be proved.
        """
        if self._has_begun:
            raise ValueError("rows are skipped before the first one is read")
        self._skipped += rows

    def __iter__(self) -> Iterator[SettlementRow | RejectedRow]:
        """Every row that is left, in order; empty lines are no rows."""
        return self._rows

    def parts(self) -> Iterator[Rows]:
        """The same rows, many at once, or none: whoever asks for these asks for no single ones."""
        return self._parts

    def prove(self, totals: Totals) -> None:
        """Hold what all rows come to, once they were read, against what the file itself says.

        Raises:
            FileRefused: it does not agree, or is cut off.
        """
        if self._skipped:
            raise ValueError("a file cannot be proved of which rows were skipped")
        self._reader.prove(totals)

    def _first_record(self) -> Record:
        block = self._records.take()
        if block is None:
            raise FileRefused("the file is empty")
        # It is one line. Were its record longer, it would be a rule.
        _, first = next(self._records.split(block))
        if isinstance(first, str):
            raise FileRefused(f"line 1 cannot be read: it {first}")
        return first

    def _read_parts(self) -> Iterator[Rows]:
        self._has_begun = True
        number = 1
        while (block := self._records.take()) is not None:
            if number <= self._skipped:
                rows = self._reader.count_rows(block)
                if rows is not None and number + rows <= self._skipped + 1:
                    number += rows
                    continue
            for part in self._read_block(block, number):
                skipped = max(self._skipped + 1 - number, 0)
                number += len(part)
                yield part[skipped:] if skipped else part

    def _read_block(self, block: str, number: int) -> Iterator[Rows]:
        line = self._records.line
        if self._line_reader is not None:
            text = plain_lines(block)
            if text is not None:
                return iter((self._line_reader.read_lines(text, number=number, line=line),))
        elif self._many_reader is not None:
            records = records_of_lines(block)
            if records is not None:
                return read_in_order(self._many_reader, records, number=number, line=line)
            return self._read_records(self._records.split_carefully(block), number)
        return self._read_records(self._records.split(block), number)

    def _read_records(
        self, records: Iterator[tuple[int, Record | Rule]], number: int
    ) -> Iterator[Rows]:
        read = self._reader.read
        for line, record in records:
            row: SettlementRow | RejectedRow | None
            if isinstance(record, str):
                row = RejectedRow(number=number, line=line, column=None, rule=record, value=None)
            elif record:
                row = read(record, number=number, line=line)
            else:
                row = None
            if row is not None:
                number += 1
                yield (row,)
