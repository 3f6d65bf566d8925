"""Every fault, in every request of what goes over several shards: one effect, the same answer."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from oncepay.domain.errors import OutcomeUnknown, PaymentsError, RateLimited
from oncepay.domain.idempotency import Outcome
from oncepay.services.add_merchant import add_merchant
from oncepay.services.grow_shards import grow_shards
from oncepay.services.level_shards import level_shards
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from tests import wire as faults
from tests.books import Books
from tests.builders import NOW, World
from tests.thoroughness import every_third
from tests.wire import Fault, Wire

SHARDS = 4
LARGE, LARGE_AND_FEE = 60_000, 61_200


def a_budget() -> Budget:
    """Forty attempts or so, in no time."""
    ticks = itertools.count()
    return Budget(40, clock=lambda: float(next(ticks)), sleep=lambda _: None)


@dataclass(frozen=True)
class Path:
    """One way to write over shards: how many items each of its requests has, and what is there
    afterwards; before it was 100 000 in four shards.
    """

    act: Callable[[World], Outcome]
    requests: tuple[int, ...]
    status: int
    available: int


PATHS = {
    "deposit": Path(
        lambda w: w.deposit(1_000, key="d2", shards=SHARDS), (2 + 2 * SHARDS,), 201, 101_000
    ),
    # One shard is short, all are looked at, and three give.
    "payment": Path(
        lambda w: w.pay(LARGE, key="p2", shards=SHARDS),
        (4, 0, 2 + 2 * 3),
        201,
        100_000 - LARGE_AND_FEE,
    ),
    "decline": Path(
        lambda w: w.pay(100_000, key="p3", shards=SHARDS), (4, 0, SHARDS, 2), 402, 100_000
    ),
}


def single_faults() -> list[tuple[str, int, Fault]]:
    found = []
    for name, path in PATHS.items():
        for index, items in enumerate(path.requests):
            found += [(name, index, Fault(kind)) for kind in faults.ANYWHERE]
            for position in range(items):  # none of a plain read
                found.append((name, index, Fault(faults.CONFLICT, position)))
    return found


@pytest.fixture
def world(wired: Database, wire: Wire) -> World:
    world = World(wired, a_budget())
    world.deposit(100_000, shards=SHARDS)
    wire.clear()
    world.budget = a_budget()
    return world


def total(books: Books) -> int:
    return sum(
        int(item.get("available_minor", 0))
        for item in books.items("ledger")
        if item["part"] == "balance"
    )


@pytest.mark.parametrize("name", PATHS)
def test_path__nothing_fails__makes_so_many_requests(
    world: World, wire: Wire, books: Books, name: str
) -> None:
    path = PATHS[name]
    assert path.act(world).answer.status_code == path.status
    assert [len(body.get("TransactItems", ())) for _, body in wire.requests] == list(path.requests)
    assert total(books) == path.available


@pytest.mark.parametrize(
    ("name", "index", "fault"),
    [pytest.param(*c, id=f"{c[0]}-{c[1]}-{c[2]}") for c in every_third(single_faults())],
)
def test_path__one_fault__one_effect_and_the_answer(
    world: World, wire: Wire, books: Books, name: str, index: int, fault: Fault
) -> None:
    path = PATHS[name]
    wire.script = [None] * index + [fault]
    outcome = path.act(world)
    assert wire.fired == [fault]
    assert outcome.answer.status_code == path.status
    again = path.act(world)
    assert (again.answer, again.replayed) == (outcome.answer, True)
    assert total(books) == path.available


@pytest.mark.parametrize("kind", [faults.REQUEST_LOST, faults.REPLY_LOST])
@pytest.mark.parametrize("name", PATHS)
def test_path__no_reply_at_all__outcome_unknown_then_the_truth(
    world: World, wire: Wire, books: Books, name: str, kind: str
) -> None:
    path = PATHS[name]
    wire.script = [None] * (len(path.requests) - 1)
    wire.always = Fault(kind)
    with pytest.raises(OutcomeUnknown):
        path.act(world)
    wire.clear()
    world.budget = a_budget()
    assert path.act(world).answer.status_code == path.status
    assert total(books) == path.available


def test_grow__dies_at_any_request__is_made_whole_by_doing_it_again(
    wired: Database, wire: Wire, books: Books
) -> None:
    for lost in range(1, 9):
        wire.clear()
        budget = a_budget()
        merchant = add_merchant(
            name="Hot", fee_basis_points=None, database=wired, now=NOW, budget=budget
        )
        World(wired, budget).deposit(1_000, merchant_id=merchant.id)

        def grow(merchant_id: str = merchant.id) -> int:
            return grow_shards(
                merchant_id, SHARDS, database=wired, now=NOW, budget=a_budget()
            ).shards

        wire.clear()
        wire.script = [None] * lost
        wire.always = Fault(faults.REQUEST_LOST)
        with pytest.raises(PaymentsError):
            grow()
        wire.clear()
        assert grow() == SHARDS
        by_shard = [
            int(item.get("available_minor", 0))
            for item in books.items("ledger")
            if item["part"] == "balance" and item["merchant_id"] == merchant.id
        ]
        assert by_shard == [250] * SHARDS
        hot = [i for i in books.items("payments") if i["id"] == merchant.id]
        assert [item["shards"] for item in hot] == [SHARDS]


def test_deposit__its_shards_are_never_idle_at_once__goes_over_fewer(
    world: World, wire: Wire, books: Books
) -> None:
    wire.script = [Fault(faults.CONFLICT, position=6)] * 6
    assert world.deposit(1_000, key="d2", shards=SHARDS).answer.status_code == 201
    widths = [(len(body["TransactItems"]) - 2) // 2 for _, body in wire.requests]
    assert widths == [4, 4, 4, 2, 2, 2, 1]
    assert total(books) == 101_000


def test_deposit__to_one_shard_always_in_conflict__gives_up_when_the_time_is_over(
    world: World, wire: Wire, books: Books
) -> None:
    wire.always = Fault(faults.CONFLICT)
    with pytest.raises(RateLimited):
        world.deposit(1_000, key="d2", shards=SHARDS)
    wire.clear()
    assert total(books) == 100_000


def test_payment__its_plan_is_in_conflict__is_planned_anew(
    world: World, wire: Wire, books: Books
) -> None:
    wire.script = [None, None] + [Fault(faults.CONFLICT)] * 4
    assert world.pay(LARGE, key="p2", shards=SHARDS).answer.status_code == 201
    assert wire.count["BatchGetItem"] == 2
    assert total(books) == 100_000 - LARGE_AND_FEE


def test_payment__reply_of_a_plan_lost_and_then_in_conflict__is_not_planned_anew(
    world: World, wire: Wire, books: Books
) -> None:
    # It may have been done: only the same request tells, however often others are in the way.
    wire.script = [None, None, Fault(faults.REPLY_LOST)] + [Fault(faults.CONFLICT)] * 6
    assert world.pay(LARGE, key="p2", shards=SHARDS).answer.status_code == 201
    assert wire.count["BatchGetItem"] == 1
    assert total(books) == 100_000 - LARGE_AND_FEE


def test_level__one_move_in_conflict__makes_the_others(
    wired: Database, wire: Wire, books: Books
) -> None:
    world = World(wired, a_budget())
    world.deposit(900)
    wire.clear()
    wire.script = [None, None, None] + [Fault(faults.CONFLICT)] * 8
    assert level_shards("mer_aaaaaaaaaaaaaaaa", 3, database=wired, now=NOW, budget=a_budget()) == 1
    wire.clear()
    by_shard = [
        int(item.get("available_minor", 0))
        for item in books.items("ledger")
        if item["part"] == "balance"
    ]
    assert by_shard == [600, 300]
