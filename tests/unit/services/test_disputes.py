"""Disputes through the tables: books, refunds and pointers, in the order in which they are told."""

import itertools
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from oncepay.domain.inbound_event import Receipt
from oncepay.processors.simulated_event import read_event
from oncepay.services.apply_event import receive_processor_event
from oncepay.storage.database import Database
from tests.books import Books
from tests.processor_world import ProcessorWorld, running_world

OPENED, WON, LOST = "dispute.opened", "dispute.won", "dispute.lost"
SIX_MINUTES = 360


@pytest.fixture
def shop(database: Database) -> Iterator[ProcessorWorld]:
    with running_world(database) as world:
        yield world


def told(shop: ProcessorWorld, type: str, *, charge_id: str = "", **changes: Any) -> Receipt:
    """An event of a dispute of the first charge, as the processor words it."""
    charge_id = charge_id or shop.processor.engine.record()[0][0].id
    dispute = {
        "id": "dp_there_1",
        "object": "dispute",
        "status": {OPENED: "open", WON: "won", LOST: "lost"}[type],
        "charge_id": charge_id,
        "amount_minor": 2_000,
        "currency": "USD",
        "reason": "fraudulent",
        "payment_id": None,
        "created_at": "2026-11-21T12:00:00.000000Z",
    } | changes
    body: dict[str, Any] = {"id": f"evt_{dispute['id']}_{type}", "object": "event", "type": type}
    body |= {"created": "2026-11-21T12:00:00.000000Z", "data": {"object": dispute, "charge": None}}
    event = read_event(json.dumps(body).encode(), received_at=shop.clock())
    return receive_processor_event(event, shop.tools())


def sums(books: Books) -> dict[str, int]:
    """Of all postings but the capture's, by account."""
    moved: Counter[str] = Counter()
    for entry in books.entries():
        if entry["kind"] != "capture":
            moved.update({p["account"]: int(p["amount_minor"]) for p in entry["postings"]})
    return {account: amount for account, amount in moved.items() if amount}


def balance(books: Books) -> tuple[int, int]:
    """What is available, and what is disputed."""
    (item,) = [item for item in books.items("ledger") if item["part"] == "balance"]
    return int(item.get("available_minor", 0)), int(item.get("disputed_minor", 0))


def one(books: Books, prefix: str) -> dict[str, Any]:
    """The only item of that kind in Payments."""
    (item,) = [i for i in books.items("payments") if i["part"].partition("#")[0] == prefix]
    return item


def test_dispute__that_opens__takes_back_what_is_not_even_there(
    shop: ProcessorWorld, books: Books
) -> None:
    shop.charge()
    told(shop, OPENED)

    assert balance(books) == (-2_000, 2_000)
    dispute, payment = one(books, "dispute"), one(books, "payment")
    assert (dispute["status"], dispute["amount_minor"], dispute["version"]) == ("open", 2_000, 1)
    assert dispute["processor_reference"] == "dp_there_1"
    assert payment["standing_disputes"] == 1
    (opened,) = [entry for entry in books.entries() if entry["kind"] == "dispute_opened"]
    assert dispute["entries"] == [{"id": opened["id"], "part": opened["part"]}]
    pointer = books.raw("payments", id="ref#simulated#dp_there_1", part="reference")
    assert pointer["item_part"] == {"S": dispute["part"]}


@pytest.mark.parametrize(
    ("end", "wanted", "balances", "standing"),
    [
        (WON, {}, (0, 0), None),
        (LOST, {"available": -2_000, "external:simulated": 2_000}, (-2_000, 0), 1),
    ],
)
def test_dispute__told_in_any_order_and_twice__ends_in_the_same_books(
    shop: ProcessorWorld,
    books: Books,
    end: str,
    wanted: dict[str, int],
    balances: tuple[int, int],
    standing: int | None,
) -> None:
    payment_id = shop.charge().payment_id
    orders = list(itertools.product((0, 1), set(itertools.permutations((OPENED, end)))))
    for number, (_, order) in enumerate(orders, start=1):
        for type in (*order, *order):
            assert told(shop, type, id=f"dp_{number}", amount_minor=500).event.status != "unmatched"

    assert sums(books) == wanted
    assert balance(books) == balances
    payment = books.raw("payments", id=payment_id, part="payment")
    stands = payment.get("standing_disputes")
    assert stands == (standing and {"N": str(len(orders))})


def test_refund__while_a_dispute_stands__is_refused_and_sets_nothing_aside(
    shop: ProcessorWorld, books: Books
) -> None:
    payment_id = shop.charge().payment_id
    told(shop, OPENED)
    refused = shop.refund(payment_id, 100)

    assert (refused.status, refused.code) == (409, "invalid_transition")
    assert "dispute" in refused.json["detail"]
    assert "refund_reserved" not in [entry["kind"] for entry in books.entries()]


def test_refund__once_the_dispute_is_lost__is_refused(shop: ProcessorWorld) -> None:
    payment_id = shop.charge().payment_id
    told(shop, OPENED)
    told(shop, LOST)

    assert shop.refund(payment_id).code == "invalid_transition"


def test_refund__once_the_dispute_is_won__is_made(shop: ProcessorWorld, books: Books) -> None:
    payment_id = shop.charge().payment_id
    told(shop, OPENED)
    assert shop.refund(payment_id).status == 409
    told(shop, WON)

    # A refusal is not stored: the same key may ask again.
    assert shop.refund(payment_id).json["status"] == "succeeded"
    assert one(books, "dispute")["version"] == 2


def test_dispute__before_its_capture_is_known__waits_for_it(
    shop: ProcessorWorld, books: Books
) -> None:
    payment_id = shop.charge("malformed").payment_id
    waits = told(shop, OPENED, payment_id=payment_id)
    assert waits.event.status == "unmatched"

    shop.deliver_events()
    told(shop, OPENED, payment_id=payment_id)

    assert one(books, "dispute")["status"] == "open"
    assert balance(books) == (-2_000, 2_000)


def test_dispute__that_waits__is_applied_by_the_sweep(shop: ProcessorWorld, books: Books) -> None:
    payment_id = shop.charge("malformed").payment_id
    told(shop, LOST, payment_id=payment_id)
    shop.deliver_events()
    shop.advance(SIX_MINUTES)
    shop.sweep()

    assert one(books, "dispute")["status"] == "lost"
    assert balance(books) == (-2_000, 0)


def test_dispute__that_does_not_fit__is_kept_for_a_person(
    shop: ProcessorWorld, books: Books
) -> None:
    payment_id = shop.charge().payment_id
    kept = told(shop, OPENED, payment_id=payment_id, charge_id="ch_nobody")

    assert (kept.event.status, kept.event.reason) == ("unmatched", "another charge: ch_nobody")
    assert [name for name, _ in shop.alarms] == ["unfit_event"]
    assert "dispute_opened" not in [entry["kind"] for entry in books.entries()]
