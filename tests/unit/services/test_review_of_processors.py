"""Lies, races and leftovers that a review of Stripe, PayPal, checkouts, disputes and events looked
for: each is one interleaving, or one body, told step by step.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from oncepay.domain.applying import EventOfPayment, apply
from oncepay.domain.dispute import DisputeStatus
from oncepay.domain.errors import InvalidRequest
from oncepay.domain.ledger import ItemKey
from oncepay.domain.lifecycle import PaymentStatus
from oncepay.domain.operation import OperationKind
from oncepay.domain.processor_answer import ChargeStatus
from oncepay.domain.steps import Misfit, Nothing
from oncepay.processors import paypal_event, simulated_event
from oncepay.storage.database import Database
from tests.books import Books
from tests.builders import NOW
from tests.processor_world import ProcessorWorld, running_world
from tests.unit.domain.processor_things import (
    ENTRY_ID,
    LATER,
    a_family,
    a_payment,
    an_operation,
)
from tests.unit.processors.paypal_objects import a_capture, an_order, usd

UNHASHABLE: list[Any] = [[], {}, [[]], {"a": 1}]
SIX_MINUTES = 360


@pytest.fixture
def shop(database: Database) -> Iterator[ProcessorWorld]:
    with running_world(database) as world:
        yield world


def kinds(books: Books) -> list[str]:
    """Of all entries."""
    return [entry["kind"] for entry in books.entries()]


# ---- bodies that are signed, and are not what they should be


@pytest.mark.parametrize("strange", UNHASHABLE, ids=str)
def test_link__whose_relation_is_no_text__is_no_page_and_no_error(strange: Any) -> None:
    page = {"rel": "payer-action", "href": "https://paypal.test/pay"}
    order = an_order("PAYER_ACTION_REQUIRED", links=[{"rel": strange, "href": "x"}, page])
    body = {"id": "WH-1", "event_type": "CHECKOUT.ORDER.SAVED", "resource": order}

    told = paypal_event.read_event(json.dumps(body).encode(), received_at=NOW)

    assert told.news is not None
    assert told.news.found.status is ChargeStatus.REQUIRES_ACTION
    assert getattr(told.news.found, "next_action_url", None) == page["href"]


@pytest.mark.parametrize("strange", UNHASHABLE, ids=str)
def test_page__whose_status_is_no_text__is_refused_by_name(strange: Any) -> None:
    page = {"object": "checkout_session", "id": "cs_1", "status": strange}
    body = {"id": "evt_1", "type": "checkout_session.expired", "data": {"object": page}}

    with pytest.raises(InvalidRequest) as caught:
        simulated_event.read_event(json.dumps(body).encode(), received_at=NOW)

    assert caught.value.param == "status"


@pytest.mark.parametrize("outcome", [{}, {"dispute_outcome": None}], ids=["absent", "null"])
def test_dispute__resolved_without_a_word_of_who_was_right__is_not_over(outcome: Any) -> None:
    """Won, it would give money to the merchant that the bank may never give back."""
    dispute = {
        "dispute_id": "PP-D-1",
        "status": "RESOLVED",
        "dispute_amount": usd("20.00"),
        "disputed_transactions": [{"seller_transaction_id": "CAPTURE1", "custom": "pay_1"}],
    }
    body = {"id": "WH-1", "event_type": "CUSTOMER.DISPUTE.RESOLVED", "resource": dispute | outcome}

    told = paypal_event.read_event(json.dumps(body).encode(), received_at=NOW)

    assert told.news is not None
    assert told.news.found.status is DisputeStatus.OPEN


# ---- refunds and disputes


def open_dispute(shop: ProcessorWorld) -> None:
    """Of all that the only charge took; its event is brought."""
    [(charge, _)] = shop.processor.engine.record()
    shop.processor.engine.open_dispute(charge.id, None, "fraudulent")
    shop.deliver_events()


@pytest.mark.parametrize("how", ["timeout_before", "rate_limited"])
@pytest.mark.parametrize("by", ["sweep", "client"])
def test_refund__reserved_before_its_payment_is_disputed__is_not_sent_any_more(
    shop: ProcessorWorld, books: Books, how: str, by: str
) -> None:
    """The first send did nothing. The bank takes the money back; then somebody takes it over."""
    payment_id = shop.charge(f"approve__refund_{how}").payment_id
    shop.refund(payment_id, 2_000)
    open_dispute(shop)
    shop.advance(SIX_MINUTES)
    sent: list[str] = []

    def watch(name: str, call: Any) -> Any:
        sent.append(name)
        return call()

    shop.calls = watch
    if by == "sweep":
        shop.sweep()
    else:
        shop.refund(payment_id, 2_000)

    assert [name for name in sent if name.startswith("POST ")] == []
    [refund] = [i for i in books.items("payments") if i["part"].startswith("refund#")]
    assert refund["status"] == "failed"
    assert kinds(books)[-1] == "refund_failed"


# ---- money that nobody asked for any more


def told_capture(payment_id: str) -> EventOfPayment:
    """By PayPal, of what was captured at once; without a word of its order."""
    capture = a_capture(custom_id=payment_id, invoice_id=payment_id)
    body = {"id": "WH-1", "event_type": "PAYMENT.CAPTURE.COMPLETED", "resource": capture}
    return paypal_event.read_event(json.dumps(body).encode(), received_at=NOW)


def test_capture__of_a_declined_payment_that_names_no_order__is_kept_for_a_person() -> None:
    family = a_family(a_payment(PaymentStatus.DECLINED, processor="paypal"))
    news = told_capture(family.payment.id).news
    assert news is not None

    found = apply(family, news, returns=None, entry_id=ENTRY_ID, now=LATER)

    assert found == Misfit("it was captured, and the payment was declined")


def test_capture__of_what_is_given_back_as_an_orphan__is_no_news() -> None:
    returned = an_operation(
        OperationKind.RETURN_ORPHAN, record_id=None, entries=(ItemKey("ledger", "entry"),)
    )
    family = a_family(a_payment(PaymentStatus.DECLINED, processor="paypal"), returned)
    news = told_capture(family.payment.id).news
    assert news is not None

    assert apply(family, news, returns=None, entry_id=ENTRY_ID, now=LATER) == Nothing()
