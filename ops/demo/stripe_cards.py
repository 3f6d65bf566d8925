"""What happens to payments through Stripe? They are charged, declined in Stripe's words, held,
given back; and what an answer did not say is found in Stripe's own list.
"""

from ops.demo.agreement import differences
from ops.demo.control import Control
from ops.demo.scene import Scene, expected_fee_minor, money
from ops.demo.schedule import resting_schedule
from ops.demo.shop import Shop
from ops.demo.story import pending_is, refused_with

STRIPE = "stripe"
CHARGE_MINOR = 5_000
DECLINED_MINOR = 4_000
AUTHORIZED_MINOR = 8_000
CAPTURED_MINOR = 6_000
REFUND_MINOR = 2_000
TIMEOUT_MINOR = 2_500


def pay_at_stripe(scene: Scene, control: Control, shop: Shop) -> list[str]:
    """Chapters: all of them. Returns the payments' ids."""
    charged_id, declined_id = _charge(scene, control, shop)
    captured_id = _capture_and_refund(scene, shop)
    found_id = _find_in_the_list(scene, control, shop)
    payment_ids = [charged_id, declined_id, captured_id, found_id]
    record_agrees(scene, control, shop, payment_ids)
    scene.checks.end_chapter()
    return payment_ids


def _charge(scene: Scene, control: Control, shop: Shop) -> tuple[str, str]:
    """Chapter: one card is charged, another one declined. Returns both payments' ids."""
    check, fee_minor = scene.checks, expected_fee_minor(CHARGE_MINOR)
    scene.chapter(
        f"A card is charged {money(CHARGE_MINOR)} at Stripe, and another one is declined",
        'funding.processor "stripe": one payment intent, confirmed at once, once for ever.',
    )
    paid = shop.charge(CHARGE_MINOR, "pm_approve", key="at-stripe", processor=STRIPE)
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
    record = control.record([payment_id])
    check.equal(
        "Stripe has one payment intent of it, which the payment names",
        expected=[({"name": STRIPE, "reference": one["id"]}, "pi_") for one in record.charges[:1]],
        seen=[(paid.member("processor"), one["id"][:3]) for one in record.charges],
    )
    check.equal("and was asked once", expected=[201], seen=record.statuses_sent(payment_id))
    declined = shop.charge(
        DECLINED_MINOR, "pm_decline_expired_card", key="declined-at-stripe", processor=STRIPE
    )
    refused_with(scene, declined, 402, "card_declined")
    check.equal(
        "in Stripe's words",
        expected="expired_card: Your card was declined: the card has expired.",
        seen=declined.member("detail"),
    )
    pending_is(scene, shop, CHARGE_MINOR - fee_minor)
    check.end_chapter()
    return payment_id, str(declined.member("payment_id"))


def _capture_and_refund(scene: Scene, shop: Shop) -> str:
    """Chapter: hold, take a part, give back a part. Returns the payment's id."""
    before_minor = int(shop.pending_minor() or 0)
    scene.chapter(
        f"{money(AUTHORIZED_MINOR)} are held at Stripe, {money(CAPTURED_MINOR)} taken, "
        f"{money(REFUND_MINOR)} given back",
        "Each in Stripe's own calls, under keys of their own.",
    )
    payment_id = take_a_part(scene, shop, STRIPE)
    fee_minor = expected_fee_minor(CAPTURED_MINOR)
    pending_is(scene, shop, before_minor + CAPTURED_MINOR - fee_minor - REFUND_MINOR)
    scene.checks.end_chapter()
    return payment_id


def take_a_part(scene: Scene, shop: Shop, processor: str) -> str:
    """Hold an amount, take a part of it, and give back a part of that; returns the payment's id."""
    check = scene.checks
    held = shop.charge(
        AUTHORIZED_MINOR, "pm_approve", key=f"held-{processor}", manual=True, processor=processor
    )
    check.equal(
        "it is answered 201, authorized",
        expected=(201, "authorized", 0),
        seen=(held.status, held.member("status"), held.member("captured_minor")),
    )
    payment_id = str(held.member("id"))
    taken = shop.capture(payment_id, CAPTURED_MINOR, key=f"take-{processor}")
    check.equal(
        "the capture is answered 200, succeeded",
        expected=(200, "succeeded", CAPTURED_MINOR, expected_fee_minor(CAPTURED_MINOR)),
        seen=(
            taken.status,
            taken.member("status"),
            taken.member("captured_minor"),
            taken.member("fee_minor"),
        ),
    )
    refund = shop.refund(payment_id, REFUND_MINOR, key=f"refund-{processor}")
    check.equal(
        "the refund is answered 201, succeeded",
        expected=(201, "succeeded", REFUND_MINOR),
        seen=(refund.status, refund.member("status"), refund.member("amount_minor")),
    )
    return payment_id


def _find_in_the_list(scene: Scene, control: Control, shop: Shop) -> str:
    """Chapter: the card is charged, and the answer never comes. Returns the payment's id."""
    check = scene.checks
    before_minor = int(shop.pending_minor() or 0)
    scene.chapter(
        "Stripe charges the card, and its answer never comes",
        "Its list of payment intents is read instead: ours are marked with the payment's id.",
    )
    # Nobody else is to find it out meanwhile.
    with control.holding_events_back(), resting_schedule(scene.stack):
        with scene.console.status("    waiting for Stripe..."):
            lost = shop.charge(
                TIMEOUT_MINOR, "pm_timeout_after", key="lost-at-stripe", processor=STRIPE
            )
        check.equal(
            "it is answered 202, processing",
            expected=(202, "processing"),
            seen=(lost.status, lost.member("status")),
        )
        payment_id = str(lost.member("id"))
        again = shop.charge(
            TIMEOUT_MINOR, "pm_timeout_after", key="lost-at-stripe", processor=STRIPE
        )
        check.equal(
            "the same key tells the truth: 201, succeeded",
            expected=(201, payment_id, "succeeded"),
            seen=(again.status, again.member("id"), again.member("status")),
        )
        check.equal(
            "and Stripe was asked to charge once",
            expected=[None],
            seen=control.record().statuses_sent(payment_id),
        )
    pending_is(scene, shop, before_minor + TIMEOUT_MINOR - expected_fee_minor(TIMEOUT_MINOR))
    return payment_id


def record_agrees(scene: Scene, control: Control, shop: Shop, payment_ids: list[str]) -> None:
    """Check that a processor has recorded what the payments say."""
    scene.checks.equal(
        f"the processor's own record agrees with all {len(payment_ids)} payments",
        expected=[],
        seen=differences(control.record(payment_ids).charges, shop.payments(payment_ids)),
    )
