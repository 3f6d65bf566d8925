"""What has a processor told us, and what has become of it? A merchant sees the events of its own
payments; what concerns nobody's is kept for an operator, and changes nothing.
"""

from collections.abc import Sequence

from ops.demo.control import Control, PaidOut
from ops.demo.desk import Desk, Document
from ops.demo.inbound import read_event
from ops.demo.scene import Scene, money
from ops.demo.shop import CURRENCY, Shop
from ops.demo.story import EVENT_SECONDS, eventually
from ops.demo.stripe_cards import STRIPE

PAYOUT_MINOR = 12_300
PAGE = 100

SILENT = frozenset({"payment_intent.created", "charge.refunded"})
"""Types that tell nothing that another event does not tell."""


def read_events(
    scene: Scene, control: Control, desk: Desk, shop: Shop, payment_ids: Sequence[str]
) -> PaidOut:
    """Chapter: a merchant's events, and Stripe's payout, which is returned.

    Args:
        scene: where.
        control: what Stripe has told.
        desk: an operator.
        shop: a merchant.
        payment_ids: all that it was paid through Stripe.
    """
    check = scene.checks
    scene.chapter(
        f"The merchant reads its events; and Stripe pays {money(PAYOUT_MINOR)} out",
        "GET /v1/events: what was told, and what became of it. A payout changes no payment.",
    )
    control.flush()
    expected = _expected(control, shop.payments(payment_ids))
    events = eventually(
        lambda: shop.get(f"/v1/events?limit={PAGE}").member("data") or [],
        lambda found: len(found) >= len(expected),
        seconds=EVENT_SECONDS,
    )
    check.equal(
        f"it sees {len(expected)} events, all that tell of its payments, each applied",
        expected=[(event_id, "applied") for event_id in expected],
        seen=sorted((one["provider_event_id"], one["status"]) for one in events),
    )
    before = (shop.get("/v1/balances").body, shop.payments(payment_ids))
    paid_out = control.pay_out_at_stripe(PAYOUT_MINOR, currency=CURRENCY)
    event_id = paid_out.event_id
    control.flush()
    kept = eventually(
        lambda: read_event(desk.client, STRIPE, event_id), bool, seconds=EVENT_SECONDS
    )
    check.equal(
        "Stripe's payout.paid is kept for the operator, and is nobody's",
        expected=("payout.paid", "applied", None),
        seen=(kept.get("type"), kept.get("status"), kept.get("payment_id")),
    )
    check.equal(
        "the merchant does not see it", expected={}, seen=read_event(shop.client, STRIPE, event_id)
    )
    check.equal(
        "no balance and no payment has changed",
        expected=before,
        seen=(shop.get("/v1/balances").body, shop.payments(payment_ids)),
    )
    check.end_chapter()
    return paid_out


def _expected(control: Control, payments: Sequence[Document]) -> list[str]:
    """Events that say something of a payment: not only that an object was made."""
    # Some name our id of the payment, all name Stripe's.
    references = [payment["processor"]["reference"] for payment in payments]
    told: list[Document] = [
        one["event"] for reference in references for one in control.events(reference)
    ]
    return sorted(str(event["id"]) for event in told if event["type"] not in SILENT)
