"""Which checks make up the audit, and when is it over? Everything is read and checked; what does
not agree is read again, since lists lag and events are on their way, and only what still does not
is broken.
"""

import time
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
from loadtests.audit.books import check_books
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
    except StackError as error:
        return [Check(name=READ_CHECK, ok=False, detail=str(error))]
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
    except RecordError as error:
        return [Check(name=RECORD_CHECK, ok=False, detail=str(error))]
    there = Check(name=RECORD_CHECK, ok=True, detail=record.counted)
    for pause_seconds in (*pauses_seconds, None):
        checks = _look(record, sources)
        if pause_seconds is None or all(check.ok for check in checks):
            break
        time.sleep(pause_seconds)
    if checks[0].name == READ_CHECK:
        return [there, *checks]
    # Once: the prover itself looks again at what it suspects, and reads everything that is there.
    books = check_books(sources.prove)
    return [there, *checks[:BOOKS_PLACE], books, *checks[BOOKS_PLACE:]]


def _look(record: Record, sources: Sources) -> list[Check]:
    try:
        if sources.come_to_rest is not None:
            sources.come_to_rest()
        readers = {one.merchant.id: ApiReader(sources.get, one.merchant.api_key)
                   for one in record.merchants}  # fmt: skip
        # Of a stage each read waits for the way there and back.
        with ThreadPoolExecutor(READERS) as pool:
            read = partial(_read, readers, record)
            found = dict(zip(readers, pool.map(read, record.merchants), strict=True))
        view = View(record=record, found=found, tables=sources.tables)
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
    except (ReadError, CouldNotReadError, BotoCoreError, ClientError) as error:
        return [Check(name=READ_CHECK, ok=False, detail=" ".join(str(error).split()))]


def _read(readers: Mapping[str, ApiReader], record: Record, before: Before) -> Found:
    asked, reader = record.of(before.merchant.id), readers[before.merchant.id]
    wanted = {id_ for one in asked if one.kind in PAYMENT_KINDS for id_ in one.ids}
    refunded = {one.refunded_payment for one in asked if one.kind is Kind.REFUND}
    return reader.read(before, started_at=record.started_at, wanted=wanted, refunded=refunded)
