"""One item of a processor's settlement file, or of what people decided about it, is corrupted, and
verify names the rule and that item and nothing else.

Where one corruption really breaks two rules, each is expected at its own item.
"""

import json
from typing import Any

import pytest

from ops.verify.command import verify
from ops.verify.findings import Rule
from tests.ops.verify.card_world import (
    EXTERNAL,
    RUN,
    operation,
    payment,
    payment_id,
    refund,
    waiting_bucket_of,
)
from tests.ops.verify.file_world import (
    BATCHES,
    DECIDED,
    FILE,
    LATEST,
    OPERATORS,
    PAYOUT,
    REOPENED,
    THE_FILE,
    FileWorld,
    break_id,
    broken,
    decision_record,
    marker,
    marker_id,
    posting_list,
)
from tests.ops.verify.memory_reader import NAMES, MemoryReader
from tests.ops.verify.small_world import (
    ALICE_USD,
    AT,
    LATER,
    Address,
    Found,
    Raw,
    entries,
    found_by,
    raw,
    run_id,
)
from tests.thoroughness import some_in_turn

WORLD = FileWorld()
FILED, OFF, AGAIN, NO = payment("filed"), payment("off"), payment("again"), payment("no")
ALICES, OPERATORS_ENTRY = WORLD.settlement_of["alice"], WORLD.settlement_of["operator"]
(LOST_ENTRY,), (OFF_ENTRY,) = WORLD.corrections[5], WORLD.corrections[6]
GONE_ENTRY, GONE_REVERSED = WORLD.corrections[7]
BACK_ENTRY, BACK_REVERSED = WORLD.corrections[8]
LOST, SETTLED_BY_HAND, GONE, BACK = broken(5), broken(6), broken(7), broken(8)
PAID_OUT, REJECTED, REPEATED, ODD = broken(9), broken(10), broken(11), broken(12)
BALANCE: Address = ("ledger", ALICE_USD, "balance")
OPERATORS_BALANCE: Address = ("ledger", OPERATORS, "balance")
STRIPES: Address = ("settlements", BATCHES[1], "run")
SOURCE: Address = ("settlements", "source#incoming/stripe.csv", f"{AT}#{BATCHES[1]}")
CLAIM: Address = ("settlements", f"content#{'b' * 64}", "claim")
CORRECT, REOPEN = decision_record(5, "correct"), decision_record(7, "reopen")
CAPTURE_OF_OFF: Address = next(
    address
    for address, stored in WORLD.items.items()
    if stored.get("kind") == raw("capture") and stored["item_id"] == raw(OFF[1])
)
NOBODY = run_id("incoming/never.csv")


def postings(*pairs: tuple[str, int]) -> Raw:
    return raw(posting_list(list(pairs)))


def decisions(*pairs: tuple[str, str]) -> Raw:
    return raw([WORLD.decision(action, at, 9) for action, at in pairs])


def keys(*pairs: tuple[str, str]) -> Raw:
    return raw([{"id": id_, "part": part} for id_, part in pairs])


def body_of(address: Address, **members: Any) -> Raw:
    body = json.loads(WORLD.items[address]["body"]["S"])
    return raw(json.dumps(body | members))


CHANGES: list[Any] = [
    # The run: its rows and sums.
    ("a row that left no marker", marker(2), None, {("settled", THE_FILE)}),
    ("a marker of another run", marker(2), {"run_id": raw(RUN)},
     {("settled", THE_FILE), ("settled", ("settlements", RUN, "run"))}),
    ("matched more than there are markers", THE_FILE,
     {"matched": raw(5), "total_rows": raw(13)}, {("settled", THE_FILE)}),
    ("sums that do not come to the file's", THE_FILE, {"matched_minor": raw({"USD": 5_221})},
     {("run", THE_FILE)}),
    ("broken sums of a payout", THE_FILE,
     {"broken_minor": raw({"USD": 8_600, "EUR": -77}), "matched_minor": raw({"USD": 5_720})},
     {("run", THE_FILE)}),
    ("unknown format of the file", THE_FILE, {"format": raw("visa")},
     {("shape", THE_FILE)}),
    # Markers.
    ("marker of no run", marker(3), {"run_id": raw(NOBODY)},
     {("marker", marker(3)), ("settled", THE_FILE)}),
    ("marker of a row that is a break", marker(3), {"row": raw(12)}, {("marker", marker(3))}),
    ("marker beyond the last row", marker(3), {"row": raw(13)}, {("marker", marker(3))}),
    ("marker of what matched that is free", marker(3), {"is_free": {"BOOL": True}},
     {("marker", marker(3))}),
    ("marker of another break", marker(5), {"break_id": raw(break_id(7))},
     {("marker", marker(5)), ("break", LOST)}),
    ("marker of no break", marker(7), {"row": raw(1), "break_id": raw(break_id(1))},
     {("marker", marker(7))}),
    ("marker that forgets its break", marker(5), {"break_id": None},
     {("marker", marker(5)), ("break", LOST), ("settled", THE_FILE)}),
    ("marker that is free, though corrected", marker(5), {"is_free": {"BOOL": True}},
     {("marker", marker(5)), ("break", LOST)}),
    ("marker that is kept, though taken back", marker(7), {"is_free": None},
     {("marker", marker(7))}),
    ("marker of another amount", marker(5), {"gross_minor": raw(901)}, {("marker", marker(5))}),
    ("marker of another cost", marker(7), {"cost_minor": raw(1)}, {("marker", marker(7))}),
    ("marker of a break without one", marker(7),
     {"row": raw(11), "break_id": raw(break_id(11))}, {("marker", marker(7))}),
    ("marker of row 0", marker(2), {"row": raw(0)}, {("I4", marker(2))}),
    ("marker of nonsense", marker(5), {"break_id": raw("brk_x")},
     {("shape", marker(5))}),
    ("marker of a fraction", marker(2), {"gross_minor": {"N": "1.5"}}, {("I4", marker(2))}),
    ("unknown attribute of a marker", marker(2), {"surprise": raw("x")}, {("shape", marker(2))}),
    ("marker of a run that booked nothing", THE_FILE,
     {"status": raw("quarantined"), "reason": raw("x")},
     {("run", THE_FILE), *[("marker", marker(row)) for row in (2, 3, 4, 5, 7)],
      *[("entry-item", one) for one in (ALICES, OPERATORS_ENTRY)],
      *[("settled", one) for one in (FILED, OFF)]}),
    # Breaks: what they say.
    ("mismatch of no payment", ODD, {"payment_id": None}, {("break", ODD)}),
    ("mismatch of no currency", REPEATED, {"currency": None},
     {("break", REPEATED), ("run", THE_FILE)}),
    ("unreadable row in a currency", REJECTED, {"currency": raw("USD")}, {("break", REJECTED)}),
    ("unreadable row of a cost", REJECTED, {"cost_minor": raw(1)}, {("break", REJECTED)}),
    ("unreadable row with a marker", REJECTED, {"marker": raw(marker_id(10))},
     {("break", REJECTED)}),
    # What would correct them.
    ("correction in no book", ODD, {"ledger_id": None}, {("break", ODD)}),
    ("book without a correction", REPEATED, {"ledger_id": raw("operator#EUR#0")},
     {("break", REPEATED)}),
    ("correction in the book of another currency", ODD, {"ledger_id": raw("mer_alice#EUR#0")},
     {("break", ODD)}),
    ("correction in what is no book", ODD, {"ledger_id": raw("mer_alice")}, {("break", ODD)}),
    ("correction that nobody would know again", ODD, {"marker": None}, {("break", ODD)}),
    ("correction that settles and leaves a marker", ODD,
     {"settles": keys((NO[1], "payment"))}, {("break", ODD)}),
    ("correction that settles two", broken(8),
     {"settles": keys((AGAIN[1], "payment"), (OFF[1], "payment"))}, {("break", BACK)}),
    ("correction that settles a dispute", broken(8), {"settles": keys((AGAIN[1], "dispute#dp_1"))},
     {("break", BACK), ("I3", AGAIN), ("due", AGAIN),
      ("item-entries", refund("again", "returned"))}),
    ("correction that settles what is of no payment", SETTLED_BY_HAND, {"payment_id": None},
     {("break", SETTLED_BY_HAND), ("entry-item", OFF_ENTRY)}),
    ("correction that makes money", ODD,
     {"correction": postings((EXTERNAL, -4_999), ("suspense", 5_000))}, {("break", ODD)}),
    ("correction of fees", ODD,
     {"correction": postings((EXTERNAL, -5_001), ("suspense", 5_000), ("fees", 1))},
     {("break", ODD)}),
    ("correction of another amount", ODD,
     {"correction": postings((EXTERNAL, -4_999), ("suspense", 4_999))}, {("break", ODD)}),
    ("correction of another cost", ODD, {"cost_minor": raw(1)}, {("break", ODD)}),
    ("correction of a share of nothing", ODD,
     {"correction": postings((EXTERNAL, -5_000), ("suspense", 5_000), ("pending", -1),
                             ("available", 1))}, {("break", ODD)}),
    # What was decided.
    ("accepted by nobody", ODD, {"status": raw("accepted"), "open_bucket": None},
     {("break", ODD)}),
    ("open though accepted", PAID_OUT, {"status": raw("open"), "open_bucket": raw("open#1")},
     {("break", PAID_OUT)}),
    ("accepted twice", PAID_OUT,
     {"decisions": decisions(("accept", DECIDED), ("accept", DECIDED)), "version": raw(3)},
     {("break", PAID_OUT)}),
    ("reopened though open", ODD,
     {"decisions": decisions(("reopen", LATER)), "version": raw(2)}, {("break", ODD)}),
    ("ignored, and corrected without a correction", REJECTED,
     {"decisions": decisions(("correct", DECIDED), ("reopen", LATER), ("ignore", LATER)),
      "version": raw(4)},
     {("break", REJECTED)}),
    ("changed without a decision", ODD, {"version": raw(2)}, {("break", ODD)}),
    ("decided without a change", PAID_OUT, {"version": raw(1)}, {("break", PAID_OUT)}),
    ("opened when it was not reopened", GONE, {"opened_at": raw(LATER)}, {("break", GONE)}),
    ("open in no bucket", ODD, {"open_bucket": None}, {("break", ODD)}),
    ("open in another bucket", ODD, {"open_bucket": raw("open#5")}, {("break", ODD)}),
    ("decided, and among the open ones", PAID_OUT, {"open_bucket": raw("open#1")},
     {("break", PAID_OUT)}),
    ("decided in an unknown way", PAID_OUT, {"decisions": decisions(("forget", DECIDED))},
     {("shape", PAID_OUT)}),
    ("decided by nobody", PAID_OUT,
     {"decisions": raw([{"action": "accept", "reason": "x", "at": DECIDED}])},
     {("shape", PAID_OUT)}),
    # What was posted.
    ("posted nothing", LOST, {"posted": None}, {("break", LOST)}),
    ("posted something else", LOST, {"posted": postings((EXTERNAL, -900), ("suspense", 900))},
     {("break", LOST)}),
    ("corrected by what was not to be corrected", SETTLED_BY_HAND,
     {"correction": postings(("pending", -1_960), ("available", 1_960), ("costs", -50),
                             (EXTERNAL, -51), ("suspense", 101))},
     {("break", SETTLED_BY_HAND)}),
    ("posted though open", GONE, {"posted": postings((EXTERNAL, -60), ("suspense", 60))},
     {("break", GONE)}),
    ("entry that it forgets", LOST, {"entries": None},
     {("break", LOST), ("entry-item", LOST_ENTRY)}),
    ("reversal that it forgets", GONE, {"entries": entries(GONE_ENTRY)},
     {("break", GONE), ("entry-item", GONE_REVERSED)}),
    ("entries in another order", GONE, {"entries": entries(GONE_REVERSED, GONE_ENTRY)},
     {("break", GONE)}),
    ("entry of another break", LOST, {"entries": entries(GONE_ENTRY)},
     {("break", LOST), ("entry-item", LOST_ENTRY)}),
    ("entry that is none", LOST, {"entries": entries(OPERATORS_BALANCE)},
     {("break", LOST), ("entry-item", LOST_ENTRY)}),
    ("entry listed twice", GONE, {"entries": entries(GONE_ENTRY, GONE_REVERSED, GONE_ENTRY)},
     {("break", GONE)}),
    ("correction never posted", LOST_ENTRY, None,
     {("break", LOST), ("I2", OPERATORS_BALANCE)}),
    ("correction posted of another amount", LOST_ENTRY,
     {"postings": postings((EXTERNAL, -881), ("suspense", 901), ("costs", -20))},
     {("break", LOST)}),
    ("correction that posts another kind", LOST_ENTRY, {"kind": raw("correction_reversed")},
     {("break", LOST), ("entry-item", LOST_ENTRY)}),
    ("correction of no break", LOST_ENTRY, {"item_part": raw("break#0000000001")},
     {("break", LOST), ("entry-item", LOST_ENTRY)}),
    ("correction of the run", LOST_ENTRY, {"item_part": raw("run")},
     {("break", LOST), ("entry-item", LOST_ENTRY)}),
    ("correction of another time", LOST_ENTRY, {"created_at": raw(REOPENED)},
     {("entry-item", LOST_ENTRY)}),
    ("correction of a payment that the break has not", LOST_ENTRY,
     {"payment_id": raw(payment_id("no"))}, {("entry-item", LOST_ENTRY)}),
    ("correction that forgets its payment", OFF_ENTRY, {"payment_id": None},
     {("entry-item", OFF_ENTRY)}),
    ("correction whose book is another's", LOST, {"ledger_id": raw("mer_alice#USD#0")},
     {("book", LOST_ENTRY)}),
    ("correction in a shard that is not the first", ODD, {"ledger_id": raw("operator#USD#1")},
     {("break", ODD)}),
    # What a correction settles, and leaves.
    ("settled by hand, and not marked", OFF,
     {"settlement_id": None, "settled_at": None, "version": raw(2), "updated_at": raw(AT),
      "pending_minor": raw(1_960), "due_at": raw(AT),
      "due_bucket": raw(waiting_bucket_of(OFF[1]))},
     {("break", SETTLED_BY_HAND), ("settled", THE_FILE)}),
    ("settled by hand, and marked by another run", OFF, {"settlement_id": raw(RUN)},
     {("break", SETTLED_BY_HAND), ("settled", THE_FILE),
      ("settled", ("settlements", RUN, "run"))}),
    ("settles what is of another merchant", OFF, {"merchant_id": raw("mer_bob")},
     {("break", SETTLED_BY_HAND), ("parts", operation("off")), ("shape", OFF),
      ("entry-item", CAPTURE_OF_OFF)}),
    ("settles what is not there", SETTLED_BY_HAND,
     {"settles": keys(("pay_none", "payment"))},
     {("break", SETTLED_BY_HAND), ("settled", THE_FILE)}),
    ("corrected, and no marker", marker(5), None, {("break", LOST)}),
    ("share of another amount made available", OFF_ENTRY,
     {"postings": postings(("pending", -1_961), ("available", 1_961), ("costs", -50),
                           (EXTERNAL, -50), ("suspense", 100))},
     {("break", SETTLED_BY_HAND), ("I2", BALANCE), ("settled", THE_FILE)}),
    # What was taken back.
    ("taken back, and changed once", AGAIN, {"version": raw(4)}, {("changes", AGAIN)}),
    ("taken back, and its share less the refund", AGAIN, {"pending_minor": raw(880)},
     {("I3", AGAIN)}),
    ("taken back, and waited for since another time", AGAIN, {"due_at": raw(LATER)},
     {("due", AGAIN)}),
    ("taken back, and waited for nowhere", AGAIN, {"due_at": None, "due_bucket": None},
     {("due", AGAIN)}),
    # Entries of the run.
    ("entry of a share that goes elsewhere", ALICES,
     {"postings": postings(("pending", -4_900), ("available", 4_899), ("costs", -174),
                           (EXTERNAL, 175))},
     {("entry-item", ALICES), ("I2", BALANCE), ("settled", THE_FILE)}),
    ("entry of fees", ALICES,
     {"postings": postings(("pending", -4_900), ("available", 4_900), ("fees", -175),
                           (EXTERNAL, 175))},
     {("entry-item", ALICES)}),
    ("entry of a merchant's account in the operator's books", OPERATORS_ENTRY,
     {"postings": postings(("pending", -1), ("available", 1), ("costs", -30), (EXTERNAL, 3_780),
                           ("suspense", 250), ("external:bank", -4_000))},
     {("book", OPERATORS_ENTRY), ("I2", OPERATORS_BALANCE), ("settled", THE_FILE)}),
    ("entry of no account", OPERATORS_ENTRY,
     {"postings": postings(("cost", -30), (EXTERNAL, 3_780), ("suspense", 250),
                           ("external:bank", -4_000))},
     {("I1", OPERATORS_ENTRY), ("entry-item", OPERATORS_ENTRY)}),
    # Answers to decisions.
    ("answer to no decision", CORRECT, {"created_at": raw(LATER)}, {("record", CORRECT)}),
    ("answer to another request", PAID_OUT,
     {"decisions": raw([WORLD.decision("accept", DECIDED, 8)])},
     {("record", decision_record(9, "accept"))}),
    ("answer of another break", CORRECT, {"body": body_of(CORRECT, id=break_id(6))},
     {("record", CORRECT)}),
    ("answer of another status", REOPEN, {"body": body_of(REOPEN, status="corrected")},
     {("record", REOPEN)}),
    ("answer about no break", CORRECT, {"item_part": raw("break#0000000001")},
     {("record", CORRECT)}),
    ("answer to a merchant", CORRECT, {"merchant_id": raw("mer_alice")}, {("record", CORRECT)}),
    ("answer of another code", CORRECT, {"status_code": raw(201)}, {("record", CORRECT)}),
    ("answer that is none", CORRECT, {"body": raw("[]")}, {("record", CORRECT)}),
    ("answer that is still to come", CORRECT,
     {"state": raw("IN_PROGRESS"), "status_code": None, "body": None, "expires_at": None},
     {("record", CORRECT)}),
    # Payouts, and the latest file.
    ("payout of a fraction", PAYOUT, {"amount_minor": {"N": "4.5"}}, {("I4", PAYOUT)}),
    ("payout in no currency", PAYOUT, {"currency": raw("dollars")}, {("shape", PAYOUT)}),
    ("payout of an unknown status", PAYOUT, {"status": raw("lost")}, {("shape", PAYOUT)}),
    ("unknown attribute of a payout", PAYOUT, {"surprise": raw("x")}, {("shape", PAYOUT)}),
    ("batches of a fraction", BATCHES, {"net_minor": {"M": {"po_2#USD": {"N": "4.5"}}}},
     {("I4", BATCHES)}),
    ("batches in no currency", BATCHES, {"net_minor": raw({"po_2": 4_000})}, {("shape", BATCHES)}),
    ("batches of no processor", BATCHES, {"processor": None}, {("shape", BATCHES)}),
    ("batches of a format without them", STRIPES, {"format": raw("paypal")}, {("run", BATCHES)}),
    ("batches of no run", STRIPES, None,
     {("run", BATCHES), ("run", SOURCE), ("claim", CLAIM)}),
    ("batches of a copy", STRIPES,
     {"duplicate_of": raw(FILE), "measured_at": None}, {("run", BATCHES), ("claim", STRIPES)}),
    ("latest file of another format", LATEST, {"run_id": raw(RUN)}, {("run", LATEST)}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "change", "expected"), [one[1:] for one in CHANGES], ids=[one[0] for one in CHANGES]
)
def test_verify__file_world_corrupted__names_the_item(
    address: Address, change: dict[str, Raw | None] | None, expected: Found
) -> None:
    report = verify(NAMES, client=MemoryReader(WORLD.corrupted(address, change)))
    assert found_by(report) == expected


def test_verify__file_world__is_clean() -> None:
    report = verify(NAMES, client=MemoryReader(dict(WORLD.items)))
    assert [one.line() for one in report.findings] == []
    assert report.is_clean
    of_files = (Rule.BREAK, Rule.MARKER, Rule.RUN)
    assert [report.checked[rule] for rule in of_files] == [8, 5, 8]
    assert (report.read.breaks, report.read.markers) == (8, 5)


def test_verify__file_world__says_what_processors_owe() -> None:
    """Taken 26,049 and given back 7,100; of what files tell of, 3,025 is not with it any more."""
    report = verify(NAMES, client=MemoryReader(dict(WORLD.items)))
    usd = report.sums["USD"]
    assert usd.adds_up
    assert usd.line("USD") == (
        "USD, in minor units: deposited 0 + refunded 0 + taken by processors 26,049 "
        "+ found in their files 1,250 = paid out 0 + fees 320 + given back by them 7,100 "
        "+ held in balances 13,629 + in suspense 6,250: it adds up."
    )
    assert usd.processors_line("USD") == (
        "USD: processors owe us simulated 15,924; they kept 275 as costs and paid 4,000 to the "
        "bank; in suspense 6,250."
    )


@pytest.mark.parametrize(
    ("id_", "part", "said"),
    [
        (marker_id(2), "note", "expected the key row#"),
        ("row#x", "row", "expected the key row#"),
        ("payout#simulated", "payout", "expected the key payout#"),
        ("payout#simulated#po_9", "note", "expected the key payout#"),
        ("latest#adyen", "note", "expected the part file"),
        ("surprise#x", "row", "expected a run (set_... / run)"),
    ],
)
def test_verify__item_of_settlements_under_another_key__is_found(
    id_: str, part: str, said: str
) -> None:
    address: Address = ("settlements", id_, part)
    items = WORLD.items | {address: WORLD.items[PAYOUT] | {"id": raw(id_), "part": raw(part)}}
    report = verify(NAMES, client=MemoryReader(dict(sorted(items.items()))))
    found = [one for one in report.findings if one.key == address[1:]]
    assert any(said in one.line() for one in found)
    assert {(one.table, *one.key) for one in report.findings} == {address}


def test_verify__marker_of_a_run_without_rows__is_found() -> None:
    world = FileWorld()
    failed = world.run("incoming/gone.csv", status="failed", reason="it is gone")
    world.row_marker(99, 1)
    world.items[marker(99)]["run_id"] = raw(failed)
    found = found_by(verify(NAMES, client=MemoryReader(world.items)))
    assert found == {("marker", marker(99)), ("settled", ("settlements", failed, "run"))}


HOSTILE: list[Raw] = [
    {"S": "[bold]\x1b[31m\u202e"},
    {"N": "-1"},
    {"NULL": True},
    {"L": [{"NULL": True}, {"M": {}}, {"L": []}]},
    {"M": {"id": {"N": "1"}, "part": {"L": []}}},
]
ONE_OF_EACH = [LOST, BACK, marker(5), PAYOUT, BATCHES]


@pytest.mark.parametrize("address", ONE_OF_EACH, ids=[one[1][:8] + one[2] for one in ONE_OF_EACH])
def test_verify__attribute_of_any_content__never_crashes_and_any_other_type_is_named(
    address: Address,
) -> None:
    original = WORLD.items[address]
    for number, name in enumerate(sorted(original.keys() - {"id", "part"})):
        for value in some_in_turn(HOSTILE, number):
            items = WORLD.items | {address: original | {name: value}}
            report = verify(NAMES, client=MemoryReader(items))
            assert all(one.line().isprintable() for one in report.findings)
            if value.keys() != original[name].keys():
                named = {(one.table, one.key.id, one.key.part) for one in report.findings}
                assert address in named, (name, value)
