"""Any adapter: its events tell what a look-up would tell, under which of our keys it was done."""

from dataclasses import replace
from datetime import timedelta

import pytest

from oncepay.domain.applying import EventOfPayment
from oncepay.domain.operation import Operation, OperationKind
from oncepay.domain.processor_answer import ChargeStatus, Effect, EffectStatus
from tests.contract.bench import Bench
from tests.contract.checkout import AMOUNT_MINOR, KINDS, Checkout, charge_of, effect_of

KIND_OF = {
    "charge": OperationKind.AUTHORIZE,
    "capture": OperationKind.CAPTURE,
    "void": OperationKind.VOID,
    "refund": OperationKind.REFUND,
}


def told_of(bench: Bench, kind: str, told: list[EventOfPayment]) -> EventOfPayment:
    """The event that has the news of it."""
    told_as = KIND_OF[kind]
    if kind in ("capture", "void") and not bench.tells_moves:
        told_as = OperationKind.AUTHORIZE
    found, *more = [each for each in told if each.news and each.news.kind is told_as]
    # Told of more than once, it is the same.
    assert all(each.news == found.news for each in more)
    return found


def as_told(bench: Bench, kind: str, looked_up: object) -> object:
    """What a look-up tells, as an event of it does."""
    if kind != "refund" or bench.names_charges:
        return looked_up
    return replace(effect_of(looked_up), charge_reference=None)


def assert_tells(bench: Bench, operation: Operation, kind: str, told: EventOfPayment) -> None:
    """What a look-up tells, under our key; or what became of the charge, under that one's."""
    assert told.news is not None
    if told.news.kind is KIND_OF[kind]:
        is_thing = kind != "void" or bench.voids_are_things
        assert told.news.operation_id == (operation.id if is_thing else None)
        assert told.news.found == as_told(bench, kind, bench.processor.look_up(operation))
    else:
        assert told.news.operation_id == "pay_1"
        charge = charge_of(told.news.found)
        assert charge.reference == operation.request.charge
        done = ChargeStatus.SUCCEEDED if kind == "capture" else ChargeStatus.VOIDED
        captured_minor = AMOUNT_MINOR if kind == "capture" else 0
        assert (charge.status, charge.captured_minor) == (done, captured_minor)


@pytest.mark.parametrize("kind", KINDS)
def test_event__of_what_we_asked_for__tells_what_a_look_up_tells(
    bench: Bench, checkout: Checkout, kind: str
) -> None:
    operation = checkout.prepared(kind, "approve")
    bench.told()
    bench.processor.send(operation)
    told = told_of(bench, kind, bench.told())
    assert_tells(bench, operation, kind, told)
    assert told.payment_id == "pay_1"


@pytest.mark.parametrize("kind", KINDS)
def test_event__of_what_has_lost_its_reply__comes_all_the_same(
    bench: Bench, checkout: Checkout, kind: str
) -> None:
    operation = checkout.prepared(kind, "lands_later")
    bench.told()
    checkout.send_impatiently(operation)
    assert bench.told() == []
    bench.pass_by(timedelta(seconds=61))
    assert_tells(bench, operation, kind, told_of(bench, kind, bench.told()))


def test_event__of_a_declined_charge__tells_why(bench: Bench, checkout: Checkout) -> None:
    operation = checkout.charge(checkout.payment("decline_expired_card"))
    answer = bench.processor.send(operation)
    if not bench.tells_failures:
        assert bench.told() == []
        return
    told = told_of(bench, "charge", bench.told())
    assert told.news is not None
    assert told.news.found == answer


def test_events__of_a_payer_who_agrees__follow_the_charge(bench: Bench, checkout: Checkout) -> None:
    operation = checkout.charge(checkout.payment("requires_action"))
    bench.approve(charge_of(bench.processor.send(operation)).reference)
    if bench.waits_to_be_asked:
        bench.processor.send(operation)
    first, *others = [each.news.found.status for each in bench.told() if each.news]
    before = ChargeStatus.APPROVED if bench.waits_to_be_asked else ChargeStatus.REQUIRES_ACTION
    assert (first, set(others)) == (before, {ChargeStatus.SUCCEEDED})


def test_event__of_an_authorization_that_lapsed__is_of_the_charge(
    bench: Bench, checkout: Checkout
) -> None:
    payment = checkout.charged(manual=True)
    bench.told()
    bench.expire(str(payment.processor_reference))
    (told,) = bench.told()
    assert told.news is not None
    assert (told.news.kind, told.news.operation_id) == (OperationKind.AUTHORIZE, "pay_1")
    assert charge_of(told.news.found).status is ChargeStatus.EXPIRED


@pytest.mark.parametrize("code", [None, "account_closed"], ids=["succeeds", "fails"])
def test_event__of_what_was_pending__tells_how_it_ended(
    bench: Bench, checkout: Checkout, code: str | None
) -> None:
    operation = checkout.prepared("refund", "pending")
    bench.processor.send(operation)
    bench.told()
    bench.end(operation, code)
    if code and not bench.tells_failures:
        assert bench.told() == []
        return
    told = told_of(bench, "refund", bench.told())
    assert told.news is not None
    assert isinstance(told.news.found, Effect)
    assert told.news.found.status is (EffectStatus.FAILED if code else EffectStatus.SUCCEEDED)
    assert told.news.found == as_told(bench, "refund", bench.processor.look_up(operation))


def test_event__of_a_refund_at_the_processor_itself__names_no_key_of_ours(
    bench: Bench, checkout: Checkout
) -> None:
    payment = checkout.charged()
    bench.told()
    bench.refund_at_dashboard(str(payment.processor_reference), 1_500)
    told = told_of(bench, "refund", bench.told())
    assert told.news is not None
    assert told.news.operation_id is None
    assert isinstance(told.news.found, Effect)
    assert told.news.found.amount_minor == 1_500
    assert told.payment_id == ("pay_1" if bench.marks_any_refund else None)
    name = payment.processor_reference if bench.names_charges else payment.processor_handle
    assert name in told.references


def test_events__have_ids_of_their_own(bench: Bench, checkout: Checkout) -> None:
    bench.processor.send(checkout.refund(checkout.charged()))
    ids = [told.event.id for told in bench.told()]
    assert len(ids) == len(set(ids)) > 1
    assert all(each.startswith(f"{bench.processor.name}#") for each in ids)
