"""Did the bank get what a settlement file says was paid out? A batch of a file that is called after
its payout, held against what the processor told us of that payout.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oncepay.domain.payout import Payout, PayoutStatus
from oncepay.domain.settlement_formats.format import Batch

NAMED_AFTER_PAYOUTS = ("stripe",)
"""Formats in which a batch bears the processor's id of the payout.

Source: Stripe, "Payout reconciliation report", automatic_payout_id, as of 2026-11."""

MAX_BATCHES = 1000
"""Years of a payout a day: of a file with more, the first ones are compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidBatch:
    """What a file says was paid out together, in one currency, in minor units.

    Attributes:
        reference: the processor's id of the payout.
    """

    reference: str
    currency: str
    net_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutCheck:
    """A batch beside what the processor told us; None if it told nothing."""

    batch: PaidBatch
    told: Payout | None

    @property
    def agrees(self) -> bool | None:
        """Whether the same amount was, or is being, paid out; None if nobody can say yet."""
        if self.told is None:
            return None
        found, batch = self.told.found, self.batch
        return (
            found.status not in (PayoutStatus.FAILED, PayoutStatus.CANCELED)
            and found.currency == batch.currency
            and found.amount_minor == batch.net_minor
        )


def paid_batches(
    format_name: str, batches: Mapping[tuple[str, str], Batch]
) -> tuple[PaidBatch, ...]:
    """The batches of a file that have the name of their payout."""
    if format_name not in NAMED_AFTER_PAYOUTS:
        return ()
    named = (
        PaidBatch(reference=reference, currency=currency, net_minor=batch.net_minor)
        for (reference, currency), batch in sorted(batches.items())
    )
    return tuple(named)[:MAX_BATCHES]


def told_minor(payouts: Sequence[Payout]) -> dict[str, int]:
    """What was, or is being, paid out, by the processor's id of it."""
    never = PayoutStatus.CANCELED
    return {
        each.found.reference: 0 if each.found.status is never else each.found.amount_minor
        for each in payouts
    }
