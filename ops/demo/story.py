"""What happens to one merchant? It deposits, pays, asks again, refunds and reads, call by call."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ops.demo.http_client import HttpClient, Reply
from ops.demo.scene import Scene, expected_fee_minor, money
from ops.demo.shop import Shop

DEPOSIT_MINOR = 100_000
PAYMENT_MINOR = 5_000
OTHER_AMOUNT_MINOR = 5_001
PART_MINOR = 2_000

DEPOSIT_KEY = "deposit-1"
PAYMENT_KEY = "order-1"
REFUND_KEY = "refund-of-a-part"

LIST_SECONDS = 5.0
"""A list may lag behind writes; this long the story waits for it."""

EVENT_SECONDS = 30.0
"""An event comes a second after what it tells of, and may find a function cold, on a busy machine
several seconds so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """The story's first payment."""

    payment_id: str
    reply: Reply


def deposit_money(scene: Scene, shop: Shop) -> str:
    """Chapter: a merchant puts money on its balance. Returns the deposit's id."""
    scene.chapter(
        f"A merchant deposits {money(DEPOSIT_MINOR)}",
        "POST /v1/deposits: payments will be taken from this balance.",
    )
    reply = shop.deposit(DEPOSIT_MINOR, key=DEPOSIT_KEY)
    check = scene.checks
    check.equal("it is answered 201 Created", expected=201, seen=reply.status)
    check.equal(
        "for exactly that amount", expected=DEPOSIT_MINOR, seen=reply.member("amount_minor")
    )
    balance_is(scene, shop, DEPOSIT_MINOR)
    check.end_chapter()
    return str(reply.member("id"))


def pay_once(scene: Scene, shop: Shop) -> Paid:
    """Chapter: the first payment, with its fee."""
    fee_minor = expected_fee_minor(PAYMENT_MINOR)
    scene.chapter(
        f"It pays {money(PAYMENT_MINOR)}",
        f"POST /v1/payments: the balance falls by that and by a fee of 2 %, {money(fee_minor)}.",
    )
    reply = shop.pay(PAYMENT_MINOR, key=PAYMENT_KEY, customer_id="anna")
    check = scene.checks
    check.equal("it is answered 201 Created", expected=201, seen=reply.status)
    check.equal("the payment succeeded", expected="succeeded", seen=reply.member("status"))
    check.equal("the amount is right", expected=PAYMENT_MINOR, seen=reply.member("amount_minor"))
    check.equal(
        f"the fee is {money(fee_minor)}", expected=fee_minor, seen=reply.member("fee_minor")
    )
    balance_is(scene, shop, DEPOSIT_MINOR - PAYMENT_MINOR - fee_minor)
    check.end_chapter()
    return Paid(payment_id=str(reply.member("id")), reply=reply)


def ask_again(scene: Scene, shop: Shop, paid: Paid) -> None:
    """Chapter: the same request under the same key, and another request under it."""
    check = scene.checks
    left_minor = DEPOSIT_MINOR - PAYMENT_MINOR - expected_fee_minor(PAYMENT_MINOR)
    scene.chapter(
        "Its reply got lost, so it asks again",
        "The same request with the same Idempotency-Key: the old answer, and no second charge.",
    )
    again = shop.pay(PAYMENT_MINOR, key=PAYMENT_KEY, customer_id="anna")
    check.equal("it is answered 201 again", expected=201, seen=again.status)
    check.equal("the body is the same, byte for byte", expected=paid.reply.body, seen=again.body)
    check.equal("header Idempotent-Replayed: true", expected=True, seen=again.is_replay)
    check.equal("the first answer had no such header", expected=False, seen=paid.reply.is_replay)
    balance_is(scene, shop, left_minor)
    check.end_chapter()

    scene.chapter(
        "A mistake: the same key with another amount",
        f"{money(OTHER_AMOUNT_MINOR)} under the key of the payment before: refused.",
    )
    reused = shop.pay(OTHER_AMOUNT_MINOR, key=PAYMENT_KEY, customer_id="anna")
    refused_with(scene, reused, 422, "idempotency_key_reused")
    balance_is(scene, shop, left_minor)
    check.end_chapter()


def refund_in_parts(scene: Scene, shop: Shop, paid: Paid) -> None:
    """Chapter: a part goes back, then too much is asked for, then the rest."""
    check = scene.checks
    before_minor = shop.available_minor()
    path = f"/v1/payments/{paid.payment_id}"
    rest_minor = PAYMENT_MINOR - PART_MINOR
    scene.chapter(
        f"It gives back {money(PART_MINOR)}, then the rest",
        f"POST {path}/refunds: the money returns to the balance, the fee does not.",
    )
    part = shop.refund(paid.payment_id, PART_MINOR, key=REFUND_KEY)
    check.equal("the part is answered 201", expected=201, seen=part.status)
    check.equal("it is what was asked for", expected=PART_MINOR, seen=part.member("amount_minor"))
    too_much = shop.refund(paid.payment_id, rest_minor + 1, key="refund-of-too-much")
    refused_with(scene, too_much, 422, "amount_exceeds_captured")
    rest = shop.refund(paid.payment_id, None, key="refund-of-the-rest")
    check.equal("the rest is answered 201", expected=201, seen=rest.status)
    check.equal(f"it is {money(rest_minor)}", expected=rest_minor, seen=rest.member("amount_minor"))
    one_more = shop.refund(paid.payment_id, 1, key="refund-of-one-more")
    refused_with(scene, one_more, 422, "amount_exceeds_captured")
    payment = shop.get(path)
    check.equal(
        "the payment says that all of it went back",
        expected=PAYMENT_MINOR,
        seen=payment.member("refunded_minor"),
    )
    check.equal(
        "with two refunds and three ledger entries",
        expected=(2, 3),
        seen=(len(payment.member("refunds") or []), len(payment.member("ledger_entries") or [])),
    )
    expected = before_minor + PAYMENT_MINOR if isinstance(before_minor, int) else PAYMENT_MINOR
    balance_is(scene, shop, expected)
    check.end_chapter()


def turn_strangers_away(scene: Scene, shop: Shop, paid: Paid) -> None:
    """Chapter: no key, a wrong key, and another merchant's."""
    scene.chapter(
        "Strangers knock",
        "No key and a made-up key are 401; another merchant's payment is 404, as if it were not.",
    )
    path = f"/v1/payments/{paid.payment_id}"
    url = scene.stack.api_url
    nobody = HttpClient(url, None).call("GET", path)
    scene.checks.equal("without a key: 401", expected=401, seen=nobody.status)
    forged = shop.api_key[:-4] + ("aaaa" if shop.api_key[-4:] != "aaaa" else "bbbb")
    stranger = HttpClient(url, forged).call("GET", path)
    scene.checks.equal("with a key that was never made: 401", expected=401, seen=stranger.status)
    other = scene.open_shop("The Shop Next Door")
    refused_with(scene, other.get(path), 404, "not_found")
    refused_with(scene, other.refund(paid.payment_id, 1, key="not-mine"), 404, "not_found")
    scene.checks.end_chapter()


def read_back(scene: Scene, shop: Shop, payment_ids: set[str]) -> None:
    """Chapter: the list, page by page, and the statement."""
    check = scene.checks
    scene.chapter(
        "It reads its list and its statement",
        "GET /v1/payments page by page with a cursor; GET /v1/ledger/entries, double entry.",
    )
    pages = eventually(
        lambda: _pages(shop, "/v1/payments?limit=1"),
        lambda found: len(found) >= len(payment_ids),
    )
    listed = [str(one.get("id")) for page in pages for one in page]
    check.equal(
        f"{len(pages)} pages of one list every payment once",
        expected=sorted(payment_ids),
        seen=sorted(listed),
    )
    entries = [entry for page in _pages(shop, "/v1/ledger/entries?limit=100") for entry in page]
    postings = [posting for entry in entries for posting in entry.get("postings", [])]
    check.equal(
        f"the postings of {len(entries)} entries sum to zero",
        expected=0,
        seen=sum(posting["amount_minor"] for posting in postings),
    )
    check.equal(
        "and those to the balance sum to the balance",
        expected=shop.available_minor(),
        seen=sum(p["amount_minor"] for p in postings if p["account"] == "available"),
    )
    check.end_chapter()


def balance_is(scene: Scene, shop: Shop, expected_minor: int) -> None:
    """Check what the API says may be spent."""
    scene.checks.equal(
        f"the balance is {money(expected_minor)}",
        expected=expected_minor,
        seen=shop.available_minor(),
    )


def pending_is(scene: Scene, shop: Shop, expected_minor: int) -> None:
    """Check what the API says is still to be settled by the processor."""
    scene.checks.equal(
        f"pending is {money(expected_minor)}", expected=expected_minor, seen=shop.pending_minor()
    )


def refused_with(scene: Scene, reply: Reply, status: int, code: str) -> None:
    """Check a refusal."""
    scene.checks.equal(
        f"refused with {status} {code}", expected=(status, code), seen=(reply.status, reply.code)
    )


def _pages(shop: Shop, path: str) -> list[list[dict[str, Any]]]:
    pages: list[list[dict[str, Any]]] = []
    cursor = ""
    for _ in range(100):
        reply = shop.get(path + cursor)
        data = reply.member("data")
        if reply.status != 200 or not isinstance(data, list):
            return pages
        if data:
            pages.append(data)
        if not reply.member("has_more"):
            return pages
        cursor = f"&cursor={reply.member('next_cursor')}"
    return pages


def eventually[T](
    read: Callable[[], T], is_there: Callable[[T], bool], *, seconds: float = LIST_SECONDS
) -> T:
    """Read until it is there, or time is up; returns what was read last."""
    ends_at = time.monotonic() + seconds
    while True:
        found = read()
        if is_there(found) or time.monotonic() > ends_at:
            return found
        time.sleep(0.2)
