"""How does money move in the books? Double entry: the postings of every entry sum to zero.

Accounts of the merchant are `available`, `pending`, `refunding` and `disputed`; on the other side
stand `external:bank`, `external:<processor>`, `fees` and `suspense`. docs/ledger.md explains them,
and says which step posts what.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

AVAILABLE = "available"
PENDING = "pending"
REFUNDING = "refunding"
DISPUTED = "disputed"
EXTERNAL_BANK = "external:bank"
FEES = "fees"
SUSPENSE = "suspense"
BETWEEN_SHARDS = "between_shards"
"""What one shard of a book gave and another got: over all of them it is zero."""

MERCHANT_ACCOUNTS = (AVAILABLE, PENDING, REFUNDING, DISPUTED)


class EntryKind(StrEnum):
    """What a ledger entry records; equal to the wire value."""

    DEPOSIT = "deposit"
    PAYMENT = "payment"
    REFUND = "refund"
    CAPTURE = "capture"
    REFUND_RESERVED = "refund_reserved"
    REFUND_SUCCEEDED = "refund_succeeded"
    REFUND_FAILED = "refund_failed"
    PROCESSOR_REFUND = "processor_refund"
    ORPHAN_CHARGE = "orphan_charge"
    ORPHAN_RETURNED = "orphan_returned"
    SETTLEMENT = "settlement"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    CORRECTION = "correction"
    CORRECTION_REVERSED = "correction_reversed"
    LEVELLING = "levelling"


@dataclass(frozen=True, slots=True)
class Posting:
    """One side of an entry: `amount_minor` is signed, plus is into the account."""

    account: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class ItemKey:
    """Key of a stored item: partition and sort key."""

    id: str
    part: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """An immutable, balanced entry in one shard of one merchant's books in one currency.

    Raises:
        ValueError: if the postings are fewer than two, hold a zero, or do not sum to zero.
    """

    id: str
    ledger_id: str
    kind: EntryKind
    item: ItemKey
    payment_id: str | None
    currency: str
    postings: tuple[Posting, ...]
    created_at: datetime

    def __post_init__(self) -> None:
        """Refuse what would break the books."""
        if len(self.postings) < 2 or any(posting.amount_minor == 0 for posting in self.postings):
            raise ValueError("an entry has at least two postings, none of them zero")
        if sum(posting.amount_minor for posting in self.postings) != 0:
            raise ValueError("the postings of an entry sum to zero")

    @property
    def key(self) -> ItemKey:
        """Where the entry is stored."""
        return ItemKey(self.ledger_id, f"entry#{self.id}")

    def change_of(self, account: str) -> int:
        """By how many minor units the entry changes an account."""
        return sum(p.amount_minor for p in self.postings if p.account == account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """A merchant's money in one currency, or in one shard of it, in minor units.

    Attributes:
        shards: how many the book has; only the balance of shard 0 knows.
        entries: how many were posted.
    """

    currency: str
    available_minor: int
    pending_minor: int
    shards: int = 1
    entries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a shard's balance must be like for an entry to be posted; None is anything.

    Attributes:
        at_least: so much must be available.
        exactly: so much is available: as it was read.
        entries: it has so many entries: nothing was posted since it was read.
        unsharded: the book has this one shard.
        shards: the book has at most so many shards, and has them from now on; of shard 0.
    """

    at_least: int | None = None
    exactly: int | None = None
    entries: int | None = None
    unsharded: bool = False
    shards: int | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """An entry, and what its shard's balance must be like."""

    entry: LedgerEntry
    needs: Needs | None = None


def ledger_id(merchant_id: str, currency: str, shard: int = 0) -> str:
    """Partition of a merchant's books in one currency. One shard until a merchant is given more."""
    return f"{merchant_id}#{currency}#{shard}"


def shard_of(ledger_id: str) -> int:
    """The shard in that name."""
    return int(ledger_id.rpartition("#")[2])


def first_shard(item_id: str, shards: int) -> int:
    """Which of so many shards an item uses first: always the same, and all alike often."""
    if shards == 1:
        return 0
    return int.from_bytes(hashlib.sha256(item_id.encode()).digest()[:4]) % shards


def deposit_postings(amount_minor: int) -> tuple[Posting, ...]:
    """Money comes in from the merchant's bank."""
    return (Posting(EXTERNAL_BANK, -amount_minor), Posting(AVAILABLE, amount_minor))


def payment_postings(amount_minor: int, fee_minor: int) -> tuple[Posting, ...]:
    """A payment from the balance: the amount goes out, the fee stays with us."""
    fee = (Posting(FEES, fee_minor),) if fee_minor else ()
    return (
        Posting(AVAILABLE, -(amount_minor + fee_minor)),
        Posting(EXTERNAL_BANK, amount_minor),
        *fee,
    )


def refund_postings(amount_minor: int) -> tuple[Posting, ...]:
    """Money of a payment from the balance comes back to it; the fee is not returned."""
    return (Posting(EXTERNAL_BANK, -amount_minor), Posting(AVAILABLE, amount_minor))


def external(processor: str) -> str:
    """The account of what a processor holds, or owes."""
    return f"external:{processor}"


def transfer(source: str, target: str, amount_minor: int) -> tuple[Posting, ...]:
    """Move an amount from one account to another; a negative one the other way."""
    return (Posting(source, -amount_minor), Posting(target, amount_minor))


def capture_postings(processor: str, amount_minor: int, fee_minor: int) -> tuple[Posting, ...]:
    """A processor took the payer's money: the merchant's share waits for its settlement, the fee
    stays with us.
    """
    shares = (Posting(PENDING, amount_minor - fee_minor), Posting(FEES, fee_minor))
    return (
        Posting(external(processor), -amount_minor),
        *(share for share in shares if share.amount_minor),
    )
