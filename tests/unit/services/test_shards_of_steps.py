"""Steps of payments through processors in books of several shards: captures, disputes, refunds."""

import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from oncepay.domain.ledger import first_shard
from oncepay.processors.simulated_event import read_event
from oncepay.services.add_merchant import add_merchant
from oncepay.services.apply_event import receive_processor_event
from oncepay.services.grow_shards import grow_shards
from oncepay.storage.database import Database
from tests.books import Books
from tests.builders import MERCHANT, World
from tests.dropped_files import Drop, a_line
from tests.processor_world import ProcessorWorld, running_world

FOUR = 4


@pytest.fixture
def shop(database: Database) -> Iterator[ProcessorWorld]:
    with running_world(database) as shop:
        shop.shards = FOUR
        yield shop


@pytest.fixture
def drop(database: Database, tables: dict[str, str]) -> Drop:
    return Drop(database, tables)


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def balances(books: Books, account: str = "available") -> dict[int, int]:
    """Shard -> what is in that account there, but for nothing."""
    return {
        int(str(item["id"]).rpartition("#")[2]): int(minor)
        for item in books.items("ledger")
        if item["part"] == "balance" and (minor := item.get(f"{account}_minor", 0))
    }


def dispute(shop: ProcessorWorld, amount_minor: int, status: str = "open") -> None:
    """The processor tells that the payer disputes the first charge."""
    told = {
        "id": "dp_there_1",
        "object": "dispute",
        "status": status,
        "charge_id": shop.processor.engine.record()[0][0].id,
        "amount_minor": amount_minor,
        "currency": "USD",
        "reason": "fraudulent",
        "payment_id": None,
        "created_at": "2026-11-21T12:00:00.000000Z",
    }
    type = {"open": "dispute.opened"}.get(status, f"dispute.{status}")
    body: dict[str, Any] = {"id": f"evt_{type}", "object": "event", "type": type}
    body |= {"created": "2026-11-21T12:00:00.000000Z", "data": {"object": told, "charge": None}}
    event = read_event(json.dumps(body).encode(), received_at=shop.clock())
    assert receive_processor_event(event, shop.tools()).event.status == "applied"


def kinds(books: Books, kind: str) -> dict[int, dict[str, int]]:
    """Shard -> the postings of its entry of that kind."""
    return {
        int(str(item["id"]).rpartition("#")[2]): {
            posting["account"]: int(posting["amount_minor"]) for posting in item["postings"]
        }
        for item in books.entries()
        if item["kind"] == kind
    }


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Something happens once, between the picture and what is written of it."""
    together = Database.get_many
    once = itertools.chain([happens], itertools.repeat(lambda: None))

    def slowly(self: Database, role: str, *args: Any) -> Any:
        picture = together(self, role, *args)
        if role == "ledger":
            next(once)()
        return picture

    monkeypatch.setattr(Database, "get_many", slowly)


def test_capture__is_posted_in_the_shard_of_its_payment(shop: ProcessorWorld, books: Books) -> None:
    payment_id = shop.charge(key="charge-3").payment_id
    assert balances(books, "pending") == {first_shard(payment_id, FOUR): 4_900}


def test_captures__of_many_payments__use_several_shards(shop: ProcessorWorld, books: Books) -> None:
    for number in range(8):
        shop.charge(key=f"charge-{number}")
    assert len(balances(books, "pending")) > 1


def test_dispute__more_than_shard_0_has__takes_from_several(
    shop: ProcessorWorld, world: World, books: Books
) -> None:
    world.deposit(4_000, shards=FOUR)
    shop.charge()
    dispute(shop, 2_500)
    assert balances(books) == {2: 500, 3: 1_000}
    assert balances(books, "disputed") == {0: 1_000, 1: 1_000, 2: 500}


def test_dispute__of_several_shards__lists_all_its_entries(
    shop: ProcessorWorld, world: World, books: Books
) -> None:
    world.deposit(4_000, shards=FOUR)
    shop.charge()
    dispute(shop, 2_500)
    (stored,) = (item for item in books.items("payments") if item["part"].startswith("dispute#"))
    assert sorted(entry["id"] for entry in stored["entries"]) == [
        f"{MERCHANT}#USD#{shard}" for shard in range(3)
    ]


def test_dispute__more_than_all_shards_have__drains_them_and_leaves_shard_0_below_zero(
    shop: ProcessorWorld, world: World, books: Books
) -> None:
    world.deposit(4_000, shards=FOUR)
    shop.charge(amount_minor=9_000)
    dispute(shop, 9_000)
    assert balances(books) == {0: -5_000}


def test_dispute__money_comes_in_while_it_drains__is_drained_too(
    shop: ProcessorWorld, world: World, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deposit(4_000, shards=FOUR)
    world.pay(1_000, fee_basis_points=0, key="drains shard 0 no more")
    shop.charge(amount_minor=9_000)
    meanwhile(monkeypatch, lambda: world.deposit(2_000, shards=FOUR, key="deposit-2"))
    dispute(shop, 9_000)
    assert balances(books) == {0: -4_000}


def test_dispute__money_comes_into_an_empty_shard_while_it_drains__is_drained_too(
    shop: ProcessorWorld, world: World, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing in any shard: none of them gives, and all must stand as they were read.
    world.deposit(4_000, shards=FOUR)
    assert world.pay(4_000, fee_basis_points=0, key="all").answer.status_code == 201
    shop.charge(amount_minor=9_000)
    meanwhile(monkeypatch, lambda: world.deposit(2_000, shards=FOUR, key="deposit-2"))
    dispute(shop, 9_000)
    assert balances(books) == {0: -7_000}


def test_dispute__book_grows_while_it_drains__drains_the_new_shards_too(
    shop: ProcessorWorld, world: World, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deposit(1_000, shards=2)
    shop.charge(amount_minor=9_000)
    many = Database.get_many
    reads = itertools.count(1)

    def slowly(self: Database, role: str, *args: Any) -> Any:
        found = many(self, role, *args)
        # The first tells how many shards there are, the second is the picture.
        if role == "ledger" and next(reads) == 2:
            world.deposit(1_000, shards=FOUR, key="deposit-2")
        return found

    monkeypatch.setattr(Database, "get_many", slowly)
    dispute(shop, 9_000)
    assert balances(books) == {0: -7_000}


def test_settlement__takes_more_than_it_brings__is_taken_from_all_shards(
    shop: ProcessorWorld, world: World, books: Books, drop: Drop
) -> None:
    payment_id = shop.charge().payment_id
    assert shop.refund(payment_id, 5_000).status == 201
    world.deposit(80, shards=FOUR)
    assert drop.settle(a_line(payment_id)).matched == 1
    assert balances(books) == {0: -20}


def test_settlement__takes_what_is_in_several_shards__leaves_none_below_zero(
    shop: ProcessorWorld, world: World, books: Books, drop: Drop
) -> None:
    payment_id = shop.charge().payment_id
    assert shop.refund(payment_id, 5_000).status == 201
    world.deposit(200, shards=FOUR)
    assert drop.settle(a_line(payment_id)).matched == 1
    assert (sum(balances(books).values()), min(balances(books).values()) > 0) == (100, True)


def test_settlement__a_deposit_comes_while_it_drains__is_drained_too(
    shop: ProcessorWorld, world: World, books: Books, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment_id = shop.charge().payment_id
    assert shop.refund(payment_id, 5_000).status == 201
    world.deposit(40, shards=FOUR)
    together = Database.get_together
    once = itertools.chain([True], itertools.repeat(False))

    def slowly(self: Database, *args: Any) -> Any:
        picture = together(self, *args)
        if next(once):
            world.deposit(40, shards=FOUR, key="deposit-2")
        return picture

    monkeypatch.setattr(Database, "get_together", slowly)
    assert drop.settle(a_line(payment_id)).matched == 1
    assert balances(books) == {0: -20}


def test_dispute__of_a_book_of_one_shard__is_one_transaction(
    shop: ProcessorWorld, world: World, books: Books
) -> None:
    shop.shards = 1
    shop.charge()
    dispute(shop, 2_000)
    assert kinds(books, "dispute_opened") == {0: {"available": -2_000, "disputed": 2_000}}


def test_payment__after_a_dispute_that_drained__is_declined_whatever_its_shard(
    shop: ProcessorWorld, world: World, books: Books
) -> None:
    world.deposit(4_000, shards=FOUR)
    shop.charge(amount_minor=9_000)
    dispute(shop, 9_000)
    answers = {
        world.pay(100, key=f"k{number}", shards=FOUR).answer.status_code for number in range(8)
    }
    assert answers == {402}


def test_refund__of_a_settled_payment__comes_from_several_shards(
    shop: ProcessorWorld, world: World, books: Books, drop: Drop
) -> None:
    payment_id = shop.charge().payment_id
    drop.settle(a_line(payment_id))
    world.deposit(4_000, shards=FOUR)
    assert world.pay(5_000, key="key-1", shards=FOUR, fee_basis_points=0).answer.status_code == 201
    assert shop.refund(payment_id, 3_000).status == 201
    assert sum(balances(books).values()) == 4_900 + 4_000 - 5_000 - 3_000
    assert min(balances(books).values()) > 0


def test_refund__of_a_settled_payment_more_than_all_shards_have__is_402(
    shop: ProcessorWorld, world: World, books: Books, drop: Drop
) -> None:
    payment_id = shop.charge().payment_id
    drop.settle(a_line(payment_id))
    world.deposit(4_000, shards=FOUR)
    assert world.pay(8_000, key="key-1", shards=FOUR, fee_basis_points=0).answer.status_code == 201
    assert shop.refund(payment_id, 1_000).status == 402
    assert sum(balances(books).values()) == 900


def a_hot_merchant(shop: ProcessorWorld, world: World) -> str:
    now = shop.clock()
    merchant = add_merchant(
        name="Hot", fee_basis_points=None, database=world.database, now=now, budget=world.budget
    )
    grow_shards(merchant.id, FOUR, database=world.database, now=now, budget=world.budget)
    return merchant.id


def test_sweep__levels_what_came_into_shard_0_alone(
    shop: ProcessorWorld, world: World, books: Books
) -> None:
    world.deposit(8_000, merchant_id=a_hot_merchant(shop, world))
    swept = shop.sweep()
    assert (swept.due, swept.waiting, swept.failed) == (1, 1, {})
    assert balances(books) == dict.fromkeys(range(FOUR), 2_000)


def test_sweep__looked_a_moment_ago__does_not_look_again(
    shop: ProcessorWorld, world: World, books: Books
) -> None:
    a_hot_merchant(shop, world)
    assert shop.sweep().due == 1
    assert shop.sweep().due == 0
    shop.advance(60)
    assert shop.sweep().due == 1
