"""Any adapter: errors, answers that cannot be read, and answers that are not of what was asked."""

import socket

import pytest

from oncepay.domain.processor_answer import (
    Absent,
    Charge,
    ChargeStatus,
    EffectStatus,
    NotSent,
    Unknown,
)
from tests.contract.bench import Bench
from tests.contract.checkout import KINDS, Checkout, charge_of, effect_of, found_of

DONE = {ChargeStatus.SUCCEEDED, EffectStatus.SUCCEEDED}


@pytest.mark.parametrize("kind", KINDS)
def test_server_error__after_it_happened__is_replayed_and_a_look_up_tells(
    bench: Bench, checkout: Checkout, kind: str
) -> None:
    operation = checkout.prepared(kind, "error_after")
    first = bench.processor.send(operation)
    assert isinstance(first, Unknown)
    assert first.replays
    assert bench.processor.send(operation) == first
    assert found_of(bench.processor.look_up(operation)).status in DONE
    assert checkout.times_done(kind) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_server_error__before_anything_happened__is_replayed_and_found_absent(
    bench: Bench, checkout: Checkout, kind: str
) -> None:
    operation = checkout.prepared(kind, "error_before")
    first = bench.processor.send(operation)
    assert isinstance(first, Unknown)
    assert first.replays
    assert bench.processor.send(operation) == first
    assert bench.processor.look_up(operation) == Absent()
    assert checkout.times_done(kind) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_answer__that_cannot_be_read__is_unknown_and_only_a_look_up_tells(
    bench: Bench, checkout: Checkout, kind: str
) -> None:
    operation = checkout.prepared(kind, "malformed")
    assert bench.processor.send(operation) == Unknown("unreadable_answer", replays=True)
    assert found_of(bench.processor.look_up(operation)).status in DONE
    assert checkout.times_done(kind) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_rate_limit__provably_did_nothing_and_the_same_key_works_next(
    bench: Bench, checkout: Checkout, kind: str
) -> None:
    operation = checkout.prepared(kind, "rate_limited")
    assert bench.processor.send(operation) == NotSent("rate_limited")
    assert checkout.times_done(kind) == 0
    assert found_of(bench.processor.send(operation)).status in DONE
    assert checkout.times_done(kind) == 1


@pytest.mark.parametrize("kind", ["charge", "capture", "refund"])
def test_other_amount__is_told_as_it_was_said(bench: Bench, checkout: Checkout, kind: str) -> None:
    operation = checkout.prepared(kind, "other_amount")
    sent = found_of(bench.processor.send(operation))
    assert sent.amount_minor == 5_001
    assert bench.processor.look_up(operation) == sent


@pytest.mark.parametrize("kind", ["charge", "capture", "refund"])
def test_other_currency__is_told_as_it_was_said(
    bench: Bench, checkout: Checkout, kind: str
) -> None:
    operation = checkout.prepared(kind, "other_currency")
    sent = found_of(bench.processor.send(operation))
    assert sent.currency not in (None, "USD")
    assert bench.processor.look_up(operation) == sent


@pytest.mark.parametrize("kind", KINDS)
def test_other_payment_id__is_told_as_it_was_said(
    bench: Bench, checkout: Checkout, kind: str
) -> None:
    if kind == "void" and not bench.voids_are_things:
        pytest.skip("a void has no payment_id of its own")
    operation = checkout.prepared(kind, "other_id")
    sent = found_of(bench.processor.send(operation))
    assert sent.payment_id not in (None, "pay_1")
    assert bench.processor.look_up(operation) == sent


@pytest.mark.parametrize("kind", KINDS)
def test_wrong_secret__provably_did_nothing(bench: Bench, checkout: Checkout, kind: str) -> None:
    operation = checkout.prepared(kind, "approve")
    stranger = bench.with_secret("wrong")
    assert stranger.send(operation) == NotSent("unauthorized")
    assert stranger.look_up(operation) == NotSent("unauthorized")
    assert checkout.times_done(kind) == 0


@pytest.mark.parametrize("secret", ["two\r\nlines", "ünïcödé ☃", ""])
def test_secret__that_no_header_can_hold__provably_did_nothing(
    bench: Bench, checkout: Checkout, secret: str
) -> None:
    operation = checkout.charge(checkout.payment())
    assert isinstance(bench.with_secret(secret).send(operation), NotSent)
    assert checkout.times_done("charge") == 0


def test_secret__that_cannot_be_read__provably_did_nothing(
    bench: Bench, checkout: Checkout
) -> None:
    operation = checkout.charge(checkout.payment())
    processor = bench.without_secret()
    assert processor.send(operation) == NotSent("secret_unavailable")
    assert processor.look_up(operation) == NotSent("secret_unavailable")
    assert checkout.times_done("charge") == 0


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_listening__provably_did_nothing(
    bench: Bench, checkout: Checkout, kind: str
) -> None:
    operation = checkout.prepared(kind, "approve")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    nowhere = bench.elsewhere(f"http://127.0.0.1:{port}")
    assert nowhere.send(operation) == NotSent("connect_failed")
    assert nowhere.look_up(operation) == NotSent("connect_failed")


def test_address_that_is_none__provably_did_nothing(bench: Bench, checkout: Checkout) -> None:
    operation = checkout.charge(checkout.payment())
    assert isinstance(bench.elsewhere("nonsense").send(operation), NotSent)


def test_look_up_charge__that_nobody_answers__is_not_sent(bench: Bench, checkout: Checkout) -> None:
    payment = checkout.charged()
    assert isinstance(bench.elsewhere("http://127.0.0.1:1").look_up_charge(payment), NotSent)


@pytest.mark.parametrize("kind", KINDS)
def test_same_key__sent_again__is_done_once_and_answered_the_same(
    bench: Bench, checkout: Checkout, kind: str
) -> None:
    operation = checkout.prepared(kind, "approve")
    assert bench.processor.send(operation) == bench.processor.send(operation)
    assert checkout.times_done(kind) == 1


def test_same_key__of_a_declined_charge__is_declined_the_same(
    bench: Bench, checkout: Checkout
) -> None:
    operation = checkout.charge(checkout.payment("decline_expired_card"))
    first = charge_of(bench.processor.send(operation))
    assert bench.processor.send(operation) == first
    assert checkout.times_done("charge") == 1


def test_same_key__of_a_refused_capture__is_refused_the_same(
    bench: Bench, checkout: Checkout
) -> None:
    operation = checkout.capture(checkout.charged())
    first = effect_of(bench.processor.send(operation))
    assert first.status is EffectStatus.FAILED
    assert bench.processor.send(operation) == first


def test_key__of_another_request__is_unknown_and_does_nothing(
    bench: Bench, checkout: Checkout
) -> None:
    payment = checkout.charged()
    bench.processor.send(checkout.refund(payment, 1_000))
    answer = bench.processor.send(checkout.refund(payment, 1_001))
    assert isinstance(answer, Unknown)
    assert answer.replays
    assert [charge.refunded_minor for charge in bench.record()] == [1_000]


def test_key__of_another_kind__is_looked_up_as_what_it_is(bench: Bench, checkout: Checkout) -> None:
    payment = checkout.charged()
    bench.processor.send(checkout.refund(payment, key="re_1"))
    found = found_of(bench.processor.look_up(checkout.capture(payment, 1_234, key="pay_1")))
    # Where nobody is asked for the key, it is what became of the charge: not what was asked for.
    assert isinstance(found, Charge) or (not bench.finds_by_key and found.amount_minor == 5_000)


def test_timeouts_and_retention__are_those_that_the_services_count_on(bench: Bench) -> None:
    assert bench.impatient.timeout_seconds == 0.3
    assert bench.processor.key_retention.total_seconds() >= 3_600
