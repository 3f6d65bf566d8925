"""Any adapter of a processor with pages for payers: a checkout's page is its charge, from the first
moment to the last.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from oncepay.domain.applying import News
from oncepay.domain.checkout import Checkout as Page
from oncepay.domain.checkout import LineItem
from oncepay.domain.operation import Operation, OperationKind
from oncepay.domain.payment import Payment
from oncepay.domain.processor_answer import (
    Charge,
    ChargeStatus,
    EffectStatus,
    Unknown,
)
from tests.contract.checkout import Checkout, charge_of, effect_of
from tests.contract.payer_bench import PayerBench
from tests.contract.simulated_bench import simulated_bench
from tests.contract.stripe_bench import stripe_bench

PAGE = Page(
    "https://shop.test/thanks?s={CHECKOUT_SESSION_ID}",
    "https://shop.test/cart",
    (LineItem("Mug", 2, 2_000), LineItem("Tea", 1, 1_000)),
)


@pytest.fixture(params=[simulated_bench, stripe_bench], ids=["simulated", "stripe"])
def bench(request: pytest.FixtureRequest) -> Iterator[PayerBench]:
    with request.param() as opened:
        yield opened


@pytest.fixture
def checkout(bench: PayerBench) -> Checkout:
    return Checkout(bench)


def a_page(checkout: Checkout, *, manual: bool = False) -> Operation:
    payment = replace(checkout.payment(manual=manual), payment_method=None, checkout=PAGE)
    return checkout.charge(payment)


def opened(bench: PayerBench, checkout: Checkout, *, manual: bool = False) -> Operation:
    """A page that waits for its payer; it is known by name, and nothing is left to be told."""
    operation = a_page(checkout, manual=manual)
    charge = charge_of(bench.processor.send(operation))
    bench.told()
    return replace(operation, reference=charge.reference)


def news(bench: PayerBench) -> list[News]:
    return [each.news for each in bench.told() if each.news is not None]


def paid(checkout: Checkout, charge: Charge, *, manual: bool = False) -> Payment:
    return replace(
        checkout.payment(manual=manual),
        processor_reference=charge.reference,
        processor_handle=charge.handle,
    )


def test_page__when_it_is_made__waits_for_its_payer(bench: PayerBench, checkout: Checkout) -> None:
    charge = charge_of(bench.processor.send(a_page(checkout)))
    assert charge.status is ChargeStatus.REQUIRES_ACTION
    assert (charge.amount_minor, charge.currency, charge.captured_minor) == (5_000, "USD", 0)
    assert (charge.payment_id, charge.handle) == ("pay_1", None)
    assert charge.next_action_url is not None
    assert charge.next_action_url.startswith("http")
    assert bench.record() == []


def test_page__made_again__is_the_same(bench: PayerBench, checkout: Checkout) -> None:
    operation = a_page(checkout)
    assert bench.processor.send(operation) == bench.processor.send(operation)


def test_page__looked_up_by_its_key_or_by_its_name__is_as_it_was_answered(
    bench: PayerBench, checkout: Checkout
) -> None:
    operation = a_page(checkout)
    charge = charge_of(bench.processor.send(operation))
    assert bench.processor.look_up(operation) == charge
    assert bench.processor.look_up(replace(operation, reference=charge.reference)) == charge


def test_page__that_is_paid__is_told_as_a_charge_that_succeeded(
    bench: PayerBench, checkout: Checkout
) -> None:
    operation = opened(bench, checkout)
    bench.pay_on_page(str(operation.reference))
    told = news(bench)
    assert told != []
    assert {(each.kind, each.operation_id) for each in told} == {(OperationKind.AUTHORIZE, "pay_1")}
    for each in told:
        charge = charge_of(each.found)
        assert (charge.reference, charge.status) == (operation.reference, ChargeStatus.SUCCEEDED)
        assert (charge.amount_minor, charge.captured_minor) == (5_000, 5_000)
        assert charge.handle not in (None, operation.reference)
        assert bench.processor.look_up(operation) == charge


def test_page__that_is_paid__is_found_by_the_key_too(bench: PayerBench, checkout: Checkout) -> None:
    operation = opened(bench, checkout)
    bench.pay_on_page(str(operation.reference))
    charge = charge_of(bench.processor.look_up(replace(operation, reference=None)))
    assert (charge.reference, charge.status) == (operation.reference, ChargeStatus.SUCCEEDED)
    (recorded,) = bench.record()
    assert recorded.reference == charge.handle


def test_page__with_a_card_that_is_declined__still_waits(
    bench: PayerBench, checkout: Checkout
) -> None:
    operation = opened(bench, checkout)
    bench.pay_on_page(str(operation.reference), "decline_insufficient_funds")
    assert news(bench) == []
    charge = charge_of(bench.processor.look_up(operation))
    assert charge.status is ChargeStatus.REQUIRES_ACTION
    bench.pay_on_page(str(operation.reference))
    assert charge_of(bench.processor.look_up(operation)).status is ChargeStatus.SUCCEEDED


def test_page__captured_later__is_authorized_and_then_captured_by_its_handle(
    bench: PayerBench, checkout: Checkout
) -> None:
    operation = opened(bench, checkout, manual=True)
    bench.pay_on_page(str(operation.reference))
    statuses = {each.found.status for each in news(bench)}
    assert statuses == {ChargeStatus.AUTHORIZED}
    charge = charge_of(bench.processor.look_up(operation))
    assert (charge.status, charge.captured_minor) == (ChargeStatus.AUTHORIZED, 0)
    payment = paid(checkout, charge, manual=True)
    capture = checkout.capture(payment, 3_000)
    effect = effect_of(bench.processor.send(capture))
    assert (effect.status, effect.amount_minor) == (EffectStatus.SUCCEEDED, 3_000)
    assert payment.is_charged_by(effect.charge_reference)
    assert effect == bench.processor.look_up(capture)
    found = charge_of(bench.processor.look_up_charge(payment))
    assert (found.status, found.captured_minor) == (ChargeStatus.SUCCEEDED, 3_000)
    assert payment.is_charged_by(found.reference)


def test_page__captured_later__is_voided_by_its_handle(
    bench: PayerBench, checkout: Checkout
) -> None:
    operation = opened(bench, checkout, manual=True)
    bench.pay_on_page(str(operation.reference))
    payment = paid(checkout, charge_of(bench.processor.look_up(operation)), manual=True)
    effect = effect_of(bench.processor.send(checkout.void(payment)))
    assert effect.status is EffectStatus.SUCCEEDED
    assert [charge.status for charge in bench.record()] == ["voided"]


def test_page__that_is_paid__is_refunded_by_its_handle(
    bench: PayerBench, checkout: Checkout
) -> None:
    operation = opened(bench, checkout)
    bench.pay_on_page(str(operation.reference))
    payment = paid(checkout, charge_of(bench.processor.look_up(operation)))
    bench.told()
    refund = checkout.refund(payment, 2_000)
    effect = effect_of(bench.processor.send(refund))
    assert (effect.status, effect.amount_minor) == (EffectStatus.SUCCEEDED, 2_000)
    assert payment.is_charged_by(effect.charge_reference)
    assert effect == bench.processor.look_up(refund)
    told = [each for each in news(bench) if each.kind is OperationKind.REFUND]
    assert [(each.operation_id, each.found) for each in told] == [("re_1", effect)]


def test_page__that_nobody_paid__is_an_expired_charge(
    bench: PayerBench, checkout: Checkout
) -> None:
    operation = opened(bench, checkout)
    bench.expire_page(str(operation.reference))
    (told,) = news(bench)
    assert (told.kind, told.operation_id) == (OperationKind.AUTHORIZE, "pay_1")
    charge = charge_of(told.found)
    assert (charge.reference, charge.status) == (operation.reference, ChargeStatus.EXPIRED)
    assert bench.processor.look_up(operation) == charge


def test_page__without_items__is_of_the_amount(bench: PayerBench, checkout: Checkout) -> None:
    odd = replace(checkout.payment(), checkout=replace(PAGE, line_items=()))
    charge = charge_of(bench.processor.send(checkout.charge(odd)))
    assert (charge.status, charge.amount_minor) == (ChargeStatus.REQUIRES_ACTION, 5_000)


def test_page__under_a_key_of_another_request__is_unknown(
    bench: PayerBench, checkout: Checkout
) -> None:
    bench.processor.send(a_page(checkout))
    answer = bench.processor.send(checkout.charge(checkout.payment()))
    assert isinstance(answer, Unknown)
    assert answer.replays
    assert bench.record() == []
