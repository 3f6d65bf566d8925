"""Which text, and which records, are a file's bytes? gzip, UTF-8 with or without a mark, UTF-16
with one; all of it in memory, one step after the other.
"""

import gzip
import re
import zlib
from collections.abc import Sequence

from tests.settlements.formats.said import QuarantinedError
from tests.settlements.naive_csv import Record, UnclosedQuoteError, read_records

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_MOST_LINES_OF_A_RECORD = 2


def read_text(content: bytes) -> str:
    """Raises QuarantinedError if it is none."""
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            raise QuarantinedError from None
    name = "utf-8"
    for mark, marked in _MARKS:
        if content.startswith(mark):
            content, name = content[len(mark) :], marked
            break
    try:
        return content.decode(name)
    except UnicodeDecodeError:
        raise QuarantinedError from None


def read_file(content: bytes) -> Sequence[Record]:
    """The records; one that goes on over a line's end is malformed, and the file is none if one
    goes on for longer, or if nobody can say where it ends.
    """
    text = read_text(content)
    lines = re.split("\r\n|\r|\n", text)
    try:
        records = list(read_records(text))
    except UnclosedQuoteError:
        raise QuarantinedError from None
    return [_judged(record, lines) for record in records]


def _judged(record: Record, lines: Sequence[str]) -> Record:
    inner = "".join(record.fields).replace("\r\n", "\n").replace("\r", "\n").count("\n")
    if inner + 1 > _MOST_LINES_OF_A_RECORD:
        raise QuarantinedError
    if record.is_malformed and (inner or lines[record.line - 1].count('"') % 2):
        raise QuarantinedError
    return Record(record.line, record.fields, record.is_malformed or inner > 0)
