"""An event of a payment processor: stored once, however often it is sent."""

from dataclasses import dataclass

from oncepay.domain.errors import RateLimited, StorageUnavailable
from oncepay.domain.inbound_event import InboundEvent
from oncepay.storage import events
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.transactions import Transaction

EVENT = "event"


@dataclass(frozen=True, slots=True)
class Receipt:
    """An event that is stored, and whether it already was."""

    event: InboundEvent
    duplicate: bool


def receive_event(event: InboundEvent, *, database: Database, budget: Budget) -> Receipt:
    """Store an event, if it is not there.

    What an event does to a payment is to be part of the same transaction: an event that is stored
    has had its effect. Its token makes a lost reply harmless: the same put sent again is no
    duplicate of itself.

    Raises:
        StorageUnavailable: nothing was stored; the processor sends it again.
        OutcomeUnknown: it may have been stored; sent again, it is a duplicate then.
        InternalError: see `Database.write`.
    """
    transaction = Transaction()
    transaction.put(EVENT, events.to_item(event), events.absent())
    try:
        refusal = database.write(transaction, budget)
    except RateLimited as error:
        # Not the processor's fault, and it is to try again in any case.
        raise StorageUnavailable("the event could not be stored; send it again") from error
    return Receipt(event, duplicate=refusal is not None)
