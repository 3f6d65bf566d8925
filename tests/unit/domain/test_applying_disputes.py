"""What news of a dispute does to a payment: new, known, too early, not its own; in every order."""

import itertools
from collections import Counter
from typing import Any

import pytest

from oncepay.domain.applying import News, NewsKind, apply
from oncepay.domain.dispute import DisputeFound, DisputeStatus, dispute_id
from oncepay.domain.errors import InvalidTransition
from oncepay.domain.lifecycle import PaymentStatus
from oncepay.domain.payment import Payment, refundable_minor
from oncepay.domain.steps import Applied, Family, Misfit, Nothing, NotYet, Step
from tests.unit.domain.processor_things import (
    ENTRY_ID,
    LATER,
    a_dispute,
    a_family,
    a_payment,
    after_step,
    payment_of,
    postings_of,
)

OPEN, WON, LOST = DisputeStatus.OPEN, DisputeStatus.WON, DisputeStatus.LOST
ID = dispute_id("simulated", "dp_there_1")


def applied(family: Family, found: DisputeFound) -> Applied:
    news = News(found=found, kind=NewsKind.DISPUTE)
    return apply(family, news, returns=None, entry_id=ENTRY_ID, now=LATER)


def paid(**overrides: Any) -> Family:
    return a_family(a_payment(PaymentStatus.SUCCEEDED, **overrides))


def told(family: Family, *founds: DisputeFound) -> tuple[Family, Counter[str], list[Applied]]:
    """The family after that news, what was posted by account, and what did not fit."""
    sums: Counter[str] = Counter()
    unfit: list[Applied] = []
    for found in founds:
        after = applied(family, found)
        if isinstance(after, Step):
            sums.update(postings_of(after))
            family = after_step(family, after)
        elif not isinstance(after, Nothing):
            unfit.append(after)
    return family, Counter({name: n for name, n in sums.items() if n}), unfit


def test_dispute__of_a_payment__is_put_with_its_entry_and_its_pointer() -> None:
    step = applied(paid(), a_dispute())

    assert isinstance(step, Step)
    assert step.dispute is not None
    assert (step.dispute.before, step.dispute.after.id) == (None, ID)
    assert postings_of(step) == {"available": -2_000, "disputed": 2_000}
    assert step.references == (("dp_there_1", step.dispute.after.key),)
    assert payment_of(step).standing_disputes == 1
    assert not step.needs_funds


def test_dispute__that_ends__has_its_pointer_already() -> None:
    opened, _, _ = told(paid(), a_dispute())
    step = applied(opened, a_dispute(LOST))

    assert isinstance(step, Step)
    assert step.references == ()
    assert step.dispute is not None
    assert step.dispute.before == opened.disputes[ID]


@pytest.mark.parametrize("status", sorted(set(PaymentStatus) - {PaymentStatus.SUCCEEDED}), ids=str)
@pytest.mark.parametrize("found", [OPEN, WON, LOST], ids=str)
def test_dispute__before_the_capture_is_known__waits(
    found: DisputeStatus, status: PaymentStatus
) -> None:
    assert applied(a_family(a_payment(status)), a_dispute(found)) == NotYet()


@pytest.mark.parametrize(
    ("overrides", "problem"),
    [
        ({"charge_reference": "ch_2"}, "another charge: ch_2"),
        ({"currency": "EUR"}, "another currency: EUR"),
        ({"amount_minor": 5_001}, "amount_minor 5001 of 5000 that were captured"),
        ({"amount_minor": 0}, "amount_minor 0 of 5000 that were captured"),
        ({"lost_minor": 700}, "lost_minor 700 of 2000 that were disputed"),
    ],
    ids=str,
)
def test_dispute__that_does_not_fit__is_not_posted(overrides: dict[str, Any], problem: str) -> None:
    assert applied(paid(), a_dispute(**overrides)) == Misfit(problem)


def test_dispute__of_all_that_was_captured__fits() -> None:
    assert isinstance(applied(paid(), a_dispute(amount_minor=5_000)), Step)


@pytest.mark.parametrize(
    "overrides",
    [{"charge_reference": None}, {"charge_reference": "cap_handle"}, {"lost_minor": 2_000}],
    ids=str,
)
def test_dispute__of_its_charge_by_another_name__fits(overrides: dict[str, Any]) -> None:
    family = paid(processor_handle="cap_handle")
    assert isinstance(applied(family, a_dispute(**overrides)), Step)


@pytest.mark.parametrize(
    ("before", "after"), [(WON, LOST), (LOST, WON)], ids=["lost after won", "won after lost"]
)
def test_dispute__decided_otherwise__is_for_a_person(
    before: DisputeStatus, after: DisputeStatus
) -> None:
    family, _, _ = told(paid(), a_dispute(before))

    assert applied(family, a_dispute(after)) == Misfit(
        f"a dispute that is {before} cannot become {after}"
    )


@pytest.mark.parametrize("status", [OPEN, WON, LOST], ids=str)
def test_dispute__told_again__is_known(status: DisputeStatus) -> None:
    family, _, _ = told(paid(), a_dispute(status))

    assert applied(family, a_dispute(status)) == Nothing()


ENDS = {
    WON: ({}, 0),
    LOST: ({"available": -2_000, "external:simulated": 2_000}, 1),
}


@pytest.mark.parametrize("end", ENDS, ids=str)
def test_dispute__told_in_any_order_and_twice__ends_in_the_same_books(end: DisputeStatus) -> None:
    sums, standing = ENDS[end]
    for order in itertools.permutations((OPEN, OPEN, end, end)):
        family, posted, unfit = told(paid(), *(a_dispute(status) for status in order))

        assert unfit == []
        assert posted == sums, order
        assert family.payment.standing_disputes == standing
        assert [each.status for each in family.disputes.values()] == [end]


def test_dispute__which_opens_after_another_was_won__stands_alone() -> None:
    family, posted, _ = told(
        paid(), a_dispute(), a_dispute(WON), a_dispute(reference="dp_there_2", amount_minor=500)
    )

    assert posted == {"available": -500, "disputed": 500}
    assert (family.payment.standing_disputes, len(family.disputes)) == (1, 2)


def disputed(*statuses: DisputeStatus) -> Payment:
    family, _, _ = told(paid(), *(a_dispute(status) for status in statuses))
    return family.payment


@pytest.mark.parametrize("statuses", [(OPEN,), (OPEN, LOST), (LOST,)], ids=str)
@pytest.mark.parametrize("amount_minor", [1, None], ids=str)
def test_refund__of_a_payment_whose_dispute_stands__is_refused(
    amount_minor: int | None, statuses: tuple[DisputeStatus, ...]
) -> None:
    with pytest.raises(InvalidTransition, match="a dispute that is open or lost"):
        refundable_minor(disputed(*statuses), amount_minor)


@pytest.mark.parametrize("statuses", [(OPEN, WON), (WON,)], ids=str)
def test_refund__of_a_payment_whose_dispute_was_won__is_allowed(
    statuses: tuple[DisputeStatus, ...],
) -> None:
    assert refundable_minor(disputed(*statuses), None) == 5_000
