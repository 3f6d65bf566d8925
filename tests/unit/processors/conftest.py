"""The simulated processor's adapter, answered by the test."""

import pytest

from oncepay.processors import simulated
from tests.unit.processors.simulated_replies import Replies


@pytest.fixture
def replies(monkeypatch: pytest.MonkeyPatch) -> Replies:
    made = Replies()
    monkeypatch.setattr(simulated, "exchange", made)
    return made
