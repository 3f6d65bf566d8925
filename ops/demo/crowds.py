"""What happens when many call at once? One charge for one key, and no cent too much spent."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ops.demo.crowd import Call
from ops.demo.http_client import Reply
from ops.demo.scene import Scene, expected_fee_minor, money
from ops.demo.shop import Shop, payment_body
from ops.demo.story import DEPOSIT_KEY, DEPOSIT_MINOR, balance_is

STORM_CLIENTS = 12
STORM_COPIES = 100
STORM_MINOR = 1_234
STORM_KEY = "order-2"

RACERS = 20
WINNERS = 10
TICKET_MINOR = 2_000

WARM_UP_STEPS = (1, 2, 4, 8, STORM_CLIENTS, RACERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """What came of the race for ten tickets.

    Attributes:
        paid_ids: all ten payments; `paid_id`, under `paid_key`, is one of them.
        declined_ids: all ten that were declined; so with `declined_id`.
    """

    shop: Shop
    paid_key: str
    paid_id: str
    declined_key: str
    declined_id: str
    paid_ids: tuple[str, ...]
    declined_ids: tuple[str, ...]


def warm_up(scene: Scene, shop: Shop) -> None:
    """Let the stack start its workers, a few at a time, by asking for an old answer again."""
    body = {"amount_minor": DEPOSIT_MINOR, "currency": "USD"}
    replay = Call(method="POST", path="/v1/deposits", body=body, key=DEPOSIT_KEY)
    for clients in WARM_UP_STEPS:
        scene.crowd.call_at_once(shop.api_key, [replay] * clients, clients=clients)


def storm_one_key(scene: Scene, shop: Shop) -> str:
    """Chapter: a hundred copies of one request at once. Returns the payment's id."""
    check = scene.checks
    fee_minor = expected_fee_minor(STORM_MINOR)
    scene.chapter(
        f"{STORM_COPIES} copies of one payment, sent by {STORM_CLIENTS} processes at once",
        f"{money(STORM_MINOR)} and its fee of {money(fee_minor)} must be charged once.",
    )
    with scene.console.status("  warming up..."):
        warm_up(scene, shop)
    before_minor = shop.available_minor()
    copy = Call(
        method="POST",
        path="/v1/payments",
        body=payment_body(STORM_MINOR, customer_id="ben"),
        key=STORM_KEY,
    )
    replies = scene.crowd.call_at_once(shop.api_key, [copy] * STORM_COPIES, clients=STORM_CLIENTS)
    check.equal(
        f"all {STORM_COPIES} are answered 201",
        expected={201: STORM_COPIES},
        seen=_count(reply.status for reply in replies),
    )
    bodies = {reply.body for reply in replies}
    check.equal("with the same body, byte for byte", expected=1, seen=len(bodies))
    originals = sum(not reply.is_replay for reply in replies)
    if any(reply.was_sent_again for reply in replies):
        # The one original answer may be the one that did not come through.
        check.holds(
            "at most one is not a replay", originals <= 1, expected="0 or 1", seen=str(originals)
        )
    else:
        check.equal("exactly one is not a replay", expected=1, seen=originals)
    payment_id = str(replies[0].member("id"))
    entries = shop.get(f"/v1/payments/{payment_id}").member("ledger_entries")
    check.equal("the ledger has one entry of it", expected=1, seen=len(entries or []))
    balance_is(scene, shop, int(before_minor or 0) - STORM_MINOR - fee_minor)
    _tell_retries(scene, replies)
    check.end_chapter()
    return payment_id


def race_for_ten(scene: Scene) -> Race:
    """Chapter: money for ten payments, and twenty who try."""
    check = scene.checks
    shop = scene.open_shop("Ticket Counter")
    price_minor = TICKET_MINOR + expected_fee_minor(TICKET_MINOR)
    scene.chapter(
        f"Money for {WINNERS} payments, and {RACERS} processes that try at once",
        f"{money(WINNERS * price_minor)} to spend; each pays {money(price_minor)} with its fee.",
    )
    funded = shop.deposit(WINNERS * price_minor, key=DEPOSIT_KEY)
    check.equal("the deposit is answered 201", expected=201, seen=funded.status)
    calls = [
        Call(
            method="POST",
            path="/v1/payments",
            body=payment_body(TICKET_MINOR, customer_id=f"visitor-{number}"),
            key=f"ticket-{number}",
        )
        for number in range(RACERS)
    ]
    replies = scene.crowd.call_at_once(shop.api_key, calls, clients=RACERS)
    check.equal(
        f"{WINNERS} are answered 201, {RACERS - WINNERS} 402",
        expected={201: WINNERS, 402: RACERS - WINNERS},
        seen=_count(reply.status for reply in replies),
    )
    paid = [
        (call, reply) for call, reply in zip(calls, replies, strict=True) if reply.status == 201
    ]
    declined = [
        (call, reply) for call, reply in zip(calls, replies, strict=True) if reply.status == 402
    ]
    check.equal(
        "every 402 says insufficient_funds",
        expected={"insufficient_funds"} if declined else set(),
        seen={reply.code for _, reply in declined},
    )
    balance_is(scene, shop, 0)
    _tell_retries(scene, replies)
    check.end_chapter()
    loser, refusal = declined[0]
    again = shop.client.call(loser.method, loser.path, body=loser.body, key=loser.key)
    check.equal(
        "a decline is remembered too: the same key, the same 402, byte for byte",
        expected=(402, True, refusal.body),
        seen=(again.status, again.is_replay, again.body),
    )
    check.end_chapter()
    winner, receipt = paid[0]
    return Race(
        shop=shop,
        paid_key=str(winner.key),
        paid_id=str(receipt.member("id")),
        declined_key=str(loser.key),
        declined_id=str(refusal.member("payment_id")),
        paid_ids=tuple(str(reply.member("id")) for _, reply in paid),
        declined_ids=tuple(str(reply.member("payment_id")) for _, reply in declined),
    )


def _count(values: Any) -> dict[int, int]:
    return dict(sorted(Counter(values).items()))


def _tell_retries(scene: Scene, replies: Sequence[Reply]) -> None:
    retried = sum((reply.retried for reply in replies), Counter[int]())
    if retried:
        told = ", ".join(
            f"{count} x {status or 'lost connection'}" for status, count in sorted(retried.items())
        )
        scene.console.print(f"    on the way, asked to come again: {told}", style="dim")
