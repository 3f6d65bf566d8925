"""The bench of each adapter: every test of this folder runs once on each."""

from collections.abc import Callable, Iterator

import pytest

from tests.contract.bench import Bench, Opened
from tests.contract.checkout import Checkout
from tests.contract.paypal_bench import paypal_bench
from tests.contract.simulated_bench import simulated_bench
from tests.contract.stripe_bench import stripe_bench

BENCHES: dict[str, Callable[[], Opened]] = {
    "simulated": simulated_bench,
    "stripe": stripe_bench,
    "paypal": paypal_bench,
}


@pytest.fixture(params=list(BENCHES.values()), ids=list(BENCHES))
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with request.param() as opened:
        yield opened


@pytest.fixture
def checkout(bench: Bench) -> Checkout:
    return Checkout(bench)
