"""How verify reads while people decide about breaks: what they change meanwhile is not wrong."""

from typing import Any

import pytest

from ops.verify.command import verify
from ops.verify.walk_settled import RECOUNTS
from tests.ops.verify.card_world import BOOK, EXTERNAL, payment, waiting_bucket_of
from tests.ops.verify.file_world import (
    FILE,
    REOPENED,
    THE_FILE,
    FileWorld,
    broken,
    marker,
    posting_list,
)
from tests.ops.verify.memory_reader import NAMES, MemoryReader
from tests.ops.verify.small_world import AT, found_by, raw

AGAIN, OFF = payment("again"), payment("off")


def correct_again(world: FileWorld, at: str = REOPENED) -> None:
    """The break of row 8 is corrected once more."""
    found, item = world.items[broken(8)], world.items[AGAIN]
    share: list[tuple[str, int]] = [("pending", -980), ("available", 980)]
    posted = [*share, (EXTERNAL, -40), ("suspense", 40)]
    key = world.file_entry("correction", broken(8)[2], BOOK, posted, at)
    world.items["ledger", key["id"], key["part"]]["payment_id"] = raw(AGAIN[1])
    listed, taken = found["entries"]["L"], found["decisions"]["L"]
    found |= {
        "status": raw("corrected"),
        "posted": raw(posting_list(posted)),
        "entries": {"L": [*listed, raw(key)]},
        "decisions": {"L": [*taken, raw(world.decision("correct", at))]},
        "version": raw(int(found["version"]["N"]) + 1),
    }
    del found["open_bucket"]
    for name in ("pending_minor", "due_at", "due_bucket"):
        del item[name]
    item |= {"settlement_id": raw(FILE), "settled_at": raw(at), "updated_at": raw(at)}
    item["version"] = raw(int(item["version"]["N"]) + 1)


def take_back(world: FileWorld, at: str = REOPENED) -> None:
    """The break of row 8 is reopened once more."""
    found, item = world.items[broken(8)], world.items[AGAIN]
    back: list[tuple[str, int]] = [("pending", 980), ("available", -980)]
    reversed_ = [*back, (EXTERNAL, 40), ("suspense", -40)]
    key = world.file_entry("correction_reversed", broken(8)[2], BOOK, reversed_, at)
    world.items["ledger", key["id"], key["part"]]["payment_id"] = raw(AGAIN[1])
    del found["posted"]
    found |= {
        "status": raw("open"),
        "open_bucket": raw("open#0"),
        "entries": {"L": [*found["entries"]["L"], raw(key)]},
        "decisions": {"L": [*found["decisions"]["L"], raw(world.decision("reopen", at))]},
        "opened_at": raw(at),
        "version": raw(int(found["version"]["N"]) + 1),
    }
    for name in ("settlement_id", "settled_at"):
        del item[name]
    due = {"due_at": raw(AT), "due_bucket": raw(waiting_bucket_of(AGAIN[1]))}
    item |= due | {"pending_minor": raw(980), "updated_at": raw(at)}
    item["version"] = raw(int(item["version"]["N"]) + 1)


def test_verify__corrected_while_it_scans__is_not_reported() -> None:
    """After Settlements was read and before Payments is."""
    world = FileWorld()
    decided = 0

    def decide(name: str, request: dict[str, Any]) -> None:
        nonlocal decided
        if name == "scan" and request["TableName"] == "payments" and not decided:
            decided += 1
            correct_again(world)

    report = verify(NAMES, client=MemoryReader(world.items, before_call=decide))
    assert (found_by(report), decided) == (set(), 1)


def test_verify__corrected_and_taken_back_while_it_scans__is_not_reported() -> None:
    """The payment changed twice, which only a second reading of Settlements explains."""
    world = FileWorld()
    world.items[AGAIN]["version"] = raw(5)
    decided = 0

    def decide(name: str, request: dict[str, Any]) -> None:
        nonlocal decided
        if name == "scan" and request["TableName"] == "payments" and not decided:
            decided += 1
            correct_again(world)
            take_back(world)

    report = verify(NAMES, client=MemoryReader(world.items, before_call=decide))
    assert (found_by(report), decided) == (set(), 1)


def test_verify__first_correction_taken_back_while_it_scans__is_not_reported() -> None:
    """What was refunded meanwhile came from what was available then."""
    world = FileWorld()
    hidden: dict[Any, Any] = {}
    found = world.items[broken(8)]
    for name in ("decisions", "entries"):
        hidden[name] = found.pop(name)
    found["version"] = raw(1)
    decided = 0

    def decide(name: str, request: dict[str, Any]) -> None:
        nonlocal decided
        if name == "scan" and request["TableName"] == "payments" and not decided:
            decided += 1
            found.update(hidden, version=raw(3))

    report = verify(NAMES, client=MemoryReader(world.items, before_call=decide))
    assert (report.not_proved, decided) == ([], 1)
    # The break was wrong when it was read, and is right now.
    assert found_by(report) == set()


def test_verify__decided_during_every_reading__is_not_proved_and_not_wrong() -> None:
    world = FileWorld()
    scans = 0

    def decide(name: str, request: dict[str, Any]) -> None:
        nonlocal scans
        is_first_page = name == "scan" and "ExclusiveStartKey" not in request
        if is_first_page and request["TableName"] == "payments":
            scans += 1
            (correct_again if scans % 2 else take_back)(world)

    report = verify(NAMES, client=MemoryReader(world.items, before_call=decide))
    assert report.findings == []
    assert scans == 1 + RECOUNTS
    assert report.not_proved == [f"settlements {FILE} / run moved during every reading"]


def test_verify__matched_wrong_beside_decisions__is_reported() -> None:
    world = FileWorld()
    world.items[THE_FILE] |= {"matched": raw(6), "total_rows": raw(14)}
    decided = 0

    def decide(name: str, request: dict[str, Any]) -> None:
        nonlocal decided
        if name == "scan" and request["TableName"] == "payments" and not decided:
            decided += 1
            correct_again(world)

    report = verify(NAMES, client=MemoryReader(world.items, before_call=decide))
    assert [one.line() for one in report.findings] == [
        f"settled settlements {FILE} / run: expected matched 4, its number of payments and "
        "refunds and markers; found 6"
    ]


@pytest.mark.parametrize("page_size", [1, 2, 5])
def test_verify__small_pages__read_all_that_decisions_changed(page_size: int) -> None:
    world = FileWorld()
    whole = verify(NAMES, client=MemoryReader(dict(world.items)))
    in_pages = verify(NAMES, client=MemoryReader(dict(world.items), page_size=page_size))
    assert in_pages == whole
    assert whole.is_clean


def test_verify__many_markers_and_corrected_breaks__are_all_looked_up() -> None:
    """More than one batch of each, and one of each that is wrong."""
    world = FileWorld()
    run = world.items[THE_FILE]
    for row in range(20, 320):
        world.row_marker(row, 1)
    run |= {"total_rows": raw(312), "matched": raw(304)}
    run["matched_minor"] = raw({"USD": 5_220 + 300})
    run["gross_minor"] = raw({"USD": 14_320 + 300, "EUR": -77})
    run["total_rows"] = raw(320)
    report = verify(NAMES, client=MemoryReader(world.items))
    assert found_by(report) == {("run", THE_FILE)}
    assert report.read.markers == 305
    run["total_rows"] = raw(312)
    found = found_by(verify(NAMES, client=MemoryReader(world.items)))
    assert found == {("marker", marker(row)) for row in range(313, 320)}
