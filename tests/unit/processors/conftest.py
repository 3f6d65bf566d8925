"""Processors, answered by the test."""

from collections.abc import Iterator

import pytest

from oncepay.processors import simulated
from tests.unit.processors.paypal_server import CannedServer, canned_server
from tests.unit.processors.simulated_replies import Replies


@pytest.fixture
def replies(monkeypatch: pytest.MonkeyPatch) -> Replies:
    made = Replies()
    monkeypatch.setattr(simulated, "exchange", made)
    return made


@pytest.fixture
def paypal() -> Iterator[CannedServer]:
    with canned_server() as server:
        yield server
