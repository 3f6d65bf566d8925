"""What happens when many pay through the processor at once, everything is sent several times, and
the processor stumbles? What it has recorded is what we have booked.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ops.demo.agreement import differences
from ops.demo.control import Control
from ops.demo.crowd import Call, Crowd
from ops.demo.http_client import Reply
from ops.demo.scene import Scene, expected_fee_minor
from ops.demo.shop import Shop, charge_body
from ops.demo.story import pending_is

CLIENTS = 12
COPIES = 3
LEAST_MINOR, STEP_MINOR = 1_000, 13
"""Amounts: 10.00, 10.13, 10.26 and so on; no two payments have the same."""

MANNERS = (
    ("pm_approve", 26, 201),
    ("pm_decline_do_not_honor", 6, 402),
    ("pm_error_after", 4, 201),
    ("pm_malformed", 4, 201),
    ("pm_rate_limited", 4, 201),
    ("pm_slow", 2, 201),
    ("pm_timeout_after", 2, 201),
)
"""Payment methods: how many payments by each, and how each of them ends."""

FINAL = frozenset({201, 402})
MAX_ROUNDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class CardCrowd:
    """What it leaves: the merchant, and its payments that took money."""

    shop: Shop
    paid_ids: tuple[str, ...]


def crowd_the_processor(scene: Scene, control: Control) -> CardCrowd:
    """Chapter: many payments at once, each sent several times."""
    check, shop = scene.checks, scene.open_shop("Card Crowd")
    methods = [method for method, count, _ in MANNERS for _ in range(count)]
    calls = [
        Call(
            method="POST",
            path="/v1/payments",
            body=charge_body(LEAST_MINOR + STEP_MINOR * number, method),
            key=f"crowd-{number}",
        )
        for number, method in enumerate(methods)
    ]
    scene.chapter(
        f"{len(calls)} cards at once, each request sent {COPIES} times, and the processor stumbles",
        "It answers late, with 500, with garbage, with 429, not at all; asked again until final.",
    )
    with scene.console.status("  paying..."):
        answers, on_the_way = ask_until_final(
            scene.crowd, shop.api_key, calls, copies=COPIES, clients=CLIENTS
        )
    ends = {method: status for method, _, status in MANNERS}
    check.equal(
        "every key ends as its card says: paid or declined",
        expected=Counter((method, ends[method]) for method in methods),
        seen=Counter(
            (methods[number], reply.status)
            for number, call in enumerate(calls)
            for reply in answers[str(call.key)][:1]
        ),
    )
    check.equal(
        "all final answers of a key are the same, byte for byte",
        expected={1},
        seen={len({(one.status, one.body) for one in replies}) for replies in answers.values()},
    )
    told = ", ".join(f"{count} x {status}" for status, count in sorted(on_the_way.items()))
    scene.console.print(f"    on the way: {told or 'nothing'}", style="dim")
    ids = {key: payment_id_of(replies[0]) for key, replies in answers.items()}
    record = control.record(ids.values())
    check.equal(
        f"the processor has {len(calls)} charges: one of each payment, amounts equal",
        expected=(len(calls), []),
        seen=(len(record.charges), differences(record.charges, shop.payments(ids.values()))),
    )
    paid = [
        (ids[str(call.key)], LEAST_MINOR + STEP_MINOR * number)
        for number, call in enumerate(calls)
        if ends[methods[number]] == 201
    ]
    pending_is(scene, shop, sum(minor - expected_fee_minor(minor) for _, minor in paid))
    check.end_chapter()
    return CardCrowd(shop=shop, paid_ids=tuple(payment_id for payment_id, _ in paid))


def ask_until_final(
    crowd: Crowd, api_key: str, calls: Sequence[Call], *, copies: int, clients: int
) -> tuple[dict[str, list[Reply]], Counter[int]]:
    """Send every call so many times at once, and those again that have no final answer.

    Returns: final answers by key, and what was answered on the way to them, by status.
    """
    final: dict[str, list[Reply]] = defaultdict(list)
    on_the_way: Counter[int] = Counter()
    # Copies of a key stand side by side: dealt out in turn, they go to different clients.
    asked = [call for call in calls for _ in range(copies)]
    for _ in range(MAX_ROUNDS):
        for call, reply in crowd.ask_at_once(api_key, asked, clients=clients):
            on_the_way += reply.retried
            if reply.status in FINAL:
                final[str(call.key)].append(reply)
            else:
                on_the_way[reply.status] += 1
        asked = [call for call in calls if call.key not in final]
        if not asked:
            break
    return final, on_the_way


def payment_id_of(reply: Reply) -> str:
    """Of a final answer: of the payment, or of the one that was declined."""
    return str(reply.member("payment_id" if reply.status == 402 else "id"))
