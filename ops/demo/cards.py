"""What happens to payments through a processor when all goes well? Charge, decline, authorize and
capture, void, refund, and a payer who has to approve first.
"""

from dataclasses import dataclass

from ops.demo.control import Control, approve_on_page
from ops.demo.scene import Scene, expected_fee_minor, money
from ops.demo.shop import Shop
from ops.demo.story import EVENT_SECONDS, eventually, pending_is, refused_with

CHARGE_MINOR = 5_000
CHARGE_KEY = "card-1"
DECLINED_MINOR = 4_000
AUTHORIZED_MINOR = 8_000
CAPTURED_MINOR = 6_000
AUTHORIZED_KEY = "card-on-hold"
CAPTURE_KEY = "capture-a-part"
VOIDED_MINOR = 3_000
FIRST_REFUND_MINOR = 2_000
SECOND_REFUND_MINOR = 1_000
REFUND_KEY = "card-refund-1"
ACTION_MINOR = 7_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """What these chapters leave.

    Attributes:
        charged_id: a payment that was charged at once, and refunded in part.
        declined_id: one that was declined.
        captured_id: one that was authorized, and captured in part.
        approved_id: one that its payer approved.
    """

    charged_id: str
    declined_id: str
    captured_id: str
    approved_id: str


def pay_by_card(scene: Scene, control: Control, shop: Shop) -> Cards:
    """Tell all of them."""
    charged_id, declined_id = _charge(scene, control, shop)
    captured_id = _capture_a_part(scene, control, shop)
    _void(scene, control, shop)
    _refund(scene, control, shop, charged_id)
    approved_id = _approve_first(scene, control, shop)
    return Cards(
        charged_id=charged_id,
        declined_id=declined_id,
        captured_id=captured_id,
        approved_id=approved_id,
    )


def _charge(scene: Scene, control: Control, shop: Shop) -> tuple[str, str]:
    """Chapter: one card is charged, another one declined. Returns both payments' ids."""
    check, fee_minor = scene.checks, expected_fee_minor(CHARGE_MINOR)
    scene.chapter(
        f"A card is charged {money(CHARGE_MINOR)} through a payment processor",
        'POST /v1/payments, funding.type "processor": reserve, call the processor once, settle.',
    )
    first = shop.charge(CHARGE_MINOR, "pm_approve", key=CHARGE_KEY)
    check.equal(
        "it is answered 201, succeeded",
        expected=(201, "succeeded", CHARGE_MINOR, fee_minor),
        seen=(
            first.status,
            first.member("status"),
            first.member("captured_minor"),
            first.member("fee_minor"),
        ),
    )
    charged_id = str(first.member("id"))
    charges = control.record([charged_id]).charges
    check.equal(
        "the processor's own record has one charge of it, under the payment's id",
        expected=[(charged_id, "succeeded", CHARGE_MINOR)],
        seen=[(c["idempotency_key"], c["status"], c["captured_minor"]) for c in charges],
    )
    again = shop.charge(CHARGE_MINOR, "pm_approve", key=CHARGE_KEY)
    check.equal(
        "the same key again: the same bytes, and the processor is not asked",
        expected=(first.body, [201]),
        seen=(again.body, control.record().statuses_sent(charged_id)),
    )
    pending_is(scene, shop, CHARGE_MINOR - fee_minor)
    check.equal("nothing of it can be spent yet", expected=0, seen=shop.available_minor())
    check.end_chapter()

    scene.chapter(
        "Another card is declined",
        "402 with the payment's id: the decline is kept, and nothing has moved.",
    )
    declined = shop.charge(DECLINED_MINOR, "pm_decline_expired_card", key="card-2")
    refused_with(scene, declined, 402, "card_declined")
    declined_id = str(declined.member("payment_id"))
    kept = shop.get(f"/v1/payments/{declined_id}")
    check.equal(
        "the payment is declined, in the processor's own words",
        expected=(
            "declined",
            {"code": "card_declined", "message": "expired_card: the card has expired"},
        ),
        seen=(kept.member("status"), kept.member("failure")),
    )
    pending_is(scene, shop, CHARGE_MINOR - fee_minor)
    check.end_chapter()
    return charged_id, declined_id


def _capture_a_part(scene: Scene, control: Control, shop: Shop) -> str:
    """Chapter: authorize, try too much, capture a part. Returns the payment's id."""
    check, fee_minor = scene.checks, expected_fee_minor(CAPTURED_MINOR)
    before_minor = int(shop.pending_minor() or 0)
    scene.chapter(
        f"{money(AUTHORIZED_MINOR)} are held on a card, and {money(CAPTURED_MINOR)} of them taken",
        'capture_method "manual": POST /v1/payments/{id}/capture, and what is left is released.',
    )
    held = shop.charge(AUTHORIZED_MINOR, "pm_approve", key=AUTHORIZED_KEY, manual=True)
    check.equal(
        "it is answered 201, authorized, nothing captured",
        expected=(201, "authorized", 0),
        seen=(held.status, held.member("status"), held.member("captured_minor")),
    )
    pending_is(scene, shop, before_minor)
    payment_id = str(held.member("id"))
    too_much = shop.capture(payment_id, AUTHORIZED_MINOR + 1, key="capture-too-much")
    refused_with(scene, too_much, 422, "amount_exceeds_authorized")
    taken = shop.capture(payment_id, CAPTURED_MINOR, key=CAPTURE_KEY)
    check.equal(
        f"the capture is answered 200; the fee is of what was taken, {money(fee_minor)}",
        expected=(200, "succeeded", CAPTURED_MINOR, fee_minor),
        seen=(
            taken.status,
            taken.member("status"),
            taken.member("captured_minor"),
            taken.member("fee_minor"),
        ),
    )
    charges = control.record([payment_id]).charges
    check.equal(
        "the processor has captured the same, once",
        expected=[("succeeded", [CAPTURED_MINOR])],
        seen=[(c["status"], [one["amount_minor"] for one in c["captures"]]) for c in charges],
    )
    refused_with(scene, shop.capture(payment_id, None, key="again"), 409, "invalid_transition")
    pending_is(scene, shop, before_minor + CAPTURED_MINOR - fee_minor)
    check.end_chapter()
    return payment_id


def _void(scene: Scene, control: Control, shop: Shop) -> None:
    """Chapter: what was held is released."""
    check = scene.checks
    before_minor = int(shop.pending_minor() or 0)
    scene.chapter(
        f"{money(VOIDED_MINOR)} are held on a card, and released",
        "POST /v1/payments/{id}/void; a second void is refused, the same one again is not.",
    )
    held = shop.charge(VOIDED_MINOR, "pm_approve", key="card-to-release", manual=True)
    payment_id = str(held.member("id"))
    released = shop.void(payment_id, key="void-1")
    check.equal(
        "it is answered 200, voided",
        expected=(200, "voided"),
        seen=(released.status, released.member("status")),
    )
    refused_with(scene, shop.void(payment_id, key="void-2"), 409, "invalid_transition")
    again = shop.void(payment_id, key="void-1")
    check.equal(
        "the first one again: the same 200, byte for byte",
        expected=(200, released.body),
        seen=(again.status, again.body),
    )
    charges = control.record([payment_id]).charges
    check.equal(
        "the processor has one charge, voided once",
        expected=[("voided", 1)],
        seen=[(charge["status"], len(charge["voids"])) for charge in charges],
    )
    pending_is(scene, shop, before_minor)
    check.end_chapter()


def _refund(scene: Scene, control: Control, shop: Shop, charged_id: str) -> None:
    """Chapter: two parts go back to the card, and too much is asked for."""
    check = scene.checks
    before_minor = int(shop.pending_minor() or 0)
    parts = (FIRST_REFUND_MINOR, SECOND_REFUND_MINOR)
    left_minor = CHARGE_MINOR - sum(parts)
    scene.chapter(
        f"{money(parts[0])} and {money(parts[1])} of the first payment go back to the card",
        "POST /v1/payments/{id}/refunds: set aside first, given back at the processor, booked.",
    )
    for part, key in zip(parts, (REFUND_KEY, "card-refund-2"), strict=True):
        refund = shop.refund(charged_id, part, key=key)
        check.equal(
            f"{money(part)}: 201, succeeded",
            expected=(201, "succeeded", part),
            seen=(refund.status, refund.member("status"), refund.member("amount_minor")),
        )
    too_much = shop.refund(charged_id, left_minor + 1, key="card-refund-of-too-much")
    refused_with(scene, too_much, 422, "amount_exceeds_captured")
    charges = control.record([charged_id]).charges
    check.equal(
        "the processor has given back the same two",
        expected=[list(parts)],
        seen=[[refund["amount_minor"] for refund in charge["refunds"]] for charge in charges],
    )
    pending_is(scene, shop, before_minor - sum(parts))
    check.end_chapter()


def _approve_first(scene: Scene, control: Control, shop: Shop) -> str:
    """Chapter: the payer has to approve; the processor's event, sent twice, ends the payment once.
    Returns its id.
    """
    check, fee_minor = scene.checks, expected_fee_minor(ACTION_MINOR)
    before_minor = int(shop.pending_minor() or 0)
    scene.chapter(
        "A payer has to approve first, and the processor tells us twice that it did",
        "201 requires_action with next_action.url; POST /webhooks/simulated, signed, ends it.",
    )
    with control.sending_twice():
        waiting = shop.charge(ACTION_MINOR, "pm_requires_action", key="card-with-action")
        payment_id = str(waiting.member("id"))
        url = str((waiting.member("next_action") or {}).get("url"))
        check.equal(
            "it is answered 201, requires_action, with the page to go to",
            expected=(201, "requires_action", True),
            seen=(waiting.status, waiting.member("status"), "/action/ch_" in url),
        )
        check.equal("the payer approves there", expected=200, seen=approve_on_page(url).status)
    path = f"/v1/payments/{payment_id}"
    paid = eventually(
        lambda: shop.get(path),
        lambda payment: payment.member("status") != "requires_action",
        seconds=EVENT_SECONDS,
    )
    check.equal("the payment has succeeded", expected="succeeded", seen=paid.member("status"))
    deliveries = eventually(
        lambda: control.events(payment_id),
        lambda events: all(event["taken"] for event in events),
        seconds=EVENT_SECONDS,
    )
    check.equal(
        "its event came twice, and was answered 200 twice",
        expected=[True, True],
        seen=[
            delivery["taken"]
            for delivery in deliveries
            if delivery["event"]["type"] == "charge.succeeded"
        ],
    )
    check.equal(
        "and was booked once",
        expected=(paid.body, 1),
        seen=(shop.get(path).body, len(paid.member("ledger_entries") or [])),
    )
    pending_is(scene, shop, before_minor + ACTION_MINOR - fee_minor)
    check.end_chapter()
    return payment_id
