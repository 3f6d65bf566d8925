"""Payouts over HTTP: what the simulated processor says that it paid out, signed as Stripe signs it
or in its own words, ends up as one item beside the settlement files.
"""

import csv
import io
import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from oncepay.storage.payouts import payout_id
from tests.books import Books
from tests.events import an_operator
from tests.processor_handlers import ProcessorHandlers, running_handlers

FACES = ("stripe", "native")
PROVIDERS = {"stripe": "stripe", "native": "simulated"}
TAKEN, KNOWN = {"received": True}, {"received": True, "duplicate": True}


@pytest.fixture
def everywhere(
    environment: None, monkeypatch: pytest.MonkeyPatch, tables: dict[str, str]
) -> Iterator[ProcessorHandlers]:
    """The functions at a processor that is also Stripe."""
    with running_handlers(monkeypatch, tables, faces=("stripe",)) as handlers:
        yield handlers


def control(handlers: ProcessorHandlers, path: str, **body: Any) -> bytes:
    """At the processor's back door."""
    processor = handlers.processor
    request = urllib.request.Request(
        f"{processor.url}/control/{path}",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {processor.secret}"},
    )
    with urllib.request.urlopen(request) as response:
        answered: bytes = response.read()
        return answered


def pay_out(handlers: ProcessorHandlers, face: str, **body: Any) -> Any:
    """The processor says that it paid; what the webhook answered."""
    wanted = {"processor": face, "currency": "USD", "reference": "po_1"} | body
    control(handlers, "payouts", **wanted)
    return [reply.json for reply in handlers.deliver()]


def payout(books: Books) -> dict[str, Any]:
    """The only item of Settlements."""
    (item,) = books.items("settlements")
    return item


@pytest.mark.parametrize("face", FACES)
def test_payout__is_an_item_of_its_processor(
    everywhere: ProcessorHandlers, books: Books, face: str
) -> None:
    assert pay_out(everywhere, face, amount_minor=700) == [TAKEN]
    item = payout(books)
    (event,) = books.items("events")
    assert item["id"] == payout_id(PROVIDERS[face], "po_1")
    assert (item["amount_minor"], item["currency"], item["status"]) == (700, "USD", "paid")
    assert (item["event_id"], event["status"]) == (event["event_id"], "applied")


@pytest.mark.parametrize("face", FACES)
def test_payout__told_three_times__is_stored_once(
    everywhere: ProcessorHandlers, books: Books, face: str
) -> None:
    everywhere.processor.outbox.configure(copies=3)
    assert pay_out(everywhere, face, amount_minor=700) == [TAKEN, KNOWN, KNOWN]
    assert payout(books)["version"] == 1
    assert len(books.items("events")) == 1


@pytest.mark.parametrize("face", FACES)
def test_payout__paid_and_then_failed__has_failed(
    everywhere: ProcessorHandlers, books: Books, face: str
) -> None:
    pay_out(everywhere, face, amount_minor=700)
    assert pay_out(everywhere, face, status="failed") == [TAKEN]
    item = payout(books)
    assert (item["status"], item["amount_minor"], item["version"]) == ("failed", 700, 2)


@pytest.mark.parametrize("face", FACES)
def test_payouts__whose_events_come_last_one_first__are_as_they_are_there(
    everywhere: ProcessorHandlers, books: Books, face: str
) -> None:
    everywhere.processor.outbox.configure(shuffle=4)
    for status in ("pending", "in_transit", "paid"):
        assert pay_out(everywhere, face, amount_minor=700, status=status) == []
    assert pay_out(everywhere, face, status="failed") == [TAKEN] * 4
    item = payout(books)
    assert (item["status"], item["version"]) == ("failed", 1)
    assert {event["status"] for event in books.items("events")} == {"applied"}


def test_payout__of_a_settlement_file__has_the_id_that_the_file_gives_it(
    everywhere: ProcessorHandlers, books: Books
) -> None:
    assert everywhere.charge(processor="stripe").status == 201
    everywhere.deliver()
    text = control(everywhere, "settlements", format="stripe").decode()
    lines = list(csv.DictReader(io.StringIO(text)))
    control(everywhere, "payouts", processor="stripe", currency="USD")
    everywhere.deliver()
    item = payout(books)
    assert {line["automatic_payout_id"] for line in lines} == {item["id"].rpartition("#")[2]}
    assert (item["amount_minor"], lines[-1]["net"]) == (4_825, "-48.25")


def test_payout__that_nobody_signed__is_not_believed(
    everywhere: ProcessorHandlers, books: Books
) -> None:
    control(everywhere, "payouts", processor="stripe", currency="USD", amount_minor=700)
    (delivery,) = everywhere.events()
    forged = delivery.body.replace(b"700", b"701")
    stripe = everywhere.processor.courier._faces["stripe"]
    headers = stripe.sign(delivery.body, everywhere.processor.engine.now())
    many = {name: [value] for name, value in headers.items()}
    refused = everywhere.webhook("/webhooks/stripe", forged.decode(), many)
    assert (refused.status, refused.json["code"]) == (400, "invalid_signature")
    assert (books.items("settlements"), books.items("events")) == ([], [])


def test_payout__that_cannot_be_read__is_refused_and_not_stored(
    everywhere: ProcessorHandlers, books: Books
) -> None:
    control(everywhere, "payouts", processor="native", currency="USD", amount_minor=700)
    (delivery,) = everywhere.events()
    body = json.loads(delivery.body)
    body["data"]["object"]["amount_minor"] = "700"
    changed = json.dumps(body)
    native = everywhere.processor.courier._faces["simulated"]
    headers = native.sign(changed.encode(), everywhere.processor.engine.now())
    many = {name: [value] for name, value in headers.items()}
    refused = everywhere.webhook("/webhooks/simulated", changed, many)
    assert (refused.status, refused.json["code"]) == (400, "invalid_request")
    assert refused.json["detail"] == "amount_minor is not what it should be"
    assert (books.items("settlements"), books.items("events")) == ([], [])


def test_event_of_a_payout__is_shown_to_the_operator_alone(
    everywhere: ProcessorHandlers,
) -> None:
    pay_out(everywhere, "stripe", amount_minor=700)
    operator = an_operator(scopes="events:read")
    (shown,) = everywhere.get("/v1/events", authorizer=operator).json["data"]
    assert (shown["type"], shown["status"], shown["payment_id"]) == ("payout.paid", "applied", None)
    assert everywhere.get("/v1/events").json["data"] == []


def test_sweep__after_payouts__has_nothing_to_look_at(
    everywhere: ProcessorHandlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    pay_out(everywhere, "stripe", amount_minor=700)
    pay_out(everywhere, "native", amount_minor=700, status="failed")
    pay_out(everywhere, "native", amount_minor=800)
    swept = everywhere.sweep(monkeypatch)
    assert swept == {"due": 0, "ended": 0, "waiting": 0, "failed": {}, "left": False}
