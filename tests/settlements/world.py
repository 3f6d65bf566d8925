"""What does the merchants' side look like before a file comes? Payments and refunds as plain data.

Only what a settlement file is held against; nothing of the project's code is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldRefund:
    """Money given back, always succeeded: refunds to a balance know nothing else.

    Attributes:
        id: `re_...`.
        amount_minor: in minor units of its payment's currency.
        created_at: as stored; the oldest refund of an amount is settled first.
        settlement_id: of the file that settled it; None while none has.
    """

    id: str
    amount_minor: int
    created_at: str
    settlement_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldPayment:
    """A payment from a balance.

    Attributes:
        id: `pay_...`.
        merchant_id: whose it is.
        amount_minor: in minor units of `currency`.
        fee_basis_points: what `fee_minor` was fixed by.
        fee_minor: fixed when it was made.
        currency: ISO 4217, or BTC.
        status: `succeeded` or `declined`.
        created_at: as stored.
        refunds: in no particular order.
        settlement_id: of the file that settled it; None while none has.
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
