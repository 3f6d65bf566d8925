"""What is PayPal sent? The exact bytes of each request, made once, before anything is stored.

What is stored of a charge is two bodies in one: that of the order, and that with which it is paid.
Both are written from it, the same every time.
"""

import json
from typing import Any

from oncepay.domain.checkout import Checkout, place_of_amount, session_id
from oncepay.domain.operation import ProcessorRequest
from oncepay.domain.payment import Payment
from oncepay.processors.paypal_money import write_money
from oncepay.processors.paypal_session import at

ORDERS = "/v2/checkout/orders"
AUTHORIZATIONS = "/v2/payments/authorizations"
CAPTURES = "/v2/payments/captures"
VOID = "void"

MAX_TEXT_CHARACTERS = 127
"""Of a description, or of an item's name. Source: PayPal's OpenAPI of Orders v2, as of 2026-11."""

SESSION_ID = "{CHECKOUT_SESSION_ID}"
"""In the URLs of a checkout: replaced by the id of our session, as Stripe does by its own."""


def order_request(payment: Payment) -> ProcessorRequest:
    """To create the order of a payment, and to pay it.

    Raises:
        CurrencyNotSupported, InvalidRequest: see `write_money`.
    """
    amount: dict[str, Any] = dict(write_money(payment.amount_minor, payment.currency))
    unit: dict[str, Any] = {
        "reference_id": payment.id,
        "custom_id": payment.id,
        "invoice_id": payment.id,
        "amount": amount,
    }
    if payment.description:
        unit["description"] = payment.description[:MAX_TEXT_CHARACTERS]
    order: dict[str, Any] = {
        "intent": "CAPTURE" if payment.captures_automatically else "AUTHORIZE",
        "purchase_units": [unit],
    }
    pay: dict[str, Any] = {}
    if payment.checkout is None:
        token = {"id": payment.payment_method, "type": "PAYMENT_METHOD_TOKEN"}
        pay = {"payment_source": {"token": token}}
    else:
        order["payment_source"] = {"paypal": _page(payment, payment.checkout)}
        if items := _items(payment, payment.checkout):
            unit["items"] = items
            amount["breakdown"] = {
                "item_total": write_money(payment.amount_minor, payment.currency)
            }
    return request_of(ORDERS, None, order=order, pay=pay)


def request_of(path: str, charge: str | None, **members: object) -> ProcessorRequest:
    """A request whose body holds these."""
    return ProcessorRequest(path, _write(members), charge)


def order_body(request: ProcessorRequest) -> str:
    """With what the order of a charge is created."""
    return _write(json.loads(request.body)["order"])


def pay_body(request: ProcessorRequest) -> str:
    """With what it is captured or authorized: nothing, if the payer has agreed on PayPal's page."""
    return _write(json.loads(request.body)["pay"])


def pay_path(request: ProcessorRequest, order_id: str) -> str:
    """Where it is captured, or authorized."""
    intent = json.loads(request.body)["order"]["intent"]
    return at(ORDERS, order_id, "capture" if intent == "CAPTURE" else "authorize")


def is_of_page(request: ProcessorRequest) -> bool:
    """Whether the payer agrees to this charge on PayPal's page."""
    return request.path == ORDERS and not json.loads(request.body)["pay"]


def _page(payment: Payment, checkout: Checkout) -> dict[str, Any]:
    session = session_id(payment.id)
    return {
        "experience_context": {
            "return_url": checkout.success_url.replace(SESSION_ID, session),
            "cancel_url": checkout.cancel_url.replace(SESSION_ID, session),
            "user_action": "PAY_NOW",
            "shipping_preference": "NO_SHIPPING",
        }
    }


def _items(payment: Payment, checkout: Checkout) -> list[dict[str, Any]]:
    total_minor = sum(item.quantity * item.amount_minor for item in checkout.line_items)
    if total_minor != payment.amount_minor:
        # PayPal takes only such as add up to the amount.
        return []
    return [
        {
            "name": item.name[:MAX_TEXT_CHARACTERS],
            "quantity": str(item.quantity),
            "unit_amount": write_money(
                item.amount_minor, payment.currency, param=place_of_amount(index)
            ),
        }
        for index, item in enumerate(checkout.line_items)
    ]


def _write(content: object) -> str:
    return json.dumps(content, separators=(",", ":"))
