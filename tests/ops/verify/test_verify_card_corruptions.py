"""One item of a payment through a processor is corrupted: verify names the rule and that item.

Where one corruption really breaks two rules, each is expected at its own item.
"""

import json
from typing import Any

import pytest

from ops.verify.command import verify
from ops.verify.findings import Rule
from tests.ops.verify.card_world import (
    EXPIRES,
    EXTERNAL,
    RUN,
    CardWorld,
    bucket_of,
    hashed,
    id_of,
    operation,
    orphan_id,
    payment,
    payment_id,
    pointer,
    record,
    refund,
    waiting_bucket_of,
)
from tests.ops.verify.memory_reader import NAMES, MemoryReader
from tests.ops.verify.small_world import (
    ALICE_USD,
    LATER,
    Address,
    Found,
    Raw,
    entries,
    found_by,
    raw,
)

WORLD = CardWorld()
WHOLE, PARTS, POOR = payment("whole"), payment("parts"), payment("poor")
HELD, UNKNOWN, ACTION, NO = payment("held"), payment("unknown"), payment("action"), payment("no")
LET_GO = payment("let_go")
BEFORE, FAILED = refund("whole", "before"), refund("whole", "failed")
DASHBOARD, AFTER_ALL = refund("whole", "at-dashboard"), refund("whole", "after-all")
PENDING, NO_FUNDS = refund("parts", "pending"), refund("poor", "no-funds")
CAPTURE = operation("parts", id_of("cap_", "capture"))
OPEN_CAPTURE = operation("held", id_of("cap_", "slow"))
VOID = operation("let_go", id_of("vo_", "void"))
OVERTAKEN = operation("lapsed", id_of("cap_", "too-late"))
REFUND_OPERATION = operation("whole", id_of("re_", "before"))
OPEN_REFUND = operation("parts", id_of("re_", "pending"))
RETURNED = operation("no", orphan_id("ch_no_more"))
RETURNING = operation("late", orphan_id("ch_too_late"))
HOLD = operation("late", orphan_id("ch_hold"))
BALANCE: Address = ("ledger", ALICE_USD, "balance")
THE_RUN: Address = ("settlements", RUN, "run")
WAITING: Address = ("events", "stripe#evt_waits", "")
APPLIED: Address = ("events", "stripe#evt_done", "")


def entry(item: Address, kind: str) -> Address:
    """The entry of that kind of an item that has one of it."""
    (found,) = [
        address
        for address, stored in WORLD.items.items()
        if address[0] == "ledger"
        and stored.get("kind") == raw(kind)
        and (stored["item_id"], stored["item_part"]) == (raw(item[1]), raw(item[2]))
    ]
    return found


def postings(*pairs: tuple[str, int]) -> Raw:
    return raw([{"account": account, "amount_minor": amount} for account, amount in pairs])


def body_of(address: Address, **members: Any) -> Raw:
    body = json.loads(WORLD.items[address]["body"]["S"])
    return raw(json.dumps(body | members))


CAPTURED = entry(WHOLE, "capture")
RESERVED = entry(BEFORE, "refund_reserved")
GIVEN = entry(BEFORE, "refund_succeeded")
TAKEN = entry(DASHBOARD, "processor_refund")
CAME = entry(RETURNING, "orphan_charge")
SETTLEMENT = entry(THE_RUN, "settlement")
OTHER_BUCKET = raw("work#16")


CHANGES: list[Any] = [
    # amounts
    ("captured more than the amount", PARTS, {"captured_minor": raw(5_001)},
     {("I3", PARTS), ("item-entries", PARTS), ("operation", CAPTURE)}),
    ("captured nothing", LET_GO, {"captured_minor": raw(1)}, {("I3", LET_GO)}),
    ("succeeded with nothing captured", POOR, {"captured_minor": raw(0)},
     {("I3", POOR), ("item-entries", POOR), ("settled", THE_RUN)}),
    ("fee of the amount, not of what was captured", PARTS, {"fee_minor": raw(100)},
     {("I3", PARTS), ("item-entries", PARTS)}),
    ("fee of what is not captured", HELD, {"fee_minor": raw(0)}, {("I3", HELD)}),
    ("refunded what is pending", PARTS, {"refunded_minor": raw(900)}, {("I3", PARTS)}),
    ("refunding forgotten", PARTS, {"refunding_minor": None}, {("I3", PARTS)}),
    ("refunding for ever", WHOLE, {"refunding_minor": raw(1)}, {("I3", WHOLE)}),
    ("share a cent off", PARTS, {"pending_minor": raw(2_041)}, {("I3", PARTS)}),
    ("share of what is settled", WHOLE, {"pending_minor": raw(3_800)}, {("I3", WHOLE)}),
    ("share of what is not captured", HELD, {"pending_minor": raw(1)}, {("I3", HELD)}),
    ("share that is no number", PARTS, {"pending_minor": raw("2040")}, {("I4", PARTS)}),
    # state
    ("no processor", HELD, {"processor": None}, {("state", HELD)}),
    ("no payment method", HELD, {"payment_method": None}, {("state", HELD)}),
    ("no capture method", HELD, {"capture_method": None}, {("state", HELD)}),
    ("held without a charge", HELD, {"processor_reference": None}, {("state", HELD)}),
    ("unknown, and yet a charge", UNKNOWN, {"processor_reference": raw("ch_held")},
     {("state", UNKNOWN)}),
    ("an action without a url", ACTION, {"next_action_url": None}, {("state", ACTION)}),
    ("an action no more required", HELD, {"next_action_url": raw("https://sim/a")},
     {("state", HELD)}),
    ("an authorization that never lapses", HELD, {"authorization_expires_at": None},
     {("state", HELD)}),
    ("a capture that lapses", WHOLE, {"authorization_expires_at": raw(EXPIRES)},
     {("state", WHOLE)}),
    ("looked at before it lapses", HELD, {"due_at": raw(LATER)}, {("state", HELD)}),
    ("declined for no reason", NO, {"failure_code": None}, {("state", NO)}),
    ("a failure of what succeeded", POOR, {"failure_code": raw("x")}, {("state", POOR)}),
    ("a capture of what is voided", LET_GO, {"open_operation": raw(VOID[2][10:])},
     {("state", LET_GO), ("operation", LET_GO)}),
    ("a refund that failed for a reason it has no more", BEFORE, {"failure_code": raw("x")},
     {("state", BEFORE)}),
    ("no funds for no reason", NO_FUNDS, {"failure_code": None}, {("state", NO_FUNDS)}),
    ("no funds for another reason", NO_FUNDS, {"failure_code": raw("x")}, {("state", NO_FUNDS)}),
    ("a pending refund known there", PENDING, {"processor_reference": raw("rf_x")},
     {("state", PENDING)}),
    ("a refund not known there", BEFORE, {"processor_reference": None},
     {("state", BEFORE), ("reference", pointer("rf_before"))}),
    ("unknown status", HELD, {"status": raw("held")}, {("shape", HELD)}),
    ("unknown capture method", HELD, {"capture_method": raw("later")}, {("shape", HELD)}),
    ("unknown funding", HELD, {"funding_type": raw("gift")}, {("shape", HELD)}),
    # due
    ("authorized and never looked at", HELD, {"due_at": None, "due_bucket": None},
     {("due", HELD)}),
    ("due in no bucket", HELD, {"due_bucket": None}, {("due", HELD)}),
    ("due in a bucket nobody reads", HELD, {"due_bucket": OTHER_BUCKET}, {("due", HELD)}),
    ("due for ever", LET_GO, {"due_at": raw(LATER), "due_bucket": OTHER_BUCKET},
     {("due", LET_GO)}),
    ("open and never looked at", OPEN_CAPTURE, {"due_at": None, "due_bucket": None},
     {("due", OPEN_CAPTURE)}),
    ("closed and due", VOID, {"due_at": raw(LATER)}, {("due", VOID)}),
    ("event in another bucket", WAITING, {"due_bucket": OTHER_BUCKET}, {("due", WAITING)}),
    ("event that waits for ever", WAITING, {"due_at": None, "due_bucket": None},
     {("due", WAITING)}),
    # events
    ("event that waits for nothing", WAITING, {"reason": None}, {("event", WAITING)}),
    ("event that waits and expires", WAITING, {"expires_at": raw(1_797_854_400)},
     {("event", WAITING)}),
    ("event that was dismissed and expires", APPLIED,
     {"status": raw("dismissed"), "reason": raw("x; dismissed: y")}, {("event", APPLIED)}),
    ("event that was dismissed without a word", APPLIED,
     {"status": raw("dismissed"), "expires_at": None}, {("event", APPLIED)}),
    ("event that was dismissed and waits", WAITING, {"status": raw("dismissed")},
     {("due", WAITING)}),
    ("event that never expires", APPLIED, {"expires_at": None}, {("event", APPLIED)}),
    ("reason of an event that is done", APPLIED, {"reason": raw("x")}, {("event", APPLIED)}),
    # item-entries
    ("capture forgotten", POOR, {"entries": None},
     {("item-entries", POOR), ("entry-item", entry(POOR, "capture")), ("settled", THE_RUN)}),
    ("captured in secret", HELD, {"entries": entries(CAPTURED)}, {("item-entries", HELD)}),
    ("capture of another amount", entry(PARTS, "capture"),
     {"postings": postings((EXTERNAL, -2_999), ("pending", 2_939), ("fees", 60))},
     {("item-entries", PARTS), ("I2", BALANCE)}),
    ("capture at another processor", CAPTURED,
     {"postings": postings(("external:other", -5_000), ("pending", 4_900), ("fees", 100))},
     {("item-entries", WHOLE)}),
    ("capture turned round", entry(PARTS, "capture"),
     {"postings": postings((EXTERNAL, 3_000), ("pending", -2_940), ("fees", -60))},
     {("item-entries", PARTS), ("I2", BALANCE)}),
    ("refund ended twice", BEFORE, {"entries": entries(RESERVED, GIVEN, TAKEN)},
     {("item-entries", BEFORE), ("changes", BEFORE), ("operation", REFUND_OPERATION),
      ("settled", THE_RUN)}),
    ("refund ended before it began", BEFORE, {"entries": entries(GIVEN, RESERVED)},
     {("item-entries", BEFORE)}),
    ("refund from what is not settled yet", entry(PENDING, "refund_reserved"),
     {"postings": postings(("available", -900), ("refunding", 900))},
     {("item-entries", PENDING), ("I2", BALANCE)}),
    ("entry of another step", GIVEN, {"kind": raw("refund_failed")},
     {("item-entries", BEFORE)}),
    ("orphan of another amount", RETURNED, {"amount_minor": raw(4_999)},
     {("item-entries", RETURNED)}),
    ("orphan that is never posted", CAME, None,
     {("item-entries", RETURNING), ("I2", BALANCE)}),
    ("orphan given back, its money kept", RETURNED,
     {"entries": entries(entry(RETURNED, "orphan_charge"))},
     {("item-entries", RETURNED), ("entry-item", entry(RETURNED, "orphan_returned"))}),
    ("void that posts", VOID, {"entries": entries(CAPTURED)}, {("item-entries", VOID)}),
    # entry-item, settlement entries
    ("reserved at another time", RESERVED, {"created_at": raw(LATER)},
     {("entry-item", RESERVED)}),
    ("posted after the last change", entry(PARTS, "capture"),
     {"created_at": raw("2026-11-22T00:00:00.000000Z")},
     {("entry-item", entry(PARTS, "capture")), ("due", PARTS)}),
    ("orphan of no payment", CAME, {"payment_id": None}, {("entry-item", CAME)}),
    ("settlement of a payment", SETTLEMENT, {"payment_id": raw(WHOLE[1])},
     {("entry-item", SETTLEMENT)}),
    ("settlement of no run", SETTLEMENT, {"item_id": raw(RUN[:-1] + "7")},
     {("entry-item", SETTLEMENT), ("settled", THE_RUN)}),
    ("settlement of a break", SETTLEMENT, {"item_part": raw("payment")},
     {("entry-item", SETTLEMENT)}),
    ("settlement into fees", SETTLEMENT,
     {"postings": postings(("pending", -3_849), ("available", 3_848), ("fees", 1))},
     {("entry-item", SETTLEMENT), ("I2", BALANCE), ("settled", THE_RUN)}),
    ("settlement of too much", SETTLEMENT,
     {"postings": postings(("pending", -3_850), ("available", 3_850))},
     {("I2", BALANCE), ("settled", THE_RUN)}),
    ("settlement never posted", SETTLEMENT, None, {("I2", BALANCE), ("settled", THE_RUN)}),
    ("settlement by a file that is none", THE_RUN,
     {"status": raw("quarantined"), "reason": raw("x")},
     {("entry-item", SETTLEMENT), ("settled", WHOLE), ("settled", POOR), ("run", THE_RUN)}),
    # balance
    ("refunding below zero", BALANCE, {"refunding_minor": raw(-1)}, {("I2", BALANCE)}),
    ("pending a cent off", BALANCE, {"pending_minor": raw(2_041)}, {("I2", BALANCE)}),
    # operations
    ("payment that nothing authorizes", operation("held"), None,
     {("operation", HELD), ("record", record("held"))}),
    ("open though decided", operation("let_go"),
     {"state": raw("open")},
     {("operation", operation("let_go")), ("due", operation("let_go"))}),
    ("declined though it succeeded", operation("no"), {"state": raw("succeeded")},
     {("operation", operation("no"))}),
    ("decided though unknown", operation("unknown"), {"state": raw("succeeded")},
     {("operation", operation("unknown")), ("due", operation("unknown")),
      ("changes", operation("unknown")), ("record", record("unknown"))}),
    ("authorized while another one is authorized", operation("held"),
     {"amount_minor": raw(1)}, {("operation", operation("held"))}),
    ("open capture that nobody names", HELD, {"open_operation": None},
     {("operation", OPEN_CAPTURE)}),
    ("open capture of another name", HELD, {"open_operation": raw("cap_x")},
     {("operation", OPEN_CAPTURE), ("operation", HELD)}),
    ("names what is no capture", HELD, {"open_operation": raw(payment_id("held"))},
     {("operation", OPEN_CAPTURE), ("operation", HELD)}),
    ("capture of more than is authorized", OPEN_CAPTURE, {"amount_minor": raw(5_001)},
     {("operation", OPEN_CAPTURE)}),
    ("captured another amount", CAPTURE, {"amount_minor": raw(2_999)},
     {("operation", CAPTURE), ("record", record("capture"))}),
    ("voided and yet held", payment("refused"), {"status": raw("voided")},
     {("state", payment("refused")), ("due", payment("refused"))}),
    ("void that succeeded, payment that expired", LET_GO, {"status": raw("expired")},
     {("operation", VOID)}),
    ("void of another amount", VOID, {"amount_minor": raw(1)}, {("operation", VOID)}),
    ("closed and leased", VOID, {"lease_until": raw(LATER)}, {("operation", VOID)}),
    ("closed and waited for", VOID, {"record_id": raw(hashed("void"))}, {("operation", VOID)}),
    ("a refund that is overtaken", REFUND_OPERATION, {"state": raw("overtaken")},
     {("operation", REFUND_OPERATION)}),
    ("a refund of another amount", REFUND_OPERATION, {"amount_minor": raw(1)},
     {("operation", REFUND_OPERATION)}),
    ("a refund of another request", REFUND_OPERATION, {"fingerprint": raw("0" * 64)},
     {("operation", REFUND_OPERATION), ("record", record("before"))}),
    ("a refund that nobody carries out", OPEN_REFUND, None,
     {("operation", PENDING), ("record", record("pending"))}),
    ("a refund that failed there and succeeded here", REFUND_OPERATION,
     {"state": raw("failed")},
     {("operation", REFUND_OPERATION)}),
    ("an operation on no refund", NO_FUNDS, None,
     {("record", record("no-funds"))}),
    ("nobody waits", OPEN_CAPTURE, {"record_id": None},
     {("operation", OPEN_CAPTURE), ("record", record("slow"))}),
    ("waits for another record", OPEN_CAPTURE, {"record_id": raw(hashed("unknown"))},
     {("operation", OPEN_CAPTURE), ("record", record("slow"))}),
    ("waits for no record", OPEN_CAPTURE, {"record_id": raw("0" * 64)},
     {("operation", OPEN_CAPTURE), ("record", record("slow"))}),
    ("somebody waits for an orphan", RETURNING, {"record_id": raw(hashed("late"))},
     {("operation", RETURNING)}),
    ("somebody asked for an orphan",  RETURNING,
     {"origin_instance": raw("/v1"), "origin_request_id": raw("req")},
     {("operation", RETURNING)}),
    ("an answered action that somebody waits for", operation("action"),
     {"record_id": raw(hashed("action"))}, {("operation", operation("action"))}),
    ("sent first, never last", OPEN_CAPTURE, {"last_sent_at": None},
     {("operation", OPEN_CAPTURE)}),
    ("half an origin", VOID, {"origin_request_id": None}, {("operation", VOID)}),
    ("unknown kind of operation", VOID, {"kind": raw("gift")}, {("shape", VOID)}),
    ("unknown state of an operation", VOID, {"state": raw("lost")}, {("shape", VOID)}),
    ("a void by the name of a capture", OVERTAKEN, {"kind": raw("void")},
     {("operation", OVERTAKEN)}),
    ("a refund that is gone", PENDING, None,
     {("operation", OPEN_REFUND), ("I3", PARTS), ("record", record("pending")),
      ("entry-item", entry(PENDING, "refund_reserved"))}),
    # parts
    ("operation of another merchant", VOID, {"merchant_id": raw("mer_bob")},
     {("parts", VOID), ("record", record("void"))}),
    ("operation in another currency", VOID, {"currency": raw("EUR")}, {("parts", VOID)}),
    ("operation at another processor", VOID, {"processor": raw("other")}, {("parts", VOID)}),
    # changes
    ("version below its changes", WHOLE, {"version": raw(11)}, {("changes", WHOLE)}),
    ("version below its capture", PARTS, {"version": raw(4)}, {("changes", PARTS)}),
    ("version of what is open", HELD, {"version": raw(2)}, {("changes", HELD)}),
    ("version of a refund", AFTER_ALL, {"version": raw(4)}, {("changes", AFTER_ALL)}),
    ("version of a refund without entries", NO_FUNDS, {"version": raw(2)},
     {("changes", NO_FUNDS)}),
    ("version below its attempts", OPEN_CAPTURE, {"attempts": raw(2)},
     {("changes", OPEN_CAPTURE)}),
    ("version of what is closed", VOID, {"version": raw(1)}, {("changes", VOID)}),
    ("changed before its refund was", PARTS, {"updated_at": raw("2026-11-21T12:30:00.000000Z")},
     {("changes", PARTS)}),
    ("changed before it was made", LET_GO, {"updated_at": raw("2026-11-21T11:00:00.000000Z")},
     {("changes", LET_GO)}),
    ("operation changed before it was made", VOID,
     {"updated_at": raw("2026-11-21T11:00:00.000000Z")}, {("changes", VOID)}),
    # reference
    ("charge without a pointer", pointer("ch_let_go"), None, {("reference", LET_GO)}),
    ("charge that leads elsewhere", pointer("ch_let_go"), {"item_id": raw(payment_id("held"))},
     {("reference", LET_GO)}),
    ("charge that leads to nothing", pointer("ch_let_go"), {"item_id": raw("pay_none")},
     {("reference", LET_GO), ("reference", pointer("ch_let_go"))}),
    ("capture without a pointer", pointer("cp_parts"), None, {("reference", PARTS)}),
    ("refund without a pointer", pointer("rf_before"), None, {("reference", BEFORE)}),
    ("refund that leads to another", pointer("rf_before"), {"item_part": raw(FAILED[2])},
     {("reference", BEFORE), ("reference", pointer("rf_before"))}),
    ("refund that leads to its payment", pointer("rf_before"), {"item_part": raw("payment")},
     {("reference", BEFORE)}),
    ("refund of another name", BEFORE, {"processor_reference": raw("rf_x")},
     {("reference", BEFORE), ("reference", pointer("rf_before"))}),
    ("orphan without a pointer", pointer("ch_no_more"), None, {("reference", RETURNED)}),
    ("hold without a pointer", pointer("ch_hold"), None, {("reference", HOLD)}),
    ("return without a pointer", pointer("rf_no_more"), None, {("reference", RETURNED)}),
    ("return of another name", RETURNED, {"reference": raw("rf_x")},
     {("reference", RETURNED), ("reference", pointer("rf_no_more"))}),
    ("pointer to an operation of ours", pointer("vd_let_go"), {"item_part": raw(VOID[2])},
     {("reference", pointer("vd_let_go"))}),
    ("pointer without an item", pointer("vd_let_go"), {"item_part": None},
     {("shape", pointer("vd_let_go"))}),
    ("pointer with more", pointer("vd_let_go"), {"version": raw(1)},
     {("shape", pointer("vd_let_go"))}),
    # record
    ("in progress with an answer", record("slow"), {"body": raw("{}")},
     {("record", record("slow"))}),
    ("in progress of another request", record("slow"), {"fingerprint": raw("0" * 64)},
     {("record", record("slow")), ("operation", OPEN_CAPTURE)}),
    ("in progress with an end", record("slow"), {"expires_at": raw(1_795_000_000)},
     {("record", record("slow"))}),
    ("in progress though it is done", record("void"),
     {"state": raw("IN_PROGRESS"), "status_code": None, "body": None, "expires_at": None},
     {("record", record("void"))}),
    ("202 is stored", record("held"), {"status_code": raw(202)}, {("record", record("held"))}),
    ("done though it is unknown", record("unknown"),
     {"state": raw("COMPLETED"), "status_code": raw(201), "body": raw("{}"),
      "expires_at": raw(1_795_000_000)},
     {("record", record("unknown")), ("operation", operation("unknown"))}),
    ("done though it is pending", record("pending"),
     {"state": raw("COMPLETED"), "status_code": raw(201), "body": raw("{}"),
      "expires_at": raw(1_795_000_000)},
     {("record", record("pending")), ("operation", OPEN_REFUND)}),
    ("processing is stored", record("held"),
     {"body": body_of(record("held"), status="processing")}, {("record", record("held"))}),
    ("answered what it never was", record("held"),
     {"body": body_of(record("held"), status="succeeded")}, {("record", record("held"))}),
    ("declined with a 201", record("no"), {"status_code": raw(201)}, {("record", record("no"))}),
    ("authorized with a 402", record("held"), {"status_code": raw(402)},
     {("record", record("held"))}),
    ("capture with a 201", record("capture"), {"status_code": raw(201)},
     {("record", record("capture"))}),
    ("capture of another amount is answered", record("capture"),
     {"body": body_of(record("capture"), captured_minor=5_000)},
     {("record", record("capture"))}),
    ("void that is answered as a capture", record("void"),
     {"body": body_of(record("void"), status="succeeded")}, {("record", record("void"))}),
    ("overtaken with a 200", record("too-late"), {"status_code": raw(200)},
     {("record", record("too-late"))}),
    ("overtaken with another code", record("too-late"),
     {"body": body_of(record("too-late"), code="not_found")}, {("record", record("too-late"))}),
    ("refused with a 409", record("refused-1"), {"status_code": raw(409)},
     {("record", record("refused-1"))}),
    ("refund that is answered as pending", record("before"),
     {"body": body_of(record("before"), status="pending")}, {("record", record("before"))}),
    ("refund that failed is answered as succeeded", record("failed"),
     {"body": body_of(record("failed"), status="succeeded")}, {("record", record("failed"))}),
    ("no funds with a 201", record("no-funds"), {"status_code": raw(201)},
     {("record", record("no-funds"))}),
    ("record of another request", record("capture"), {"fingerprint": raw("0" * 64)},
     {("record", record("capture"))}),
    # settled
    ("settled for another amount", THE_RUN,
     {"gross_minor": raw({"USD": 5_050}), "matched_minor": raw({"USD": 5_050})},
     {("settled", THE_RUN)}),
    # due: what no file has settled
    ("captured, and waited for nowhere", PARTS, {"due_at": None, "due_bucket": None},
     {("due", PARTS)}),
    ("captured, and waited for by the sweep", PARTS,
     {"due_bucket": raw(bucket_of(PARTS[1]))}, {("due", PARTS)}),
    ("captured, and waited for at another processor", PARTS,
     {"due_bucket": raw(waiting_bucket_of(PARTS[1]).replace("simulated", "stripe"))},
     {("due", PARTS)}),
    ("captured, and waited for since another time", PARTS, {"due_at": raw(LATER)},
     {("due", PARTS)}),
    ("settled, and waited for", POOR,
     {"due_at": raw(LATER), "due_bucket": raw(waiting_bucket_of(POOR[1]))}, {("due", POOR)}),
    ("settled though not captured", HELD,
     {"settlement_id": raw(RUN), "settled_at": raw("2026-11-21T12:00:00.000001Z")},
     {("settled", HELD), ("settled", THE_RUN), ("changes", HELD)}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "change", "expected"), [one[1:] for one in CHANGES], ids=[one[0] for one in CHANGES]
)
def test_verify__card_world_corrupted__names_the_item(
    address: Address, change: dict[str, Raw | None] | None, expected: Found
) -> None:
    report = verify(NAMES, client=MemoryReader(WORLD.corrupted(address, change)))
    assert found_by(report) == expected


def test_verify__card_world__is_clean() -> None:
    report = verify(NAMES, client=MemoryReader(dict(WORLD.items)))
    assert [one.line() for one in report.findings] == []
    assert report.is_clean
    assert report.sums["USD"].suspense_minor == 5_000
    of_processors = (Rule.STATE, Rule.OPERATION, Rule.REFERENCE, Rule.DUE)
    assert [report.checked[rule] for rule in of_processors] == [18, 24, 36, 9]


def test_verify__card_world_in_small_pages__is_clean() -> None:
    reader = MemoryReader(dict(WORLD.items), page_size=2)
    assert verify(NAMES, client=reader).is_clean
