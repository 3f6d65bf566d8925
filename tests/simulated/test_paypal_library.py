"""PayPal's official client library as the caller: every call that it has for what we serve."""

import pytest
from paypalserversdk.exceptions.api_exception import ApiException
from paypalserversdk.exceptions.error_exception import ErrorException
from paypalserversdk.models.amount_with_breakdown import AmountWithBreakdown
from paypalserversdk.models.capture_request import CaptureRequest
from paypalserversdk.models.checkout_payment_intent import CheckoutPaymentIntent
from paypalserversdk.models.money import Money
from paypalserversdk.models.order_request import OrderRequest
from paypalserversdk.models.purchase_unit_request import PurchaseUnitRequest
from paypalserversdk.models.refund_request import RefundRequest

from tests.simulated.client import Client
from tests.simulated.paypal_client import FULL, PayPal, source


@pytest.fixture
def paypal(client: Client) -> PayPal:
    return PayPal(client)


def new_order(paypal: PayPal, intent: str) -> str:
    request = OrderRequest(
        intent=getattr(CheckoutPaymentIntent, intent),
        purchase_units=[
            PurchaseUnitRequest(
                amount=AmountWithBreakdown(currency_code="USD", value="50.00"),
                custom_id="pay_1",
                invoice_id="inv_1",
            )
        ],
    )
    made = paypal.library.orders.create_order(
        {"body": request, "paypal_request_id": "pay_1", "prefer": FULL}
    )
    assert made.status_code == 201
    assert made.body.status == "CREATED"
    return str(made.body.id)


def authorize(paypal: PayPal) -> str:
    paid = paypal.library.orders.authorize_order(
        {
            "id": new_order(paypal, "AUTHORIZE"),
            "paypal_request_id": "pay_1",
            "body": source("approve"),
        }
    )
    assert paid.body.status == "COMPLETED"
    (authorization,) = paid.body.purchase_units[0].payments.authorizations
    assert authorization.status == "CREATED"
    return str(authorization.id)


def capture_order(paypal: PayPal, method: str = "approve") -> str:
    paid = paypal.library.orders.capture_order(
        {
            "id": new_order(paypal, "CAPTURE"),
            "paypal_request_id": "pay_1",
            "body": source(method),
        }
    )
    assert paid.body.status == "COMPLETED"
    (capture,) = paid.body.purchase_units[0].payments.captures
    assert (capture.status, capture.amount.value) == ("COMPLETED", "50.00")
    return str(capture.id)


def test_library__order__is_made_and_shown(paypal: PayPal) -> None:
    order_id = new_order(paypal, "CAPTURE")
    order = paypal.library.orders.get_order({"id": order_id}).body
    (unit,) = order.purchase_units
    assert (order.id, order.intent, order.status) == (order_id, "CAPTURE", "CREATED")
    assert (unit.amount.currency_code, unit.amount.value) == ("USD", "50.00")
    assert (unit.custom_id, unit.invoice_id, unit.reference_id) == ("pay_1", "inv_1", "default")
    assert [link.rel for link in order.links] == ["self", "approve", "capture"]


def test_library__capture__is_shown(paypal: PayPal) -> None:
    capture = paypal.library.payments.get_captured_payment(
        {"capture_id": capture_order(paypal)}
    ).body
    assert (capture.status, capture.custom_id, capture.invoice_id) == (
        "COMPLETED", "pay_1", "inv_1"
    )  # fmt: skip
    assert capture.final_capture is True


def test_library__authorization__is_captured_in_part(paypal: PayPal) -> None:
    authorization_id = authorize(paypal)
    captured = paypal.library.payments.capture_authorized_payment(
        {
            "authorization_id": authorization_id,
            "paypal_request_id": "cap_1",
            "prefer": FULL,
            "body": CaptureRequest(
                amount=Money(currency_code="USD", value="30.00"), final_capture=True
            ),
        }
    )
    assert captured.status_code == 201
    assert (captured.body.status, captured.body.amount.value) == ("COMPLETED", "30.00")
    assert captured.body.supplementary_data.related_ids.authorization_id == authorization_id
    shown = paypal.library.payments.get_authorized_payment({"authorization_id": authorization_id})
    assert shown.body.status == "CAPTURED"


def test_library__void__is_204(paypal: PayPal) -> None:
    authorization_id = authorize(paypal)
    voided = paypal.library.payments.void_payment(
        {"authorization_id": authorization_id, "paypal_request_id": "void_1"}
    )
    assert (voided.status_code, voided.text) == (204, "")
    shown = paypal.library.payments.get_authorized_payment({"authorization_id": authorization_id})
    assert shown.body.status == "VOIDED"


def test_library__void__wanting_everything__is_the_authorization(paypal: PayPal) -> None:
    authorization_id = authorize(paypal)
    voided = paypal.library.payments.void_payment(
        {"authorization_id": authorization_id, "prefer": FULL}
    )
    assert (voided.status_code, voided.body.id, voided.body.status) == (
        200, authorization_id, "VOIDED"
    )  # fmt: skip


def test_library__refund__is_made_and_shown(paypal: PayPal) -> None:
    capture_id = capture_order(paypal)
    made = paypal.library.payments.refund_captured_payment(
        {
            "capture_id": capture_id,
            "paypal_request_id": "re_1",
            "prefer": FULL,
            "body": RefundRequest(
                amount=Money(currency_code="USD", value="20.00"),
                custom_id="re_1",
                invoice_id="inv_r",
                note_to_payer="sorry",
            ),
        }
    )
    assert (made.status_code, made.body.status) == (201, "COMPLETED")
    refund = paypal.library.payments.get_refund({"refund_id": made.body.id}).body
    assert (refund.amount.value, refund.custom_id) == ("20.00", "re_1")
    assert (refund.invoice_id, refund.note_to_payer) == ("inv_r", "sorry")
    (up,) = [link.href for link in refund.links if link.rel == "up"]
    assert up == f"{paypal.url}/v2/payments/captures/{capture_id}"
    shown = paypal.library.payments.get_captured_payment({"capture_id": capture_id})
    assert shown.body.status == "PARTIALLY_REFUNDED"


def test_library__declined__is_an_error_with_its_issue(paypal: PayPal) -> None:
    with pytest.raises(ErrorException) as caught:
        capture_order(paypal, "decline_card_declined")
    assert (caught.value.response_code, caught.value.name) == (422, "UNPROCESSABLE_ENTITY")
    assert [each.issue for each in caught.value.details] == ["INSTRUMENT_DECLINED"]


def test_library__crash__is_its_error_of_the_server(paypal: PayPal) -> None:
    with pytest.raises(ApiException) as caught:
        capture_order(paypal, "error_before")
    assert caught.value.response_code == 500
