"""What does an event of Stripe tell? The body of one whose signature was verified, as an inbound
event, with its news of a payment.

    payment_intent.*          of those that move it: the charge. A capture or void has no event of
                              its own, and is told as what became of the charge
    refund.*, charge.refund.updated, charge.refunded
                              a refund; the last only if it has its refunds in it, the newest
    charge.dispute.*          a dispute; nothing as long as it moves no money
    checkout.session.*        the charge that the page was for
    payout.*                  of the five that say how it stands: a payout, which is of no payment
    anything else             no news, and kept all the same

Only what every event has is read of those, in the words of Stripe's API of any version: `id` and
`type` must be there, `created` and `livemode` may be. A thin event (`v2.core.event`) has them too.
One that we act on must be readable: what we refuse Stripe sends again, and a look-up tells the
same.

The payment intent of a checkout is told of by its session, which alone knows what the payment is
called here: until that is complete a try that failed is no decline, and its id is nothing that the
payment is known by. So its own events are no news, but for the two that may come after that: money
that was held is captured, or released. Those name no operation of ours: one that comes before its
session's waits, and then changes only what is not so yet; which cannot be a misfit.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from oncepay.domain.applying import EventOfPayment, News, NewsKind
from oncepay.domain.errors import InvalidRequest
from oncepay.domain.inbound_event import InboundEvent, Provider
from oncepay.domain.operation import OperationKind
from oncepay.domain.processor_answer import CARD_DECLINED, ChargeStatus, Failure
from oncepay.processors.event_body import read_created, read_name, read_object, read_text
from oncepay.processors.stripe_members import as_object, id_of, tag_of
from oncepay.processors.stripe_wire import (
    CAPTURE_METHOD,
    CHECKOUT,
    MANUAL,
    OPERATION_ID,
    PAYMENT_ID,
    PAYMENT_INTENT,
    read_dispute,
    read_payment_intent,
    read_payout,
    read_refund,
    read_session,
)

CAPTURED, CANCELED = f"{PAYMENT_INTENT}.succeeded", f"{PAYMENT_INTENT}.canceled"
INTENT_TYPES = frozenset(
    {
        CAPTURED,
        CANCELED,
        f"{PAYMENT_INTENT}.amount_capturable_updated",
        f"{PAYMENT_INTENT}.requires_action",
        f"{PAYMENT_INTENT}.processing",
        f"{PAYMENT_INTENT}.payment_failed",
    }
)
REFUND_TYPES = frozenset(
    {"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"}
)
CHARGE_REFUNDED = "charge.refunded"
DISPUTE_TYPES = frozenset(
    f"charge.dispute.{what}"
    for what in ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")
)
PAYOUT_TYPES = frozenset(
    f"payout.{what}" for what in ("created", "updated", "paid", "failed", "canceled")
)
PAID_LATE, NOT_PAID = (
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
)
SESSION_TYPES = frozenset(
    {"checkout.session.completed", "checkout.session.expired", PAID_LATE, NOT_PAID}
)


def read_event(raw_body: bytes, *, received_at: datetime) -> EventOfPayment:
    """Read a verified body.

    Raises:
        InvalidRequest: not an event, or not one of its type, saying what is wrong.
    """
    payload = read_text(raw_body)
    body = read_object(payload)
    livemode = body.get("livemode")
    if livemode is not None and not isinstance(livemode, bool):
        raise InvalidRequest("livemode must be true or false", param="livemode")
    event = InboundEvent(
        provider=Provider.STRIPE,
        event_id=read_name(body, "id"),
        type=read_name(body, "type"),
        created=read_created(body.get("created")),
        livemode=livemode,
        payload=payload,
        received_at=received_at,
    )
    if event.type in INTENT_TYPES:
        return _of_intent(event, _subject(body))
    if event.type in REFUND_TYPES:
        return _of_refund(event, _subject(body))
    if event.type == CHARGE_REFUNDED:
        return _of_refunded(event, _subject(body))
    if event.type in DISPUTE_TYPES:
        return _of_dispute(event, _subject(body))
    if event.type in SESSION_TYPES:
        return _of_session(event, _subject(body))
    if event.type in PAYOUT_TYPES:
        payout = read_payout(_subject(body))
        return EventOfPayment(event=event, news=None, payment_id=None, payout=payout)
    return _no_news(event)


def read_stored_event(event: InboundEvent) -> EventOfPayment:
    """What an event tells that is stored, and so was read before.

    Raises:
        InvalidRequest: it was stored by another version, which took it.
    """
    return replace(read_event(event.payload.encode(), received_at=event.received_at), event=event)


def _of_intent(event: InboundEvent, intent: Mapping[str, Any]) -> EventOfPayment:
    found = read_payment_intent(intent)
    operation_id = tag_of(intent, OPERATION_ID)
    if tag_of(intent, CHECKOUT) is not None:
        held = intent.get(CAPTURE_METHOD) == MANUAL
        if not held or event.type not in (CAPTURED, CANCELED):
            return _no_news(event)
        operation_id, found = None, replace(found, handle=found.reference)
    return EventOfPayment(
        event=event,
        news=News(found=found, kind=OperationKind.AUTHORIZE, operation_id=operation_id),
        payment_id=found.payment_id,
        references=_names(intent, intent.get("latest_charge")),
    )


def _of_refund(event: InboundEvent, refund: Mapping[str, Any]) -> EventOfPayment:
    found = read_refund(refund)
    if found.charge_reference is None:
        # Of a charge without a payment intent, which is none of ours.
        return _no_news(event)
    return EventOfPayment(
        event=event,
        news=News(
            found=found,
            kind=OperationKind.REFUND,
            operation_id=tag_of(refund, OPERATION_ID),
        ),
        payment_id=found.payment_id,
        # The charge is what leads to the payment.
        references=_names(found.charge_reference, refund.get("charge"), found.reference),
    )


def _of_refunded(event: InboundEvent, charge: Mapping[str, Any]) -> EventOfPayment:
    refunds = charge.get("refunds")
    # Since version 2022-11-15 a charge comes without its refunds: their own events tell of them.
    told = refunds.get("data") if isinstance(refunds, dict) else None
    if not told:
        return _no_news(event)
    if not isinstance(told, list) or not all(isinstance(each, dict) for each in told):
        raise InvalidRequest("refunds is not what it should be", param="refunds")
    return _of_refund(event, max(told, key=_made_at))


def _of_dispute(event: InboundEvent, dispute: Mapping[str, Any]) -> EventOfPayment:
    found = read_dispute(dispute)
    if found is None or found.charge_reference is None:
        return _no_news(event)
    return EventOfPayment(
        event=event,
        news=News(found=found, kind=NewsKind.DISPUTE),
        payment_id=found.payment_id,
        references=_names(found.charge_reference, dispute.get("charge"), found.reference),
    )


def _of_session(event: InboundEvent, session: Mapping[str, Any]) -> EventOfPayment:
    if session.get("mode") != "payment":
        # Of a subscription, or of a card that is kept: none of ours.
        return _no_news(event)
    found = read_session(session)
    if event.type == NOT_PAID:
        found = replace(
            found,
            status=ChargeStatus.DECLINED,
            captured_minor=0,
            failure=Failure(CARD_DECLINED, "async_payment_failed: the payment did not arrive"),
        )
    return EventOfPayment(
        event=event,
        news=News(
            found=found,
            kind=OperationKind.AUTHORIZE,
            operation_id=tag_of(session, OPERATION_ID),
        ),
        payment_id=tag_of(session, PAYMENT_ID),
        references=_names(session, session.get(PAYMENT_INTENT)),
    )


def _no_news(event: InboundEvent) -> EventOfPayment:
    return EventOfPayment(event=event, news=None, payment_id=None)


def _subject(body: Mapping[str, Any]) -> Mapping[str, Any]:
    return as_object(as_object(body.get("data"), "data").get("object"), "data.object")


def _names(*objects: object) -> tuple[str, ...]:
    ids = (id_of(each) for each in objects)
    return tuple(dict.fromkeys(each for each in ids if each))


def _made_at(refund: Mapping[str, Any]) -> int:
    created = refund.get("created")
    if isinstance(created, bool) or not isinstance(created, int):
        raise InvalidRequest("created is not what it should be", param="created")
    return created
