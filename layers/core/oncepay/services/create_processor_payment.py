"""A merchant takes a payment through a processor: reserve, call, settle."""

from oncepay.domain.errors import InternalError
from oncepay.domain.idempotency import Decision, IdempotentRequest, Outcome, decide
from oncepay.domain.ledger import first_shard
from oncepay.domain.lifecycle import PaymentStatus
from oncepay.domain.money import fee_of
from oncepay.domain.operation import Operation, OperationKind, Origin
from oncepay.domain.payment import PROCESSOR, Payment
from oncepay.domain.steps import Change, Family, Step
from oncepay.services.answer_request import Present, carry_on, first_outcome, in_progress_record
from oncepay.services.create_payment import CreatePayment
from oncepay.services.processor_tools import ProcessorTools
from oncepay.services.replay import key_reused
from oncepay.services.run_operation import send_reserved
from oncepay.storage.payment_reads import read_family
from oncepay.storage.step_writes import write_step


def create_processor_payment(
    command: CreatePayment,
    *,
    request: IdempotentRequest,
    fee_basis_points: int,
    origin: Origin,
    present: Present,
    tools: ProcessorTools,
    shards: int = 1,
) -> Outcome:
    """Reserve the payment, charge it once, and settle what the processor said.

    Args:
        command: what to do; it has a processor.
        request: who asks, and under which key.
        fee_basis_points: the merchant's fee.
        origin: the HTTP request.
        present: the answer as long as the outcome is not known.
        tools: see there.
        shards: how many the merchant's books have, as far as the caller knows.

    Returns:
        201 and the payment, 402, or 202 while the outcome is not known.

    Raises:
        IdempotencyKeyReused, RequestInProgress, ProcessorUnavailable, RateLimited, OutcomeUnknown:
            see `domain.errors`.
    """
    payment = _payment(command, request, fee_basis_points, shards, tools)
    processor = tools.processor_of(payment)
    now = payment.created_at
    operation = Operation(
        id=payment.id,
        payment_id=payment.id,
        merchant_id=payment.merchant_id,
        fingerprint=request.fingerprint,
        kind=OperationKind.AUTHORIZE,
        processor=processor.name,
        request=processor.charge_request(payment),
        amount_minor=payment.amount_minor,
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
    refused = write_step(
        tools.database,
        Step(payment=Change(None, payment), operations=(Change(None, operation),)),
        tools.reserve_budget(processor),
        record=in_progress_record(request, payment.key, tools),
    )
    if refused is None:
        family = Family(payment=payment, operations={operation.id: operation})
        return first_outcome(request, send_reserved(tools, family, operation), present, tools)
    # A record that is in the way decides alone: a replay is one call.
    known = None
    if refused.record is None:
        known = read_family(tools.database, payment.id, tools.budget)
    decision = decide(
        fingerprint=request.fingerprint,
        record=refused.record,
        item_fingerprint=known.payment.fingerprint if known else None,
        now=payment.created_at,
    )
    match decision:
        case Decision.KEY_REUSED:
            raise key_reused()
        case Decision.REPLAY_ANSWER if refused.record and refused.record.answer:
            return Outcome(refused.record.answer, replayed=True)
        case Decision.REPLAY_ITEM if known and known.payment.status is not PaymentStatus.PROCESSING:
            return Outcome(present(known), replayed=True)
        case Decision.IN_PROGRESS | Decision.REPLAY_ITEM:
            return carry_on(
                request,
                payment_id=payment.id,
                operation_id=operation.id,
                present=present,
                tools=tools,
            )
    raise InternalError("a payment was refused by nothing")


def _payment(
    command: CreatePayment,
    request: IdempotentRequest,
    fee_basis_points: int,
    shards: int,
    tools: ProcessorTools,
) -> Payment:
    now = tools.clock()
    payment_id = request.derive_id("pay")
    return Payment(
        id=payment_id,
        merchant_id=request.merchant_id,
        fingerprint=request.fingerprint,
        amount_minor=command.amount_minor,
        fee_minor=fee_of(command.amount_minor, fee_basis_points),
        fee_basis_points=fee_basis_points,
        currency=command.currency,
        status=PaymentStatus.PROCESSING,
        funding_type=PROCESSOR,
        captured_minor=0,
        refunded_minor=0,
        created_at=now,
        updated_at=now,
        customer_id=command.customer_id,
        description=command.description,
        metadata=command.metadata,
        processor=command.processor,
        payment_method=command.payment_method,
        captures_automatically=command.captures_automatically,
        checkout=command.checkout,
        shard=first_shard(payment_id, shards),
    )
