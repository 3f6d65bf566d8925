"""Charges that are set up before they are sent: what was prepared is stored first, or nothing is
sent; and what the payer has agreed to on the processor's page is asked for.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from oncepay.domain.applying import EventOfPayment, News
from oncepay.domain.errors import OutcomeUnknown, PaymentsError, RateLimited
from oncepay.domain.inbound_event import InboundEvent, Provider
from oncepay.domain.operation import Operation, OperationKind
from oncepay.domain.processor_answer import (
    Absent,
    Answer,
    Charge,
    ChargeStatus,
    Failure,
    LookedUp,
    NotSent,
    Prepared,
    Unknown,
)
from oncepay.processors.simulated import SimulatedProcessor
from oncepay.services import run_operation
from oncepay.services.apply_event import receive_processor_event
from oncepay.storage import step_writes
from oncepay.storage.database import Database
from tests.books import Books
from tests.builders import LEASE
from tests.processor_world import TIMEOUT_SECONDS, ProcessorWorld, running_world

PREPARED = Prepared("order_1")
AFTER_LEASE = LEASE.total_seconds() + 1
SIX_MINUTES = 360


class Preparing(SimulatedProcessor):
    """The simulated processor, if it had to be told of a charge before it is sent.

    Attributes:
        answer: to what is prepared.
        prepared, sent: the operations, as they were then.
        looked_up: says instead of the processor what became of an operation, if there is any.
        watch: called before each request is sent.
    """

    def __init__(self, shop: ProcessorWorld) -> None:
        super().__init__(
            shop.processor.url, lambda: shop.processor.secret, timeout_seconds=TIMEOUT_SECONDS
        )
        self.needs_preparation = True
        self.answer: Prepared | Charge | NotSent | Unknown = PREPARED
        self.prepared: list[Operation] = []
        self.sent: list[Operation] = []
        self.looked_up: LookedUp | None = None
        self.watch: Callable[[], None] = lambda: None

    def prepare(self, operation: Operation) -> Any:
        self.prepared.append(operation)
        return self.answer

    def send(self, operation: Operation) -> Answer:
        self.watch()
        self.sent.append(operation)
        return super().send(operation)

    def look_up(self, operation: Operation) -> LookedUp:
        return self.looked_up or super().look_up(operation)


@pytest.fixture
def shop(database: Database) -> Iterator[ProcessorWorld]:
    with running_world(database) as world:
        yield world


@pytest.fixture
def adapter(shop: ProcessorWorld) -> Preparing:
    preparing = Preparing(shop)
    shop._adapter = preparing
    return preparing


def stored(books: Books, kind: str = "authorize") -> dict[str, Any]:
    """The only operation of that kind."""
    (found,) = [item for item in books.items("payments") if item.get("kind") == kind]
    return found


def a_charge(status: ChargeStatus, **more: Any) -> Charge:
    return Charge(reference="order_1", status=status, amount_minor=5_000, currency="USD", **more)


def references(operations: list[Operation]) -> list[str | None]:
    return [operation.reference for operation in operations]


def test_charge__is_prepared_stored_and_then_sent(
    shop: ProcessorWorld, adapter: Preparing, books: Books
) -> None:
    seen: list[Any] = []
    adapter.watch = lambda: seen.append(stored(books)["reference"])

    assert shop.charge().json["status"] == "succeeded"

    # What was prepared is stored when the request leaves, and the adapter knows it.
    assert seen == ["order_1"]
    assert (references(adapter.prepared), references(adapter.sent)) == ([None], ["order_1"])


def test_operation__that_is_no_charge__is_not_prepared(
    shop: ProcessorWorld, adapter: Preparing
) -> None:
    payment_id = shop.charge(manual=True).payment_id
    assert shop.capture(payment_id).status == 200
    assert shop.refund(payment_id).status == 201

    kinds = [operation.kind for operation in adapter.sent]
    assert kinds == [OperationKind.AUTHORIZE, OperationKind.CAPTURE, OperationKind.REFUND]
    assert len(adapter.prepared) == 1


def test_processor__that_prepares_nothing__is_asked_at_once(shop: ProcessorWorld) -> None:
    adapter = Preparing(shop)
    adapter.needs_preparation = False
    shop._adapter = adapter

    assert shop.charge().json["status"] == "succeeded"
    assert (adapter.prepared, references(adapter.sent)) == ([], [None])


def test_preparation__of_which_another_knows_more__is_not_sent(
    shop: ProcessorWorld, adapter: Preparing, books: Books
) -> None:
    """Somebody took over while it was prepared: the store of what was prepared is refused."""

    def overtaken(operation: Operation) -> Prepared:
        raw = books.raw("payments", id=operation.payment_id, part=operation.key.part)
        books.copy("payments", raw, version={"N": str(operation.version + 1)})
        return PREPARED

    adapter.prepare = overtaken  # type: ignore[method-assign]
    reply = shop.charge()

    assert (reply.status, reply.json["status"]) == (202, "processing")
    assert (adapter.sent, shop.processor.engine.record()) == ([], [])
    assert "reference" not in stored(books)


@pytest.mark.parametrize("error", [OutcomeUnknown("no reply"), RateLimited("too many")], ids=repr)
@pytest.mark.parametrize("is_written", [True, False], ids=["written", "not written"])
def test_preparation__whose_store_is_lost__is_not_sent(
    shop: ProcessorWorld,
    adapter: Preparing,
    monkeypatch: pytest.MonkeyPatch,
    error: PaymentsError,
    is_written: bool,
) -> None:
    write_step = step_writes.write_step

    def lost(*arguments: Any) -> Any:
        if is_written:
            write_step(*arguments)
        raise error

    monkeypatch.setattr(run_operation, "write_step", lost)
    reply = shop.charge()
    monkeypatch.setattr(run_operation, "write_step", write_step)

    assert (adapter.sent, shop.processor.engine.record()) == ([], [])
    # If it was written, nobody can say that another did not send it meanwhile.
    assert (reply.status, reply.code) == ((202, None) if is_written else (502, UNAVAILABLE))
    shop.advance(AFTER_LEASE)
    assert shop.charge().json["status"] == "succeeded"
    assert references(adapter.sent) == ["order_1"]
    # What is stored is not prepared again.
    assert len(adapter.prepared) == (1 if is_written else 2)


UNAVAILABLE = "processor_unavailable"


@pytest.mark.parametrize(
    "answer",
    [Unknown("timeout"), Unknown("server_error", replays=True), NotSent("not_connected")],
    ids=repr,
)
def test_preparation__of_which_nothing_is_known__is_made_again(
    shop: ProcessorWorld, adapter: Preparing, books: Books, answer: Unknown | NotSent
) -> None:
    adapter.answer = answer
    refused = shop.charge()
    assert (refused.status, refused.code) == (502, UNAVAILABLE)
    assert (adapter.sent, shop.processor.engine.record()) == ([], [])
    # Nothing moved: it is as if it had never been asked for.
    operation = stored(books)
    assert [operation.get(name) for name in ("last_sent_at", "look_up_only", "reference")] == [
        None,
        None,
        None,
    ]

    adapter.answer = PREPARED
    assert shop.charge().json["status"] == "succeeded"
    assert len(adapter.prepared) == 2


def test_preparation__that_is_never_made__is_declined_by_the_sweep(
    shop: ProcessorWorld, adapter: Preparing
) -> None:
    adapter.answer = Unknown("timeout")
    shop.charge()
    shop.advance(SIX_MINUTES)
    shop.sweep()

    reply = shop.charge()
    assert (reply.status, adapter.sent) == (402, [])
    # The sweep sends no charge, and so prepares none.
    assert len(adapter.prepared) == 1


def test_preparation__that_declines__is_an_answer_and_is_not_sent(
    shop: ProcessorWorld, adapter: Preparing
) -> None:
    adapter.answer = a_charge(ChargeStatus.DECLINED, failure=Failure("card_declined", "no"))
    reply = shop.charge()

    assert (reply.status, reply.code) == (402, "card_declined")
    assert adapter.sent == []


def test_preparation__without_time__is_not_begun(shop: ProcessorWorld, adapter: Preparing) -> None:
    def slow(name: str, carry_out: Callable[[], Any]) -> Any:
        result = carry_out()
        shop.clock.pass_by(AFTER_LEASE)
        return result

    # Its lease has run out when the reservation is answered.
    shop.calls = slow
    shop.charge()
    assert (adapter.prepared, adapter.sent) == ([], [])


def test_prepared_charge__that_was_not_done__is_sent_again_and_not_prepared_again(
    shop: ProcessorWorld, adapter: Preparing
) -> None:
    """The processor knows what was prepared, and nothing of the charge: that is no loss."""
    assert shop.charge("timeout_before").status == 202
    shop.advance(AFTER_LEASE)
    assert shop.charge("timeout_before").json["status"] == "succeeded"

    assert (len(adapter.prepared), references(adapter.sent)) == (1, ["order_1", "order_1"])
    assert len(shop.processor.engine.record()) == 1


def agree(adapter: Preparing) -> None:
    """The payer agrees on the processor's page."""
    adapter.looked_up = a_charge(ChargeStatus.APPROVED)


def waiting_for_the_payer(shop: ProcessorWorld, adapter: Preparing) -> str:
    """A payment whose payer is asked; afterwards, what is sent is charged."""
    page = a_charge(ChargeStatus.REQUIRES_ACTION, next_action_url="https://pay.example/order_1")
    adapter.send = lambda operation: page  # type: ignore[method-assign]
    reply = shop.charge()
    assert reply.json["status"] == "requires_action"

    def send(operation: Operation) -> Answer:
        adapter.sent.append(operation)
        return a_charge(ChargeStatus.SUCCEEDED, captured_minor=5_000, handle="cap_there")

    adapter.send = send  # type: ignore[method-assign]
    return reply.payment_id


def paid(books: Books, payment_id: str) -> dict[str, Any]:
    """The payment as stored."""
    items = books.items("payments")
    return next(i for i in items if i["part"] == "payment" and i["id"] == payment_id)


def test_approved_charge__that_is_looked_up__is_sent_even_by_the_sweep(
    shop: ProcessorWorld, adapter: Preparing, books: Books
) -> None:
    payment_id = waiting_for_the_payer(shop, adapter)
    agree(adapter)
    shop.advance(SIX_MINUTES)
    shop.sweep()

    payment = paid(books, payment_id)
    assert (payment["status"], payment["processor_handle"]) == ("succeeded", "cap_there")
    assert references(adapter.sent) == ["order_1"]
    leads_to = {i["id"]: i["item_id"] for i in books.items("payments") if "item_id" in i}
    assert leads_to["ref#simulated#order_1"] == leads_to["ref#simulated#cap_there"] == payment_id


def test_charge__that_waits_for_the_payer__is_not_sent_by_the_sweep(
    shop: ProcessorWorld, adapter: Preparing, books: Books
) -> None:
    payment_id = waiting_for_the_payer(shop, adapter)
    adapter.looked_up = a_charge(
        ChargeStatus.REQUIRES_ACTION, next_action_url="https://pay.example/order_1"
    )
    shop.advance(SIX_MINUTES)
    shop.sweep()

    assert (paid(books, payment_id)["status"], adapter.sent) == ("requires_action", [])


def test_charge__that_waits_for_the_payer__and_is_forgotten_there__is_a_matter_for_a_person(
    shop: ProcessorWorld, adapter: Preparing, books: Books
) -> None:
    payment_id = waiting_for_the_payer(shop, adapter)
    adapter.looked_up = Absent()
    shop.advance(SIX_MINUTES)
    shop.sweep()

    # The payer may have agreed to what is not found.
    assert paid(books, payment_id)["status"] == "requires_action"
    assert stored(books)["problem"] == run_operation.FORGOTTEN


def approval(shop: ProcessorWorld, payment_id: str) -> EventOfPayment:
    """The event that tells of it."""
    event = InboundEvent(
        provider=Provider.SIMULATED,
        event_id="evt_approved",
        type="order.approved",
        created=None,
        livemode=None,
        payload="{}",
        received_at=shop.clock(),
    )
    news = News(
        found=a_charge(ChargeStatus.APPROVED),
        kind=OperationKind.AUTHORIZE,
        operation_id=payment_id,
    )
    return EventOfPayment(event=event, news=news, payment_id=payment_id, references=("order_1",))


def test_approval__that_is_told__is_stored_and_the_money_asked_for(
    shop: ProcessorWorld, adapter: Preparing, books: Books
) -> None:
    payment_id = waiting_for_the_payer(shop, adapter)
    agree(adapter)
    receive_processor_event(approval(shop, payment_id), shop.tools())

    assert paid(books, payment_id)["status"] == "succeeded"
    assert [event["status"] for event in books.items("events")] == ["applied"]
    assert references(adapter.sent) == ["order_1"]


def test_approval__of_another_order__is_no_word_to_charge_this_one(
    shop: ProcessorWorld, adapter: Preparing
) -> None:
    """The client was told that nobody was asked, and may have found another way."""
    adapter.send = lambda operation: NotSent("rate_limited")  # type: ignore[method-assign]
    assert shop.charge().code == "processor_unavailable"
    [prepared] = adapter.prepared
    del adapter.send
    told = approval(shop, prepared.payment_id)
    other = replace(a_charge(ChargeStatus.APPROVED), reference="order_2")
    news = News(found=other, kind=OperationKind.AUTHORIZE, operation_id=prepared.payment_id)
    receive_processor_event(replace(told, news=news, references=("order_2",)), shop.tools())

    assert (adapter.sent, shop.processor.engine.record()) == ([], [])


def test_approval__told_while_another_works_on_it__is_left_to_that_one(
    shop: ProcessorWorld, adapter: Preparing, books: Books
) -> None:
    payment_id = waiting_for_the_payer(shop, adapter)
    agree(adapter)
    operation = books.raw("payments", id=payment_id, part=f"operation#{payment_id}")
    leased = {"S": f"{shop.clock() + LEASE:%Y-%m-%dT%H:%M:%S.%fZ}"}
    books.copy("payments", operation, lease_until=leased)
    receive_processor_event(approval(shop, payment_id), shop.tools())

    assert (paid(books, payment_id)["status"], adapter.sent) == ("requires_action", [])


def test_approval__that_cannot_be_followed_now__is_alarmed_and_stored(
    shop: ProcessorWorld,
    adapter: Preparing,
    books: Books,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    payment_id = waiting_for_the_payer(shop, adapter)
    agree(adapter)

    def refuse(*_: Any) -> None:
        raise RateLimited("too many")

    monkeypatch.setattr(run_operation, "write_step", refuse)
    told = approval(shop, payment_id)
    receipt = receive_processor_event(told, shop.tools())

    assert not receipt.duplicate
    assert [name for name, _ in shop.alarms] == ["approved_unfinished"]
    assert receive_processor_event(replace(told), shop.tools()).duplicate
    assert paid(books, payment_id)["status"] == "requires_action"
