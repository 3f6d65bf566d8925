"""What does work at a processor need? Handed down from the function at the roof."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from oncepay.domain.errors import InternalError
from oncepay.domain.idempotency import Answer, epoch_seconds
from oncepay.domain.operation import Operation
from oncepay.domain.payment import Payment
from oncepay.domain.steps import Completion
from oncepay.processors.port import Processor
from oncepay.storage.budget import LAST_ATTEMPT_SECONDS, Budget
from oncepay.storage.database import Database

SETTLE_SECONDS = 6.0
"""Kept free after a call to a processor, so that what it brought is stored before the function's
end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessorTools:
    """The tools.

    Attributes:
        database: the tables.
        processors: by name.
        answer_of: the HTTP answer to a request that a step completes.
        retention: how long answers are kept.
        lease: how long one worker works on an operation at most.
        clock: what time it is.
        budget: the time left.
        alarm: tells what needs a person: its name, and facts that are safe to log.
    """

    database: Database
    processors: Mapping[str, Processor]
    answer_of: Callable[[Completion], Answer]
    retention: timedelta
    lease: timedelta
    clock: Callable[[], datetime]
    budget: Budget
    alarm: Callable[[str, Mapping[str, Any]], None]

    def processor_of(self, item: Operation | Payment) -> Processor:
        """The processor at which it is done.

        Raises:
            InternalError: this function does not know it: a wrong deployment.
        """
        try:
            return self.processors[item.processor or ""]
        except KeyError:
            raise InternalError("a processor is not configured") from None

    def has_time_to_call(self, processor: Processor) -> bool:
        """Whether a call could end, and what it brings be stored, before the function does."""
        left = self.budget.seconds_left() + LAST_ATTEMPT_SECONDS
        return left >= processor.timeout_seconds + SETTLE_SECONDS

    def has_time_to_begin(self) -> bool:
        """Whether an operation could be taken over, called for and stored, at any processor."""
        return all(
            self.reserve_budget(processor).has_time() for processor in self.processors.values()
        )

    def reserve_budget(self, processor: Processor) -> Budget:
        """The time for what comes before a call to the processor."""
        return self.budget.ending_earlier(processor.timeout_seconds + SETTLE_SECONDS)

    def expires_at(self, now: datetime) -> int:
        """Until when an answer given now is kept, in epoch seconds."""
        return epoch_seconds(now + self.retention)
