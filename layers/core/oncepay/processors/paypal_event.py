"""What does an event of PayPal tell? The body of one whose signature was verified, as an inbound
event, with its news of a payment.

    CHECKOUT.ORDER.*            the charge, as its order is
    PAYMENT.AUTHORIZATION.*     the charge; VOIDED is a void, unless the authorization has lapsed
    PAYMENT.CAPTURE.*           the charge, if it was captured at once; else a capture
    PAYMENT.CAPTURE.REFUNDED, PAYMENT.REFUND.*
                                a refund
    CUSTOMER.DISPUTE.*          a dispute
    anything else               no news. So is PAYMENT.CAPTURE.REVERSED: mostly it is what a dispute
                                took, told twice; what it took without one, the settlement file says

By `invoice_id` PayPal tells which of our operations made a thing: `paypal_wire` says more. An event
of a type that we do not act on is no news, and is kept all the same. One that we act on must be
readable: what we refuse it sends again, and a look-up tells the same.
"""

from dataclasses import replace
from datetime import datetime

from oncepay.domain.applying import EventOfPayment, News, NewsKind
from oncepay.domain.inbound_event import InboundEvent, Provider
from oncepay.domain.operation import OperationKind
from oncepay.domain.processor_answer import ChargeStatus
from oncepay.processors.event_body import read_created, read_name, read_object, read_text
from oncepay.processors.paypal_json import (
    Said,
    as_object,
    identifier_or_none,
    related_ids,
)
from oncepay.processors.paypal_order import read_capture_as_charge, read_order
from oncepay.processors.paypal_wire import (
    CAPTURE_STATUSES,
    REFUND_STATUSES,
    disputed_transaction,
    read_authorization,
    read_dispute,
    read_effect,
    read_void,
)

ORDER, AUTHORIZATION, DISPUTE = "CHECKOUT.ORDER.", "PAYMENT.AUTHORIZATION.", "CUSTOMER.DISPUTE."
CAPTURES = frozenset(
    f"PAYMENT.CAPTURE.{word}" for word in ("COMPLETED", "PENDING", "DENIED", "DECLINED")
)
REFUNDS = frozenset(
    {
        "PAYMENT.CAPTURE.REFUNDED",
        "PAYMENT.REFUND.PENDING",
        "PAYMENT.REFUND.FAILED",
    }
)

PAYMENT_PREFIX = "pay_"
REFUND_PREFIXES = ("re_", "or_")
"""Of a refund, and of the return of an orphan. What somebody refunds at PayPal itself may bear the
number of what is refunded, and is none of ours."""


def read_event(raw_body: bytes, *, received_at: datetime) -> EventOfPayment:
    """Read a verified body.

    Raises:
        InvalidRequest: not an event, or not one of its type, saying what is wrong.
    """
    payload = read_text(raw_body)
    body = read_object(payload)
    event = InboundEvent(
        provider=Provider.PAYPAL,
        event_id=read_name(body, "id"),
        type=read_name(body, "event_type"),
        created=read_created(body.get("create_time")),
        livemode=None,
        payload=payload,
        received_at=received_at,
    )
    if event.type.startswith(ORDER):
        return _of_order(event, _resource(body))
    if event.type.startswith(AUTHORIZATION):
        return _of_authorization(event, _resource(body))
    if event.type in CAPTURES:
        return _of_capture(event, _resource(body))
    if event.type in REFUNDS:
        return _of_refund(event, _resource(body))
    if event.type.startswith(DISPUTE):
        return _of_dispute(event, _resource(body))
    return EventOfPayment(event=event, news=None, payment_id=None)


def read_stored_event(event: InboundEvent) -> EventOfPayment:
    """What an event tells that is stored, and so was read before.

    Raises:
        InvalidRequest: it was stored by another version, which took it.
    """
    return replace(read_event(event.payload.encode(), received_at=event.received_at), event=event)


def _of_order(event: InboundEvent, order: Said) -> EventOfPayment:
    charge = read_order(order, event.received_at)
    if charge is None:
        return EventOfPayment(event=event, news=None, payment_id=None)
    news = News(found=charge, kind=OperationKind.AUTHORIZE, operation_id=_ours(charge.payment_id))
    return _told(event, news, charge.payment_id, charge.reference, charge.handle)


def _of_authorization(event: InboundEvent, authorization: Said) -> EventOfPayment:
    order_id = related_ids(authorization).get("order_id")
    charge = read_authorization(authorization, order_id or "", event.received_at)
    names = (order_id, charge.handle)
    if charge.status is ChargeStatus.VOIDED:
        void = News(found=read_void(authorization, None), kind=OperationKind.VOID)
        return _told(event, void, charge.payment_id, *names)
    if order_id is None:
        # Whose charge it is cannot be said; a look-up will tell.
        return _told(event, None, charge.payment_id, *names)
    news = News(found=charge, kind=OperationKind.AUTHORIZE, operation_id=_ours(charge.payment_id))
    return _told(event, news, charge.payment_id, *names)


def _of_capture(event: InboundEvent, capture: Said) -> EventOfPayment:
    above, payment_id = related_ids(capture), identifier_or_none(capture, "custom_id")
    invoice_id = identifier_or_none(capture, "invoice_id")
    order_id, authorization_id = above.get("order_id"), above.get("authorization_id")
    names = (order_id, authorization_id, identifier_or_none(capture, "id"))
    # What was captured at once bears the payment's own id as its number.
    is_charge = authorization_id is None and invoice_id in (None, payment_id)
    if is_charge and order_id is not None:
        charge = read_capture_as_charge(capture, order_id)
        news = News(found=charge, kind=OperationKind.AUTHORIZE, operation_id=_ours(payment_id))
        return _told(event, news, payment_id, *names)
    effect = read_effect(capture, CAPTURE_STATUSES, None)
    operation_id = None if invoice_id == payment_id else invoice_id
    news = News(found=effect, kind=OperationKind.CAPTURE, operation_id=operation_id)
    return _told(event, news, payment_id, *names)


def _of_refund(event: InboundEvent, refund: Said) -> EventOfPayment:
    effect = read_effect(refund, REFUND_STATUSES, None)
    invoice_id = identifier_or_none(refund, "invoice_id")
    is_ours = invoice_id is not None and invoice_id.startswith(REFUND_PREFIXES)
    news = News(
        found=replace(effect, payment_id=_ours(effect.payment_id)),
        kind=OperationKind.REFUND,
        operation_id=invoice_id if is_ours else None,
    )
    above = related_ids(refund)
    names = (above.get("order_id"), above.get("capture_id"), effect.reference)
    return _told(event, news, effect.payment_id, *names)


def _of_dispute(event: InboundEvent, dispute: Said) -> EventOfPayment:
    found = read_dispute(dispute)
    found = replace(found, payment_id=_ours(found.payment_id))
    news = News(found=found, kind=NewsKind.DISPUTE)
    transaction = disputed_transaction(dispute)
    capture_id = identifier_or_none(transaction, "seller_transaction_id")
    return _told(event, news, found.payment_id, capture_id, found.reference)


def _told(
    event: InboundEvent, news: News | None, payment_id: str | None, *names: str | None
) -> EventOfPayment:
    return EventOfPayment(
        event=event,
        news=news,
        payment_id=_ours(payment_id),
        references=tuple(dict.fromkeys(name for name in names if name)),
    )


def _ours(custom_id: str | None) -> str | None:
    """An id of a payment of ours; what else somebody wrote there is none."""
    return custom_id if custom_id and custom_id.startswith(PAYMENT_PREFIX) else None


def _resource(body: Said) -> Said:
    return as_object(body.get("resource"), "resource")
