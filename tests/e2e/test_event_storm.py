"""Events of all processors, shuffled, each ten times, over HTTP: each is applied once, the final
state is that of the right order, and the books are exact. A tenth of what `make event-storm` sends.
"""

import os
import sys
import time
from collections import Counter
from typing import Any

import pytest

from ops.demo.shop import Shop
from ops.operations import run_sweep
from ops.stack import Stack
from ops.verify.prover import verify
from tests.e2e.conftest import aws_client
from tests.e2e.event_storm import Storm, firsts

EVENTS = int(os.environ.get("ONCEPAY_STORM_EVENTS", "100"))
COPIES = 10
UNMATCHED_WAITS_SECONDS = 61

pytestmark = pytest.mark.e2e


def test_events__shuffled_and_each_ten_times__are_applied_once(
    stack: dict[str, Any], operators_stack: Stack, shop: Shop
) -> None:
    storm = Storm(operators_stack, shop, seed=1)
    posted = storm.prepare(EVENTS)
    began = time.monotonic()
    answers = storm.deliver(posted, copies=COPIES)
    took = time.monotonic() - began
    sys.stdout.write(f"{len(answers)} deliveries of {len(posted)} events in {took:.0f} s\n")
    assert Counter(reply.status for _, reply in answers) == {200: len(posted) * COPIES}
    assert set(firsts(answers)) <= {1}
    if storm.problems():
        # An event whose last copy came too early waits for a minute.
        time.sleep(UNMATCHED_WAITS_SECONDS)
        run_sweep(operators_stack)
    assert storm.problems() == []
    report = verify(stack["tables"], client=aws_client(stack, "dynamodb"))
    assert report.findings == []
