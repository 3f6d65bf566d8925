"""One item of a dispute, of a refund that came back or of a payment on a page is corrupted: verify
names the rule and that item.
"""

import json
from typing import Any

import pytest

from oncepay.domain.dispute import dispute_id as written_id
from ops.verify.command import verify
from ops.verify.findings import Rule
from tests.ops.verify.card_world import (
    EXTERNAL,
    FINGERPRINT_OF_NOBODY,
    hashed,
    id_of,
    operation,
    payment,
    payment_id,
    pointer,
    record,
    refund,
)
from tests.ops.verify.dispute_world import PAGE, DisputeWorld, dispute, dispute_id
from tests.ops.verify.memory_reader import NAMES, MemoryReader
from tests.ops.verify.small_world import (
    ALICE,
    ALICE_USD,
    AT,
    LATER,
    Address,
    Found,
    Raw,
    SmallWorld,
    found_by,
    raw,
)

WORLD = DisputeWorld()
DISPUTED, RETURNED = payment("disputed"), payment("returned")
PAGED, OPEN_PAGE = payment("paged"), payment("open_page")
OPEN, WON, LOST = (dispute("disputed", f"dp_{each}") for each in ("open", "won", "lost"))
WON_LATE = dispute("disputed", "dp_won_late")
LOST_LATE = dispute("disputed", "dp_lost_late")
OURS, THEIRS = refund("returned", "ours"), refund("returned", "theirs")
AFTER_ALL, NEVER = refund("returned", "after-all"), refund("returned", "never")
OURS_DONE = operation("returned", id_of("re_", "ours"))
AFTER_ALL_DONE = operation("returned", id_of("re_", "after-all"))
BALANCE: Address = ("ledger", ALICE_USD, "balance")


def entry(item: Address, kind: str) -> Address:
    """The last entry of that kind of an item."""
    *_, found = sorted(
        address
        for address, stored in WORLD.items.items()
        if address[0] == "ledger"
        and stored.get("kind") == raw(kind)
        and (stored["item_id"], stored["item_part"]) == (raw(item[1]), raw(item[2]))
    )
    return found


def postings(*pairs: tuple[str, int]) -> Raw:
    return raw([{"account": account, "amount_minor": amount} for account, amount in pairs])


def listed(item: Address, *kinds: str) -> Raw:
    """A list of these entries of an item."""
    found = [entry(item, kind) for kind in kinds]
    return raw([{"id": id_, "part": part} for _, id_, part in found])


def body_of(address: Address, **members: Any) -> Raw:
    body = json.loads(WORLD.items[address]["body"]["S"])
    return raw(json.dumps(body | members))


OPENED, GIVEN_BACK = entry(OPEN, "dispute_opened"), entry(WON, "dispute_won")
GONE, GONE_LATE = entry(LOST, "dispute_lost"), entry(LOST_LATE, "dispute_lost")
CAME_BACK, FAILED_LATE = entry(OURS, "refund_failed"), entry(AFTER_ALL, "refund_failed")
BEFORE_IT_WAS = "2026-11-21T11:00:00.000000Z"

CHANGES: list[Any] = [
    # disputes
    ("open, and counted as none", DISPUTED, {"standing_disputes": None}, {("dispute", DISPUTED)}),
    ("one too few stand", DISPUTED, {"standing_disputes": raw(2)}, {("dispute", DISPUTED)}),
    ("one too many stands", DISPUTED, {"standing_disputes": raw(4)}, {("dispute", DISPUTED)}),
    ("stands where there is none", RETURNED, {"standing_disputes": raw(1)},
     {("dispute", RETURNED)}),
    ("no number stands", DISPUTED, {"standing_disputes": raw("3")}, {("I4", DISPUTED)}),
    ("zero stand", RETURNED, {"standing_disputes": raw(0)}, {("I4", RETURNED)}),
    ("disputed more than was captured", LOST_LATE, {"amount_minor": raw(5_001)},
     {("dispute", LOST_LATE), ("item-entries", LOST_LATE)}),
    ("disputed nothing", OPEN, {"amount_minor": raw(0)}, {("I4", OPEN)}),
    ("disputed a cent more", OPEN, {"amount_minor": raw(1_001)}, {("item-entries", OPEN)}),
    ("disputed of another merchant", OPEN, {"merchant_id": raw("mer_other")},
     {("parts", OPEN), ("entry-item", OPENED)}),
    ("disputed in another currency", OPEN, {"currency": raw("EUR")},
     {("parts", OPEN), ("entry-item", OPENED), ("item-entries", OPEN)}),
    ("a dispute in an unknown state", OPEN, {"status": raw("opened")}, {("shape", OPEN)}),
    ("a dispute of another name", OPEN, {"processor_reference": raw("dp_x")},
     {("dispute", OPEN), ("reference", OPEN), ("reference", pointer("dp_open"))}),
    ("a dispute without a name", OPEN, {"processor_reference": None}, {("shape", OPEN)}),
    ("a dispute without a pointer", pointer("dp_won_late"), None, {("reference", WON_LATE)}),
    ("a dispute that leads to another", pointer("dp_won"), {"item_part": raw(LOST[2])},
     {("reference", WON), ("reference", pointer("dp_won"))}),
    ("won, and nothing given back", OPEN, {"status": raw("won")},
     {("item-entries", OPEN), ("dispute", DISPUTED)}),
    ("lost, and yet set aside", OPEN, {"status": raw("lost")}, {("item-entries", OPEN)}),
    ("open, and yet given back", WON, {"status": raw("open")},
     {("item-entries", WON), ("dispute", DISPUTED)}),
    ("lost, and yet given back", WON, {"status": raw("lost")},
     {("item-entries", WON), ("dispute", DISPUTED)}),
    ("open, and nothing set aside", WON_LATE, {"status": raw("open")},
     {("item-entries", WON_LATE), ("dispute", DISPUTED)}),
    ("lost, and nothing gone", WON_LATE, {"status": raw("lost")},
     {("item-entries", WON_LATE), ("dispute", DISPUTED)}),
    ("an end that is not listed", LOST, {"entries": listed(LOST, "dispute_opened")},
     {("item-entries", LOST), ("entry-item", GONE), ("changes", LOST)}),
    ("the end before the beginning", LOST,
     {"entries": listed(LOST, "dispute_lost", "dispute_opened")}, {("item-entries", LOST)}),
    ("given back from nowhere", GIVEN_BACK,
     {"postings": postings(("external:bank", -700), ("available", 700))},
     {("item-entries", WON), ("I2", BALANCE)}),
    ("won by a cent less", GIVEN_BACK,
     {"postings": postings(("disputed", -699), ("available", 699))},
     {("item-entries", WON), ("I2", BALANCE)}),
    ("lost out of what is available", GONE,
     {"postings": postings(("available", -500), (EXTERNAL, 500))},
     {("item-entries", LOST), ("I2", BALANCE)}),
    ("lost out of what was never set aside", GONE_LATE,
     {"postings": postings(("disputed", -200), (EXTERNAL, 200))},
     {("item-entries", LOST_LATE), ("I2", BALANCE)}),
    ("lost to another processor", GONE,
     {"postings": postings(("disputed", -500), ("external:other", 500))},
     {("item-entries", LOST)}),
    ("set aside out of pending", OPENED,
     {"postings": postings(("pending", -1_000), ("disputed", 1_000))},
     {("item-entries", OPEN), ("I2", BALANCE)}),
    ("set aside later than it was opened", OPENED, {"created_at": raw(LATER)},
     {("entry-item", OPENED)}),
    ("disputed is not what open disputes set aside", BALANCE, {"disputed_minor": raw(999)},
     {("I2", BALANCE)}),
    ("a dispute whose end was not counted", LOST, {"version": raw(1)}, {("changes", LOST)}),
    ("a dispute that never changed and yet did", WON_LATE, {"version": raw(2)},
     {("changes", WON_LATE)}),
    ("a dispute that ended before it began", WON_LATE, {"updated_at": raw(BEFORE_IT_WAS)},
     {("changes", WON_LATE)}),
    ("disputes that its payment did not count", DISPUTED, {"version": raw(8)},
     {("changes", DISPUTED)}),
    ("a dispute after the last change of its payment", WON_LATE,
     {"updated_at": raw("2026-11-21T15:00:00.000000Z")}, {("changes", DISPUTED)}),
    # refunds that came back
    ("came back, and is still refunded", RETURNED, {"refunded_minor": raw(600)},
     {("I3", RETURNED)}),
    ("came back, and its share did not", RETURNED, {"pending_minor": raw(4_300)},
     {("I3", RETURNED)}),
    ("came back out of what was set aside", CAME_BACK,
     {"postings": postings(("refunding", -600), ("pending", 600))},
     {("item-entries", OURS), ("I2", BALANCE)}),
    ("came back to what is available", CAME_BACK,
     {"postings": postings((EXTERNAL, -600), ("available", 600))},
     {("item-entries", OURS), ("I2", BALANCE)}),
    ("came back by a cent less", FAILED_LATE,
     {"postings": postings((EXTERNAL, -599), ("pending", 599))},
     {("item-entries", AFTER_ALL), ("I2", BALANCE)}),
    ("came back from another processor", CAME_BACK,
     {"postings": postings(("external:other", -600), ("pending", 600))},
     {("item-entries", OURS)}),
    ("came back, and is told as succeeded", THEIRS, {"status": raw("succeeded"),
     "failure_code": None}, {("item-entries", THEIRS), ("I3", RETURNED)}),
    ("came back, and is not known there", OURS, {"processor_reference": None},
     {("state", OURS), ("reference", pointer("rf_ours"))}),
    ("came back without a pointer", pointer("rf_after_all"), None, {("reference", AFTER_ALL)}),
    ("came back, and has another name", THEIRS, {"processor_reference": raw("rf_x")},
     {("reference", THEIRS), ("reference", pointer("rf_theirs"))}),
    ("came back, and its operation failed", OURS_DONE, {"state": raw("failed")},
     {("operation", OURS_DONE)}),
    ("failed first, and its operation succeeded", AFTER_ALL_DONE, {"state": raw("succeeded")},
     {("operation", AFTER_ALL_DONE)}),
    ("came back, and its operation is gone", OURS_DONE, None,
     {("operation", OURS), ("record", record("ours"))}),
    ("came back, and was answered as pending", record("ours"),
     {"body": body_of(record("ours"), status="pending")}, {("record", record("ours"))}),
    ("came back, and not counted", OURS, {"version": raw(2)}, {("changes", OURS)}),
    ("refunds that its payment did not count", RETURNED, {"version": raw(11)},
     {("changes", RETURNED)}),
    ("failed there, of another name", NEVER, {"processor_reference": raw("rf_x")},
     {("reference", NEVER), ("reference", pointer("rf_never"))}),
    ("failed there, of no name", NEVER, {"processor_reference": None},
     {("state", NEVER), ("reference", pointer("rf_never"))}),
    ("failed there without a pointer", pointer("rf_never"), None, {("reference", NEVER)}),
    ("failed there, and yet asked for", NEVER, {"fingerprint": raw(FINGERPRINT_OF_NOBODY)},
     {("state", NEVER), ("reference", pointer("rf_never"))}),
    ("begun there, and yet asked for", THEIRS, {"fingerprint": raw(FINGERPRINT_OF_NOBODY)},
     {("operation", THEIRS), ("reference", pointer("rf_theirs"))}),
    ("failed there after the last change of its payment", NEVER,
     {"updated_at": raw("2026-11-21T15:00:00.000000Z")}, {("changes", RETURNED)}),
    # pages and names
    ("a charge without a pointer", pointer("ch_paged"), None, {("reference", PAGED)}),
    ("a page without a pointer", pointer("cs_there"), None, {("reference", PAGED)}),
    ("a charge that leads elsewhere", pointer("ch_paged"), {"item_id": raw(payment_id("no_page"))},
     {("reference", PAGED)}),
    ("a charge of another name", PAGED, {"processor_handle": raw("ch_x")}, {("reference", PAGED)}),
    ("a charge that began nowhere", payment("no_page"), {"processor_handle": raw("ch_x")},
     {("state", payment("no_page"))}),
    ("a page, and a card", PAGED, {"payment_method": raw("pm_card")}, {("state", PAGED)}),
    ("neither a page nor a card", OPEN_PAGE, {"checkout": None},
     {("state", OPEN_PAGE), ("record", record("open_page"))}),
    ("a page without a way back", OPEN_PAGE, {"checkout": raw(PAGE | {"cancel_url": ""})},
     {("shape", OPEN_PAGE)}),
    ("a page without what is paid for", OPEN_PAGE,
     {"checkout": raw({n: v for n, v in PAGE.items() if n != "line_items"})},
     {("shape", OPEN_PAGE)}),
    ("a page with half a book", OPEN_PAGE,
     {"checkout": raw(PAGE | {"line_items": [{"name": "a", "quantity": 0, "amount_minor": 1}]})},
     {("I4", OPEN_PAGE)}),
    ("a page that asks for something else", OPEN_PAGE,
     {"checkout": raw(PAGE | {"line_items": [{"name": "a", "quantity": 1, "amount_minor": 9}]})},
     {("state", OPEN_PAGE)}),
    ("a page that is no map", OPEN_PAGE, {"checkout": raw("page")}, {("shape", OPEN_PAGE)}),
    ("a page of another payment is answered", record("paged"),
     {"body": body_of(record("paged"), payment_id=payment_id("open_page"))},
     {("record", record("paged"))}),
    ("a payment is answered as its page", record("paged"),
     {"body": body_of(record("paged"), id=payment_id("paged"))}, {("record", record("paged"))}),
    ("a page that is answered as done before it is", record("open_page"),
     {"body": body_of(record("open_page"), status="complete")},
     {("record", record("open_page"))}),
    ("a page that is answered as a payment", record("open_page"),
     {"body": body_of(record("open_page"), status="requires_action")},
     {("record", record("open_page"))}),
    ("a charge's own request names one", operation("paged"), {"request_charge": raw("ch_paged")},
     {("operation", operation("paged"))}),
    ("a refund of another charge", OURS_DONE, {"request_charge": raw("ch_x")},
     {("operation", OURS_DONE)}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("address", "change", "expected"), [one[1:] for one in CHANGES], ids=[one[0] for one in CHANGES]
)
def test_verify__dispute_world_corrupted__names_the_item(
    address: Address, change: dict[str, Raw | None] | None, expected: Found
) -> None:
    report = verify(NAMES, client=MemoryReader(WORLD.corrupted(address, change)))
    assert found_by(report) == expected


def test_verify__dispute_world__is_clean() -> None:
    report = verify(NAMES, client=MemoryReader(dict(WORLD.items)))
    assert [one.line() for one in report.findings] == []
    assert report.is_clean
    assert report.checked[Rule.DISPUTE] == 5
    # Captured three times; two disputes are lost, and all refunds came back.
    usd = report.sums["USD"]
    assert (usd.taken_minor, usd.given_back_minor) == (15_000, 700)


def test_verify__refund_of_a_charge_by_what_stands_in_its_place__is_clean() -> None:
    items = dict(WORLD.items)
    charge = items[RETURNED]["processor_reference"]["S"]
    items[RETURNED] = items[RETURNED] | {"processor_handle": raw("pi_1")}
    there = items[pointer(charge)]
    items[pointer("pi_1")] = there | {"id": raw(pointer("pi_1")[1])}
    items[OURS_DONE] = items[OURS_DONE] | {"request_charge": raw("pi_1")}
    report = verify(NAMES, client=MemoryReader(dict(sorted(items.items()))))
    assert [one.line() for one in report.findings] == []


def test_verify__page_that_was_left__is_clean_as_expired_or_declined() -> None:
    for status, state, more in (
        ("expired", "succeeded", {}),
        ("declined", "failed", {"failure_code": raw("card_declined")}),
    ):
        items = dict(WORLD.items)
        gone = {"next_action_url": None, "status": raw(status), **more}
        done = {"state": raw(state), "due_at": None, "due_bucket": None, "version": raw(2)}
        for address, change in ((OPEN_PAGE, gone), (operation("open_page"), done)):
            changed = items[address] | change
            items[address] = {n: v for n, v in changed.items() if v is not None}
        report = verify(NAMES, client=MemoryReader(items))
        assert [one.line() for one in report.findings] == []


def test_verify__dispute_beside_a_payment_that_did_not_succeed__is_found() -> None:
    report = verify(NAMES, client=MemoryReader(moved(OPEN, "no_page")))
    _, *key = dispute_at("no_page", OPEN)
    said = [(one.expected, one.found) for one in report.findings if [*one.key] == key]
    assert ("a payment that succeeded", "declined") in said


def test_verify__refund_that_never_succeeded__is_not_settled() -> None:
    run: dict[str, Raw | None] = {"settlement_id": raw("set_" + "a" * 26)}
    run |= {"settled_at": raw(LATER), "version": raw(2)}
    report = verify(NAMES, client=MemoryReader(WORLD.corrupted(NEVER, run)))
    said = {one.expected for one in report.findings if one.key.part == NEVER[2]}
    assert "only what succeeded to be settled, not a refund" in said


def test_verify__more_given_back_than_was_disputed__is_found_though_the_fold_agrees() -> None:
    items = WORLD.corrupted(
        GIVEN_BACK, {"postings": postings(("disputed", -5_000), ("available", 5_000))}
    )
    available = int(items[BALANCE]["available_minor"]["N"])
    moved_there = {"disputed_minor": raw(-3_300), "available_minor": raw(available + 4_300)}
    items[BALANCE] = items[BALANCE] | moved_there
    found = found_by(verify(NAMES, client=MemoryReader(items)))
    assert found == {("item-entries", WON), ("I2", BALANCE)}


def test_verify__refund_that_was_settled_and_came_back__is_no_wonder() -> None:
    run: dict[str, Raw | None] = {"settlement_id": raw("set_" + "a" * 26), "settled_at": raw(LATER)}
    run["version"] = raw(4)
    report = verify(NAMES, client=MemoryReader(WORLD.corrupted(OURS, run)))
    # Its run is missing in this world; that it is settled, having failed since, is not wrong.
    assert [one.expected for one in report.findings if one.key.part == OURS[2]] == [
        f"the run that settled it, set_{'a' * 26} / run"
    ]


def dispute_at(name: str, of: Address) -> Address:
    """The same part, beside another payment."""
    return (of[0], payment_id(name), of[2])


def moved(address: Address, name: str) -> dict[Address, Raw]:
    """The world with one item beside another payment."""
    items = dict(WORLD.items)
    item = items.pop(address)
    to = dispute_at(name, address)
    items[to] = item | {"id": raw(to[1])}
    return dict(sorted(items.items()))


def beside_a_balance_payment() -> tuple[dict[Address, Raw], Address]:
    """A dispute where there can be none."""
    world = SmallWorld()
    of = ("payments", "pay_one", WON_LATE[2])
    world.items[of] = WORLD.items[WON_LATE] | {"id": raw("pay_one")}
    return dict(sorted(world.items.items())), of


def test_verify__dispute_of_a_payment_from_the_balance__is_found() -> None:
    items, address = beside_a_balance_payment()
    assert found_by(verify(NAMES, client=MemoryReader(items))) == {("dispute", address)}


@pytest.mark.parametrize(
    ("name", "value"),
    [("standing_disputes", raw(1)), ("processor_handle", raw("ch_1")), ("checkout", raw(PAGE))],
)
def test_verify__payment_from_the_balance_with_a_charge_s_attribute__is_found(
    name: str, value: Raw
) -> None:
    items = dict(SmallWorld().items)
    address = ("payments", "pay_one", "payment")
    items[address] = items[address] | {name: value}
    assert found_by(verify(NAMES, client=MemoryReader(items))) == {("state", address)}


PAYPAL_EVENT: Address = ("events", "paypal#WH-1", "")


def of_paypal(**changes: Any) -> dict[Address, Raw]:
    """The world with an event in the words of PayPal, of one of its payments."""
    sent = {"id": "WH-1", "event_type": "PAYMENT.CAPTURE.COMPLETED", "create_time": AT}
    world = DisputeWorld()
    world.event("evt_1")
    event = world.items.pop(("events", "stripe#evt_1", ""))
    del event["livemode"]
    world.items[PAYPAL_EVENT] = event | {
        "id": raw("paypal#WH-1"),
        "provider": raw("paypal"),
        "event_id": raw("WH-1"),
        "type": raw("PAYMENT.CAPTURE.COMPLETED"),
        "created": raw(AT),
        "payload": raw(json.dumps(sent | changes)),
        "payment_id": raw(payment_id("paged")),
        "merchant_id": raw(ALICE),
        "list_bucket": raw(f"{ALICE}#{AT[:7]}"),
        "list_position": raw(f"{AT}#paypal#WH-1"),
    }
    return dict(sorted(world.items.items()))


def test_verify__event_of_paypal__is_read_in_its_words() -> None:
    assert found_by(verify(NAMES, client=MemoryReader(of_paypal()))) == set()


@pytest.mark.parametrize("changes", [{"event_type": "X"}, {"create_time": LATER}], ids=str)
def test_verify__event_of_paypal_of_another_content__is_found(changes: dict[str, str]) -> None:
    found = found_by(verify(NAMES, client=MemoryReader(of_paypal(**changes))))
    assert found == {("event", PAYPAL_EVENT)}


def test_dispute_id__is_made_of_what_the_processor_calls_it() -> None:
    # World and rule were written from the same page; this is what the project itself makes of it.
    assert dispute_id("dp_open") == written_id("simulated", "dp_open")


def test_refund_begun_there__is_named_by_its_fingerprint() -> None:
    assert WORLD.items[THEIRS]["fingerprint"] == raw(hashed("theirs"))
