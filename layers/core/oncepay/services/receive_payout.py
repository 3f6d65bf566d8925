"""A processor tells of a payout: the event is stored with what it says, in one transaction, once,
in whatever order events come.
"""

from oncepay.domain.errors import OutcomeUnknown, RateLimited, StorageUnavailable
from oncepay.domain.inbound_event import EventStatus, InboundEvent, Receipt, applied
from oncepay.domain.payout import Payout, PayoutFound, contradiction, follows, payout_of
from oncepay.services.processor_tools import ProcessorTools
from oncepay.storage.payout_writes import PayoutRefused, write_payout
from oncepay.storage.payouts import PAYOUT_PART, payout_from_raw, payout_id

MAX_TURNS = 20
"""Times that a payout is read again because another event of it was faster."""


def receive_payout(event: InboundEvent, found: PayoutFound, tools: ProcessorTools) -> Receipt:
    """Store an event with the payout that it tells of, if it is not there. It never waits: a payout
    needs nothing that is known before.

    Raises:
        StorageUnavailable: nothing was stored; the processor sends it again.
        OutcomeUnknown: it may have been stored; sent again, it is a duplicate then.
        InternalError: see `Database.write`.
    """
    after, told = applied(event, EventStatus.APPLIED), payout_of(event, found, tools.clock())
    for turn in range(MAX_TURNS):
        stored = _read(told, tools)
        try:
            refused = _write(after, stored, told, tools)
        except RateLimited as error:
            # Not the processor's fault, and it is to try again in any case.
            raise _unavailable() from error
        if refused is None:
            return Receipt(after, duplicate=False)
        if refused.event is not None:
            return Receipt(refused.event, duplicate=True)
        if not tools.budget.wait_before_retry(turn):
            break
    raise _unavailable()


def _read(told: Payout, tools: ProcessorTools) -> Payout | None:
    key = payout_id(told.processor.value, told.found.reference)
    raw = tools.database.get("settlements", key, PAYOUT_PART, tools.budget)
    return None if raw is None else payout_from_raw(raw)


def _write(
    event: InboundEvent, stored: Payout | None, told: Payout, tools: ProcessorTools
) -> PayoutRefused | None:
    """Sounds the alarm that it deserves: once too often, if nobody knows whether it is written."""
    after = told if follows(told, stored) else None
    try:
        refused = write_payout(tools.database, event, stored, after, tools.budget)
    except OutcomeUnknown:
        _alarm_of(event, stored, told, tools)
        raise
    if refused is None:
        _alarm_of(event, stored, told, tools)
    return refused


def _alarm_of(
    event: InboundEvent, stored: Payout | None, told: Payout, tools: ProcessorTools
) -> None:
    problem = contradiction(told, stored)
    if problem is not None:
        tools.alarm("unfit_event", {"event_id": event.id, "problem": problem})


def _unavailable() -> StorageUnavailable:
    return StorageUnavailable("the event could not be stored; send it again")
