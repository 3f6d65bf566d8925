"""What a dispute does to its payment and to the books, by what was known of it before."""

import itertools
from typing import Any

import pytest

from oncepay.domain.dispute import (
    Dispute,
    DisputeStatus,
    can_follow,
    dispute_id,
    follow_dispute,
)
from oncepay.domain.identifiers import is_derived_id
from oncepay.domain.lifecycle import PaymentStatus
from oncepay.domain.payment import Payment
from tests.unit.domain.processor_things import (
    ENTRY_ID,
    LATER,
    NOW,
    PAYMENT_ID,
    a_dispute,
    a_payment,
)

OPEN, WON, LOST = DisputeStatus.OPEN, DisputeStatus.WON, DisputeStatus.LOST

# From what was known of it, to what is told: what is posted of 20.00, and what stands afterwards.
EDGES: dict[tuple[DisputeStatus | None, DisputeStatus], tuple[Any, int]] = {
    (None, OPEN): (("dispute_opened", {"available": -2_000, "disputed": 2_000}), 1),
    (None, WON): (None, 0),
    (None, LOST): (("dispute_lost", {"available": -2_000, "external:simulated": 2_000}), 1),
    (OPEN, WON): (("dispute_won", {"disputed": -2_000, "available": 2_000}), 0),
    (OPEN, LOST): (("dispute_lost", {"disputed": -2_000, "external:simulated": 2_000}), 1),
}
REFUSED = set(itertools.product((OPEN, WON, LOST), repeat=2)) - set(EDGES)


def known(status: DisputeStatus | None) -> tuple[Payment, Dispute | None]:
    """The payment, and the dispute as far as it is known."""
    paid = a_payment(PaymentStatus.SUCCEEDED)
    if status is None:
        return paid, None
    led = follow_dispute(paid, None, a_dispute(status), entry_id="le_first", now=NOW)
    return led.payment, led.dispute


def follow(before: DisputeStatus | None, after: DisputeStatus, **overrides: Any) -> Any:
    payment, dispute = known(before)
    found = a_dispute(after, **overrides)
    return follow_dispute(payment, dispute, found, entry_id=ENTRY_ID, now=LATER)


@pytest.mark.parametrize(("before", "after"), list(EDGES), ids=str)
def test_edge__posts_what_moves(before: DisputeStatus | None, after: DisputeStatus) -> None:
    posted, standing = EDGES[before, after]
    led = follow(before, after)

    assert can_follow(before, after)
    assert led.dispute.status is after
    assert led.payment.standing_disputes == standing
    said = None
    if led.entry is not None:
        said = led.entry.kind.value, {p.account: p.amount_minor for p in led.entry.postings}
        assert led.dispute.entries[-1:] == (led.entry.key,)
        assert (led.entry.item, led.entry.payment_id) == (led.dispute.key, PAYMENT_ID)
    assert said == posted


@pytest.mark.parametrize(("before", "after"), sorted(REFUSED), ids=str)
def test_end_of_a_dispute__is_never_undone(before: DisputeStatus, after: DisputeStatus) -> None:
    assert not can_follow(before, after)


def test_dispute__keeps_what_the_processor_says_of_it() -> None:
    dispute = follow(None, OPEN).dispute

    assert (dispute.amount_minor, dispute.currency, dispute.reason) == (2_000, "USD", "fraudulent")
    assert (dispute.processor_reference, dispute.merchant_id) == (
        "dp_there_1",
        "mer_aaaaaaaaaaaaaaaa",
    )
    assert (dispute.created_at, dispute.updated_at) == (LATER, LATER)
    assert (dispute.key.id, dispute.key.part) == (PAYMENT_ID, f"dispute#{dispute.id}")


def test_dispute__that_ends__has_the_amount_that_was_set_aside() -> None:
    # What the processor says at the end may be less: what is in `disputed` is taken out of it.
    led = follow(OPEN, LOST, amount_minor=1_500)

    assert {p.account: p.amount_minor for p in led.entry.postings}["disputed"] == -2_000
    assert (led.dispute.amount_minor, len(led.dispute.entries)) == (2_000, 2)


def test_dispute__never_turns_time_back() -> None:
    payment, dispute = known(OPEN)
    led = follow_dispute(
        payment, dispute, a_dispute(WON), entry_id=ENTRY_ID, now=NOW.replace(year=2025)
    )

    assert (led.dispute.updated_at, led.payment.updated_at) == (NOW, NOW)


def test_second_dispute__stands_beside_the_first() -> None:
    payment, _ = known(OPEN)
    second = a_dispute(reference="dp_there_2", amount_minor=100)
    led = follow_dispute(payment, None, second, entry_id=ENTRY_ID, now=LATER)

    assert led.payment.standing_disputes == 2


def test_dispute_id__is_of_its_own_for_each_dispute_of_each_processor() -> None:
    ids = {
        dispute_id(processor, reference)
        for processor in ("simulated", "stripe")
        for reference in ("dp_1", "dp_2")
    }

    assert len(ids) == 4
    assert all(is_derived_id("dp", each) for each in ids)
    assert dispute_id("stripe", "dp_1") in ids


@pytest.mark.parametrize(("status", "stands"), [(OPEN, True), (LOST, True), (WON, False)], ids=str)
def test_dispute__stands_unless_it_is_won(status: DisputeStatus, stands: bool) -> None:
    assert follow(None, status).dispute.stands is stands


@pytest.mark.parametrize(("status", "is_over"), [(OPEN, False), (LOST, True), (WON, True)], ids=str)
def test_dispute_found__is_over_once_it_is_decided(status: DisputeStatus, is_over: bool) -> None:
    assert a_dispute(status).is_over is is_over
