"""Hostile content: whatever an attribute holds, verify names the item and never crashes."""

import pytest

from ops.verify.command import verify
from ops.verify.findings import LONGEST_SHOWN
from tests.ops.verify.memory_reader import NAMES, MemoryReader
from tests.ops.verify.small_world import (
    ALICE_EUR,
    ALICE_USD,
    AT,
    CONTENT,
    Address,
    Raw,
    SmallWorld,
    record_id,
    run_id,
)
from tests.thoroughness import some_in_turn

WRONG: list[Raw] = [
    {"S": "x"},
    {"S": ""},
    {"S": "[bold]\x1b[31m\u202e"},
    {"N": "-1"},
    {"N": "1E+30"},
    {"N": "9" * 38},
    {"B": b"\x00\xff"},
    {"BOOL": True},
    {"NULL": True},
    {"SS": ["a", "b"]},
    {"L": []},
    {"L": [{"NULL": True}, {"M": {}}, {"L": []}]},
    {"M": {}},
    {"M": {"id": {"N": "1"}, "part": {"L": []}}},
]
CLEAN = SmallWorld().items
ONE_OF_EACH: list[Address] = [
    ("payments", "dep_one", "deposit"),
    ("payments", "pay_one", "payment"),
    ("payments", "pay_poor", "payment"),
    ("payments", "pay_one", "refund#re_one"),
    ("ledger", ALICE_USD, "balance"),
    ("ledger", ALICE_USD, "entry#le_0002"),
    ("ledger", f"{ALICE_EUR}#0", "balance"),
    ("payments", "mer_alice", "shards"),
    ("idempotency", record_id("pay_one"), ""),
    ("idempotency", record_id("pay_poor"), ""),
    ("directory", "mer_alice", "merchant"),
    ("directory", "mer_alice", "api_key#k1"),
    ("settlements", run_id("incoming/one.csv"), "run"),
    ("settlements", run_id("incoming/one.csv", "v2"), "run"),
    ("settlements", run_id("incoming/bad.csv"), "run"),
    ("settlements", run_id("incoming/one.csv"), "break#0000000002"),
    ("settlements", "source#incoming/one.csv", f"{AT}#{run_id('incoming/one.csv')}"),
    ("settlements", f"content#{CONTENT}", "claim"),
    ("events", "stripe#evt_one", ""),
]
each_item = pytest.mark.parametrize(
    "address",
    ONE_OF_EACH,
    ids=[f"{table}-{id_[:9]}-{part[:12]}" for table, id_, part in ONE_OF_EACH],
)


def named_by_verify(items: dict[Address, Raw]) -> set[Address]:
    report = verify(NAMES, client=MemoryReader(items))
    for one in report.findings:
        assert one.line().isprintable()
        assert max(len(one.found), len(one.expected)) < 10 * LONGEST_SHOWN
    return {(one.table, one.key.id, one.key.part) for one in report.findings}


@each_item
def test_verify__attribute_of_any_content__never_crashes_and_any_other_type_is_named(
    address: Address,
) -> None:
    original = CLEAN[address]
    for number, name in enumerate(sorted(original.keys() - {"id", "part"})):
        for value in some_in_turn(WRONG, number):
            named = named_by_verify(CLEAN | {address: original | {name: value}})
            if value.keys() != original[name].keys():
                assert address in named, (name, value)


@each_item
def test_verify__attribute_missing__names_the_item_or_is_optional(address: Address) -> None:
    optional = {"metadata", "available_minor", "source_etag"}
    if address[0] == "settlements":
        optional |= {"payment_id"}
    if address[0] == "directory":
        # The book and the sweep may have heard of more shards before.
        optional |= {"shards"}
    original = CLEAN[address]
    for name in sorted(original.keys() - {"id", "part"} - optional):
        without = {n: value for n, value in original.items() if n != name}
        assert address in named_by_verify(CLEAN | {address: without}), name


@each_item
def test_verify__nothing_but_the_key__names_the_item(address: Address) -> None:
    only_key = {n: value for n, value in CLEAN[address].items() if n in ("id", "part")}
    assert address in named_by_verify(CLEAN | {address: only_key})
