"""The rules on whole small worlds: right books, and wrongs that take more than one item."""

from typing import Any

import pytest

from ops.verify.command import verify
from ops.verify.findings import Rule
from tests.ops.verify.small_world import (
    ALICE_USD,
    BOB_USD,
    Address,
    Found,
    SmallWorld,
    entries,
    found_by,
    raw,
)

PAYMENT_ENTRY: Address = ("ledger", ALICE_USD, "entry#le_0002")


def findings_of(world: SmallWorld, dynamodb: Any, tables: dict[str, str]) -> Found:
    world.write(dynamodb, tables)
    return found_by(verify(tables, client=dynamodb))


def test_verify__right_books__are_clean(dynamodb: Any, tables: dict[str, str]) -> None:
    world = SmallWorld()
    world.write(dynamodb, tables)
    report = verify(tables, client=dynamodb)
    assert [one.line() for one in report.findings] == []
    assert (report.not_proved, report.is_clean, report.exit_code) == ([], True, 0)
    assert report.checked == {
        Rule.I1: 10,
        Rule.I2: 4,
        Rule.I3: 4,
        Rule.I4: 46,
        Rule.ITEM_ENTRIES: 8,
        Rule.ENTRY_ITEM: 10,
        Rule.BOOK: 14,
        Rule.SHARDS: 15,
        Rule.PARTS: 2,
        Rule.STATE: 6,
        Rule.OPERATION: 0,
        Rule.DISPUTE: 0,
        Rule.REFERENCE: 0,
        Rule.DUE: 1,
        Rule.RECORD: 9,
        Rule.CHANGES: 10,
        Rule.RUN: 11,
        Rule.BREAK: 3,
        Rule.CLAIM: 8,
        Rule.MARKER: 0,
        Rule.SETTLED: 9,
        Rule.EVENT: 1,
        Rule.SHAPE: 55,
    }


def test_verify__empty_tables__are_clean(dynamodb: Any, tables: dict[str, str]) -> None:
    report = verify(tables, client=dynamodb)
    assert (report.is_clean, report.sums) == (True, {})


def test_verify__available_below_zero__is_found_though_the_fold_agrees(
    dynamodb: Any, tables: dict[str, str]
) -> None:
    world = SmallWorld()
    world.payment("pay_deep", "mer_bob", "USD", 1_000, 0, [(0, 1_000, 0)], fee_basis_points=0)
    assert findings_of(world, dynamodb, tables) == {("I2", ("ledger", BOB_USD, "balance"))}


def test_verify__two_payments_share_one_entry__is_found_at_the_second(
    dynamodb: Any, tables: dict[str, str]
) -> None:
    world = SmallWorld()
    world.payment("pay_twin", "mer_alice", "USD", 5_000, 100, [])
    world.items["payments", "pay_twin", "payment"]["entries"] = entries(PAYMENT_ENTRY)
    twin = ("payments", "pay_twin", "payment")
    assert findings_of(world, dynamodb, tables) == {("item-entries", twin)}


def test_verify__entry_in_the_book_of_another_merchant__is_found_at_the_entry(
    dynamodb: Any, tables: dict[str, str]
) -> None:
    world = SmallWorld()
    world.payment("pay_x", "mer_alice", "USD", 10, 0, [(0, 10, 0)], fee_basis_points=0)
    moved = world.entry(
        ("mer_bob", "USD", 0),
        "payment",
        ("pay_y", "payment"),
        [("available", -10), ("external:bank", 10)],
    )
    world.payment("pay_y", "mer_alice", "USD", 10, 0, [], fee_basis_points=0)
    world.items["payments", "pay_y", "payment"]["entries"] = raw([moved])
    found = findings_of(world, dynamodb, tables)
    assert found == {("entry-item", ("ledger", moved["id"], moved["part"]))}


def test_verify__refund_without_its_payment__is_found(
    dynamodb: Any, tables: dict[str, str]
) -> None:
    world = SmallWorld()
    world.refund("pay_none", "re_lost", "mer_alice", "USD", 5)
    lost = ("payments", "pay_none", "refund#re_lost")
    assert findings_of(world, dynamodb, tables) == {("parts", lost)}


@pytest.mark.parametrize(
    ("table", "id_", "part"),
    [
        ("payments", "pay_one", "note#1"),
        ("payments", "nonsense", "nonsense"),
        ("ledger", BOB_USD, "note"),
        ("directory", "mer_alice", "note"),
        ("directory", "nobody", "note"),
    ],
)
def test_verify__unknown_part__is_found(
    dynamodb: Any, tables: dict[str, str], table: str, id_: str, part: str
) -> None:
    world = SmallWorld()
    world.put(table, id_, part)
    assert findings_of(world, dynamodb, tables) == {("shape", (table, id_, part))}


@pytest.mark.parametrize(
    "book",
    [
        "nonsense",
        "mer_bob#USD#x",
        "#USD#0",
        "mer_bob#usd#0",
        "mer_bob#USD#32",
        "mer_bob#USD#00",
        "mer_bob#USD#-1",
        "mer_bob#USD#" + "9" * 400,
    ],
)
def test_verify__book_with_no_proper_name__is_found(
    dynamodb: Any, tables: dict[str, str], book: str
) -> None:
    world = SmallWorld()
    world.put("ledger", book, "balance", merchant_id="mer_bob", currency="USD", entry_count=0)
    assert findings_of(world, dynamodb, tables) == {("book", ("ledger", book, "balance"))}


@pytest.mark.parametrize(
    "address",
    [
        ("payments", "dep_2", "payment"),
        ("payments", "pay_2", "deposit"),
        ("ledger", BOB_USD, "entry#nonsense"),
        ("idempotency", "not-a-hash", ""),
        ("directory", "pay_1", "merchant"),
        ("directory", "pay_1", "api_key#k1"),
    ],
)
def test_verify__id_of_another_kind__is_found(
    dynamodb: Any, tables: dict[str, str], address: Address
) -> None:
    world = SmallWorld()
    world.put(*address)
    world.write(dynamodb, tables)
    report = verify(tables, client=dynamodb)
    said = {one.expected for one in report.findings if (one.table, *one.key) == address}
    assert said & {
        "the id of a payment to begin with pay_",
        "the id of a deposit to begin with dep_",
        "a part like entry#le_.+",
        "an id that is a hex SHA-256",
        "the id of a merchant to begin with mer_",
        "an API key of a merchant or of operator",
    }


def test_verify__entry_in_a_book_with_no_proper_name__is_found_at_the_book(
    dynamodb: Any, tables: dict[str, str]
) -> None:
    world = SmallWorld()
    world.deposit("dep_x", "mer_bob", "usd", 5, [(0, 5)])
    world.items["payments", "dep_x", "deposit"]["currency"] = raw("USD")
    world.items["ledger", "mer_bob#usd#0", "balance"]["currency"] = raw("USD")
    world.items["ledger", "mer_bob#usd#0", "entry#le_0011"]["currency"] = raw("USD")
    world.record("dep_x", "mer_bob", ("dep_x", "deposit"), 201, 5, "USD")
    found = findings_of(world, dynamodb, tables)
    assert found == {("book", ("ledger", "mer_bob#usd#0", "balance"))}
