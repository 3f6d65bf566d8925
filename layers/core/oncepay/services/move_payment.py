"""A merchant captures or voids an authorized payment: reserve, call, settle."""

from dataclasses import dataclass, replace

from oncepay.domain.errors import (
    AmountExceedsAuthorized,
    InternalError,
    InvalidTransition,
    NotFound,
    RateLimited,
)
from oncepay.domain.idempotency import (
    Decision,
    IdempotencyRecord,
    IdempotentRequest,
    Outcome,
    decide,
)
from oncepay.domain.identifiers import is_derived_id
from oncepay.domain.lifecycle import Action, require_action
from oncepay.domain.operation import Operation, OperationKind, Origin, ProcessorRequest
from oncepay.domain.payment import Payment
from oncepay.domain.steps import Change, Family, Step
from oncepay.processors.port import Processor
from oncepay.services.answer_request import Present, carry_on, first_outcome, in_progress_record
from oncepay.services.processor_tools import ProcessorTools
from oncepay.services.replay import key_reused
from oncepay.services.run_operation import send_reserved
from oncepay.storage import idempotency_records, operations, payments
from oncepay.storage.payment_reads import read_family
from oncepay.storage.step_writes import write_step

MAX_TURNS = 20
"""Times that a payment is read again because somebody else was faster."""

PREFIXES = {Action.CAPTURE: "cap", Action.VOID: "vo"}
_KINDS = {Action.CAPTURE: OperationKind.CAPTURE, Action.VOID: OperationKind.VOID}


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePayment:
    """The command: CAPTURE or VOID. `amount_minor` in minor units, of a capture only; None for all
    that is authorized.
    """

    payment_id: str
    action: Action
    amount_minor: int | None = None


def move_payment(
    command: MovePayment,
    *,
    request: IdempotentRequest,
    origin: Origin,
    present: Present,
    tools: ProcessorTools,
) -> Outcome:
    """Reserve a capture or void, of which a payment has one at a time, do it once, and settle it.

    Args:
        command: what to do.
        request: who asks, and under which key.
        origin: the HTTP request.
        present: the answer as long as the outcome is not known.
        tools: see there.

    Returns:
        200 and the payment, 202 while the outcome is not known, 402 if the processor would not, or
        409 if the payment ended otherwise meanwhile.

    Raises:
        NotFound: no such payment of this merchant.
        InvalidTransition, AmountExceedsAuthorized: against the payment's state.
        IdempotencyKeyReused, RequestInProgress, ProcessorUnavailable, RateLimited, OutcomeUnknown:
            see `domain.errors`.
    """
    if not is_derived_id("pay", command.payment_id):
        raise NotFound("no such payment")
    operation_id = request.derive_id(PREFIXES[command.action])
    for turn in range(MAX_TURNS):
        payment, record, made = _read(command.payment_id, operation_id, request, tools)
        past = _past(request, record, made, present, tools)
        if past is not None:
            return past
        amount_minor = _allowed_amount(payment, command)
        processor = tools.processor_of(payment)
        operation = _operation(payment, command, amount_minor, processor, request, origin, tools)
        now = operation.created_at
        after = replace(
            payment, open_operation=operation.id, updated_at=max(now, payment.updated_at)
        )
        refused = write_step(
            tools.database,
            Step(payment=Change(payment, after), operations=(Change(None, operation),)),
            tools.reserve_budget(processor),
            record=in_progress_record(request, payment.key, tools),
        )
        if refused is None:
            family = Family(
                payment=replace(after, version=after.version + 1),
                operations={operation.id: operation},
            )
            return first_outcome(request, send_reserved(tools, family, operation), present, tools)
        if not tools.budget.wait_before_retry(turn):
            break
    raise RateLimited("too much happens to this payment at once; nothing was done")


def _read(
    payment_id: str, operation_id: str, request: IdempotentRequest, tools: ProcessorTools
) -> tuple[Payment, IdempotencyRecord | None, Operation | None]:
    raw_payment, raw_record, raw_operation = tools.database.get_together(
        [
            (payments.PaymentItem, payment_id, "payment"),
            (idempotency_records.IdempotencyItem, request.record_id, None),
            (
                operations.OperationItem,
                payment_id,
                f"{operations.OPERATION_PREFIX}{operation_id}",
            ),
        ],
        tools.budget,
    )
    payment = payments.payment_from_raw(raw_payment) if raw_payment else None
    if payment is None or payment.merchant_id != request.merchant_id:
        raise NotFound("no such payment")
    return (
        payment,
        idempotency_records.from_raw(raw_record) if raw_record else None,
        operations.operation_from_raw(raw_operation) if raw_operation else None,
    )


def _past(
    request: IdempotentRequest,
    record: IdempotencyRecord | None,
    made: Operation | None,
    present: Present,
    tools: ProcessorTools,
) -> Outcome | None:
    decision = decide(
        fingerprint=request.fingerprint,
        record=record,
        item_fingerprint=made.fingerprint if made else None,
        now=tools.clock(),
    )
    match decision:
        case Decision.PROCEED:
            return None
        case Decision.KEY_REUSED:
            raise key_reused()
        case Decision.REPLAY_ANSWER if record and record.answer:
            return Outcome(record.answer, replayed=True)
        case Decision.REPLAY_ITEM if made and not made.is_open:
            family = read_family(tools.database, made.payment_id, tools.budget)
            if family is not None:
                return Outcome(present(family), replayed=True)
        case Decision.IN_PROGRESS | Decision.REPLAY_ITEM if made:
            return carry_on(
                request,
                payment_id=made.payment_id,
                operation_id=made.id,
                present=present,
                tools=tools,
            )
    raise InternalError("a request has a past that cannot be read")


def _allowed_amount(payment: Payment, command: MovePayment) -> int:
    require_action(payment.status, command.action)
    if payment.open_operation is not None:
        doing = "capture" if payment.open_operation.startswith("cap_") else "void"
        raise InvalidTransition(f"a {doing} of this payment is in progress")
    if command.amount_minor is None:
        return payment.amount_minor
    if command.amount_minor > payment.amount_minor:
        raise AmountExceedsAuthorized(
            f"amount_minor is {command.amount_minor}, but only {payment.amount_minor} is"
            " authorized",
            param="amount_minor",
        )
    return command.amount_minor


def _operation(
    payment: Payment,
    command: MovePayment,
    amount_minor: int,
    processor: Processor,
    request: IdempotentRequest,
    origin: Origin,
    tools: ProcessorTools,
) -> Operation:
    now, operation_id = tools.clock(), request.derive_id(PREFIXES[command.action])
    return Operation(
        id=operation_id,
        payment_id=payment.id,
        merchant_id=payment.merchant_id,
        fingerprint=request.fingerprint,
        kind=_KINDS[command.action],
        processor=processor.name,
        request=_request(payment, command, amount_minor, processor, operation_id),
        amount_minor=amount_minor,
        currency=payment.currency,
        created_at=now,
        updated_at=now,
        record_id=request.record_id,
        origin=origin,
        lease_until=now + tools.lease,
        # Before anything is sent: a worker that dies now may have sent it.
        first_sent_at=now,
        last_sent_at=now,
        due_at=now + tools.lease,
    )


def _request(
    payment: Payment,
    command: MovePayment,
    amount_minor: int,
    processor: Processor,
    operation_id: str,
) -> ProcessorRequest:
    if command.action is Action.CAPTURE:
        return processor.capture_request(payment, amount_minor, operation_id=operation_id)
    if payment.processor_reference is None:
        raise InternalError("an authorized payment has no charge")
    return processor.void_request(
        payment, payment.processor_reference, payment.processor_handle, operation_id=operation_id
    )
