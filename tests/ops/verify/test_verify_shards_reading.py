"""Shards are read one after the other while money moves between them: what is half seen is no
finding, and a book that pays all the time is proved.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from ops.verify.command import verify
from ops.verify.sums import CurrencySum
from tests.ops.verify.memory_reader import NAMES, MemoryReader
from tests.ops.verify.shard_world import SHARDS, ShardWorld, balance, shard
from tests.ops.verify.small_world import ALICE, AT, BOB, Address, Raw, found_by, raw

FIRST = balance(0)


class LateReader(MemoryReader):
    """Its scans show some partitions as they were a moment ago; all other readings are of now."""

    def __init__(
        self,
        world: ShardWorld,
        before: dict[Address, Raw],
        ids: set[str],
        before_call: Callable[[str, dict[str, Any]], None] | None = None,
    ) -> None:
        super().__init__(world.items, before_call=before_call)
        late = {address: item for address, item in before.items() if address[1] in ids}
        rest = {address: item for address, item in world.items.items() if address[1] not in ids}
        self._seen = MemoryReader(dict(sorted(deepcopy(late | rest).items())))

    def scan(self, **request: Any) -> Any:
        return self._seen.scan(**request)


def a_levelling_half_seen(
    before_call: Callable[[ShardWorld], None] | None = None,
) -> tuple[ShardWorld, LateReader]:
    """Shard 0 was scanned before money came into it, the other after it had left; and something may
    happen whenever shard 0 is read again.
    """
    world = ShardWorld()
    before = deepcopy(world.items)
    world.deposit("dep_more", ALICE, "USD", 30, [(0, 10), (1, 10), (2, 10)])
    before |= deepcopy({each: item for each, item in world.items.items() if each[1] == shard(0)})
    world.level({0: 10, 1: -10}, at=AT)

    def act(name: str, request: dict[str, Any]) -> None:
        values = request.get("ExpressionAttributeValues", {})
        if before_call is not None and name == "query" and values[":id"]["S"] == shard(0):
            before_call(world)

    return world, LateReader(world, before, {shard(0)}, act)


def test_verify__levelling_half_seen__is_no_finding_and_adds_up() -> None:
    _, reader = a_levelling_half_seen()
    report = verify(NAMES, client=reader)
    assert ([one.line() for one in report.findings], report.not_proved) == ([], [])
    # What left was seen, and not yet where it came.
    assert report.sums["USD"].between_shards_minor == -10
    assert report.is_clean


def test_verify__levelling_half_seen_while_money_comes_in__is_proved_all_the_same() -> None:
    made = 0

    def deposit(world: ShardWorld) -> None:
        nonlocal made
        made += 1
        world.deposit(f"dep_{made}", ALICE, "USD", 3, [(0, 1), (1, 1), (2, 1)])

    _, reader = a_levelling_half_seen(deposit)
    report = verify(NAMES, client=reader)
    assert (report.findings, report.not_proved, made) == ([], [], 2)


def test_verify__levelled_at_every_reading__is_not_proved_and_not_wrong() -> None:
    _, reader = a_levelling_half_seen(lambda world: world.level({0: 1, 1: -1}))
    report = verify(NAMES, client=reader)
    assert (report.findings, report.exit_code) == ([], 2)
    assert report.not_proved == [f"ledger {ALICE}#USD moved during every reading"]


def test_verify__levelled_to_nowhere_while_money_comes_in__is_found() -> None:
    made = 0

    def deposit(world: ShardWorld) -> None:
        nonlocal made
        made += 1
        world.deposit(f"dep_{made}", ALICE, "USD", 3, [(0, 1), (1, 1), (2, 1)])

    world, reader = a_levelling_half_seen(deposit)
    world.level({2: 1})
    assert found_by(verify(NAMES, client=reader)) == {("shards", FIRST)}


def test_verify__shards_grow_while_it_scans__is_no_finding() -> None:
    world = ShardWorld()
    before = deepcopy(world.items)
    world.give_shards(ALICE, SHARDS + 1)
    world.items[FIRST]["shards"] = raw(SHARDS + 1)
    world.deposit("dep_more", ALICE, "USD", 40, [(0, 10), (1, 10), (2, 10), (3, 10)])
    world.items = dict(sorted(world.items.items()))
    reader = LateReader(world, before, {shard(0), ALICE})
    report = verify(NAMES, client=reader)
    assert ([one.line() for one in report.findings], report.not_proved) == ([], [])


def test_verify__growing_that_died_before_it_said_so_to_the_merchant__is_clean() -> None:
    world = ShardWorld()
    world.items["payments", ALICE, "shards"]["shards"] = raw(SHARDS + 1)
    world.put("directory", BOB, "merchant", name="Shop", created_at=AT, version=1)
    world.give_shards(BOB, 2)
    del world.items["directory", BOB, "merchant"]["shards"]
    assert found_by(verify(NAMES, client=MemoryReader(world.items))) == set()


def test_sum__levelling_half_seen__says_so() -> None:
    line = CurrencySum(deposited_minor=5, held_minor=12, between_shards_minor=7).line("USD")
    assert line == (
        "USD, in minor units: deposited 5 + refunded 0 = paid out 0 + fees 0 "
        "+ held in balances 12 - seen twice between shards 7: it adds up."
    )


def test_sum__of_two_shards__takes_what_is_between_them_together() -> None:
    gave = CurrencySum(held_minor=-7, between_shards_minor=-7)
    got = CurrencySum(held_minor=7, between_shards_minor=7)
    assert (gave + got, gave.adds_up, got.adds_up) == (CurrencySum(), True, True)
