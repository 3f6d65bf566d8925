"""What happens on a page of the processor's? A payer pays with another card, goes away, agrees at
PayPal; and the merchant hears of it by the processor's event.
"""

from ops.demo.browser import open_page
from ops.demo.control import Control
from ops.demo.http_client import Reply
from ops.demo.scene import Scene, expected_fee_minor, money
from ops.demo.shop import CANCELED_URL, ITEM, PAID_URL, Shop
from ops.demo.story import EVENT_SECONDS, eventually, pending_is
from ops.demo.stripe_cards import record_agrees

SHOES_MINOR = 4_500
DECLINED_CARD = {"payment_method": "pm_decline_card_declined"}


def check_out(scene: Scene, control: Control, shop: Shop) -> list[str]:
    """Chapters: all of them. Returns the payments' ids."""
    paid_ids = [
        _pay_with_another_card(scene, control, shop),
        _pay(scene, control, shop, "stripe", "Another one pays on Stripe's page"),
    ]
    left_id = _go_away(scene, control, shop)
    paid_ids.append(_pay(scene, control, shop, "paypal", "And one agrees to pay on PayPal's page"))
    check = scene.checks
    fee_minor = expected_fee_minor(SHOES_MINOR)
    pending_is(scene, shop, len(paid_ids) * (SHOES_MINOR - fee_minor))
    record_agrees(scene, control, shop, [*paid_ids, left_id])
    check.end_chapter()
    return [*paid_ids, left_id]


def _pay_with_another_card(scene: Scene, control: Control, shop: Shop) -> str:
    """Chapter: the first card is declined, the second one pays. Returns the payment's id."""
    check = scene.checks
    scene.chapter(
        f"A payer pays {money(SHOES_MINOR)} on a page of the processor's, with the second card",
        "POST /v1/checkout-sessions answers a URL; the page is opened and its forms are sent.",
    )
    session = _open_session(scene, shop, "simulated", key="second-card")
    page = open_page(str(session.member("url")))
    check.equal(
        "the page shows what is to be paid, and two buttons",
        expected=(f"1 x {ITEM} {money(SHOES_MINOR)}", ["Pay", "Cancel"]),
        seen=(_between(page.text, "Simulated checkout ", " To pay"), page.buttons),
    )
    said = open_page(page.press("Pay", DECLINED_CARD))
    check.holds(
        "the first card is declined, and the page says so",
        "The card was declined." in said.text,
        expected="The card was declined.",
        seen=said.text,
    )
    check.equal(
        "the session stays open", expected="open", seen=_session(shop, session).member("status")
    )
    check.equal("the second one pays: back to the shop", expected=PAID_URL, seen=said.press("Pay"))
    return _is_paid(scene, control, shop, session)


def _pay(scene: Scene, control: Control, shop: Shop, processor: str, title: str) -> str:
    """Chapter: the payer pays at once. Returns the payment's id."""
    scene.chapter(title, "The same request with that processor's name; the same end.")
    session = _open_session(scene, shop, processor, key=f"shoes-{processor}")
    sent_to = open_page(str(session.member("url"))).press("Pay")
    scene.checks.equal(
        "the payer comes back to the shop", expected=PAID_URL, seen=sent_to.partition("?")[0]
    )
    return _is_paid(scene, control, shop, session)


def _go_away(scene: Scene, control: Control, shop: Shop) -> str:
    """Chapter: the payer cancels, and never comes again. Returns the payment's id."""
    check = scene.checks
    scene.chapter(
        "Somebody cancels on Stripe's page, and does not come back",
        "Going away is no decline: the session stays open until Stripe says that it has expired.",
    )
    session = _open_session(scene, shop, "stripe", key="never-paid")
    url = str(session.member("url"))
    check.equal(
        "the payer is sent back to the basket",
        expected=CANCELED_URL,
        seen=open_page(url).press("Cancel"),
    )
    check.equal(
        "the session stays open", expected="open", seen=_session(shop, session).member("status")
    )
    control.expire_checkout(url)
    ended = _wait_for_the_end(control, shop, session)
    payment = shop.get(f"/v1/payments/{session.member('payment_id')}")
    check.equal(
        "Stripe's event says so: session and payment have expired, and there is no page",
        expected=("expired", None, "expired", 0),
        seen=(
            ended.member("status"),
            ended.member("url"),
            payment.member("status"),
            payment.member("captured_minor"),
        ),
    )
    check.equal("and its page says so too", expected=[], seen=open_page(url).buttons)
    check.end_chapter()
    return str(session.member("payment_id"))


def _open_session(scene: Scene, shop: Shop, processor: str, *, key: str) -> Reply:
    session = shop.check_out(SHOES_MINOR, key=key, processor=processor)
    scene.checks.equal(
        "it is answered 201, open, with the page's URL",
        expected=(201, "open", processor, "http"),
        seen=(
            session.status,
            session.member("status"),
            session.member("processor"),
            str(session.member("url"))[:4],
        ),
    )
    scene.checks.end_chapter()
    return session


def _is_paid(scene: Scene, control: Control, shop: Shop, session: Reply) -> str:
    payment_id = str(session.member("payment_id"))
    ended = _wait_for_the_end(control, shop, session)
    payment = shop.get(f"/v1/payments/{payment_id}")
    scene.checks.equal(
        "the event says so: the session is complete, the payment has succeeded",
        expected=("complete", "succeeded", SHOES_MINOR, expected_fee_minor(SHOES_MINOR)),
        seen=(
            ended.member("status"),
            payment.member("status"),
            payment.member("captured_minor"),
            payment.member("fee_minor"),
        ),
    )
    scene.checks.end_chapter()
    return payment_id


def _wait_for_the_end(control: Control, shop: Shop, session: Reply) -> Reply:
    control.flush()
    return eventually(
        lambda: _session(shop, session),
        lambda found: found.member("status") != "open",
        seconds=EVENT_SECONDS,
    )


def _session(shop: Shop, session: Reply) -> Reply:
    return shop.get(f"/v1/checkout-sessions/{session.member('id')}")


def _between(text: str, before: str, after: str) -> str:
    return text.partition(before)[2].partition(after)[0]
