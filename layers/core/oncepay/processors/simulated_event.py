"""What does an event of the simulated processor tell? The body of one whose signature was verified,
as an inbound event, with its news of a payment.

An event of a type that we do not act on is no news, and is kept all the same. One that we act on
must be readable: what we refuse it sends again, and a look-up tells the same.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from oncepay.domain.applying import EventOfPayment, News, NewsKind
from oncepay.domain.dispute import DisputeStatus
from oncepay.domain.errors import InvalidRequest
from oncepay.domain.inbound_event import InboundEvent, Provider
from oncepay.domain.operation import OperationKind
from oncepay.domain.payout import PayoutStatus
from oncepay.domain.processor_answer import ChargeStatus, EffectStatus
from oncepay.processors.event_body import read_created, read_name, read_object, read_text
from oncepay.processors.simulated_wire import (
    CAPTURE,
    CHARGE,
    CHECKOUT,
    REFUND,
    VOID,
    as_object,
    identifier_or_none,
    page_of,
    read_charge,
    read_dispute,
    read_found,
    read_key,
    read_payout,
)

KINDS = {
    CHARGE: OperationKind.AUTHORIZE,
    CAPTURE: OperationKind.CAPTURE,
    VOID: OperationKind.VOID,
    REFUND: OperationKind.REFUND,
}
TYPES: Mapping[str, str] = {
    f"{kind}.{status}": kind
    for kind in KINDS
    for status in (ChargeStatus if kind == CHARGE else EffectStatus)
}
"""What each type of event that we act on is about."""
DISPUTE_TYPES = {
    "dispute.opened": DisputeStatus.OPEN,
    "dispute.won": DisputeStatus.WON,
    "dispute.lost": DisputeStatus.LOST,
}
PAYOUT_TYPES = {f"payout.{status}": status for status in PayoutStatus}
PAID, EXPIRED = f"{CHECKOUT}.completed", f"{CHECKOUT}.expired"


def read_event(raw_body: bytes, *, received_at: datetime) -> EventOfPayment:
    """Read a verified body.

    Raises:
        InvalidRequest: not an event, or not one of its type, saying what is wrong.
    """
    payload = read_text(raw_body)
    body = read_object(payload)
    event = InboundEvent(
        provider=Provider.SIMULATED,
        event_id=read_name(body, "id"),
        type=read_name(body, "type"),
        created=read_created(body.get("created")),
        livemode=None,
        payload=payload,
        received_at=received_at,
    )
    kind = TYPES.get(event.type)
    if kind is not None:
        return _with_news(event, kind, as_object(body.get("data"), "data"))
    if event.type in DISPUTE_TYPES:
        return _of_dispute(event, as_object(body.get("data"), "data"))
    if event.type in (PAID, EXPIRED):
        return _of_page(event, as_object(body.get("data"), "data"))
    if event.type in PAYOUT_TYPES:
        return _of_payout(event, as_object(body.get("data"), "data"))
    return EventOfPayment(event=event, news=None, payment_id=None)


def read_stored_event(event: InboundEvent) -> EventOfPayment:
    """What an event tells that is stored, and so was read before.

    Raises:
        InvalidRequest: it was stored by another version, which took it.
    """
    return replace(read_event(event.payload.encode(), received_at=event.received_at), event=event)


def _with_news(event: InboundEvent, kind: str, told: Mapping[str, Any]) -> EventOfPayment:
    subject = as_object(told.get("object"), "data.object")
    found = read_found(subject, kind)
    if event.type != f"{kind}.{found.status}":
        raise InvalidRequest("type is not that of data.object.status", param="type")
    charge = as_object(told.get("charge"), "data.charge")
    names = (
        # The charge is what leads to the payment: should the rest name another one, that is seen
        # only beside the payment.
        identifier_or_none(charge, "id"),
        identifier_or_none(subject, "charge_id"),
        identifier_or_none(subject, "id"),
    )
    operation_id = read_key(subject)
    if kind == CHARGE and operation_id is None and page_of(charge) is not None:
        # Paid on a page that was made under the payment's own key.
        operation_id = found.payment_id
    return EventOfPayment(
        event=event,
        news=News(found=found, kind=KINDS[kind], operation_id=operation_id),
        payment_id=identifier_or_none(charge, "payment_id") or found.payment_id,
        references=tuple(dict.fromkeys(name for name in names if name)),
    )


def _of_dispute(event: InboundEvent, told: Mapping[str, Any]) -> EventOfPayment:
    found = read_dispute(told.get("object"))
    if DISPUTE_TYPES[event.type] is not found.status:
        raise InvalidRequest("type is not that of data.object.status", param="type")
    return EventOfPayment(
        event=event,
        news=News(found=found, kind=NewsKind.DISPUTE),
        payment_id=found.payment_id,
        references=tuple(name for name in (found.charge_reference, found.reference) if name),
    )


def _of_payout(event: InboundEvent, told: Mapping[str, Any]) -> EventOfPayment:
    payout = read_payout(told.get("object"))
    if PAYOUT_TYPES[event.type] is not payout.status:
        raise InvalidRequest("type is not that of data.object.status", param="type")
    return EventOfPayment(event=event, news=None, payment_id=None, payout=payout)


def _of_page(event: InboundEvent, told: Mapping[str, Any]) -> EventOfPayment:
    page = read_found(told.get("object"), CHECKOUT)
    found = page if event.type == EXPIRED else read_charge(told.get("charge"))
    return EventOfPayment(
        event=event,
        news=News(found=found, kind=OperationKind.AUTHORIZE, operation_id=page.payment_id),
        payment_id=page.payment_id,
        references=tuple(name for name in (page.reference, found.handle) if name),
    )
