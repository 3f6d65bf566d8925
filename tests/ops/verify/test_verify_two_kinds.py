"""What belongs to one kind of payment is wrong on the other; and wrongs of payments through a
processor that take more than one item.
"""

from typing import Any

import pytest

from ops.verify.command import verify
from tests.ops.verify.card_world import (
    BOOK,
    RUN,
    CardWorld,
    id_of,
    operation,
    orphan_id,
    payment,
    payment_id,
    pointer,
    record,
)
from tests.ops.verify.memory_reader import NAMES, MemoryReader
from tests.ops.verify.small_world import (
    ALICE_USD,
    AT,
    LATER,
    Address,
    Found,
    Raw,
    SmallWorld,
    found_by,
    raw,
    record_id,
)

HOT: Address = ("payments", "pay_hot", "payment")
REFUND: Address = ("payments", "pay_one", "refund#re_one")
BALANCE: Address = ("ledger", ALICE_USD, "balance")

ON_THE_BALANCE: list[Any] = [
    ("a processor", HOT, {"processor": raw("simulated")}, {("state", HOT)}),
    ("a charge", HOT, {"processor_reference": raw("ch_1")}, {("state", HOT)}),
    ("a share", HOT, {"pending_minor": raw(588)}, {("state", HOT)}),
    ("a capture", HOT, {"open_operation": raw("cap_1")}, {("state", HOT)}),
    ("due", HOT, {"due_at": raw(LATER), "due_bucket": raw("work#1")}, {("due", HOT)}),
    ("a failure", HOT, {"failure_code": raw("x")}, {("state", HOT)}),
    ("authorized", HOT, {"status": raw("authorized")},
     {("state", HOT), ("settled", HOT)}),
    ("a refund that failed", REFUND, {"status": raw("failed")},
     {("state", REFUND), ("I3", ("payments", "pay_one", "payment")), ("settled", REFUND),
      ("record", ("idempotency", record_id("re_one"), ""))}),
    ("a refund's failure", REFUND, {"failure_code": raw("x")}, {("state", REFUND)}),
    ("a refund at the processor", REFUND, {"processor_reference": raw("rf_1")},
     {("state", REFUND)}),
]  # fmt: skip


def findings_of(items: dict[Address, Raw]) -> Found:
    return found_by(verify(NAMES, client=MemoryReader(dict(sorted(items.items())))))


@pytest.mark.parametrize(
    ("address", "change", "expected"),
    [one[1:] for one in ON_THE_BALANCE],
    ids=[one[0] for one in ON_THE_BALANCE],
)
def test_verify__payment_from_the_balance_with_what_is_a_processors__is_found(
    address: Address, change: Raw, expected: Found
) -> None:
    items = SmallWorld().items
    items[address] |= change
    assert findings_of(items) == expected


def test_verify__operation_beside_a_payment_from_the_balance__is_found() -> None:
    world = CardWorld()
    small = SmallWorld()
    stray = ("payments", "pay_hot", "operation#vo_1")
    small.items[stray] = world.items[operation("let_go", id_of("vo_", "void"))] | {
        "id": raw("pay_hot"),
        "part": raw("operation#vo_1"),
        "currency": raw("EUR"),
    }
    assert findings_of(small.items) == {("operation", stray)}


def test_verify__pointer_to_a_payment_from_the_balance__is_found() -> None:
    small = SmallWorld()
    stray = pointer("ch_1")
    small.put(*stray, item_id="pay_hot", item_part="payment")
    assert findings_of(small.items) == {("reference", stray)}


@pytest.mark.parametrize(
    ("stray", "rule"),
    [
        (("payments", "ref#other#ch_held", "reference"), "reference"),
        (("payments", "ref#nothing", "reference"), "shape"),
        (("payments", "ref#simulated#ch_x", "payment"), "shape"),
    ],
    ids=["of another processor", "of no processor", "of another part"],
)
def test_verify__pointer_of_a_wrong_name__is_found(stray: Address, rule: str) -> None:
    world = CardWorld()
    world.put(*stray, item_id=payment_id("held"), item_part="payment")
    assert findings_of(world.items) == {(rule, stray)}


def test_verify__pointer_to_what_knows_nothing_of_it__is_found() -> None:
    world = CardWorld()
    returned = operation("no", orphan_id("ch_no_more"))
    stray = pointer("rf_stray")
    world.put(*stray, item_id=returned[1], item_part=returned[2])
    assert findings_of(world.items) == {("reference", stray)}


def test_verify__two_authorizations_of_one_payment__are_found_at_the_second() -> None:
    world = CardWorld()
    second = operation("held", "pay_second")
    world.items[second] = world.items[operation("held")] | {"part": raw(second[2])}
    assert findings_of(world.items) == {("operation", second)}


def test_verify__operation_of_a_refund_that_set_nothing_aside__is_found() -> None:
    world = CardWorld()
    own = id_of("re_", "no-funds")
    stray = operation("poor", own)
    world.operation("poor", "refund", own, "failed", 49)
    assert findings_of(world.items) == {("operation", stray), ("record", record("no-funds"))}


def test_verify__operation_without_its_payment__is_found() -> None:
    world = CardWorld()
    stray = ("payments", "pay_none", "operation#vo_1")
    void = world.items[operation("let_go", id_of("vo_", "void"))]
    world.items[stray] = void | {"id": raw("pay_none"), "part": raw("operation#vo_1")}
    assert findings_of(world.items) == {("parts", stray)}


def test_verify__two_open_captures__are_found_at_the_second() -> None:
    world = CardWorld()
    first, own = operation("held", id_of("cap_", "slow")), id_of("cap_", "second")
    second = operation("held", own)
    due = world.items[operation("unknown")]
    world.items[second] = world.items[first] | {
        "part": raw(second[2]),
        "due_bucket": due["due_bucket"],
    }
    world.items[payment("held")]["version"] = raw(4)
    found = findings_of(world.items)
    assert {("operation", second)} <= found
    assert {address for _, address in found} == {second}


def test_verify__record_in_progress_of_another_payment__is_found_at_both_ends() -> None:
    world = CardWorld()
    world.items[record("slow")]["item_id"] = raw(payment_id("unknown"))
    capture = operation("held", id_of("cap_", "slow"))
    assert findings_of(world.items) == {("record", record("slow")), ("operation", capture)}


def test_verify__record_in_progress_of_a_payment_from_the_balance__is_found() -> None:
    small = SmallWorld()
    stray: Address = ("idempotency", record_id("pay_hot"), "")
    for name in ("status_code", "body", "expires_at"):
        del small.items[stray][name]
    small.items[stray]["state"] = raw("IN_PROGRESS")
    assert findings_of(small.items) == {("record", stray)}


def test_verify__record_of_what_nobody_did__is_found() -> None:
    world = CardWorld()
    void = record("void")
    stray: Address = ("idempotency", "0" * 64, "")
    world.items[stray] = world.items[void] | {"id": raw("0" * 64)}
    assert findings_of(world.items) == {("record", stray)}


def overdrawn(minor: int) -> dict[Address, Raw]:
    """Alice's USD, of which so much more was paid than was there."""
    world = CardWorld()
    available = int(world.items[BALANCE]["available_minor"]["N"])
    world.payment(
        "pay_all", "mer_alice", "USD", available + minor, 0, [(0, available + minor, 0)],
        fee_basis_points=0,
    )  # fmt: skip
    return world.items


def test_verify__available_below_what_processors_took__is_found() -> None:
    assert findings_of(overdrawn(401)) == {("I2", BALANCE)}


def test_verify__available_below_zero_by_what_processors_took__is_clean() -> None:
    """A refund of 400 that we had called failed."""
    assert findings_of(overdrawn(400)) == set()


def test_verify__capture_whose_pointer_nobody_knows__is_looked_for() -> None:
    """The processor told of it before it answered: the pointer is by an id that is not kept."""
    world = CardWorld()
    capture = operation("parts", id_of("cap_", "capture"))
    del world.items[capture]["reference"]
    del world.items[pointer("cp_parts")]
    assert findings_of(world.items) == {("reference", payment("parts"))}
    world.put(*pointer("cp_of_its_own"), item_id=payment_id("parts"), item_part="payment")
    assert findings_of(world.items) == set()


def test_verify__orphan_that_is_the_payments_own_charge__is_found_by_it() -> None:
    """An action was required of the payer, so that the charge led to the payment before."""
    world = CardWorld()
    world.items[payment("no")]["processor_reference"] = raw("ch_no_more")
    world.items[pointer("ch_no_more")]["item_part"] = raw("payment")
    assert findings_of(world.items) == set()
    del world.items[pointer("ch_no_more")]
    assert findings_of(world.items) == {("reference", operation("no", orphan_id("ch_no_more")))}


def test_verify__orphan_that_comes_while_pointers_are_read__is_no_finding() -> None:
    """Its pointer is written together with it, behind the place that the scan has reached."""
    world = CardWorld()
    late = pointer("ch_too_late")
    hidden = world.items.pop(late)
    world.items = dict(sorted(world.items.items()))
    scans = 0

    def before_call(name: str, request: dict[str, Any]) -> None:
        nonlocal scans
        if name == "scan" and request["TableName"] == "payments":
            scans += 1
            if scans == 2:
                world.items[late] = hidden

    report = verify(NAMES, client=MemoryReader(world.items, before_call=before_call))
    assert [one.line() for one in report.findings] == []
    assert scans == 2


def test_verify__run_that_settles_while_it_is_read__is_counted_again() -> None:
    """What it makes available comes after Payments was read, and before Ledger is."""
    world = CardWorld()
    run: Address = ("settlements", RUN, "run")
    parts = payment("parts")
    changed = False

    def before_call(name: str, request: dict[str, Any]) -> None:
        nonlocal changed
        if changed or name != "scan" or request["TableName"] != "ledger":
            return
        changed = True
        stored = world.items[parts]
        for name in ("pending_minor", "due_at", "due_bucket"):
            del stored[name]
        stored |= {"settlement_id": raw(run[1]), "settled_at": raw(LATER), "version": raw(6)}
        key = world.entry(
            BOOK, "settlement", (run[1], "run"), [("pending", -2_040), ("available", 2_040)], at=AT
        )
        del world.items["ledger", key["id"], key["part"]]["payment_id"]
        its = world.items[run]
        its |= {"matched": raw(3), "total_rows": raw(3), "version": raw(4)}
        its |= {"gross_minor": raw({"USD": 8_049}), "fee_minor": raw({"USD": 160})}
        its["matched_minor"] = raw({"USD": 8_049})

    report = verify(NAMES, client=MemoryReader(world.items, before_call=before_call))
    assert [one.line() for one in report.findings] == []
    assert report.not_proved == []
    assert world.items[BALANCE]["pending_minor"] == raw(0)
