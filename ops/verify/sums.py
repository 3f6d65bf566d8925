"""What came of all the money of a currency? Sums over all books, which must add up."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ops.verify.book_fold import BookFold
from ops.verify.specification import BETWEEN_SHARDS, OF_SETTLEMENTS

TAKES: Final = ("capture", "orphan_charge")
"""Kinds of entries by which a processor takes money; it gives back by all others."""


@dataclass(frozen=True, slots=True)
class CurrencySum:
    """What happened to the money of one currency, in its minor unit.

    All but `held_minor` are sums of ledger entries; `held_minor` is the sum of the balances. They
    come from two kinds of items, so that they add up is a proof and not arithmetic.

    Attributes:
        taken_minor, given_back_minor: by processors, from payers and to them.
        found_minor: what settlement files say that processors have beyond that; it is in suspense
            until somebody knows what it is.
        suspense_minor: what nobody here may keep.
        costs_minor: what processors kept for their work.
        banked_minor: what they paid to the bank.
        owed_minor: what is left with each of them.
        between_shards_minor: what was seen to go into a shard before it was seen to leave another:
            books are read one after the other, while shards are levelled.
    """

    deposited_minor: int = 0
    paid_out_minor: int = 0
    fees_minor: int = 0
    refunded_minor: int = 0
    held_minor: int = 0
    taken_minor: int = 0
    given_back_minor: int = 0
    found_minor: int = 0
    suspense_minor: int = 0
    costs_minor: int = 0
    banked_minor: int = 0
    owed_minor: Mapping[str, int] = field(default_factory=dict)
    between_shards_minor: int = 0

    @property
    def difference_minor(self) -> int:
        """What is missing from (or, below zero, too much in) the balances."""
        came_in = self.deposited_minor + self.refunded_minor + self.taken_minor + self.found_minor
        went_out = self.paid_out_minor + self.fees_minor + self.given_back_minor
        held_minor = self.held_minor - self.between_shards_minor
        return came_in - went_out - held_minor - self.suspense_minor

    @property
    def adds_up(self) -> bool:
        """Whether all that came in was paid out, charged as a fee, or is still held."""
        return self.difference_minor == 0

    def __add__(self, other: "CurrencySum") -> "CurrencySum":
        """Add the sums of another book of the same currency."""
        owed = Counter(self.owed_minor)
        owed.update(other.owed_minor)
        return CurrencySum(
            deposited_minor=self.deposited_minor + other.deposited_minor,
            paid_out_minor=self.paid_out_minor + other.paid_out_minor,
            fees_minor=self.fees_minor + other.fees_minor,
            refunded_minor=self.refunded_minor + other.refunded_minor,
            held_minor=self.held_minor + other.held_minor,
            taken_minor=self.taken_minor + other.taken_minor,
            given_back_minor=self.given_back_minor + other.given_back_minor,
            found_minor=self.found_minor + other.found_minor,
            suspense_minor=self.suspense_minor + other.suspense_minor,
            costs_minor=self.costs_minor + other.costs_minor,
            banked_minor=self.banked_minor + other.banked_minor,
            owed_minor=dict(sorted(owed.items())),
            between_shards_minor=self.between_shards_minor + other.between_shards_minor,
        )

    def line(self, currency: str) -> str:
        """The sum as one sentence, in minor units."""
        sign, verdict = ("=", "it adds up") if self.adds_up else ("is not", self._off_by())
        # Whoever uses no processor is told of none.
        taken = f"+ taken by processors {self.taken_minor:,} " if self.taken_minor else ""
        back = f"+ given back by them {self.given_back_minor:,} " if self.given_back_minor else ""
        found = f"+ found in their files {self.found_minor:,} " if self.found_minor else ""
        suspense = f" + in suspense {self.suspense_minor:,}" if self.suspense_minor else ""
        between = self.between_shards_minor
        moving = f" - seen twice between shards {between:,}" if between else ""
        return (
            f"{currency}, in minor units: deposited {self.deposited_minor:,} "
            f"+ refunded {self.refunded_minor:,} "
            f"{taken}{found}{sign} paid out {self.paid_out_minor:,} "
            f"+ fees {self.fees_minor:,} {back}+ held in balances {self.held_minor:,}"
            f"{suspense}{moving}: {verdict}."
        )

    def processors_line(self, currency: str) -> str | None:
        """What is left with processors, as one sentence; None if there was never anything."""
        if not self.owed_minor:
            return None
        owed = ", ".join(f"{name} {amount:,}" for name, amount in self.owed_minor.items())
        return (
            f"{currency}: processors owe us {owed}; they kept {self.costs_minor:,} as costs and "
            f"paid {self.banked_minor:,} to the bank; in suspense {self.suspense_minor:,}."
        )

    def _off_by(self) -> str:
        missing = self.difference_minor
        return f"{abs(missing):,} too {'little' if missing > 0 else 'much'} is accounted for"


def sum_of(fold: BookFold) -> CurrencySum:
    """The sums of one book."""
    taken = given_back = found = banked = 0
    for (kind, account), amount in fold.flows.items():
        is_bank = account == "external:bank"
        if kind in OF_SETTLEMENTS:
            found -= amount if account.startswith("external:") or account == "costs" else 0
            banked -= amount if is_bank else 0
        elif account.startswith("external:") and not is_bank:
            taken -= amount if kind in TAKES else 0
            given_back += 0 if kind in TAKES else amount
    return CurrencySum(
        deposited_minor=-fold.flows["deposit", "external:bank"],
        paid_out_minor=fold.flows["payment", "external:bank"],
        fees_minor=fold.sums["fees"],
        refunded_minor=-fold.flows["refund", "external:bank"],
        held_minor=fold.held_minor(),
        taken_minor=taken,
        given_back_minor=given_back,
        found_minor=found,
        suspense_minor=fold.sums["suspense"],
        costs_minor=-fold.sums["costs"],
        banked_minor=banked,
        owed_minor={
            account.removeprefix("external:"): -amount
            for account, amount in sorted(fold.sums.items())
            if account.startswith("external:") and account != "external:bank"
        },
        between_shards_minor=-fold.sums[BETWEEN_SHARDS],
    )
