"""What an event of Stripe tells of a payment: news, or none; refused by name if unreadable."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain.applying import EventOfPayment, NewsKind
from oncepay.domain.dispute import DisputeFound, DisputeStatus
from oncepay.domain.errors import InvalidRequest
from oncepay.domain.inbound_event import EventStatus, applied
from oncepay.domain.operation import OperationKind
from oncepay.domain.processor_answer import (
    Charge,
    ChargeStatus,
    Effect,
    EffectStatus,
    Failure,
)
from oncepay.processors.stripe_event import read_event, read_stored_event
from tests.builders import NOW
from tests.stripe_objects import (
    a_dispute,
    a_refund,
    a_session,
    an_event,
    an_intent,
)

DECLINE = {"type": "card_error", "code": "expired_card", "message": "expired"}
ON_A_PAGE = {"payment_id": "pay_1", "operation_id": "pay_1", "checkout": "1"}
PAID = {"status": "complete", "payment_status": "paid", "payment_intent": "pi_1", "url": None}
OWN = {"payment_id": "pay_1", "operation_id": "pay_1"}


def read(type: str, subject: Any, **overrides: Any) -> EventOfPayment:
    raw = json.dumps(an_event(type, subject, **overrides)).encode()
    return read_event(raw, received_at=NOW)


def charge_of(told: EventOfPayment) -> Charge:
    assert told.news is not None
    assert told.news.kind is OperationKind.AUTHORIZE
    assert isinstance(told.news.found, Charge)
    return told.news.found


def assert_no_news(told: EventOfPayment) -> None:
    assert (told.news, told.payment_id, told.references) == (None, None, ())


@pytest.mark.parametrize(
    ("type", "members", "status"),
    [
        ("succeeded", {}, ChargeStatus.SUCCEEDED),
        ("amount_capturable_updated", {"status": "requires_capture"}, ChargeStatus.AUTHORIZED),
        (
            "requires_action",
            {"status": "requires_action", "next_action": {"type": "use_stripe_sdk"}},
            ChargeStatus.REQUIRES_ACTION,
        ),
        ("processing", {"status": "processing"}, ChargeStatus.PENDING),
        (
            "payment_failed",
            {"status": "requires_payment_method", "last_payment_error": DECLINE},
            ChargeStatus.DECLINED,
        ),
        ("canceled", {"status": "canceled"}, ChargeStatus.VOIDED),
    ],
)
def test_event__of_an_intent__is_news_of_the_charge_under_our_key(
    type: str, members: dict[str, Any], status: ChargeStatus
) -> None:
    told = read(f"payment_intent.{type}", an_intent(**members))
    assert charge_of(told).status is status
    assert told.news is not None
    assert told.news.operation_id == "pay_1"
    assert (told.payment_id, told.references) == ("pay_1", ("pi_1", "ch_1"))


def test_event__of_a_declined_charge__tells_why() -> None:
    intent = an_intent(status="requires_payment_method", last_payment_error=DECLINE)
    charge = charge_of(read("payment_intent.payment_failed", intent))
    assert charge.failure == Failure("card_declined", "expired_card: expired")


def test_event__of_an_intent_that_is_not_ours__names_no_payment() -> None:
    told = read("payment_intent.succeeded", an_intent(metadata={"order": "7"}))
    assert told.news is not None
    assert (told.news.operation_id, told.payment_id) == (None, None)
    assert told.references == ("pi_1", "ch_1")


@pytest.mark.parametrize(
    "type",
    ["requires_action", "processing", "payment_failed", "amount_capturable_updated"],
)
@pytest.mark.parametrize("method", ["automatic", "manual"])
def test_event__of_a_checkouts_intent_before_its_page_is_done__is_no_news(
    type: str, method: str
) -> None:
    failed = an_intent(
        status="requires_payment_method",
        last_payment_error=DECLINE,
        capture_method=method,
        metadata=ON_A_PAGE,
    )
    assert_no_news(read(f"payment_intent.{type}", failed))


@pytest.mark.parametrize("type", ["succeeded", "canceled"])
def test_event__of_a_checkouts_intent_that_its_page_tells_of__is_no_news(type: str) -> None:
    intent = an_intent(status=type, metadata=ON_A_PAGE)
    assert_no_news(read(f"payment_intent.{type}", intent))


@pytest.mark.parametrize(
    ("type", "status"),
    [("succeeded", ChargeStatus.SUCCEEDED), ("canceled", ChargeStatus.VOIDED)],
)
def test_event__of_a_checkouts_money_that_was_held__is_news_under_no_key(
    type: str, status: ChargeStatus
) -> None:
    intent = an_intent(status=type, metadata=ON_A_PAGE, capture_method="manual")
    told = read(f"payment_intent.{type}", intent)
    charge = charge_of(told)
    assert (charge.reference, charge.handle, charge.status) == ("pi_1", "pi_1", status)
    assert told.news is not None
    assert (told.news.operation_id, told.payment_id) == (None, "pay_1")


@pytest.mark.parametrize(
    "type", ["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"]
)
def test_event__of_a_refund__is_news_under_our_key(type: str) -> None:
    told = read(type, a_refund())
    assert told.news is not None
    assert (told.news.kind, told.news.operation_id) == (OperationKind.REFUND, "re_1")
    assert told.news.found == Effect(
        reference="re_stripe_1",
        status=EffectStatus.SUCCEEDED,
        amount_minor=2_000,
        currency="USD",
        charge_reference="pi_1",
        payment_id="pay_1",
    )
    assert (told.payment_id, told.references) == ("pay_1", ("pi_1", "ch_1", "re_stripe_1"))


def test_event__of_a_refund_that_failed__tells_so() -> None:
    told = read("refund.failed", a_refund(status="failed", failure_reason="declined"))
    assert told.news is not None
    assert isinstance(told.news.found, Effect)
    assert told.news.found.failure == Failure("declined", "the refund is failed")


def test_event__of_a_refund_at_the_dashboard__is_found_by_its_charge() -> None:
    told = read("refund.created", a_refund(metadata={}))
    assert told.news is not None
    assert (told.news.operation_id, told.payment_id) == (None, None)
    assert told.references[0] == "pi_1"


def test_event__of_a_refund_of_no_intent__is_no_news() -> None:
    assert_no_news(read("refund.created", a_refund(payment_intent=None)))


@pytest.mark.parametrize(
    "refunds", [None, {"object": "list", "data": [], "has_more": False}], ids=["none", "empty"]
)
def test_event__of_a_refunded_charge_without_its_refunds__is_no_news(refunds: Any) -> None:
    charge = {"id": "ch_1", "object": "charge", "refunds": refunds}
    assert_no_news(read("charge.refunded", charge))
    assert_no_news(read("charge.refunded", {"id": "ch_1", "object": "charge"}))


def test_event__of_a_refunded_charge_with_its_refunds__is_of_the_newest() -> None:
    refunds = [
        a_refund(id="re_old", created=1),
        a_refund(id="re_new", created=3, metadata={"operation_id": "re_9"}),
        a_refund(id="re_mid", created=2),
    ]
    told = read("charge.refunded", {"id": "ch_1", "refunds": {"data": refunds}})
    assert told.news is not None
    assert isinstance(told.news.found, Effect)
    assert (told.news.found.reference, told.news.operation_id) == ("re_new", "re_9")


@pytest.mark.parametrize(
    "type", ["created", "updated", "closed", "funds_withdrawn", "funds_reinstated"]
)
@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("needs_response", DisputeStatus.OPEN),
        ("under_review", DisputeStatus.OPEN),
        ("won", DisputeStatus.WON),
        ("lost", DisputeStatus.LOST),
    ],
)
def test_event__of_a_dispute__is_news_of_it(type: str, status: str, found: DisputeStatus) -> None:
    told = read(f"charge.dispute.{type}", a_dispute(status=status))
    assert told.news is not None
    assert (told.news.kind, told.news.operation_id) == (NewsKind.DISPUTE, None)
    assert told.news.found == DisputeFound(
        reference="du_1",
        status=found,
        amount_minor=5_000,
        currency="USD",
        reason="fraudulent",
        charge_reference="pi_1",
    )
    assert (told.payment_id, told.references) == (None, ("pi_1", "ch_1", "du_1"))


@pytest.mark.parametrize(
    "status",
    [
        "warning_needs_response",
        "warning_under_review",
        "warning_closed",
        "prevented",
        "appeal_needs_response",
        "appeal_under_review",
    ],
)
def test_event__of_a_dispute_that_moves_no_money__is_no_news(status: str) -> None:
    assert_no_news(read("charge.dispute.created", a_dispute(status=status)))


@pytest.mark.parametrize(
    ("reason", "kept"), [("r" * 400, "r" * 300), (None, None), (7, None)], ids=["long", "no", "odd"]
)
def test_event__of_a_dispute__keeps_the_head_of_its_reason(reason: Any, kept: str | None) -> None:
    told = read("charge.dispute.created", a_dispute(reason=reason))
    assert told.news is not None
    assert isinstance(told.news.found, DisputeFound)
    assert told.news.found.reason == kept


def test_event__of_a_dispute_of_no_intent__is_no_news() -> None:
    assert_no_news(read("charge.dispute.created", a_dispute(payment_intent=None)))


def test_event__of_a_dispute_that_carries_our_id__leads_to_the_payment() -> None:
    told = read("charge.dispute.created", a_dispute(metadata={"payment_id": "pay_1"}))
    assert told.payment_id == "pay_1"


@pytest.mark.parametrize("type", ["completed", "async_payment_succeeded"])
def test_event__of_a_paid_page__is_news_of_the_charge_with_its_handle(type: str) -> None:
    told = read(f"checkout.session.{type}", a_session(**PAID))
    assert charge_of(told) == Charge(
        reference="cs_1",
        handle="pi_1",
        status=ChargeStatus.SUCCEEDED,
        amount_minor=5_000,
        currency="USD",
        captured_minor=5_000,
        payment_id="pay_1",
    )
    assert told.news is not None
    assert told.news.operation_id == "pay_1"
    assert (told.payment_id, told.references) == ("pay_1", ("cs_1", "pi_1"))


@pytest.mark.parametrize(
    ("method", "status"),
    [("manual", ChargeStatus.AUTHORIZED), ("automatic", ChargeStatus.PENDING)],
)
def test_event__of_a_completed_page_whose_money_is_not_here__is_held_or_on_its_way(
    method: str, status: ChargeStatus
) -> None:
    metadata = OWN | {"capture_method": method}
    session = a_session(**PAID | {"payment_status": "unpaid", "metadata": metadata})
    charge = charge_of(read("checkout.session.completed", session))
    assert (charge.status, charge.captured_minor, charge.handle) == (status, 0, "pi_1")


def test_event__of_a_page_whose_payment_did_not_arrive__is_a_decline() -> None:
    session = a_session(**PAID | {"payment_status": "unpaid"})
    charge = charge_of(read("checkout.session.async_payment_failed", session))
    assert (charge.status, charge.captured_minor) == (ChargeStatus.DECLINED, 0)
    assert charge.failure == Failure(
        "card_declined", "async_payment_failed: the payment did not arrive"
    )


def test_event__of_a_page_that_nobody_paid__is_an_expired_charge() -> None:
    session = a_session(status="expired", url=None)
    told = read("checkout.session.expired", session)
    charge = charge_of(told)
    assert (charge.reference, charge.status) == ("cs_1", ChargeStatus.EXPIRED)
    assert told.references == ("cs_1",)


@pytest.mark.parametrize("mode", ["subscription", "setup", None])
def test_event__of_a_page_that_is_for_no_payment__is_no_news(mode: str | None) -> None:
    assert_no_news(read("checkout.session.completed", a_session(mode=mode, amount_total=None)))


@pytest.mark.parametrize(
    "type",
    [
        "payment_intent.created",
        "payment_intent.partially_funded",
        "charge.succeeded",
        "charge.updated",
        "payout.reconciliation_completed",
        "balance.available",
        "checkout.session.something_new",
        "charge.dispute",
        "v2.core.event",
    ],
)
def test_event__of_a_type_that_we_do_not_act_on__is_no_news(type: str) -> None:
    assert_no_news(read(type, 7))


def test_event__that_is_stored__tells_the_same_and_stays_as_it_is() -> None:
    told = read("refund.created", a_refund())
    stored = applied(told.event, EventStatus.APPLIED)
    again = read_stored_event(stored)
    assert again.event is stored
    assert (again.news, again.references) == (told.news, told.references)


NO_DATA = {"id": "evt_1", "type": "refund.created"}


@pytest.mark.parametrize(
    ("type", "subject", "param"),
    [
        ("payment_intent.succeeded", None, "data.object"),
        ("payment_intent.succeeded", [], "data.object"),
        ("payment_intent.succeeded", a_refund(), "object"),
        ("payment_intent.succeeded", an_intent(amount=None), "amount"),
        ("payment_intent.succeeded", an_intent(amount_received="5000"), "amount_received"),
        ("payment_intent.succeeded", an_intent(currency="btc"), "currency"),
        ("payment_intent.succeeded", an_intent(status="new"), "status"),
        ("payment_intent.succeeded", an_intent(status=["x"]), "status"),
        ("payment_intent.succeeded", an_intent(id="a b"), "id"),
        ("refund.created", an_intent(), "object"),
        ("refund.created", a_refund(status=None), "status"),
        ("refund.created", a_refund(status="lost"), "status"),
        ("refund.failed", a_refund(status="failed", failure_reason=7), "failure_reason"),
        ("charge.refunded", {"refunds": {"data": "x"}}, "refunds"),
        ("charge.refunded", {"refunds": {"data": [7]}}, "refunds"),
        ("charge.refunded", {"refunds": {"data": [a_refund(created="x")]}}, "created"),
        ("charge.dispute.created", a_refund(), "object"),
        ("charge.dispute.created", a_dispute(status="new"), "status"),
        ("charge.dispute.created", a_dispute(amount=-1), "amount"),
        ("checkout.session.completed", an_intent(mode="payment"), "object"),
        ("checkout.session.completed", a_session(status="new"), "status"),
        ("checkout.session.completed", a_session(url="javascript:alert(1)"), "url"),
        ("checkout.session.completed", a_session(url=None), "url"),
        (
            "checkout.session.completed",
            a_session(**PAID | {"payment_intent": None}),
            "payment_intent",
        ),
        (
            "checkout.session.completed",
            a_session(**PAID | {"payment_status": "no_payment_required"}),
            "payment_status",
        ),
    ],
)
def test_event__that_cannot_be_read__is_refused_by_name(
    type: str, subject: Any, param: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(type, subject)
    assert caught.value.param == param


def test_event__without_data__is_refused_by_name() -> None:
    with pytest.raises(InvalidRequest) as caught:
        read_event(json.dumps(NO_DATA).encode(), received_at=NOW)
    assert caught.value.param == "data"


SUBJECTS = {
    "payment_intent.succeeded": an_intent,
    "payment_intent.payment_failed": an_intent,
    "refund.failed": a_refund,
    "charge.refunded": lambda: {"id": "ch_1", "refunds": {"data": [a_refund()]}},
    "charge.dispute.closed": a_dispute,
    "checkout.session.completed": lambda: a_session(**PAID),
    "checkout.session.expired": a_session,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(type=st.sampled_from(sorted(SUBJECTS)), value=JSON, data=st.data())
def test_event__with_anything_in_it__is_read_or_refused(
    type: str, value: Any, data: st.DataObject
) -> None:
    subject = SUBJECTS[type]()
    name = data.draw(st.sampled_from([*sorted(subject), "last_payment_error", "status"]))
    try:
        told = read(type, subject | {name: value})
    except InvalidRequest as refusal:
        assert refusal.detail
    else:
        assert told.event.provider == "stripe"
