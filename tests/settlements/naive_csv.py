"""What are the records of a CSV text? Read one character after the other, as slowly as it takes.

Deliberately not Python's csv module, which the function under test may use: a shared reading would
share its surprises.
"""

from collections.abc import Iterator
from dataclasses import dataclass


class UnclosedQuoteError(Exception):
    """The text ended inside a quoted field."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record.

    Attributes:
        line: 1-based number of the physical line on which it begins.
        fields: unquoted.
        is_malformed: something stands between a closing quote and the next comma.
    """

    line: int
    fields: tuple[str, ...]
    is_malformed: bool


def read_records(text: str) -> Iterator[Record]:
    """Every record; lines without a single character are none. CR, LF and CRLF end a line.

    Raises: UnclosedQuoteError at the end, once every whole record was given.
    """
    position, line = 0, 1
    while position < len(text):
        if text[position] in "\r\n":
            position = _after_line_end(text, position)
            line += 1
            continue
        begins_on = line
        fields: list[str] = []
        is_malformed = False
        while True:
            field, position, fine = _read_field(text, position)
            line += _line_ends(field)
            fields.append(field)
            is_malformed = is_malformed or not fine
            if position < len(text) and text[position] == ",":
                position += 1
                continue
            break
        yield Record(begins_on, tuple(fields), is_malformed)
        if position < len(text):
            position = _after_line_end(text, position)
            line += 1


def _read_field(text: str, position: int) -> tuple[str, int, bool]:
    """A field, where its comma, line end or the text's end is, and whether it was well formed."""
    if position == len(text) or text[position] != '"':
        end = position
        while end < len(text) and text[end] not in ",\r\n":
            end += 1
        return text[position:end], end, True
    value: list[str] = []
    position += 1
    while True:
        if position >= len(text):
            raise UnclosedQuoteError
        if text[position] != '"':
            value.append(text[position])
            position += 1
        elif text[position + 1 : position + 2] == '"':
            value.append('"')
            position += 2
        else:
            break
    position += 1
    end = position
    while end < len(text) and text[end] not in ",\r\n":
        end += 1
    return "".join(value) + text[position:end], end, end == position


def _after_line_end(text: str, position: int) -> int:
    return position + (2 if text[position : position + 2] == "\r\n" else 1)


def _line_ends(field: str) -> int:
    return field.replace("\r\n", "\n").replace("\r", "\n").count("\n")
