"""What Stripe is asked: the exact requests."""

from urllib.parse import parse_qsl

import pytest

from oncepay.domain.checkout import Checkout, LineItem
from oncepay.domain.errors import CurrencyNotSupported, InvalidRequest
from oncepay.domain.operation import ProcessorRequest
from oncepay.processors.stripe import StripeProcessor
from tests.unit.processors.stripe_replies import (
    ADAPTER,
    PAGE,
    PAYMENT,
    REQUESTS,
    VERSION,
    a_payment,
)


def form_of(request: ProcessorRequest) -> dict[str, str]:
    return dict(parse_qsl(request.body, keep_blank_values=True))


def test_charge_request__confirms_an_intent_that_carries_our_ids() -> None:
    assert (REQUESTS["charge"].path, REQUESTS["charge"].charge) == ("/v1/payment_intents", None)
    assert form_of(REQUESTS["charge"]) == {
        "amount": "5000",
        "currency": "usd",
        "payment_method": "pm_card_visa",
        "confirm": "true",
        "capture_method": "automatic",
        "metadata[payment_id]": "pay_1",
        "metadata[operation_id]": "pay_1",
        "expand[]": "latest_charge",
        "automatic_payment_methods[enabled]": "true",
        "automatic_payment_methods[allow_redirects]": "never",
        "error_on_requires_action": "true",
    }


def test_charge_request__with_a_return_url__lets_the_payer_go_to_their_bank() -> None:
    adapter = StripeProcessor("https://x.test", VERSION, lambda: "", 3.0, "https://shop.test/back")
    form = form_of(adapter.charge_request(PAYMENT))
    assert form["return_url"] == "https://shop.test/back"
    assert "error_on_requires_action" not in form
    assert not any(name.startswith("automatic_payment_methods") for name in form)


def test_charge_request__of_a_payment_that_is_captured_later__authorizes() -> None:
    form = form_of(ADAPTER.charge_request(a_payment(captures_automatically=False)))
    assert form["capture_method"] == "manual"


def test_charge_request__with_a_description__hands_it_on() -> None:
    form = form_of(ADAPTER.charge_request(a_payment(description="a & b=ü")))
    assert form["description"] == "a & b=ü"


def test_requests__amounts__are_in_stripes_units() -> None:
    krona = a_payment(currency="ISK", amount_minor=5)
    assert form_of(ADAPTER.charge_request(krona))["amount"] == "500"
    capture = ADAPTER.capture_request(krona, 4, operation_id="cap_1")
    assert form_of(capture) == {"amount_to_capture": "400"}
    refund = ADAPTER.refund_request(krona, "pi_1", None, 3, operation_id="re_1")
    assert form_of(refund)["amount"] == "300"


def test_requests__that_stripe_would_not_take__are_refused_before_they_are_stored() -> None:
    with pytest.raises(CurrencyNotSupported):
        ADAPTER.charge_request(a_payment(currency="BTC"))
    dinar = a_payment(currency="KWD", amount_minor=5_120)
    with pytest.raises(InvalidRequest):
        ADAPTER.capture_request(dinar, 5_119, operation_id="cap_1")
    with pytest.raises(InvalidRequest):
        ADAPTER.refund_request(dinar, "pi_1", None, 1, operation_id="re_1")


def test_move_requests__are_of_the_intent() -> None:
    assert REQUESTS["capture"] == ProcessorRequest(
        "/v1/payment_intents/pi_1/capture", "amount_to_capture=3000", "pi_1"
    )
    assert REQUESTS["void"] == ProcessorRequest("/v1/payment_intents/pi_1/cancel", "", "pi_1")
    assert (REQUESTS["refund"].path, REQUESTS["refund"].charge) == ("/v1/refunds", "pi_1")
    assert form_of(REQUESTS["refund"]) == {
        "payment_intent": "pi_1",
        "amount": "2000",
        "metadata[payment_id]": "pay_1",
        "metadata[operation_id]": "re_1",
    }


def test_move_requests__of_a_checkout__name_its_intent() -> None:
    paid = a_payment(processor_reference="cs_1", processor_handle="pi_9")
    requests = (
        ADAPTER.capture_request(paid, 5_000, operation_id="cap_1"),
        ADAPTER.void_request(paid, "cs_1", "pi_9", operation_id="vo_1"),
        ADAPTER.refund_request(paid, "cs_1", "pi_9", 5_000, operation_id="re_1"),
    )
    assert [request.charge for request in requests] == ["pi_9"] * 3
    assert requests[0].path == "/v1/payment_intents/pi_9/capture"
    assert requests[1].path == "/v1/payment_intents/pi_9/cancel"
    assert form_of(requests[2])["payment_intent"] == "pi_9"


def test_request__of_a_strange_reference__stays_below_its_intent() -> None:
    request = ADAPTER.void_request(PAYMENT, "../x?y", None, operation_id="vo_1")
    assert request.path == "/v1/payment_intents/..%2Fx%3Fy/cancel"


def test_capture_request__without_a_reference__is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="no reference"):
        ADAPTER.capture_request(a_payment(processor_reference=None), 1, operation_id="cap_1")


def test_checkout_request__is_a_page_whose_intent_carries_our_ids() -> None:
    request = ADAPTER.charge_request(a_payment(checkout=PAGE, description="An order"))
    assert (request.path, request.charge) == ("/v1/checkout/sessions", None)
    assert form_of(request) == {
        "mode": "payment",
        "success_url": "https://shop.test/thanks?s={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://shop.test/cart",
        "client_reference_id": "pay_1",
        "metadata[payment_id]": "pay_1",
        "metadata[operation_id]": "pay_1",
        "metadata[capture_method]": "automatic",
        "payment_intent_data[metadata][payment_id]": "pay_1",
        "payment_intent_data[metadata][operation_id]": "pay_1",
        "payment_intent_data[metadata][checkout]": "1",
        "payment_intent_data[capture_method]": "automatic",
        "payment_intent_data[description]": "An order",
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": "2000",
        "line_items[0][price_data][product_data][name]": "Mug & spoon",
        "line_items[0][quantity]": "2",
        "line_items[1][price_data][currency]": "usd",
        "line_items[1][price_data][unit_amount]": "1000",
        "line_items[1][price_data][product_data][name]": "Tea",
        "line_items[1][quantity]": "1",
    }


@pytest.mark.parametrize(
    ("description", "name"), [("An order", "An order"), (None, "Payment"), ("", "Payment")]
)
def test_checkout_request__without_items__is_of_one(description: str | None, name: str) -> None:
    page = Checkout("https://a.test", "https://b.test")
    form = form_of(ADAPTER.charge_request(a_payment(checkout=page, description=description)))
    assert form["line_items[0][price_data][product_data][name]"] == name
    assert form["line_items[0][price_data][unit_amount]"] == "5000"
    assert form["line_items[0][quantity]"] == "1"
    assert not any(each.startswith("line_items[1]") for each in form)


def test_checkout_request__captured_later__says_so_twice() -> None:
    form = form_of(ADAPTER.charge_request(a_payment(checkout=PAGE, captures_automatically=False)))
    assert form["payment_intent_data[capture_method]"] == "manual"
    assert form["metadata[capture_method]"] == "manual"


def test_checkout_request__whose_items_are_not_the_amount__is_refused() -> None:
    page = Checkout("https://a.test", "https://b.test", (LineItem("Mug", 2, 2_499),))
    with pytest.raises(InvalidRequest) as caught:
        ADAPTER.charge_request(a_payment(checkout=page))
    assert caught.value.param == "line_items"


def test_checkout_request__of_an_item_that_stripe_cannot_write__says_which() -> None:
    items = (LineItem("Mug", 1, 1_000), LineItem("Tea", 2, 2_005))
    page = Checkout("https://a.test", "https://b.test", items)
    with pytest.raises(InvalidRequest) as caught:
        ADAPTER.charge_request(a_payment(checkout=page, currency="KWD", amount_minor=5_010))
    assert caught.value.param == "line_items[1].amount_minor"
