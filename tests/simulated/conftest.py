"""A processor for each test, with a clock that stands still."""

from collections.abc import Iterator

import pytest

from ops.simulated.server import Patience, SimulatedProcessor, running_simulated_processor
from tests.simulated.client import Client, HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def processor(clock: HandClock) -> Iterator[SimulatedProcessor]:
    numbers = iter(range(1, 1_000_000))
    with running_simulated_processor(
        clock=clock,
        new_id=lambda prefix: f"{prefix}{next(numbers)}",
        # It hangs up at once where it gives no answer: nobody has to wait for that.
        patience=Patience(hold_seconds=0, slow_seconds=0.2, drip_seconds=0.001),
    ) as running:
        yield running


@pytest.fixture
def client(processor: SimulatedProcessor) -> Client:
    return Client(processor)
