"""Any adapter: captures, voids and refunds are done, or refused with what the charge is."""

from dataclasses import replace

import pytest

from oncepay.domain.processor_answer import ChargeStatus, EffectStatus
from tests.contract.bench import Bench
from tests.contract.checkout import Checkout, charge_of, effect_of

MOVES = ("capture", "void", "refund")


def test_capture__of_all__succeeds(bench: Bench, checkout: Checkout) -> None:
    payment = checkout.charged(manual=True)
    effect = effect_of(bench.processor.send(checkout.capture(payment)))
    assert (effect.status, effect.failure) == (EffectStatus.SUCCEEDED, None)
    assert (effect.amount_minor, effect.currency) == (5_000, "USD")
    assert effect.charge_reference == payment.processor_reference
    assert effect.payment_id == "pay_1"


def test_capture__of_a_part__takes_that_part(bench: Bench, checkout: Checkout) -> None:
    payment = checkout.charged(manual=True)
    effect = effect_of(bench.processor.send(checkout.capture(payment, 1_234)))
    assert (effect.status, effect.amount_minor) == (EffectStatus.SUCCEEDED, 1_234)
    assert [charge.captured_minor for charge in bench.record()] == [1_234]


def test_capture__of_more_than_is_authorized__fails(bench: Bench, checkout: Checkout) -> None:
    payment = checkout.charged(manual=True)
    effect = effect_of(bench.processor.send(checkout.capture(payment, 5_001)))
    assert effect.status is EffectStatus.FAILED
    assert effect.failure is not None
    assert (effect.charge is not None) == bench.refuses_with_charge
    for charge in (effect.charge, bench.processor.look_up_charge(payment)):
        assert charge is None or charge_of(charge).status is ChargeStatus.AUTHORIZED


@pytest.mark.parametrize("kind", ["capture", "void"])
def test_move__of_what_is_captured__fails_and_shows_the_charge(
    bench: Bench, checkout: Checkout, kind: str
) -> None:
    payment = checkout.charged()
    operation = checkout.capture(payment) if kind == "capture" else checkout.void(payment)
    effect = effect_of(bench.processor.send(operation))
    assert (effect.status, effect.reference) == (EffectStatus.FAILED, None)
    assert effect.failure is not None
    assert effect.charge is not None
    assert effect.charge.reference == payment.processor_reference
    assert (effect.charge.status, effect.charge.captured_minor) == (ChargeStatus.SUCCEEDED, 5_000)


@pytest.mark.parametrize("kind", ["capture", "void"])
def test_move__of_what_has_lapsed__fails_and_shows_the_charge(
    bench: Bench, checkout: Checkout, kind: str
) -> None:
    payment = checkout.charged(manual=True)
    bench.expire(str(payment.processor_reference))
    operation = checkout.capture(payment) if kind == "capture" else checkout.void(payment)
    effect = effect_of(bench.processor.send(operation))
    assert effect.status is EffectStatus.FAILED
    assert effect.charge is not None
    assert effect.charge.status is ChargeStatus.EXPIRED


def test_void__releases_what_is_authorized(bench: Bench, checkout: Checkout) -> None:
    payment = checkout.charged(manual=True)
    effect = effect_of(bench.processor.send(checkout.void(payment)))
    assert effect.status is EffectStatus.SUCCEEDED
    assert (effect.amount_minor, effect.currency) == (None, None)
    assert [charge.status for charge in bench.record()] == ["voided"]


def test_refund__of_all__succeeds(bench: Bench, checkout: Checkout) -> None:
    payment = checkout.charged()
    effect = effect_of(bench.processor.send(checkout.refund(payment)))
    assert (effect.status, effect.amount_minor) == (EffectStatus.SUCCEEDED, 5_000)
    assert (effect.charge_reference, effect.currency) == (payment.processor_reference, "USD")


def test_refunds__several_of_parts__have_references_of_their_own(
    bench: Bench, checkout: Checkout
) -> None:
    payment = checkout.charged()
    first = effect_of(bench.processor.send(checkout.refund(payment, 2_000, key="re_1")))
    second = effect_of(bench.processor.send(checkout.refund(payment, 2_000, key="re_2")))
    assert first.reference != second.reference
    assert [(charge.refunds, charge.refunded_minor) for charge in bench.record()] == [(2, 4_000)]


def test_refund__of_more_than_is_left__fails(bench: Bench, checkout: Checkout) -> None:
    payment = checkout.charged()
    bench.processor.send(checkout.refund(payment, 2_000, key="re_1"))
    effect = effect_of(bench.processor.send(checkout.refund(payment, 3_001, key="re_2")))
    assert effect.status is EffectStatus.FAILED
    assert effect.failure is not None


def test_refund__of_a_part_of_a_partial_capture__succeeds(bench: Bench, checkout: Checkout) -> None:
    payment = checkout.charged(manual=True)
    captured = effect_of(bench.processor.send(checkout.capture(payment, 3_000)))
    payment = replace(payment, processor_handle=captured.handle)
    effect = effect_of(bench.processor.send(checkout.refund(payment, 3_000)))
    assert (effect.status, effect.amount_minor) == (EffectStatus.SUCCEEDED, 3_000)


@pytest.mark.parametrize("kind", MOVES)
def test_move__that_the_processor_declines__fails_with_its_code(
    bench: Bench, checkout: Checkout, kind: str
) -> None:
    effect = effect_of(bench.processor.send(checkout.prepared(kind, "decline_account_closed")))
    assert effect.status is EffectStatus.FAILED
    assert effect.failure is not None
    assert effect.failure.code == bench.failure_code(kind, "account_closed")


@pytest.mark.parametrize("kind", MOVES)
@pytest.mark.parametrize("code", [None, "account_closed"], ids=["succeeds", "fails"])
def test_move__pending__ends_later(
    bench: Bench, checkout: Checkout, kind: str, code: str | None
) -> None:
    if kind == "void" and code and not bench.voids_are_things:
        pytest.skip("a void is done, or refused at once")
    operation = checkout.prepared(kind, "pending")
    pending = effect_of(bench.processor.send(operation))
    assert pending.status is EffectStatus.PENDING
    bench.end(operation, code)
    # What is known of it is stored meanwhile.
    known = replace(operation, reference=pending.reference)
    ended = effect_of(bench.processor.look_up(known))
    assert ended.reference == pending.reference
    assert ended.status is (EffectStatus.FAILED if code else EffectStatus.SUCCEEDED)
    wanted = code and bench.failure_code(kind, code, later=True)
    assert (ended.failure.code if ended.failure else None) == wanted


@pytest.mark.parametrize("kind", MOVES)
def test_look_up__of_a_move__finds_what_was_answered(
    bench: Bench, checkout: Checkout, kind: str
) -> None:
    operation = checkout.prepared(kind, "approve")
    assert bench.processor.send(operation) == bench.processor.look_up(operation)


@pytest.mark.parametrize("kind", MOVES)
def test_move__of_a_charge_that_does_not_exist__fails(
    bench: Bench, checkout: Checkout, kind: str
) -> None:
    payment = replace(checkout.payment(), processor_reference="unknown/1")
    operation = {
        "capture": checkout.capture,
        "void": checkout.void,
        "refund": checkout.refund,
    }[kind](payment)
    effect = effect_of(bench.processor.send(operation))
    assert (effect.status, effect.reference) == (EffectStatus.FAILED, None)


def test_orphan__that_was_captured__is_refunded(bench: Bench, checkout: Checkout) -> None:
    payment = checkout.charged()
    operation = checkout.returned(checkout.refund(payment, key="or_1"))
    effect = effect_of(bench.processor.send(operation))
    assert (effect.status, effect.amount_minor) == (EffectStatus.SUCCEEDED, 5_000)
    assert bench.processor.look_up(operation) == effect


def test_orphan__that_is_authorized__is_voided(bench: Bench, checkout: Checkout) -> None:
    payment = checkout.charged(manual=True)
    operation = checkout.returned(checkout.void(payment, key="or_1"))
    effect = effect_of(bench.processor.send(operation))
    assert (effect.status, effect.amount_minor) == (EffectStatus.SUCCEEDED, None)
    assert bench.processor.look_up(operation) == effect
