"""What news of a refund does, in whatever order it is told: of one that we asked for, of one that
began at the processor, of one that we gave up.
"""

import itertools
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from oncepay.domain.applying import News, apply
from oncepay.domain.lifecycle import PaymentStatus, RefundStatus
from oncepay.domain.operation import OperationKind, OperationState
from oncepay.domain.payment import Refund
from oncepay.domain.processor_answer import Effect, EffectStatus, Failure
from oncepay.domain.settling import settle_undone
from oncepay.domain.steps import Applied, Family, Misfit, Nothing, Step
from tests.unit.domain.processor_things import (
    ENTRY_ID,
    LATER,
    a_family,
    a_payment,
    a_refund,
    after_step,
    an_effect,
    an_operation,
    payment_of,
    postings_of,
    with_refund,
)

PENDING, SUCCEEDED, FAILED = EffectStatus.PENDING, EffectStatus.SUCCEEDED, EffectStatus.FAILED
OURS = a_refund().id
WHY = Failure("expired_or_canceled_card", "it came back")


def told_of(status: EffectStatus, **overrides: Any) -> Effect:
    """Of 10.00 USD, given back under one id of the processor's."""
    failure = WHY if status is FAILED else None
    return an_effect(status, **{"reference": "rf_1", "amount_minor": 1_000, "failure": failure}
                     | overrides)  # fmt: skip


def applied(family: Family, effect: Effect, refund_id: str | None = None) -> Applied:
    news = News(found=effect, kind=OperationKind.REFUND, operation_id=refund_id)
    return apply(family, news, returns=None, entry_id=ENTRY_ID, now=LATER)


def step_of(family: Family, effect: Effect, refund_id: str | None = None) -> Step:
    step = applied(family, effect, refund_id)
    assert isinstance(step, Step)
    return step


def told(family: Family, effects: Any, refund_id: str | None) -> tuple[Family, Counter[str]]:
    """The family after that news, and what was posted, by account."""
    sums: Counter[str] = Counter()
    for effect in effects:
        after = applied(family, effect, refund_id)
        if isinstance(after, Step):
            sums.update(postings_of(after))
            family = after_step(family, after)
        else:
            assert after == Nothing()
    return family, Counter({name: n for name, n in sums.items() if n})


def paid() -> Family:
    return a_family(a_payment(PaymentStatus.SUCCEEDED))


def of(family: Family) -> Refund:
    """The only refund."""
    (refund,) = family.refunds.values()
    return refund


def begun_there(status: EffectStatus) -> Family:
    return told(paid(), [told_of(status)], None)[0]


def returned() -> Family:
    """One that began at the processor, succeeded, and came back."""
    return told(paid(), [told_of(SUCCEEDED), told_of(FAILED)], None)[0]


ENDS = {
    # What is told of it in the end is what it comes to, whatever is heard first.
    (PENDING, SUCCEEDED): ("succeeded", 1_000, 3_900),
    (PENDING, FAILED): ("failed", 0, 4_900),
    (PENDING, SUCCEEDED, FAILED): ("failed", 0, 4_900),
}


@pytest.mark.parametrize("statuses", ENDS, ids=str)
@pytest.mark.parametrize("refund_id", [OURS, None], ids=["ours", "begun there"])
def test_refund__told_in_any_order_and_twice__ends_the_same(
    statuses: tuple[EffectStatus, ...], refund_id: str | None
) -> None:
    status, refunded_minor, share_minor = ENDS[statuses]
    for order in itertools.permutations((*statuses, *statuses[1:])):
        begun = with_refund()[0] if refund_id else paid()
        family, posted = told(begun, (told_of(each) for each in order), refund_id)

        refund, payment = of(family), family.payment
        assert (refund.status, refund.processor_reference) == (status, "rf_1"), order
        assert refund.failure == (WHY if status == "failed" else None)
        assert (payment.refunded_minor, payment.refunding_minor) == (refunded_minor, 0)
        assert payment.pending_minor == share_minor
        # From the source to the processor; what was set aside had left the source before.
        source, refunding = ("refunding", -1_000) if refund_id else ("pending", 0)
        to_processor = {"external:simulated": refunded_minor} if refunded_minor else {}
        wanted = Counter(to_processor)
        wanted[source] -= refunded_minor
        if refund_id:
            wanted["refunding"] = refunding
            wanted["pending"] = 1_000 - refunded_minor
        assert posted == Counter({name: n for name, n in wanted.items() if n}), order


def test_refund__that_came_back__is_posted_back_to_where_it_was_taken_from() -> None:
    step = step_of(begun_there(SUCCEEDED), told_of(FAILED))

    assert step.entry is not None
    assert step.entry.kind.value == "refund_failed"
    assert postings_of(step) == {"external:simulated": -1_000, "pending": 1_000}
    # Its pointer is there since it succeeded.
    assert step.references == ()


def test_refund__that_failed_before_it_was_heard_of__is_kept_and_posts_nothing() -> None:
    step = step_of(paid(), told_of(FAILED))

    assert step.entry is None
    assert step.refund is not None
    assert (step.refund.before, step.refund.after.status) == (None, RefundStatus.FAILED)
    assert (step.refund.after.failure, step.refund.after.entries) == (WHY, ())
    assert step.references == (("rf_1", step.refund.after.key),)
    before, after = paid().payment, payment_of(step)
    assert after == replace(before, updated_at=LATER)


def test_refund__that_came_back__is_not_revived_by_older_news() -> None:
    assert applied(returned(), told_of(SUCCEEDED)) == Nothing()


def given_up() -> Family:
    """A refund of ours of which the processor never said a word, and which we called failed."""
    family, operation = with_refund()
    step = settle_undone(family, operation, entry_id=ENTRY_ID, now=LATER)
    assert isinstance(step, Step)
    return after_step(family, step)


def test_refund__that_we_gave_up__may_still_have_succeeded() -> None:
    step = step_of(given_up(), told_of(SUCCEEDED), OURS)

    assert step.entry is not None
    assert step.entry.kind.value == "processor_refund"
    assert step.refund is not None
    assert step.refund.after.status is RefundStatus.SUCCEEDED
    assert step.references == (("rf_1", step.refund.after.key),)


def test_refund__that_we_gave_up__may_succeed_and_come_back() -> None:
    family, posted = told(given_up(), [told_of(SUCCEEDED), told_of(FAILED)], OURS)

    assert (of(family).status, posted) == ("failed", {})
    assert family.payment.pending_minor == 4_900


def test_refund__that_we_gave_up_and_the_processor_failed__is_known() -> None:
    assert applied(given_up(), told_of(FAILED), OURS) == Nothing()


def test_refund__that_succeeded_under_another_id__is_not_failed_by_it() -> None:
    family = begun_there(SUCCEEDED)
    other = told_of(FAILED, reference="rf_2")
    assert applied(family, other, of(family).id) == Nothing()


def test_refund__that_fails_without_an_id__does_not_undo_what_succeeded() -> None:
    family = begun_there(SUCCEEDED)
    assert applied(family, told_of(FAILED, reference=None), of(family).id) == Nothing()


@pytest.mark.parametrize(
    ("overrides", "problem"),
    [
        ({"charge_reference": "ch_2"}, "another charge: ch_2"),
        ({"currency": "EUR"}, "another currency: EUR"),
        ({"amount_minor": 999}, "another amount_minor: 999, not 1000"),
    ],
    ids=str,
)
def test_refund__that_came_back_and_does_not_fit__is_not_posted(
    overrides: dict[str, Any], problem: str
) -> None:
    assert applied(begun_there(SUCCEEDED), told_of(FAILED, **overrides)) == Misfit(problem)


def test_refund__that_failed_there_of_nothing__does_not_fit() -> None:
    assert applied(paid(), told_of(FAILED, amount_minor=0)) == Misfit("another amount_minor: 0")


def test_refund__of_more_than_is_left__is_not_posted() -> None:
    family, _ = told(paid(), [told_of(SUCCEEDED, amount_minor=4_500)], None)
    found = applied(family, told_of(SUCCEEDED, reference="rf_2"))
    assert found == Misfit("amount_minor 1000 of 500 that are left")


@pytest.mark.parametrize("name", [None, "cap_handle"], ids=str)
def test_refund__of_its_charge_by_another_name__fits(name: str | None) -> None:
    family = a_family(a_payment(PaymentStatus.SUCCEEDED, processor_handle="cap_handle"))
    step_of(family, told_of(SUCCEEDED, charge_reference=name))


def test_refund__whose_operation_is_closed__is_told_of_by_our_id() -> None:
    refund = a_refund(RefundStatus.SUCCEEDED, processor_reference="rf_1")
    closed = an_operation(
        OperationKind.REFUND, state=OperationState.SUCCEEDED, amount_minor=1_000, due_at=None
    )
    payment = a_payment(PaymentStatus.SUCCEEDED, refunded_minor=1_000, pending_minor=3_900)
    step = step_of(a_family(payment, refund, closed), told_of(FAILED), OURS)

    assert payment_of(step).refunded_minor == 0
    # The operation was done, and stays so.
    assert step.operations == ()
