"""Money of a payment through a processor goes back to the payer: set aside, call, settle."""

from dataclasses import replace
from functools import partial

from oncepay.domain.charge_moves import refund_source, reserve_refund
from oncepay.domain.errors import InternalError
from oncepay.domain.idempotency import IdempotentRequest, Outcome, completed_record
from oncepay.domain.ledger import AVAILABLE
from oncepay.domain.lifecycle import RefundStatus
from oncepay.domain.operation import Operation, OperationKind, Origin
from oncepay.domain.payment import NO_FUNDS_TO_REFUND, Payment, Refund, refundable_minor
from oncepay.domain.steps import Change, Family, Step
from oncepay.services.answer_request import Present, first_outcome, in_progress_record
from oncepay.services.new_entry_id import new_entry_id
from oncepay.services.processor_tools import ProcessorTools
from oncepay.services.run_operation import send_reserved
from oncepay.services.write_over_shards import write_over_shards
from oncepay.storage.step_writes import write_step


def create_processor_refund(
    payment: Payment,
    *,
    amount_minor: int | None,
    reason: str | None,
    request: IdempotentRequest,
    origin: Origin,
    present: Present,
    tools: ProcessorTools,
) -> Outcome | None:
    """Set the money aside, give it back once, and settle what the processor said.

    Args:
        payment: as read; nothing of this request is known.
        amount_minor: in minor units; None is all that is left.
        reason: the merchant's words.
        request: who asks, and under which key.
        origin: the HTTP request.
        present: the answer, of the family with the refund.
        tools: see there.

    Returns:
        201 and the refund, pending while its outcome is not known; 402 if the funds that a
        settlement made available are gone; None if the payment has changed since it was read.

    Raises:
        InvalidTransition, AmountExceedsCaptured: against the payment's state.
        ProcessorUnavailable, RateLimited, OutcomeUnknown: see `domain.errors`.
    """
    now, processor = tools.clock(), tools.processor_of(payment)
    if payment.processor_reference is None:
        raise InternalError("a captured payment has no charge")
    refund = Refund(
        id=request.derive_id("re"),
        payment_id=payment.id,
        merchant_id=payment.merchant_id,
        fingerprint=request.fingerprint,
        amount_minor=refundable_minor(payment, amount_minor),
        currency=payment.currency,
        status=RefundStatus.PENDING,
        created_at=now,
        updated_at=now,
        reason=reason,
    )
    operation = Operation(
        id=refund.id,
        payment_id=payment.id,
        merchant_id=payment.merchant_id,
        fingerprint=request.fingerprint,
        kind=OperationKind.REFUND,
        processor=processor.name,
        request=processor.refund_request(
            payment,
            payment.processor_reference,
            payment.processor_handle,
            refund.amount_minor,
            operation_id=refund.id,
        ),
        amount_minor=refund.amount_minor,
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
    reserved = reserve_refund(payment, refund, entry_id=new_entry_id(now), now=now)
    refused = write_over_shards(
        tools.database,
        Step(
            payment=Change(payment, reserved.payment),
            refund=Change(None, reserved.item),
            operations=(Change(None, operation),),
            entry=reserved.entry,
            needs_funds=refund_source(payment) == AVAILABLE,
        ),
        tools.reserve_budget(processor),
        new_entry_id=partial(new_entry_id, now),
        record=in_progress_record(request, refund.key, tools),
    )
    if refused is None:
        family = Family(
            payment=replace(reserved.payment, version=payment.version + 1),
            refunds={refund.id: reserved.item},
            operations={operation.id: operation},
        )
        return first_outcome(request, send_reserved(tools, family, operation), present, tools)
    if refused.books:
        return _record_failure(payment, refund, request, present, tools)
    return None


def _record_failure(
    payment: Payment,
    refund: Refund,
    request: IdempotentRequest,
    present: Present,
    tools: ProcessorTools,
) -> Outcome | None:
    """The refund failed for want of funds; its key answers 402 for ever."""
    failed = replace(refund, status=RefundStatus.FAILED, failure=NO_FUNDS_TO_REFUND)
    answer = present(Family(payment=payment, refunds={failed.id: failed}))
    record = completed_record(
        request,
        item=refund.key,
        answer=answer,
        now=refund.created_at,
        retention=tools.retention,
    )
    step = Step(refund=Change(None, failed))
    refused = write_step(tools.database, step, tools.budget, record=record)
    return Outcome(answer, replayed=False) if refused is None else None
