"""What an event of PayPal tells of a payment."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from oncepay.domain.applying import EventOfPayment, News, NewsKind
from oncepay.domain.dispute import DisputeFound, DisputeStatus
from oncepay.domain.errors import InvalidRequest
from oncepay.domain.inbound_event import EventStatus, InboundEvent, Provider
from oncepay.domain.operation import OperationKind
from oncepay.domain.processor_answer import (
    Charge,
    ChargeStatus,
    Effect,
    EffectStatus,
)
from oncepay.processors.paypal_event import read_event, read_stored_event
from tests.unit.processors.paypal_objects import (
    NOW,
    a_capture,
    a_link,
    a_refund,
    an_authorization,
    an_order,
    usd,
)

API = "https://api-m.paypal.com"
ORDER_ABOVE = {"supplementary_data": {"related_ids": {"order_id": "ORDER1"}}}
AUTHORIZATION_ABOVE = {
    "supplementary_data": {"related_ids": {"order_id": "ORDER1", "authorization_id": "AUTH1"}}
}
CAPTURE_ABOVE = {"links": [a_link(f"{API}/v2/payments/captures/CAPTURE1", "up")]}


def a_body(event_type: Any, resource: Any, **more: Any) -> bytes:
    body = {
        "id": "WH-1",
        "event_version": "1.0",
        "create_time": "2026-11-21T11:59:58.123Z",
        "resource_type": "anything",
        "event_type": event_type,
        "resource": resource,
    }
    return json.dumps(body | more).encode()


def told_by(event_type: str, resource: Any) -> EventOfPayment:
    return read_event(a_body(event_type, resource), received_at=NOW)


def news_of(event_type: str, resource: Any) -> News:
    news = told_by(event_type, resource).news
    assert news is not None
    return news


def a_dispute(status: str = "OPEN", **more: Any) -> dict[str, Any]:
    return {
        "dispute_id": "PP-D-1",
        "reason": "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
        "status": status,
        "dispute_amount": usd("12.00"),
        "disputed_transactions": [
            {"seller_transaction_id": "CAPTURE1", "custom": "pay_1", "invoice_number": "pay_1"}
        ],
    } | more


def test_event__is_kept_as_it_came() -> None:
    body = a_body("SOMETHING.ELSE", {"id": "x"})
    assert read_event(body, received_at=NOW) == EventOfPayment(
        event=InboundEvent(
            provider=Provider.PAYPAL,
            event_id="WH-1",
            type="SOMETHING.ELSE",
            created=datetime(2026, 11, 21, 11, 59, 58, 123_000, tzinfo=UTC),
            livemode=None,
            payload=body.decode(),
            received_at=NOW,
        ),
        news=None,
        payment_id=None,
    )


@pytest.mark.parametrize(
    "event_type",
    ["PAYMENT.PAYOUTSBATCH.SUCCESS", "PAYMENT.CAPTURE.REVERSED", "CHECKOUT.X", "payment"],
)
def test_event__of_a_type_that_we_do_not_act_on__is_no_news(event_type: str) -> None:
    assert told_by(event_type, {}).news is None


def test_order__approved__waits_to_be_captured() -> None:
    told = told_by("CHECKOUT.ORDER.APPROVED", an_order("APPROVED"))
    assert told.news == News(
        found=Charge(
            reference="ORDER1",
            status=ChargeStatus.APPROVED,
            amount_minor=5_000,
            currency="USD",
            payment_id="pay_1",
        ),
        kind=OperationKind.AUTHORIZE,
        operation_id="pay_1",
    )
    assert (told.payment_id, told.references) == ("pay_1", ("ORDER1",))


def test_order__completed__is_the_charge() -> None:
    told = told_by("CHECKOUT.ORDER.COMPLETED", an_order(captures=[a_capture()]))
    assert told.news is not None
    assert isinstance(told.news.found, Charge)
    assert told.news.found.status is ChargeStatus.SUCCEEDED
    assert told.references == ("ORDER1", "CAPTURE1")


def test_order__that_nobody_paid__is_no_news() -> None:
    assert told_by("CHECKOUT.ORDER.SAVED", an_order("SAVED")).news is None


def test_authorization__created__is_the_charge() -> None:
    told = told_by("PAYMENT.AUTHORIZATION.CREATED", an_authorization() | ORDER_ABOVE)
    assert told.news == News(
        found=Charge(
            reference="ORDER1",
            status=ChargeStatus.AUTHORIZED,
            amount_minor=5_000,
            currency="USD",
            payment_id="pay_1",
            expires_at=datetime(2026, 12, 20, 12, 0, tzinfo=UTC),
            handle="AUTH1",
        ),
        kind=OperationKind.AUTHORIZE,
        operation_id="pay_1",
    )
    assert (told.payment_id, told.references) == ("pay_1", ("ORDER1", "AUTH1"))


def test_authorization__that_names_no_order__is_no_news() -> None:
    told = told_by("PAYMENT.AUTHORIZATION.CREATED", an_authorization())
    assert (told.news, told.payment_id) == (None, "pay_1")


def test_authorization__voided__is_a_void_that_no_key_is_told_of() -> None:
    told = told_by("PAYMENT.AUTHORIZATION.VOIDED", an_authorization("VOIDED") | ORDER_ABOVE)
    assert told.news == News(
        found=Effect(
            reference=None,
            status=EffectStatus.SUCCEEDED,
            charge_reference="ORDER1",
            payment_id="pay_1",
        ),
        kind=OperationKind.VOID,
        operation_id=None,
    )


def test_authorization__voided_when_its_time_was_over__has_expired() -> None:
    over = an_authorization("VOIDED", update_time="2026-12-20T12:00:00Z") | ORDER_ABOVE
    news = news_of("PAYMENT.AUTHORIZATION.VOIDED", over)
    assert news.kind is OperationKind.AUTHORIZE
    assert isinstance(news.found, Charge)
    assert news.found.status is ChargeStatus.EXPIRED


@pytest.mark.parametrize(
    ("event_type", "status", "meaning"),
    [
        ("PAYMENT.CAPTURE.COMPLETED", "COMPLETED", ChargeStatus.SUCCEEDED),
        ("PAYMENT.CAPTURE.PENDING", "PENDING", ChargeStatus.PENDING),
        ("PAYMENT.CAPTURE.DENIED", "DECLINED", ChargeStatus.DECLINED),
        ("PAYMENT.CAPTURE.DECLINED", "DECLINED", ChargeStatus.DECLINED),
    ],
)
def test_capture__at_once__is_the_charge(
    event_type: str, status: str, meaning: ChargeStatus
) -> None:
    told = told_by(event_type, a_capture(status) | ORDER_ABOVE)
    assert told.news is not None
    assert isinstance(told.news.found, Charge)
    assert (told.news.kind, told.news.operation_id) == (OperationKind.AUTHORIZE, "pay_1")
    assert (told.news.found.status, told.news.found.reference) == (meaning, "ORDER1")
    assert (told.payment_id, told.references) == ("pay_1", ("ORDER1", "CAPTURE1"))


def test_capture__at_once__is_known_by_its_link_too() -> None:
    above = {"links": [a_link(f"{API}/v2/checkout/orders/ORDER1", "up")]}
    news = news_of("PAYMENT.CAPTURE.COMPLETED", a_capture() | above)
    assert isinstance(news.found, Charge)
    assert news.found.reference == "ORDER1"


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("COMPLETED", EffectStatus.SUCCEEDED),
        ("PENDING", EffectStatus.PENDING),
        ("DECLINED", EffectStatus.FAILED),
    ],
)
def test_capture__of_an_authorization__is_a_capture_under_our_key(
    status: str, meaning: EffectStatus
) -> None:
    capture = a_capture(status, value="30.00", invoice_id="cap_1") | AUTHORIZATION_ABOVE
    told = told_by("PAYMENT.CAPTURE.COMPLETED", capture)
    assert told.news is not None
    assert isinstance(told.news.found, Effect)
    assert (told.news.kind, told.news.operation_id) == (OperationKind.CAPTURE, "cap_1")
    assert (told.news.found.status, told.news.found.amount_minor) == (meaning, 3_000)
    assert (told.news.found.charge_reference, told.news.found.handle) == ("ORDER1", "CAPTURE1")
    assert told.references == ("ORDER1", "AUTH1", "CAPTURE1")


def test_capture__of_an_authorization_by_somebody_else__names_no_key_of_ours() -> None:
    news = news_of("PAYMENT.CAPTURE.COMPLETED", a_capture() | AUTHORIZATION_ABOVE)
    assert (news.kind, news.operation_id) == (OperationKind.CAPTURE, None)


def test_capture__that_names_nothing_above__is_a_capture_by_its_number() -> None:
    news = news_of("PAYMENT.CAPTURE.COMPLETED", a_capture(invoice_id="cap_1"))
    assert (news.kind, news.operation_id) == (OperationKind.CAPTURE, "cap_1")


def test_refund__of_ours__is_told_under_our_key() -> None:
    told = told_by("PAYMENT.CAPTURE.REFUNDED", a_refund() | CAPTURE_ABOVE)
    assert told.news == News(
        found=Effect(
            reference="REFUND1",
            status=EffectStatus.SUCCEEDED,
            amount_minor=2_000,
            currency="USD",
            payment_id="pay_1",
        ),
        kind=OperationKind.REFUND,
        operation_id="re_1",
    )
    assert (told.payment_id, told.references) == ("pay_1", ("CAPTURE1", "REFUND1"))


def test_refund__of_an_orphan__is_told_under_our_key() -> None:
    news = news_of("PAYMENT.CAPTURE.REFUNDED", a_refund(invoice_id="or_1"))
    assert news.operation_id == "or_1"


@pytest.mark.parametrize("invoice_id", ["pay_1", "cap_1", "12", None])
def test_refund__that_began_at_paypal__names_no_key_of_ours(invoice_id: str | None) -> None:
    refund = a_refund(invoice_id=invoice_id) | CAPTURE_ABOVE
    assert news_of("PAYMENT.CAPTURE.REFUNDED", refund).operation_id is None


@pytest.mark.parametrize("custom_id", [None, "order 12", "re_1", 5])
def test_refund__that_names_no_payment_of_ours__is_led_to_by_its_capture(custom_id: Any) -> None:
    told = told_by("PAYMENT.CAPTURE.REFUNDED", a_refund(custom_id=custom_id) | CAPTURE_ABOVE)
    assert told.news is not None
    assert isinstance(told.news.found, Effect)
    assert (told.payment_id, told.news.found.payment_id) == (None, None)
    assert told.references == ("CAPTURE1", "REFUND1")


@pytest.mark.parametrize(
    ("event_type", "status", "meaning"),
    [
        ("PAYMENT.REFUND.PENDING", "PENDING", EffectStatus.PENDING),
        ("PAYMENT.REFUND.FAILED", "FAILED", EffectStatus.FAILED),
    ],
)
def test_refund__is_what_its_status_says(
    event_type: str, status: str, meaning: EffectStatus
) -> None:
    news = news_of(event_type, a_refund(status))
    assert isinstance(news.found, Effect)
    assert (news.kind, news.found.status) == (OperationKind.REFUND, meaning)


@pytest.mark.parametrize("event_type", ["CREATED", "UPDATED"])
def test_dispute__open__is_told(event_type: str) -> None:
    told = told_by(f"CUSTOMER.DISPUTE.{event_type}", a_dispute("UNDER_REVIEW"))
    assert told.news == News(
        found=DisputeFound(
            reference="PP-D-1",
            status=DisputeStatus.OPEN,
            amount_minor=1_200,
            currency="USD",
            reason="MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
            charge_reference="CAPTURE1",
            payment_id="pay_1",
        ),
        kind=NewsKind.DISPUTE,
    )
    assert (told.payment_id, told.references) == ("pay_1", ("CAPTURE1", "PP-D-1"))


@pytest.mark.parametrize(
    ("outcome", "meaning"),
    [
        ("RESOLVED_SELLER_FAVOUR", DisputeStatus.WON),
        ("RESOLVED_BUYER_FAVOUR", DisputeStatus.LOST),
        ("RESOLVED_WITH_PAYOUT", DisputeStatus.WON),
        ("CANCELED_BY_BUYER", DisputeStatus.WON),
        ("DENIED", DisputeStatus.WON),
        ("ACCEPTED", DisputeStatus.LOST),
        ("NONE", DisputeStatus.WON),
    ],
)
def test_dispute__resolved__is_won_or_lost(outcome: str, meaning: DisputeStatus) -> None:
    dispute = a_dispute("RESOLVED", dispute_outcome={"outcome_code": outcome})
    found = news_of("CUSTOMER.DISPUTE.RESOLVED", dispute).found
    assert isinstance(found, DisputeFound)
    assert found.status is meaning


@pytest.mark.parametrize(
    ("outcome", "refunded", "lost_minor"),
    [
        ("RESOLVED_BUYER_FAVOUR", {"currency_code": "USD", "value": "7.00"}, 700),
        ("RESOLVED_BUYER_FAVOUR", None, None),
        ("RESOLVED_WITH_PAYOUT", {"currency_code": "USD", "value": "7.00"}, None),
    ],
)
def test_dispute__that_is_lost__says_how_much_of_it(
    outcome: str, refunded: dict[str, str] | None, lost_minor: int | None
) -> None:
    said = {"outcome_code": outcome, "amount_refunded": refunded}
    dispute = a_dispute("RESOLVED", dispute_outcome=said)
    found = news_of("CUSTOMER.DISPUTE.RESOLVED", dispute).found
    assert isinstance(found, DisputeFound)
    assert found.lost_minor == lost_minor


def test_dispute__that_names_no_payment__is_led_to_by_its_capture() -> None:
    dispute = a_dispute(disputed_transactions=[{"seller_transaction_id": "CAPTURE1"}])
    told = told_by("CUSTOMER.DISPUTE.CREATED", dispute)
    assert (told.payment_id, told.references) == (None, ("CAPTURE1", "PP-D-1"))


@pytest.mark.parametrize(
    ("event_type", "resource"),
    [
        ("CHECKOUT.ORDER.APPROVED", None),
        ("CHECKOUT.ORDER.APPROVED", {}),
        ("CHECKOUT.ORDER.COMPLETED", an_order("NEWS")),
        ("PAYMENT.AUTHORIZATION.CREATED", an_authorization("NEWS")),
        ("PAYMENT.AUTHORIZATION.CREATED", []),
        ("PAYMENT.CAPTURE.COMPLETED", a_capture("NEWS")),
        ("PAYMENT.CAPTURE.COMPLETED", a_capture(amount="5")),
        ("PAYMENT.CAPTURE.REFUNDED", a_refund(id=5)),
        ("CUSTOMER.DISPUTE.CREATED", a_dispute(dispute_amount=None)),
        ("CUSTOMER.DISPUTE.CREATED", a_dispute(dispute_id=None)),
        (
            "CUSTOMER.DISPUTE.RESOLVED",
            a_dispute("RESOLVED", dispute_outcome={"outcome_code": "NEWS"}),
        ),
        ("CUSTOMER.DISPUTE.RESOLVED", a_dispute("RESOLVED", dispute_outcome=[1])),
        (
            "CUSTOMER.DISPUTE.RESOLVED",
            a_dispute(
                "RESOLVED",
                dispute_outcome={
                    "outcome_code": "ACCEPTED",
                    "amount_refunded": {"currency_code": "EUR", "value": "7.00"},
                },
            ),
        ),
    ],
)
def test_event__that_we_act_on_and_cannot_read__is_refused(event_type: str, resource: Any) -> None:
    with pytest.raises(InvalidRequest):
        told_by(event_type, resource)


@pytest.mark.parametrize("strange", [None, 5, "x", [], [5], {}, [{"rel": 5, "href": []}], [None]])
@pytest.mark.parametrize("member", ["links", "supplementary_data", "status_details"])
def test_member__of_a_strange_form__is_passed_over(member: str, strange: Any) -> None:
    news = news_of("PAYMENT.CAPTURE.REFUNDED", a_refund("FAILED", **{member: strange}))
    assert isinstance(news.found, Effect)
    assert news.found.charge_reference is None


@pytest.mark.parametrize(
    "more",
    [{"id": None}, {"id": ""}, {"create_time": "soon"}],
)
def test_body__that_is_no_event__is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        read_event(a_body("SOMETHING.ELSE", {}, **more), received_at=NOW)


@pytest.mark.parametrize("event_type", [5, None, "", "two words", "x" * 256])
def test_body__of_no_type__is_refused(event_type: Any) -> None:
    with pytest.raises(InvalidRequest):
        read_event(a_body(event_type, {}), received_at=NOW)


def test_stored_event__tells_the_same_and_keeps_its_state() -> None:
    told = told_by("PAYMENT.CAPTURE.COMPLETED", a_capture() | ORDER_ABOVE)
    stored = replace(told.event, status=EventStatus.UNMATCHED, attempts=3)
    assert read_stored_event(stored) == replace(told, event=stored)
