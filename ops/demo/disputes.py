"""What if a payer's bank takes the money back? It is gone at once, whatever the balance; won, it
comes back; lost, it does not; and every step is in the statement.
"""

from ops.demo.control import Control
from ops.demo.desk import Document
from ops.demo.scene import Scene, expected_fee_minor, money
from ops.demo.shop import Shop
from ops.demo.story import EVENT_SECONDS, balance_is, eventually, pending_is, refused_with
from ops.demo.stripe_cards import STRIPE

DEPOSIT_MINOR = 6_000
WON_MINOR, LOST_MINOR = 5_000, 4_000
SMALL_MINOR = 100


def dispute(scene: Scene, control: Control, shop: Shop) -> list[str]:
    """Chapters: two disputes, one won and one lost. Returns the payments' ids."""
    won_id, lost_id = (
        _charge(scene, shop, amount_minor) for amount_minor in (WON_MINOR, LOST_MINOR)
    )
    won, lost = _open(scene, control, shop, won_id, lost_id)
    _decide(scene, control, shop, won=won, lost=lost)
    return [won_id, lost_id]


def _charge(scene: Scene, shop: Shop, amount_minor: int) -> str:
    if shop.available_minor() is None:
        scene.chapter(
            f"Two payers' banks want {money(WON_MINOR)} and {money(LOST_MINOR)} back from Stripe",
            f"The merchant has {money(DEPOSIT_MINOR)}: it falls below zero, and owes the rest.",
        )
        shop.deposit(DEPOSIT_MINOR, key="before-disputes")
    paid = shop.charge(amount_minor, "pm_approve", key=f"disputed-{amount_minor}", processor=STRIPE)
    scene.checks.equal(
        f"{money(amount_minor)}: 201, succeeded",
        expected=(201, "succeeded"),
        seen=(paid.status, paid.member("status")),
    )
    scene.checks.end_chapter()
    return str(paid.member("id"))


def _open(
    scene: Scene, control: Control, shop: Shop, won_id: str, lost_id: str
) -> tuple[Document, Document]:
    check = scene.checks
    won = control.dispute(won_id)
    _is(scene, control, shop, won, "open")
    balance_is(scene, shop, DEPOSIT_MINOR - WON_MINOR)
    lost = control.dispute(lost_id)
    _is(scene, control, shop, lost, "open")
    balance_is(scene, shop, DEPOSIT_MINOR - WON_MINOR - LOST_MINOR)
    pending_is(scene, shop, sum(m - expected_fee_minor(m) for m in (WON_MINOR, LOST_MINOR)))
    refund = shop.refund(won_id, SMALL_MINOR, key="refund-of-disputed")
    refused_with(scene, refund, 409, "invalid_transition")
    refused_with(scene, shop.pay(SMALL_MINOR, key="while-owing"), 402, "insufficient_funds")
    check.end_chapter()
    return won, lost


def _decide(scene: Scene, control: Control, shop: Shop, *, won: Document, lost: Document) -> None:
    """Chapter: one of them is won, the other one lost; and the statement tells it."""
    check = scene.checks
    scene.chapter(
        "One dispute is won, the other one lost",
        "What was won is available again, and may be refunded; what was lost stays at the bank.",
    )
    control.decide(won, "won")
    _is(scene, control, shop, won, "won")
    balance_is(scene, shop, DEPOSIT_MINOR - LOST_MINOR)
    control.decide(lost, "lost")
    _is(scene, control, shop, lost, "lost")
    balance_is(scene, shop, DEPOSIT_MINOR - LOST_MINOR)
    again = shop.refund(won["payment_id"], SMALL_MINOR, key="refund-of-won")
    check.equal("what was won may be refunded: 201", expected=201, seen=again.status)
    still = shop.refund(lost["payment_id"], SMALL_MINOR, key="refund-of-lost")
    refused_with(scene, still, 409, "invalid_transition")
    entries = eventually(
        lambda: shop.get("/v1/ledger/entries?limit=100").member("data") or [],
        lambda found: len(found) >= len(_STATEMENT),
    )
    check.equal(
        "the statement has every step, each balanced",
        expected=(sorted(_STATEMENT), {0}),
        seen=(
            sorted((one["kind"], _available_of(one)) for one in entries),
            {sum(posting["amount_minor"] for posting in one["postings"]) for one in entries},
        ),
    )
    check.end_chapter()


_STATEMENT = [
    ("deposit", DEPOSIT_MINOR),
    ("capture", 0),
    ("capture", 0),
    ("dispute_opened", -WON_MINOR),
    ("dispute_opened", -LOST_MINOR),
    ("dispute_won", WON_MINOR),
    ("dispute_lost", 0),
    ("refund_reserved", 0),
    ("refund_succeeded", 0),
]
"""The kind of each entry, and what it does to the available balance."""


def _available_of(entry: Document) -> int:
    return sum(p["amount_minor"] for p in entry["postings"] if p["account"] == "available")


def _is(scene: Scene, control: Control, shop: Shop, dispute: Document, status: str) -> None:
    """Wait for the event, and check what it did."""
    control.flush()
    path = f"/v1/payments/{dispute['payment_id']}"
    disputes = eventually(
        lambda: shop.get(path).member("disputes") or [],
        lambda found: [one["status"] for one in found] == [status],
        seconds=EVENT_SECONDS,
    )
    scene.checks.equal(
        f"the dispute of {money(dispute['amount_minor'])} is {status}",
        expected=[(status, dispute["amount_minor"], "fraudulent")],
        seen=[(one["status"], one["amount_minor"], one["reason"]) for one in disputes],
    )
