"""Every condition of the steps of payments through processors has a case that only it keeps from
harm: `make conditions` takes each away in turn, and these tests are what notices.
"""

import itertools
import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from oncepay.domain.applying import EventOfPayment
from oncepay.domain.errors import PaymentsError
from oncepay.domain.operation import ABSENCE_DECIDES_AFTER
from oncepay.processors.simulated_event import read_event
from oncepay.services import (
    apply_event,
    create_processor_payment,
    create_processor_refund,
    move_payment,
    run_operation,
    settle_operation,
    sweep_due,
    write_over_shards,
)
from oncepay.services.apply_event import receive_processor_event
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.transactions import Refusal, Transaction
from ops.simulated.outbox import Delivery
from ops.simulated.records import DisputeStatus
from ops.simulated.requests import MovementRequest
from ops.simulated.wire import write_event
from tests import conditions
from tests.books import Books
from tests.builders import LEASE
from tests.builders import World as BalanceWorld
from tests.processor_world import ProcessorWorld, running_world, straight
from tests.unit.services.test_preparation import Preparing

WRITE = "TransactWriteItems"
SEVEN_DAYS = 7 * 24 * 3600
WRITERS: tuple[Any, ...] = (
    apply_event,
    create_processor_payment,
    create_processor_refund,
    move_payment,
    run_operation,
    settle_operation,
    sweep_due,
    write_over_shards,
)


def ask_again(shop: ProcessorWorld, key: str = "charge-1") -> None:
    shop.charge("malformed", key=key)


def hear_of_it(shop: ProcessorWorld, key: str = "") -> None:
    for event in shop.take_events():
        shop.deliver(event)


# What ends an operation whose outcome was not known.
ENDS: dict[str, Callable[..., None]] = {"request": ask_again, "event": hear_of_it}


class Died(BaseException):
    """A worker, in the middle of its work."""


@pytest.fixture
def shop(database: Database) -> Iterator[ProcessorWorld]:
    with running_world(database) as world:
        yield world


def before(shop: ProcessorWorld, nth: int, event: Callable[[], Any], call: str = WRITE) -> None:
    """Let something happen just before the n-th call of that name from now on."""
    left = itertools.count(nth, -1)

    def disturbed(name: str, carry_out: Callable[[], Any]) -> Any:
        if name.startswith(call) and next(left) == 1:
            shop.calls = straight
            event()
        return carry_out()

    shop.calls = disturbed


def stored(books: Books, payment_id: str, kind: str = "payment") -> dict[str, Any]:
    """The item of a payment of that kind, of which there is one."""
    (item,) = [
        item
        for item in books.items("payments")
        if item["id"] == payment_id and item["part"].partition("#")[0] == kind
    ]
    return item


def operations(books: Books) -> list[dict[str, Any]]:
    found = [item for item in books.items("payments") if item["part"].startswith("operation#")]
    return sorted(found, key=lambda item: str(item["kind"]))


def client_that_dies(shop: ProcessorWorld, behaviour: str) -> None:
    """It sends the same request again, and its worker dies before it can write what came of it."""
    writes = itertools.count(1)

    def die_before_settling(name: str, carry_out: Callable[[], Any]) -> Any:
        # Its first write is refused, its second takes over.
        if name == WRITE and next(writes) == 3:
            raise Died
        return carry_out()

    shop.clock.pass_by(LEASE.total_seconds())
    shop.calls = die_before_settling
    with pytest.raises(Died):
        shop.charge(behaviour)
    shop.calls = straight


def refund_at_the_dashboard(shop: ProcessorWorld, amount_minor: int) -> None:
    """Of the first charge that there is."""
    engine = shop.processor.engine
    charge = next(each for each, _ in engine.record() if each.captured_minor)
    engine.move_at_dashboard(
        MovementRequest(
            kind="refund",
            charge_id=charge.id,
            amount_minor=amount_minor,
            currency="USD",
            payment_id=None,
        )
    )


def changed(
    shop: ProcessorWorld, delivery: Delivery, *, new_id: str | None = None, **changes: Any
) -> EventOfPayment:
    """An event whose charge says something else."""
    event = write_event(delivery.event, shop.processor.url)
    event["id"] = new_id or event["id"]
    for told in event["data"].values():
        told |= changes
    return read_event(json.dumps(event).encode(), received_at=shop.clock())


def tell(
    shop: ProcessorWorld, delivery: Delivery, *, new_id: str | None = None, **changes: Any
) -> bool:
    """An event whose charge says something else; whether it was taken."""
    event = changed(shop, delivery, new_id=new_id, **changes)
    try:
        receive_processor_event(event, shop.tools())
    except PaymentsError:
        return False
    return True


def entries(books: Books) -> list[str]:
    return [entry["kind"] for entry in books.entries()]


def test_charge__whose_answer_is_stored__is_answered_with_it(shop: ProcessorWorld) -> None:
    first = shop.charge(manual=True)
    shop.capture(first.payment_id)
    again = shop.charge(manual=True)
    assert (again.body, again.replayed) == (first.body, True)


def test_charge__whose_key_paid_from_the_balance_once__changes_nothing(
    shop: ProcessorWorld, database: Database, books: Books
) -> None:
    balance = BalanceWorld(database)
    balance.deposit()
    balance.pay(key="charge-1")
    (payment,) = [item for item in books.items("payments") if item["part"] == "payment"]
    for record in books.items("idempotency"):
        books.delete("idempotency", id=record["id"])
    assert shop.charge().code == "idempotency_key_reused"
    assert stored(books, payment["id"]) == payment


def test_capture_and_void__at_once__one_is_refused(shop: ProcessorWorld, books: Books) -> None:
    payment_id = shop.charge(manual=True).payment_id
    before(shop, 1, lambda: shop.void(payment_id))
    assert shop.capture(payment_id).code == "invalid_transition"
    assert stored(books, payment_id)["status"] == "voided"
    # Nothing was begun, neither here nor there.
    assert [item["kind"] for item in operations(books)] == ["authorize", "void"]


def test_two_refunds__at_once__give_back_what_there_is(shop: ProcessorWorld, books: Books) -> None:
    payment_id = shop.charge().payment_id
    before(shop, 1, lambda: shop.refund(payment_id, 4_000, key="faster"))
    assert shop.refund(payment_id, 4_000).code == "amount_exceeds_captured"
    assert stored(books, payment_id)["refunded_minor"] == 4_000


def test_refund__of_money_that_is_not_there_any_more__is_refused(
    shop: ProcessorWorld, books: Books
) -> None:
    payment_id = shop.charge().payment_id
    raw = books.raw("payments", id=payment_id, part="payment")
    settled = {"settlement_id": {"S": "set_x"}, "settled_at": raw["updated_at"]}
    books.copy("payments", raw, **settled)
    assert shop.refund(payment_id).code == "insufficient_funds"
    assert entries(books) == ["capture"]


def test_take_over__of_what_another_has_ended__is_given_up(
    shop: ProcessorWorld, books: Books
) -> None:
    payment_id = shop.charge("malformed").payment_id
    # The first write, its reservation, is refused: its key is known.
    before(shop, 2, shop.sweep)
    assert shop.charge("malformed").code == "request_in_progress"
    operation = stored(books, payment_id, "operation")
    assert (operation["state"], operation.get("lease_until")) == ("succeeded", None)


def test_unknown__of_a_worker_that_was_overtaken__changes_nothing(
    shop: ProcessorWorld, books: Books
) -> None:
    def overtake() -> None:
        shop.advance(LEASE.total_seconds())
        shop.sweep()

    before(shop, 2, overtake)
    reply = shop.charge("malformed")
    # Read from the books, and yet the first answer that this key ever got.
    assert (reply.status, reply.replayed) == (201, False)
    operation = stored(books, reply.payment_id, "operation")
    assert (operation["state"], operation.get("due_at")) == ("succeeded", None)


def test_look_at_an_authorization__that_lapses_meanwhile__changes_nothing(
    shop: ProcessorWorld, books: Books
) -> None:
    payment_id = shop.charge(manual=True).payment_id
    shop.advance(SEVEN_DAYS)
    # The processor says why it will not capture: it has lapsed.
    before(shop, 1, lambda: shop.capture(payment_id))
    shop.sweep()
    payment = stored(books, payment_id)
    assert (payment["status"], payment.get("due_at")) == ("expired", None)


def test_refund__while_another_one_s_answer_is_on_its_way__is_not_forgotten(
    shop: ProcessorWorld, books: Books
) -> None:
    payment_id = shop.charge().payment_id
    before(shop, 2, lambda: shop.refund(payment_id, 2_000, key="faster"))
    assert shop.refund(payment_id, 1_000).status == 201
    payment = stored(books, payment_id)
    assert (payment["refunded_minor"], payment.get("refunding_minor")) == (3_000, None)


def test_refund_at_the_dashboard__while_another_one_is_reserved__is_not_forgotten(
    shop: ProcessorWorld, books: Books
) -> None:
    payment_id = shop.charge().payment_id
    shop.deliver_events()
    refund_at_the_dashboard(shop, 1_000)
    before(shop, 1, lambda: shop.refund(payment_id, 2_000))
    assert shop.deliver_events() == 2
    payment = stored(books, payment_id)
    assert (payment["refunded_minor"], payment.get("refunding_minor")) == (3_000, None)


def test_charge__that_was_never_done__is_not_given_up_while_another_sends_it(
    shop: ProcessorWorld, books: Books
) -> None:
    payment_id = shop.charge("timeout_before").payment_id
    shop.advance(ABSENCE_DECIDES_AFTER.total_seconds())
    # The sweep takes over, finds nothing, and sleeps; meanwhile the client's retry has charged.
    before(shop, 2, lambda: client_that_dies(shop, "timeout_before"))
    shop.sweep()
    assert stored(books, payment_id)["status"] == "processing"
    shop.advance(LEASE.total_seconds())
    assert shop.charge("timeout_before").json["status"] == "succeeded"


@pytest.mark.parametrize("end", ENDS, ids=ENDS)
def test_reference__that_was_posted_before__is_not_posted_again(
    shop: ProcessorWorld, books: Books, end: str
) -> None:
    payment_id = shop.charge("malformed").payment_id
    ((charge, _),) = shop.processor.engine.record()
    other = {"item_id": {"S": "pay_other"}, "item_part": {"S": "payment"}}
    key = {"id": {"S": f"ref#simulated#{charge.id}"}, "part": {"S": "reference"}}
    books.client.put_item(TableName=books.tables["payments"], Item=key | other)
    ENDS[end](shop)
    assert (stored(books, payment_id)["status"], entries(books)) == ("processing", [])


@pytest.mark.parametrize("end", ENDS, ids=ENDS)
def test_entry__whose_id_is_taken__takes_another(
    shop: ProcessorWorld, books: Books, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    ids = iter(["le_taken", "le_taken", "le_z"])
    for module in (settle_operation, apply_event):
        monkeypatch.setattr(module, "new_entry_id", lambda _now: next(ids))
    shop.charge()
    shop.take_events()
    payment_id = shop.charge("malformed", key="charge-2").payment_id
    ENDS[end](shop, key="charge-2")
    assert stored(books, payment_id)["status"] == "succeeded"
    assert [entry["part"] for entry in books.entries()] == ["entry#le_taken", "entry#le_z"]


def test_entry_of_a_reserved_refund__whose_id_is_taken__takes_another(
    shop: ProcessorWorld, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = iter(["le_taken", "le_taken", "le_y", "le_z"])
    for module in (settle_operation, create_processor_refund):
        monkeypatch.setattr(module, "new_entry_id", lambda _now: next(ids))
    assert shop.refund(shop.charge().payment_id).status == 201
    assert entries(books) == ["capture", "refund_reserved", "refund_succeeded"]


CHANGES: dict[str, dict[str, Any]] = {
    "answered": {"state": {"S": "COMPLETED"}},
    "of_another_item": {"item_id": {"S": "pay_other"}},
    "of_another_part": {"item_part": {"S": "refund#re_other"}},
}


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("end", ["sweep", "event"])
def test_record__that_is_not_this_request_s_any_more__stays_as_it_is(
    shop: ProcessorWorld, books: Books, end: str, changes: dict[str, Any]
) -> None:
    payment_id = shop.charge("malformed").payment_id
    (record,) = books.items("idempotency")
    books.copy("idempotency", books.raw("idempotency", id=record["id"]), **changes)
    (before_it_ends,) = books.items("idempotency")
    shop.sweep() if end == "sweep" else shop.deliver_events()
    assert stored(books, payment_id)["status"] == "succeeded"
    assert books.items("idempotency") == [before_it_ends]


def test_charge__of_another_payment__is_no_orphan(shop: ProcessorWorld, books: Books) -> None:
    declined = shop.charge("decline_stolen_card", key="declined").payment_id
    shop.take_events()
    shop.charge()
    (event,) = shop.take_events()
    tell(shop, event, payment_id=declined)
    assert entries(books) == ["capture"]
    assert [item["kind"] for item in operations(books)] == ["authorize", "authorize"]


def test_entry_of_an_orphan__whose_id_is_taken__takes_another(
    shop: ProcessorWorld, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    declined = shop.charge("decline_stolen_card", key="declined").payment_id
    shop.take_events()
    ids = iter(["le_taken", "le_taken", "le_z"])
    for module in (settle_operation, apply_event):
        monkeypatch.setattr(module, "new_entry_id", lambda _now: next(ids))
    shop.charge()
    (event,) = shop.take_events()
    assert tell(shop, event, payment_id=declined, id="ch_nobody")
    assert [entry["part"] for entry in books.entries()] == ["entry#le_taken", "entry#le_z"]
    assert entries(books) == ["capture", "orphan_charge"]


def test_event__that_another_applied_meanwhile__does_not_wait_again(
    shop: ProcessorWorld, books: Books
) -> None:
    shop.charge("malformed")
    (event,) = shop.take_events()

    def sweep_and_tell_it() -> None:
        shop.sweep()
        assert tell(shop, event, payment_id=None)

    # It does not say whose charge it is, which nobody knows yet.
    before(shop, 1, sweep_and_tell_it)
    assert tell(shop, event, payment_id=None)
    (stored_event,) = books.items("events")
    assert stored_event["status"] == "applied"


def test_event__that_two_copies_bring_too_early__is_new_once(
    shop: ProcessorWorld, books: Books
) -> None:
    shop.charge("malformed")
    (delivery,) = shop.take_events()
    event = changed(shop, delivery, payment_id="pay_" + "a" * 26)
    duplicates: list[bool] = []

    def deliver() -> None:
        duplicates.append(receive_processor_event(event, shop.tools()).duplicate)

    before(shop, 1, deliver)
    deliver()
    assert duplicates == [False, True]
    (stored_event,) = books.items("events")
    assert stored_event["status"] == "unmatched"


def test_event__whose_payment_comes_between_two_copies__is_applied_by_the_slower_one(
    shop: ProcessorWorld, books: Books
) -> None:
    payment_id = shop.charge("malformed").payment_id
    (delivery,) = shop.take_events()
    event = changed(shop, delivery)
    nobodys = changed(shop, delivery, payment_id="pay_" + "a" * 26)
    before(shop, 1, lambda: receive_processor_event(nobodys, shop.tools()))
    assert receive_processor_event(event, shop.tools()).duplicate
    assert stored(books, payment_id)["status"] == "succeeded"
    (stored_event,) = books.items("events")
    assert stored_event["status"] == "applied"


@pytest.mark.skipif(
    conditions.VARIABLE in os.environ, reason="it would notice each that is gone, by its name"
)
def test_conditions__of_every_step_are_known_to_the_tool(
    shop: ProcessorWorld, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in WRITERS:
        monkeypatch.setattr(module, "write_step", conditions.noting_step(module.write_step))
    found: set[str] = set()
    write = Database.write

    def recorded(self: Database, transaction: Transaction, budget: Budget) -> Refusal | None:
        requests = (*transaction.checks(), *transaction.puts(), *transaction.updates())
        for label, request in zip(transaction.labels, requests, strict=True):
            kind = conditions.kind_of(label)
            # A balance is added to, whatever it is; unless the funds must be there.
            if "ConditionExpression" in request or kind != "balance":
                assert "ConditionExpression" in request
                found.add(f"{conditions.writing()}:{kind}")
        return write(self, transaction, budget)

    monkeypatch.setattr(Database, "write", recorded)
    every_kind_of_step(shop, books)
    known = {name.partition(".")[0] for name in (*conditions.CONDITIONS, *conditions.IMPLIED)}
    assert found == {name for name in known if name.partition(":")[0] in conditions.STEPS}


def dispute_of(shop: ProcessorWorld) -> None:
    """The payer of the first charge that was captured goes to the bank."""
    engine = shop.processor.engine
    charge = next(each for each, _ in engine.record() if each.captured_minor)
    engine.close_dispute(engine.open_dispute(charge.id, 50).id, DisputeStatus.WON)


def every_kind_of_step(shop: ProcessorWorld, books: Books) -> None:
    declined = shop.charge("decline_stolen_card", key="declined").payment_id
    held = shop.charge("approve__capture_malformed", manual=True, key="held").payment_id
    shop.take_events()
    # Not known; known by the event; and the same by a request that takes over, and by the sweep.
    shop.charge("malformed", key="a")
    shop.deliver_events()
    shop.charge("malformed", key="b")
    shop.charge("malformed", key="b")
    shop.capture(held)
    shop.sweep()
    shop.refund(held, 100)
    dispute_of(shop)
    shop.deliver_events()
    refund_at_the_dashboard(shop, 200)
    (event,) = shop.take_events()
    tell(shop, event)
    orphan = shop.charge(key="c")
    (event,) = shop.take_events()
    tell(shop, event, payment_id=declined, id="ch_nobody")
    tell(shop, event, new_id="evt_other", payment_id="pay_" + "a" * 26)
    raw = books.raw("payments", id=orphan.payment_id, part="payment")
    settled = {"settlement_id": {"S": "set_x"}, "settled_at": raw["updated_at"]}
    books.copy("payments", raw, **settled)
    shop.refund(orphan.payment_id)
    shop.charge("approve", manual=True, key="d")
    shop.clock.pass_by(SEVEN_DAYS)
    shop.sweep()
    shop._adapter = Preparing(shop)
    shop.charge(key="prepared")
