"""Something of a book with several shards is corrupted, and verify names the rule and that item."""

from collections.abc import Callable
from typing import Any

import pytest

from ops.verify.command import verify
from ops.verify.rules_shards import ShardFacts, check_shards
from tests.ops.verify.card_world import EXTERNAL, RUN, payment, refund
from tests.ops.verify.dispute_world import dispute
from tests.ops.verify.memory_reader import NAMES, MemoryReader
from tests.ops.verify.shard_world import ShardWorld, balance, shard
from tests.ops.verify.small_world import ALICE, AT, LATER, Address, Found, found_by, raw

HOT: Address = ("payments", ALICE, "shards")
MERCHANT: Address = ("directory", ALICE, "merchant")
SMALL, LARGE = (("payments", f"pay_{name}", "payment") for name in ("small", "large"))
SOLD, FOUGHT = payment("sold"), payment("fought")
BEFORE, AFTER, AFTER_ALL = (refund("sold", each) for each in ("before", "after", "after-all"))
OPEN, LOST, LATE = (dispute("fought", f"dp_{each}") for each in ("open", "lost", "late"))
EVEN: Address = ("payments", "dep_even", "deposit")
FIRST = balance(0)
WORLD = ShardWorld()
LEVELLED = WORLD.levelled

CHANGES: list[Any] = [
    # What one shard gave, another got.
    ("levelled into fees", LEVELLED[0],
     {"postings": raw([{"account": "available", "amount_minor": 2_631},
                       {"account": "fees", "amount_minor": -2_631}])},
     {("shards", LEVELLED[0]), ("shards", FIRST)}),
    ("a fee for levelling", LEVELLED[0],
     {"postings": raw([{"account": "available", "amount_minor": 2_631},
                       {"account": "between_shards", "amount_minor": -2_630},
                       {"account": "fees", "amount_minor": -1}])},
     {("shards", LEVELLED[0]), ("shards", FIRST)}),
    ("levelled in two pieces", LEVELLED[0],
     {"postings": raw([{"account": "available", "amount_minor": 2_630},
                       {"account": "available", "amount_minor": 1},
                       {"account": "between_shards", "amount_minor": -2_631}])},
     {("shards", LEVELLED[0])}),
    ("levelled for somebody else", LEVELLED[1], {"item_id": raw("mer_other")},
     {("entry-item", LEVELLED[1])}),
    ("levelled for a payment", LEVELLED[1], {"payment_id": raw("pay_small")},
     {("entry-item", LEVELLED[1])}),
    ("levelled by a payment", LEVELLED[1],
     {"item_id": raw("pay_small"), "item_part": raw("payment")}, {("entry-item", LEVELLED[1])}),
    # How many there are.
    ("book knows of one", FIRST, {"shards": None}, {("shards", FIRST)}),
    ("book knows of one too few", FIRST, {"shards": raw(2)}, {("shards", FIRST)}),
    ("book knows of more than the sweep", FIRST, {"shards": raw(4)}, {("shards", FIRST)}),
    ("book of one, in so many words", FIRST, {"shards": raw(1)}, {("I4", FIRST)}),
    ("book of too many", FIRST, {"shards": raw(33)}, {("I4", FIRST)}),
    ("book of half a shard", FIRST, {"shards": {"N": "2.5"}}, {("I4", FIRST)}),
    ("another shard knows it, too", balance(1), {"shards": raw(3)}, {("shards", balance(1))}),
    ("merchant has more than the sweep knows", MERCHANT, {"shards": raw(4)},
     {("shards", MERCHANT)}),
    ("merchant has one, in so many words", MERCHANT, {"shards": raw(1)}, {("I4", MERCHANT)}),
    ("merchant has too many", MERCHANT, {"shards": raw(33)}, {("I4", MERCHANT)}),
    ("merchant lists one shard", MERCHANT, {"shards": None},
     {("shards", each) for each in (SMALL, LARGE, SOLD, FOUGHT)}),
    ("merchant lists two shards", MERCHANT, {"shards": raw(2)},
     {("shards", each) for each in (SMALL, FOUGHT)}),
    # By what the sweep knows it.
    ("sweep does not know it", HOT, None,
     {("shards", MERCHANT), ("shards", FIRST)}
     | {("entry-item", each) for each in LEVELLED.values()}),
    ("sweep knows of too few", HOT, {"shards": raw(2)}, {("shards", MERCHANT), ("shards", FIRST)}),
    ("sweep knows of one", HOT, {"shards": raw(1)}, {("I4", HOT)}),
    ("sweep knows of too many", HOT, {"shards": raw(33)}, {("I4", HOT)}),
    ("sweep knows of somebody else", HOT, {"merchant_id": raw("mer_other")}, {("shards", HOT)}),
    ("sweep knows nobody", HOT, {"merchant_id": raw("")}, {("shape", HOT)}),
    ("sweep knows of nobody that is there", MERCHANT, None, {("shards", HOT)}),
    ("sweep never looks", HOT, {"due_at": None, "due_bucket": None}, {("due", HOT)}),
    ("sweep looks at no time", HOT, {"due_at": None}, {("due", HOT)}),
    ("sweep looks elsewhere", HOT, {"due_bucket": raw("work#0")}, {("due", HOT)}),
    ("sweep looked before it was there", HOT, {"updated_at": raw("2026-11-21T11:00:00.000000Z")},
     {("changes", HOT)}),
    ("sweep never changes it", HOT, {"version": raw(0)}, {("I4", HOT)}),
    # In which shard what is.
    ("captured in another shard than its own", SOLD, {"list_bucket": raw(f"{ALICE}#2")},
     {("item-entries", SOLD)}),
    ("in a shard of the list that nobody reads", SMALL, {"list_bucket": raw(f"{ALICE}#3")},
     {("shards", SMALL)}),
    ("in a shard of the list that cannot be", SMALL, {"list_bucket": raw(f"{ALICE}#32")},
     {("shape", SMALL)}),
]  # fmt: skip


def found_in(items: dict[Address, Any]) -> Found:
    return found_by(verify(NAMES, client=MemoryReader(items)))


def test_verify__right_shards__are_clean_and_add_up() -> None:
    report = verify(NAMES, client=MemoryReader(WORLD.items))
    assert [one.line() for one in report.findings] == []
    assert (report.is_clean, report.sums["USD"].held_minor) == (True, 8_791)


@pytest.mark.parametrize(
    ("address", "change", "expected"), [one[1:] for one in CHANGES], ids=[one[0] for one in CHANGES]
)
def test_verify__item_of_a_book_with_shards_corrupted__names_it(
    address: Address, change: Any, expected: Found
) -> None:
    assert found_in(WORLD.corrupted(address, change)) == expected


def level_one_side(world: ShardWorld) -> Found:
    """A shard gave what no other got."""
    world.level({2: -5})
    return {("shards", FIRST), ("I2", balance(2))}


def level_to_nowhere(world: ShardWorld) -> Found:
    world.level({1: 7})
    return {("shards", FIRST)}


def use_an_unknown_shard(world: ShardWorld) -> Found:
    """The book does not know of it, so that nobody finds what is there."""
    world.level({0: -1, 3: 1})
    return {("shards", FIRST)}


def overdraw_another_shard(world: ShardWorld) -> Found:
    world.payment("pay_deep", ALICE, "USD", 1, 0, [(1, 1, 0)], fee_basis_points=0)
    return {("I2", balance(1))}


def overdraw_shard_0_by_a_payment(world: ShardWorld) -> Found:
    """Disputes took 1,940 there; the payment takes what was not there any more."""
    world.payment("pay_deep", ALICE, "USD", 832, 0, [(0, 832, 0)], fee_basis_points=0)
    return {("I2", FIRST)}


def two_entries_in_one_shard(world: ShardWorld) -> Found:
    parts: dict[int, Any] = {1: [("available", -28_400), ("external:bank", 28_400)]}
    world.put_into(LARGE, 0, parts)
    fee = [("available", -1_600), ("fees", 1_600)]
    again = world.entry((ALICE, "USD", 1), "payment", (LARGE[1], LARGE[2]), fee)
    world.items[LARGE]["entries"]["L"].append(raw(again))
    return {("item-entries", LARGE)}


def one_cent_less_in_one_shard(world: ShardWorld) -> Found:
    world.put_into(OPEN, 0, {1: [("available", -399), ("disputed", 399)]})
    return {("item-entries", OPEN)}


def shards_in_no_order(world: ShardWorld) -> Found:
    """Nobody can tell then which entries are one step."""
    world.items[OPEN]["entries"]["L"].reverse()
    return {("item-entries", OPEN), ("changes", OPEN), ("changes", FOUGHT)}


def one_step_at_two_times(world: ShardWorld) -> Found:
    key = world.items[LATE]["entries"]["L"][1]["M"]
    world.items["ledger", key["id"]["S"], key["part"]["S"]]["created_at"] = raw(LATER)
    return {("item-entries", LATE)}


def capture_over_shards(world: ShardWorld) -> Found:
    halves: Any = {n: [(EXTERNAL, -2_500), ("pending", 2_450), ("fees", 50)] for n in (1, 2)}
    world.put_into(SOLD, 0, halves)
    return {("item-entries", SOLD)}


def given_back_in_another_shard(world: ShardWorld) -> Found:
    (entry,) = world.put_into(BEFORE, 1, {1: [("refunding", -400), (EXTERNAL, 400)]})
    return {("shards", entry)}


def taken_from_pending_in_another_shard(world: ShardWorld) -> Found:
    (entry,) = world.put_into(BEFORE, 0, {1: [("pending", -400), ("refunding", 400)]})
    return {("shards", entry)}


def settled_in_another_shard(world: ShardWorld) -> Found:
    world.level({0: -10, 1: 10})
    moved: Any = [("pending", 10), ("available", -10)]
    away = world.entry((ALICE, "USD", 0), "settlement", (RUN, "run"), [(a, -n) for a, n in moved])
    here = world.entry((ALICE, "USD", 1), "settlement", (RUN, "run"), moved)
    for each in (away, here):
        del world.items["ledger", each["id"], each["part"]]["payment_id"]
    return {("shards", ("ledger", here["id"], here["part"]))}


def settled_a_cent_less(world: ShardWorld) -> Found:
    moved: Any = [("pending", 1), ("available", -1)]
    key = world.entry((ALICE, "USD", 0), "settlement", (RUN, "run"), moved, at=AT)
    del world.items["ledger", key["id"], key["part"]]["payment_id"]
    return {("settled", ("settlements", RUN, "run"))}


def paid_by_the_sweep(world: ShardWorld) -> Found:
    """What levels moves nothing else."""
    moved: Any = [("available", -1), ("external:bank", 1)]
    key = world.entry((ALICE, "USD", 0), "payment", (ALICE, "shards"), moved)
    return {("entry-item", ("ledger", key["id"], key["part"]))}


def refund_a_version_too_many(world: ShardWorld) -> Found:
    """An entry in each of two shards is one step, and so one change."""
    world.items[AFTER_ALL]["version"] = raw(4)
    world.items[LOST]["version"] = raw(3)
    return {("changes", AFTER_ALL), ("changes", LOST)}


def something_else_beside_it(world: ShardWorld) -> Found:
    world.put("payments", ALICE, "payment")
    return {("shape", ("payments", ALICE, "payment"))}


def shards_of_a_payment(world: ShardWorld) -> Found:
    there = ("payments", SMALL[1], "shards")
    world.items[there] = world.items[HOT] | {"id": raw(SMALL[1])}
    return {("shape", there)}


def deposit_of_a_cent_more(world: ShardWorld) -> Found:
    world.put_into(EVEN, 2, {2: [("external:bank", -30_001), ("available", 30_001)]})
    return {("item-entries", EVEN)}


WRONGS: list[Callable[[ShardWorld], Found]] = [
    level_one_side, level_to_nowhere, use_an_unknown_shard, overdraw_another_shard,
    overdraw_shard_0_by_a_payment, two_entries_in_one_shard, one_cent_less_in_one_shard,
    shards_in_no_order, one_step_at_two_times, capture_over_shards, given_back_in_another_shard,
    taken_from_pending_in_another_shard, settled_in_another_shard, settled_a_cent_less,
    paid_by_the_sweep, refund_a_version_too_many, something_else_beside_it, shards_of_a_payment,
    deposit_of_a_cent_more,
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONGS, ids=lambda wrong: wrong.__name__)
def test_verify__book_with_shards_that_is_wrong__is_found(
    wrong: Callable[[ShardWorld], Found],
) -> None:
    world = ShardWorld()
    expected = wrong(world)
    assert found_in(dict(sorted(world.items.items()))) == expected


def facts(refunding: int, disputed: int) -> ShardFacts:
    return ShardFacts(
        number=1,
        has_available=False,
        between_minor=0,
        levellings=0,
        set_aside=(refunding, disputed),
        is_readable=True,
    )


@pytest.mark.parametrize(
    ("shards", "said"),
    [
        ({0: facts(-5, 0), 1: facts(5, 0)}, []),
        ({0: facts(-5, 0), 1: facts(4, 0)}, ["refunding_minor never below zero, over all shards"]),
        ({0: facts(0, -1), 1: facts(1, 0)}, ["disputed_minor never below zero, over all shards"]),
        ({0: facts(-1, 0)}, ["refunding_minor never below zero"]),
    ],
)
def test_check_shards__what_is_set_aside__is_there_over_all_shards(
    shards: dict[int, ShardFacts], said: list[str]
) -> None:
    outcome = check_shards(shard(0).removesuffix("#0"), shards, None)
    assert [one.expected for one in outcome.findings] == said
