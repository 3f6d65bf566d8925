"""Which checks make up the audit, and when is it over? Everything is read and checked; what does
not agree is read again, since lists lag and events are on their way, and only what still does not
is broken.
"""

import time
import traceback
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from loadtests.audit.answered import check_acknowledged, check_keys
from loadtests.audit.api_reading import READERS, ApiReader, Found, ReadError
from loadtests.audit.asked import PAYMENT_KINDS, Before, Document, Record, read_asked
from loadtests.audit.balances import check_balances
from loadtests.audit.books import BOOKS_CHECK, check_books
from loadtests.audit.checks import Check
from loadtests.audit.events import check_events
from loadtests.audit.processor import check_processor
from loadtests.audit.sent import check_strangers, check_unanswered
from loadtests.audit.sources import Sources, sources_of
from loadtests.audit.view import View
from loadtests.record import Kind, RecordError
from loadtests.target import Target
from ops.stack import StackError
from ops.verify.tables import CouldNotReadError

RECORD_CHECK: Final = "there is a record to audit"
READ_CHECK: Final = "what is there can be read"

SAID_CLEARLY: Final = (
    ReadError, RecordError, StackError, CouldNotReadError, BotoCoreError, ClientError
)  # fmt: skip
"""Their messages are clear lines."""

BOOKS_PLACE: Final = 5
"""Where the books stand among the checks of what agrees."""

PAUSES_SECONDS: Final = (1.0, 3.0, 10.0)
"""Before what does not agree is read again. DynamoDB's indexes lag by less than a second as a rule,
and what the processor told us while we read is told by then.
"""


def audit(report_folder: Path, target: Target) -> list[Check]:
    """Hold the record of a run against what is there.

    Args:
        report_folder: with requests.jsonl and merchants.json.
        target: where the run was.

    Returns:
        Every check, in a fixed order. It does not raise for what cannot be read: that is a broken
        check.
    """
    try:
        sources = sources_of(target)
    except Exception as error:
        return [_unread(error)]
    return audit_from(report_folder, sources)


def audit_from(
    report_folder: Path, sources: Sources, pauses_seconds: Sequence[float] = PAUSES_SECONDS
) -> list[Check]:
    """Hold the record of a run against what can be read.

    Args:
        report_folder: with requests.jsonl and merchants.json.
        sources: where to read what is there.
        pauses_seconds: before each further look at what does not agree.
    """
    try:
        record = read_asked(report_folder, sources.merchants)
    except Exception as error:
        return [Check(name=RECORD_CHECK, ok=False, detail=in_a_line(error))]
    there = Check(name=RECORD_CHECK, ok=True, detail=record.counted)
    for pause_seconds in (*pauses_seconds, None):
        # What a charge came to may be the schedule's to find out, which runs once a minute.
        checks = _look(record, sources, is_swept=pause_seconds is None)
        if pause_seconds is None or all(check.ok for check in checks):
            break
        time.sleep(pause_seconds)
    if checks[0].name == READ_CHECK:
        return [there, *checks]
    # Once: the prover itself looks again at what it suspects, and reads everything that is there.
    try:
        books = check_books(sources.prove)
    except Exception as error:
        books = Check(name=BOOKS_CHECK, ok=False, detail=f"not proved: {in_a_line(error)}")
    return [there, *checks[:BOOKS_PLACE], books, *checks[BOOKS_PLACE:]]


def _look(record: Record, sources: Sources, *, is_swept: bool) -> list[Check]:
    try:
        if is_swept and sources.sweep is not None:
            sources.sweep()
        if sources.come_to_rest is not None:
            sources.come_to_rest()
        readers = {one.merchant.id: ApiReader(sources.get, one.merchant.api_key)
                   for one in record.merchants}  # fmt: skip
        # Of a stage each read waits for the way there and back.
        with ThreadPoolExecutor(READERS) as pool:
            read = partial(_read, readers, record)
            found = dict(zip(readers, pool.map(read, record.merchants), strict=True))
        view = View(record=record, found=found, tables=sources.tables, now=sources.now())
        charges = None if sources.charges is None else sources.charges()

        def read_events() -> Iterable[Document]:
            return chain.from_iterable(one.events(record.started_at) for one in readers.values())

        return [
            check_acknowledged(view),
            check_keys(view),
            check_strangers(view),
            check_unanswered(view),
            check_balances(view),
            check_processor(view, charges),
            check_events(view, read_events),
        ]
    # Whatever a stack answers: that it cannot be understood is what the audit has to say of it.
    except Exception as error:
        return [_unread(error)]


def in_a_line(error: Exception) -> str:
    """What an error says. Of one that nobody has written for people also what it is, and where."""
    said = " ".join(str(error).split())
    if isinstance(error, SAID_CLEARLY):
        return said
    last = traceback.extract_tb(error.__traceback__)[-1:]
    where = "".join(f" ({Path(one.filename).name}, line {one.lineno})" for one in last)
    return f"{type(error).__name__}: {said}{where}"


def _unread(error: Exception) -> Check:
    return Check(name=READ_CHECK, ok=False, detail=in_a_line(error))


def _read(readers: Mapping[str, ApiReader], record: Record, before: Before) -> Found:
    asked, reader = record.of(before.merchant.id), readers[before.merchant.id]
    wanted = {id_ for one in asked if one.kind in PAYMENT_KINDS for id_ in one.ids}
    refunded = {one.refunded_payment for one in asked if one.kind is Kind.REFUND}
    return reader.read(before, started_at=record.started_at, wanted=wanted, refunded=refunded)
