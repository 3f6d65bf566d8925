"""What does news of a refund do to its payment? One of ours that ended, one that began at the
processor, one that came back; in whatever order that is told.

A refund that has failed is not revived by older news: at the processor it had succeeded before.
Only one that we gave up ourselves, without a word of the processor, may still have succeeded.
"""

from dataclasses import replace
from datetime import datetime

from oncepay.domain.charge_moves import end_refund, take_refund
from oncepay.domain.identifiers import derive_id, hash_of
from oncepay.domain.ledger import ItemKey
from oncepay.domain.lifecycle import PaymentStatus, RefundStatus
from oncepay.domain.payment import Payment, Refund
from oncepay.domain.processor_answer import Effect, EffectStatus
from oncepay.domain.steps import Applied, Change, Family, Misfit, Nothing, NotYet, Step

_STATUS = {
    EffectStatus.SUCCEEDED: RefundStatus.SUCCEEDED,
    EffectStatus.FAILED: RefundStatus.FAILED,
}


def apply_refund(
    family: Family, effect: Effect, *, refund_id: str | None, entry_id: str, now: datetime
) -> Applied:
    """What a refund that ended at the processor changes.

    Args:
        family: as read; no operation of it is open for this refund.
        effect: succeeded or failed.
        refund_id: ours, if the processor names it.
        entry_id: of the ledger entry, should there be one.
        now: when.
    """
    payment = family.payment
    refund = _known(family, effect, refund_id)
    status = _STATUS[effect.status]
    if refund is not None and not _is_newer(refund, effect, status):
        return Nothing()
    if payment.status is not PaymentStatus.SUCCEEDED:
        # Nothing can be given back of what was not taken: the capture is not known yet.
        return NotYet()
    problem = _misfit(payment, refund, effect)
    if problem is not None:
        return Misfit(problem)
    if refund is None:
        begun = _begun_there(payment, effect, status, now)
        if status is RefundStatus.FAILED:
            # Nothing moved, and nothing will: what is told of it later is older.
            noted = replace(payment, updated_at=max(now, payment.updated_at))
            return Step(
                payment=Change(payment, noted),
                refund=Change(None, begun),
                references=_references(effect, begun),
            )
        taken = take_refund(payment, begun, entry_id=entry_id, now=now)
        change = Change(None, taken.item)
    else:
        taken = end_refund(
            payment,
            refund,
            status,
            reference=effect.reference,
            failure=effect.failure,
            entry_id=entry_id,
            now=now,
        )
        change = Change(refund, taken.item)
    is_named = refund is not None and refund.processor_reference == effect.reference
    return Step(
        payment=Change(payment, taken.payment),
        refund=change,
        entry=taken.entry,
        references=() if is_named else _references(effect, taken.item),
    )


def _known(family: Family, effect: Effect, refund_id: str | None) -> Refund | None:
    refund = family.refunds.get(refund_id or "")
    if refund is None and effect.reference is not None:
        same = (r for r in family.refunds.values() if r.processor_reference == effect.reference)
        refund = next(same, None)
    return refund


def _is_newer(refund: Refund, effect: Effect, status: RefundStatus) -> bool:
    same = refund.processor_reference == effect.reference
    match refund.status, status:
        case RefundStatus.SUCCEEDED, RefundStatus.FAILED:
            return same and effect.reference is not None
        case RefundStatus.FAILED, RefundStatus.SUCCEEDED:
            return not same
    return False


def _begun_there(payment: Payment, effect: Effect, status: RefundStatus, now: datetime) -> Refund:
    digest = hash_of("processor_refund", str(payment.processor), str(effect.reference))
    return Refund(
        id=derive_id("re", digest),
        payment_id=payment.id,
        merchant_id=payment.merchant_id,
        # There was no request; what made it is the processor's id.
        fingerprint=digest.hex(),
        amount_minor=effect.amount_minor or 0,
        currency=payment.currency,
        status=status,
        created_at=now,
        updated_at=now,
        processor_reference=effect.reference,
        failure=effect.failure if status is RefundStatus.FAILED else None,
    )


def _references(effect: Effect, refund: Refund) -> tuple[tuple[str, ItemKey], ...]:
    return ((effect.reference, refund.key),) if effect.reference else ()


def _misfit(payment: Payment, refund: Refund | None, effect: Effect) -> str | None:
    if not payment.is_charged_by(effect.charge_reference):
        return f"another charge: {effect.charge_reference}"
    if effect.currency != payment.currency:
        return f"another currency: {effect.currency}"
    amount_minor = effect.amount_minor or 0
    if refund is not None and amount_minor != refund.amount_minor:
        return f"another amount_minor: {amount_minor}, not {refund.amount_minor}"
    if effect.status is EffectStatus.FAILED:
        # It gives something back to the merchant, or does nothing.
        return None if amount_minor > 0 else f"another amount_minor: {amount_minor}"
    left_minor = payment.captured_minor - payment.refunded_minor
    if not 0 < amount_minor <= left_minor:
        return f"amount_minor {amount_minor} of {left_minor} that are left"
    return None
