"""What happens to payments through PayPal? An order is made and captured, held, given back; and its
webhooks are believed only if PayPal has signed them, byte for byte.
"""

from ops.demo.browser import open_page
from ops.demo.control import Control
from ops.demo.http_client import HttpClient, Reply
from ops.demo.inbound import is_duplicate, is_taken, stored_naming
from ops.demo.scene import Scene, expected_fee_minor, money
from ops.demo.shop import Shop
from ops.demo.sink import Posted, Sink, listening
from ops.demo.story import EVENT_SECONDS, eventually, pending_is, refused_with
from ops.demo.stripe_cards import CAPTURED_MINOR, REFUND_MINOR, record_agrees, take_a_part

PAYPAL = "paypal"
PATH = "/webhooks/paypal"
CERTIFICATE = "PAYPAL-CERT-URL"
ANOTHERS_CERTIFICATE = "https://api.paypal.com.example/v1/notifications/certs/CERT-1"

CHARGE_MINOR = 5_000
DECLINED_MINOR = 4_000
APPROVED_MINOR = 7_000


def pay_at_paypal(scene: Scene, control: Control, shop: Shop) -> list[str]:
    """Chapters: all of them. Returns the payments' ids."""
    payment_ids = _capture(scene, control, shop)
    payment_ids.append(_approve(scene, control, shop))
    record_agrees(scene, control, shop, payment_ids)
    scene.checks.end_chapter()
    return payment_ids


def _capture(scene: Scene, control: Control, shop: Shop) -> list[str]:
    """Chapter: an order, a decline, a part and a refund. Returns the payments' ids."""
    check, fee_minor = scene.checks, expected_fee_minor(CHARGE_MINOR)
    scene.chapter(
        f"{money(CHARGE_MINOR)} are paid at PayPal; then a part is taken, and some given back",
        "An order first, which moves no money and can be found again; then it is captured, once.",
    )
    paid = shop.charge(CHARGE_MINOR, "pm_approve", key="at-paypal", processor=PAYPAL)
    payment_id = str(paid.member("id"))
    check.equal(
        "it is answered 201, succeeded",
        expected=(201, "succeeded", CHARGE_MINOR, fee_minor),
        seen=(
            paid.status,
            paid.member("status"),
            paid.member("captured_minor"),
            paid.member("fee_minor"),
        ),
    )
    order_id = (paid.member("processor") or {}).get("reference")
    asked = [send["path"] for send in control.record().sends if payment_id in str(send["key"])]
    check.equal(
        "the order that the payment names was captured, once",
        expected=[f"/paypal/v2/checkout/orders/{order_id}/capture"],
        seen=asked,
    )
    declined = shop.charge(
        DECLINED_MINOR, "pm_decline_expired_card", key="declined-at-paypal", processor=PAYPAL
    )
    refused_with(scene, declined, 402, "card_declined")
    check.equal(
        "in PayPal's words",
        expected="INSTRUMENT_DECLINED",
        seen=str(declined.member("detail")).partition(":")[0],
    )
    captured_id = take_a_part(scene, shop, PAYPAL)
    net_minor = CAPTURED_MINOR - expected_fee_minor(CAPTURED_MINOR) - REFUND_MINOR
    pending_is(scene, shop, CHARGE_MINOR - fee_minor + net_minor)
    check.end_chapter()
    return [payment_id, str(declined.member("payment_id")), captured_id]


def _approve(scene: Scene, control: Control, shop: Shop) -> str:
    """Chapter: the payer agrees, and PayPal tells of it; others too. Returns the payment's id."""
    check = scene.checks
    before_minor = int(shop.pending_minor() or 0)
    scene.chapter(
        "A payer agrees on PayPal's page; PayPal tells of it, and others pretend to",
        f"POST {PATH}: a certificate of PayPal's own host, and a signature over the exact bytes.",
    )
    sink = Sink()
    # What is under way still is ours.
    control.flush()
    with listening(sink) as url, control.sending_paypals_to(url):
        waiting = shop.charge(
            APPROVED_MINOR, "pm_requires_action", key="approved-at-paypal", processor=PAYPAL
        )
        payment_id = str(waiting.member("id"))
        page_url = str((waiting.member("next_action") or {}).get("url"))
        check.equal(
            "it is answered 201, requires_action",
            expected=(201, "requires_action"),
            seen=(waiting.status, waiting.member("status")),
        )
        check.end_chapter()
        open_page(page_url).press("Pay")
        control.flush()
        posted = eventually(lambda: sink.find(payment_id), bool, seconds=EVENT_SECONDS)
    check.equal("the payer agrees, and PayPal posts one webhook", expected=1, seen=len(posted))
    check.end_chapter()
    _believe_paypal_only(scene, shop, payment_id, posted[0])
    fee_minor = expected_fee_minor(APPROVED_MINOR)
    pending_is(scene, shop, before_minor + APPROVED_MINOR - fee_minor)
    return payment_id


def _believe_paypal_only(scene: Scene, shop: Shop, payment_id: str, posted: Posted) -> None:
    """Three who pretend to be PayPal, then PayPal, twice."""
    check, path = scene.checks, f"/v1/payments/{payment_id}"
    client = HttpClient(scene.stack.api_url, None)

    def post(body: bytes, headers: dict[str, str]) -> Reply:
        return client.call("POST", PATH, body=body, extra=headers)

    headers = dict(posted.headers)
    names = {name.upper(): name for name in headers}
    changed = posted.body.replace(b"70.00", b"70.01", 1)
    check.equal(
        "somebody changes one byte of it",
        expected=1,
        seen=sum(a != b for a, b in zip(posted.body, changed, strict=True)),
    )
    refused_with(scene, post(changed, headers), 400, "invalid_signature")
    elsewhere = {**headers, names[CERTIFICATE]: ANOTHERS_CERTIFICATE}
    check.equal(
        "somebody names a certificate of another host",
        expected=[CERTIFICATE],
        seen=[name for name in names if headers[names[name]] != elsewhere[names[name]]],
    )
    refused_with(scene, post(posted.body, elsewhere), 400, "invalid_signature")
    check.equal(
        "nothing is stored, and the payment waits still",
        expected=([], "requires_action"),
        seen=(stored_naming(scene, payment_id), shop.get(path).member("status")),
    )
    is_taken(scene, post(posted.body, headers))
    paid = shop.get(path)
    check.equal(
        "the order is captured, and the payment has succeeded",
        expected=("succeeded", APPROVED_MINOR),
        seen=(paid.member("status"), paid.member("captured_minor")),
    )
    is_duplicate(scene, post(posted.body, headers))
