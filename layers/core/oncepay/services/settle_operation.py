"""A processor's answer takes its effect: worker, later request, sweep and event settle by the same
code.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

from oncepay.domain.applying import News, Returns, apply, orphan_id
from oncepay.domain.dispute import DisputeFound
from oncepay.domain.errors import NotFound, OutcomeUnknown, RateLimited
from oncepay.domain.idempotency import Answer
from oncepay.domain.inbound_event import InboundEvent
from oncepay.domain.operation import Operation, release_unknown
from oncepay.domain.processor_answer import Charge, ChargeStatus, Found
from oncepay.domain.settling import settle, settle_undone
from oncepay.domain.steps import (
    Applied,
    Change,
    Completion,
    Family,
    Misfit,
    Nothing,
    NotYet,
    Settled,
    Step,
    StillOpen,
)
from oncepay.services.new_entry_id import new_entry_id
from oncepay.services.processor_tools import ProcessorTools
from oncepay.services.write_over_shards import write_over_shards
from oncepay.storage.payment_reads import read_family
from oncepay.storage.step_writes import Completed, StepRefused, write_step

REFERENCE_TAKEN = "the processor's id was posted for something else"

MAX_TURNS = 20
"""Times that a payment is read again because somebody else was faster."""


class Ending(Enum):
    """How work on an operation ends."""

    DONE = "done"
    """It had its effect, by this very worker."""
    DONE_BEFORE = "done_before"
    """Somebody else has ended it."""
    UNKNOWN = "unknown"
    """Nobody knows yet, or the processor is not through with it."""
    UNSENT = "unsent"
    """Provably nothing was ever sent."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended.

    Attributes:
        ending: how.
        family: as last read or written; not what an own step changed.
        answer: to the request that asked for it, if this step answered it.
        pending_there: whether the processor has just said that it is not through with it.
    """

    ending: Ending
    family: Family
    answer: Answer | None = None
    pending_there: bool = False


def settle_found(
    tools: ProcessorTools, family: Family, operation: Operation, found: Found
) -> Ended:
    """What the processor said takes its effect, whoever has worked on the operation meanwhile.

    Raises:
        OutcomeUnknown: it could not be written, or nobody knows whether it was; the sweep goes on.
    """

    def plan(family: Family, stored: Operation) -> Settled | Applied:
        now, entry_id = tools.clock(), new_entry_id(tools.clock())
        if stored.is_open:
            return settle(family, stored, found, entry_id=entry_id, now=now)
        news = News(found=found, kind=stored.kind, operation_id=stored.id)
        returns = returns_of(tools, family, found)
        return apply(family, news, returns=returns, entry_id=entry_id, now=now)

    return _write_plan(tools, family, operation, plan)


def settle_never_done(tools: ProcessorTools, family: Family, operation: Operation) -> Ended:
    """The operation was certainly never done: what it reserved is given back.

    Raises:
        OutcomeUnknown: it could not be written, or nobody knows whether it was.
    """

    def plan(family: Family, stored: Operation) -> Settled | Applied:
        now = tools.clock()
        if not stored.is_open or stored.version != operation.version:
            # Somebody has worked on it since it was found absent.
            return Nothing()
        return settle_undone(family, stored, entry_id=new_entry_id(now), now=now)

    return _write_plan(tools, family, operation, plan)


def note_unknown(
    tools: ProcessorTools, family: Family, operation: Operation, released: Operation
) -> Ended:
    """End the lease; should that fail, it runs out by itself."""
    step = Step(operations=(Change(operation, released),))
    try:
        refused = write_step(tools.database, step, tools.budget)
    except (RateLimited, OutcomeUnknown):
        return Ended(Ending.UNKNOWN, family)
    if refused is None:
        return Ended(Ending.UNKNOWN, family)
    now_stored = read_again(tools, family)
    is_open = now_stored.operations[operation.id].is_open
    return Ended(Ending.UNKNOWN if is_open else Ending.DONE_BEFORE, now_stored)


def returns_of(
    tools: ProcessorTools, family: Family, found: Found | DisputeFound
) -> Returns | None:
    """How this charge would be given back."""
    if not isinstance(found, Charge) or found.status not in (
        ChargeStatus.AUTHORIZED,
        ChargeStatus.SUCCEEDED,
    ):
        return None
    payment, processor = family.payment, tools.processor_of(family.payment)
    operation_id = orphan_id(processor.name, found.reference)
    return Returns(
        refund=processor.refund_request(
            payment, found.reference, found.handle, found.captured_minor, operation_id=operation_id
        ),
        void=processor.void_request(
            payment, found.reference, found.handle, operation_id=operation_id
        ),
    )


def commit_step(
    tools: ProcessorTools, family: Family, step: Step, *, event: Change[InboundEvent] | None = None
) -> tuple[StepRefused | None, tuple[Completed, ...]]:
    """Write a step with the answers that it gives, and sound the alarm that it deserves: once too
    often, if nobody knows whether it is written.
    """
    try:
        refused, completed = _commit(tools, family, step, event)
    except OutcomeUnknown:
        _alarm_of(tools, family, step)
        raise
    if refused is None:
        _alarm_of(tools, family, step)
    return refused, completed


def _commit(
    tools: ProcessorTools, family: Family, step: Step, event: Change[InboundEvent] | None
) -> tuple[StepRefused | None, tuple[Completed, ...]]:
    expires_at = tools.expires_at(tools.clock())
    completed = tuple(
        Completed(completion, tools.answer_of(completion), expires_at)
        for completion in step.completions
    )

    def write_with(what: Step, answers: tuple[Completed, ...]) -> StepRefused | None:
        return write_over_shards(
            tools.database,
            what,
            tools.budget,
            new_entry_id=lambda: new_entry_id(tools.clock()),
            completed=answers,
            event=event,
        )

    refused = write_with(step, completed)
    if refused is not None and refused.answered:
        # A request that is answered already keeps its answer; the step itself stands.
        refused = write_with(step, ())
        completed = ()
    if refused is not None and refused.referenced and _is_of_own_charge(step, family):
        # The pointer leads to the payment, since before that was declined; what keeps the charge
        # from being posted twice is the operation itself, which is put absent.
        without = replace(step, references=())
        refused = write_with(without, ())
    return refused, completed


def _alarm_of(tools: ProcessorTools, family: Family, step: Step) -> None:
    if step.orphan:
        tools.alarm("orphan_charge", {"payment_id": family.payment.id})


def _is_of_own_charge(step: Step, family: Family) -> bool:
    return step.orphan and any(
        reference == family.payment.processor_reference for reference, _ in step.references
    )


def read_again(tools: ProcessorTools, family: Family) -> Family:
    """The family as it is now."""
    found = read_family(tools.database, family.payment.id, tools.budget)
    if found is None:
        raise NotFound("no such payment")
    return found


def _write_plan(
    tools: ProcessorTools,
    family: Family,
    operation: Operation,
    plan: Callable[[Family, Operation], Settled | Applied],
) -> Ended:
    for turn in range(MAX_TURNS):
        stored = family.operations.get(operation.id, operation)
        planned = plan(family, stored)
        if isinstance(planned, Misfit):
            return keep_misfit(tools, family, stored, planned)
        if isinstance(planned, StillOpen):
            released = release_unknown(stored, tools.clock(), reference=planned.reference)
            ended = note_unknown(tools, family, stored, released)
            return replace(ended, pending_there=planned.reference is not None)
        if isinstance(planned, Nothing | NotYet):
            return Ended(Ending.UNKNOWN if stored.is_open else Ending.DONE_BEFORE, family)
        try:
            refused, completed = commit_step(tools, family, planned)
        except RateLimited as error:
            # Nothing of this step was done; what it is about was.
            raise _unknown() from error
        if refused is None:
            ending = Ending.DONE if stored.is_open else Ending.DONE_BEFORE
            return Ended(ending, family, _answer_to(operation, completed))
        if refused.referenced and turn:
            # Read again, and still so: the processor gave one id to two things.
            return keep_misfit(tools, family, stored, Misfit(REFERENCE_TAKEN))
        if not tools.budget.wait_before_retry(turn):
            break
        family = read_again(tools, family)
    raise _unknown()


def keep_misfit(
    tools: ProcessorTools, family: Family, operation: Operation, misfit: Misfit
) -> Ended:
    """What the processor says does not fit: it is kept, and shown to a person; the lease ends."""
    tools.alarm(
        "unfit_answer",
        {
            "payment_id": family.payment.id,
            "operation_id": operation.id,
            "problem": misfit.problem,
        },
    )
    if not operation.is_open:
        return Ended(Ending.DONE_BEFORE, family)
    released = release_unknown(operation, tools.clock(), problem=misfit.problem)
    return note_unknown(tools, family, operation, released)


def _answer_to(operation: Operation, completed: tuple[Completed, ...]) -> Answer | None:
    def is_its(completion: Completion) -> bool:
        return completion.record_id == operation.record_id

    return next((done.answer for done in completed if is_its(done.completion)), None)


def _unknown() -> OutcomeUnknown:
    return OutcomeUnknown("the outcome is not known; send the same request with the same key again")
