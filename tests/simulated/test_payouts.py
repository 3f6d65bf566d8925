"""What the simulated processor says that it paid out: on demand, in the words of its faces.

Source: Stripe, "The Payout object" and "Types of events", as of 2026-11.
"""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from ops.simulated.outbox import HEADER
from tests.simulated.client import Client, HandClock, Reply
from tests.simulated.endpoint import Endpoint, running_endpoint
from tests.simulated.settlement_desk import Desk

CHARGED_NET = 4_825
"""Of 50.00 USD, less 2.9 % and 30 minor units."""


@pytest.fixture
def endpoint(client: Client) -> Iterator[Endpoint]:
    with running_endpoint() as running:
        urls = {"url": running.url, "stripe_url": running.url}
        assert client.answered("PUT", "/control/webhooks", urls).status == 200
        yield running


@pytest.fixture
def desk(client: Client) -> Desk:
    return Desk(client)


def pay_out(client: Client, **body: Any) -> Reply:
    wanted = {"processor": "stripe", "currency": "USD"} | body
    return client.answered("POST", "/control/payouts", wanted)


def made(client: Client, **body: Any) -> Any:
    reply = pay_out(client, **body)
    assert reply.status == 200, reply.body
    return reply.json


def events(client: Client, endpoint: Endpoint) -> list[Any]:
    """Every event that was sent, in order."""
    client.processor.deliver_due()
    return endpoint.events


def payout_line(text: str) -> dict[str, str]:
    (line,) = [
        line for line in csv.DictReader(io.StringIO(text)) if line["reporting_category"] == "payout"
    ]
    return line


def test_payout__at_stripe__is_told_in_its_words(client: Client, endpoint: Endpoint) -> None:
    made(client, amount_minor=12_345, currency="EUR", reference="po_7")
    (event,) = events(client, endpoint)
    assert (event["type"], event["created"]) == ("payout.paid", 1_795_262_400)
    assert event["data"]["object"] == {
        "id": "po_7",
        "object": "payout",
        "amount": 12_345,
        # Midnight of that day.
        "arrival_date": 1_795_219_200,
        "automatic": True,
        "balance_transaction": None,
        "created": 1_795_262_400,
        "currency": "eur",
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "reconciliation_status": "completed",
        "status": "paid",
        "type": "bank_account",
    }


def test_payout__at_stripe__is_signed_as_stripe_does(client: Client, endpoint: Endpoint) -> None:
    made(client, amount_minor=1)
    client.processor.deliver_due()
    ((headers, body),) = endpoint.received
    secret = client.processor.credentials.stripe_webhook_secret
    assert stripe.WebhookSignature.verify_header(
        body.decode(), headers["Stripe-Signature"], secret, tolerance=None
    )


def test_payout__of_the_native_face__is_told_in_its_own_json(
    client: Client, endpoint: Endpoint
) -> None:
    shown = made(client, processor="native", amount_minor=700)
    (event,) = events(client, endpoint)
    assert (event["type"], event["data"]) == ("payout.paid", {"object": shown, "charge": None})
    assert shown == {
        "id": shown["id"],
        "object": "payout",
        "amount_minor": 700,
        "currency": "USD",
        "status": "paid",
        "created_at": "2026-11-21T12:00:00.000000Z",
    }
    assert HEADER in endpoint.received[0][0]


@pytest.mark.parametrize(
    ("status", "type"),
    [
        ("pending", "payout.created"),
        ("in_transit", "payout.updated"),
        ("paid", "payout.paid"),
        ("failed", "payout.failed"),
        ("canceled", "payout.canceled"),
    ],
)
def test_status__has_its_event(client: Client, endpoint: Endpoint, status: str, type: str) -> None:
    made(client, amount_minor=1, status=status)
    made(client, processor="native", amount_minor=1, status=status)
    at_stripe, native = sorted(events(client, endpoint), key=lambda each: "livemode" not in each)
    assert (at_stripe["type"], native["type"]) == (type, f"payout.{status}")
    assert at_stripe["data"]["object"]["status"] == native["data"]["object"]["status"] == status


def test_payout__that_failed__says_why(client: Client, endpoint: Endpoint) -> None:
    made(client, amount_minor=1, status="failed")
    (event,) = events(client, endpoint)
    assert event["data"]["object"]["failure_code"] == "could_not_process"


def test_payout__by_default__is_that_of_the_latest_file(client: Client, desk: Desk) -> None:
    desk.charge("stripe", "pay_1")
    line = payout_line(desk.text("stripe"))
    shown = made(client)
    assert (shown["id"], shown["amount_minor"]) == (line["automatic_payout_id"], CHARGED_NET)
    assert line["net"] == "-48.25"


def test_payout__of_a_later_file__is_the_one(client: Client, desk: Desk) -> None:
    desk.charges("stripe", 1)
    desk.text("stripe")
    desk.charge("stripe", "pay_2")
    line = payout_line(desk.text("stripe"))
    shown = made(client)
    assert (shown["id"], shown["amount_minor"]) == (line["source_id"], 2 * CHARGED_NET)


def test_payout__of_wrong_totals__is_what_was_really_paid(client: Client, desk: Desk) -> None:
    desk.charge("stripe", "pay_1")
    assert payout_line(desk.text("stripe", wrong_totals=True))["net"] == "-48.26"
    assert made(client)["amount_minor"] == CHARGED_NET


def test_payout__of_the_native_face__is_that_of_its_adyen_file(client: Client, desk: Desk) -> None:
    desk.charge("native", "pay_1")
    desk.text("native")
    assert pay_out(client, processor="native").status == 400
    lines = list(csv.DictReader(io.StringIO(desk.text("adyen"))))
    shown = made(client, processor="native")
    assert (shown["id"], shown["amount_minor"]) == (
        lines[-1]["Modification Reference"],
        CHARGED_NET,
    )


def test_payout__of_a_face_in_another_one_s_format__is_not_taken(
    client: Client, desk: Desk
) -> None:
    desk.charge("stripe", "pay_1")
    desk.text("adyen", processor="stripe")
    assert pay_out(client).status == 400


def test_file__that_comes_to_less_than_nothing__pays_nothing_out(
    client: Client, desk: Desk
) -> None:
    charge = desk.charge("stripe", "pay_1")
    desk.text("stripe")
    desk.act(f"charges/{charge}/refund", amount_minor=5_000)
    # Nor does what the file before it came to count any more.
    desk.text("stripe")
    assert pay_out(client).status == 400


def test_payout__of_another_currency__is_not_that_of_the_file(client: Client, desk: Desk) -> None:
    desk.charge("stripe", "pay_1")
    desk.text("stripe")
    reply = pay_out(client, currency="EUR")
    assert (reply.status, reply.code) == (400, "invalid_request")


def test_amount__that_is_given__is_said_of_the_file_s_payout(client: Client, desk: Desk) -> None:
    desk.charge("stripe", "pay_1")
    line = payout_line(desk.text("stripe"))
    shown = made(client, amount_minor=1)
    assert (shown["id"], shown["amount_minor"]) == (line["automatic_payout_id"], 1)


def test_payout__once_more__is_the_same_one(
    client: Client, endpoint: Endpoint, clock: HandClock
) -> None:
    made(client, amount_minor=900, reference="po_1")
    clock.pass_by(86_400)
    made(client, reference="po_1", status="failed")
    paid, failed = [event["data"]["object"] for event in events(client, endpoint)]
    changed = {"status", "failure_code", "failure_message"}
    assert {name for name in paid if paid[name] != failed[name]} == changed


def test_payouts__without_a_reference__are_different_ones(client: Client) -> None:
    ids = {made(client, amount_minor=1)["id"] for _ in range(3)}
    assert len(ids) == 3


def test_payout__is_known_by_its_face_as_well(client: Client) -> None:
    made(client, amount_minor=1, reference="po_1")
    assert pay_out(client, processor="native", reference="po_1").status == 400


def test_payout__changes_no_charge(client: Client, desk: Desk) -> None:
    desk.charge("stripe", "pay_1")
    before = client.answered("GET", "/control/record").json
    made(client, amount_minor=1)
    assert client.answered("GET", "/control/record").json == before


def test_reset__forgets_files_and_payouts(client: Client, desk: Desk) -> None:
    desk.charge("stripe", "pay_1")
    desk.text("stripe")
    made(client, amount_minor=5, reference="po_1")
    client.answered("POST", "/control/reset")
    assert pay_out(client).status == 400
    assert pay_out(client, reference="po_1").status == 400


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"processor": "paypal"}, "processor must be one of: native, stripe"),
        ({"processor": None}, "processor must be a text of 1 to 2000 characters"),
        ({"currency": "usd"}, "currency must be three upper-case letters"),
        ({"amount_minor": 0}, "amount_minor must be a whole number from 1 to"),
        ({"amount_minor": 1.5}, "amount_minor must be a whole number from 1 to"),
        ({"reference": "po 1"}, "reference must be 1 to 255 visible ASCII characters"),
        ({"status": "lost"}, "status must be one of: pending, in_transit, paid, failed, canceled"),
        ({"amount": 1}, "amount"),
        ({"reference": "po_1"}, "amount_minor is needed"),
    ],
)
def test_call__that_cannot_be_carried_out__says_why(
    client: Client, endpoint: Endpoint, body: dict[str, Any], said: str
) -> None:
    usual = {"amount_minor": 1} if "reference" not in body or body["reference"] != "po_1" else {}
    reply = pay_out(client, **(usual | body))
    assert (reply.status, reply.code) == (400, "invalid_request")
    assert said in reply.json["error"]["message"]
    assert events(client, endpoint) == []
