"""What PayPal is asked: the exact requests."""

import json
from dataclasses import replace

import pytest

from oncepay.domain.checkout import Checkout, LineItem
from oncepay.domain.errors import CurrencyNotSupported, InvalidRequest
from tests.unit.processors.paypal_objects import (
    CHECKOUT,
    MOVES,
    ORDERS,
    PATHS,
    PAYMENT,
    an_adapter,
    requests_of,
    usd,
)
from tests.unit.processors.paypal_server import CannedServer


def test_charge_request__holds_the_order_and_what_pays_it() -> None:
    request = requests_of()["charge"]
    assert (request.path, request.charge) == (ORDERS, None)
    assert json.loads(request.body) == {
        "order": {
            "intent": "CAPTURE",
            "purchase_units": [
                {
                    "reference_id": "pay_1",
                    "custom_id": "pay_1",
                    "invoice_id": "pay_1",
                    "amount": usd("50.00"),
                }
            ],
        },
        "pay": {"payment_source": {"token": {"id": "TOKEN-1", "type": "PAYMENT_METHOD_TOKEN"}}},
    }


def test_charge_request__of_a_payment_that_is_captured_later__authorizes() -> None:
    request = requests_of(replace(PAYMENT, captures_automatically=False))["charge"]
    assert json.loads(request.body)["order"]["intent"] == "AUTHORIZE"


def test_charge_request__of_a_long_description__cuts_it() -> None:
    request = requests_of(replace(PAYMENT, description="x" * 500))["charge"]
    assert json.loads(request.body)["order"]["purchase_units"][0]["description"] == "x" * 127


def test_checkout_request__asks_for_a_page_with_its_items() -> None:
    body = json.loads(requests_of(CHECKOUT)["charge"].body)
    assert body["pay"] == {}
    assert body["order"]["payment_source"]["paypal"]["experience_context"] == {
        "return_url": "https://shop.test/ok?s=cs_1",
        "cancel_url": "https://shop.test/no",
        "user_action": "PAY_NOW",
        "shipping_preference": "NO_SHIPPING",
    }
    (unit,) = body["order"]["purchase_units"]
    assert unit["items"] == [{"name": "Book", "quantity": "2", "unit_amount": usd("25.00")}]
    assert unit["amount"]["breakdown"] == {"item_total": usd("50.00")}


def test_checkout_request__of_an_item_that_paypal_cannot_write__says_which() -> None:
    items = (LineItem("Book", 1, 1_050), LineItem("Pen", 1, 3_950))
    page = Checkout("https://shop.test/ok", "https://shop.test/no", items)
    with pytest.raises(InvalidRequest) as caught:
        requests_of(replace(CHECKOUT, checkout=page, currency="HUF"))
    assert caught.value.param == "line_items[0].amount_minor"


def test_checkout_request__of_items_that_do_not_add_up__leaves_them_out() -> None:
    checkout = Checkout("https://shop.test/ok", "https://shop.test/no", (LineItem("Book", 1, 1),))
    body = json.loads(requests_of(replace(CHECKOUT, checkout=checkout))["charge"].body)
    (unit,) = body["order"]["purchase_units"]
    assert ("items" in unit, unit["amount"]) == (False, usd("50.00"))


def test_later_requests__name_the_handle_and_say_whose_they_are() -> None:
    requests = requests_of()
    assert {kind: (requests[kind].path, requests[kind].charge) for kind in MOVES} == {
        kind: (PATHS[kind], "ORDER1") for kind in MOVES
    }
    assert json.loads(requests["capture"].body) == {
        "amount": usd("30.00"),
        "invoice_id": "cap_1",
        "final_capture": True,
    }
    assert json.loads(requests["refund"].body) == {
        "amount": usd("20.00"),
        "custom_id": "pay_1",
        "invoice_id": "re_1",
    }
    assert requests["void"].body == ""


def test_request__of_a_strange_handle__stays_below_its_collection(paypal: CannedServer) -> None:
    request = an_adapter(paypal).void_request(PAYMENT, "ORDER1", "../x?y", operation_id="void_1")
    assert request.path == "/v2/payments/authorizations/..%2Fx%3Fy/void"


def test_request__in_a_currency_that_paypal_does_not_take__is_refused() -> None:
    with pytest.raises(CurrencyNotSupported):
        requests_of(replace(PAYMENT, currency="KWD"))


def test_request__of_decimals_that_paypal_does_not_take__is_refused() -> None:
    with pytest.raises(InvalidRequest, match="multiple of 100"):
        requests_of(replace(PAYMENT, currency="HUF", amount_minor=5_050))


def test_adapter__is_paypal(paypal: CannedServer) -> None:
    adapter = an_adapter(paypal)
    assert (adapter.name, adapter.timeout_seconds, adapter.needs_preparation) == (
        "paypal",
        5.0,
        True,
    )
    assert adapter.key_retention.total_seconds() == 5 * 3_600
