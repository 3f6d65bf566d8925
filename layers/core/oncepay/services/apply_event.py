"""An event of a processor changes a payment: stored and applied in one transaction, once, in
whatever order events come. What one tells of a payout is of no payment, see receive_payout.
"""

from dataclasses import replace

from oncepay.domain.applying import EventOfPayment, News, apply
from oncepay.domain.errors import PaymentsError, RateLimited, StorageUnavailable
from oncepay.domain.inbound_event import EventStatus, InboundEvent, Receipt, applied, wait
from oncepay.domain.operation import Operation, OperationKind
from oncepay.domain.processor_answer import Absent, Charge, ChargeStatus, Effect
from oncepay.domain.steps import Change, Family, Misfit, Nothing, NotYet, Step
from oncepay.services.new_entry_id import new_entry_id
from oncepay.services.processor_tools import ProcessorTools
from oncepay.services.receive_payout import receive_payout
from oncepay.services.run_operation import resume
from oncepay.services.settle_operation import REFERENCE_TAKEN, commit_step, returns_of
from oncepay.storage import events, operations
from oncepay.storage.payment_reads import read_family
from oncepay.storage.step_writes import write_step

MAX_TURNS = 20
"""Times that a payment is read again because somebody else was faster."""


def receive_processor_event(told: EventOfPayment, tools: ProcessorTools) -> Receipt:
    """Store an event with its effect, if it is not there; one that waits is tried again.

    Raises:
        StorageUnavailable: nothing was stored; the processor sends it again.
        OutcomeUnknown: it may have been stored; sent again, it is a duplicate then.
        InternalError: see `Database.write`.
    """
    if told.payout is not None:
        return receive_payout(told.event, told.payout, tools)
    # What changes nothing is just put, once; what is in the way tells that it was there.
    raw = None
    if told.news is not None:
        raw = tools.database.get("events", told.event.id, None, tools.budget)
    stored = events.event_from_raw(raw) if raw else None
    if stored is not None and stored.status is not EventStatus.UNMATCHED:
        return Receipt(stored, duplicate=True)
    known = stored is not None
    try:
        after = apply_event(replace(told, event=stored or told.event), tools)
    except RateLimited as error:
        # Not the processor's fault, and it is to try again in any case.
        raise StorageUnavailable("the event could not be stored; send it again") from error
    if after is None:
        if told.news is not None and stored is None:
            # A copy was faster, and may have come too early itself.
            return receive_processor_event(told, tools)
        return Receipt(told.event, duplicate=True)
    if told.news is not None and isinstance(told.news.found, Charge):
        _go_on_if_approved(told, told.news.found, tools)
    return Receipt(after, duplicate=known)


def _go_on_if_approved(told: EventOfPayment, charge: Charge, tools: ProcessorTools) -> None:
    """The payer has just agreed: the money is asked for now, or by the next sweep."""
    if charge.status is not ChargeStatus.APPROVED:
        return
    try:
        family = _find_family(told, tools)
        operation = family.operations.get(family.payment.id) if family else None
        if family is None or operation is None or not operation.is_open:
            return
        if operation.reference != charge.reference:
            # They agreed to something else.
            return
        if not operation.is_leased(tools.clock()):
            resume(tools, family, operation, sweeps=False)
    except PaymentsError as error:
        # The event is stored, and is not sent again.
        tools.alarm("approved_unfinished", {"event_id": told.event.id, "code": error.code})


def apply_event(told: EventOfPayment, tools: ProcessorTools) -> InboundEvent | None:
    """Write an event with its effect; one that cannot be applied yet waits.

    Returns:
        The event as it is stored now, or None if somebody else has stored it meanwhile.

    Raises:
        RateLimited, OutcomeUnknown, InternalError: see `Database.write`.
    """
    before = told.event if told.event.status is EventStatus.UNMATCHED else None
    referenced = False
    for turn in range(MAX_TURNS):
        family = _find_family(told, tools)
        planned = _plan(told, family, tools)
        if referenced and turn > 1 and isinstance(planned, Step):
            # Read again, and still so: the processor gave one id to two things.
            planned = Misfit(REFERENCE_TAKEN)
        if isinstance(planned, Step) and family is not None:
            after = _owned(applied(told.event, EventStatus.APPLIED), family)
            refused, _ = commit_step(tools, family, planned, event=Change(before, after))
        else:
            after = _owned(_without_effect(told, planned, family, tools), family)
            event = Change(before, after)
            refused = write_step(tools.database, Step(), tools.budget, event=event)
        if refused is None:
            return after
        if refused.event_known:
            return None
        referenced = refused.referenced
        if not tools.budget.wait_before_retry(turn):
            break
    raise RateLimited("too much happens to this payment at once; nothing was done")


def _owned(event: InboundEvent, family: Family | None) -> InboundEvent:
    if family is None:
        return event
    payment = family.payment
    return replace(event, payment_id=payment.id, merchant_id=payment.merchant_id)


def _plan(
    told: EventOfPayment, family: Family | None, tools: ProcessorTools
) -> Step | Misfit | Nothing | NotYet:
    if told.news is None:
        return Nothing()
    if family is None:
        return NotYet()
    news = _as_ours(told.news, family, tools)
    if news is None:
        return NotYet()
    now = tools.clock()
    return apply(
        family,
        news,
        returns=returns_of(tools, family, news.found),
        entry_id=new_entry_id(now),
        now=now,
    )


def _without_effect(
    told: EventOfPayment,
    planned: Step | Misfit | Nothing | NotYet,
    family: Family | None,
    tools: ProcessorTools,
) -> InboundEvent:
    if isinstance(planned, Misfit):
        tools.alarm("unfit_event", {"event_id": told.event.id, "problem": planned.problem})
        return wait(told.event, planned.problem, tools.clock())
    if isinstance(planned, NotYet):
        reason = "no such payment is known" if family is None else "the payment is not so far yet"
        return wait(told.event, reason, tools.clock())
    status = EventStatus.RECEIVED if told.news is None else EventStatus.APPLIED
    return applied(told.event, status)


def _find_family(told: EventOfPayment, tools: ProcessorTools) -> Family | None:
    if told.news is None:
        return None
    payment_id = told.payment_id
    if payment_id is None:
        payment_id = _led_to(told, tools)
    if payment_id is None:
        return None
    family = read_family(tools.database, payment_id, tools.budget)
    if family is None or family.payment.processor != told.event.provider.value:
        return None
    return family


def _led_to(told: EventOfPayment, tools: ProcessorTools) -> str | None:
    for reference in told.references:
        raw = tools.database.get(
            "payments",
            operations.reference_id(told.event.provider.value, reference),
            operations.REFERENCE_PART,
            tools.budget,
        )
        if raw is not None:
            return operations.item_from_raw(raw).id
    return None


def _as_ours(news: News, family: Family, tools: ProcessorTools) -> News | None:
    """A refund that does not name our key may be one of ours all the same: those of its amount
    that are open are looked up. None if that cannot be found out now.
    """
    if (
        news.kind is not OperationKind.REFUND
        or news.operation_id is not None
        or not isinstance(news.found, Effect)
    ):
        return news
    for operation in family.operations.values():
        if not _may_be(operation, news.found):
            continue
        processor = tools.processor_of(operation)
        if not tools.has_time_to_call(processor):
            return None
        looked_up = processor.look_up(operation)
        if isinstance(looked_up, Effect) and looked_up.reference == news.found.reference:
            return replace(news, operation_id=operation.id)
        if not isinstance(looked_up, Effect | Absent | Charge):
            return None
    return news


def _may_be(operation: Operation, effect: Effect) -> bool:
    return (
        operation.is_open
        and operation.kind is OperationKind.REFUND
        and operation.amount_minor == effect.amount_minor
    )
