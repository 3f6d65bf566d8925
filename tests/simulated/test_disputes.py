"""Disputes at the processor: decided by hand, told in events, and in the way of refunds."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulated.client import Client, Reply
from tests.simulated.endpoint import Endpoint, running_endpoint


@pytest.fixture
def endpoint(client: Client) -> Iterator[Endpoint]:
    with running_endpoint() as running:
        client.answered("PUT", "/control/webhooks", {"url": running.url})
        yield running


def dispute(client: Client, charge_id: str, **body: Any) -> Reply:
    return client.answered("POST", f"/control/charges/{charge_id}/disputes", body)


def decide(client: Client, dispute_id: str, outcome: str) -> Reply:
    return client.answered("POST", f"/control/disputes/{dispute_id}", {"outcome": outcome})


def test_dispute__of_a_part__is_open(client: Client) -> None:
    charge = client.charged().json
    opened = dispute(client, charge["id"], amount_minor=1200, reason="duplicate")
    assert opened.json == {
        "id": opened.json["id"],
        "object": "dispute",
        "status": "open",
        "charge_id": charge["id"],
        "amount_minor": 1200,
        "currency": "USD",
        "reason": "duplicate",
        "payment_id": "pay_1",
        "created_at": "2026-11-21T12:00:00.000000Z",
    }


def test_dispute__no_amount__is_of_what_is_left(client: Client) -> None:
    charge = client.charged().json
    client.moved(charge["id"], "refund", key="re_1", amount_minor=2000)
    opened = dispute(client, charge["id"]).json
    assert (opened["amount_minor"], opened["reason"]) == (3000, "fraudulent")


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_dispute__decided__says_so(client: Client, outcome: str) -> None:
    opened = dispute(client, client.charged().json["id"]).json
    assert decide(client, opened["id"], outcome).json == {**opened, "status": outcome}


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_events__of_a_dispute__hold_it_and_its_charge(
    client: Client, endpoint: Endpoint, outcome: str
) -> None:
    charge = client.charged().json
    opened = dispute(client, charge["id"]).json
    decided = decide(client, opened["id"], outcome).json
    client.processor.deliver_due()
    assert endpoint.types == ["charge.succeeded", "dispute.opened", f"dispute.{outcome}"]
    assert [event["data"]["object"] for event in endpoint.events[1:]] == [opened, decided]
    assert endpoint.events[1]["data"]["charge"] == charge


@pytest.mark.parametrize("outcome", [None, "lost"])
def test_refund__dispute_is_open_or_lost__is_refused(client: Client, outcome: str | None) -> None:
    charge_id = client.charged().json["id"]
    opened = dispute(client, charge_id, amount_minor=1).json
    if outcome:
        decide(client, opened["id"], outcome)
    reply = client.moved(charge_id, "refund", key="re_1", amount_minor=1)
    assert (reply.status, reply.code) == (409, "charge_disputed")
    assert client.found("pay_1")["refunded_minor"] == 0


def test_refund__dispute_was_won__is_done(client: Client) -> None:
    charge_id = client.charged().json["id"]
    decide(client, dispute(client, charge_id).json["id"], "won")
    assert client.moved(charge_id, "refund", key="re_1").json["status"] == "succeeded"


def test_dispute__of_what_is_disputed_already__is_409(client: Client) -> None:
    charge_id = client.charged().json["id"]
    dispute(client, charge_id)
    assert dispute(client, charge_id).code == "charge_disputed"


def test_dispute__of_more_than_is_left__is_409(client: Client) -> None:
    charge_id = client.charged().json["id"]
    assert dispute(client, charge_id, amount_minor=5001).code == "amount_too_large"


def test_dispute__of_what_is_not_captured__is_409(client: Client) -> None:
    charge_id = client.charged(manual=True).json["id"]
    assert dispute(client, charge_id).code == "charge_not_captured"


def test_dispute__decided_twice__is_409(client: Client) -> None:
    opened = dispute(client, client.charged().json["id"]).json
    decide(client, opened["id"], "won")
    assert decide(client, opened["id"], "lost").code == "dispute_closed"


@pytest.mark.parametrize("path", ["charges/ch_nobody/disputes", "disputes/dp_nobody"])
def test_dispute__of_nothing__is_404(client: Client, path: str) -> None:
    body = {} if "charges" in path else {"outcome": "won"}
    assert client.answered("POST", f"/control/{path}", body).status == 404


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"outcome": "drawn"}, "outcome must be won or lost"),
        ({}, "outcome must be a text of 1 to 2000 characters"),
    ],
)
def test_outcome__that_is_none__is_400(client: Client, body: Any, said: str) -> None:
    opened = dispute(client, client.charged().json["id"]).json
    reply = client.answered("POST", f"/control/disputes/{opened['id']}", body)
    assert (reply.status, reply.json["error"]["message"]) == (400, said)
