"""Payouts through the tables: one item for each, the same in whatever order events come."""

import itertools
import json
from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from oncepay.domain.errors import OutcomeUnknown, PaymentsError, StorageUnavailable
from oncepay.domain.inbound_event import EventStatus, Receipt
from oncepay.processors.stripe_event import read_event
from oncepay.services.apply_event import receive_processor_event
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.payouts import payout_from_raw, payout_id
from tests.books import Books
from tests.processor_world import ProcessorWorld, running_world, straight
from tests.stripe_objects import a_payout, an_event

MOMENT = 1_795_262_400
"""2026-11-21T12:00:00Z, the world's first moment, too."""
READ, WRITE = "BatchGetItem", "TransactWriteItems"


@pytest.fixture
def shop(database: Database) -> Iterator[ProcessorWorld]:
    with running_world(database) as world:
        yield world


STATUSES = {"created": "pending", "updated": "in_transit"}


def told(
    shop: ProcessorWorld,
    type: str = "paid",
    *,
    event_id: str = "evt_1",
    created: int = MOMENT,
    **payout: Any,
) -> Receipt:
    """An event of Stripe."""
    subject = a_payout(status=STATUSES.get(type, type)) | payout
    event = an_event(f"payout.{type}", subject, id=event_id, created=created)
    raw = json.dumps(event).encode()
    return receive_processor_event(read_event(raw, received_at=shop.clock()), shop.tools())


def payouts(books: Books) -> list[dict[str, Any]]:
    return books.items("settlements")


def before(shop: ProcessorWorld, nth: int, call: str, event: Callable[[], Any]) -> None:
    """Let something happen just before the n-th call of that name from now on."""
    left = itertools.count(nth, -1)

    def disturbed(name: str, carry_out: Callable[[], Any]) -> Any:
        if name == call and next(left) == 1:
            shop.calls = straight
            event()
        return carry_out()

    shop.calls = disturbed


def test_payout__first_heard_of__is_this_item(shop: ProcessorWorld, books: Books) -> None:
    receipt = told(shop)
    assert (receipt.event.status, receipt.duplicate) == (EventStatus.APPLIED, False)
    assert payouts(books) == [
        {
            "id": "payout#stripe#po_1",
            "part": "payout",
            "amount_minor": 4_825,
            "currency": "USD",
            "status": "paid",
            "arrival_date": "2026-11-23",
            "told_at": "2026-11-21T12:00:00.000000Z",
            "event_id": "evt_1",
            "updated_at": "2026-11-21T12:00:00.000000Z",
            "version": 1,
        }
    ]


def test_event__of_a_payout__is_stored_as_applied_and_is_nobody_s(
    shop: ProcessorWorld, books: Books
) -> None:
    told(shop)
    (event,) = books.items("events")
    assert (event["status"], event["list_bucket"]) == ("applied", "operator#2026-11")
    assert "payment_id" not in event
    assert "due_at" not in event


def test_payout__changes_no_payment_and_posts_nothing(shop: ProcessorWorld, books: Books) -> None:
    told(shop)
    assert (books.items("payments"), books.items("ledger")) == ([], [])


def test_event__again__is_a_duplicate_and_changes_nothing(
    shop: ProcessorWorld, books: Books
) -> None:
    told(shop)
    left = (payouts(books), books.items("events"))
    shop.advance(60)
    again = told(shop, amount=1)
    assert (again.event.status, again.duplicate) == (EventStatus.APPLIED, True)
    assert (payouts(books), books.items("events")) == left


def test_payout__paid_and_then_failed__has_failed(shop: ProcessorWorld, books: Books) -> None:
    told(shop)
    shop.advance(3 * 86_400)
    told(shop, "failed", event_id="evt_2", created=MOMENT + 3 * 86_400, arrival_date=None)
    (payout,) = payouts(books)
    assert (payout["status"], payout["event_id"], payout["version"]) == ("failed", "evt_2", 2)
    assert payout["told_at"] == payout["updated_at"] == "2026-11-24T12:00:00.000000Z"
    assert "arrival_date" not in payout


def test_event__older_than_what_is_known__is_stored_and_undoes_nothing(
    shop: ProcessorWorld, books: Books
) -> None:
    told(shop, "failed", event_id="evt_2", created=MOMENT + 10)
    left = payouts(books)
    late = told(shop, "paid", event_id="evt_1", created=MOMENT)
    assert (late.event.status, late.duplicate) == (EventStatus.APPLIED, False)
    assert payouts(books) == left
    assert len(books.items("events")) == 2


# Three of one life, whose ids sort the other way; all at once, and days apart.
@pytest.mark.parametrize("order", list(permutations((0, 1, 2))))
@pytest.mark.parametrize("pause", [0, 86_400])
def test_events__in_any_order__leave_the_same_payout(
    shop: ProcessorWorld, books: Books, order: tuple[int, ...], pause: int
) -> None:
    for number in order:
        type = ("created", "paid", "failed")[number]
        told(shop, type, event_id=f"evt_{9 - number}", created=MOMENT + number * pause)
    (payout,) = payouts(books)
    assert (payout["status"], payout["event_id"]) == ("failed", "evt_7")
    assert len(books.items("events")) == 3
    assert shop.alarms == []


def test_payouts__of_two_processors__are_two(shop: ProcessorWorld, books: Books) -> None:
    told(shop)
    made = {"amount_minor": 700, "currency": "EUR", "status": "paid", "object": "payout"}
    shop.processor.engine.note("simulated", "payout.paid", {"id": "po_1", **made}, None)
    assert shop.deliver_events() == 1
    found = {item["id"]: item["amount_minor"] for item in payouts(books)}
    assert found == {"payout#stripe#po_1": 4_825, "payout#simulated#po_1": 700}


def test_payout__is_read_as_it_was_told(
    shop: ProcessorWorld, database: Database, budget: Budget
) -> None:
    told(shop, event_id="evt_7", amount=-1_200)
    key = {"id": payout_id("stripe", "po_1"), "part": "payout"}
    (raw,) = database.get_many("settlements", [key], budget)
    payout = payout_from_raw(raw)
    assert (payout.processor.value, payout.found.reference) == ("stripe", "po_1")
    assert (payout.found.amount_minor, payout.found.currency) == (-1_200, "USD")
    assert (payout.found.status.value, str(payout.found.arrival_date)) == ("paid", "2026-11-23")
    assert (payout.event_id, payout.version) == ("evt_7", 1)


def test_reference__with_anything_in_it__is_read_back(
    shop: ProcessorWorld, database: Database, budget: Budget
) -> None:
    told(shop, id="po#1#x")
    raw = database.get("settlements", payout_id("stripe", "po#1#x"), "payout", budget)
    assert raw is not None
    assert payout_from_raw(raw).found.reference == "po#1#x"


def test_amount__that_is_another_than_before__is_taken_and_shown_to_a_person(
    shop: ProcessorWorld, books: Books
) -> None:
    told(shop, "created", event_id="evt_1", created=MOMENT)
    told(shop, "paid", event_id="evt_2", created=MOMENT + 1, amount=4_800)
    (payout,) = payouts(books)
    assert (payout["amount_minor"], payout["status"]) == (4_800, "paid")
    problem = "payout po_1 was 4825 USD before: 4800 USD"
    assert shop.alarms == [("unfit_event", {"event_id": "stripe#evt_2", "problem": problem})]


def test_amount__of_an_older_event__is_shown_and_not_taken(
    shop: ProcessorWorld, books: Books
) -> None:
    told(shop, "failed", event_id="evt_2", created=MOMENT + 1)
    told(shop, "paid", event_id="evt_1", created=MOMENT, amount=4_800)
    (payout,) = payouts(books)
    assert payout["amount_minor"] == 4_825
    assert [facts["event_id"] for _, facts in shop.alarms] == ["stripe#evt_1"]


def test_amount__of_a_duplicate__is_not_shown_again(shop: ProcessorWorld) -> None:
    told(shop, event_id="evt_1")
    told(shop, "failed", event_id="evt_2", amount=4_800)
    assert len(shop.alarms) == 1
    assert told(shop, event_id="evt_1").duplicate
    assert len(shop.alarms) == 1


def test_payout__that_somebody_makes_meanwhile__is_read_again(
    shop: ProcessorWorld, books: Books
) -> None:
    before(shop, 1, WRITE, lambda: told(shop, "failed", event_id="evt_2", created=MOMENT + 1))
    assert not told(shop, event_id="evt_1").duplicate
    (payout,) = payouts(books)
    assert (payout["status"], payout["version"]) == ("failed", 1)
    assert len(books.items("events")) == 2


def test_payout__that_somebody_changes_meanwhile__is_read_again(
    shop: ProcessorWorld, books: Books
) -> None:
    told(shop, "created", event_id="evt_0")
    before(shop, 1, WRITE, lambda: told(shop, "failed", event_id="evt_2", created=MOMENT + 1))
    assert not told(shop, event_id="evt_1").duplicate
    (payout,) = payouts(books)
    assert (payout["status"], payout["version"]) == ("failed", 2)
    assert len(books.items("events")) == 3


def test_event__that_a_copy_stores_meanwhile__is_a_duplicate(
    shop: ProcessorWorld, books: Books
) -> None:
    before(shop, 1, WRITE, lambda: told(shop))
    assert told(shop).duplicate
    (payout,) = payouts(books)
    assert payout["version"] == 1


def test_event__that_cannot_be_stored__is_to_be_sent_again(
    shop: ProcessorWorld, books: Books
) -> None:
    others = itertools.count()

    def always_beaten(name: str, carry_out: Callable[[], Any]) -> Any:
        if name == WRITE:
            # Somebody else writes the payout before every try.
            number = next(others)
            item = {"id": {"S": "payout#stripe#po_1"}, "part": {"S": "payout"}}
            text = {"currency": "USD", "status": "pending", "event_id": "evt_0"}
            text |= dict.fromkeys(("told_at", "updated_at"), "2026-11-21T12:00:00.000000Z")
            numbers = {"amount_minor": "4825", "version": str(number + 1)}
            item |= {name: {"S": value} for name, value in text.items()}
            item |= {name: {"N": value} for name, value in numbers.items()}
            books.client.put_item(TableName=books.tables["settlements"], Item=item)
        return carry_out()

    shop.calls = always_beaten
    with pytest.raises(StorageUnavailable):
        told(shop)
    assert books.items("events") == []
    assert next(others) > 1


def test_event__that_comes_too_late_to_be_stored__is_to_be_sent_again(
    shop: ProcessorWorld, books: Books
) -> None:
    passed = [0.0]

    def slow(name: str, carry_out: Callable[[], Any]) -> Any:
        passed[0] += 60.0
        return carry_out()

    shop.calls = slow
    shop.new_budget = lambda: Budget(20, clock=lambda: passed[0], sleep=lambda _: None)
    with pytest.raises(StorageUnavailable):
        told(shop)
    assert (payouts(books), books.items("events")) == ([], [])


def test_outcome__that_is_not_known__sounds_the_alarm_all_the_same(
    shop: ProcessorWorld, books: Books
) -> None:
    told(shop, "created", event_id="evt_0")

    written = itertools.count()

    def lose_the_reply(name: str, carry_out: Callable[[], Any]) -> Any:
        if name != WRITE:
            return carry_out()
        if next(written) == 0:
            carry_out()
        raise ConnectionClosedError(endpoint_url="http://dynamodb")

    shop.calls = lose_the_reply
    ticks = itertools.count()
    shop.new_budget = lambda: Budget(40, clock=lambda: float(next(ticks)), sleep=lambda _: None)
    with pytest.raises(OutcomeUnknown):
        told(shop, event_id="evt_1", amount=4_800)
    shop.calls = straight
    assert [facts["event_id"] for _, facts in shop.alarms] == ["stripe#evt_1"]
    # It was stored; sent again, it is known.
    assert told(shop, event_id="evt_1", amount=4_800).duplicate
    assert len(shop.alarms) == 1


@pytest.mark.parametrize(("call", "error"), [(READ, StorageUnavailable), (WRITE, OutcomeUnknown)])
def test_storage__that_does_not_answer__is_said(
    shop: ProcessorWorld, books: Books, call: str, error: type[PaymentsError]
) -> None:
    def silent(name: str, carry_out: Callable[[], Any]) -> Any:
        if name == call:
            raise ConnectionClosedError(endpoint_url="http://dynamodb")
        return carry_out()

    ticks = itertools.count()
    shop.new_budget = lambda: Budget(40, clock=lambda: float(next(ticks)), sleep=lambda _: None)
    shop.calls = silent
    with pytest.raises(error):
        told(shop)
    shop.calls = straight
    assert (payouts(books), books.items("events")) == ([], [])
