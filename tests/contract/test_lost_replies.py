"""Any adapter: whatever is lost on the way is unknown, never declined, and never done twice."""

from datetime import timedelta

import pytest

from oncepay.domain.processor_answer import (
    Absent,
    ChargeStatus,
    EffectStatus,
    Unknown,
)
from tests.contract.bench import Bench
from tests.contract.checkout import KINDS, Checkout, found_of

DONE = {ChargeStatus.SUCCEEDED, EffectStatus.SUCCEEDED}
TIMEOUT = Unknown("timeout")


@pytest.mark.parametrize("kind", KINDS)
def test_timeout__before_anything_happened__is_unknown_and_found_absent(
    bench: Bench, checkout: Checkout, kind: str
) -> None:
    operation = checkout.prepared(kind, "timeout_before")
    assert checkout.send_impatiently(operation) == TIMEOUT
    assert bench.processor.look_up(operation) == Absent()
    assert found_of(bench.processor.send(operation)).status in DONE
    assert checkout.times_done(kind) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_timeout__after_it_happened__is_unknown_and_found_done(
    bench: Bench, checkout: Checkout, kind: str
) -> None:
    operation = checkout.prepared(kind, "timeout_after")
    assert checkout.send_impatiently(operation) == TIMEOUT
    found = found_of(bench.processor.look_up(operation))
    assert found.status in DONE
    assert bench.processor.send(operation) == found
    assert checkout.times_done(kind) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_what_lands_later__is_absent_and_its_key_in_use_until_then(
    bench: Bench, checkout: Checkout, kind: str
) -> None:
    operation = checkout.prepared(kind, "lands_later")
    assert checkout.send_impatiently(operation) == TIMEOUT
    assert bench.processor.look_up(operation) == Absent()
    again = bench.processor.send(operation)
    assert isinstance(again, Unknown)
    assert not again.replays
    assert checkout.times_done(kind) == 0
    bench.pass_by(timedelta(seconds=61))
    assert found_of(bench.processor.look_up(operation)).status in DONE
    assert checkout.times_done(kind) == 1


@pytest.mark.parametrize("kind", ["charge", "refund"])
def test_what_is_never_answered__stays_unknown(bench: Bench, checkout: Checkout, kind: str) -> None:
    operation = checkout.prepared(kind, "never_answers")
    assert checkout.send_impatiently(operation) == TIMEOUT
    assert bench.impatient.send(operation) == TIMEOUT
    assert bench.impatient.look_up(operation) == TIMEOUT


@pytest.mark.parametrize("kind", KINDS)
def test_answer__a_byte_at_a_time__is_cut_off_and_found_later(
    bench: Bench, checkout: Checkout, kind: str
) -> None:
    operation = checkout.prepared(kind, "drip")
    assert checkout.send_impatiently(operation) == TIMEOUT
    assert found_of(bench.processor.look_up(operation)).status in DONE
    assert checkout.times_done(kind) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_answer__slow_but_within_the_limit__is_read(
    bench: Bench, checkout: Checkout, kind: str
) -> None:
    operation = checkout.prepared(kind, "slow")
    assert found_of(bench.processor.send(operation)).status in DONE


def test_answer__slower_than_the_limit__is_unknown_and_found_done(
    bench: Bench, checkout: Checkout
) -> None:
    operation = checkout.prepared("charge", "slow")
    assert checkout.send_impatiently(operation) == TIMEOUT
    assert found_of(bench.processor.look_up(operation)).status in DONE
