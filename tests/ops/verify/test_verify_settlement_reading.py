"""How verify reads settlements while they are being booked: a run in motion is not wrong."""

import tracemalloc
from typing import Any

import pytest

from ops.verify.command import verify
from ops.verify.tables import READINGS
from ops.verify.walk_settled import RECOUNTS
from tests.ops.verify.memory_reader import NAMES, MemoryReader
from tests.ops.verify.small_world import Address, SmallWorld, raw, run_id

HALF_ID = run_id("incoming/half.csv")
HALF: Address = ("settlements", HALF_ID, "run")
BREAK: Address = ("settlements", HALF_ID, "break#0000000002")


def a_world_to_settle(payments: int) -> SmallWorld:
    """Small payments, and a file that is large enough for them."""
    world = SmallWorld()
    for number in range(payments):
        world.payment(f"pay_{number}", "mer_alice", "USD", 10, 0, [(0, 10, 0)], fee_basis_points=0)
    world.items[HALF]["total_rows"] = raw(1_000)
    return world


def book(world: SmallWorld, payment_id: str | None = None) -> None:
    """A chunk of the half booked file: a payment, or else a break."""
    run = world.items[HALF]
    if payment_id is None:
        booked = int(run["breaks_by_kind"]["M"].get("rejected_row", {"N": "0"})["N"])
        world.row_break(HALF_ID, 2 + booked, "rejected_row")
        run["breaks_by_kind"] = raw({"rejected_row": booked + 1})
    else:
        world.mark((payment_id, "payment"), HALF_ID)
        run["matched"] = raw(int(run["matched"]["N"]) + 1)
        of_before = int(run["matched_minor"]["M"].get("USD", {"N": "0"})["N"])
        run["matched_minor"] = raw({"EUR": 600, "USD": of_before + 10})
    run["version"] = raw(int(run["version"]["N"]) + 1)


def test_verify__payments_settled_while_it_scans__are_not_reported() -> None:
    """A chunk commits before every page of the first scan of Payments."""
    world = a_world_to_settle(20)
    booked = 0

    def settle(name: str, request: dict[str, Any]) -> None:
        nonlocal booked
        if name == "scan" and request["TableName"] == "payments" and booked < 20:
            book(world, f"pay_{booked}")
            booked += 1

    reader = MemoryReader(world.items, page_size=1, before_call=settle)
    report = verify(NAMES, client=reader)
    assert (report.findings, report.not_proved, booked) == ([], [], 20)


def test_verify__breaks_found_while_it_scans__are_not_reported() -> None:
    world = a_world_to_settle(0)
    booked = 0

    def find(name: str, request: dict[str, Any]) -> None:
        nonlocal booked
        if name == "scan" and request["TableName"] == "settlements" and booked < 9:
            book(world)
            booked += 1

    report = verify(NAMES, client=MemoryReader(world.items, page_size=2, before_call=find))
    assert (report.findings, report.not_proved, booked) == ([], [], 9)


def test_verify__run_begun_while_it_scans__is_not_reported() -> None:
    """The run comes after Settlements was read, what it settled before that part of Payments is."""
    world = a_world_to_settle(1)
    new = run_id("incoming/new.csv")

    def begin(name: str, request: dict[str, Any]) -> None:
        is_scan = name == "scan" and request["TableName"] == "payments"
        if is_scan and ("settlements", new, "run") not in world.items:
            world.run("incoming/new.csv", status="processing", content="1" * 64, total_rows=2)
            begun = {"matched": raw(1), "matched_minor": raw({"USD": 10})}
            world.items["settlements", new, "run"] |= begun
            world.mark(("pay_0", "payment"), new)

    report = verify(NAMES, client=MemoryReader(world.items, before_call=begin))
    assert (report.findings, report.not_proved) == ([], [])
    assert report.read.settled_payments == 4


def test_verify__matched_wrong_and_moving__is_reported_once_it_stands() -> None:
    world = a_world_to_settle(1)
    world.items[HALF]["matched"] = raw(7)
    booked = 0

    def settle(name: str, request: dict[str, Any]) -> None:
        nonlocal booked
        if name == "scan" and request["TableName"] == "payments" and not booked:
            booked += 1
            book(world, "pay_0")

    report = verify(NAMES, client=MemoryReader(world.items, before_call=settle))
    assert [one.line() for one in report.findings] == [
        f"settled settlements {HALF_ID} / run: expected matched 2, its number of payments and "
        "refunds; found 8"
    ]


def test_verify__run_settles_during_every_reading__is_not_proved_and_not_wrong() -> None:
    world = a_world_to_settle(RECOUNTS + 1)
    booked = 0

    def settle(name: str, request: dict[str, Any]) -> None:
        nonlocal booked
        is_first_page = name == "scan" and "ExclusiveStartKey" not in request
        if is_first_page and request["TableName"] == "payments":
            book(world, f"pay_{booked}")
            booked += 1

    report = verify(NAMES, client=MemoryReader(world.items, before_call=settle))
    assert (report.findings, report.exit_code, booked) == ([], 2, RECOUNTS + 1)
    assert report.not_proved == [f"settlements {HALF_ID} / run moved during every reading"]


def test_verify__breaks_found_during_every_reading__are_not_proved_and_not_wrong() -> None:
    world = a_world_to_settle(0)
    book(world)
    del world.items[BREAK]
    booked = 0

    def find(name: str, request: dict[str, Any]) -> None:
        nonlocal booked
        if name == "query" and request["ExpressionAttributeValues"][":id"]["S"] == HALF_ID:
            booked += 1
            book(world)

    report = verify(NAMES, client=MemoryReader(world.items, before_call=find))
    assert (report.findings, report.exit_code, booked) == ([], 2, READINGS)
    assert report.not_proved == [f"settlements {HALF_ID} / run moved during every reading"]


@pytest.mark.parametrize("page_size", [1, 3])
def test_verify__small_pages__find_what_is_wrong_with_each_run(page_size: int) -> None:
    world = SmallWorld()
    for number in range(120):
        world.run(f"incoming/{number}.csv", status="failed", reason="it is gone")
    for address, item in world.items.items():
        if address[0] == "settlements" and address[2] == "run":
            item["breaks_by_kind"] = raw({"orphan_refund": 1})
    report = verify(NAMES, client=MemoryReader(world.items, page_size=page_size))
    named = [one.key for one in report.findings if "orphan_refund" in one.expected]
    assert (len(named), len(set(named)), report.read.runs) == (125, 125, 125)


class MadeBreaks(MemoryReader):
    """Before all else in Settlements, breaks of one run are made page by page, and its run last."""

    PAGE = 50

    def __init__(self, world: SmallWorld, breaks: int) -> None:
        super().__init__(world.items)
        self._breaks = breaks
        self._others = MemoryReader({k: v for k, v in world.items.items() if k != HALF})

    def scan(self, **request: Any) -> Any:
        start = request.pop("ExclusiveStartKey", {"row": 1})["row"]
        if request["TableName"] != "settlements" or start > self._breaks:
            return self._others.scan(**request)
        page = SmallWorld()
        page.items.clear()
        for row in range(start, start + self.PAGE):
            page.row_break(HALF_ID, row, "rejected_row")
        last = [self.items[HALF]] if start + self.PAGE > self._breaks else []
        return {
            "Items": [*page.items.values(), *last],
            "LastEvaluatedKey": {"row": start + self.PAGE},
        }


def test_verify__many_breaks__are_never_held_together() -> None:
    world = SmallWorld()
    world.items[HALF] |= {
        "total_rows": raw(5_001),
        "breaks_by_kind": raw({"rejected_row": 5_000}),
    }
    reader = MadeBreaks(world, 5_000)
    tracemalloc.start()
    report = verify(NAMES, client=reader)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (report.findings, report.read.runs, report.read.breaks) == ([], 5, 5_003)
    # All of them at once are 17 MB.
    assert peak_bytes < 2_000_000
