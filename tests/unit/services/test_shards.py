"""A merchant whose books have several shards: deposits, payments from the balance, growing and
levelling.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from oncepay.domain.errors import InvalidRequest, NotFound, RateLimited
from oncepay.domain.ledger import first_shard
from oncepay.services.add_merchant import add_merchant
from oncepay.services.grow_shards import Grown, grow_shards
from oncepay.services.level_shards import level_shards
from oncepay.services.list_balances import list_balances
from oncepay.services.list_payments import PaymentFilter, list_payments
from oncepay.storage import books
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from tests.books import Books
from tests.builders import MERCHANT, NOW, STRANGER, World, a_request

FOUR = 4


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    yield World(database)


def balances(books: Books, merchant_id: str = MERCHANT) -> dict[int, int]:
    """Shard -> what is available there."""
    return {
        int(str(item["id"]).rpartition("#")[2]): int(item.get("available_minor", 0))
        for item in books.items("ledger")
        if item["part"] == "balance" and str(item["id"]).startswith(f"{merchant_id}#USD#")
    }


def key_of(shard: int, shards: int = FOUR) -> str:
    """A key whose payment uses that shard first."""
    return next(
        key
        for key in (f"key-{number}" for number in range(1_000))
        if first_shard(a_request(key=key).derive_id("pay"), shards) == shard
    )


def entries_of(books: Books, kind: str) -> dict[int, dict[str, int]]:
    """Shard -> the postings of its entry of that kind."""
    return {
        int(str(item["id"]).rpartition("#")[2]): {
            posting["account"]: int(posting["amount_minor"]) for posting in item["postings"]
        }
        for item in books.entries()
        if item["kind"] == kind
    }


def grow(world: World, merchant_id: str, shards: int) -> Grown:
    return grow_shards(merchant_id, shards, database=world.database, now=NOW, budget=world.budget)


def a_merchant(world: World) -> str:
    return add_merchant(
        name="Hot", fee_basis_points=None, database=world.database, now=NOW, budget=world.budget
    ).id


def test_deposit__over_shards__is_split_evenly(world: World, books: Books) -> None:
    world.deposit(1_002, shards=FOUR)
    assert balances(books) == {0: 251, 1: 251, 2: 250, 3: 250}


def test_deposit__over_shards__tells_shard_0_how_many_there_are(world: World, books: Books) -> None:
    world.deposit(1_000, shards=FOUR)
    found = {
        item["id"]: item.get("shards") for item in books.items("ledger") if "entry_count" in item
    }
    assert found == {f"{MERCHANT}#USD#{shard}": FOUR if shard == 0 else None for shard in range(4)}


def test_deposit__lists_the_entries_of_all_its_shards(world: World, books: Books) -> None:
    world.deposit(1_000, shards=FOUR)
    (deposit,) = books.items("payments")
    assert [entry["id"] for entry in deposit["entries"]] == [
        f"{MERCHANT}#USD#{shard}" for shard in range(FOUR)
    ]


def test_deposit__more_shards_than_the_caller_knows__fills_all(world: World, books: Books) -> None:
    world.deposit(1_000, shards=FOUR)
    world.deposit(1_000, shards=2, key="deposit-2")
    assert balances(books) == {0: 500, 1: 500, 2: 500, 3: 500}


def test_deposit__of_a_caller_that_knows_of_one__goes_to_shard_0(
    world: World, books: Books
) -> None:
    world.deposit(1_000, shards=FOUR)
    world.deposit(1_000, key="deposit-2")
    assert balances(books) == {0: 1_250, 1: 250, 2: 250, 3: 250}


def test_deposit__shard_0_below_zero__fills_it_first(world: World, books: Books) -> None:
    world.deposit(400, shards=FOUR)
    raw = books.raw("ledger", id=f"{MERCHANT}#USD#0", part="balance")
    books.copy("ledger", raw, available_minor={"N": "-100"})
    world.deposit(500, shards=FOUR, key="deposit-2")
    assert balances(books) == {0: 100, 1: 200, 2: 200, 3: 200}


def test_deposit__again__is_replayed(world: World, books: Books) -> None:
    first = world.deposit(1_000, shards=FOUR)
    again = world.deposit(1_000, shards=FOUR)
    assert (again.answer, again.replayed) == (first.answer, True)
    assert sum(balances(books).values()) == 1_000


@pytest.mark.parametrize("shard", range(FOUR))
def test_payment__takes_from_the_shard_of_its_id(world: World, books: Books, shard: int) -> None:
    world.deposit(40_000, shards=FOUR)
    assert world.pay(5_000, key=key_of(shard), shards=FOUR).answer.status_code == 201
    wanted = dict.fromkeys(range(FOUR), 10_000) | {shard: 4_900}
    assert balances(books) == wanted


def test_payment__in_one_request__if_its_shard_has_it(world: World) -> None:
    world.deposit(40_000, shards=FOUR)
    before = world.budget.usage.requests
    world.pay(5_000, shards=FOUR)
    assert world.budget.usage.requests - before == 1


def test_payment__larger_than_any_shard__takes_from_several(world: World, books: Books) -> None:
    world.deposit(40_000, shards=FOUR)
    assert world.pay(20_000, key=key_of(1), shards=FOUR).answer.status_code == 201
    assert balances(books) == {0: 0, 1: 0, 2: 9_600, 3: 10_000}
    assert entries_of(books, "payment") == {
        0: {"available": -10_000, "external:bank": 10_000},
        1: {"available": -10_000, "external:bank": 9_600, "fees": 400},
        2: {"available": -400, "external:bank": 400},
    }


def test_payment__of_several_shards__lists_all_its_entries(world: World, books: Books) -> None:
    world.deposit(40_000, shards=FOUR)
    world.pay(20_000, key=key_of(1), shards=FOUR)
    (payment,) = (item for item in books.items("payments") if item["part"] == "payment")
    assert sorted(entry["id"] for entry in payment["entries"]) == [
        f"{MERCHANT}#USD#{shard}" for shard in range(3)
    ]


def test_payment__of_several_shards_again__is_replayed(world: World, books: Books) -> None:
    world.deposit(40_000, shards=FOUR)
    first = world.pay(20_000, shards=FOUR)
    again = world.pay(20_000, shards=FOUR)
    assert (again.answer, again.replayed) == (first.answer, True)
    assert sum(balances(books).values()) == 40_000 - 20_400


def test_payment__of_a_caller_that_knows_of_one_shard__finds_the_others(
    world: World, books: Books
) -> None:
    world.deposit(40_000, shards=FOUR)
    assert world.pay(20_000).answer.status_code == 201
    assert sum(balances(books).values()) == 40_000 - 20_400


def test_payment__of_a_caller_that_knows_of_more__finds_what_there_is(
    world: World, books: Books
) -> None:
    world.deposit(40_000)
    assert world.pay(20_000, key=key_of(3), shards=FOUR).answer.status_code == 201
    assert balances(books) == {0: 40_000 - 20_400}


def test_payment__more_than_all_shards_have__is_declined_for_ever(
    world: World, books: Books
) -> None:
    world.deposit(40_000, shards=FOUR)
    assert world.pay(40_000, shards=FOUR).answer.status_code == 402
    world.deposit(40_000, shards=FOUR, key="deposit-2")
    again = world.pay(40_000, shards=FOUR)
    assert (again.answer.status_code, again.replayed) == (402, True)
    assert sum(balances(books).values()) == 80_000


def test_payment__all_that_there_is__goes_through(world: World, books: Books) -> None:
    world.deposit(40_800, shards=FOUR)
    assert world.pay(40_000, shards=FOUR).answer.status_code == 201
    assert balances(books) == dict.fromkeys(range(FOUR), 0)


def test_payment__one_shard_below_zero__counts_against_the_others(
    world: World, books: Books
) -> None:
    world.deposit(40_000, shards=FOUR)
    raw = books.raw("ledger", id=f"{MERCHANT}#USD#0", part="balance")
    books.copy("ledger", raw, available_minor={"N": "-20000"})
    assert world.pay(10_000, key=key_of(1), shards=FOUR).answer.status_code == 402


def test_payment__others_faster_than_the_picture__looks_again(
    world: World, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deposit(40_000, shards=FOUR)
    together = Database.get_many
    others = iter(["other-1"])

    def slowly(self: Database, *args: Any) -> Any:
        picture = together(self, *args)
        for key in others:
            assert world.pay(9_000, key=key, shards=FOUR).answer.status_code == 201
        return picture

    monkeypatch.setattr(Database, "get_many", slowly)
    assert world.pay(30_000, key=key_of(1), shards=FOUR).answer.status_code == 201
    assert sum(balances(books).values()) == 40_000 - 9_180 - 30_600
    assert min(balances(books).values()) >= 0


def test_payment__no_time_to_look_again__did_nothing(
    world: World, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deposit(40_000, shards=FOUR)
    together = Database.get_many

    def stale(self: Database, *args: Any) -> Any:
        return [{**raw, "available_minor": {"N": "30000"}} for raw in together(self, *args)]

    monkeypatch.setattr(Database, "get_many", stale)
    monkeypatch.setattr(Budget, "wait_before_retry", lambda *_: False)
    with pytest.raises(RateLimited):
        world.pay(20_000, key=key_of(1), shards=FOUR)
    assert sum(balances(books).values()) == 40_000


def test_payment__list_bucket_is_its_shard(world: World, books: Books) -> None:
    world.deposit(40_000, shards=FOUR)
    world.pay(key=key_of(3), shards=FOUR)
    (payment,) = (item for item in books.items("payments") if item["part"] == "payment")
    assert payment["list_bucket"] == f"{MERCHANT}#3"


def test_list__over_shards__is_newest_first_page_by_page(world: World, database: Database) -> None:
    world.deposit(400_000, shards=FOUR)
    made = [
        world.pay(100 + number, key=f"k{number}", shards=FOUR, now=NOW.replace(microsecond=number))
        for number in range(25)
    ]
    assert all(outcome.answer.status_code == 201 for outcome in made)
    seen: list[int] = []
    after: str | None = None
    while True:
        page = list_payments(
            MERCHANT,
            PaymentFilter(),
            limit=7,
            after=after,
            database=database,
            budget=world.budget,
            shards=FOUR,
        )
        seen += [payment.amount_minor for payment in page.items]
        after = page.next_position
        if after is None:
            break
    assert seen == [100 + number for number in reversed(range(25))]


def test_list__over_shards_filtered__finds_all_of_them(world: World, database: Database) -> None:
    world.deposit(400_000, shards=FOUR)
    for number in range(12):
        world.pay(100 + number % 3, key=f"k{number}", shards=FOUR)
    page = list_payments(
        MERCHANT,
        PaymentFilter(min_amount=101, max_amount=101),
        limit=20,
        after=None,
        database=database,
        budget=world.budget,
        shards=FOUR,
    )
    assert [payment.amount_minor for payment in page.items] == [101] * 4


def test_balances__over_shards__are_their_sum(world: World, database: Database) -> None:
    world.deposit(1_001, shards=FOUR)
    page = list_balances(MERCHANT, limit=10, after=None, database=database, budget=world.budget)
    assert [(found.currency, found.available_minor) for found in page.items] == [("USD", 1_001)]


def test_balances__of_shards_that_the_index_does_not_know_yet__are_in_the_sum(
    world: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deposit(1_001, shards=FOUR)
    monkeypatch.setattr(books, "ledger_ids", lambda *_: [f"{MERCHANT}#USD#0"])
    page = list_balances(MERCHANT, limit=10, after=None, database=database, budget=world.budget)
    assert [(found.currency, found.available_minor) for found in page.items] == [("USD", 1_001)]


def test_grow__spreads_what_there_is(world: World, books: Books) -> None:
    merchant_id = a_merchant(world)
    world.deposit(1_000, merchant_id=merchant_id)
    assert grow(world, merchant_id, FOUR) == Grown(1, FOUR, ("USD",), 1)
    assert balances(books, merchant_id) == dict.fromkeys(range(FOUR), 250)


def test_grow__each_part_of_the_levelling_is_balanced(world: World, books: Books) -> None:
    merchant_id = a_merchant(world)
    world.deposit(1_000, merchant_id=merchant_id)
    grow(world, merchant_id, 2)
    assert entries_of(books, "levelling") == {
        0: {"available": -500, "between_shards": 500},
        1: {"available": 500, "between_shards": -500},
    }


def test_grow__again__changes_nothing(world: World, books: Books) -> None:
    merchant_id = a_merchant(world)
    world.deposit(1_000, merchant_id=merchant_id)
    grow(world, merchant_id, FOUR)
    before = books.items("ledger"), books.items("directory"), books.items("payments")
    assert grow(world, merchant_id, FOUR) == Grown(FOUR, FOUR, ("USD",), 0)
    assert (books.items("ledger"), books.items("directory"), books.items("payments")) == before


def test_grow__further__spreads_over_all(world: World, books: Books) -> None:
    merchant_id = a_merchant(world)
    world.deposit(1_000, merchant_id=merchant_id)
    grow(world, merchant_id, 2)
    assert grow(world, merchant_id, 5) == Grown(2, 5, ("USD",), 1)
    assert balances(books, merchant_id) == dict.fromkeys(range(5), 200)


def test_grow__makes_the_sweep_look(world: World, books: Books) -> None:
    merchant_id = a_merchant(world)
    grow(world, merchant_id, FOUR)
    hot = [item for item in books.items("payments") if item["part"] == "shards"]
    assert [(item["id"], item["shards"], item["version"]) for item in hot] == [(merchant_id, 4, 1)]


def test_grow__no_such_merchant__is_told(world: World) -> None:
    with pytest.raises(NotFound):
        grow(world, STRANGER, FOUR)


@pytest.mark.parametrize("shards", [0, 1, 33])
def test_grow__fewer_or_too_many__is_refused_and_changes_nothing(
    world: World, books: Books, shards: int
) -> None:
    merchant_id = a_merchant(world)
    grow(world, merchant_id, 2)
    before = books.items("directory"), books.items("payments")
    with pytest.raises(InvalidRequest):
        grow(world, merchant_id, shards)
    assert (books.items("directory"), books.items("payments")) == before


def test_level__book_that_knows_of_one_shard__is_told_before_anything_is_in_others(
    world: World, books: Books
) -> None:
    world.deposit(1_000)
    assert level_shards(MERCHANT, 2, database=world.database, now=NOW, budget=world.budget) == 1
    assert world.pay(900, fee_basis_points=0).answer.status_code == 201


def test_level__a_giver_paid_meanwhile__moves_nothing(
    world: World, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deposit(1_000)
    together = Database.get_many
    others = iter(["other-1"])

    def slowly(self: Database, *args: Any) -> Any:
        picture = together(self, *args)
        for key in others:
            assert world.pay(900, key=key, fee_basis_points=0).answer.status_code == 201
        return picture

    monkeypatch.setattr(Database, "get_many", slowly)
    assert level_shards(MERCHANT, 2, database=world.database, now=NOW, budget=world.budget) == 0
    assert balances(books) == {0: 100}


def test_deposit__shard_0_falls_below_zero_meanwhile__fills_it_first(
    world: World, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.deposit(400, shards=FOUR)
    raw = books.raw("ledger", id=f"{MERCHANT}#USD#0", part="balance")
    books.copy("ledger", raw, available_minor={"N": "-50"})
    together = Database.get_many
    once = iter([True])

    def slowly(self: Database, *args: Any) -> Any:
        picture = together(self, *args)
        for _ in once:
            books.copy("ledger", raw, available_minor={"N": "-100"})
        return picture

    monkeypatch.setattr(Database, "get_many", slowly)
    world.deposit(100, shards=FOUR, key="deposit-2")
    assert balances(books) == {0: 0, 1: 100, 2: 100, 3: 100}
