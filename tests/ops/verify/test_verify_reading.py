"""How verify reads: all pages, and no finding that a second strong reading does not confirm."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from ops.verify.command import CouldNotReadError, verify
from ops.verify.findings import Rule
from ops.verify.tables import READINGS
from tests.ops.verify.memory_reader import NAMES, MemoryReader
from tests.ops.verify.small_world import ALICE_USD, Address, SmallWorld, raw

BALANCE: Address = ("ledger", ALICE_USD, "balance")


def is_ledger_read(request: dict[str, Any]) -> bool:
    return request.get("TableName") == "ledger"


@pytest.mark.parametrize("page_size", [1, 2, 3, 7])
def test_verify__small_pages__read_everything(
    dynamodb: Any, tables: dict[str, str], page_size: int
) -> None:
    SmallWorld().write(dynamodb, tables)
    whole = verify(tables, client=dynamodb)
    in_pages = verify(tables, client=dynamodb, page_size=page_size)
    assert in_pages == whole
    assert in_pages.is_clean


def test_verify__small_pages__find_what_is_on_the_last(
    dynamodb: Any, tables: dict[str, str]
) -> None:
    world = SmallWorld()
    for address in list(world.items):
        if address[0] == "ledger" and address[2] == "balance":
            world.items[address]["entry_count"] = raw(99)
    world.write(dynamodb, tables)
    assert len(verify(tables, client=dynamodb, page_size=1).findings) == 4


def test_verify__more_items_than_one_batch__are_all_looked_up() -> None:
    world = SmallWorld()
    for number in range(250):
        world.payment(f"pay_{number}", "mer_alice", "USD", 10, 0, [(0, 10, 0)], fee_basis_points=0)
    report = verify(NAMES, client=MemoryReader(world.items))
    assert report.is_clean
    assert report.checked[Rule.ENTRY_ITEM] == 260


def test_verify__payments_made_while_it_scans__are_not_reported() -> None:
    """A payment commits before every page of the scans: each page is of another moment."""
    world = SmallWorld()
    made = 0

    def pay(name: str, request: dict[str, Any]) -> None:
        nonlocal made
        if name == "scan" and made < 12:
            made += 1
            new = f"pay_new_{made}"
            world.payment(new, "mer_alice", "USD", 100, 2, [(0, 100, 2)])

    reader = MemoryReader(world.items, page_size=4, before_call=pay)
    report = verify(NAMES, client=reader)
    assert (report.findings, report.not_proved, made) == ([], [], 12)
    assert report.sums["USD"].adds_up


def test_verify__refund_made_while_it_scans__is_not_reported() -> None:
    """The payment was read before the refund, the refund's item after it."""
    world = SmallWorld()

    def refund(name: str, request: dict[str, Any]) -> None:
        if name == "scan" and request.get("ExclusiveStartKey", {}).get("position") == 1:
            payment = world.items.pop(("payments", "pay_bob", "payment"))
            world.refund("pay_bob", "re_new", "mer_bob", "USD", 10)
            world.items["payments", "pay_bob", "payment"] = payment | {
                "refunded_minor": raw(10),
                "version": raw(3),
            }

    first = {("payments", "pay_bob", "payment"): world.items["payments", "pay_bob", "payment"]}
    world.items = first | world.items
    reader = MemoryReader(world.items, page_size=1, before_call=once(refund))
    report = verify(NAMES, client=reader)
    assert (report.findings, report.not_proved) == ([], [])


def once(action: Any) -> Any:
    """Let an action change the world only the first time that it does."""
    seen: list[int] = []

    def run(name: str, request: dict[str, Any]) -> None:
        is_its_moment = (
            request.get("TableName") == "payments"
            and request.get("ExclusiveStartKey", {}).get("position") == 1
        )
        if is_its_moment and not seen:
            seen.append(1)
            action(name, request)

    return run


def test_verify__balance_moves_during_the_first_readings__is_read_until_it_stands() -> None:
    world = SmallWorld()
    moves = 0

    def move(name: str, request: dict[str, Any]) -> None:
        nonlocal moves
        if name in ("scan", "query") and is_ledger_read(request) and moves < READINGS - 1:
            moves += 1
            world.payment(f"pay_new_{moves}", "mer_alice", "USD", 1, 0, [(0, 1, 0)])

    # A wrong stored count makes verify suspect the book; it is put right by the first movement.
    world.items[BALANCE]["entry_count"] = raw(3)

    def move_and_mend(name: str, request: dict[str, Any]) -> None:
        if name == "query" and is_ledger_read(request) and moves == 1:
            count = int(world.items[BALANCE]["entry_count"]["N"])
            world.items[BALANCE]["entry_count"] = raw(count + 1)
        move(name, request)

    report = verify(NAMES, client=MemoryReader(world.items, before_call=move_and_mend))
    assert (report.findings, report.not_proved, moves) == ([], [], READINGS - 1)


def test_verify__balance_never_stands_still__is_not_proved_and_not_wrong() -> None:
    world = SmallWorld()
    world.items[BALANCE]["available_minor"] = raw(1_000_000)
    made = 0

    def move(name: str, request: dict[str, Any]) -> None:
        nonlocal made
        if name == "query" and request["ExpressionAttributeValues"][":id"]["S"] == ALICE_USD:
            made += 1
            world.payment(f"pay_new_{made}", "mer_alice", "USD", 50, 1, [(0, 50, 1)])

    report = verify(NAMES, client=MemoryReader(world.items, before_call=move))
    assert (report.findings, report.exit_code, made) == ([], 2, READINGS)
    assert report.not_proved == [f"ledger {ALICE_USD} moved during every reading"]


def test_verify__balance_wrong_and_moving__is_reported_once_it_stands() -> None:
    world = SmallWorld()
    world.items[BALANCE]["available_minor"] = raw(97_401)
    made = 0

    def move(name: str, request: dict[str, Any]) -> None:
        nonlocal made
        if name == "query" and is_ledger_read(request) and made < 3:
            made += 1
            world.payment(f"pay_new_{made}", "mer_alice", "USD", 50, 1, [(0, 50, 1)])

    report = verify(NAMES, client=MemoryReader(world.items, before_call=move))
    assert [(str(one.rule), one.key.part) for one in report.findings] == [("I2", "balance")]


def test_verify__record_deleted_by_ttl_meanwhile__is_not_reported() -> None:
    world = SmallWorld()
    address = next(one for one in world.items if one[0] == "idempotency")
    world.items[address]["fingerprint"] = raw("0" * 64)

    def delete(name: str, request: dict[str, Any]) -> None:
        if name == "get_item" and request["TableName"] == "idempotency":
            world.items.pop(address, None)

    assert verify(NAMES, client=MemoryReader(world.items, before_call=delete)).is_clean


def test_verify__record_rewritten_at_every_reading__is_not_proved_and_not_wrong() -> None:
    world = SmallWorld()
    address = next(one for one in world.items if one[0] == "idempotency")
    writes = 0

    def rewrite(name: str, request: dict[str, Any]) -> None:
        nonlocal writes
        writes += 1
        world.items[address]["fingerprint"] = raw(f"{writes:064}")

    report = verify(NAMES, client=MemoryReader(world.items, before_call=rewrite))
    assert (report.findings, report.exit_code) == ([], 2)
    assert report.not_proved == [f"idempotency {address[1]} moved during every reading"]


def test_verify__partitions_scanned_in_pieces__are_still_read_whole() -> None:
    """No document of DynamoDB promises that a scan returns a partition in one piece."""
    world = SmallWorld()
    shuffled = dict(sorted(world.items.items(), key=lambda one: (one[0][2], one[0])))
    report = verify(NAMES, client=MemoryReader(shuffled))
    assert (report.findings, report.not_proved) == ([], [])
    assert report.sums == verify(NAMES, client=MemoryReader(world.items)).sums


def test_verify__keys_left_unprocessed_for_ever__are_a_clear_error() -> None:
    class Throttled(MemoryReader):
        def batch_get_item(self, **request: Any) -> Any:
            return {"Responses": {}, "UnprocessedKeys": request["RequestItems"]}

    with pytest.raises(CouldNotReadError, match="throttling"):
        verify(NAMES, client=Throttled(SmallWorld().items))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:1"), "could not be reached"),
        (
            ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "Scan"),
            "refused to be read: AccessDenied: no",
        ),
    ],
)
def test_verify__dynamodb_fails__is_one_clear_line(error: Exception, said: str) -> None:
    def fail(name: str, request: dict[str, Any]) -> None:
        raise error

    with pytest.raises(CouldNotReadError, match=said):
        verify(NAMES, client=MemoryReader({}, before_call=fail))


def test_verify__tables_left_out__is_a_clear_error() -> None:
    with pytest.raises(
        CouldNotReadError, match="no table for: ledger, directory, events, settlements"
    ):
        verify({"idempotency": "a", "payments": "b"}, client=MemoryReader({}))
