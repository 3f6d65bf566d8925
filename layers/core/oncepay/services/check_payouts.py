"""Was paid out what a settlement file says? Each of its payouts beside what the processor told us
of it, as far as it has told by now.
"""

from collections.abc import Iterable

from oncepay.domain.payout import Payout
from oncepay.domain.settlement_payouts import PayoutCheck
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.payouts import PAYOUT_PART, payout_from_raw, payout_id
from oncepay.storage.settlement_batches import BATCHES_PART, batches_from_raw


def check_payouts(run_id: str, *, database: Database, budget: Budget) -> list[PayoutCheck]:
    """Compare the payouts that a file names; empty if it names none.

    Args:
        run_id: of the file's run.
        database: the tables.
        budget: the time left.

    Raises:
        StorageUnavailable: no answer within the budget.
    """
    raw = database.get("settlements", run_id, BATCHES_PART, budget)
    if raw is None:
        return []
    processor, batches = batches_from_raw(raw)
    names = {each.reference for each in batches}
    told = {one.found.reference: one for one in read_payouts(names, processor, database, budget)}
    return [PayoutCheck(batch=each, told=told.get(each.reference)) for each in batches]


def read_payouts(
    references: Iterable[str], processor: str, database: Database, budget: Budget
) -> list[Payout]:
    """What a processor told us of its payouts; nothing of those that it told nothing of.

    Raises:
        StorageUnavailable: no answer within the budget.
    """
    keys = [
        {"id": payout_id(processor, reference), "part": PAYOUT_PART}
        for reference in sorted(set(references))
    ]
    return [payout_from_raw(raw) for raw in database.get_many("settlements", keys, budget)]
