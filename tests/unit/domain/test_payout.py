"""Payouts: which of two events counts, whichever is heard of first.

Source: Stripe, "The Payout object", `status`, as of 2026-11: one that was said to be paid may fail
days later.
"""

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain.inbound_event import InboundEvent, Provider
from oncepay.domain.payout import (
    Payout,
    PayoutFound,
    PayoutStatus,
    contradiction,
    follows,
    payout_of,
)
from tests.builders import NOW


def told(
    status: str = "paid",
    *,
    after_seconds: int = 0,
    event_id: str = "evt_1",
    amount_minor: int = 4_825,
    currency: str = "USD",
) -> Payout:
    return Payout(
        processor=Provider.STRIPE,
        found=PayoutFound(
            reference="po_1",
            amount_minor=amount_minor,
            currency=currency,
            status=PayoutStatus(status),
        ),
        told_at=NOW + timedelta(seconds=after_seconds),
        event_id=event_id,
        updated_at=NOW,
    )


def test_event__of_a_payout_that_is_not_known__counts() -> None:
    assert follows(told("pending"), None)


FORWARD = [
    ("pending", "in_transit"),
    ("pending", "paid"),
    ("in_transit", "paid"),
    ("pending", "canceled"),
    ("in_transit", "failed"),
    ("paid", "failed"),
    ("paid", "canceled"),
]


@pytest.mark.parametrize(("before", "after"), FORWARD)
@pytest.mark.parametrize("after_seconds", [-1, 0, 1])
def test_status__further_on__counts_whatever_the_times_say(
    before: str, after: str, after_seconds: int
) -> None:
    assert follows(told(after, after_seconds=after_seconds), told(before))


@pytest.mark.parametrize(("after", "before"), FORWARD)
@pytest.mark.parametrize("after_seconds", [-1, 0, 1])
def test_status__further_back__does_not_count_whatever_the_times_say(
    before: str, after: str, after_seconds: int
) -> None:
    assert not follows(told(after, after_seconds=after_seconds), told(before))


@pytest.mark.parametrize(("after_seconds", "counts"), [(-1, False), (0, False), (1, True)])
def test_status__that_is_known__counts_from_a_newer_event_only(
    after_seconds: int, *, counts: bool
) -> None:
    assert follows(told(after_seconds=after_seconds), told()) is counts


@pytest.mark.parametrize(("event_id", "counts"), [("evt_0", False), ("evt_2", True)])
def test_two_events__of_one_moment__are_told_apart_by_id(event_id: str, *, counts: bool) -> None:
    assert follows(told(event_id=event_id), told(event_id="evt_1")) is counts


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(PayoutStatus)), st.integers(0, 2)), min_size=1, max_size=4
    )
)
def test_events__in_any_order__leave_the_same(events: list[tuple[str, int]]) -> None:
    heard = [
        told(status, after_seconds=seconds, event_id=f"evt_{number}")
        for number, (status, seconds) in enumerate(events)
    ]
    left = set()
    for order in permutations(heard):
        stored: Payout | None = None
        for each in order:
            stored = each if follows(each, stored) else stored
        left.add(stored)
    assert len(left) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, None),
        ({"status": "failed"}, None),
        ({"amount_minor": 4_800}, "payout po_1 was 4825 USD before: 4800 USD"),
        ({"currency": "EUR"}, "payout po_1 was 4825 USD before: 4825 EUR"),
    ],
    ids=["same", "another status", "another amount", "another currency"],
)
def test_money__that_has_changed__is_a_contradiction(
    changes: dict[str, object], said: str | None
) -> None:
    assert contradiction(told(**changes), told()) == said  # type: ignore[arg-type]


def test_money__of_a_payout_that_is_not_known__contradicts_nothing() -> None:
    assert contradiction(told(), None) is None


@pytest.mark.parametrize(
    ("is_said", "told_at"),
    [(True, NOW - timedelta(minutes=5)), (False, NOW)],
    ids=["as the processor says", "when it came"],
)
def test_time__of_what_is_told(*, is_said: bool, told_at: object) -> None:
    event = InboundEvent(
        provider=Provider.STRIPE,
        event_id="evt_1",
        type="payout.paid",
        created=NOW - timedelta(minutes=5) if is_said else None,
        livemode=None,
        payload="{}",
        received_at=NOW,
    )
    payout = payout_of(event, told().found, NOW + timedelta(seconds=1))
    assert (payout.told_at, payout.updated_at) == (told_at, NOW + timedelta(seconds=1))
    assert (payout.processor, payout.event_id) == (Provider.STRIPE, "evt_1")
