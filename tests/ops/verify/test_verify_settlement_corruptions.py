"""One item of a settlement, of what it settled, or of the events is corrupted, and verify names the
rule and that item and nothing else.

Where one corruption really breaks two rules (a payment that forgets who settled it, and the run
that matched it), both are expected, each at its own item.
"""

import json
from typing import Any

import pytest

from ops.verify.command import verify
from tests.ops.verify.memory_reader import NAMES, MemoryReader
from tests.ops.verify.small_world import (
    ALICE_USD,
    AT,
    CONTENT,
    LATER,
    SECOND_CONTENT,
    THIRD_CONTENT,
    Address,
    Found,
    Raw,
    SmallWorld,
    found_by,
    raw,
    run_id,
)

FIRST_ID, SECOND_ID = run_id("incoming/one.csv"), run_id("incoming/two.csv")
COPY_ID, BAD_ID = run_id("incoming/one.csv", "v2"), run_id("incoming/bad.csv")
HALF_ID = run_id("incoming/half.csv")
FIRST: Address = ("settlements", FIRST_ID, "run")
SECOND: Address = ("settlements", SECOND_ID, "run")
COPY: Address = ("settlements", COPY_ID, "run")
BAD: Address = ("settlements", BAD_ID, "run")
HALF: Address = ("settlements", HALF_ID, "run")
BREAK: Address = ("settlements", FIRST_ID, "break#0000000002")
REJECTED: Address = ("settlements", SECOND_ID, "break#0000000001")
SOURCE: Address = ("settlements", "source#incoming/two.csv", f"{AT}#{SECOND_ID}")
CLAIM: Address = ("settlements", f"content#{SECOND_CONTENT}", "claim")
FIRST_CLAIM: Address = ("settlements", f"content#{CONTENT}", "claim")
LATEST: Address = ("settlements", "latest#native", "file")
PAYMENT: Address = ("payments", "pay_one", "payment")
REFUND: Address = ("payments", "pay_one", "refund#re_one")
OTHER_REFUND: Address = ("payments", "pay_one", "refund#re_two")
BOBS: Address = ("payments", "pay_bob", "payment")
HOT: Address = ("payments", "pay_hot", "payment")
DECLINED: Address = ("payments", "pay_poor", "payment")
DEPOSIT: Address = ("payments", "dep_one", "deposit")
EVENT: Address = ("events", "stripe#evt_one", "")
ENTRIES: dict[str, Address] = {
    "deposit": ("ledger", ALICE_USD, "entry#le_0001"),
    "payment": ("ledger", ALICE_USD, "entry#le_0002"),
    "refund": ("ledger", ALICE_USD, "entry#le_0003"),
}
NOBODY = run_id("incoming/never.csv")
N = "N"


def marks(run: str, at: str = LATER) -> dict[str, Raw]:
    return {"settlement_id": raw(run), "settled_at": raw(at), "updated_at": raw(at)}


def payload(**members: Any) -> Raw:
    sent = {"id": "evt_one", "type": "charge.refunded", "created": 1_795_262_400}
    return raw(json.dumps(sent | {"livemode": False} | members))


CHANGES: list[Any] = [
    # Which file a run is of, and where it is listed.
    ("run of another file", FIRST, {"source_bucket": raw("elsewhere")}, {("run", FIRST)}),
    ("run of another version", FIRST, {"source_version_id": raw("v9")}, {("run", FIRST)}),
    ("run by the ETag, though there is a version", FIRST, {"source_version_id": None},
     {("run", FIRST)}),
    ("run in the list of another month", FIRST, {"list_bucket": raw("2026-10")},
     {("shape", FIRST)}),
    ("run at another place of the list", FIRST, {"list_position": raw(f"{LATER}#{FIRST_ID}")},
     {("shape", FIRST)}),
    # Its pointer.
    ("no pointer from its name", SOURCE, None, {("run", SECOND)}),
    ("pointer to another run", SOURCE, {"run_id": raw(HALF_ID)},
     {("run", SOURCE), ("run", SECOND)}),
    ("pointer to no run", SOURCE, {"run_id": raw(NOBODY)}, {("run", SOURCE), ("run", SECOND)}),
    # The latest file of its format.
    ("latest file of no run", LATEST, {"run_id": raw(NOBODY)}, {("run", LATEST)}),
    ("latest file of a run that was never measured", LATEST, {"run_id": raw(BAD_ID)},
     {("run", LATEST)}),
    ("latest file of another time", LATEST, {"at": raw(AT)}, {("run", LATEST)}),
    ("unknown attribute of the latest file", LATEST, {"surprise": raw("x")}, {("shape", LATEST)}),
    # What each status has.
    ("completed without an end", FIRST, {"completed_at": None}, {("run", FIRST)}),
    ("completed with a reason", FIRST, {"reason": raw("why?")}, {("run", FIRST)}),
    ("processing with an end", HALF, {"completed_at": raw(LATER)}, {("run", HALF)}),
    ("measured at no time", FIRST, {"measured_at": None}, {("run", FIRST)}),
    ("copy that measured what is not its own", COPY, {"measured_at": raw(LATER)}, {("run", COPY)}),
    ("results before the end", HALF, {"reported_at": raw(LATER)}, {("run", HALF)}),
    ("results of a copy", COPY, {"reported_at": raw(LATER)}, {("run", COPY)}),
    ("failed without a reason", HALF, {"status": raw("failed")}, {("run", HALF)}),
    ("quarantined without a reason", BAD, {"reason": None}, {("run", BAD)}),
    ("quarantined and booked", BAD, {"breaks_by_kind": raw({"rejected_row": 1})},
     {("run", BAD)}),
    ("totals in part", FIRST, {"format": None}, {("run", FIRST)}),
    ("completed without totals", COPY,
     dict.fromkeys(("format", "sha256", "size_bytes", "total_rows", "gross_minor", "fee_minor")),
     {("run", COPY)}),
    # Its rows and breaks.
    ("a break too many", FIRST, {"breaks_by_kind": raw({"amount_mismatch": 2, "rejected_row": 1})},
     {("run", FIRST)}),
    ("a break of another kind", FIRST,
     {"breaks_by_kind": raw({"fee_mismatch": 1, "rejected_row": 1})}, {("run", FIRST)}),
    ("breaks of an unknown kind", FIRST,
     {"breaks_by_kind": raw({"amount_mismatch": 1, "rejected_row": 1, "gift": 0})},
     {("run", FIRST)}),
    ("a row in no place", FIRST, {"total_rows": raw(5)}, {("run", FIRST)}),
    ("more rows than the file has", HALF, {"total_rows": raw(0)}, {("run", HALF)}),
    ("rows of a copy", COPY, {"total_rows": raw(1)}, {("run", COPY)}),
    ("a break that nobody counts", BREAK, None, {("run", FIRST)}),
    # Breaks.
    ("break of another row", BREAK, {"row": raw(3), "line": raw(9)}, {("break", BREAK)}),
    ("break above its row", BREAK, {"line": raw(2)}, {("break", BREAK)}),
    ("unreadable row of a payment", REJECTED, {"payment_id": raw("pay_bob")},
     {("break", REJECTED)}),
    ("mismatch in no currency", BREAK, {"currency": None}, {("break", BREAK), ("run", FIRST)}),
    ("mismatch of another amount", BREAK, {"gross_minor": raw(8)}, {("run", FIRST)}),
    ("unreadable row of an amount", REJECTED, {"gross_minor": raw(1), "currency": raw("USD")},
     {("break", REJECTED), ("run", SECOND)}),
    # Who books a content.
    ("no claim", CLAIM, None, {("claim", SECOND)}),
    ("claim of nobody", CLAIM, {"run_id": raw(NOBODY)}, {("claim", CLAIM), ("claim", SECOND)}),
    ("claim of the run of another content", CLAIM, {"run_id": raw(HALF_ID)},
     {("claim", CLAIM), ("claim", SECOND)}),
    ("run of another content", SECOND, {"sha256": raw("9" * 64)},
     {("claim", CLAIM), ("claim", SECOND)}),
    ("copy of nobody", COPY, {"duplicate_of": raw(NOBODY)}, {("claim", COPY)}),
    ("copy of another content", COPY, {"sha256": raw(SECOND_CONTENT)}, {("claim", COPY)}),
    ("original of another content", FIRST, {"sha256": raw("9" * 64)},
     {("claim", FIRST), ("claim", COPY), ("claim", FIRST_CLAIM)}),
    ("copy of a run that is not at its end", COPY,
     {"duplicate_of": raw(HALF_ID), "sha256": raw(THIRD_CONTENT)}, {("claim", COPY)}),
    ("copy of itself", COPY, {"duplicate_of": raw(COPY_ID)}, {("claim", COPY)}),
    ("no copy, and no claim", COPY, {"duplicate_of": None}, {("claim", COPY), ("run", COPY)}),
    ("copy that is not at its end", COPY, {"status": raw("processing"), "completed_at": None},
     {("run", COPY)}),
    # What a run settled.
    ("matched one too many", HALF, {"matched": raw(2)}, {("settled", HALF)}),
    ("matched one too few", HALF, {"matched": raw(0)}, {("settled", HALF)}),
    ("sum of the file", SECOND, {"gross_minor": raw({"USD": 11})}, {("run", SECOND)}),
    ("sum of the file in another currency", SECOND, {"gross_minor": raw({"EUR": 10})},
     {("run", SECOND)}),
    ("sum of what is matched", HALF, {"matched_minor": raw({"EUR": 601})}, {("settled", HALF)}),
    ("sums of both, a cent from one to the other", FIRST,
     {"matched_minor": raw({"USD": 3_001}), "broken_minor": raw({"USD": 6})},
     {("settled", FIRST), ("run", FIRST)}),
    ("fees of the file", SECOND, {"fee_minor": raw({"USD": 1})}, {("settled", SECOND)}),
    ("settled by nobody", HOT, marks(NOBODY), {("settled", HOT), ("settled", HALF)}),
    ("settled by a run that was quarantined", HOT, marks(BAD_ID),
     {("settled", HOT), ("settled", HALF), ("settled", BAD)}),
    ("settled by another run", HOT, marks(FIRST_ID), {("settled", HALF), ("settled", FIRST)}),
    ("settled, but not when", HOT, {"settled_at": None, "updated_at": raw(AT)},
     {("settled", HOT)}),
    ("settled, but not by whom", HOT, {"settlement_id": None, "version": raw(1)},
     {("settled", HOT), ("settled", HALF)}),
    ("not settled at all", REFUND,
     {"settlement_id": None, "settled_at": None, "version": raw(1), "updated_at": raw(AT)},
     {("settled", FIRST)}),
    ("refund settled, but not when", REFUND, {"settled_at": None, "updated_at": raw(AT)},
     {("settled", REFUND)}),
    ("decline settled", DECLINED, marks(FIRST_ID) | {"version": raw(2)},
     {("settled", DECLINED), ("settled", FIRST)}),
    # What changed a payment.
    ("payment changed once more", PAYMENT, {"version": raw(5)}, {("changes", PAYMENT)}),
    ("payment settled without a change", PAYMENT, {"version": raw(3)}, {("changes", PAYMENT)}),
    ("decline changed", DECLINED, {"version": raw(2)}, {("changes", DECLINED)}),
    ("refund changed", OTHER_REFUND, {"version": raw(2)}, {("changes", OTHER_REFUND)}),
    ("refund settled without a change", REFUND, {"version": raw(1)}, {("changes", REFUND)}),
    ("deposit changed", DEPOSIT, {"version": raw(2)}, {("changes", DEPOSIT)}),
    ("payment updated at another time", PAYMENT, {"updated_at": raw("2026-11-21T14:00:00.000000Z")},
     {("changes", PAYMENT)}),
    ("refund not updated when it was settled", REFUND, {"updated_at": raw(AT)},
     {("changes", REFUND)}),
    ("refund updated by nothing", OTHER_REFUND, {"updated_at": raw(LATER)},
     {("changes", OTHER_REFUND)}),
    ("decline updated by nothing", DECLINED, {"updated_at": raw(LATER)}, {("changes", DECLINED)}),
    # When an entry was posted.
    *[(f"entry of a {kind} posted at another time", address, {"created_at": raw(LATER)},
       {("entry-item", address)}) for kind, address in ENTRIES.items()],
    # Whole numbers.
    ("I4 matched", HALF, {"matched": {N: "1.5"}}, {("I4", HALF)}),
    ("I4 matched below zero", BAD, {"matched": raw(-1)}, {("I4", BAD)}),
    ("I4 rows", FIRST, {"total_rows": raw("4")}, {("I4", FIRST)}),
    ("I4 sums", FIRST, {"gross_minor": {"M": {"USD": {N: "30.07"}}}}, {("I4", FIRST)}),
    ("I4 breaks", FIRST, {"breaks_by_kind": raw({"amount_mismatch": "1"})}, {("I4", FIRST)}),
    ("I4 fact", BREAK, {"found": {"M": {"amount_minor": {N: "5e3"}}}}, {("I4", BREAK)}),
    ("I4 row 0", BREAK, {"row": raw(0)}, {("I4", BREAK)}),
    ("I4 break in the header", BREAK, {"line": raw(1)}, {("I4", BREAK)}),
    ("I4 version of a run", FIRST, {"version": raw(0)}, {("I4", FIRST)}),
    ("I4 version of a break", BREAK, {"version": {N: "1.5"}}, {("I4", BREAK)}),
    ("I4 expiry of an event", EVENT, {"expires_at": raw("soon")}, {("I4", EVENT)}),
    # Shapes.
    ("unknown attribute of a run", FIRST, {"surprise": raw("x")}, {("shape", FIRST)}),
    ("unknown attribute of a break", BREAK, {"surprise": raw(1)}, {("shape", BREAK)}),
    ("unknown attribute of a pointer", SOURCE, {"surprise": raw("x")}, {("shape", SOURCE)}),
    ("unknown attribute of a claim", CLAIM, {"surprise": raw("x")}, {("shape", CLAIM)}),
    ("unknown attribute of an event", EVENT, {"surprise": {"BOOL": True}}, {("shape", EVENT)}),
    ("unknown status of a run", BAD, {"status": raw("paused")}, {("shape", BAD)}),
    ("unknown format", FIRST, {"format": raw("excel")}, {("shape", FIRST)}),
    ("copy of nonsense", COPY, {"duplicate_of": raw("set_x")}, {("shape", COPY)}),
    ("time of a run", FIRST, {"updated_at": raw("2026-11-21")}, {("shape", FIRST)}),
    ("unknown kind of break", BREAK, {"kind": raw("gift")}, {("shape", BREAK)}),
    ("unknown status of a break", BREAK, {"status": raw("forgotten")}, {("shape", BREAK)}),
    ("break without a reason", BREAK, {"reason": None}, {("shape", BREAK)}),
    ("fact of a list", BREAK, {"expected": raw({"a": []})}, {("shape", BREAK)}),
    ("settled by nonsense", HOT, {"settlement_id": raw("set_x")},
     {("shape", HOT), ("settled", HALF)}),
    # Events.
    ("event under another id", EVENT,
     {"event_id": raw("evt_two"), "payload": payload(id="evt_two")}, {("event", EVENT)}),
    ("event of another payload", EVENT, {"payload": payload(id="evt_two")}, {("event", EVENT)}),
    ("event of nobody's list", EVENT, {"list_bucket": raw("operator#2026-12")},
     {("shape", EVENT)}),
    ("event at another place of its list", EVENT, {"list_position": raw(f"{AT}#stripe#evt_two")},
     {("shape", EVENT)}),
    ("event that is in no list", EVENT, {"list_bucket": None, "list_position": None},
     {("shape", EVENT)}),
    ("event of a payment of nobody", EVENT, {"payment_id": raw("pay_one")}, {("event", EVENT)}),
    ("event of a merchant in the operator's list", EVENT,
     {"payment_id": raw("pay_one"), "merchant_id": raw("mer_alice")}, {("shape", EVENT)}),
    ("event of another type", EVENT, {"type": raw("charge.succeeded")}, {("event", EVENT)}),
    ("event of another time", EVENT, {"created": raw(AT)}, {("event", EVENT)}),
    ("event without its time", EVENT, {"created": None}, {("event", EVENT)}),
    ("event of no time with one", EVENT, {"payload": payload(created=None)}, {("event", EVENT)}),
    ("event about real money", EVENT, {"livemode": {"BOOL": True}}, {("event", EVENT)}),
    ("event that forgets its mode", EVENT, {"livemode": None}, {("event", EVENT)}),
    ("event of a number as its mode", EVENT, {"payload": payload(livemode=0)}, {("event", EVENT)}),
    ("payload that is no JSON", EVENT, {"payload": raw("{")}, {("event", EVENT)}),
    ("payload that is no object", EVENT, {"payload": raw("[]")}, {("event", EVENT)}),
    ("payload too deep", EVENT, {"payload": raw("[" * 100_000)}, {("event", EVENT)}),
    ("payload too long", EVENT, {"payload": payload(note="x" * 262_144)}, {("event", EVENT)}),
    ("event that never expires", EVENT, {"expires_at": None}, {("event", EVENT)}),
    ("event that expires too soon", EVENT, {"expires_at": raw(1_795_262_400)}, {("event", EVENT)}),
    ("event received at no time", EVENT, {"received_at": raw("2026-13-21T12:00:00.000001Z")},
     {("shape", EVENT)}),
    ("event due in no bucket", EVENT, {"due_at": raw(LATER)}, {("due", EVENT)}),
    ("unknown status of an event", EVENT, {"status": raw("lost")}, {("shape", EVENT)}),
    ("unknown provider", EVENT, {"provider": raw("adyen")}, {("shape", EVENT)}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "change", "expected"), [one[1:] for one in CHANGES], ids=[one[0] for one in CHANGES]
)
def test_verify__one_item_corrupted__names_it(
    address: Address, change: dict[str, Raw | None] | None, expected: Found
) -> None:
    items = SmallWorld().corrupted(address, change)
    assert found_by(verify(NAMES, client=MemoryReader(items))) == expected


def test_verify__break_beyond_the_last_row__is_found_at_the_break() -> None:
    world = SmallWorld()
    moved = world.items.pop(BREAK)
    world.row_break(FIRST_ID, 5, "amount_mismatch", gross=7, payment_id="pay_bob")
    beyond = ("settlements", FIRST_ID, "break#0000000005")
    assert moved["kind"] == world.items[beyond]["kind"]
    report = verify(NAMES, client=MemoryReader(world.items))
    assert found_by(report) == {("break", beyond)}
    assert report.findings[0].line() == (
        f"break settlements {FIRST_ID} / break#0000000005: expected a row of its run's 4; "
        "found row 5"
    )


def test_verify__quarantined_run_with_a_row_booked__is_found() -> None:
    world = SmallWorld()
    id_ = world.run(
        "incoming/odd.csv",
        status="quarantined",
        reason="the file is not UTF-8",
        content="1" * 64,
        total_rows=2,
        breaks_by_kind={"rejected_row": 1},
    )
    world.row_break(id_, 1, "rejected_row")
    report = verify(NAMES, client=MemoryReader(world.items))
    assert [one.line() for one in report.findings] == [
        f"run settlements {id_} / run: expected nothing booked by a run that is quarantined; "
        "found 1 rows"
    ]


def test_verify__two_runs_book_one_content__is_found_at_the_second() -> None:
    world = SmallWorld()
    world.payment("pay_again", "mer_alice", "USD", 50, 1, [(0, 50, 1)])
    again = world.run(
        "incoming/again.csv",
        content=CONTENT,
        total_rows=1,
        matched=1,
        gross_minor={"USD": 50},
        fee_minor={"USD": 1},
        is_holder=False,
    )
    world.mark(("pay_again", "payment"), again)
    report = verify(NAMES, client=MemoryReader(world.items))
    assert found_by(report) == {("claim", ("settlements", again, "run"))}


def test_verify__breaks_of_no_run__are_found() -> None:
    world = SmallWorld()
    world.row_break(NOBODY, 1, "rejected_row")
    report = verify(NAMES, client=MemoryReader(world.items))
    assert found_by(report) == {("run", ("settlements", NOBODY, "run"))}


def test_verify__run_that_its_file_has_no_version_of__has_the_id_by_its_etag() -> None:
    world = SmallWorld()
    id_ = world.run("incoming/plain.csv", "etag:0123abcd", status="failed", reason="it is gone")
    del world.items["settlements", id_, "run"]["source_version_id"]
    assert found_by(verify(NAMES, client=MemoryReader(world.items))) == set()


def test_verify__run_that_let_its_claim_go__is_clean() -> None:
    world = SmallWorld()
    world.run(
        "incoming/gone.csv",
        status="failed",
        content=CONTENT,
        total_rows=4,
        is_holder=False,
        reason="it is gone",
    )
    assert found_by(verify(NAMES, client=MemoryReader(world.items))) == set()


def test_verify__thin_event__has_its_time_in_words_and_no_mode() -> None:
    world = SmallWorld()
    world.event("evt_thin")
    thin = world.items["events", "stripe#evt_thin", ""]
    sent = {"id": "evt_thin", "type": "charge.refunded"}
    thin["payload"] = raw(json.dumps(sent | {"created": "2026-11-21t13:00:00.0000019+01:00"}))
    thin["created"] = raw("2026-11-21T12:00:00.000001Z")
    del thin["livemode"]
    assert found_by(verify(NAMES, client=MemoryReader(world.items))) == set()


@pytest.mark.parametrize(
    "address",
    [
        ("settlements", FIRST_ID, "note"),
        ("settlements", "nonsense", "nonsense"),
        ("settlements", "nonsense", "run"),
    ],
)
def test_verify__unknown_part_of_settlements__is_found(address: Address) -> None:
    world = SmallWorld()
    world.put(*address)
    assert found_by(verify(NAMES, client=MemoryReader(world.items))) == {("shape", address)}


@pytest.mark.parametrize(("id_", "part"), [("content#x", "claim"), (f"content#{CONTENT}", "note")])
def test_verify__claim_under_another_key__is_found(id_: str, part: str) -> None:
    world = SmallWorld()
    world.put("settlements", id_, part, run_id=FIRST_ID)
    found = found_by(verify(NAMES, client=MemoryReader(world.items)))
    assert ("shape", ("settlements", id_, part)) in found
