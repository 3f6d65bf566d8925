"""What are stories made of? Payments of chance, the rows that tell of them, and their buckets."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from tests.settlements.world import WorldPayment, WorldRefund

CURRENCIES: Final = ("USD", "EUR", "JPY", "KWD", "BTC")
FEES_BASIS_POINTS: Final = (200, 200, 200, 0, 35, 990)
ELSEWHERE: Final = "set_aaaaaaaaaaaaaaaaaaaaaaaaaa"
"""A run that settled some payments before this file came."""

MATCHED: Final = None
_ID_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz234567"
_MOST_AMOUNT: Final = 900_000


@dataclass(frozen=True, slots=True)
class SeededRow:
    """A readable row to be written, and its bucket: a kind of break, or None for matched."""

    type: str
    payment_id: str
    amount_minor: int
    fee_minor: int
    currency: str
    bucket: str | None


@dataclass(slots=True)
class Story:
    """A payment and its rows.

    Attributes:
        payment: as it is before the file comes.
        rows: in order.
        settles_payment: whether the file settles the payment.
        settles_refunds: ids of the refunds that it settles.
    """

    payment: WorldPayment
    rows: list[SeededRow]
    settles_payment: bool = False
    settles_refunds: list[str] = field(default_factory=list)


class Writer:
    """Makes payments and their stories from one source of chance, and their ids from another."""

    def __init__(
        self, chance: random.Random, merchant_ids: Sequence[str], *, names: random.Random
    ) -> None:
        self.chance = chance
        self.names = names
        self.merchant_ids = merchant_ids

    def an_id(self, prefix: str) -> str:
        """An id as the project makes them, of chance instead of a request."""
        return f"{prefix}_{''.join(self.names.choices(_ID_LETTERS, k=26))}"

    def a_time(self) -> str:
        """A moment of 2026, as stored."""
        chance = self.chance
        return (
            f"2026-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
            f"T{chance.randint(0, 23):02}:{chance.randint(0, 59):02}:{chance.randint(0, 59):02}"
            f".{chance.randint(0, 999_999):06}Z"
        )

    def a_payment(
        self, *refunded: int, status: str = "succeeded", settled: bool = False
    ) -> WorldPayment:
        """A payment larger than its refunds, which are given as amounts, oldest first."""
        chance = self.chance
        amount = sum(refunded) + chance.randint(1, _MOST_AMOUNT)
        basis_points = chance.choice(FEES_BASIS_POINTS)
        times = sorted({self.a_time() for _ in range(len(refunded) + 2)})[: len(refunded)]
        refunds = [
            WorldRefund(id=self.an_id("re"), amount_minor=minor, created_at=time)
            for minor, time in zip(refunded, times, strict=True)
        ]
        return WorldPayment(
            id=self.an_id("pay"),
            merchant_id=chance.choice(self.merchant_ids),
            amount_minor=amount,
            fee_basis_points=basis_points,
            fee_minor=amount * basis_points // 10_000,
            currency=chance.choice(CURRENCIES),
            status=status,
            created_at=self.a_time(),
            refunds=tuple(refunds),
            settlement_id=ELSEWHERE if settled else None,
        )

    def another_currency(self, payment: WorldPayment) -> str:
        """A currency that exists and is not the payment's."""
        return self.chance.choice([code for code in CURRENCIES if code != payment.currency])

    def another_amount(self, *taken: int) -> int:
        """An amount that is none of these: beside one of them, 0, the largest, or any."""
        near = [minor + step for minor in taken for step in (-7, -1, 1, 7) if minor + step >= 0]
        wrong = [*near, 0, 10**15, self.chance.randint(1, _MOST_AMOUNT)]
        return self.chance.choice([minor for minor in wrong if minor not in taken])


def right(payment: WorldPayment, bucket: str | None = MATCHED) -> SeededRow:
    """The row that says what the payment is."""
    return SeededRow(
        "payment",
        payment.id,
        payment.amount_minor,
        payment.fee_minor,
        payment.currency,
        bucket,
    )


def refund(payment: WorldPayment, amount_minor: int, bucket: str | None = MATCHED) -> SeededRow:
    """A row that says that so much of the payment was refunded."""
    return SeededRow("refund", payment.id, amount_minor, 0, payment.currency, bucket)
