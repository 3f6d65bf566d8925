"""A payer's browser, on the pages of a processor that really runs."""

from collections.abc import Iterator

import pytest

from ops.demo.browser import PageError, open_page
from ops.demo.http_client import HttpClient
from ops.simulated.server import SimulatedProcessor, running_simulated_processor

BODY = {
    "amount_minor": 5_000,
    "currency": "USD",
    "success_url": "https://shop.example/thanks?of={CHECKOUT_SESSION_ID}",
    "cancel_url": "https://shop.example/basket",
    "payment_id": "pay_1",
    "capture": "automatic",
}


@pytest.fixture
def processor() -> Iterator[SimulatedProcessor]:
    with running_simulated_processor() as running:
        yield running


@pytest.fixture
def session(processor: SimulatedProcessor) -> dict[str, str]:
    client = HttpClient(processor.url, processor.secret)
    reply = client.call("POST", "/v1/checkout-sessions", body=BODY, key="pay_1")
    assert reply.status == 201
    return dict(reply.json)


def test_page__shows_its_words_and_its_buttons(session: dict[str, str]) -> None:
    page = open_page(session["url"])
    assert page.status == 200
    assert "To pay: 50.00 USD" in page.text
    assert "font" not in page.text
    assert page.buttons == ["Pay", "Cancel"]


def test_button__is_pressed__with_what_is_chosen_already(session: dict[str, str]) -> None:
    sent_to = open_page(session["url"]).press("Pay")
    assert sent_to == f"https://shop.example/thanks?of={session['id']}"


def test_button__is_pressed__with_another_choice(session: dict[str, str]) -> None:
    choice = {"payment_method": "pm_decline_card_declined"}
    sent_to = open_page(session["url"]).press("Pay", choice)
    assert sent_to == f"{session['url']}/declined"
    assert "The card was declined." in open_page(sent_to).text


def test_button__that_is_answered_with_a_page__leads_there(processor: SimulatedProcessor) -> None:
    body = {"amount_minor": 1, "currency": "USD", "payment_id": "p", "capture": "automatic"}
    client = HttpClient(processor.url, processor.secret)
    asked = {**body, "payment_method": "pm_requires_action"}
    charge_id = client.call("POST", "/v1/charges", body=asked, key="p").json["id"]
    page_url = f"{processor.url}/action/{charge_id}"
    assert open_page(page_url).press("Approve") == f"{page_url}/approve"


def test_button__that_is_not_there__is_said_in_a_line(session: dict[str, str]) -> None:
    with pytest.raises(PageError, match="has no button Approve"):
        open_page(session["url"]).press("Approve")


def test_button__that_is_not_taken__is_said_in_a_line(session: dict[str, str]) -> None:
    page = open_page(session["url"])
    page.press("Pay")
    with pytest.raises(PageError, match="was answered 409"):
        page.press("Pay")
