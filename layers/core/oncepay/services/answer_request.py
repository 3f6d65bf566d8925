"""What does a request get whose work is done at a processor? Its answer, the state of things as
long as nobody knows more, or the truth about an earlier try.
"""

from collections.abc import Callable
from dataclasses import replace

from oncepay.domain.errors import (
    InternalError,
    NotFound,
    OutcomeUnknown,
    ProcessorUnavailable,
    RequestInProgress,
)
from oncepay.domain.idempotency import (
    Answer,
    IdempotencyRecord,
    IdempotentRequest,
    Outcome,
    RecordState,
)
from oncepay.domain.ledger import ItemKey
from oncepay.domain.steps import Family
from oncepay.services.processor_tools import ProcessorTools
from oncepay.services.replay import key_reused
from oncepay.services.run_operation import resume
from oncepay.services.settle_operation import Ended, Ending, read_again
from oncepay.storage import idempotency_records
from oncepay.storage.payment_reads import read_family

type Present = Callable[[Family], Answer]
"""The answer that shows the state of things; 202, or 201 of a pending refund, while it is open."""


def in_progress_record(
    request: IdempotentRequest, item: ItemKey, tools: ProcessorTools
) -> IdempotencyRecord:
    """The record of a request that begins: it lives until it is completed."""
    return IdempotencyRecord(
        id=request.record_id,
        merchant_id=request.merchant_id,
        fingerprint=request.fingerprint,
        state=RecordState.IN_PROGRESS,
        item=item,
        answer=None,
        created_at=tools.clock(),
        expires_at=None,
    )


def carry_on(
    request: IdempotentRequest,
    *,
    payment_id: str,
    operation_id: str,
    present: Present,
    tools: ProcessorTools,
) -> Outcome:
    """The same request again, while its operation is open, or was when it was last looked at.

    Raises:
        RequestInProgress: somebody works on it.
        ProcessorUnavailable: provably nothing was sent, again.
        OutcomeUnknown, RateLimited: nobody knows yet; the same request later tells the truth.
    """
    family = read_family(tools.database, payment_id, tools.budget)
    if family is None:
        raise NotFound("no such payment")
    operation = family.operations.get(operation_id)
    if operation is None:
        raise InternalError("a request in progress has no operation")
    if not operation.is_open or operation.record_id is None:
        return _stored(request, family, present, tools)
    if operation.is_leased(tools.clock()):
        raise RequestInProgress("the same request is in progress")
    ended = resume(tools, family, operation, sweeps=False)
    if ended is None:
        raise RequestInProgress("the same request is in progress")
    return outcome_of(request, ended, present, tools)


def outcome_of(
    request: IdempotentRequest, ended: Ended, present: Present, tools: ProcessorTools
) -> Outcome:
    """What the request gets, as its operation ended.

    Raises:
        ProcessorUnavailable: provably nothing was sent.
    """
    if ended.answer is not None:
        return Outcome(ended.answer, replayed=False)
    if ended.ending is Ending.UNSENT:
        raise ProcessorUnavailable(
            "the processor could not be reached, and was asked for nothing; send the same request"
            " with the same key again"
        )
    family = ended.family
    if ended.ending is Ending.UNKNOWN:
        family = read_again(tools, family)
        if _waits(request, family):
            return Outcome(present(family), replayed=False)
    # Answered for good, by this read at the latest: it gets that answer and no other.
    return _stored(request, family, present, tools)


def first_outcome(
    request: IdempotentRequest, ended: Ended, present: Present, tools: ProcessorTools
) -> Outcome:
    """The same of the request that has just reserved the operation: an event may have answered it
    before the processor did, but nobody has been given that answer before.

    Raises:
        ProcessorUnavailable: provably nothing was sent.
    """
    return replace(outcome_of(request, ended, present, tools), replayed=False)


def _waits(request: IdempotentRequest, family: Family) -> bool:
    return any(
        operation.is_open and operation.record_id == request.record_id
        for operation in family.operations.values()
    )


def _stored(
    request: IdempotentRequest, family: Family, present: Present, tools: ProcessorTools
) -> Outcome:
    raw = tools.database.get("idempotency", request.record_id, None, tools.budget)
    record = idempotency_records.from_raw(raw) if raw else None
    if record is None or not record.is_alive(tools.clock()):
        return Outcome(present(read_again(tools, family)), replayed=True)
    if record.fingerprint != request.fingerprint:
        raise key_reused()
    if record.answer is None:
        # Between the two reads; whoever completes it is at work now.
        raise OutcomeUnknown("the request is being answered; send it again")
    return Outcome(record.answer, replayed=True)
