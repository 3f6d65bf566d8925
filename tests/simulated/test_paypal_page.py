"""The payer's page: what it shows, where it sends the payer, and what the merchant may do then."""

from typing import Any

import pytest

from tests.simulated.client import Client, HandClock, Reply
from tests.simulated.paypal_client import PayPal, an_order, issue, usd

RETURN, CANCEL = "https://shop.test/ok?cart=7#top", "https://shop.test/no"


@pytest.fixture
def paypal(client: Client) -> PayPal:
    return PayPal(client)


def an_order_with_urls(paypal: PayPal, intent: str = "CAPTURE", **unit: Any) -> str:
    body = {
        **an_order(intent, **unit),
        "application_context": {"return_url": RETURN, "cancel_url": CANCEL},
    }
    return str(paypal.answered("POST", "/v2/checkout/orders", body).json["id"])


def page(client: Client, order_id: str) -> Reply:
    return client.answered(
        "GET", f"/paypal/checkoutnow?token={order_id}", headers={"Authorization": ""}
    )


def press(client: Client, order_id: str, button: str, form: bytes = b"") -> Reply:
    return client.answered(
        "POST",
        f"/paypal/checkoutnow/{button}?token={order_id}",
        form,
        headers={"Authorization": "", "Content-Type": "application/x-www-form-urlencoded"},
    )


def capture(paypal: PayPal, order_id: str, *, key: str = "pay_1") -> Reply:
    return paypal.answered("POST", f"/v2/checkout/orders/{order_id}/capture", {}, key=key)


def test_page__shows_what_is_to_be_paid(paypal: PayPal, client: Client) -> None:
    items = [{"name": "Socks & more", "quantity": "2", "unit_amount": usd("25.00")}]
    shown = page(client, an_order_with_urls(paypal, items=items, description="<b>Order</b>"))
    assert shown.status == 200
    for text in (b"50.00 USD", b"2 x Socks &amp; more", b"&lt;b&gt;Order", b">Pay<", b">Cancel<"):
        assert text in shown.body


def test_pay__goes_back_to_the_shop_and_the_order_is_approved(
    paypal: PayPal, client: Client
) -> None:
    order_id = an_order_with_urls(paypal)
    reply = press(client, order_id, "pay", b"payment_method=pm_approve")
    assert reply.status == 303
    address, payer = reply.headers["Location"].rsplit("&PayerID=", 1)
    assert address == f"https://shop.test/ok?cart=7&token={order_id}"
    assert payer.endswith("#top")
    assert paypal.shown(order_id)["status"] == "APPROVED"
    assert "payments" not in paypal.shown(order_id)["purchase_units"][0]


def test_cancel__goes_back_to_the_shop_and_the_order_is_as_it_was(
    paypal: PayPal, client: Client
) -> None:
    order_id = an_order_with_urls(paypal)
    reply = press(client, order_id, "cancel")
    assert (reply.status, reply.headers["Location"]) == (303, f"{CANCEL}?token={order_id}")
    assert paypal.shown(order_id)["status"] == "CREATED"
    assert issue(capture(paypal, order_id))[2] == "ORDER_NOT_APPROVED"


def test_approved_order__is_captured_without_a_payment_source(
    paypal: PayPal, client: Client
) -> None:
    order_id = an_order_with_urls(paypal)
    press(client, order_id, "pay")
    paid = capture(paypal, order_id)
    assert (paid.status, paid.json["status"]) == (201, "COMPLETED")
    assert list(paid.json["payment_source"]) == ["paypal"]
    assert capture(paypal, order_id).body == paid.body


def test_not_approved__its_request_id_does_once_it_is(paypal: PayPal, client: Client) -> None:
    order_id = an_order_with_urls(paypal)
    assert capture(paypal, order_id).status == 422
    press(client, order_id, "pay")
    assert capture(paypal, order_id).status == 201


def test_card_that_is_declined__is_at_the_capture(paypal: PayPal, client: Client) -> None:
    order_id = an_order_with_urls(paypal)
    press(client, order_id, "pay", b"payment_method=pm_decline_card_declined")
    declined = capture(paypal, order_id)
    assert issue(declined) == (422, "UNPROCESSABLE_ENTITY", "INSTRUMENT_DECLINED")
    assert [each["rel"] for each in declined.json["links"]] == ["redirect"]
    # The payer comes again, and pays otherwise.
    press(client, order_id, "pay", b"payment_method=pm_approve")
    assert capture(paypal, order_id, key="second").status == 201


@pytest.mark.parametrize("again", [True, False])
def test_requires_action__sends_the_payer_to_the_page_first(
    paypal: PayPal, client: Client, again: bool
) -> None:
    order_id = paypal.order()
    method = "requires_action__refund_decline_x"
    asked = paypal.paid(order_id, method)
    assert issue(asked) == (422, "UNPROCESSABLE_ENTITY", "PAYER_ACTION_REQUIRED")
    (link,) = asked.json["links"]
    assert (link["rel"], link["href"]) == (
        "payer-action", f"{paypal.url}/checkoutnow?token={order_id}"
    )  # fmt: skip
    order = paypal.shown(order_id)
    assert order["status"] == "PAYER_ACTION_REQUIRED"
    assert "payer-action" in [each["rel"] for each in order["links"]]
    # The payment method is given: there is nothing to choose.
    assert b"radio" not in page(client, order_id).body
    assert press(client, order_id, "pay").body.count(b"You agreed to pay.") == 1
    assert paypal.shown(order_id)["status"] == "APPROVED"
    paid = paypal.paid(order_id, method if again else None)
    assert paid.status == 201
    # All else about the payment method stays, whether it is named again or not.
    capture_id = paid.json["purchase_units"][0]["payments"]["captures"][0]["id"]
    assert paypal.refunded(capture_id).json["status"] == "FAILED"


@pytest.mark.parametrize("method", [None, "requires_action"])
def test_requires_action__approved__is_authorized_with_or_without_its_source(
    paypal: PayPal, client: Client, method: str | None
) -> None:
    order_id = paypal.order("AUTHORIZE")
    assert paypal.paid(order_id, "requires_action").status == 422
    press(client, order_id, "pay")
    paid = paypal.paid(order_id, method)
    assert (paid.status, paid.json["status"]) == (201, "COMPLETED")


def test_page__of_a_paid_order__says_so(paypal: PayPal, client: Client) -> None:
    order_id, _ = paypal.captured()
    assert b"This order is paid." in page(client, order_id).body
    again = press(client, order_id, "pay")
    assert (again.status, b"This order is paid." in again.body) == (409, True)


def test_page__of_no_order__is_not_found(client: Client) -> None:
    assert page(client, "5O190127TN364715T").status == 404
    assert press(client, "5O190127TN364715T", "pay").status == 404


def test_page__of_an_order_whose_time_is_over__is_not_found(
    paypal: PayPal, client: Client, clock: HandClock
) -> None:
    order_id = an_order_with_urls(paypal)
    clock.pass_by(6 * 3600)
    assert page(client, order_id).status == 404


@pytest.mark.parametrize(("method", "path"), [("GET", "/pay"), ("POST", ""), ("GET", "/else")])
def test_page__other_address__is_not_found(client: Client, method: str, path: str) -> None:
    assert client.answered(method, f"/paypal/checkoutnow{path}").status == 404


def test_pay__nothing_chosen__asks_again(paypal: PayPal, client: Client) -> None:
    order_id = an_order_with_urls(paypal)
    reply = press(client, order_id, "pay", b"payment_method=")
    assert (reply.status, b"Choose how to pay." in reply.body) == (400, True)
    assert paypal.shown(order_id)["status"] == "CREATED"


def test_page__nobody_answers_a_capture__nor_does_it(paypal: PayPal, client: Client) -> None:
    order_id = paypal.order()
    assert paypal.pay(order_id, "never_answers") is None
    assert client.call("GET", f"/paypal/checkoutnow?token={order_id}") is None
