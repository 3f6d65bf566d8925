"""Which disputes are there, and how do they end? The payer's bank takes the money back until it is
decided who was right; while it may not be refunded, the charge says so.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from ops.simulated.charges import Charges, Emit
from ops.simulated.records import ChargeStatus, Dispute, DisputeStatus
from ops.simulated.requests import Refusal

PREFIX = "dp_"
USUAL_REASON = "fraudulent"


class Disputes:
    """All of them. The engine holds its lock around every call."""

    def __init__(self, charges: Charges, *, new_id: Callable[[str], str], emit: Emit) -> None:
        self._charges, self._new_id, self._emit = charges, new_id, emit
        self.disputes: dict[str, Dispute] = {}

    def open(
        self, charge_id: str, amount_minor: int | None, reason: str | None, now: datetime
    ) -> Dispute:
        """The payer's bank disputes a charge, or a part of it.

        Raises: Refusal if there is nothing left to dispute.
        """
        charge = self._charges.get(charge_id)
        if charge.status is not ChargeStatus.SUCCEEDED:
            raise Refusal("charge_not_captured", f"the charge is {charge.status}", charge)
        if charge.is_disputed:
            raise Refusal("charge_disputed", "the charge is disputed already", charge)
        limit = charge.captured_minor - charge.refunded_minor
        amount_minor = limit if amount_minor is None else amount_minor
        if not 0 < amount_minor <= limit:
            message = f"no more than {limit} {charge.currency} can be disputed"
            raise Refusal("amount_too_large", message, charge)
        dispute = Dispute(
            id=self._new_id(PREFIX),
            status=DisputeStatus.OPEN,
            charge_id=charge.id,
            amount_minor=amount_minor,
            currency=charge.currency,
            reason=reason or USUAL_REASON,
            payment_id=charge.payment_id,
            created_at=now,
        )
        self.disputes[dispute.id] = dispute
        disputed = self._charges.mark_disputed(charge.id, True)
        self._emit("dispute.opened", dispute, disputed, now)
        return dispute

    def close(self, dispute_id: str, status: DisputeStatus, now: datetime) -> Dispute:
        """It was won, or lost.

        Raises: Refusal if there is none, or it is over.
        """
        dispute = self.get(dispute_id)
        charge = self._charges.get(dispute.charge_id)
        if dispute.status is not DisputeStatus.OPEN:
            raise Refusal("dispute_closed", f"the dispute is {dispute.status}", charge)
        closed = self.disputes[dispute_id] = replace(dispute, status=status, closed_at=now)
        if status is DisputeStatus.WON:
            charge = self._charges.mark_disputed(charge.id, False)
        self._emit(f"dispute.{status}", closed, charge, now)
        return closed

    def get(self, dispute_id: str) -> Dispute:
        """As it is now.

        Raises: Refusal if there is none.
        """
        dispute = self.disputes.get(dispute_id)
        if dispute is None:
            raise Refusal("not_found", "no such dispute", None)
        return dispute
