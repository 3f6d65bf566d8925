"""One settlement, as it is now. Never lags."""

from oncepay.domain.errors import NotFound
from oncepay.domain.identifiers import is_derived_id
from oncepay.domain.settlement import Settlement
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.settlements import RUN_PART, settlement_from_raw


def get_settlement(settlement_id: str, *, database: Database, budget: Budget) -> Settlement:
    """Read a run by its id.

    Raises:
        NotFound: there is none.
    """
    # Claims and pointers are in the same table, and file names are anybody's: only what has the
    # form of a run's id is looked up.
    if not is_derived_id("set", settlement_id):
        raise NotFound("no such settlement")
    raw = database.get("settlements", settlement_id, RUN_PART, budget)
    if raw is None:
        raise NotFound("no such settlement")
    return settlement_from_raw(raw)
