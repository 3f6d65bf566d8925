"""One event, as it is now: a merchant's own, or any for an operator."""

from oncepay.domain.errors import NotFound
from oncepay.domain.inbound_event import InboundEvent, stored_id
from oncepay.domain.principal import OPERATOR
from oncepay.storage import events
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database


def get_event(owner_id: str, public_id: str, *, database: Database, budget: Budget) -> InboundEvent:
    """Read an event.

    Args:
        owner_id: a merchant's id, or `operator`.
        public_id: as lists show it.
        database: the tables.
        budget: the time left.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    key = stored_id(public_id)
    raw = database.get("events", key, None, budget) if key else None
    event = events.event_from_raw(raw) if raw else None
    if event is None or owner_id not in (OPERATOR, event.merchant_id):
        raise NotFound("no such event")
    return event
