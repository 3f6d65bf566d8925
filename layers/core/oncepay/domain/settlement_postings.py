"""What does a row of a settlement file move in the books, and what would correct a row that breaks?

Accounts: `external:<processor>` is what a processor owes us (below zero) until it is paid out,
`costs` what processors have kept (below zero), `suspense` what nobody could explain yet. A row of a
processor's file therefore moves:

    payment           pending -> available, the merchant's share; and its cost
    refund, dispute   its cost; the money itself was moved when it happened
    fee               costs -> external:<processor>
    other             suspense, until a person knows what it is
    payout            external:bank -> external:<processor>: the bank has it now

Money of a payment from a balance was never at a processor: it is at the bank.
"""

from oncepay.domain.ledger import (
    AVAILABLE,
    EXTERNAL_BANK,
    PENDING,
    SUSPENSE,
    Posting,
    external,
    transfer,
)

COSTS = "costs"
"""What processors keep for their work. It is ours to bear: the merchant pays our fee."""


def holder(processor: str | None) -> str:
    """The account of whoever holds the money of a payment."""
    return EXTERNAL_BANK if processor is None else external(processor)


def share_postings(share_minor: int) -> tuple[Posting, ...]:
    """A merchant's share of a payment becomes available."""
    return transfer(PENDING, AVAILABLE, share_minor) if share_minor else ()


def cost_postings(processor: str | None, cost_minor: int) -> tuple[Posting, ...]:
    """The processor keeps so much of what it owes us; below zero it gives some back."""
    return transfer(COSTS, holder(processor), cost_minor) if cost_minor else ()


def unexplained_postings(processor: str | None, amount_minor: int) -> tuple[Posting, ...]:
    """The processor owes us so much more than our books say; below zero so much less."""
    return transfer(holder(processor), SUSPENSE, amount_minor) if amount_minor else ()


def payout_postings(processor: str | None, gross_minor: int) -> tuple[Posting, ...]:
    """What was paid out, below zero, is at the bank, and not at the processor any more."""
    return transfer(EXTERNAL_BANK, holder(processor), -gross_minor) if gross_minor else ()


def merged(*parts: tuple[Posting, ...]) -> tuple[Posting, ...]:
    """Several movements as one entry: each account once, in the order of their first use."""
    sums: dict[str, int] = {}
    for part in parts:
        for posting in part:
            sums[posting.account] = sums.get(posting.account, 0) + posting.amount_minor
    return tuple(Posting(account, amount) for account, amount in sums.items() if amount)


def without_costs(postings: tuple[Posting, ...]) -> tuple[Posting, ...]:
    """As a merchant is shown them, balanced: what a processor keeps of its payments is between us
    and the processor.
    """
    cost_minor = sum(each.amount_minor for each in postings if each.account == COSTS)
    if cost_minor == 0:
        return postings
    outside = (each.account for each in postings if each.account.startswith("external:"))
    kept = tuple(each for each in postings if each.account != COSTS)
    return merged(kept, (Posting(next(outside, EXTERNAL_BANK), cost_minor),))


def reversed_postings(postings: tuple[Posting, ...]) -> tuple[Posting, ...]:
    """What takes them back."""
    return tuple(Posting(each.account, -each.amount_minor) for each in postings)
