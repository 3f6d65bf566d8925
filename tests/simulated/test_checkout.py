"""Checkout sessions: made in the processor's own JSON, paid or not on the hosted page."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.simulated.client import Client, HandClock, Reply
from tests.simulated.endpoint import Endpoint, running_endpoint

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def endpoint(client: Client) -> Iterator[Endpoint]:
    with running_endpoint() as running:
        client.answered("PUT", "/control/webhooks", {"url": running.url})
        yield running


def a_session(**more: Any) -> dict[str, Any]:
    return {
        "amount_minor": 5000,
        "currency": "USD",
        "success_url": "https://shop.test/paid?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://shop.test/basket",
        "payment_id": "pay_1",
        **more,
    }


def made(client: Client, key: str = "pay_1", **more: Any) -> Reply:
    return client.answered("POST", "/v1/checkout-sessions", a_session(**more), key=key)


def shown(client: Client, session_id: str) -> Any:
    return client.answered("GET", f"/v1/checkout-sessions/{session_id}").json


def page(client: Client, session_id: str) -> str:
    return client.answered("GET", f"/checkout/{session_id}").body.decode()


def press(client: Client, session_id: str, button: str, card: str = "pm_approve") -> Reply:
    form = f"payment_method={card}".encode() if button == "pay" else b""
    return client.answered("POST", f"/checkout/{session_id}/{button}", form, headers=FORM)


def test_session__made__is_open(client: Client) -> None:
    reply = made(client)
    session_id = reply.json["id"]
    assert reply.status == 201
    assert reply.json == {
        "id": session_id,
        "object": "checkout_session",
        "status": "open",
        "url": f"{client.processor.url}/checkout/{session_id}",
        "payment_id": "pay_1",
        "charge_id": None,
        "idempotency_key": "pay_1",
        "amount_minor": 5000,
        "currency": "USD",
        "expires_at": "2026-11-22T12:00:00.000000Z",
        "created_at": "2026-11-21T12:00:00.000000Z",
    }
    assert shown(client, session_id) == reply.json


def test_session__same_key__is_the_same(client: Client) -> None:
    assert made(client).body == made(client).body


def test_session__key_of_another_request__is_422(client: Client) -> None:
    made(client)
    assert made(client, amount_minor=5001).code == "idempotency_key_reused"


def test_look_up__of_its_key__finds_the_session_as_it_is_now(client: Client) -> None:
    session_id = made(client).json["id"]
    press(client, session_id, "pay")
    reply = client.look_up("pay_1")
    assert reply is not None
    assert reply.json["object"] == "checkout_session"
    assert reply.json["result"] == shown(client, session_id)
    assert reply.json["result"]["status"] == "complete"


def test_page__shows_amounts_in_major_units_and_what_is_bought(client: Client) -> None:
    items = [{"name": "Tea <strong>", "quantity": 3, "amount_minor": 1250}]
    text = page(client, made(client, amount_minor=3750, line_items=items).json["id"])
    assert "<td>3 x Tea &lt;strong&gt;</td><td>37.50 USD</td>" in text
    assert "To pay: <strong>37.50 USD</strong>" in text


@pytest.mark.parametrize(("currency", "text"), [("JPY", "5000 JPY"), ("KWD", "5.000 KWD")])
def test_page__currency_of_other_digits__is_written_with_those(
    client: Client, currency: str, text: str
) -> None:
    assert f"<strong>{text}</strong>" in page(client, made(client, currency=currency).json["id"])


def test_pay__goes_to_the_success_url_and_makes_the_charge(client: Client) -> None:
    session_id = made(client).json["id"]
    reply = press(client, session_id, "pay")
    assert (reply.status, reply.headers["Location"]) == (
        303,
        f"https://shop.test/paid?session={session_id}",
    )
    session = shown(client, session_id)
    charge = client.answered("GET", f"/v1/charges/{session['charge_id']}").json
    assert session["status"] == "complete"
    assert (charge["status"], charge["captured_minor"], charge["payment_id"]) == (
        "succeeded",
        5000,
        "pay_1",
    )
    assert (charge["idempotency_key"], charge["checkout_session_id"]) == (None, session_id)


def test_pay__captured_later__is_authorized(client: Client) -> None:
    session_id = made(client, capture="manual").json["id"]
    press(client, session_id, "pay")
    charge_id = shown(client, session_id)["charge_id"]
    assert client.answered("GET", f"/v1/charges/{charge_id}").json["status"] == "authorized"


def test_events__of_a_page_that_was_paid(client: Client, endpoint: Endpoint) -> None:
    session_id = made(client).json["id"]
    press(client, session_id, "pay", "pm_decline_card_declined")
    press(client, session_id, "pay")
    client.processor.deliver_due()
    assert endpoint.types == ["charge.succeeded", "checkout_session.completed"]
    completed = endpoint.events[1]["data"]
    assert completed["object"] == shown(client, session_id)
    assert completed["charge"]["id"] == completed["object"]["charge_id"]


def test_events__of_a_page_that_was_paid__and_captured_later__complete_it_once(
    client: Client, endpoint: Endpoint
) -> None:
    session_id = made(client, capture="manual").json["id"]
    press(client, session_id, "pay")
    client.moved(shown(client, session_id)["charge_id"], "capture", key="cap_1")
    client.processor.deliver_due()
    assert endpoint.types == [
        "charge.authorized",
        "checkout_session.completed",
        "capture.succeeded",
        "charge.succeeded",
    ]


def test_pay__twice__charges_once(client: Client) -> None:
    session_id = made(client).json["id"]
    press(client, session_id, "pay")
    again = press(client, session_id, "pay")
    assert (again.status, "is paid" in again.body.decode()) == (409, True)
    assert len(client.answered("GET", "/control/record").json["charges"]) == 1


def test_pay__declined__says_so_and_the_next_card_pays(client: Client) -> None:
    session_id = made(client).json["id"]
    reply = press(client, session_id, "pay", "pm_decline_card_declined")
    assert (reply.status, reply.headers["Location"]) == (303, f"/checkout/{session_id}/declined")
    told = client.answered("GET", reply.headers["Location"]).body.decode()
    assert "The card was declined" in told
    assert shown(client, session_id)["status"] == "open"
    press(client, session_id, "pay")
    assert shown(client, session_id)["status"] == "complete"


def test_pay__bank_asks__is_paid_once_it_is_approved(client: Client, endpoint: Endpoint) -> None:
    session_id = made(client).json["id"]
    bank = press(client, session_id, "pay", "pm_requires_action").headers["Location"]
    assert bank.startswith("/action/ch_")
    assert shown(client, session_id)["status"] == "open"
    approved = client.answered("POST", f"{bank}/approve", b"")
    assert (approved.status, approved.headers["Location"]) == (
        303,
        f"https://shop.test/paid?session={session_id}",
    )
    assert shown(client, session_id)["status"] == "complete"
    client.processor.deliver_due()
    assert endpoint.types == ["charge.succeeded", "checkout_session.completed"]


def test_pay__bank_declines__is_open_for_another_card(client: Client, endpoint: Endpoint) -> None:
    session_id = made(client).json["id"]
    bank = press(client, session_id, "pay", "pm_requires_action").headers["Location"]
    declined = client.answered("POST", f"{bank}/decline", b"")
    assert declined.headers["Location"] == f"/checkout/{session_id}/declined"
    assert client.processor.deliver_due() == 0
    press(client, session_id, "pay")
    assert shown(client, session_id)["status"] == "complete"


def test_pay__while_the_bank_asks__goes_to_the_bank_again(client: Client) -> None:
    session_id = made(client).json["id"]
    bank = press(client, session_id, "pay", "pm_requires_action").headers["Location"]
    assert press(client, session_id, "pay").headers["Location"] == bank
    assert len(client.answered("GET", "/control/record").json["charges"]) == 1


@pytest.mark.parametrize("form", [b"", b"payment_method=", b"payment_method=A%20B", b"x=1"])
def test_pay__no_card__is_400_and_stays_open(client: Client, form: bytes) -> None:
    session_id = made(client).json["id"]
    assert client.answered("POST", f"/checkout/{session_id}/pay", form).status == 400
    assert shown(client, session_id)["status"] == "open"


def test_cancel__goes_to_the_cancel_url_and_leaves_it_open(client: Client) -> None:
    session_id = made(client).json["id"]
    reply = press(client, session_id, "cancel")
    assert (reply.status, reply.headers["Location"]) == (303, "https://shop.test/basket")
    assert shown(client, session_id)["status"] == "open"


def test_session__a_day_later__is_expired_and_told(
    client: Client, clock: HandClock, endpoint: Endpoint
) -> None:
    session_id = made(client).json["id"]
    clock.pass_by(24 * 3600 - 1)
    assert shown(client, session_id)["status"] == "open"
    clock.pass_by(1)
    assert shown(client, session_id)["status"] == "expired"
    client.processor.deliver_due()
    (event,) = endpoint.events
    assert event["type"] == "checkout_session.expired"
    assert event["data"] == {"object": shown(client, session_id), "charge": None}


def test_sessions__that_expire_one_after_the_other__do_so_in_that_order(
    client: Client, clock: HandClock
) -> None:
    first = made(client).json["id"]
    press(client, first, "pay", "pm_requires_action")
    clock.pass_by(1)
    second = made(client, key="pay_2").json["id"]
    clock.pass_by(30 * 3600)
    assert shown(client, second)["status"] == "expired"
    happened = client.answered("GET", "/control/events").json["data"]
    assert [each["event"]["data"]["object"]["id"] for each in happened] == [first, second]


def test_pay__too_late__is_409_and_charges_nothing(client: Client, clock: HandClock) -> None:
    session_id = made(client).json["id"]
    clock.pass_by(24 * 3600)
    reply = press(client, session_id, "pay")
    assert (reply.status, "is expired" in reply.body.decode()) == (409, True)
    assert client.answered("GET", "/control/record").json["charges"] == []


def test_bank__asks_when_the_page_expires__cannot_be_approved_any_more(client: Client) -> None:
    session_id = made(client).json["id"]
    bank = press(client, session_id, "pay", "pm_requires_action").headers["Location"]
    client.answered("POST", f"/control/checkout-sessions/{session_id}/expire")
    assert client.answered("POST", f"{bank}/approve", b"").status == 409


def test_session__expires_when_it_was_asked_to(client: Client, clock: HandClock) -> None:
    session_id = made(client, expires_at="2026-11-21T12:30:00Z").json["id"]
    clock.now += timedelta(minutes=30)
    assert shown(client, session_id)["status"] == "expired"


def test_control__expires_an_open_session_once(client: Client) -> None:
    session_id = made(client).json["id"]
    path = f"/control/checkout-sessions/{session_id}/expire"
    assert client.answered("POST", path).json["status"] == "expired"
    assert client.answered("POST", path).code == "checkout_session_not_open"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"amount_minor": 0}, "amount_minor must be a whole number from 1 to"),
        ({"success_url": "ftp://x"}, "success_url must be an http or https URL"),
        ({"cancel_url": "https://x y"}, "cancel_url must be an http or https URL"),
        ({"capture": "later"}, "capture must be automatic or manual"),
        ({"line_items": "tea"}, "line_items must be a list of at most 100 objects"),
        ({"line_items": [{"name": "tea", "quantity": 1}]}, "amount_minor must be a whole number"),
        ({"metadata": {"a": 1}}, "metadata must be an object of at most 50 texts"),
        ({"expires_at": "soon"}, "expires_at must be an RFC 3339 time"),
        ({"expires_at": "2026-11-21T12:29:59Z"}, "expires_at must be 30 minutes to 24 hours ahead"),
        ({"expires_at": "2026-11-22T12:00:01Z"}, "expires_at must be 30 minutes to 24 hours ahead"),
        ({"colour": "red"}, "there is no field colour"),
    ],
)
def test_session__bad_field__is_400(client: Client, change: dict[str, Any], said: str) -> None:
    reply = made(client, **change)
    assert (reply.status, reply.code) == (400, "invalid_request")
    assert reply.json["error"]["message"].startswith(said)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/checkout-sessions/cs_nobody"),
        ("GET", "/checkout/cs_nobody"),
        ("POST", "/checkout/cs_nobody/pay"),
        ("GET", "/checkout/cs_nobody/pay"),
        ("POST", "/control/checkout-sessions/cs_nobody/expire"),
    ],
)
def test_session__of_nothing__is_404(client: Client, method: str, path: str) -> None:
    assert client.answered(method, path, {} if "control" in path else None).status == 404
