"""Any adapter: a charge is what the processor says it is, at once and whenever it is looked up."""

from dataclasses import replace
from datetime import timedelta

import pytest

from oncepay.domain.processor_answer import Absent, ChargeStatus
from tests.contract.bench import Bench
from tests.contract.checkout import Checkout, charge_of


def test_charge__automatic__succeeds_with_all_of_it_captured(
    bench: Bench, checkout: Checkout
) -> None:
    charge = charge_of(bench.processor.send(checkout.charge(checkout.payment())))
    assert charge.status is ChargeStatus.SUCCEEDED
    assert (charge.amount_minor, charge.captured_minor, charge.currency) == (5_000, 5_000, "USD")
    assert (charge.payment_id, charge.failure, charge.next_action_url) == ("pay_1", None, None)


def test_charge__automatic__is_in_the_processors_record_once(
    bench: Bench, checkout: Checkout
) -> None:
    charge = charge_of(bench.processor.send(checkout.charge(checkout.payment())))
    (recorded,) = bench.record()
    assert (recorded.reference, recorded.status) == (charge.reference, "succeeded")


def test_charge__manual__is_authorized_with_nothing_captured(
    bench: Bench, checkout: Checkout
) -> None:
    charge = charge_of(bench.processor.send(checkout.charge(checkout.payment(manual=True))))
    assert charge.status is ChargeStatus.AUTHORIZED
    assert (charge.amount_minor, charge.captured_minor) == (5_000, 0)


def test_charge__manual__says_when_it_lapses(bench: Bench, checkout: Checkout) -> None:
    operation = checkout.charge(checkout.payment(manual=True))
    charge = charge_of(bench.processor.send(operation))
    assert charge.expires_at is not None
    bench.pass_by(timedelta(days=30))
    assert charge_of(bench.processor.look_up(operation)).status is ChargeStatus.EXPIRED


def test_charge__declined__is_an_answer_with_the_processors_code_at_its_head(
    bench: Bench, checkout: Checkout
) -> None:
    operation = checkout.charge(checkout.payment("decline_insufficient_funds"))
    charge = charge_of(bench.processor.send(operation))
    assert charge.status is ChargeStatus.DECLINED
    assert charge.captured_minor == 0
    assert charge.failure is not None
    assert charge.failure.code == "card_declined"
    code = bench.failure_code("charge", "insufficient_funds")
    assert charge.failure.message.startswith(f"{code}: ")


def test_charge__of_an_unknown_payment_method__is_declined(
    bench: Bench, checkout: Checkout
) -> None:
    payment = replace(checkout.payment(), payment_method="no such method")
    charge = charge_of(bench.processor.send(checkout.charge(payment)))
    assert charge.status is ChargeStatus.DECLINED
    assert charge.failure == bench.unknown_method


def test_charge__pending__ends_later(bench: Bench, checkout: Checkout) -> None:
    operation = checkout.charge(checkout.payment("pending"))
    assert charge_of(bench.processor.send(operation)).status is ChargeStatus.PENDING
    bench.end(operation)
    assert charge_of(bench.processor.look_up(operation)).status is ChargeStatus.SUCCEEDED


def test_charge__that_requires_action__says_where_the_payer_goes(
    bench: Bench, checkout: Checkout
) -> None:
    operation = checkout.charge(checkout.payment("requires_action"))
    charge = charge_of(bench.processor.send(operation))
    assert charge.status is ChargeStatus.REQUIRES_ACTION
    assert charge.next_action_url is not None
    assert charge.next_action_url.startswith("http")


def test_charge__that_requires_action__is_approved(bench: Bench, checkout: Checkout) -> None:
    operation = checkout.charge(checkout.payment("requires_action"))
    bench.approve(charge_of(bench.processor.send(operation)).reference)
    charge = charge_of(bench.processor.look_up(operation))
    if bench.waits_to_be_asked:
        assert charge.status is ChargeStatus.APPROVED
        charge = charge_of(bench.processor.send(operation))
    assert (charge.status, charge.captured_minor) == (ChargeStatus.SUCCEEDED, 5_000)


def test_charge__that_requires_action__is_declined_by_the_payer(
    bench: Bench, checkout: Checkout
) -> None:
    if bench.waits_to_be_asked:
        pytest.skip("a payer who does not agree stays away")
    operation = checkout.charge(checkout.payment("requires_action"))
    bench.decline(charge_of(bench.processor.send(operation)).reference)
    charge = charge_of(bench.processor.look_up(operation))
    assert charge.status is ChargeStatus.DECLINED
    assert charge.failure is not None
    assert charge.failure.code == "card_declined"


def test_charge__that_requires_action__expires(bench: Bench, checkout: Checkout) -> None:
    operation = checkout.charge(checkout.payment("requires_action"))
    bench.expire(charge_of(bench.processor.send(operation)).reference)
    assert charge_of(bench.processor.look_up(operation)).status is ChargeStatus.EXPIRED


def test_look_up__of_what_was_sent__finds_what_was_answered(
    bench: Bench, checkout: Checkout
) -> None:
    operation = checkout.charge(checkout.payment(manual=True))
    assert bench.processor.send(operation) == bench.processor.look_up(operation)


def test_look_up__of_what_was_never_sent__finds_nothing(bench: Bench, checkout: Checkout) -> None:
    assert bench.processor.look_up(checkout.charge(checkout.payment())) == Absent()


def test_look_up__of_a_strange_key__is_of_that_very_key(bench: Bench, checkout: Checkout) -> None:
    bench.processor.send(checkout.charge(checkout.payment()))
    strange = checkout.charge(replace(checkout.payment(), id="x/../pay_1?a#b%2F"))
    assert bench.processor.look_up(strange) == Absent()
    bench.processor.send(strange)
    assert charge_of(bench.processor.look_up(strange)).reference != bench.record()[0].reference


def test_look_up__after_a_capture__finds_the_charge_as_it_is_now(
    bench: Bench, checkout: Checkout
) -> None:
    payment = checkout.charged(manual=True)
    bench.processor.send(checkout.capture(payment, 2_000))
    charge = charge_of(bench.processor.look_up(checkout.charge(payment)))
    assert (charge.status, charge.captured_minor) == (ChargeStatus.SUCCEEDED, 2_000)


def test_look_up_charge__by_reference__finds_it_as_it_is_now(
    bench: Bench, checkout: Checkout
) -> None:
    payment = checkout.charged(manual=True)
    bench.expire(str(payment.processor_reference))
    charge = charge_of(bench.processor.look_up_charge(payment))
    assert charge.reference == payment.processor_reference
    assert charge.status is ChargeStatus.EXPIRED


def test_look_up_charge__of_an_unknown_reference__finds_nothing(
    bench: Bench, checkout: Checkout
) -> None:
    payment = replace(checkout.payment(), processor_reference="unknown/1")
    assert bench.processor.look_up_charge(payment) == Absent()
