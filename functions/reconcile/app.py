"""Settlement files that were dropped into the bucket, announced through the queue or by S3
itself.
"""

import gc

# Importing leaves next to no garbage behind, and looking for it takes an eighth of a cold start.
gc.disable()

import os
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from oncepay.api.cold_start import end_cold_start
from oncepay.api.error_notes import notes_of
from oncepay.api.notifications import (
    AnnouncedFile,
    NotANotification,
    read_message,
    read_notification,
)
from oncepay.api.settlement_results import settlement_result_json
from oncepay.api.usage_report import report_of_rare_calls
from oncepay.services.reconcile_file import Ending, Reconciled, Tools, reconcile_file
from oncepay.settings.reconcile import ReconcileSettings
from oncepay.storage.budget import LAST_ATTEMPT_SECONDS, Budget
from oncepay.storage.database import open_database
from oncepay.storage.objects import OPEN_SECONDS, ObjectStore
from oncepay.storage.queues import SEND_SECONDS, Queue

LOOK_AGAIN_SECONDS = 20
"""Until it is asked again whether the worker that is on the file, or on its copy, has ended it."""

settings = ReconcileSettings.from_environ(os.environ)
database = open_database(settings.tables)
objects = ObjectStore()
queue = Queue(settings.queue_url)
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
logger = Logger()
usage_report = report_of_rare_calls(settings.usage_sampling)
end_cold_start(database)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry point of the Lambda function: a batch of messages, or a notification of S3 itself.

    Returns:
        The messages that could not be handled: they come again, and in the end go to the dead
        letters.

    Raises:
        NotANotification, PaymentsError: of a notification of S3 itself, to the same effect.
    """
    if _is_batch(event):
        take = partial(_take_message, context=context)
        return dict(process_partial_response(event, take, processor))
    _take_files(_read(event), context)
    return {"batchItemFailures": []}


def _is_batch(event: dict[str, Any]) -> bool:
    records = event.get("Records")
    return isinstance(records, list) and any(
        isinstance(record, dict) and record.get("eventSource") == "aws:sqs" for record in records
    )


def _take_message(record: SQSRecord, context: Any) -> None:
    _take_files(_read(record.body), context)


def _read(notification: str | dict[str, Any]) -> list[AnnouncedFile]:
    try:
        if isinstance(notification, str):
            return read_message(notification)
        return read_notification(notification)
    except NotANotification as error:
        logger.error("not a notification", reason=str(error))
        raise


def _take_files(files: Sequence[AnnouncedFile], context: Any) -> None:
    """Each file, whatever becomes of the others; the first error is raised in the end."""
    errors: list[Exception] = []
    for file in files:
        started, budget = time.perf_counter(), _budget(context)
        try:
            reconciled = _take_file(file, budget)
            _log(
                file.source.settlement_id,
                reconciled,
                budget,
                started,
                usage_report.members(context, started, budget.usage),
            )
        except Exception as error:
            notes = {"settlement_id": file.source.settlement_id, **notes_of(error)}
            used = usage_report.members(context, started, budget.usage)
            logger.error("settlement not finished", extra={**notes, **used})
            errors.append(error)
    if errors:
        raise errors[0]


def _take_file(file: AnnouncedFile, budget: Budget) -> Reconciled:
    if file.source.bucket != settings.bucket:
        raise NotANotification("a file of another bucket")
    tools = Tools(
        objects=objects,
        database=database,
        processors=settings.processors,
        tolerance_minor=settings.tolerance_minor,
        summarize=settlement_result_json,
        clock=partial(datetime.now, UTC),
        budget=budget,
    )
    reconciled = reconcile_file(file.source, tools)
    if reconciled.ending is Ending.UNFINISHED:
        queue.send(file.message)
    elif reconciled.ending is Ending.WAITING:
        queue.send(file.message, delay_seconds=LOOK_AGAIN_SECONDS)
    return reconciled


def _budget(context: Any) -> Budget:
    remaining_seconds = int(context.get_remaining_time_in_millis()) / 1000
    # What may have begun when the time is up: to open the file, a last request, the message.
    return Budget(remaining_seconds - OPEN_SECONDS - LAST_ATTEMPT_SECONDS - SEND_SECONDS)


def _log(
    settlement_id: str,
    reconciled: Reconciled,
    budget: Budget,
    started: float,
    used: Mapping[str, Any],
) -> None:
    # Not the file's name, which is its sender's.
    run = reconciled.run
    logger.info(
        "settlement",
        settlement_id=settlement_id,
        ending=reconciled.ending.value,
        status=run.status.value,
        rows=run.booked,
        matched=run.matched,
        breaks=run.breaks,
        duplicate_of=run.duplicate_of,
        duration_ms=round((time.perf_counter() - started) * 1000, 1),
        dynamodb_requests=budget.usage.requests,
        dynamodb_retries=budget.usage.retries,
        consumed_capacity_units=budget.usage.capacity_units,
        **used,
    )
