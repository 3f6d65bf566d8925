"""What charge is an order of PayPal's? What was done to it is listed in it: authorizations,
captures, refunds.

An order is the charge: its id stays the same, while what is done next names its authorization, and
then its capture. Ours have one purchase unit, and are captured once.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from oncepay.domain.processor_answer import Charge, ChargeStatus, EffectStatus
from oncepay.processors.paypal_json import (
    Said,
    as_object,
    identifier,
    identifier_or_none,
    objects,
    one_of,
    payer_link,
    unfit,
)
from oncepay.processors.paypal_money import read_money
from oncepay.processors.paypal_wire import CAPTURE_STATUSES, read_authorization, read_decline

_UNPAID_ORDERS = {
    "PAYER_ACTION_REQUIRED": ChargeStatus.REQUIRES_ACTION,
    "APPROVED": ChargeStatus.APPROVED,
    "VOIDED": ChargeStatus.EXPIRED,
}


def read_order(value: object, now: datetime) -> Charge | None:
    """The charge that an order is; None if nobody has tried to pay it yet.

    Raises:
        InvalidRequest: it cannot be read.
    """
    order = as_object(value, "order")
    reference, unit = identifier(order, "id"), _unit_of(order)
    amount_minor, currency = read_money(unit.get("amount"), "amount")
    payments = _payments_of(order)
    charge = Charge(
        reference=reference,
        status=ChargeStatus.PENDING,
        amount_minor=amount_minor,
        currency=currency,
        payment_id=identifier_or_none(unit, "custom_id"),
    )
    authorization = _last(payments, "authorizations")
    captures = objects(payments, "captures")
    if authorization is not None:
        charge = read_authorization(authorization, reference, now)
    if captures:
        return _as_captured(charge, captures, is_held=authorization is not None)
    if authorization is not None:
        if authorization.get("status") in ("CAPTURED", "PARTIALLY_CAPTURED"):
            raise unfit("captures")
        return charge
    return _read_unpaid(order, charge)


def read_capture_as_charge(value: object, order_id: str) -> Charge:
    """The charge of an order that was captured at once, as its capture tells of it.

    Raises:
        InvalidRequest: it cannot be read.
    """
    said = as_object(value, "capture")
    amount_minor, currency = read_money(said.get("amount"), "amount")
    charge = Charge(
        reference=order_id,
        status=ChargeStatus.PENDING,
        amount_minor=amount_minor,
        currency=currency,
        payment_id=identifier_or_none(said, "custom_id"),
    )
    return _as_captured(charge, [said], is_held=False)


def find_made(order: object, kind: str, operation_id: str) -> Said | None:
    """Of an order, the capture or refund (`captures`, `refunds`) that our operation made.

    Raises:
        InvalidRequest: it cannot be read.
    """
    return next(
        (
            each
            for each in objects(_payments_of(order), kind)
            if each.get("invoice_id") == operation_id
        ),
        None,
    )


def find_authorization(order: object) -> Said | None:
    """Of an order, its authorization.

    Raises:
        InvalidRequest: it cannot be read.
    """
    return _last(_payments_of(order), "authorizations")


def _as_captured(charge: Charge, captures: Sequence[Said], *, is_held: bool) -> Charge:
    """A charge, of which something was or is to be captured.

    Args:
        charge: as its authorization is, or the order alone.
        captures: of it, one or more.
        is_held: whether there is an authorization, which stands although a capture failed.
    """
    last = captures[-1]
    if not is_held:
        # Captured at once, and whole: what was taken is what was asked for.
        amount_minor, currency = read_money(last.get("amount"), "amount")
        payment_id = identifier_or_none(last, "custom_id") or charge.payment_id
        charge = replace(
            charge, amount_minor=amount_minor, currency=currency, payment_id=payment_id
        )
    taken_minor, handle = 0, None
    for capture in captures:
        amount_minor, currency = read_money(capture.get("amount"), "amount")
        if currency != charge.currency:
            raise unfit("currency_code")
        if one_of(capture, "status", CAPTURE_STATUSES) is EffectStatus.SUCCEEDED:
            taken_minor, handle = taken_minor + amount_minor, identifier(capture, "id")
    if handle is not None:
        return replace(
            charge,
            status=ChargeStatus.SUCCEEDED,
            captured_minor=taken_minor,
            handle=handle,
            failure=None,
        )
    if is_held or CAPTURE_STATUSES[last["status"]] is EffectStatus.PENDING:
        return charge
    return replace(charge, status=ChargeStatus.DECLINED, failure=read_decline(last))


def _read_unpaid(order: Said, charge: Charge) -> Charge | None:
    if order.get("status") in ("CREATED", "SAVED"):
        return None
    status = one_of(order, "status", _UNPAID_ORDERS)
    if status is ChargeStatus.REQUIRES_ACTION:
        return replace(charge, status=status, next_action_url=payer_link(order))
    return replace(charge, status=status)


def _unit_of(order: Said) -> Said:
    units = objects(order, "purchase_units")
    if len(units) != 1:
        raise unfit("purchase_units")
    return units[0]


def _payments_of(order: object) -> Said:
    return as_object(_unit_of(as_object(order, "order")).get("payments") or {}, "payments")


def _last(payments: Said, kind: str) -> Said | None:
    found = objects(payments, kind)
    return found[-1] if found else None
