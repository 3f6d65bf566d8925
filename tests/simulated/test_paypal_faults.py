"""What goes wrong on demand, in PayPal's words: the same payment methods as at the other faces."""

from typing import Any

import pytest

from tests.simulated.client import Client, HandClock
from tests.simulated.paypal_client import PayPal, issue, usd

IN_PROGRESS = (409, "RESOURCE_CONFLICT", "PREVIOUS_REQUEST_IN_PROGRESS")


@pytest.fixture
def paypal(client: Client) -> PayPal:
    return PayPal(client)


def captures(paypal: PayPal, order_id: str) -> list[Any]:
    unit = paypal.shown(order_id)["purchase_units"][0]
    return list(unit.get("payments", {}).get("captures", []))


def test_timeout_before__nothing_happened_and_a_re_send_works(paypal: PayPal) -> None:
    order_id = paypal.order()
    assert paypal.pay(order_id, "timeout_before") is None
    assert captures(paypal, order_id) == []
    assert paypal.paid(order_id, "timeout_before").status == 201
    assert len(captures(paypal, order_id)) == 1


def test_timeout_after__it_happened_and_a_re_send_is_answered(paypal: PayPal) -> None:
    order_id = paypal.order()
    assert paypal.pay(order_id, "timeout_after") is None
    (capture,) = captures(paypal, order_id)
    again = paypal.paid(order_id, "timeout_after")
    assert again.json["purchase_units"][0]["payments"]["captures"] == [capture]


def test_lands_later__until_then_it_is_in_progress(paypal: PayPal, clock: HandClock) -> None:
    order_id = paypal.order()
    assert paypal.pay(order_id, "lands_later") is None
    assert captures(paypal, order_id) == []
    assert issue(paypal.paid(order_id, "lands_later")) == IN_PROGRESS
    assert issue(paypal.paid(order_id, "approve", key="other")) == IN_PROGRESS
    clock.pass_by(60)
    assert len(captures(paypal, order_id)) == 1
    assert paypal.paid(order_id, "lands_later").status == 201
    other = paypal.paid(order_id, "approve", key="other")
    assert issue(other) == (422, "UNPROCESSABLE_ENTITY", "ORDER_ALREADY_CAPTURED")


def test_re_send_of_what_got_lost__after_another_key_paid__is_refused(paypal: PayPal) -> None:
    order_id = paypal.order()
    assert paypal.pay(order_id, "timeout_before", key="lost") is None
    assert paypal.paid(order_id, "approve", key="second").status == 201
    again = paypal.paid(order_id, "timeout_before", key="lost")
    assert issue(again) == (422, "UNPROCESSABLE_ENTITY", "ORDER_ALREADY_CAPTURED")
    assert len(captures(paypal, order_id)) == 1


@pytest.mark.parametrize(("behaviour", "made"), [("error_before", 0), ("error_after", 1)])
def test_error__is_paypals_500_and_stays(paypal: PayPal, behaviour: str, made: int) -> None:
    order_id = paypal.order()
    for _ in range(2):
        reply = paypal.paid(order_id, behaviour)
        assert (reply.status, reply.json["name"]) == (500, "INTERNAL_SERVER_ERROR")
    assert len(captures(paypal, order_id)) == made


def test_rate_limited__is_paypals_429_and_a_re_send_works(paypal: PayPal) -> None:
    order_id = paypal.order()
    reply = paypal.paid(order_id, "rate_limited")
    assert (reply.status, reply.json["name"]) == (429, "RATE_LIMIT_REACHED")
    assert reply.headers["Retry-After"] == "1"
    assert captures(paypal, order_id) == []
    assert paypal.paid(order_id, "rate_limited").status == 201


def test_malformed__is_no_json_and_a_lookup_tells_the_truth(paypal: PayPal) -> None:
    order_id = paypal.order()
    reply = paypal.paid(order_id, "malformed")
    assert reply.status == 201
    assert reply.body == b'{"id": "5O19"'
    assert len(captures(paypal, order_id)) == 1
    assert paypal.paid(order_id, "malformed").json["status"] == "COMPLETED"


def test_malformed__void__has_a_body_that_is_no_json(paypal: PayPal) -> None:
    _, authorization_id = paypal.authorized("approve__void_malformed")
    reply = paypal.act(authorization_id, "void")
    assert (reply.status, reply.body) == (200, b'{"id": "5O19"')


def test_never_answers__nor_does_a_lookup(paypal: PayPal) -> None:
    order_id = paypal.order()
    assert paypal.pay(order_id, "never_answers") is None
    assert paypal.pay(order_id, "never_answers") is None
    assert paypal.call("GET", f"/v2/checkout/orders/{order_id}") is None


def test_never_answers__refund__nor_does_a_lookup_of_what_it_is_of(paypal: PayPal) -> None:
    order_id, capture_id = paypal.captured("approve__refund_never_answers")
    assert paypal.refund(capture_id) is None
    assert paypal.call("GET", f"/v2/checkout/orders/{order_id}") is None
    assert paypal.call("GET", f"/v2/payments/captures/{capture_id}") is None


@pytest.mark.parametrize("behaviour", ["slow", "drip"])
def test_slow_answers__arrive(paypal: PayPal, behaviour: str) -> None:
    assert paypal.paid(paypal.order(), behaviour).json["status"] == "COMPLETED"


def test_other_amount__is_told_and_taken(paypal: PayPal) -> None:
    order_id = paypal.order()
    paid = paypal.paid(order_id, "other_amount").json["purchase_units"][0]
    assert paid["amount"] == usd("50.00")
    assert paid["payments"]["captures"][0]["amount"] == usd("50.01")


def test_other_currency__is_told(paypal: PayPal) -> None:
    (capture,) = captures(paypal, paypal.captured("other_currency")[0])
    assert capture["amount"] == {"currency_code": "EUR", "value": "50.00"}


def test_other_id__is_told(paypal: PayPal) -> None:
    (capture,) = captures(paypal, paypal.captured("other_id")[0])
    assert capture["custom_id"] == "pay_somebody_elses"


def test_unknown_payment_method__is_declined(paypal: PayPal) -> None:
    reply = paypal.paid(paypal.order(), "nonsense")
    assert issue(reply) == (422, "UNPROCESSABLE_ENTITY", "INSTRUMENT_DECLINED")


@pytest.mark.parametrize("action", ["capture", "void"])
def test_timeout_after__of_an_authorizations_move__a_re_send_is_answered(
    paypal: PayPal, action: str
) -> None:
    _, authorization_id = paypal.authorized(f"approve__{action}_timeout_after")
    path = f"/v2/payments/authorizations/{authorization_id}/{action}"
    assert paypal.call("POST", path, {}, key="k") is None
    told = paypal.answered("GET", f"/v2/payments/authorizations/{authorization_id}").json
    assert told["status"] == {"capture": "CAPTURED", "void": "VOIDED"}[action]
    assert paypal.act(authorization_id, action, {}, key="k").status in {201, 204}


def test_timeout_after__of_a_refund__a_re_send_is_answered(paypal: PayPal) -> None:
    order_id, capture_id = paypal.captured("approve__refund_timeout_after")
    assert paypal.refund(capture_id, key="re_1") is None
    assert paypal.refunded(capture_id, key="re_1").status == 201
    assert len(paypal.payments(order_id)["refunds"]) == 1


def test_lands_later__of_a_refund__is_in_progress(paypal: PayPal, clock: HandClock) -> None:
    _, capture_id = paypal.captured("approve__refund_lands_later")
    assert paypal.refund(capture_id, key="re_1") is None
    assert issue(paypal.refunded(capture_id, key="re_1")) == IN_PROGRESS
    clock.pass_by(60)
    assert paypal.refunded(capture_id, key="re_1").status == 201
