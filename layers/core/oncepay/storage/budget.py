"""How much time is left for a call, and what has it used?

One budget is made per invocation and handed down to every DynamoDB call, so that nothing is begun
that could not end before Lambda kills the function, and so that the log line of the request can say
what it cost.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

CONNECT_TIMEOUT_SECONDS = 1.0
READ_TIMEOUT_SECONDS = 3.0

LAST_ATTEMPT_SECONDS = CONNECT_TIMEOUT_SECONDS + READ_TIMEOUT_SECONDS + 0.5
"""An attempt that begins within the budget ends this much later at the latest: kept free before the
function's end."""

BACKOFF_BASE_SECONDS = 0.025
BACKOFF_MAX_SECONDS = 1.0


@dataclass(slots=True)
class Usage:
    """What the DynamoDB calls of one invocation used so far; `commits` are transactions that are
    certainly done. Units are those that DynamoDB says, and those of its rules where it charges
    without saying: a transaction that it cancels.
    """

    requests: int = 0
    retries: int = 0
    commits: int = 0
    write_units: float = 0.0
    read_units: float = 0.0

    @property
    def capacity_units(self) -> float:
        """Of both kinds."""
        return self.write_units + self.read_units


class Budget:
    """The time of one invocation.

    Args:
        seconds: from now until the last attempt may begin.
        clock: a monotonic clock, in seconds.
        sleep: waits for some seconds.
        jitter: a number in 0..1, drawn anew for each wait.
    """

    def __init__(
        self,
        seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter
        self._ends_at = clock() + seconds
        self.usage = Usage()

    def has_time(self) -> bool:
        """Whether another attempt may begin now."""
        return self._clock() < self._ends_at

    def seconds_left(self) -> float:
        """Until the last attempt may begin; below zero when the time is up."""
        return self._ends_at - self._clock()

    def ending_earlier(self, seconds: float) -> "Budget":
        """The same, ending so many seconds earlier; what it uses is counted in both."""
        earlier = Budget(
            self.seconds_left() - seconds,
            clock=self._clock,
            sleep=self._sleep,
            jitter=self._jitter,
        )
        earlier.usage = self.usage
        return earlier

    def wait_before_retry(self, attempt: int) -> bool:
        """Sleep with full jitter before attempt `attempt` + 1; False if no time is left for
        another.
        """
        ceiling = min(BACKOFF_MAX_SECONDS, BACKOFF_BASE_SECONDS * 2 ** min(attempt, 16))
        delay = ceiling * self._jitter()
        if self._clock() + delay >= self._ends_at:
            return False
        self._sleep(delay)
        self.usage.retries += 1
        return True


def budget_of_invocation(remaining_ms: int) -> Budget:
    """From what Lambda's context says is left, in milliseconds. The first attempt is always
    made.
    """
    return Budget(remaining_ms / 1000 - LAST_ATTEMPT_SECONDS)
