"""Authorizations, captures and refunds: what can be done to them, and what is refused how."""

from typing import Any

import pytest

from tests.simulated.client import Client, HandClock
from tests.simulated.paypal_client import PayPal, issue, usd

UNPROCESSABLE = (422, "UNPROCESSABLE_ENTITY")


@pytest.fixture
def paypal(client: Client) -> PayPal:
    return PayPal(client)


def shown(paypal: PayPal, kind: str, name: str) -> Any:
    reply = paypal.answered("GET", f"/v2/payments/{kind}/{name}")
    assert reply.status == 200, reply.body
    return reply.json


def capture(paypal: PayPal, authorization_id: str, body: Any = None, *, key: str = "cap_1") -> Any:
    reply = paypal.act(authorization_id, "capture", body, key=key, full=True)
    assert reply.status == 201, reply.body
    return reply.json


def test_authorization__says_what_it_is_of_and_until_when(paypal: PayPal) -> None:
    order_id, authorization_id = paypal.authorized(invoice_id="inv_1")
    authorization = shown(paypal, "authorizations", authorization_id)
    assert {
        name: authorization[name]
        for name in ("status", "amount", "custom_id", "invoice_id", "expiration_time")
    } == {
        "status": "CREATED",
        "amount": usd("50.00"),
        "custom_id": "pay_1",
        "invoice_id": "inv_1",
        "expiration_time": "2026-11-28T12:00:00Z",
    }
    assert authorization["supplementary_data"] == {"related_ids": {"order_id": order_id}}
    assert [link["rel"] for link in authorization["links"]] == ["self", "capture", "void", "up"]


def test_capture__of_nothing_said__is_of_everything(paypal: PayPal) -> None:
    order_id, authorization_id = paypal.authorized()
    captured = capture(paypal, authorization_id)
    assert (captured["status"], captured["amount"]) == ("COMPLETED", usd("50.00"))
    assert captured["supplementary_data"]["related_ids"] == {
        "order_id": order_id,
        "authorization_id": authorization_id,
    }
    payments = paypal.payments(order_id)
    assert payments["authorizations"][0]["status"] == "CAPTURED"
    assert payments["captures"] == [captured]
    assert shown(paypal, "captures", captured["id"]) == captured


def test_capture__of_a_part__is_of_that_part(paypal: PayPal) -> None:
    order_id, authorization_id = paypal.authorized()
    body = {"amount": usd("30.00"), "final_capture": True, "invoice_id": "inv_c"}
    captured = capture(paypal, authorization_id, body)
    assert (captured["amount"], captured["invoice_id"]) == (usd("30.00"), "inv_c")
    assert len(paypal.payments(order_id)["captures"]) == 1


def test_capture__of_a_part_that_is_not_final__is_refused(paypal: PayPal) -> None:
    _, authorization_id = paypal.authorized()
    reply = paypal.act(authorization_id, "capture", {"amount": usd("30.00")})
    assert issue(reply) == (*UNPROCESSABLE, "PARTIAL_CAPTURE_MUST_BE_FINAL")
    assert shown(paypal, "authorizations", authorization_id)["status"] == "CREATED"


def test_capture__least_answer__has_no_amount(paypal: PayPal) -> None:
    _, authorization_id = paypal.authorized()
    reply = paypal.act(authorization_id, "capture", {})
    assert (reply.status, set(reply.json)) == (201, {"id", "status", "links"})


@pytest.mark.parametrize(
    ("before", "body", "expected"),
    [
        ("capture", {}, "AUTHORIZATION_ALREADY_CAPTURED"),
        ("void", {}, "AUTHORIZATION_VOIDED"),
        (None, {"amount": usd("50.01")}, "MAX_CAPTURE_AMOUNT_EXCEEDED"),
        (
            None,
            {"amount": {"currency_code": "EUR", "value": "50.00"}},
            "AUTH_CAPTURE_CURRENCY_MISMATCH",
        ),
        (None, {"amount": usd("0.00")}, "CANNOT_BE_ZERO_OR_NEGATIVE"),
    ],
)
def test_capture__not_allowed__is_an_issue(
    paypal: PayPal, before: str | None, body: Any, expected: str
) -> None:
    _, authorization_id = paypal.authorized()
    if before is not None:
        assert paypal.act(authorization_id, before, key="before").status in {201, 204}
    assert issue(paypal.act(authorization_id, "capture", body)) == (*UNPROCESSABLE, expected)


@pytest.mark.parametrize("action", ["capture", "void"])
def test_authorization__that_expired__cannot_be_acted_on(
    paypal: PayPal, clock: HandClock, action: str
) -> None:
    _, authorization_id = paypal.authorized()
    clock.pass_by(7 * 86_400)
    assert shown(paypal, "authorizations", authorization_id)["status"] == "EXPIRED"
    reply = paypal.act(authorization_id, action)
    assert issue(reply) == (*UNPROCESSABLE, "AUTHORIZATION_EXPIRED")


def test_authorization__pending__cannot_be_captured_yet(paypal: PayPal) -> None:
    _, authorization_id = paypal.authorized("pending")
    assert shown(paypal, "authorizations", authorization_id)["status"] == "PENDING"
    reply = paypal.act(authorization_id, "capture", {})
    assert issue(reply) == (*UNPROCESSABLE, "INVALID_AUTHORIZATION_STATUS")


def test_capture__declined__is_an_issue_and_leaves_it_authorized(paypal: PayPal) -> None:
    order_id, authorization_id = paypal.authorized("approve__capture_decline_x")
    reply = paypal.act(authorization_id, "capture", {})
    assert issue(reply) == (*UNPROCESSABLE, "INSTRUMENT_DECLINED")
    payments = paypal.payments(order_id)
    assert payments["authorizations"][0]["status"] == "CREATED"
    (declined,) = payments["captures"]
    assert declined["status"] == "DECLINED"
    refund = paypal.refunded(declined["id"])
    assert issue(refund) == (*UNPROCESSABLE, "REFUND_NOT_ALLOWED")


def test_capture__pending__ends_a_minute_later(paypal: PayPal, clock: HandClock) -> None:
    _, authorization_id = paypal.authorized("approve__capture_pending")
    pending = capture(paypal, authorization_id)
    assert pending["status"] == "PENDING"
    assert issue(paypal.refunded(pending["id"])) == (*UNPROCESSABLE, "PENDING_CAPTURE")
    voided = paypal.act(authorization_id, "void")
    assert issue(voided) == (409, "RESOURCE_CONFLICT", "PREVIOUS_REQUEST_IN_PROGRESS")
    clock.pass_by(60)
    assert shown(paypal, "captures", pending["id"])["status"] == "COMPLETED"


@pytest.mark.parametrize(
    ("before", "expected"), [("capture", "PREVIOUSLY_CAPTURED"), ("void", "PREVIOUSLY_VOIDED")]
)
def test_void__not_allowed__is_an_issue(paypal: PayPal, before: str, expected: str) -> None:
    _, authorization_id = paypal.authorized()
    paypal.act(authorization_id, before, key="before")
    assert issue(paypal.act(authorization_id, "void")) == (*UNPROCESSABLE, expected)


def test_void__failed__is_an_issue(paypal: PayPal) -> None:
    _, authorization_id = paypal.authorized("approve__void_decline_x")
    reply = paypal.act(authorization_id, "void")
    assert issue(reply) == (*UNPROCESSABLE, "CANNOT_BE_VOIDED")


def test_void__pending__is_the_authorization_as_it_still_is(
    paypal: PayPal, clock: HandClock
) -> None:
    _, authorization_id = paypal.authorized("approve__void_pending")
    reply = paypal.act(authorization_id, "void", key="void_1")
    assert (reply.status, reply.json["status"]) == (200, "CREATED")
    clock.pass_by(60)
    assert shown(paypal, "authorizations", authorization_id)["status"] == "VOIDED"
    assert paypal.act(authorization_id, "void", key="void_1").body == reply.body


@pytest.mark.parametrize(
    ("action", "body"),
    [("capture", {"amount": usd("30.00"), "final_capture": True}), ("void", None)],
)
def test_authorization__same_request_id__is_the_same_answer(
    paypal: PayPal, action: str, body: Any
) -> None:
    _, authorization_id = paypal.authorized()
    first, again = (
        paypal.act(authorization_id, action, body, key="k", full=True) for _ in range(2)
    )
    assert first.status in {200, 201}
    assert (again.status, again.body) == (first.status, first.body)


def test_capture__same_request_id__is_as_it_was_though_it_was_refunded(paypal: PayPal) -> None:
    _, authorization_id = paypal.authorized()
    first = capture(paypal, authorization_id)
    assert paypal.refunded(first["id"]).status == 201
    assert capture(paypal, authorization_id) == first
    assert shown(paypal, "captures", first["id"])["status"] == "REFUNDED"


def test_capture__same_request_id_other_amount__is_refused(paypal: PayPal) -> None:
    _, authorization_id = paypal.authorized()
    capture(paypal, authorization_id)
    body = {"amount": usd("30.00"), "final_capture": True}
    reply = paypal.act(authorization_id, "capture", body, key="cap_1")
    assert issue(reply) == (*UNPROCESSABLE, "DUPLICATE_REQUEST_ID")


def test_request_id__of_a_capture__does_not_do_for_a_refund(paypal: PayPal) -> None:
    _, authorization_id = paypal.authorized()
    captured = capture(paypal, authorization_id, key="k")
    reply = paypal.refunded(captured["id"], key="k")
    assert issue(reply) == (*UNPROCESSABLE, "DUPLICATE_REQUEST_ID")


def test_refund__is_shown_with_the_order(paypal: PayPal) -> None:
    order_id, capture_id = paypal.captured()
    body = {"amount": usd("20.00"), "custom_id": "re_1"}
    refund = paypal.refunded(capture_id, body, key="re_1", full=True)
    assert refund.status == 201
    assert (refund.json["status"], refund.json["amount"], refund.json["custom_id"]) == (
        "COMPLETED", usd("20.00"), "re_1"
    )  # fmt: skip
    payments = paypal.payments(order_id)
    assert payments["refunds"] == [refund.json]
    assert payments["captures"][0]["status"] == "PARTIALLY_REFUNDED"
    assert shown(paypal, "refunds", refund.json["id"]) == refund.json


def test_refund__of_nothing_said__is_of_what_is_left(paypal: PayPal) -> None:
    _, capture_id = paypal.captured()
    paypal.refunded(capture_id, {"amount": usd("20.00")})
    rest = paypal.refunded(capture_id, full=True)
    assert rest.json["amount"] == usd("30.00")
    # PayPal's refund has its capture's custom_id, if it was given none.
    assert rest.json["custom_id"] == "pay_1"
    assert shown(paypal, "captures", capture_id)["status"] == "REFUNDED"


def test_refund__of_an_authorization_that_was_captured__is_of_its_capture(paypal: PayPal) -> None:
    _, authorization_id = paypal.authorized()
    captured = capture(paypal, authorization_id)
    refund = paypal.refunded(captured["id"], full=True).json
    (up,) = [link["href"] for link in refund["links"] if link["rel"] == "up"]
    assert up == f"{paypal.url}/v2/payments/captures/{captured['id']}"


def test_refund__same_request_id__is_made_once(paypal: PayPal) -> None:
    order_id, capture_id = paypal.captured()
    body = {"amount": usd("20.00")}
    first, again = (paypal.refunded(capture_id, body, key="re_1", full=True) for _ in range(2))
    assert (again.status, again.body) == (first.status, first.body)
    assert len(paypal.payments(order_id)["refunds"]) == 1


def test_refund__without_request_id__is_made_each_time(paypal: PayPal) -> None:
    order_id, capture_id = paypal.captured()
    for _ in range(2):
        assert paypal.refunded(capture_id, {"amount": usd("20.00")}).status == 201
    assert len(paypal.payments(order_id)["refunds"]) == 2


@pytest.mark.parametrize(
    ("before", "body", "expected"),
    [
        (None, {"amount": usd("50.01")}, "REFUND_AMOUNT_EXCEEDED"),
        ({"amount": usd("20.00")}, {"amount": usd("30.01")}, "REFUND_AMOUNT_EXCEEDED"),
        ({}, {"amount": usd("0.01")}, "CAPTURE_FULLY_REFUNDED"),
        ({}, {}, "CAPTURE_FULLY_REFUNDED"),
        (
            None,
            {"amount": {"currency_code": "EUR", "value": "1.00"}},
            "REFUND_CAPTURE_CURRENCY_MISMATCH",
        ),
    ],
)
def test_refund__not_allowed__is_an_issue(
    paypal: PayPal, before: Any, body: Any, expected: str
) -> None:
    _, capture_id = paypal.captured()
    if before is not None:
        assert paypal.refunded(capture_id, before).status == 201
    assert issue(paypal.refunded(capture_id, body)) == (*UNPROCESSABLE, expected)


def test_refund__without_funds__is_an_issue(paypal: PayPal) -> None:
    _, capture_id = paypal.captured("approve__refund_decline_insufficient_funds")
    reply = paypal.refunded(capture_id)
    assert issue(reply) == (*UNPROCESSABLE, "REFUND_FAILED_INSUFFICIENT_FUNDS")


def test_refund__failed_otherwise__is_a_failed_refund(paypal: PayPal) -> None:
    _, capture_id = paypal.captured("approve__refund_decline_x")
    reply = paypal.refunded(capture_id)
    assert (reply.status, reply.json["status"]) == (201, "FAILED")
    assert shown(paypal, "captures", capture_id)["status"] == "COMPLETED"


def test_refund__pending__ends_a_minute_later(paypal: PayPal, clock: HandClock) -> None:
    _, capture_id = paypal.captured("approve__refund_pending")
    refund = paypal.refunded(capture_id).json
    assert refund["status"] == "PENDING"
    clock.pass_by(60)
    assert shown(paypal, "refunds", refund["id"])["status"] == "COMPLETED"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"amount": usd("20.00")}, "CAPTURE_DISPUTED_PARTIAL_REFUND_NOT_ALLOWED"),
        ({}, "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK"),
    ],
)
def test_refund__of_a_disputed_capture__is_an_issue(
    paypal: PayPal, body: Any, expected: str
) -> None:
    order_id, capture_id = paypal.captured()
    paypal.client.answered("POST", f"/control/charges/{order_id}/disputes", {})
    assert issue(paypal.refunded(capture_id, body)) == (*UNPROCESSABLE, expected)


def test_refund__made_before_the_dispute__is_the_same_answer(paypal: PayPal) -> None:
    order_id, capture_id = paypal.captured()
    body = {"amount": usd("20.00")}
    first = paypal.refunded(capture_id, body, key="re_1")
    paypal.client.answered("POST", f"/control/charges/{order_id}/disputes", {})
    again = paypal.refunded(capture_id, body, key="re_1")
    assert (again.status, again.body) == (201, first.body)


@pytest.mark.parametrize("kind", ["authorizations", "captures", "refunds"])
def test_unknown_id__is_not_found(paypal: PayPal, kind: str) -> None:
    reply = paypal.answered("GET", f"/v2/payments/{kind}/2GG279541U471931P")
    assert issue(reply) == (404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")


def test_id_of_a_capture__is_none_of_an_authorization(paypal: PayPal) -> None:
    _, capture_id = paypal.captured()
    assert paypal.act(capture_id, "void").status == 404


def test_dashboard__refund__is_shown(paypal: PayPal) -> None:
    order_id, _ = paypal.captured()
    path = f"/control/charges/{order_id}/refund"
    assert paypal.client.answered("POST", path, {"amount_minor": 500}).status == 200
    (refund,) = paypal.payments(order_id)["refunds"]
    assert (refund["amount"], refund["status"]) == (usd("5.00"), "COMPLETED")
