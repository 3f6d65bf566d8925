"""What is written together when a processor tells of a payout?

event     absent
payout    version as read; a new one: absent

An event that says nothing newer is written alone: what is stored only ever gets newer.
"""

from dataclasses import dataclass

from oncepay.domain.inbound_event import InboundEvent
from oncepay.domain.payout import Payout
from oncepay.storage import events
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.item_changes import changes_between
from oncepay.storage.payouts import PayoutItem, payout_item
from oncepay.storage.transactions import Transaction

EVENT, PAYOUT = "event", "payout"


@dataclass(frozen=True, slots=True)
class PayoutRefused:
    """Nothing was written.

    Attributes:
        event: as it is stored already; None if it is not, and the payout is not as it was read.
    """

    event: InboundEvent | None


def write_payout(
    database: Database,
    event: InboundEvent,
    before: Payout | None,
    after: Payout | None,
    budget: Budget,
) -> PayoutRefused | None:
    """Write an event with the payout that it tells of; None when done.

    Args:
        database: the tables.
        event: as it is to be stored.
        before: the payout as read; None if there was none.
        after: what it is now; None if the event changes nothing.
        budget: the time left.

    Raises:
        RateLimited, OutcomeUnknown, InternalError: see `Database.write`.
    """
    transaction = Transaction()
    transaction.put(EVENT, events.to_item(event), events.absent())
    if after is not None and before is None:
        transaction.put(PAYOUT, payout_item(after))
    elif after is not None and before is not None:
        item = payout_item(before)
        as_read = PayoutItem(id=item.id, part=item.part, version=before.version)
        transaction.update(PAYOUT, as_read, changes_between(item, payout_item(after)))
    refusal = database.write(transaction, budget)
    if refusal is None:
        return None
    raw = refusal.item(EVENT)
    return PayoutRefused(None if raw is None else events.event_from_raw(raw))
