"""DynamoDB's sizes and units, by hand."""

from decimal import Decimal
from typing import Any

import pytest

from oncepay.domain.capacity import (
    Consistency,
    index_write_units,
    item_size_bytes,
    read_units,
    update_units,
    write_units,
)

KEY = frozenset({"k"})


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": ""}, 0),
        ({"S": "abc"}, 3),
        ({"S": "é€"}, 2 + 3),
        ({"N": "0"}, 1),
        ({"N": "5"}, 1 + 1),
        ({"N": "12"}, 1 + 1),
        ({"N": "123"}, 1 + 2),
        ({"N": "5000"}, 1 + 1),
        ({"N": "0.0500"}, 1 + 1),
        ({"N": "5E+20"}, 1 + 1),
        ({"N": "-123"}, 1 + 2),
        ({"N": "10203"}, 1 + 3),
        ({"N": "9" * 38}, 1 + 19),
        ({"B": b"\x00\x01\xff"}, 3),
        ({"BOOL": False}, 1),
        ({"NULL": True}, 1),
        ({"L": []}, 3),
        ({"M": {}}, 3),
        ({"L": [{"S": "ab"}, {"N": "5"}]}, 3 + (1 + 2) + (1 + 2)),
        ({"M": {"id": {"S": "ab"}, "n": {"N": "5"}}}, 3 + (1 + 2 + 2) + (1 + 1 + 2)),
        ({"SS": ["ab", "c"]}, 3),
        ({"NS": ["1", "123"]}, 2 + 3),
        ({"BS": [b"abc"]}, 3),
    ],
    ids=str,
)
def test_item_size__name_and_value__are_counted(value: dict[str, Any], size: int) -> None:
    assert item_size_bytes({"name": value}) == len("name") + size


def test_item_size__a_ledger_entrys_postings__by_hand() -> None:
    posting = {"M": {"account": {"S": "fees"}, "amount_minor": {"N": "100"}}}
    # account 7 + fees 4 + 1; amount_minor 12 + number 2 + 1; the map 3; in the list 1; the list 3.
    expected = len("postings") + 3 + 1 + 3 + (7 + 4 + 1) + (12 + 2 + 1)
    assert item_size_bytes({"postings": {"L": [posting]}}) == expected


def test_item_size__of_several_attributes__is_their_sum() -> None:
    assert item_size_bytes({"id": {"S": "abc"}, "é": {"BOOL": True}}) == 5 + 3


@pytest.mark.parametrize("value", [{}, {"S": "a", "N": "1"}, {"X": "a"}, {"N": "many"}], ids=str)
def test_item_size__not_dynamodbs_form__is_refused(value: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="DynamoDB"):
        item_size_bytes({"name": value})


@pytest.mark.parametrize(
    ("size", "units"), [(0, 1), (1, 1), (1023, 1), (1024, 1), (1025, 2), (2048, 2), (2049, 3)]
)
def test_write_units__one_per_started_kilobyte__twice_in_a_transaction(
    size: int, units: int
) -> None:
    assert write_units(size, transactional=False) == units
    assert write_units(size, transactional=True) == 2 * units


def test_write_units__negative_size__is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        write_units(-1, transactional=False)


@pytest.mark.parametrize(
    ("before", "after", "units"), [(100, 1025, 2), (1025, 100, 2), (1024, 1024, 1), (0, 100, 1)]
)
def test_update_units__are_of_the_larger_picture(before: int, after: int, units: int) -> None:
    assert update_units(before, after, transactional=False) == units
    assert update_units(before, after, transactional=True) == 2 * units


@pytest.mark.parametrize(
    ("size", "eventual", "strong", "transactional"),
    [(0, "0.5", 1, 2), (4096, "0.5", 1, 2), (4097, "1", 2, 4), (8192, "1", 2, 4)],
)
def test_read_units__per_started_four_kilobytes(
    size: int, eventual: str, strong: int, transactional: int
) -> None:
    assert read_units(size, Consistency.EVENTUAL) == Decimal(eventual)
    assert read_units(size, Consistency.STRONG) == strong
    assert read_units(size, Consistency.TRANSACTIONAL) == transactional


def shown(key: str, size_bytes: int) -> dict[str, dict[str, str]]:
    """What an index shows of an item of that size: two names of one byte, the key, and filling."""
    return {"k": {"S": key}, "f": {"S": "x" * (size_bytes - 2 - len(key))}}


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        (None, None, 0),
        (None, shown("a", 1024), 1),
        (None, shown("a", 1025), 2),
        (shown("a", 1025), None, 2),
        (shown("a", 500), shown("a", 500), 0),
        (shown("a", 500), shown("a", 600), 1),
        (shown("a", 1025), shown("a", 600), 2),
        (shown("a", 500), shown("b", 500), 2),
        (shown("a", 1025), shown("b", 500), 3),
    ],
    ids=[
        "never shown",
        "appears",
        "appears large",
        "disappears",
        "unchanged",
        "changes",
        "shrinks",
        "moves",
        "moves and shrinks",
    ],
)
def test_index_write_units__follow_what_the_index_shows(
    before: dict[str, Any] | None, after: dict[str, Any] | None, units: int
) -> None:
    assert index_write_units(before, after, key_names=KEY) == units
