"""Units of a run are counted by AWS's rules."""

from decimal import Decimal
from typing import Any

from benchmarks.reconcile_units import Counts, Kinds, Units, read, units_of, written

KEY = {"id": {"S": "i"}, "part": {"S": "p"}}
LISTED = {"list_bucket": {"S": "b"}, "list_position": {"S": "l"}}
DUE = {"due_bucket": {"S": "d"}, "due_at": {"S": "t"}}
MARK = {"settlement_id": {"S": "s"}}
OPEN = {"open_bucket": {"S": "o"}, "opened_at": {"S": "t"}}


def of_bytes(count: int) -> dict[str, Any]:
    """An attribute that makes an item larger by so much."""
    return {"x": {"S": "a" * (count - 1)}}


def kinds(**changes: Any) -> Kinds:
    values: dict[str, Any] = {
        "payment_before": KEY | LISTED | DUE,
        "payment_after": KEY | LISTED | MARK,
        "run": KEY,
        "entry": KEY,
        "balance": KEY,
        "broken": KEY | OPEN,
    }
    return Kinds(**values | changes)


def test_units__small_items__are_two_for_each_write() -> None:
    assert units_of(kinds()) == Units(
        payment=2, payment_indexes=2, run=2, entry=2, balance=2, broken=3, read=Decimal(1)
    )


def test_units__payment_that_was_not_waited_for__costs_one_index_less() -> None:
    assert units_of(kinds(payment_before=KEY | LISTED)).payment_indexes == 1


def test_units__payment_of_more_than_a_kilobyte__costs_twice_in_table_and_list() -> None:
    large = of_bytes(1024)
    units = units_of(
        kinds(payment_before=KEY | LISTED | DUE | large, payment_after=KEY | LISTED | MARK | large)
    )
    assert (units.payment, units.payment_indexes) == (4, 3)


def test_units__large_run__counts_for_each_chunk() -> None:
    units = units_of(kinds(run=KEY | of_bytes(1025)))
    counts = Counts(payments=10, looked_up=12, chunks=3, entries=4, breaks=2)
    assert written(units, counts) == {
        "payments": 20,
        "indexes of payments": 20,
        "run": 12,
        "entries": 8,
        "balances": 8,
        "breaks": 6,
    }


def test_units__no_break__costs_none() -> None:
    assert units_of(kinds(broken=None)).broken == 0


def test_read__each_row_that_was_looked_up__is_one_unit() -> None:
    counts = Counts(payments=10, looked_up=12, chunks=3, entries=4, breaks=2)
    assert read(units_of(kinds()), counts) == 12


def test_read__payment_of_more_than_four_kilobytes__is_two() -> None:
    units = units_of(kinds(payment_before=KEY | LISTED | DUE | of_bytes(4096)))
    assert units.read == 2
