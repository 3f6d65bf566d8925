"""A payment through a processor and all that goes with it, each with overrides by name."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from oncepay.domain.dispute import Dispute, DisputeFound, DisputeStatus
from oncepay.domain.lifecycle import PaymentStatus, RefundStatus
from oncepay.domain.operation import Operation, OperationKind, Origin, ProcessorRequest
from oncepay.domain.payment import Payment, Refund
from oncepay.domain.processor_answer import Charge, ChargeStatus, Effect, EffectStatus
from oncepay.domain.steps import Change, Family, Step

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)
PAYMENT_ID = "pay_" + "a" * 26
ENTRY_ID = "le_00000000000100000000000000000001"


def a_payment(status: PaymentStatus = PaymentStatus.PROCESSING, **overrides: Any) -> Payment:
    """50.00 USD with a fee of 2 %, as far as its status says."""
    captured = status is PaymentStatus.SUCCEEDED
    unknown = (PaymentStatus.PROCESSING, PaymentStatus.DECLINED)
    values: dict[str, Any] = {
        "id": PAYMENT_ID,
        "merchant_id": "mer_aaaaaaaaaaaaaaaa",
        "fingerprint": "f" * 64,
        "amount_minor": 5_000,
        "fee_minor": 100,
        "fee_basis_points": 200,
        "currency": "USD",
        "status": status,
        "funding_type": "processor",
        "captured_minor": 5_000 if captured else 0,
        "pending_minor": 4_900 if captured else 0,
        "refunded_minor": 0,
        "created_at": NOW,
        "updated_at": NOW,
        "processor": "simulated",
        "processor_reference": None if status in unknown else "ch_1",
        "payment_method": "pm_approve",
        "captures_automatically": status is not PaymentStatus.AUTHORIZED,
    }
    return Payment(**(values | overrides))


def an_operation(kind: OperationKind = OperationKind.AUTHORIZE, **overrides: Any) -> Operation:
    """Open, leased, just sent, asked for by a request."""
    ids = {
        OperationKind.AUTHORIZE: PAYMENT_ID,
        OperationKind.CAPTURE: "cap_" + "a" * 26,
        OperationKind.VOID: "vo_" + "a" * 26,
        OperationKind.REFUND: "re_" + "a" * 26,
        OperationKind.RETURN_ORPHAN: "or_" + "a" * 26,
    }
    values: dict[str, Any] = {
        "id": ids[kind],
        "payment_id": PAYMENT_ID,
        "merchant_id": "mer_aaaaaaaaaaaaaaaa",
        "fingerprint": "f" * 64,
        "kind": kind,
        "processor": "simulated",
        "request": ProcessorRequest("/v1/charges", "{}"),
        "amount_minor": 5_000,
        "currency": "USD",
        "created_at": NOW,
        "updated_at": NOW,
        "due_at": NOW + timedelta(seconds=30),
        "record_id": "0" * 64,
        "origin": Origin("/v1/payments", "req-1"),
        "lease_until": NOW + timedelta(seconds=30),
        "first_sent_at": NOW,
        "last_sent_at": NOW,
    }
    return Operation(**(values | overrides))


def a_refund(status: RefundStatus = RefundStatus.PENDING, **overrides: Any) -> Refund:
    """10.00 USD of it."""
    values: dict[str, Any] = {
        "id": "re_" + "a" * 26,
        "payment_id": PAYMENT_ID,
        "merchant_id": "mer_aaaaaaaaaaaaaaaa",
        "fingerprint": "f" * 64,
        "amount_minor": 1_000,
        "currency": "USD",
        "status": status,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Refund(**(values | overrides))


def a_charge(status: ChargeStatus = ChargeStatus.SUCCEEDED, **overrides: Any) -> Charge:
    """The charge of the payment."""
    values: dict[str, Any] = {
        "reference": "ch_1",
        "status": status,
        "amount_minor": 5_000,
        "currency": "USD",
        "captured_minor": 5_000 if status is ChargeStatus.SUCCEEDED else 0,
        "payment_id": PAYMENT_ID,
    }
    return Charge(**(values | overrides))


def an_effect(status: EffectStatus = EffectStatus.SUCCEEDED, **overrides: Any) -> Effect:
    """On the charge of the payment."""
    values: dict[str, Any] = {
        "reference": "cp_1",
        "status": status,
        "amount_minor": 5_000,
        "currency": "USD",
        "charge_reference": "ch_1",
        "payment_id": PAYMENT_ID,
    }
    return Effect(**(values | overrides))


def a_dispute(status: DisputeStatus = DisputeStatus.OPEN, **overrides: Any) -> DisputeFound:
    """Of 20.00 USD of the charge, as the processor tells of it."""
    values: dict[str, Any] = {
        "reference": "dp_there_1",
        "status": status,
        "amount_minor": 2_000,
        "currency": "USD",
        "reason": "fraudulent",
        "charge_reference": "ch_1",
        "payment_id": PAYMENT_ID,
    }
    return DisputeFound(**(values | overrides))


def a_family(payment: Payment, *beside: Refund | Dispute | Operation) -> Family:
    """A payment with its refunds, disputes and operations."""
    return Family(
        payment=payment,
        refunds={item.id: item for item in beside if isinstance(item, Refund)},
        disputes={item.id: item for item in beside if isinstance(item, Dispute)},
        operations={item.id: item for item in beside if isinstance(item, Operation)},
    )


def with_move(kind: OperationKind, **overrides: Any) -> tuple[Family, Operation]:
    """An authorized payment with a capture or void that is being done."""
    operation = an_operation(kind, **overrides)
    payment = a_payment(PaymentStatus.AUTHORIZED, open_operation=operation.id)
    return a_family(payment, operation), operation


def with_refund(**overrides: Any) -> tuple[Family, Operation]:
    """A succeeded payment with a refund that is being done, its money set aside."""
    operation = an_operation(OperationKind.REFUND, amount_minor=1_000)
    payment = a_payment(PaymentStatus.SUCCEEDED, refunding_minor=1_000, pending_minor=3_900)
    payment = replace(payment, **overrides)
    return a_family(payment, a_refund(), operation), operation


def postings_of(step: Step) -> dict[str, int]:
    """What a step posts, by account; nothing if it posts nothing."""
    if step.entry is None:
        return {}
    return {posting.account: posting.amount_minor for posting in step.entry.postings}


def after_step(family: Family, step: Step) -> Family:
    """The family as it is read once the step is written."""
    payment = family.payment if step.payment is None else raised(step.payment)
    refunds, disputes = dict(family.refunds), dict(family.disputes)
    if step.refund is not None:
        refunds[step.refund.after.id] = raised(step.refund)
    if step.dispute is not None:
        disputes[step.dispute.after.id] = raised(step.dispute)
    operations = {change.after.id: raised(change) for change in step.operations}
    return Family(
        payment=payment,
        refunds=refunds,
        disputes=disputes,
        operations={**family.operations, **operations},
    )


def raised[T: (Payment, Refund, Dispute, Operation)](change: Change[T]) -> T:
    """The item as it is stored then."""
    if change.before is None:
        return change.after
    return replace(change.after, version=change.before.version + 1)


def payment_of(step: Step) -> Payment:
    """The payment afterwards."""
    assert step.payment is not None
    return step.payment.after
