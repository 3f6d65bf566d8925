"""The plain reading of CSV, and that it is the standard one where a text is well formed."""

import csv
import io
import random

import pytest

from tests.settlements.naive_csv import UnclosedQuoteError, read_records


def fields(text: str) -> list[tuple[str, ...]]:
    return [record.fields for record in read_records(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\nc,d", [("a", "b"), ("c", "d")]),
        ("a,b\r\nc,d\r\n", [("a", "b"), ("c", "d")]),
        ("a,b\rc,d\r", [("a", "b"), ("c", "d")]),
        ("\n\na\n\n\nb\n\n", [("a",), ("b",)]),
        (" \n", [(" ",)]),
        ('""\n', [("",)]),
        (",\n", [("", "")]),
        ("a,\n,b", [("a", ""), ("", "b")]),
        ('"a,b",c', [("a,b", "c")]),
        ('"a\nb",c\nd,e', [("a\nb", "c"), ("d", "e")]),
        ('"a""b"', [('a"b',)]),
        ('a"b,"c"', [('a"b', "c")]),
        ("a\0b", [("a\0b",)]),
        ("", []),
    ],
)
def test_records__of_a_text__are_these(text: str, expected: list[tuple[str, ...]]) -> None:
    assert fields(text) == expected


def test_line__after_quoted_line_ends_and_empty_lines__is_the_physical_one() -> None:
    text = 'a\r\n\r\n"b\r\nc\nd",e\r\nf\r\n'
    assert [record.line for record in read_records(text)] == [1, 3, 6]


def test_text_after_a_closing_quote__is_malformed_and_ends_with_its_line() -> None:
    records = list(read_records('a,"50"00,c\nd'))
    assert [(record.fields, record.is_malformed) for record in records] == [
        (("a", "5000", "c"), True),
        (("d",), False),
    ]


@pytest.mark.parametrize("text", ['"', '"a', 'a\nb,"c\nd', '"a""', '"a\n'])
def test_quote__never_closed__is_told_at_the_end(text: str) -> None:
    with pytest.raises(UnclosedQuoteError):
        list(read_records(text))


@pytest.mark.parametrize("seed", range(200))
def test_records__of_any_well_formed_text__are_those_of_the_csv_module(seed: int) -> None:
    chance = random.Random(seed)
    out = io.StringIO()
    ends = chance.choice(["\n", "\r\n", "\r"])
    if chance.random() < 0.5:
        writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL, lineterminator=ends)
    else:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator=ends)
    for _ in range(chance.randint(0, 8)):
        lengths = (chance.randint(0, 4) for _ in range(chance.randint(1, 5)))
        writer.writerow(["".join(chance.choices('ab,"\n\r é', k=length)) for length in lengths])
    text = out.getvalue()
    assert fields(text) == [tuple(row) for row in csv.reader(io.StringIO(text, newline="")) if row]
