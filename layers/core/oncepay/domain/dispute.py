"""What is a dispute, and what does it do to the books? The payer's bank takes the money back until
it is decided who was right.

    opened   available -> disputed, whatever is there: the merchant owes it
    won      disputed -> available
    lost     disputed -> external:<processor>

Events come in any order: one that is heard of only when it is over posts what is left of it. The
two ends exclude each other; an end is never undone.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from oncepay.domain.charge_moves import entry_of
from oncepay.domain.identifiers import derive_id, hash_of
from oncepay.domain.ledger import (
    AVAILABLE,
    DISPUTED,
    EntryKind,
    ItemKey,
    LedgerEntry,
    Posting,
    external,
    transfer,
)
from oncepay.domain.payment import Payment

DISPUTE_PREFIX = "dispute#"


class DisputeStatus(StrEnum):
    """Equal to the wire value."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeFound:
    """A dispute as the processor tells of it.

    Attributes:
        reference: the processor's id of it.
        status: as it was then.
        amount_minor: in minor units of `currency`.
        reason: in the processor's words.
        charge_reference: of the charge that is disputed; None if the processor does not say.
        payment_id: ours, as the processor gives it back; None if it does not.
        lost_minor: of a lost one, how much of it is gone; None if all.
    """

    reference: str
    status: DisputeStatus
    amount_minor: int
    currency: str
    reason: str | None = None
    charge_reference: str | None = None
    payment_id: str | None = None
    lost_minor: int | None = None

    @property
    def is_over(self) -> bool:
        """Whether it was decided."""
        return self.status is not DisputeStatus.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A dispute of a payment; `amount_minor` in minor units of `currency`."""

    id: str
    payment_id: str
    merchant_id: str
    amount_minor: int
    currency: str
    status: DisputeStatus
    reason: str | None
    processor_reference: str
    created_at: datetime
    updated_at: datetime
    entries: tuple[ItemKey, ...] = ()
    version: int = 1

    @property
    def key(self) -> ItemKey:
        """Where the dispute is stored: beside its payment."""
        return ItemKey(self.payment_id, f"{DISPUTE_PREFIX}{self.id}")

    @property
    def stands(self) -> bool:
        """Whether its money may not be refunded: it is taken back, or may be."""
        return self.status is not DisputeStatus.WON


@dataclass(frozen=True, slots=True)
class Disputed:
    """What a dispute leads to: payment and dispute afterwards, and the entry, if money moves."""

    payment: Payment
    dispute: Dispute
    entry: LedgerEntry | None


def dispute_id(processor: str, reference: str) -> str:
    """One for each dispute of each processor."""
    return derive_id("dp", hash_of("dispute", processor, reference))


def can_follow(before: DisputeStatus | None, after: DisputeStatus) -> bool:
    """Whether a dispute may go from one state to the other; None is one not heard of yet."""
    return before is None or (before is DisputeStatus.OPEN and after is not DisputeStatus.OPEN)


def follow_dispute(
    payment: Payment, dispute: Dispute | None, found: DisputeFound, *, entry_id: str, now: datetime
) -> Disputed:
    """The dispute as the processor says it is, with what that moves.

    Args:
        payment: whose charge is disputed.
        dispute: as it is known, or None; `can_follow` holds.
        found: what the processor said.
        entry_id: of the ledger entry.
        now: when.
    """
    before = dispute.status if dispute else None
    if dispute is None:
        dispute = Dispute(
            id=dispute_id(str(payment.processor), found.reference),
            payment_id=payment.id,
            merchant_id=payment.merchant_id,
            amount_minor=found.amount_minor,
            currency=payment.currency,
            status=found.status,
            reason=found.reason,
            processor_reference=found.reference,
            created_at=now,
            updated_at=now,
        )
    after = replace(dispute, status=found.status, updated_at=max(now, dispute.updated_at))
    moved = _postings(payment, before, after)
    entry = None
    if moved is not None:
        kind, postings = moved
        entry = entry_of(payment, kind, after.key, postings, entry_id=entry_id, now=now)
        after = replace(after, entries=(*after.entries, entry.key))
    stood = before is not None
    standing = payment.standing_disputes + after.stands - stood
    changed = replace(payment, standing_disputes=standing, updated_at=max(now, payment.updated_at))
    return Disputed(changed, after, entry)


def _postings(
    payment: Payment, before: DisputeStatus | None, dispute: Dispute
) -> tuple[EntryKind, tuple[Posting, ...]] | None:
    source = AVAILABLE if before is None else DISPUTED
    match dispute.status:
        case DisputeStatus.OPEN:
            return EntryKind.DISPUTE_OPENED, transfer(AVAILABLE, DISPUTED, dispute.amount_minor)
        case DisputeStatus.LOST:
            target = external(str(payment.processor))
            return EntryKind.DISPUTE_LOST, transfer(source, target, dispute.amount_minor)
        case DisputeStatus.WON if before is not None:
            return EntryKind.DISPUTE_WON, transfer(DISPUTED, AVAILABLE, dispute.amount_minor)
    # Won before anybody heard of it: nothing was ever taken here.
    return None
