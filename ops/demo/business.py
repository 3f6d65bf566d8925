"""What do merchants do all day? Hundreds of payments, and some refunds: something for the bank to
tell of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ops.demo.bank_file import Line
from ops.demo.crowd import Call
from ops.demo.crowds import STORM_MINOR, TICKET_MINOR, Race
from ops.demo.scene import Scene, expected_fee_minor, money
from ops.demo.shop import Shop, payment_body
from ops.demo.story import PAYMENT_MINOR, Paid, balance_is

PAYMENTS_OF_EACH = 150
REFUNDS_OF_EACH = 12
CLIENTS = 8
LEAST_MINOR, STEP_MINOR = 1_000, 37
"""Amounts of the day's payments: 10.00, 10.37, 10.74 and so on."""

DECLINED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day of business, as the books have it.

    Attributes:
        shops: the merchants.
        owners: which of them made a payment, by its id.
        payments: that succeeded and were not refunded, of both in turn.
        refunded: payments that succeeded and were refunded.
        refunds: of these, one of each.
        declined: payments that were declined.
    """

    shops: tuple[Shop, Shop]
    owners: Mapping[str, Shop]
    payments: tuple[Line, ...]
    refunded: tuple[Line, ...]
    refunds: tuple[Line, ...]
    declined: tuple[Line, ...]


def do_business(scene: Scene, shop: Shop, paid: Paid, stormed_id: str, race: Race) -> Day:
    """Chapter: many payments of two merchants, and some refunds."""
    scene.chapter(
        f"A day of business: two merchants, {PAYMENTS_OF_EACH} payments each, and some refunds",
        f"Paid by {CLIENTS} processes at once, every payment with a fee of 2 %.",
    )
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    other = race.shop
    own, others = _pay_all(scene, shop, now), _pay_all(scene, other, now)
    refunded = own[:REFUNDS_OF_EACH] + others[:REFUNDS_OF_EACH]
    refunds = _refund(scene, shop, own[:REFUNDS_OF_EACH])
    refunds += _refund(scene, other, others[:REFUNDS_OF_EACH])
    scene.checks.end_chapter()

    # What was paid in the chapters before is of this day too.
    stormed = _payment(stormed_id, STORM_MINOR, now)
    tickets = [_payment(payment_id, TICKET_MINOR, now) for payment_id in race.paid_ids]
    in_turn = zip(own[REFUNDS_OF_EACH:], others[REFUNDS_OF_EACH:], strict=True)
    payments = [line for pair in in_turn for line in pair] + [stormed, *tickets]
    of_other = {line.payment_id for line in [*others, *tickets]}
    return Day(
        shops=(shop, other),
        owners={
            line.payment_id: other if line.payment_id in of_other else shop for line in payments
        },
        payments=tuple(payments),
        refunded=(*refunded, _payment(paid.payment_id, PAYMENT_MINOR, now)),
        refunds=tuple(refunds),
        declined=tuple(
            _payment(payment_id, TICKET_MINOR, now) for payment_id in race.declined_ids[:DECLINED]
        ),
    )


def _pay_all(scene: Scene, shop: Shop, now: str) -> list[Line]:
    """Deposit for the day, and pay."""
    check = scene.checks
    amounts = [LEAST_MINOR + STEP_MINOR * number for number in range(PAYMENTS_OF_EACH)]
    needed_minor = sum(amount + expected_fee_minor(amount) for amount in amounts)
    before_minor = int(shop.available_minor() or 0)
    funded = shop.deposit(needed_minor, key="deposit-of-the-day")
    check.equal(f"a deposit of {money(needed_minor)}: 201", expected=201, seen=funded.status)
    calls = [
        Call(method="POST", path="/v1/payments", body=payment_body(amount), key=f"sale-{number}")
        for number, amount in enumerate(amounts)
    ]
    with scene.console.status("  paying..."):
        replies = scene.crowd.call_at_once(shop.api_key, calls, clients=CLIENTS)
    # They come in no order, and no two have the same amount.
    replies.sort(key=lambda reply: int(reply.member("amount_minor") or 0))
    check.equal(
        f"{len(amounts)} payments are answered 201, each with its own fee",
        expected=[(201, amount, expected_fee_minor(amount)) for amount in amounts],
        seen=[(one.status, one.member("amount_minor"), one.member("fee_minor")) for one in replies],
    )
    balance_is(scene, shop, before_minor)
    check.end_chapter()
    return [
        _payment(str(reply.member("id")), amount, now)
        for reply, amount in zip(replies, amounts, strict=True)
    ]


def _refund(scene: Scene, shop: Shop, payments: Sequence[Line]) -> list[Line]:
    """Give back half of each."""
    before_minor = int(shop.available_minor() or 0)
    refunds = [
        Line(
            type="refund",
            payment_id=payment.payment_id,
            amount_minor=payment.amount_minor // 2,
            fee_minor=0,
            occurred_at=payment.occurred_at,
        )
        for payment in payments
    ]
    replies = [
        shop.refund(refund.payment_id, refund.amount_minor, key="half") for refund in refunds
    ]
    scene.checks.equal(
        f"{len(refunds)} refunds are answered 201",
        expected=[(201, refund.amount_minor) for refund in refunds],
        seen=[(reply.status, reply.member("amount_minor")) for reply in replies],
    )
    balance_is(scene, shop, before_minor + sum(refund.amount_minor for refund in refunds))
    return refunds


def _payment(payment_id: str, amount_minor: int, now: str) -> Line:
    return Line(
        type="payment",
        payment_id=payment_id,
        amount_minor=amount_minor,
        fee_minor=expected_fee_minor(amount_minor),
        occurred_at=now,
    )
