"""Events as the function webhook leaves them, put there by hand: for tests of how they are read."""

from datetime import UTC, datetime

from oncepay.domain.inbound_event import EventStatus, InboundEvent, Provider
from oncepay.domain.steps import Change, Step
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.step_writes import write_step

PAYMENT = "pay_" + "a" * 26


class StoredEvents:
    """What to put, unless a test says otherwise: an event that came just now, and was applied."""

    def __init__(self, database: Database, budget: Budget) -> None:
        self._database, self._budget = database, budget

    def put(
        self,
        event_id: str,
        *,
        merchant_id: str | None = None,
        received_at: datetime | None = None,
        provider: Provider = Provider.SIMULATED,
    ) -> InboundEvent:
        """Store one; without a merchant it is nobody's, and waits."""
        received_at = received_at or datetime.now(UTC)
        is_known = merchant_id is not None
        event = InboundEvent(
            provider=provider,
            event_id=event_id,
            type="charge.succeeded",
            created=None,
            livemode=False,
            payload="{}",
            received_at=received_at,
            status=EventStatus.APPLIED if is_known else EventStatus.UNMATCHED,
            reason=None if is_known else "no such payment is known",
            due_at=None if is_known else received_at,
            payment_id=PAYMENT if is_known else None,
            merchant_id=merchant_id,
        )
        assert write_step(self._database, Step(), self._budget, event=Change(None, event)) is None
        return event
