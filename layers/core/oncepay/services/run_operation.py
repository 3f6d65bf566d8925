"""An operation is carried out at its processor: sent once by the request that reserved it, resumed
by whoever takes it over.

What was reserved is never started again: a worker that takes over first looks up what became of it.
"""

from dataclasses import replace

from oncepay.domain.errors import OutcomeUnknown, RateLimited
from oncepay.domain.operation import (
    Operation,
    OperationKind,
    release_unknown,
    release_unsent,
    take_over,
)
from oncepay.domain.processor_answer import (
    Absent,
    Answer,
    Charge,
    ChargeStatus,
    Effect,
    NotSent,
    Prepared,
    Unknown,
)
from oncepay.domain.steps import Change, Family, Misfit, Step
from oncepay.processors.port import Processor
from oncepay.services.processor_tools import ProcessorTools
from oncepay.services.settle_operation import (
    Ended,
    Ending,
    keep_misfit,
    note_unknown,
    settle_found,
    settle_never_done,
)
from oncepay.storage.step_writes import write_step

FORGOTTEN = "the processor has told of it before, and knows nothing of it now"
"""It decides nothing, however long ago it was: what was told of may be done."""

WRONG = frozenset(
    {"unauthorized", "unreadable_answer", "unexpected_answer", "idempotency_key_reused"}
)
"""Reasons of an adapter that mean a wrong deployment, or a bug, here or there."""


def send_reserved(tools: ProcessorTools, family: Family, operation: Operation) -> Ended:
    """Send what this very request has just reserved.

    Args:
        tools: see there.
        family: as it was written.
        operation: of the family; leased by this worker.

    Raises:
        OutcomeUnknown: what the processor said could not be written.
    """
    return _send(tools, family, operation, sent_before=None)


def resume(
    tools: ProcessorTools, family: Family, operation: Operation, *, sweeps: bool
) -> Ended | None:
    """Take over an operation whose lease has ended, find out what became of it, and end it if that
    can be.

    Args:
        tools: see there.
        family: as read.
        operation: of the family; open, and not leased.
        sweeps: whether it is the sweep, which does not send everything, and puts off its next
            look before it acts.

    Returns:
        How it ended, or None if another worker was faster.

    Raises:
        RateLimited, OutcomeUnknown: it could not be taken over, or what was found not be written.
    """
    now, processor = tools.clock(), tools.processor_of(operation)
    sends = (
        operation.may_send(now, processor.key_retention)
        and not (sweeps and not _sweep_may_send(operation))
        and not _is_disputed(family, operation)
    )
    taken = take_over(operation, now=now, lease=tools.lease, sends=sends, pushes=sweeps)
    refused = write_step(
        tools.database,
        Step(operations=(Change(operation, taken),)),
        tools.reserve_budget(processor),
    )
    if refused is not None:
        return None
    taken = _raised(taken, operation)
    family = _with(family, taken)
    if operation.last_sent_at is not None:
        looked_up = (
            processor.look_up(taken)
            if tools.has_time_to_call(processor)
            else NotSent("no time was left")
        )
        if isinstance(looked_up, Charge) and looked_up.status is ChargeStatus.APPROVED:
            # The payer has agreed to this very charge; nobody else is going to ask for it.
            return _send(tools, family, taken, sent_before=operation)
        if isinstance(looked_up, Charge | Effect):
            return settle_found(tools, family, taken, looked_up)
        if not isinstance(looked_up, Absent):
            _tell_if_wrong(tools, taken, looked_up)
            return _stand_still(tools, family, taken, operation)
        # What was only prepared is nothing yet, unless the payer was sent to its page.
        is_only_prepared = (
            processor.needs_preparation
            and operation.kind is OperationKind.AUTHORIZE
            and operation.record_id is not None
        )
        if operation.reference is not None and not is_only_prepared:
            return keep_misfit(tools, family, taken, Misfit(FORGOTTEN))
    if sends:
        return _send(tools, family, taken, sent_before=operation)
    if operation.absence_decides(now):
        return settle_never_done(tools, family, taken)
    return _stand_still(tools, family, taken, operation)


def _sweep_may_send(operation: Operation) -> bool:
    """Never a charge; and not what its client was told nobody had asked for: by now it may have
    found another way.
    """
    was_told = operation.last_sent_at is None and operation.record_id is not None
    return operation.kind is not OperationKind.AUTHORIZE and not was_told


def _is_disputed(family: Family, operation: Operation) -> bool:
    """Whether the payer has the money back by another way since this refund was reserved."""
    return operation.kind is OperationKind.REFUND and family.payment.standing_disputes > 0


def _send(
    tools: ProcessorTools, family: Family, operation: Operation, *, sent_before: Operation | None
) -> Ended:
    processor = tools.processor_of(operation)
    answer: Answer | Prepared = Prepared(operation.reference or "")
    if (
        processor.needs_preparation
        and operation.kind is OperationKind.AUTHORIZE
        and operation.reference is None
    ):
        answer = _prepare(tools, processor, operation)
        if isinstance(answer, Prepared):
            prepared = replace(operation, reference=answer.reference)
            if not _is_stored(tools, operation, prepared):
                answer = NotSent("what was prepared could not be stored")
            else:
                operation = _raised(prepared, operation)
                family = _with(family, operation)
    if isinstance(answer, Prepared):
        answer = _call(tools, processor, operation)
    return _conclude(tools, family, operation, answer, sent_before=sent_before)


def _prepare(
    tools: ProcessorTools, processor: Processor, operation: Operation
) -> Prepared | Charge | NotSent:
    if not _may_call(tools, processor, operation):
        return NotSent("no time was left")
    answer = processor.prepare(operation)
    # No money moves: what is not known to be prepared is prepared again.
    return NotSent(answer.reason) if isinstance(answer, Unknown) else answer


def _is_stored(tools: ProcessorTools, before: Operation, after: Operation) -> bool:
    step = Step(operations=(Change(before, after),))
    try:
        return write_step(tools.database, step, tools.budget) is None
    except (RateLimited, OutcomeUnknown):
        return False


def _call(tools: ProcessorTools, processor: Processor, operation: Operation) -> Answer:
    if not _may_call(tools, processor, operation):
        return NotSent("no time was left")
    return processor.send(operation)


def _may_call(tools: ProcessorTools, processor: Processor, operation: Operation) -> bool:
    # A worker that slept through its lease has been overtaken: it sends no more.
    return operation.is_leased(tools.clock()) and tools.has_time_to_call(processor)


def _conclude(
    tools: ProcessorTools,
    family: Family,
    operation: Operation,
    answer: Answer,
    *,
    sent_before: Operation | None,
) -> Ended:
    if isinstance(answer, Charge | Effect):
        return settle_found(tools, family, operation, answer)
    _tell_if_wrong(tools, operation, answer)
    if isinstance(answer, Unknown):
        released = release_unknown(operation, tools.clock(), unknown=answer)
        return note_unknown(tools, family, operation, released)
    ended = _stand_still(tools, family, operation, sent_before)
    was_sent = sent_before is not None and sent_before.last_sent_at is not None
    if was_sent or ended.ending is Ending.DONE_BEFORE or _is_overtaken(ended, operation):
        return ended
    return Ended(Ending.UNSENT, ended.family)


def _tell_if_wrong(tools: ProcessorTools, operation: Operation, answer: NotSent | Unknown) -> None:
    """A time-out passes; a wrong secret, or an answer that nobody can read, does not."""
    if answer.reason in WRONG:
        tools.alarm(
            "processor_answer",
            {
                "payment_id": operation.payment_id,
                "operation_id": operation.id,
                "reason": answer.reason,
            },
        )


def _stand_still(
    tools: ProcessorTools, family: Family, operation: Operation, before: Operation | None
) -> Ended:
    """Nothing was sent in this turn."""
    released = release_unsent(before, operation, tools.clock())
    return note_unknown(tools, family, operation, released)


def _is_overtaken(ended: Ended, operation: Operation) -> bool:
    # Somebody else works on it, who may have sent what this worker did not.
    return ended.family.operations[operation.id].version != operation.version


def _raised(taken: Operation, before: Operation) -> Operation:
    return replace(taken, version=before.version + 1)


def _with(family: Family, operation: Operation) -> Family:
    return replace(family, operations={**family.operations, operation.id: operation})
