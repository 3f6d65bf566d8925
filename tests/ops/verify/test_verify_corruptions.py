"""One item is corrupted, and verify names the rule and that item and nothing else.

Where one corruption really breaks two rules (a payment that forgets its entry, and the entry that
nobody lists), both are expected, each at its own item.
"""

import json
from typing import Any

import pytest

from ops.verify.command import verify
from tests.ops.verify.small_world import (
    ALICE_EUR,
    ALICE_USD,
    BOB_USD,
    Address,
    Found,
    Raw,
    SmallWorld,
    entries,
    found_by,
    raw,
    record_id,
    run_id,
)

DEPOSIT: Address = ("payments", "dep_one", "deposit")
PAYMENT: Address = ("payments", "pay_one", "payment")
DECLINED: Address = ("payments", "pay_poor", "payment")
HOT: Address = ("payments", "pay_hot", "payment")
REFUND: Address = ("payments", "pay_one", "refund#re_one")
BALANCE: Address = ("ledger", ALICE_USD, "balance")
DEPOSIT_ENTRY: Address = ("ledger", ALICE_USD, "entry#le_0001")
PAYMENT_ENTRY: Address = ("ledger", ALICE_USD, "entry#le_0002")
REFUND_ENTRY: Address = ("ledger", ALICE_USD, "entry#le_0003")
SECOND_REFUND_ENTRY: Address = ("ledger", ALICE_USD, "entry#le_0004")
BOB_ENTRY: Address = ("ledger", BOB_USD, "entry#le_0010")
HOT_ENTRY: Address = ("ledger", f"{ALICE_EUR}#0", "entry#le_0007")
DEPOSIT_RECORD: Address = ("idempotency", record_id("dep_one"), "")
PAYMENT_RECORD: Address = ("idempotency", record_id("pay_one"), "")
REFUND_RECORD: Address = ("idempotency", record_id("re_one"), "")
DECLINED_RECORD: Address = ("idempotency", record_id("pay_poor"), "")
MERCHANT: Address = ("directory", "mer_alice", "merchant")
FIRST_RUN: Address = ("settlements", run_id("incoming/one.csv"), "run")
API_KEY: Address = ("directory", "mer_alice", "api_key#k1")


def postings(*pairs: tuple[str, int]) -> Raw:
    return raw([{"account": account, "amount_minor": amount} for account, amount in pairs])


def body(**members: Any) -> Raw:
    made = {"id": "pay_one", "amount_minor": 5_000, "currency": "USD"}
    return raw(json.dumps(made | members))


N = "N"
CHANGES: list[Any] = [
    # I1: an entry that is wrong in itself is also not what its item asked for.
    ("I1 not zero", PAYMENT_ENTRY,
     {"postings": postings(("available", -5_100), ("external:bank", 5_001), ("fees", 100))},
     {("I1", PAYMENT_ENTRY), ("item-entries", PAYMENT)}),
    ("I1 one posting", PAYMENT_ENTRY, {"postings": postings(("available", -5_100))},
     {("I1", PAYMENT_ENTRY), ("item-entries", PAYMENT)}),
    ("I1 no postings", PAYMENT_ENTRY, {"postings": postings()},
     {("I1", PAYMENT_ENTRY), ("item-entries", PAYMENT), ("I2", BALANCE)}),
    ("I1 unknown account", PAYMENT_ENTRY,
     {"postings": postings(("available", -5_100), ("external:bank", 5_000), ("slush", 100))},
     {("I1", PAYMENT_ENTRY), ("item-entries", PAYMENT)}),
    # I2
    ("I2 a cent too much", BALANCE, {"available_minor": raw(97_401)}, {("I2", BALANCE)}),
    ("I2 pending from nowhere", BALANCE, {"pending_minor": raw(1)}, {("I2", BALANCE)}),
    ("I2 count", BALANCE, {"entry_count": raw(5)}, {("I2", BALANCE)}),
    ("I2 no balance", BALANCE, None, {("I2", BALANCE)}),
    # I3
    ("I3 refunded more than its refunds", PAYMENT, {"refunded_minor": raw(2_501)},
     {("I3", PAYMENT)}),
    ("I3 refunded less than its refunds", PAYMENT, {"refunded_minor": raw(0)}, {("I3", PAYMENT)}),
    ("I3 refunded below zero", HOT, {"refunded_minor": raw(-1)}, {("I3", HOT)}),
    ("I3 captured more than the amount", HOT, {"captured_minor": raw(601)}, {("I3", HOT)}),
    ("I3 captured less than the amount", HOT, {"captured_minor": raw(599)}, {("I3", HOT)}),
    ("I3 rate", HOT, {"fee_basis_points": raw(300)}, {("I3", HOT)}),
    ("I3 fee", HOT, {"fee_minor": raw(11)}, {("I3", HOT), ("item-entries", HOT)}),
    ("I3 decline captured", DECLINED, {"captured_minor": raw(1)}, {("I3", DECLINED)}),
    ("I3 decline without a reason", DECLINED, {"failure_code": None}, {("I3", DECLINED)}),
    ("I3 decline with entries", DECLINED, {"entries": entries(PAYMENT_ENTRY)}, {("I3", DECLINED)}),
    # I4
    ("I4 fraction", HOT, {"captured_minor": {N: "600.5"}}, {("I4", HOT)}),
    ("I4 exponent", HOT, {"captured_minor": {N: "6e2"}}, {("I4", HOT)}),
    ("I4 string", HOT, {"amount_minor": raw("600")}, {("I4", HOT)}),
    ("I4 zero amount", REFUND, {"amount_minor": raw(0)}, {("I4", REFUND)}),
    ("I4 version 0", HOT, {"version": raw(0)}, {("I4", HOT)}),
    ("I4 version of a deposit", DEPOSIT, {"version": {N: "1.5"}}, {("I4", DEPOSIT)}),
    ("I4 balance", BALANCE, {"available_minor": raw("97400")}, {("I4", BALANCE)}),
    ("I4 count", BALANCE, {"entry_count": {N: "4.5"}}, {("I4", BALANCE)}),
    ("I4 posting", PAYMENT_ENTRY,
     {"postings": raw([{"account": "available", "amount_minor": "-5100"},
                       {"account": "external:bank", "amount_minor": 5_100}])},
     {("I4", PAYMENT_ENTRY)}),
    ("I4 status code", PAYMENT_RECORD, {"status_code": raw("201")}, {("I4", PAYMENT_RECORD)}),
    ("I4 expiry", PAYMENT_RECORD, {"expires_at": raw("2026")}, {("I4", PAYMENT_RECORD)}),
    ("I4 merchant", MERCHANT, {"fee_basis_points": {N: "2.5"}}, {("I4", MERCHANT)}),
    ("I4 unknown money", HOT, {"tip_minor": raw("5")}, {("I4", HOT)}),
    # item-entries
    ("entries forgotten", REFUND, {"entries": None},
     {("item-entries", REFUND), ("entry-item", REFUND_ENTRY)}),
    ("entries empty", REFUND, {"entries": raw([])},
     {("item-entries", REFUND), ("entry-item", REFUND_ENTRY)}),
    ("entry twice", REFUND, {"entries": entries(REFUND_ENTRY, REFUND_ENTRY)},
     {("item-entries", REFUND)}),
    ("another's entry too", REFUND, {"entries": entries(REFUND_ENTRY, SECOND_REFUND_ENTRY)},
     {("item-entries", REFUND)}),
    ("another book's entry too", REFUND, {"entries": entries(REFUND_ENTRY, BOB_ENTRY)},
     {("item-entries", REFUND)}),
    ("an entry that is none", REFUND, {"entries": entries(REFUND_ENTRY, BALANCE)},
     {("item-entries", REFUND)}),
    ("an entry of no possible key", REFUND,
     {"entries": entries(REFUND_ENTRY, ("ledger", "x" * 3_000, "entry#le_1"))},
     {("item-entries", REFUND)}),
    ("one shard forgotten", HOT, {"entries": entries(HOT_ENTRY)},
     {("item-entries", HOT), ("entry-item", ("ledger", f"{ALICE_EUR}#1", "entry#le_0008"))}),
    ("refund of another amount", DEPOSIT, {"amount_minor": raw(99_999)},
     {("item-entries", DEPOSIT), ("record", DEPOSIT_RECORD)}),
    ("wrong kind", DEPOSIT_ENTRY, {"kind": raw("refund")},
     {("item-entries", DEPOSIT), ("entry-item", DEPOSIT_ENTRY)}),
    ("turned round", DEPOSIT_ENTRY,
     {"postings": postings(("external:bank", 100_000), ("available", -100_000))},
     {("item-entries", DEPOSIT), ("I2", BALANCE)}),
    ("entry gone", REFUND_ENTRY, None, {("item-entries", REFUND), ("I2", BALANCE)}),
    # entry-item
    ("entry of a stranger", SECOND_REFUND_ENTRY, {"item_part": raw("refund#re_none")},
     {("entry-item", SECOND_REFUND_ENTRY),
      ("item-entries", ("payments", "pay_one", "refund#re_two"))}),
    ("entry of another payment", PAYMENT_ENTRY, {"payment_id": raw("pay_bob")},
     {("entry-item", PAYMENT_ENTRY)}),
    ("entry of no payment", PAYMENT_ENTRY, {"payment_id": None}, {("entry-item", PAYMENT_ENTRY)}),
    ("deposit of a payment", DEPOSIT_ENTRY, {"payment_id": raw("pay_one")},
     {("entry-item", DEPOSIT_ENTRY)}),
    ("item gone", DEPOSIT, None, {("entry-item", DEPOSIT_ENTRY), ("record", DEPOSIT_RECORD)}),
    ("item of another merchant", DEPOSIT, {"merchant_id": raw("mer_bob")},
     {("entry-item", DEPOSIT_ENTRY), ("record", DEPOSIT_RECORD)}),
    # book
    ("balance of another merchant", BALANCE, {"merchant_id": raw("mer_bob")}, {("book", BALANCE)}),
    ("balance of another currency", BALANCE, {"currency": raw("EUR")}, {("book", BALANCE)}),
    ("entry of another currency", REFUND_ENTRY, {"currency": raw("EUR")},
     {("book", REFUND_ENTRY), ("item-entries", REFUND)}),
    # parts
    ("refund of another merchant", REFUND, {"merchant_id": raw("mer_bob")},
     {("parts", REFUND), ("entry-item", REFUND_ENTRY), ("record", REFUND_RECORD)}),
    ("refund of another currency", REFUND, {"currency": raw("EUR")},
     {("parts", REFUND), ("entry-item", REFUND_ENTRY), ("item-entries", REFUND),
      ("record", REFUND_RECORD), ("settled", FIRST_RUN)}),
    # record
    ("record of nothing", PAYMENT_RECORD, {"item_id": raw("pay_none")},
     {("record", PAYMENT_RECORD)}),
    ("record of another merchant", PAYMENT_RECORD, {"merchant_id": raw("mer_bob")},
     {("record", PAYMENT_RECORD)}),
    ("record of another request", PAYMENT_RECORD, {"fingerprint": raw("0" * 64)},
     {("record", PAYMENT_RECORD)}),
    ("record without expiry", PAYMENT_RECORD, {"expires_at": None}, {("record", PAYMENT_RECORD)}),
    ("record in milliseconds", PAYMENT_RECORD, {"expires_at": raw(1_795_000_000_000)},
     {("record", PAYMENT_RECORD)}),
    ("record without body", PAYMENT_RECORD, {"body": None}, {("record", PAYMENT_RECORD)}),
    ("record without status", PAYMENT_RECORD, {"status_code": None}, {("record", PAYMENT_RECORD)}),
    ("record 200", PAYMENT_RECORD, {"status_code": raw(200)}, {("record", PAYMENT_RECORD)}),
    ("record 402 of a success", PAYMENT_RECORD, {"status_code": raw(402)},
     {("record", PAYMENT_RECORD)}),
    ("record 201 of a decline", DECLINED_RECORD, {"status_code": raw(201)},
     {("record", DECLINED_RECORD)}),
    ("record not JSON", PAYMENT_RECORD, {"body": raw("{")}, {("record", PAYMENT_RECORD)}),
    ("record not an object", PAYMENT_RECORD, {"body": raw("[]")}, {("record", PAYMENT_RECORD)}),
    ("record too deep", PAYMENT_RECORD, {"body": raw("[" * 100_000)},
     {("record", PAYMENT_RECORD)}),
    ("record of other id", PAYMENT_RECORD, {"body": body(id="pay_bob")},
     {("record", PAYMENT_RECORD)}),
    ("record of other amount", PAYMENT_RECORD, {"body": body(amount_minor=5_001)},
     {("record", PAYMENT_RECORD)}),
    ("record of float amount", PAYMENT_RECORD, {"body": body(amount_minor=5_000.0)},
     {("record", PAYMENT_RECORD)}),
    ("record of other currency", PAYMENT_RECORD, {"body": body(currency="EUR")},
     {("record", PAYMENT_RECORD)}),
    ("record of a refund by the payment's id", REFUND_RECORD,
     {"body": body(amount_minor=2_000)}, {("record", REFUND_RECORD)}),
    ("problem of another payment", DECLINED_RECORD,
     {"body": raw('{"payment_id": "pay_one"}')}, {("record", DECLINED_RECORD)}),
    # shape
    ("unknown status", HOT, {"status": raw("pending")}, {("shape", HOT)}),
    ("unknown funding", HOT, {"funding_type": raw("card")}, {("shape", HOT)}),
    ("unknown refund status", REFUND, {"status": raw("lost")}, {("shape", REFUND)}),
    ("unknown kind", REFUND_ENTRY, {"kind": raw("gift")}, {("shape", REFUND_ENTRY)}),
    ("unknown state", PAYMENT_RECORD, {"state": raw("DONE")}, {("shape", PAYMENT_RECORD)}),
    ("no merchant", HOT, {"merchant_id": None}, {("shape", HOT)}),
    ("null", HOT, {"description": {"NULL": True}}, {("shape", HOT)}),
    ("unknown null", HOT, {"surprise": {"NULL": True}}, {("shape", HOT)}),
    ("unknown set", HOT, {"surprise": {"SS": ["a"]}}, {("shape", HOT)}),
    ("metadata of numbers", HOT, {"metadata": raw({"order": 42})}, {("shape", HOT)}),
    ("time without microseconds", HOT, {"updated_at": raw("2026-11-21T12:00:00Z")},
     {("shape", HOT)}),
    ("not in its merchant's list", HOT, {"list_bucket": raw("mer_bob#3")}, {("shape", HOT)}),
    ("at the wrong place of the list", HOT, {"list_position": raw("2020#pay_hot")},
     {("shape", HOT)}),
    ("entries are a string", REFUND, {"entries": raw("le_0003")}, {("shape", REFUND)}),
    ("entries of numbers", REFUND, {"entries": raw([3])}, {("shape", REFUND)}),
    ("entries without part", REFUND, {"entries": raw([{"id": ALICE_USD}])}, {("shape", REFUND)}),
    ("postings are a map", REFUND_ENTRY, {"postings": raw({})}, {("shape", REFUND_ENTRY)}),
    ("postings gone", REFUND_ENTRY, {"postings": None}, {("shape", REFUND_ENTRY)}),
    ("posting is a string", REFUND_ENTRY, {"postings": raw(["x"])}, {("shape", REFUND_ENTRY)}),
    ("merchant without name", MERCHANT, {"name": None}, {("shape", MERCHANT)}),
    ("secret kept in the clear", API_KEY, {"secret_sha256": raw("hunter2")}, {("shape", API_KEY)}),
    ("scopes of numbers", API_KEY, {"scopes": raw([1])}, {("shape", API_KEY)}),
    ("scopes are a string", API_KEY, {"scopes": raw("all")}, {("shape", API_KEY)}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "change", "expected"), [one[1:] for one in CHANGES], ids=[one[0] for one in CHANGES]
)
def test_verify__one_item_corrupted__names_it(
    shared_books: tuple[Any, dict[str, str]],
    address: Address,
    change: dict[str, Raw | None] | None,
    expected: Found,
) -> None:
    client, tables = shared_books
    table = address[0]
    original = SmallWorld().items[address]
    client.delete_item(
        TableName=tables[table], Key={n: original[n] for n in ("id", "part") if n in original}
    )
    if change is not None:
        changed = {n: value for n, value in (original | change).items() if value is not None}
        client.put_item(TableName=tables[table], Item=changed)
    report = verify(tables, client=client)
    client.put_item(TableName=tables[table], Item=original)
    assert found_by(report) == expected
