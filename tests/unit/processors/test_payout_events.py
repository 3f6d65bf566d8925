"""What an event of Stripe, or of the simulated processor, tells of a payout.

Source: Stripe, "The Payout object" and "Types of events", as of 2026-11: `amount` is below zero
where Stripe took it from the bank, `arrival_date` is seconds since 1970.
"""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain.applying import EventOfPayment
from oncepay.domain.errors import InvalidRequest
from oncepay.domain.payout import PayoutFound, PayoutStatus
from oncepay.processors import simulated_event, stripe_event
from tests.builders import NOW
from tests.stripe_objects import a_payout, an_event

TYPES = {
    "payout.created": "pending",
    "payout.updated": "in_transit",
    "payout.paid": "paid",
    "payout.failed": "failed",
    "payout.canceled": "canceled",
}


def of_stripe(subject: Any, type: str = "payout.paid") -> EventOfPayment:
    raw = json.dumps(an_event(type, subject)).encode()
    return stripe_event.read_event(raw, received_at=NOW)


def a_native_payout(**overrides: Any) -> dict[str, Any]:
    members: dict[str, Any] = {
        "id": "po_1",
        "object": "payout",
        "amount_minor": 4_825,
        "currency": "USD",
        "status": "paid",
    }
    members |= overrides
    return {name: value for name, value in members.items() if value is not None}


def of_simulated(subject: Any, type: str = "payout.paid") -> EventOfPayment:
    body = {
        "id": "evt_1",
        "object": "event",
        "type": type,
        "created": "2026-11-21T12:00:00Z",
        "data": {"object": subject, "charge": None},
    }
    return simulated_event.read_event(json.dumps(body).encode(), received_at=NOW)


def refusal_of(read: Callable[[], EventOfPayment]) -> str | None:
    with pytest.raises(InvalidRequest) as caught:
        read()
    return caught.value.param


def test_stripe__payout__is_told_in_full_and_is_of_no_payment() -> None:
    told = of_stripe(a_payout())
    assert told.payout == PayoutFound(
        reference="po_1",
        amount_minor=4_825,
        currency="USD",
        status=PayoutStatus.PAID,
        arrival_date=date(2026, 11, 23),
    )
    assert (told.news, told.payment_id, told.references) == (None, None, ())
    assert told.event.type == "payout.paid"


@pytest.mark.parametrize(("type", "status"), TYPES.items())
def test_stripe__every_type_that_says_how_it_stands__tells_of_it(type: str, status: str) -> None:
    told = of_stripe(a_payout(status=status), type)
    assert told.payout is not None
    assert told.payout.status.value == status


@pytest.mark.parametrize(
    ("amount", "currency", "amount_minor"),
    [(-4_825, "usd", -4_825), (0, "usd", 0), (4_825, "jpy", 4_825), (-500, "isk", -5)],
)
def test_stripe__amount__is_in_our_minor_units(
    amount: int, currency: str, amount_minor: int
) -> None:
    told = of_stripe(a_payout(amount=amount, currency=currency)).payout
    assert told is not None
    assert (told.amount_minor, told.currency) == (amount_minor, currency.upper())


def test_stripe__day_that_is_not_told__is_none() -> None:
    told = of_stripe(a_payout(arrival_date=None)).payout
    assert told is not None
    assert told.arrival_date is None


@pytest.mark.parametrize(
    ("subject", "param"),
    [
        (None, "data.object"),
        (a_payout(object="refund"), "object"),
        (a_payout(id=None), "id"),
        (a_payout(id="a b"), "id"),
        (a_payout(amount=None), "amount"),
        (a_payout(amount=True), "amount"),
        (a_payout(amount="4825"), "amount"),
        (a_payout(amount=-(10**18) - 1), "amount"),
        (a_payout(currency=None), "currency"),
        (a_payout(currency="btc"), "currency"),
        (a_payout(status=None), "status"),
        (a_payout(status="lost"), "status"),
        (a_payout(status=["paid"]), "status"),
        (a_payout(arrival_date="2026-11-23"), "arrival_date"),
        (a_payout(arrival_date=-1), "arrival_date"),
    ],
)
def test_stripe__payout_that_cannot_be_read__is_refused_by_name(subject: Any, param: str) -> None:
    assert refusal_of(lambda: of_stripe(subject)) == param


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(name=st.sampled_from(sorted(a_payout())), value=JSON)
def test_stripe__payout_with_anything_in_it__is_read_or_refused(name: str, value: Any) -> None:
    try:
        told = of_stripe(a_payout() | {name: value})
    except InvalidRequest as refusal:
        assert refusal.detail
    else:
        assert told.payout is not None


@pytest.mark.parametrize("status", list(PayoutStatus))
def test_simulated__payout__is_told_under_the_type_of_its_status(status: str) -> None:
    told = of_simulated(a_native_payout(status=status), f"payout.{status}")
    assert told.payout == PayoutFound(
        reference="po_1", amount_minor=4_825, currency="USD", status=PayoutStatus(status)
    )
    assert (told.news, told.payment_id) == (None, None)


@pytest.mark.parametrize(
    ("subject", "param"),
    [
        (None, "payout"),
        (a_native_payout(object="charge"), "object"),
        (a_native_payout(id=None), "id"),
        (a_native_payout(amount_minor=-1), "amount_minor"),
        (a_native_payout(amount_minor=True), "amount_minor"),
        (a_native_payout(currency="usd"), "currency"),
        (a_native_payout(status="lost"), "status"),
        (a_native_payout(status="failed"), "type"),
    ],
)
def test_simulated__payout_that_cannot_be_read__is_refused_by_name(
    subject: Any, param: str
) -> None:
    assert refusal_of(lambda: of_simulated(subject)) == param
