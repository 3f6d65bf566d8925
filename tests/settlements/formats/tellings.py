"""What do the rows of a file tell, before they are written in a format? Decoded from drawn numbers:
of the world as it is, or off by one, in a wrong currency, of nobody, told twice, or spoiled.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from tests.settlements.formats.choices import Choices
from tests.settlements.formats.worlds import (
    ADYEN_PROCESSOR,
    FILE_PROCESSORS,
    derived_id,
    processor_name,
)
from tests.settlements.world import World, WorldDispute, WorldPayment, WorldRefund

_FIRST: Final = datetime(2026, 11, 10, 9, 30, tzinfo=UTC)
SPOILS: Final = (
    "amount",
    "amount_too_exact",
    "currency",
    "time",
    "kind",
    "short",
    "long",
    "two_lines",
    "junk",
    "id",
)
"""What makes a row unreadable, in the formats of which it does."""
FILE_SPOILS: Final = ("net", "three_lines", "open_quote")
"""What makes the whole file unreadable."""

_KINDS = (
    *["payment"] * 6,
    *["refund"] * 5,
    *["refund_failed"] * 2,
    *["dispute"] * 2,
    *["dispute_won"] * 2,
    "fee",
    "other",
    "payout",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """A row; amounts in minor units, plus towards us.

    Attributes:
        variant: chooses among the ways in which a format can write it.
        spoil: what is wrong with it, of SPOILS or FILE_SPOILS.
    """

    kind: str
    row_id: str
    payment_id: str | None
    reference: str | None
    own_reference: str | None
    gross: int
    cost: int
    fee: int
    currency: str
    at: datetime
    variant: int = 0
    spoil: str | None = None


def decode_tellings(
    numbers: Sequence[int], world: World, file_format: str, *, spoils: Sequence[str] = ()
) -> list[Telling]:
    """A row for each number.

    Args:
        numbers: drawn.
        world: what they tell of.
        file_format: whose kinds and names they have.
        spoils: of which one in ten rows has one.
    """
    tellings: list[Telling] = []
    for place, number in enumerate(numbers):
        choose = Choices(number)
        if tellings and choose.below(6) == 5:
            telling = _again(choose, tellings, place)
        else:
            telling = _telling(choose, place, world, file_format)
        if spoils and choose.below(10) == 9:
            telling = replace(telling, spoil=choose.of(*spoils))
        tellings.append(telling)
    return tellings


def paid_by(tellings: Sequence[Telling], number: int) -> dict[str, int]:
    """What the processor has told of payouts before: of some of those that are in a file, and not
    always the same.
    """
    choose = Choices(number)
    told = {}
    for telling in tellings:
        if telling.kind == "payout" and telling.own_reference and choose.below(2):
            told[telling.own_reference] = -telling.gross + choose.of(0, 1, -1, 2)
    return told


def _telling(choose: Choices, place: int, world: World, file_format: str) -> Telling:
    kind = choose.of(*_KINDS)
    if file_format == "native" and kind not in {"payment", "refund"}:
        kind = choose.of("payment", "refund")
    processor = FILE_PROCESSORS.get(file_format, ADYEN_PROCESSOR)
    is_alone = kind in {"fee", "other", "payout"}
    payments = list(world.values())
    # Of one after the other, mostly: to be told twice is to break.
    payment = payments[(place + choose.of(0, 0, 0, 1, 2)) % len(payments)]
    nth = place // len(payments) + choose.of(0, 0, 1)
    gross, cost, own_reference = _amounts(choose, kind, payment, nth, processor, place)
    off = choose.of(*[0] * 12, 1, -1, 2, -2, 3)
    gross += off if gross > 2 else -off if gross < -2 else 0
    currency = choose.of(*[payment.currency] * 11, "EUR", "USD")
    fee = payment.fee_minor if kind == "payment" else 0
    telling = Telling(
        kind=kind,
        row_id=f"row-{place}",
        payment_id=payment.id,
        reference=payment.reference,
        own_reference=own_reference,
        gross=gross,
        cost=0 if file_format == "native" else cost,
        fee=max(0, fee + choose.of(*[0] * 12, 1, -1)),
        currency=currency,
        at=_FIRST + timedelta(hours=choose.below(40), seconds=choose.below(3)),
        variant=choose.below(24),
    )
    if is_alone and choose.below(4):
        return replace(telling, payment_id=None, reference=None)
    if file_format == "native" and choose.below(6):
        return telling
    return _renamed(choose, telling, processor, place)


def _amounts(
    choose: Choices, kind: str, payment: WorldPayment, nth: int, processor: str, place: int
) -> tuple[int, int, str | None]:
    """Gross, cost, and what the processor calls it."""
    cost = choose.of(175, 0, 1_500, -30)
    name = processor_name(processor, kind, place)
    item: WorldRefund | WorldDispute | None = None
    if kind == "payment":
        taken = payment.captured_minor or payment.amount_minor
        released = payment.amount_minor - taken
        if processor == "stripe" and released:
            # It tells of what was charged, and of what of that was released.
            return choose.of(-released, payment.amount_minor, taken), cost, name
        return taken, cost, name
    if kind in {"refund", "refund_failed"} and payment.refunds:
        item = payment.refunds[nth % len(payment.refunds)]
    if kind in {"dispute", "dispute_won"} and payment.disputes:
        item = payment.disputes[nth % len(payment.disputes)]
    sign = 1 if kind in {"refund_failed", "dispute_won"} else -1
    if item is not None:
        return sign * item.amount_minor, cost, choose.of(item.reference, item.reference, None, name)
    if kind == "fee":
        return choose.of((0, 400, name), (-250, 0, name))
    if kind in {"other", "payout"}:
        gross = choose.of(-4_000, -1_234, 900)
        return gross, choose.of(0, 0, 25) if kind == "payout" else cost, name
    return sign * 700, cost, choose.of(name, None)


def _renamed(choose: Choices, telling: Telling, processor: str, place: int) -> Telling:
    """By both ids, by one, by none, or by somebody else's."""
    stranger = choose.of(derived_id("pay", "stranger"), "pay_nobody", "order-17", "PAY_x")
    match choose.of(*["both"] * 5, "id", "id", "id", "reference", "reference", "wrong", "none"):
        case "id":
            return replace(telling, reference=None)
        case "reference":
            return replace(telling, payment_id=None)
        case "wrong":
            other = processor_name(processor, "pi", "stranger", place)
            reference = choose.of(telling.reference, other)
            return replace(telling, payment_id=stranger, reference=reference)
        case "none":
            return replace(telling, payment_id=None, reference=None)
    return telling


def _again(choose: Choices, tellings: Sequence[Telling], place: int) -> Telling:
    """The same once more, under another id; sometimes with other amounts."""
    telling = replace(tellings[choose.below(len(tellings))], spoil=None)
    cost = telling.cost + choose.of(0, 0, 0, 1) * (telling.kind not in {"payout"})
    gross = telling.gross + choose.of(0, 0, 0, 1) * (abs(telling.gross) > 2)
    return replace(telling, row_id=f"row-{place}", cost=cost, gross=gross)
