"""Does this call say what it used, and what does it say? One call in so many does, in the one line
that each call logs anyway.

Every number is multiplied by how many calls it stands for: sums over many calls come out right on
average, whatever the share of them that is asked.
"""

import random
import time
from collections.abc import Callable
from math import ceil
from typing import Any

from oncepay.domain.usage_metrics import (
    CALLS,
    MILLISECONDS,
    READ_UNITS,
    WRITE_UNITS,
    embedded_metrics,
)
from oncepay.storage.budget import Usage


class UsageReport:
    """What the calls of one function say of themselves.

    Args:
        one_in: one call in so many says it; 0 is none.
        draw: a number in 0..1 (never 1), drawn anew for each call.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        one_in: int,
        *,
        draw: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._one_in = one_in
        self._draw = draw
        self._clock = clock

    def members(self, context: Any, started: float, usage: Usage | None) -> dict[str, Any]:
        """What this call's line says besides; nothing, if the call is not one of those.

        Args:
            context: Lambda's.
            started: when the call began, by `time.perf_counter`.
            usage: of DynamoDB; None if the call ended before it could use any.
        """
        if not self._one_in or self._draw() * self._one_in >= 1:
            return {}
        # Lambda counts whole milliseconds, and each that has begun.
        values: dict[str, float] = {
            CALLS: 1,
            MILLISECONDS: ceil((time.perf_counter() - started) * 1000),
        }
        if usage is not None:
            values[WRITE_UNITS] = usage.write_units
            values[READ_UNITS] = usage.read_units
        all_of_them = {name: value * self._one_in for name, value in values.items()}
        return embedded_metrics(context.function_name, all_of_them, at_ms=int(self._clock() * 1000))


def report_of_rare_calls(one_in: int) -> UsageReport:
    """Of a function that is called rarely and may use much each time: every call says it, unless
    none is to. One in ten would make the sum of a day a matter of luck.
    """
    return UsageReport(min(one_in, 1))
