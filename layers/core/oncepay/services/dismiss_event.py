"""A person has looked at an event that waits, and says that it is nothing to us."""

from oncepay.domain.errors import Conflict
from oncepay.domain.inbound_event import InboundEvent, dismiss
from oncepay.domain.principal import OPERATOR
from oncepay.domain.steps import Change, Step
from oncepay.services.get_event import get_event
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.step_writes import write_step


def dismiss_event(
    public_id: str, reason: str, *, database: Database, budget: Budget
) -> InboundEvent:
    """Try an event no more; it is kept for good, with the reason, and has no effect.

    Args:
        public_id: as lists show it.
        reason: the person's, for whoever asks later.
        database: the tables.
        budget: the time left.

    Raises:
        NotFound: there is none.
        InvalidTransition: it does not wait.
        Conflict: it was applied just now.
        RateLimited, OutcomeUnknown, InternalError: see `Database.write`.
    """
    event = get_event(OPERATOR, public_id, database=database, budget=budget)
    dismissed = dismiss(event, reason)
    if write_step(database, Step(), budget, event=Change(event, dismissed)) is not None:
        raise Conflict("somebody else was at the event just now; look at it again")
    return dismissed
