"""What is there that no request of a merchant made, and does anything of the run explain it? What
levels the shards of a book needs no reason; a refund or a dispute that began elsewhere needs an
event of the run that tells of it. Everything else is a stranger: so is a settlement, since no load
test sends a file.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from loadtests.audit.asked import Document
from loadtests.audit.booked import REQUESTED_KINDS
from loadtests.audit.events import told_of
from loadtests.audit.view import View

LEVELLING: Final = "levelling"
BEGUN_THERE: Final = "processor_refund"
"""The entry of a refund that began at the processor, as its dashboard's do."""

EXPLAINED_BY: Final[Mapping[str, str]] = {
    BEGUN_THERE: "refund",
    "dispute_opened": "dispute",
    "dispute_won": "dispute",
    "dispute_lost": "dispute",
}
"""What the type of an event holds that tells of an entry of a kind. Sources: Stripe, Types of
events; PayPal, Webhook event names; as of 2026-11.
"""


@dataclass(slots=True, kw_only=True)
class Unasked:
    """What no request of a merchant made.

    Attributes:
        explained: entries that changed its balances, and may.
        unexplained: entries that ought not to be there.
        strange_refunds: refunds that nobody asked for, beyond those that began at the processor.
    """

    explained: list[Document] = field(default_factory=list)
    unexplained: list[Document] = field(default_factory=list)
    strange_refunds: list[Document] = field(default_factory=list)


def explain(view: View, merchant: str) -> Unasked:
    """Of one merchant."""
    found, told = view.found[merchant], Unasked()
    sent = {id_ for asked in view.record.of(merchant) for id_ in asked.ids}
    asked_for: Counter[tuple[str, int]] = Counter()
    begun_there: Counter[tuple[str, int]] = Counter()
    for payment_id, refunds in found.refunds.items():
        asked_for.update((payment_id, one["amount_minor"]) for one in refunds if one["id"] in sent)
    for entry in found.entries:
        kind = entry["kind"]
        # Between two shards nothing comes or goes: whatever it changes shows in the balance.
        if kind in REQUESTED_KINDS or kind == LEVELLING:
            continue
        payment_id = entry["payment_id"]
        one = (payment_id, _moved(entry))
        if kind == BEGUN_THERE and asked_for[one] > 0:
            # A refund that was asked for, failed, and succeeded after all.
            asked_for[one] -= 1
        elif kind in EXPLAINED_BY and told_of(view, payment_id, EXPLAINED_BY[kind]):
            told.explained.append(entry)
            begun_there[one] += kind == BEGUN_THERE
        else:
            told.unexplained.append(entry)
    for payment_id, refunds in found.refunds.items():
        for refund in refunds:
            one = (payment_id, refund["amount_minor"])
            if refund["id"] in sent or refund["created_at"] < view.record.started_at:
                continue
            if begun_there[one] > 0:
                begun_there[one] -= 1
            else:
                told.strange_refunds.append({**refund, "payment_id": payment_id})
    return told


def _moved(entry: Document) -> int:
    return sum(max(0, posting["amount_minor"]) for posting in entry["postings"])
