"""What of a processor's answer is not of what was asked for? Such an answer is never posted."""

from oncepay.domain.operation import Operation, OperationKind
from oncepay.domain.payment import Payment
from oncepay.domain.processor_answer import Charge, ChargeStatus, EffectStatus, Found


def misfit(payment: Payment, operation: Operation, found: Found) -> str | None:
    """What of an answer is not of what was asked for; None if all of it is."""
    if isinstance(found, Charge) != (operation.kind is OperationKind.AUTHORIZE):
        return "an answer to another kind of request"
    if found.payment_id is not None and found.payment_id != payment.id:
        return "another payment_id"
    if isinstance(found, Charge):
        return charge_misfit(payment, found)
    if found.status is EffectStatus.FAILED:
        return None
    is_of_orphan = operation.kind is OperationKind.RETURN_ORPHAN
    if not is_of_orphan and not payment.is_charged_by(found.charge_reference):
        return f"another charge: {found.charge_reference}"
    if operation.kind is OperationKind.VOID:
        return None
    if found.currency is not None and found.currency != operation.currency:
        return f"another currency: {found.currency}"
    if found.amount_minor is not None and found.amount_minor != operation.amount_minor:
        return f"another amount_minor: {found.amount_minor}, not {operation.amount_minor}"
    left_minor = payment.captured_minor - payment.refunded_minor
    if (
        operation.kind is OperationKind.REFUND
        and found.status is EffectStatus.SUCCEEDED
        and operation.amount_minor > left_minor
    ):
        return f"amount_minor {operation.amount_minor} of {left_minor} that are left"
    return None


def charge_misfit(payment: Payment, charge: Charge) -> str | None:
    """The same of a charge."""
    if charge.status is ChargeStatus.DECLINED:
        return None
    if payment.processor_reference is not None and not payment.is_charged_by(charge.reference):
        return f"another charge: {charge.reference}"
    if charge.currency != payment.currency:
        return f"another currency: {charge.currency}"
    if charge.amount_minor != payment.amount_minor:
        return f"another amount_minor: {charge.amount_minor}, not {payment.amount_minor}"
    if charge.status is ChargeStatus.SUCCEEDED:
        # Part of it is captured only if that was left to be decided.
        least_minor = payment.amount_minor if payment.captures_automatically else 1
        if not least_minor <= charge.captured_minor <= payment.amount_minor:
            return f"another captured amount: {charge.captured_minor}"
    if charge.status is ChargeStatus.REQUIRES_ACTION and not charge.next_action_url:
        return "an action is required, and no url was given"
    return None
