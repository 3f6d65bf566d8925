"""What does PayPal's JSON say, in our words? Authorizations, captures, refunds, disputes errors,
as they are in its answers and in its events; orders are read in `paypal_order`.

`custom_id` is our payment's id wherever PayPal keeps one, and `invoice_id` the id of the operation
that made the thing.

Nothing is trusted: a member that is missing or is not what it should be makes the whole unreadable,
said as `InvalidRequest` with its name. Whether what is said fits what was asked for is not asked
here, but in `domain.settling`.

Source: PayPal's OpenAPI of Orders v2, Payments v2 and Disputes v1, as of 2026-11.
"""

from collections.abc import Mapping
from datetime import datetime

from oncepay.domain.dispute import DisputeFound, DisputeStatus
from oncepay.domain.processor_answer import (
    CARD_DECLINED,
    Charge,
    ChargeStatus,
    Effect,
    EffectStatus,
    Failure,
)
from oncepay.processors.paypal_json import (
    Said,
    as_object,
    identifier,
    identifier_or_none,
    objects,
    one_of,
    payer_link,
    related_ids,
    time_or_none,
    unfit,
    word_or_none,
)
from oncepay.processors.paypal_money import read_money

MAX_MESSAGE_CHARACTERS = 300
"""Of a processor's sentence that is kept."""

CAPTURED = frozenset({"COMPLETED", "REFUNDED", "PARTIALLY_REFUNDED"})

CAPTURE_STATUSES = {
    **dict.fromkeys(CAPTURED, EffectStatus.SUCCEEDED),
    "PENDING": EffectStatus.PENDING,
    "DECLINED": EffectStatus.FAILED,
    "FAILED": EffectStatus.FAILED,
}
REFUND_STATUSES = {
    "COMPLETED": EffectStatus.SUCCEEDED,
    "PENDING": EffectStatus.PENDING,
    "FAILED": EffectStatus.FAILED,
    "CANCELLED": EffectStatus.FAILED,
}
_AUTHORIZATION_STATUSES = {
    "CREATED": ChargeStatus.AUTHORIZED,
    "PENDING": ChargeStatus.PENDING,
    "DENIED": ChargeStatus.DECLINED,
    "VOIDED": ChargeStatus.VOIDED,
    "EXPIRED": ChargeStatus.EXPIRED,
    # Of one that is captured, its capture says what it is; one that is pending may fail.
    "CAPTURED": ChargeStatus.AUTHORIZED,
    "PARTIALLY_CAPTURED": ChargeStatus.AUTHORIZED,
}
_OUTCOMES = {
    "RESOLVED_SELLER_FAVOUR": DisputeStatus.WON,
    "RESOLVED_BUYER_FAVOUR": DisputeStatus.LOST,
    # PayPal has paid out of its own pocket.
    "RESOLVED_WITH_PAYOUT": DisputeStatus.WON,
    "CANCELED_BY_BUYER": DisputeStatus.WON,
    "DENIED": DisputeStatus.WON,
    "ACCEPTED": DisputeStatus.LOST,
    # Closed undecided, since there is another one of the same payment.
    "NONE": DisputeStatus.WON,
}


def read_authorization(value: object, order_id: str, now: datetime) -> Charge:
    """The charge of an order, as its authorization tells of it.

    Raises:
        InvalidRequest: it cannot be read.
    """
    said = as_object(value, "authorization")
    status = one_of(said, "status", _AUTHORIZATION_STATUSES)
    expires_at = time_or_none(said, "expiration_time")
    # One that nobody used PayPal voids when its time is over.
    at = now if status is ChargeStatus.AUTHORIZED else time_or_none(said, "update_time")
    if status in (ChargeStatus.AUTHORIZED, ChargeStatus.VOIDED) and at and expires_at:
        status = ChargeStatus.EXPIRED if expires_at <= at else status
    amount_minor, currency = read_money(said.get("amount"), "amount")
    return Charge(
        reference=order_id,
        status=status,
        amount_minor=amount_minor,
        currency=currency,
        payment_id=identifier_or_none(said, "custom_id"),
        failure=read_decline(said) if status is ChargeStatus.DECLINED else None,
        expires_at=expires_at,
        handle=identifier(said, "id"),
    )


def read_effect(
    value: object, statuses: Mapping[str, EffectStatus], charge_reference: str | None
) -> Effect:
    """A capture or a refund, of the order that it names or that is known to be its own.

    Raises:
        InvalidRequest: it cannot be read.
    """
    said = as_object(value, "effect")
    status = one_of(said, "status", statuses)
    amount_minor, currency = read_money(said.get("amount"), "amount")
    reference = identifier(said, "id")
    return Effect(
        reference=reference,
        status=status,
        amount_minor=amount_minor,
        currency=currency,
        charge_reference=related_ids(said).get("order_id") or charge_reference,
        payment_id=identifier_or_none(said, "custom_id"),
        failure=_failure(said) if status is EffectStatus.FAILED else None,
        handle=reference if statuses is CAPTURE_STATUSES else None,
    )


def read_void(value: object, charge_reference: str | None) -> Effect:
    """The void of an authorization, which has no id of its own, and is done once that is voided.

    Raises:
        InvalidRequest: it cannot be read.
    """
    said = as_object(value, "authorization")
    status = one_of(said, "status", _AUTHORIZATION_STATUSES)
    identifier(said, "id")
    is_done = status is ChargeStatus.VOIDED
    return Effect(
        reference=None,
        status=EffectStatus.SUCCEEDED if is_done else EffectStatus.PENDING,
        charge_reference=related_ids(said).get("order_id") or charge_reference,
        payment_id=identifier_or_none(said, "custom_id"),
    )


def read_dispute(value: object) -> DisputeFound:
    """A dispute. PayPal names the capture that is disputed, not its order.

    Raises:
        InvalidRequest: it cannot be read.
    """
    said = as_object(value, "dispute")
    amount_minor, currency = read_money(said.get("dispute_amount"), "dispute_amount")
    status, lost_minor = DisputeStatus.OPEN, None
    # Without an outcome nobody knows who has the money: it stays set aside.
    if said.get("status") == "RESOLVED" and said.get("dispute_outcome") is not None:
        outcome = as_object(said["dispute_outcome"], "dispute_outcome")
        status = one_of(outcome, "outcome_code", _OUTCOMES)
        if status is DisputeStatus.LOST and outcome.get("amount_refunded") is not None:
            lost_minor, lost_currency = read_money(outcome["amount_refunded"], "amount_refunded")
            if lost_currency != currency:
                raise unfit("amount_refunded")
    transaction = disputed_transaction(said)
    return DisputeFound(
        reference=identifier(said, "dispute_id"),
        status=status,
        amount_minor=amount_minor,
        currency=currency,
        reason=word_or_none(said, "reason"),
        charge_reference=identifier_or_none(transaction, "seller_transaction_id"),
        payment_id=identifier_or_none(transaction, "custom"),
        lost_minor=lost_minor,
    )


def disputed_transaction(dispute: Said) -> Said:
    """The payment that is disputed, as PayPal tells of it; nothing if it does not."""
    transactions = objects(dispute, "disputed_transactions")
    return transactions[0] if transactions else {}


def read_error(value: object) -> tuple[Failure, str | None]:
    """The first issue of an error with its description, or else its name and message; and where the
    payer can go.

    Raises:
        InvalidRequest: it is none.
    """
    error = as_object(value, "error")
    details = objects(error, "details")
    issue, message = word_or_none(error, "name"), error.get("message")
    if details and word_or_none(details[0], "issue"):
        issue, message = word_or_none(details[0], "issue"), details[0].get("description") or message
    if issue is None:
        raise unfit("name")
    text = message if isinstance(message, str) else ""
    return Failure(issue, text[:MAX_MESSAGE_CHARACTERS]), payer_link(error)


def read_decline(said: Said) -> Failure:
    """Why an authorization or a capture was declined."""
    failure = _failure(said)
    return Failure(CARD_DECLINED, f"{failure.code}: {failure.message}")


def _failure(said: Said) -> Failure:
    details = said.get("status_details")
    reason = word_or_none(details, "reason") if isinstance(details, dict) else None
    status = str(said.get("status"))
    return Failure(reason or status, f"PayPal says {status}")
