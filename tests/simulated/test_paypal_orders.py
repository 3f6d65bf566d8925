"""Orders: how they are made, paid, and not paid a second time."""

from typing import Any

import pytest

from tests.simulated.client import Client, HandClock
from tests.simulated.paypal_client import PayPal, an_order, issue, source, usd

PATH = "/v2/checkout/orders"


@pytest.fixture
def paypal(client: Client) -> PayPal:
    return PayPal(client)


def charges(paypal: PayPal) -> Any:
    """The processor's own record."""
    return paypal.client.answered("GET", "/control/record").json["charges"]


def test_order__makes_no_charge_until_it_is_paid(paypal: PayPal) -> None:
    order_id = paypal.order()
    assert charges(paypal) == []
    paypal.paid(order_id)
    (charge,) = charges(paypal)
    assert (charge["id"], charge["payment_id"], charge["amount_minor"], charge["status"]) == (
        order_id, "pay_1", 5000, "succeeded"
    )  # fmt: skip


def test_order__is_answered_with_the_least_unless_more_is_wanted(paypal: PayPal) -> None:
    least = paypal.answered("POST", PATH, an_order())
    assert (least.status, set(least.json)) == (201, {"id", "status", "links"})
    more = paypal.answered("POST", PATH, an_order(), full=True).json
    assert more["purchase_units"][0]["amount"] == usd("50.00")


def test_order__same_request_id__is_the_same_order(paypal: PayPal) -> None:
    first, again = (paypal.answered("POST", PATH, an_order(), key="k") for _ in range(2))
    assert (again.status, again.body) == (first.status, first.body)


def test_order__request_id_of_another_order__is_refused(paypal: PayPal) -> None:
    paypal.order(key="k")
    other = paypal.answered("POST", PATH, an_order(amount=usd("50.01")), key="k")
    assert issue(other) == (422, "UNPROCESSABLE_ENTITY", "DUPLICATE_REQUEST_ID")


def test_order__refused__leaves_its_request_id_free(paypal: PayPal) -> None:
    refused = paypal.answered("POST", PATH, an_order(amount=usd("0.00")), key="k")
    assert refused.status == 422
    assert paypal.order(key="k")


def test_order__payer_first__wants_the_payer(paypal: PayPal) -> None:
    experience = {"return_url": "https://shop.test/ok", "cancel_url": "https://shop.test/no"}
    body = {**an_order(), "payment_source": {"paypal": {"experience_context": experience}}}
    made = paypal.answered("POST", PATH, body).json
    assert made["status"] == "PAYER_ACTION_REQUIRED"
    (link,) = [each for each in made["links"] if each["rel"] == "payer-action"]
    assert link["href"] == f"{paypal.url}/checkoutnow?token={made['id']}"


@pytest.mark.parametrize(
    ("change", "expected", "field"),
    [
        ({"intent": "SELL"}, (400, "INVALID_REQUEST", "INVALID_PARAMETER_VALUE"), "/intent"),
        ({"intent": 5}, (400, "INVALID_REQUEST", "INVALID_PARAMETER_SYNTAX"), "/intent"),
        (
            {"purchase_units": []},
            (400, "INVALID_REQUEST", "MISSING_REQUIRED_PARAMETER"),
            "/purchase_units",
        ),
        (
            {"purchase_units": [{}, {}]},
            (400, "INVALID_REQUEST", "INVALID_PARAMETER_VALUE"),
            "/purchase_units",
        ),
        (
            {"purchase_units": [{}]},
            (400, "INVALID_REQUEST", "MISSING_REQUIRED_PARAMETER"),
            "/purchase_units/0/amount",
        ),
        (
            {"purchase_units": [{"amount": usd("1.00"), "custom_id": "x" * 256}]},
            (400, "INVALID_REQUEST", "INVALID_STRING_LENGTH"),
            "/purchase_units/0/custom_id",
        ),
        (
            {"payment_source": {"token": {}}},
            (400, "INVALID_REQUEST", "INVALID_PARAMETER_VALUE"),
            "/payment_source",
        ),
    ],
)
def test_order__bad_body__is_refused_with_its_field(
    paypal: PayPal, change: dict[str, Any], expected: tuple[int, str, str], field: str
) -> None:
    reply = paypal.answered("POST", PATH, {**an_order(), **change})
    assert issue(reply) == expected
    assert reply.json["details"][0]["field"] == field


@pytest.mark.parametrize("body", [b"{", b"[]", b"[" * 10_000])
def test_order__no_json_object__is_refused(paypal: PayPal, body: bytes) -> None:
    reply = paypal.answered("POST", PATH, body)
    assert issue(reply) == (400, "INVALID_REQUEST", "MALFORMED_REQUEST_JSON")


def test_order__other_media_type__is_refused(paypal: PayPal) -> None:
    reply = paypal.answered("POST", PATH, an_order(), headers={"Content-Type": "text/plain"})
    assert (reply.status, reply.json["name"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_order__unknown__is_not_found(paypal: PayPal) -> None:
    reply = paypal.answered("GET", f"{PATH}/5O190127TN364715T")
    assert issue(reply) == (404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")


def test_order__other_method__is_refused(paypal: PayPal) -> None:
    reply = paypal.answered("DELETE", f"{PATH}/{paypal.order()}")
    assert (reply.status, reply.json["name"]) == (405, "METHOD_NOT_SUPPORTED")


def test_unknown_path__is_not_found(paypal: PayPal) -> None:
    assert paypal.answered("GET", "/v2/nothing").status == 404


def test_capture__is_the_completed_order(paypal: PayPal) -> None:
    order_id = paypal.order(invoice_id="inv_1")
    paid = paypal.paid(order_id)
    assert (paid.status, paid.json["status"]) == (201, "COMPLETED")
    assert paid.json["payment_source"] == source("approve")["payment_source"]
    (capture,) = paid.json["purchase_units"][0]["payments"]["captures"]
    assert {
        name: capture[name]
        for name in ("status", "amount", "custom_id", "invoice_id", "supplementary_data")
    } == {
        "status": "COMPLETED",
        "amount": usd("50.00"),
        "custom_id": "pay_1",
        "invoice_id": "inv_1",
        "supplementary_data": {"related_ids": {"order_id": order_id}},
    }
    assert paypal.shown(order_id) == paid.json


def test_capture__same_request_id__is_the_same_answer(paypal: PayPal) -> None:
    order_id = paypal.order()
    first = paypal.paid(order_id)
    paypal.refunded(first.json["purchase_units"][0]["payments"]["captures"][0]["id"], key="re_1")
    again = paypal.paid(order_id)
    assert (again.status, again.body) == (first.status, first.body)
    assert len(charges(paypal)) == 1


@pytest.mark.parametrize(
    ("intent", "expected"),
    [("CAPTURE", "ORDER_ALREADY_CAPTURED"), ("AUTHORIZE", "ORDER_ALREADY_AUTHORIZED")],
)
def test_paid_order__other_request_id__is_not_paid_again(
    paypal: PayPal, intent: str, expected: str
) -> None:
    order_id = paypal.order(intent)
    paypal.paid(order_id)
    assert issue(paypal.paid(order_id, key="other")) == (422, "UNPROCESSABLE_ENTITY", expected)
    assert len(charges(paypal)) == 1


def test_capture__same_request_id_other_source__is_refused(paypal: PayPal) -> None:
    order_id = paypal.order()
    paypal.paid(order_id)
    reply = paypal.paid(order_id, "approve__refund_slow")
    assert issue(reply) == (422, "UNPROCESSABLE_ENTITY", "DUPLICATE_REQUEST_ID")


def test_capture__request_id_of_another_order__is_refused(paypal: PayPal) -> None:
    paypal.paid(paypal.order())
    reply = paypal.paid(paypal.order())
    assert issue(reply) == (422, "UNPROCESSABLE_ENTITY", "DUPLICATE_REQUEST_ID")
    assert len(charges(paypal)) == 1


@pytest.mark.parametrize(("intent", "action"), [("CAPTURE", "authorize"), ("AUTHORIZE", "capture")])
def test_paying__not_what_the_order_is_for__is_refused(
    paypal: PayPal, intent: str, action: str
) -> None:
    path = f"{PATH}/{paypal.order(intent)}/{action}"
    reply = paypal.answered("POST", path, source("approve"))
    assert issue(reply) == (422, "UNPROCESSABLE_ENTITY", "ACTION_DOES_NOT_MATCH_INTENT")


def test_capture__nobody_approved__is_refused_and_its_request_id_is_free(paypal: PayPal) -> None:
    order_id = paypal.order()
    refused = paypal.paid(order_id, None)
    assert issue(refused) == (422, "UNPROCESSABLE_ENTITY", "ORDER_NOT_APPROVED")
    assert [each["rel"] for each in refused.json["links"]] == ["approve"]
    assert paypal.paid(order_id, "approve").status == 201


def test_capture__declined__is_an_issue_and_no_payment(paypal: PayPal) -> None:
    order_id = paypal.order()
    declined = paypal.paid(order_id, "decline_insufficient_funds")
    assert issue(declined) == (422, "UNPROCESSABLE_ENTITY", "INSTRUMENT_DECLINED")
    assert "insufficient funds" in declined.json["details"][0]["description"]
    order = paypal.shown(order_id)
    assert order["status"] == "CREATED"
    assert "payments" not in order["purchase_units"][0]


def test_capture__declined__stays_declined_under_its_request_id(paypal: PayPal) -> None:
    order_id = paypal.order()
    first = paypal.paid(order_id, "decline_card_declined")
    again = paypal.paid(order_id, "decline_card_declined")
    assert (again.status, again.body) == (first.status, first.body)


def test_capture__declined__may_be_tried_with_another_method(paypal: PayPal) -> None:
    order_id = paypal.order()
    paypal.paid(order_id, "decline_card_declined")
    assert paypal.paid(order_id, "approve", key="second").status == 201
    assert [each["status"] for each in charges(paypal)] == ["declined", "succeeded"]


def test_capture__invoice_that_was_paid_by_another_order__is_refused(paypal: PayPal) -> None:
    paypal.captured(invoice_id="inv_1")
    other = paypal.order(invoice_id="inv_1")
    reply = paypal.paid(other, key="other")
    assert issue(reply) == (422, "UNPROCESSABLE_ENTITY", "DUPLICATE_INVOICE_ID")


def test_capture__pending__is_completed_with_a_pending_capture(
    paypal: PayPal, clock: HandClock
) -> None:
    order_id = paypal.order()
    paid = paypal.paid(order_id, "pending")
    (capture,) = paid.json["purchase_units"][0]["payments"]["captures"]
    assert (paid.status, capture["status"]) == (201, "PENDING")
    assert capture["status_details"] == {"reason": "PENDING_REVIEW"}
    clock.pass_by(60)
    assert paypal.payments(order_id)["captures"][0]["status"] == "COMPLETED"


def test_pending_capture__denied__is_shown_as_declined(paypal: PayPal) -> None:
    order_id = paypal.order()
    paypal.paid(order_id, "pending", key="pay_1")
    path = "/control/operations/paypal:pay_1/fail"
    assert paypal.client.answered("POST", path, {"code": "fraud"}).status == 200
    order = paypal.shown(order_id)
    assert order["status"] == "COMPLETED"
    assert order["purchase_units"][0]["payments"]["captures"][0]["status"] == "DECLINED"


def test_capture__token_of_other_kind__is_refused(paypal: PayPal) -> None:
    body = {"payment_source": {"token": {"id": "pm_approve", "type": "CARD"}}}
    reply = paypal.answered("POST", f"{PATH}/{paypal.order()}/capture", body)
    assert issue(reply) == (400, "INVALID_REQUEST", "INVALID_PARAMETER_VALUE")


def test_order__nobody_paid_in_six_hours__is_forgotten(paypal: PayPal, clock: HandClock) -> None:
    order_id = paypal.order()
    clock.pass_by(6 * 3600 - 1)
    assert paypal.shown(order_id)["status"] == "CREATED"
    clock.pass_by(1)
    assert paypal.answered("GET", f"{PATH}/{order_id}").status == 404
    paid = paypal.answered("POST", f"{PATH}/{order_id}/capture", source("approve"))
    assert paid.status == 404


def test_order__that_was_paid__is_kept(paypal: PayPal, clock: HandClock) -> None:
    order_id, _ = paypal.captured()
    clock.pass_by(6 * 3600)
    assert paypal.shown(order_id)["status"] == "COMPLETED"


def test_capture__currency_without_decimals__has_none_anywhere(paypal: PayPal) -> None:
    amount = {"currency_code": "HUF", "value": "5000"}
    order_id, _ = paypal.captured(amount=amount)
    (capture,) = paypal.payments(order_id)["captures"]
    assert capture["seller_receivable_breakdown"] == {
        "gross_amount": amount,
        "paypal_fee": {"currency_code": "HUF", "value": "174"},
        "net_amount": {"currency_code": "HUF", "value": "4826"},
    }
    assert charges(paypal)[0]["amount_minor"] == 500_000


def test_reset__forgets_orders(paypal: PayPal) -> None:
    order_id = paypal.order()
    assert paypal.client.answered("POST", "/control/reset", {}).status == 200
    assert paypal.answered("GET", f"{PATH}/{order_id}").status == 404
