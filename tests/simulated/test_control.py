"""What tests and people can tell the processor, and what they are told."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulated.client import Client, HandClock
from tests.simulated.endpoint import Endpoint, running_endpoint


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with running_endpoint() as running:
        yield running


def act(client: Client, path: str, **body: Any) -> Any:
    reply = client.answered("POST", f"/control/{path}", body)
    assert reply.status == 200, reply.body
    return reply.json


@pytest.mark.parametrize(("manual", "status"), [(False, "succeeded"), (True, "authorized")])
def test_approve__what_requires_an_action(client: Client, manual: bool, status: str) -> None:
    charge_id = client.charged("requires_action", manual=manual).json["id"]
    assert act(client, f"charges/{charge_id}/approve")["status"] == status
    assert client.found("pay_1")["status"] == status
    assert client.found("pay_1")["next_action"] is None


def test_decline__what_requires_an_action__with_a_code(client: Client) -> None:
    charge_id = client.charged("requires_action").json["id"]
    declined = act(client, f"charges/{charge_id}/decline", code="lost_card")
    assert (declined["status"], declined["decline"]["code"]) == ("declined", "lost_card")


@pytest.mark.parametrize("plan", ["requires_action", "approve"])
def test_expire__what_is_open(client: Client, plan: str) -> None:
    charge_id = client.charged(plan, manual=True).json["id"]
    assert act(client, f"charges/{charge_id}/expire")["status"] == "expired"


def test_decision__too_late__is_409_and_shows_the_charge(client: Client) -> None:
    charge = client.charged("approve").json
    reply = client.answered("POST", f"/control/charges/{charge['id']}/decline", {})
    assert (reply.status, reply.code) == (409, "charge_captured")
    assert reply.json["charge"] == charge


@pytest.mark.parametrize("kind", ["capture", "void", "refund"])
def test_dashboard__has_no_key_and_the_charges_payment(client: Client, kind: str) -> None:
    charge_id = client.charged("approve", manual=kind != "refund").json["id"]
    made = act(client, f"charges/{charge_id}/{kind}")
    assert made["object"] == kind
    assert (made["idempotency_key"], made["payment_id"]) == (None, "pay_1")
    assert (made["status"], made["amount_minor"]) == ("succeeded", 5000)


def test_dashboard__refund_of_a_part(client: Client) -> None:
    charge_id = client.charged("approve").json["id"]
    assert act(client, f"charges/{charge_id}/refund", amount_minor=1200)["amount_minor"] == 1200
    assert client.found("pay_1")["refunded_minor"] == 1200


def test_operation__pending_refund_fails__nothing_is_refunded(client: Client) -> None:
    charge_id = client.charged("approve__refund_pending").json["id"]
    client.moved(charge_id, "refund", key="re_1")
    ended = act(client, "operations/re_1/fail", code="account_closed")
    assert (ended["status"], ended["failure"]["code"]) == ("failed", "account_closed")
    assert client.found("pay_1")["refunded_minor"] == 0


@pytest.mark.parametrize(("end", "status"), [("succeed", "authorized"), ("fail", "declined")])
def test_operation__pending_charge__ends_as_told(client: Client, end: str, status: str) -> None:
    client.charged("pending", manual=True)
    assert act(client, f"operations/pay_1/{end}")["status"] == status


def test_operation__ended_by_hand__does_not_end_again_by_itself(
    client: Client, clock: HandClock
) -> None:
    charge_id = client.charged("approve__refund_pending").json["id"]
    client.moved(charge_id, "refund", key="re_1")
    act(client, "operations/re_1/fail")
    clock.pass_by(3600)
    assert client.found("re_1")["status"] == "failed"


def test_operation__not_pending__is_409(client: Client) -> None:
    client.charged("approve")
    assert client.answered("POST", "/control/operations/pay_1/fail").code == "not_pending"


def test_operation__nobody_sent_it__is_404(client: Client) -> None:
    assert client.answered("POST", "/control/operations/pay_1/succeed").status == 404


@pytest.mark.parametrize(("back", "now"), [(20, "12:00:41"), (61, "12:00:00"), (90, "12:00:00")])
def test_clock__set_back__but_never_behind_the_time_of_day(
    client: Client, back: int, now: str
) -> None:
    act(client, "clock", advance_seconds=61)
    assert act(client, "clock", back_seconds=back) == {"now": f"2026-11-21T{now}.000000Z"}


def test_clock__advanced__lands_what_is_under_way(client: Client) -> None:
    client.charge("lands_later")
    moved = act(client, "clock", advance_seconds=61)
    assert moved == {"now": "2026-11-21T12:01:01.000000Z"}
    assert client.found("pay_1")["created_at"] == "2026-11-21T12:01:00.000000Z"


def test_record__holds_every_charge_with_what_was_done_and_every_send(client: Client) -> None:
    charge_id = client.charged("approve__refund_timeout_after").json["id"]
    client.move(charge_id, "refund", key="re_1", amount_minor=100)
    client.moved(charge_id, "refund", key="re_1", amount_minor=100)
    client.charged("decline_x", key="pay_2")
    client.charged("error_after", key="pay_3")
    record = client.answered("GET", "/control/record").json
    first, second, third = record["charges"]
    assert first == {
        **client.found("pay_1"),
        "face": "simulated",
        "captures": [],
        "voids": [],
        "refunds": [client.found("re_1")],
    }
    assert (second["status"], third["status"]) == ("declined", "succeeded")
    path = f"/v1/charges/{charge_id}/refunds"
    assert [(send["key"], send["path"], send["status"]) for send in record["sends"]] == [
        ("pay_1", "/v1/charges", 201),
        ("re_1", path, None),
        ("re_1", path, 201),
        ("pay_2", "/v1/charges", 402),
        ("pay_3", "/v1/charges", 500),
    ]
    assert record["sends"][0]["at"] == "2026-11-21T12:00:00.000000Z"


def test_reset__forgets_all_but_the_webhooks_settings(client: Client, endpoint: Endpoint) -> None:
    client.answered("PUT", "/control/webhooks", {"url": endpoint.url})
    client.charged("approve")
    act(client, "clock", advance_seconds=60)
    act(client, "reset")
    assert client.answered("GET", "/control/record").json == {"charges": [], "sends": []}
    assert client.answered("GET", "/control/events").json == {"data": []}
    assert client.charged("decline_x").json["created_at"] == "2026-11-21T12:00:00.000000Z"
    client.processor.deliver_due()
    assert endpoint.types == ["charge.declined"]


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("PUT", "webhooks", {"url": "ftp://x"}, "url must be an http or https URL"),
        ("PUT", "webhooks", {"url": 5}, "url must be a text of 1 to 2000 characters"),
        ("PUT", "webhooks", {"url": "http://[x"}, "url must be an http or https URL"),
        ("PUT", "webhooks", {"enabled": 1}, "enabled must be true or false"),
        ("PUT", "webhooks", {"copies": 0}, "copies must be a whole number from 1 to 10"),
        ("PUT", "webhooks", {"delay": 1}, "there is no field delay"),
        ("POST", "clock", {}, "advance_seconds must be a whole number from 0 to 31622400"),
        ("POST", "clock", {"advance_seconds": -1}, "advance_seconds must be a whole number"),
        ("POST", "charges/ch_1/decline", {"code": "No!"}, "code must be of lower-case letters"),
        ("POST", "charges/ch_1/void", {"amount_minor": 1}, "there is no field amount_minor"),
        ("POST", "operations/x/succeed", {"code": "x"}, "there is no field code"),
    ],
)
def test_control__bad_input__is_400_and_says_what(
    client: Client, method: str, path: str, body: Any, said: str
) -> None:
    reply = client.answered(method, f"/control/{path}", body)
    assert (reply.status, reply.code) == (400, "invalid_request")
    assert reply.json["error"]["message"].startswith(said)


@pytest.mark.parametrize("path", ["/control/nothing", "/control/charges/ch_1/dance"])
def test_control__unknown_path__is_404(client: Client, path: str) -> None:
    assert client.answered("POST", path, {}).status == 404


def test_page__asks_the_customer_and_takes_the_answer(client: Client) -> None:
    charge_id = client.charged("requires_action").json["id"]
    shown = client.answered("GET", f"/action/{charge_id}")
    assert shown.headers["Content-Type"] == "text/html; charset=utf-8"
    assert f'action="/action/{charge_id}/approve"' in shown.body.decode()
    decided = client.answered("POST", f"/action/{charge_id}/approve", b"")
    assert (decided.status, "succeeded" in decided.body.decode()) == (200, True)
    assert client.found("pay_1")["status"] == "succeeded"


def test_page__customer_declines__is_declined(client: Client) -> None:
    charge_id = client.charged("requires_action").json["id"]
    client.answered("POST", f"/action/{charge_id}/decline", b"")
    assert client.found("pay_1")["decline"]["code"] == "authentication_failed"


def test_page__decided_twice__is_409_and_stays(client: Client) -> None:
    charge_id = client.charged("requires_action").json["id"]
    client.answered("POST", f"/action/{charge_id}/approve", b"")
    assert client.answered("POST", f"/action/{charge_id}/decline", b"").status == 409
    assert client.found("pay_1")["status"] == "succeeded"


def test_page__of_no_charge__is_404(client: Client) -> None:
    assert client.answered("GET", "/action/ch_nobody").status == 404
