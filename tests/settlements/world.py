"""What does the merchants' side look like before a file comes? Payments, refunds and disputes as
plain data.

Only what a settlement file is held against; nothing of the project's code is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldRefund:
    """Money given back.

    Attributes:
        id: `re_...`.
        amount_minor: in minor units of its payment's currency.
        created_at: as stored; the oldest refund of an amount is settled first.
        settlement_id: of the file that settled it; None while none has.
        status: `succeeded`, `pending` or `failed`; those to a balance always succeed.
        reference: what the processor calls it, if it has told.
    """

    id: str
    amount_minor: int
    created_at: str
    settlement_id: str | None = None
    status: str = "succeeded"
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldDispute:
    """A payment disputed at its processor.

    Attributes:
        id: `dp_...`.
        amount_minor: in minor units of its payment's currency.
        created_at: as stored.
        status: `open`, `won` or `lost`.
        reference: what the processor calls it.
    """

    id: str
    amount_minor: int
    created_at: str
    status: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldPayment:
    """A payment from a balance, or through a processor.

    Attributes:
        id: `pay_...`.
        merchant_id: whose it is.
        amount_minor: in minor units of `currency`.
        fee_basis_points: what `fee_minor` was fixed by.
        fee_minor: fixed when it was made.
        currency: ISO 4217, or BTC.
        status: `succeeded` or `declined`, and through a processor `authorized`.
        created_at: as stored.
        refunds: in no particular order.
        settlement_id: of the file that settled it; None while none has.
        processor: through which; None from a balance.
        reference: what the processor calls the charge, if it has told.
        captured_minor: of a payment through a processor, what was taken.
        pending_minor: of that, the merchant's share that waits for a settlement.
        disputes: in no particular order.
    """

    id: str
    merchant_id: str
    amount_minor: int
    fee_basis_points: int
    fee_minor: int
    currency: str
    status: str
    created_at: str
    refunds: tuple[WorldRefund, ...] = ()
    settlement_id: str | None = None
    processor: str | None = None
    reference: str | None = None
    captured_minor: int | None = None
    pending_minor: int = 0
    disputes: tuple[WorldDispute, ...] = ()


type World = Mapping[str, WorldPayment]
"""Payments by id."""


def settle(
    world: World, *, payments: Mapping[str, int], refunds: Mapping[str, int], settlement_id: str
) -> World:
    """The world after a file: these payments and refunds (any mapping by id) carry its id."""
    return {
        payment.id: replace(
            payment,
            settlement_id=settlement_id if payment.id in payments else payment.settlement_id,
            refunds=tuple(
                replace(refund, settlement_id=settlement_id) if refund.id in refunds else refund
                for refund in payment.refunds
            ),
        )
        for payment in world.values()
    }
