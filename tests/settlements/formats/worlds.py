"""Which payments are there? Decoded from drawn numbers: at several processors and from balances,
with refunds and disputes of all sorts.
"""

import base64
import hashlib
from collections.abc import Sequence
from typing import Final

from tests.settlements.formats.choices import Choices
from tests.settlements.world import World, WorldDispute, WorldPayment, WorldRefund

FILE_PROCESSORS: Final = {"native": "stripe", "stripe": "stripe", "paypal": "paypal"}
ADYEN_PROCESSOR: Final = "simulated"
SETTLED_BEFORE: Final = "set_before"
_FEE_BASIS_POINTS = 200


def decode_world(numbers: Sequence[int], file_format: str) -> World:
    """A payment for each number, most of them at the processor of a format."""
    payments = (_payment(place, number, file_format) for place, number in enumerate(numbers))
    return {payment.id: payment for payment in payments}


def derived_id(prefix: str, *parts: object) -> str:
    """In the form of our ids."""
    digest = hashlib.sha256(repr(parts).encode()).digest()
    return f"{prefix}_{base64.b32encode(digest).decode().lower()[:26]}"


def processor_name(processor: str, what: str, *parts: object) -> str:
    """As that processor would call it."""
    digest = hashlib.sha256(repr((what, *parts)).encode()).hexdigest()
    if processor == "stripe":
        return f"{what}_{digest[:14]}"
    if processor == "paypal":
        return digest[:17].upper()
    return f"88{int(digest[:12], 16) % 10**14:014d}"


def _payment(place: int, number: int, file_format: str) -> WorldPayment:
    choose = Choices(number)
    own = FILE_PROCESSORS.get(file_format, ADYEN_PROCESSOR)
    processor = choose.of(*[own] * 12, "stripe", "paypal", "simulated", None)
    status = choose.of(*["succeeded"] * 6, "declined", "authorized")
    amount = choose.of(5_000, 700, 123_456, 1, 99) + choose.below(3)
    currency = choose.of("USD", "USD", "EUR", "JPY", "KWD")
    captured = choose.of(amount, amount, amount, max(1, amount * 3 // 5))
    if status == "authorized" and processor is None:
        status = "declined"
    if processor is None or status != "succeeded":
        captured = amount if status == "succeeded" else 0
    fee = amount * _FEE_BASIS_POINTS // 10_000
    refunds = _refunds(choose, place, processor, captured)
    given_back = sum(one.amount_minor for one in refunds if one.status != "failed")
    settled = choose.of(*[None] * 5, SETTLED_BEFORE) if captured else None
    pending = captured - fee - given_back if choose.below(4) else -given_back
    return WorldPayment(
        id=derived_id("pay", place),
        merchant_id=choose.of("mer_" + "a" * 16, "mer_" + "b" * 16),
        amount_minor=amount,
        fee_basis_points=_FEE_BASIS_POINTS,
        fee_minor=fee,
        currency=currency,
        status=status,
        created_at="2026-11-01T00:00:00.000000Z",
        refunds=refunds,
        settlement_id=settled,
        processor=processor,
        reference=None if processor is None else _name(choose, processor, "pi", place),
        captured_minor=captured,
        pending_minor=0 if settled or processor is None or not captured else pending,
        disputes=() if processor is None else _disputes(choose, place, processor, captured),
    )


def _name(choose: Choices, processor: str, what: str, *parts: object) -> str | None:
    name = processor_name(processor, what, *parts)
    return choose.of(name, name, name, name, None)


def _refunds(
    choose: Choices, place: int, processor: str | None, captured: int
) -> tuple[WorldRefund, ...]:
    if captured < 10:
        return ()
    refunds = []
    for nth in range(choose.of(0, 1, 2, 3)):
        status = choose.of(*["succeeded"] * 4, "failed", "pending") if processor else "succeeded"
        refunds.append(
            WorldRefund(
                id=derived_id("re", place, nth),
                amount_minor=captured * choose.of(2, 2, 3) // 10,
                created_at=f"2026-11-02T00:0{(nth + place) % 3}:00.000000Z",
                settlement_id=choose.of(None, None, None, None, SETTLED_BEFORE)
                if status == "succeeded"
                else None,
                status=status,
                reference=_name(choose, processor, "re", place, nth) if processor else None,
            )
        )
    return tuple(refunds)


def _disputes(
    choose: Choices, place: int, processor: str, captured: int
) -> tuple[WorldDispute, ...]:
    if not captured:
        return ()
    return tuple(
        WorldDispute(
            id=derived_id("dp", place, nth),
            amount_minor=choose.of(captured, max(1, captured // 2)),
            created_at=f"2026-11-03T00:0{(nth + place) % 2}:00.000000Z",
            status=choose.of("open", "won", "lost"),
            reference=processor_name(processor, "dp", place, nth),
        )
        for nth in range(choose.of(0, 0, 1, 2))
    )
