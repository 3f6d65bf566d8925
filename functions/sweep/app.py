"""What is due is looked at, once a minute: unknown outcomes, what dead workers left, authorizations
that lapse, events that came too early.
"""

import gc

# Importing leaves next to no garbage behind, and looking for it takes an eighth of a cold start.
gc.disable()

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger

from oncepay.api.cold_start import end_cold_start
from oncepay.api.processor_presenters import answer_completion
from oncepay.api.usage_report import report_of_rare_calls
from oncepay.services.open_processors import open_processors
from oncepay.services.processor_tools import ProcessorTools
from oncepay.services.sweep_due import sweep_due
from oncepay.settings.sweep import SweepSettings
from oncepay.storage.budget import budget_of_invocation
from oncepay.storage.database import open_database

settings = SweepSettings.from_environ(os.environ)
database = open_database(settings.tables)
logger = Logger()
usage_report = report_of_rare_calls(settings.usage_sampling)


def utc_now() -> datetime:
    """What time it is."""
    return datetime.now(UTC)


processors = open_processors(
    settings.processors.places,
    timeout_seconds=settings.processors.timeout_seconds,
    clock=lambda: utc_now(),
)
end_cold_start(database)


def handler(_event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry point of the Lambda function.

    Returns:
        What was done, by count.

    Raises:
        PaymentsError: not even what is due could be read; the next minute tries again.
    """
    started = time.perf_counter()
    budget = budget_of_invocation(int(context.get_remaining_time_in_millis()))
    tools = ProcessorTools(
        database=database,
        processors=processors,
        answer_of=answer_completion,
        retention=settings.processors.retention,
        lease=settings.processors.lease,
        clock=utc_now,
        budget=budget,
        alarm=_alarm,
    )
    swept = sweep_due(tools)
    counts: dict[str, Any] = {
        "due": swept.due,
        "ended": swept.ended,
        "waiting": swept.waiting,
        "failed": swept.failed,
        "left": swept.left,
    }
    logger.info(
        "sweep",
        extra={
            **counts,
            "duration_ms": round((time.perf_counter() - started) * 1000, 1),
            "dynamodb_requests": budget.usage.requests,
            "dynamodb_retries": budget.usage.retries,
            "consumed_capacity_units": budget.usage.capacity_units,
            **usage_report.members(context, started, budget.usage),
        },
    )
    return counts


def _alarm(name: str, facts: Mapping[str, Any]) -> None:
    logger.error(f"alarm: {name}", extra={"alarm": name, **facts})
