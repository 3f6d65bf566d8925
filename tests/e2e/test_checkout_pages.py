"""Checkout sessions over HTTP, at every processor: the payer pays or does not, on the hosted page
and with plain forms, and the processor's events say so. In a browser: `test_checkout_browser`.
"""

from typing import Any

import pytest

from ops.demo.control import Control
from ops.demo.http_client import HttpClient, Reply
from ops.demo.shop import Shop
from ops.stack import Stack
from ops.verify.prover import verify
from tests.e2e.conftest import aws_client
from tests.e2e.payer import Page, visit

PROCESSORS = ("simulated", "stripe", "paypal")
CARDS = ("simulated", "stripe")
"""Those whose page asks for a card, and tells their events of the page's end."""
SUCCESS_URL, CANCEL_URL = "https://shop.test/paid", "https://shop.test/basket"
ITEMS = [{"name": "Tea & <b>biscuits</b>", "quantity": 3, "amount_minor": 1_250}]
AMOUNT_MINOR, FEE_MINOR = 3_750, 75
DECLINED_CARD, ASKING_CARD = "Card that is declined", "Card whose bank asks first"

pytestmark = pytest.mark.e2e


@pytest.fixture
def control(operators_stack: Stack) -> Control:
    assert operators_stack.simulated_processor is not None
    return Control(operators_stack.simulated_processor)


def ask(shop: Shop, processor: str, *, key: str = "order-1", **more: Any) -> Reply:
    body = {
        "amount_minor": AMOUNT_MINOR,
        "currency": "USD",
        "processor": processor,
        "success_url": SUCCESS_URL,
        "cancel_url": CANCEL_URL,
        "line_items": ITEMS,
        **more,
    }
    return shop.client.call("POST", "/v1/checkout-sessions", body=body, key=key)


def opened(shop: Shop, processor: str, **more: Any) -> Any:
    reply = ask(shop, processor, **more)
    assert reply.status == 201, reply.body
    return reply.json


def now(shop: Shop, session: Any) -> tuple[str, str]:
    """The states of the session and of its payment."""
    shown = shop.get(f"/v1/checkout-sessions/{session['id']}").json
    payment = shop.get(f"/v1/payments/{session['payment_id']}").json
    assert (shown["url"] is None) == (shown["status"] != "open")
    return shown["status"], payment["status"]


def leaves_for(page: Page, url: str) -> bool:
    return page.status == 303 and (page.location or "").startswith(url)


@pytest.mark.parametrize("processor", PROCESSORS)
def test_session__made__is_open_and_has_a_page(shop: Shop, processor: str) -> None:
    session = opened(shop, processor)
    assert session == {
        "id": session["id"],
        "object": "checkout_session",
        "payment_id": f"pay_{session['id'].removeprefix('cs_')}",
        "status": "open",
        "url": session["url"],
        "amount_minor": AMOUNT_MINOR,
        "currency": "USD",
        "processor": processor,
        "success_url": SUCCESS_URL,
        "cancel_url": CANCEL_URL,
        "line_items": ITEMS,
        "created_at": session["created_at"],
    }
    assert now(shop, session) == ("open", "requires_action")
    page = visit(session["url"])
    assert page.status == 200
    assert "To pay: 37.50 USD" in page.text
    assert "3 x Tea & <b>biscuits</b>" in page.text
    assert set(page.forms) == {"Pay", "Cancel"}


@pytest.mark.parametrize("processor", PROCESSORS)
def test_session__same_key_again__is_the_same(shop: Shop, processor: str) -> None:
    first, again = ask(shop, processor), ask(shop, processor)
    assert (again.status, again.body, again.is_replay) == (201, first.body, True)
    other = ask(shop, processor, description="another")
    assert (other.status, other.code) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("processor", PROCESSORS)
def test_pay__goes_to_the_success_url_and_completes_the_session(
    stack: dict[str, Any], shop: Shop, control: Control, processor: str
) -> None:
    session = opened(shop, processor)
    page = visit(session["url"]).press("Pay")
    assert leaves_for(page, SUCCESS_URL)
    control.flush()
    assert now(shop, session) == ("complete", "succeeded")
    payment = shop.get(f"/v1/payments/{session['payment_id']}").json
    assert (payment["captured_minor"], payment["fee_minor"]) == (AMOUNT_MINOR, FEE_MINOR)
    (charge,) = control.record([session["payment_id"]]).charges
    assert (charge["status"], charge["captured_minor"]) == ("succeeded", AMOUNT_MINOR)
    assert shop.pending_minor() == AMOUNT_MINOR - FEE_MINOR
    assert verify(stack["tables"], client=aws_client(stack, "dynamodb")).findings == []


@pytest.mark.parametrize("processor", PROCESSORS)
def test_pay__events_twice__is_captured_once(shop: Shop, control: Control, processor: str) -> None:
    session = opened(shop, processor)
    with control.sending_twice():
        visit(session["url"]).press("Pay")
        control.flush()
    control.flush()
    assert now(shop, session) == ("complete", "succeeded")
    assert shop.pending_minor() == AMOUNT_MINOR - FEE_MINOR


@pytest.mark.parametrize("processor", PROCESSORS)
def test_pay__from_two_windows__is_one_charge(shop: Shop, control: Control, processor: str) -> None:
    session = opened(shop, processor)
    one, other = visit(session["url"]), visit(session["url"])
    one.press("Pay")
    control.flush()
    late = other.press("Pay")
    assert (late.status, "is paid" in late.text) == (409, True)
    assert "is paid" in visit(session["url"]).text
    control.flush()
    assert len(control.record([session["payment_id"]]).charges) == 1
    assert shop.pending_minor() == AMOUNT_MINOR - FEE_MINOR


@pytest.mark.parametrize("processor", PROCESSORS)
def test_cancel__goes_to_the_cancel_url_and_leaves_the_session_open(
    shop: Shop, control: Control, processor: str
) -> None:
    session = opened(shop, processor)
    assert leaves_for(visit(session["url"]).press("Cancel"), CANCEL_URL)
    control.flush()
    assert now(shop, session) == ("open", "requires_action")
    assert shop.pending_minor() in (None, 0)


@pytest.mark.parametrize("processor", PROCESSORS)
def test_cancel__payer_comes_back__can_still_pay(
    shop: Shop, control: Control, processor: str
) -> None:
    session = opened(shop, processor)
    page = visit(session["url"])
    page.press("Cancel")
    page.press("Pay")
    control.flush()
    assert now(shop, session) == ("complete", "succeeded")


@pytest.mark.parametrize("processor", CARDS)
def test_declined_card__says_so_and_leaves_the_session_open(
    shop: Shop, control: Control, processor: str
) -> None:
    session = opened(shop, processor)
    page = visit(session["url"]).press("Pay", DECLINED_CARD)
    assert (page.status, page.location) == (200, None)
    assert "The card was declined. Try another one." in page.text
    control.flush()
    assert now(shop, session) == ("open", "requires_action")
    assert leaves_for(page.press("Pay"), SUCCESS_URL)
    control.flush()
    assert now(shop, session) == ("complete", "succeeded")


def test_declined_card__at_paypal__is_declined_when_we_capture_what_was_agreed(
    shop: Shop, control: Control
) -> None:
    session = opened(shop, "paypal")
    # The payer has agreed, and is gone, before PayPal asks the bank.
    assert leaves_for(visit(session["url"]).press("Pay", DECLINED_CARD), SUCCESS_URL)
    control.flush()
    assert now(shop, session) == ("expired", "declined")
    assert shop.pending_minor() in (None, 0)


@pytest.mark.parametrize("processor", CARDS)
def test_card_whose_bank_asks__is_charged_once_the_payer_has_said_yes(
    shop: Shop, control: Control, processor: str
) -> None:
    session = opened(shop, processor)
    bank = visit(session["url"]).press("Pay", ASKING_CARD)
    control.flush()
    assert "37.50 USD" in bank.text
    assert now(shop, session) == ("open", "requires_action")
    assert leaves_for(bank.press("Approve"), SUCCESS_URL)
    control.flush()
    assert now(shop, session) == ("complete", "succeeded")


@pytest.mark.parametrize("processor", CARDS)
def test_card_whose_bank_asks__payer_says_no__can_take_another_card(
    shop: Shop, control: Control, processor: str
) -> None:
    session = opened(shop, processor)
    page = visit(session["url"]).press("Pay", ASKING_CARD).press("Decline")
    assert "The card was declined. Try another one." in page.text
    control.flush()
    assert now(shop, session) == ("open", "requires_action")
    page.press("Pay")
    control.flush()
    assert now(shop, session) == ("complete", "succeeded")


@pytest.mark.parametrize("processor", CARDS)
def test_session__nobody_came__is_expired(
    stack: dict[str, Any], shop: Shop, control: Control, processor: str
) -> None:
    session = opened(shop, processor)
    expire(stack, session)
    control.flush()
    assert now(shop, session) == ("expired", "expired")
    page = visit(session["url"])
    assert (page.forms, "This checkout is expired." in page.text) == ({}, True)


@pytest.mark.parametrize("processor", PROCESSORS)
def test_pay__manual_capture__is_held_until_it_is_captured(
    shop: Shop, control: Control, processor: str
) -> None:
    session = opened(shop, processor, capture_method="manual")
    visit(session["url"]).press("Pay")
    control.flush()
    assert now(shop, session) == ("complete", "authorized")
    reply = shop.capture(session["payment_id"], 2_000, key="capture-1")
    assert (reply.status, reply.member("captured_minor")) == (200, 2_000)


@pytest.mark.parametrize("name", ["success_url", "cancel_url"])
def test_session__url_that_is_none__is_400(shop: Shop, name: str) -> None:
    reply = ask(shop, "simulated", **{name: "javascript:alert(1)"})
    assert (reply.status, reply.code, reply.member("param")) == (400, "invalid_request", name)


def expire(stack: dict[str, Any], session: Any) -> None:
    """Its time is over at the processor."""
    place = stack["simulated_processor"]
    name = session["url"].rpartition("/")[2]
    client = HttpClient(place["url"], place["secret"])
    assert client.call("POST", f"/control/checkout-sessions/{name}/expire", body={}).status == 200
