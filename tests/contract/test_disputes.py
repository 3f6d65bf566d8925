"""Any adapter of a processor that has disputes: it tells who takes back what, and how it ends."""

from collections.abc import Iterator

import pytest

from oncepay.domain.applying import NewsKind
from oncepay.domain.dispute import DisputeFound, DisputeStatus
from oncepay.domain.payment import Payment
from oncepay.domain.processor_answer import EffectStatus
from tests.contract.checkout import Checkout, effect_of
from tests.contract.payer_bench import PayerBench
from tests.contract.simulated_bench import simulated_bench
from tests.contract.stripe_bench import stripe_bench


@pytest.fixture(params=[simulated_bench, stripe_bench], ids=["simulated", "stripe"])
def bench(request: pytest.FixtureRequest) -> Iterator[PayerBench]:
    with request.param() as opened:
        yield opened


@pytest.fixture
def checkout(bench: PayerBench) -> Checkout:
    return Checkout(bench)


def disputed(bench: PayerBench, checkout: Checkout) -> tuple[Payment, str]:
    """A payment of which 30.00 are disputed; nothing else is left to be told."""
    payment = checkout.charged()
    bench.told()
    return payment, bench.dispute(str(payment.processor_reference), 3_000)


def found(bench: PayerBench, payment: Payment) -> DisputeFound:
    """The one that is told of, in however many events: all of them lead to the payment."""
    told = [each for each in bench.told() if each.news is not None]
    assert told != []
    for each in told:
        assert each.news is not None
        assert (each.news.kind, each.news.operation_id) == (NewsKind.DISPUTE, None)
        assert each.payment_id == "pay_1" or payment.processor_reference in each.references
    news = {each.news.found for each in told if each.news}
    assert len(news) == 1
    (dispute,) = news
    assert isinstance(dispute, DisputeFound)
    return dispute


def test_dispute__opened__says_of_which_charge_and_how_much(
    bench: PayerBench, checkout: Checkout
) -> None:
    payment, reference = disputed(bench, checkout)
    dispute = found(bench, payment)
    assert (dispute.reference, dispute.status) == (reference, DisputeStatus.OPEN)
    assert (dispute.amount_minor, dispute.currency) == (3_000, "USD")
    assert (dispute.charge_reference, dispute.reason) == (
        payment.processor_reference,
        "fraudulent",
    )


@pytest.mark.parametrize("won", [True, False], ids=["won", "lost"])
def test_dispute__decided__says_so_of_the_same(
    bench: PayerBench, checkout: Checkout, won: bool
) -> None:
    payment, reference = disputed(bench, checkout)
    bench.told()
    bench.decide(reference, won=won)
    dispute = found(bench, payment)
    assert dispute.reference == reference
    assert dispute.status is (DisputeStatus.WON if won else DisputeStatus.LOST)
    assert (dispute.amount_minor, dispute.charge_reference) == (
        3_000,
        payment.processor_reference,
    )


def test_refund__of_what_is_disputed__fails(bench: PayerBench, checkout: Checkout) -> None:
    payment, _ = disputed(bench, checkout)
    effect = effect_of(bench.processor.send(checkout.refund(payment, 1_000)))
    assert effect.status is EffectStatus.FAILED
    assert effect.failure is not None
    assert effect.failure.code == "charge_disputed"
    assert [charge.refunded_minor for charge in bench.record()] == [0]
