"""The hosted pages in a real browser: a person sees what is to be paid, pays or does not, and comes
back to the shop; with a mouse, with a keyboard alone, and on a narrow screen.
"""

import http.server
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from ops.demo.control import Control
from ops.demo.shop import Shop
from ops.stack import Stack
from tests.e2e.browser import BLANK, TAB, Browser, installed, running_browser
from tests.ministack import free_port

PROCESSORS = ("simulated", "stripe", "paypal")
CARDS = ("simulated", "stripe")
WIDE, NARROW, PHONE_HEIGHT = 900, 320, 568
"""In pixels. Source: WCAG 2.2, "Reflow", as of 2026-11."""
LEAST_TARGET = 44
LONG_NAME = "Tea, hand-picked, of the very first harvest, " * 2 + "from a farm"
ITEMS = [{"name": LONG_NAME, "quantity": 3, "amount_minor": 1_250}]

pytestmark = pytest.mark.e2e


@pytest.fixture
def control(operators_stack: Stack) -> Control:
    assert operators_stack.simulated_processor is not None
    return Control(operators_stack.simulated_processor)


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The shop's own, to which a payer comes back."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = b'<!doctype html><link rel="icon" href="data:,"><title>Shop</title>Welcome back'
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    programs = installed()
    if programs is None:
        pytest.skip("no Chromium with its chromedriver in PATH: the pages were tried without")
    folder = tmp_path_factory.mktemp("browser")
    with running_browser(programs, folder=folder, port=free_port()) as browser:
        yield browser


@pytest.fixture
def browser(running: Browser) -> Browser:
    """With nothing to tell of before."""
    running.open("about:blank")
    running.resize(WIDE, WIDE)
    running.complaints()
    running.requests()
    return running


def opened(shop: Shop, processor: str, site: str) -> Any:
    body = {
        "amount_minor": 3_750,
        "currency": "USD",
        "processor": processor,
        "success_url": f"{site}/paid",
        "cancel_url": f"{site}/basket",
        "line_items": ITEMS,
    }
    reply = shop.client.call("POST", "/v1/checkout-sessions", body=body, key="order-1")
    assert reply.status == 201, reply.body
    return reply.json


def status_of(shop: Shop, session: Any) -> str:
    return str(shop.get(f"/v1/checkout-sessions/{session['id']}").json["status"])


@pytest.mark.parametrize("processor", PROCESSORS)
def test_person__pays__comes_back_to_the_shop_and_the_session_is_complete(
    shop: Shop, control: Control, browser: Browser, site: str, processor: str
) -> None:
    session = opened(shop, processor, site)
    browser.open(session["url"])
    seen = browser.text()
    assert f"3 x {LONG_NAME}" in seen
    assert "To pay: 37.50 USD" in seen
    browser.click("Pay")
    browser.wait_for(f"{site}/paid")
    assert browser.text() == "Welcome back"
    control.flush()
    assert status_of(shop, session) == "complete"
    assert browser.complaints() == []
    asked = {urlsplit(url).netloc for url in browser.requests()}
    assert asked == {urlsplit(session["url"]).netloc, urlsplit(site).netloc}


@pytest.mark.parametrize("processor", PROCESSORS)
def test_person__cancels__comes_back_to_the_basket_and_the_session_is_open(
    shop: Shop, control: Control, browser: Browser, site: str, processor: str
) -> None:
    session = opened(shop, processor, site)
    browser.open(session["url"])
    browser.click("Cancel")
    browser.wait_for(f"{site}/basket")
    control.flush()
    assert status_of(shop, session) == "open"
    assert browser.complaints() == []


@pytest.mark.parametrize("processor", CARDS)
def test_person__declined__is_told_and_pays_with_another_card(
    shop: Shop, control: Control, browser: Browser, site: str, processor: str
) -> None:
    session = opened(shop, processor, site)
    browser.open(session["url"])
    browser.click("Card that is declined")
    browser.click("Pay")
    browser.wait_for(f"{session['url']}/declined")
    assert browser.text("[role=alert]") == "The card was declined. Try another one."
    assert status_of(shop, session) == "open"
    browser.click("Pay")
    browser.wait_for(f"{site}/paid")
    control.flush()
    assert status_of(shop, session) == "complete"
    assert browser.complaints() == []


@pytest.mark.parametrize("processor", CARDS)
def test_person__asked_by_the_bank__says_yes_and_has_paid(
    shop: Shop, control: Control, browser: Browser, site: str, processor: str
) -> None:
    session = opened(shop, processor, site)
    browser.open(session["url"])
    browser.click("Card whose bank asks first")
    browser.click("Pay")
    browser.wait_for(f"{session['url'].partition('/checkout/')[0]}/action/")
    assert "Pay 37.50 USD?" in browser.text()
    browser.click("Approve")
    browser.wait_for(f"{site}/paid")
    control.flush()
    assert status_of(shop, session) == "complete"
    assert browser.complaints() == []


@pytest.mark.parametrize("processor", PROCESSORS)
def test_person__keyboard_alone__can_pay(
    shop: Shop, browser: Browser, site: str, processor: str
) -> None:
    browser.open(opened(shop, processor, site)["url"])
    visited = []
    for _ in range(3):
        browser.type(TAB)
        visited.append(browser.focused())
    assert visited == ["pm_approve", "Pay", "Cancel"]
    assert browser.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    browser.run("document.querySelector('button').focus()")
    browser.type(BLANK)
    browser.wait_for(f"{site}/paid")


@pytest.mark.parametrize("processor", PROCESSORS)
def test_page__narrow_screen__fits_and_can_be_pressed(
    shop: Shop, browser: Browser, site: str, processor: str
) -> None:
    session = opened(shop, processor, site)
    browser.resize(NARROW, PHONE_HEIGHT)
    browser.open(session["url"])
    assert browser.run("return innerWidth") == NARROW
    page = "document.documentElement"
    assert browser.run(f"return {page}.scrollWidth - {page}.clientWidth") == 0
    heights = browser.run(
        "return [...document.querySelectorAll('button, label')].map(e => e.offsetHeight)"
    )
    assert len(heights) >= 4
    assert min(heights) >= LEAST_TARGET


@pytest.mark.parametrize("processor", PROCESSORS)
def test_page__is_named_and_so_is_every_field(
    shop: Shop, browser: Browser, site: str, processor: str
) -> None:
    browser.open(opened(shop, processor, site)["url"])
    assert browser.title.startswith("Simulated ")
    assert browser.run("return document.documentElement.lang") == "en"
    unnamed = "return [...document.querySelectorAll('input')].filter(e => e.labels.length != 1)"
    assert browser.run(unnamed) == []
    assert browser.text("legend") == "Pay with"
