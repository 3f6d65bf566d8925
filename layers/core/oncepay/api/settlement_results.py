"""What is told of one settlement, whole: what `settlement_json` says, and what was paid out."""

from collections.abc import Sequence
from typing import Any

from oncepay.api.settlement_representations import settlement_json
from oncepay.domain.settlement import Settlement
from oncepay.domain.settlement_payouts import PayoutCheck


def settlement_result_json(run: Settlement, payouts: Sequence[PayoutCheck]) -> dict[str, Any]:
    """A settlement, and the payouts of a file that names some; `agrees` is null until the processor
    has told of one.
    """
    if not payouts:
        return settlement_json(run)
    return settlement_json(run) | {"payouts": [_payout_json(each) for each in payouts]}


def _payout_json(check: PayoutCheck) -> dict[str, Any]:
    told = check.told.found if check.told else None
    return {
        "reference": check.batch.reference,
        "currency": check.batch.currency,
        "net_minor": check.batch.net_minor,
        "paid_minor": told.amount_minor if told else None,
        "status": told.status.value if told else None,
        "agrees": check.agrees,
    }
