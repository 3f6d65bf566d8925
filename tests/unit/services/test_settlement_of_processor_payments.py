"""A settlement row of a payment through a processor makes its share available, once."""

from collections.abc import Iterator
from typing import Any

import pytest

from oncepay.storage.database import Database
from tests.books import Books
from tests.builders import MERCHANT
from tests.dropped_files import Drop, a_line
from tests.processor_world import ProcessorWorld, running_world


@pytest.fixture
def drop(database: Database, tables: dict[str, str]) -> Drop:
    return Drop(database, tables)


@pytest.fixture
def shop(database: Database) -> Iterator[ProcessorWorld]:
    with running_world(database) as world:
        yield world


def balance(books: Books) -> dict[str, Any]:
    (item,) = [item for item in books.items("ledger") if item["part"] == "balance"]
    names = ("available_minor", "pending_minor")
    return {name: int(item.get(name, 0)) for name in names}


def settlement_entries(books: Books) -> list[list[tuple[str, int]]]:
    return [
        [(posting["account"], int(posting["amount_minor"])) for posting in entry["postings"]]
        for entry in books.entries()
        if entry["kind"] == "settlement"
    ]


def test_row__of_a_captured_payment__makes_its_net_available(
    shop: ProcessorWorld, drop: Drop, books: Books
) -> None:
    payment_id = shop.charge().payment_id
    assert balance(books) == {"available_minor": 0, "pending_minor": 4_900}
    run = drop.settle(a_line(payment_id))
    assert run.matched == 1
    assert balance(books) == {"available_minor": 4_900, "pending_minor": 0}
    assert settlement_entries(books) == [[("pending", -4_900), ("available", 4_900)]]


def test_entry_of_a_settlement__is_of_the_run_and_of_no_payment(
    shop: ProcessorWorld, drop: Drop, books: Books
) -> None:
    run = drop.settle(a_line(shop.charge().payment_id))
    (entry,) = [entry for entry in books.entries() if entry["kind"] == "settlement"]
    assert (entry["item_id"], entry["item_part"], entry.get("payment_id")) == (run.id, "run", None)
    assert entry["id"] == f"{MERCHANT}#USD#0"


def test_row__of_a_payment_refunded_in_part__makes_what_is_left_available(
    shop: ProcessorWorld, drop: Drop, books: Books
) -> None:
    payment_id = shop.charge().payment_id
    shop.refund(payment_id, 1_000)
    drop.settle(a_line(payment_id))
    assert balance(books) == {"available_minor": 3_900, "pending_minor": 0}


def test_row__of_a_payment_refunded_in_full__takes_the_fee_from_what_is_available(
    shop: ProcessorWorld, drop: Drop, books: Books
) -> None:
    payment_id = shop.charge().payment_id
    shop.refund(payment_id)
    assert balance(books) == {"available_minor": 0, "pending_minor": -100}
    drop.settle(a_line(payment_id))
    assert balance(books) == {"available_minor": -100, "pending_minor": 0}


def test_rows__of_one_merchant_and_currency__are_one_entry(
    shop: ProcessorWorld, drop: Drop, books: Books
) -> None:
    one, other = shop.charge().payment_id, shop.charge(key="charge-2").payment_id
    assert drop.settle(a_line(one), a_line(other)).matched == 2
    assert settlement_entries(books) == [[("pending", -9_800), ("available", 9_800)]]


def test_row__that_another_file_has_settled__makes_nothing_available(
    shop: ProcessorWorld, drop: Drop, books: Books
) -> None:
    payment_id = shop.charge().payment_id
    drop.settle(a_line(payment_id))
    again = drop.settle(a_line(payment_id, row_id="again"), key="incoming/other.csv")
    assert drop.breaks(again.id) == [(1, "already_settled")]
    assert balance(books) == {"available_minor": 4_900, "pending_minor": 0}


def test_row__of_what_is_only_authorized__is_a_break_and_moves_nothing(
    shop: ProcessorWorld, drop: Drop, books: Books
) -> None:
    run = drop.settle(a_line(shop.charge(manual=True).payment_id))
    assert drop.breaks(run.id) == [(1, "status_mismatch")]
    assert settlement_entries(books) == []


def test_refund__after_its_payment_was_settled__comes_from_what_is_available(
    shop: ProcessorWorld, drop: Drop, books: Books
) -> None:
    payment_id = shop.charge().payment_id
    drop.settle(a_line(payment_id))
    assert shop.refund(payment_id, 4_900).json["status"] == "succeeded"
    assert shop.refund(payment_id, 100, key="refund-2").code == "insufficient_funds"
    assert balance(books) == {"available_minor": 0, "pending_minor": 0}
