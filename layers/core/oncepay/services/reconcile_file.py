"""What becomes of a settlement file that was announced? It is booked once, however often it is
announced, under however many names, and wherever a worker is killed.

    begin      the run is stored; the same version of the same object is the same run
    measure    the whole file is read: fit to book, or quarantined
    claim      one run books a content; another with the same content waits for it, takes over from
               it if it stands still, and is completed as its copy in the end
    book       row by row; see `book_rows`
    report     the results are put into the bucket; see `write_results`
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from oncepay.domain.errors import (
    InternalError,
    OutcomeUnknown,
    RateLimited,
    StorageUnavailable,
)
from oncepay.domain.settlement import (
    Settlement,
    SettlementStatus,
    Source,
    accept,
    begin,
    complete_as_copy,
    fail,
    quarantine,
    report,
)
from oncepay.domain.settlement_booking import Reading
from oncepay.domain.settlement_formats.row import FileRefused
from oncepay.services.book_rows import BookingTools, book_rows
from oncepay.services.measure_file import measure_file
from oncepay.services.write_results import Summarize, write_results
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.objects import ObjectGone, ObjectStore
from oncepay.storage.settlement_writes import Overtaken, begin_run, claim_content, write_run
from oncepay.storage.settlements import RUN_PART, settlement_from_raw

STANDSTILL = timedelta(seconds=60)
"""A run that is worked on is written many times in this time: one that is not has lost its
worker."""

MAX_ATTEMPTS = 3
"""A stream that breaks off is taken up again at once, from where the run stands."""

MAX_CLAIM_TURNS = 5

CHARGES_WHOLE = ("stripe",)
"""Formats in which a charge that was captured in part has two rows.

Source: Stripe, "Reporting categories", partial_capture_reversal, as of 2026-11."""


class Ending(Enum):
    """How a worker leaves a run."""

    DONE = "done"
    """Nothing is left to do."""
    UNFINISHED = "unfinished"
    """The time is up, and something was done in it: carry on at once."""
    WAITING = "waiting"
    """Somebody else is on the run, or books the same content: look again later."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The run as this worker leaves it."""

    run: Settlement
    ending: Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a run is worked on with.

    Attributes:
        processors: whose files they are, by format; one that is not in it is our own.
        tolerance_minor: by how much an amount may differ, in minor units.
        summarize: says of a run what is told to the outside.
        clock: the time, in UTC.
        budget: nothing new is begun when it has run out.
    """

    objects: ObjectStore
    database: Database
    processors: Mapping[str, str]
    tolerance_minor: int
    summarize: Summarize
    clock: Callable[[], datetime]
    budget: Budget


def reconcile_file(source: Source, tools: Tools) -> Reconciled:
    """Take a file as far as the time allows; safe to call again, at any time, by anybody.

    Raises:
        StorageUnavailable, RateLimited, OutcomeUnknown, InternalError: the run is as it was stored
            last; call again, but not for ever.
    """
    usage = tools.budget.usage
    commits_at_first = commits_before = usage.commits
    run = begin(source, tools.clock())
    attempt = 1
    while True:
        try:
            run = begin_run(tools.database, run, tools.budget)
            reconciled = _carry_on(run, tools)
        except Overtaken:
            return _look_again(run, tools)
        except (StorageUnavailable, RateLimited, OutcomeUnknown):
            if not tools.budget.has_time():
                if usage.commits == commits_at_first:
                    raise
                return Reconciled(run, Ending.UNFINISHED)
            attempt = attempt + 1 if usage.commits == commits_before else 1
            commits_before = usage.commits
            if attempt > MAX_ATTEMPTS or not tools.budget.wait_before_retry(attempt):
                raise
        else:
            if reconciled.ending is Ending.UNFINISHED and usage.commits == commits_at_first:
                # Carried on again and again it would never end, and nobody would know.
                raise RateLimited("the time was up before anything of the file was done")
            return reconciled


def _look_again(run: Settlement, tools: Tools) -> Reconciled:
    """Whoever overtook us may be gone by then, and its message with it."""
    now = _read(run.id, tools)
    is_done = now.status is not SettlementStatus.PROCESSING and now.is_reported
    return Reconciled(now, Ending.DONE if is_done else Ending.WAITING)


def _carry_on(run: Settlement, tools: Tools) -> Reconciled:
    if run.status is not SettlementStatus.PROCESSING:
        return _report(run, tools)
    if not tools.budget.has_time():
        return Reconciled(run, Ending.UNFINISHED)
    if run.totals is not None:
        return _book_own(run, tools)
    try:
        with tools.objects.open(run.source) as raw:
            measured = accept(run, measure_file(raw), tools.clock())
        return _claim(run, measured, tools)
    except ObjectGone as gone:
        return _end(run, fail(run, gone.reason, tools.clock()), tools)
    except FileRefused as refused:
        return _end(run, quarantine(run, refused.reason, tools.clock()), tools)


def _claim(run: Settlement, measured: Settlement, tools: Tools) -> Reconciled:
    """Become the run that books this content, or leave that to the one that is."""
    let_go_by: str | None = None
    for _ in range(MAX_CLAIM_TURNS):
        claimed = claim_content(
            tools.database,
            run,
            measured,
            let_go_by=let_go_by,
            processor=tools.processors.get(measured.totals.format) if measured.totals else None,
            budget=tools.budget,
        )
        if claimed is None:
            return _book_own(_as_written(run, measured), tools)
        original = _read(claimed.run_id, tools)
        if original.id == run.id:
            raise Overtaken
        if original.status is SettlementStatus.COMPLETED:
            return _end_as_copy(run, measured, original, tools)
        if original.status is not SettlementStatus.PROCESSING and original.booked == 0:
            let_go_by = original.id
            continue
        return _take_over(run, measured, original, tools)
    raise InternalError("the claim to the file's content changes hands all the time")


def _take_over(
    run: Settlement, measured: Settlement, original: Settlement, tools: Tools
) -> Reconciled:
    """Carry on the run that has the claim from this run's file, if nobody else does."""
    is_worked_on = original.updated_at + STANDSTILL > tools.clock()
    if original.status is SettlementStatus.PROCESSING and is_worked_on:
        return Reconciled(run, Ending.WAITING)
    try:
        booked = _book(original, run.source, tools)
    except Overtaken:
        return Reconciled(run, Ending.WAITING)
    if booked.ending is not Ending.DONE:
        return Reconciled(run, booked.ending)
    return _end_as_copy(run, measured, booked.run, tools)


def _book_own(run: Settlement, tools: Tools) -> Reconciled:
    try:
        return _book(run, run.source, tools)
    except ObjectGone as gone:
        # What is booked stays booked: a copy of the file carries on from there.
        return _end(run, fail(run, gone.reason, tools.clock()), tools)


def _book(run: Settlement, source: Source, tools: Tools) -> Reconciled:
    if run.totals is None:
        raise InternalError("a file is booked when it was read whole")
    reading = Reading(
        processor=tools.processors.get(run.totals.format),
        tolerance_minor=tools.tolerance_minor,
        charges_whole=run.totals.format in CHARGES_WHOLE,
    )
    booking = BookingTools(database=tools.database, clock=tools.clock, budget=tools.budget)
    with tools.objects.open(source) as raw:
        after = book_rows(run, raw, reading=reading, tools=booking)
    if after.status is not SettlementStatus.COMPLETED:
        return Reconciled(after, Ending.UNFINISHED)
    return _report(after, tools)


def _report(run: Settlement, tools: Tools) -> Reconciled:
    """Put the results of a run that has ended, once."""
    if run.is_reported:
        return Reconciled(run, Ending.DONE)
    if not tools.budget.has_time():
        return Reconciled(run, Ending.UNFINISHED)
    # They say where they are.
    reported = report(run, tools.clock())
    write_results(
        reported,
        summarize=tools.summarize,
        objects=tools.objects,
        database=tools.database,
        budget=tools.budget,
    )
    write_run(tools.database, run, reported, tools.budget)
    return Reconciled(_as_written(run, reported), Ending.DONE)


def _end_as_copy(
    run: Settlement, measured: Settlement, original: Settlement, tools: Tools
) -> Reconciled:
    if measured.totals is None:
        raise InternalError("a copy is known by its content, and so was measured")
    # Who booked the original may be gone, and nobody else comes to it.
    reported = _report(original, tools)
    if reported.ending is not Ending.DONE:
        return Reconciled(run, reported.ending)
    return _end(run, complete_as_copy(run, original.id, measured.totals, tools.clock()), tools)


def _end(before: Settlement, after: Settlement, tools: Tools) -> Reconciled:
    write_run(tools.database, before, after, tools.budget)
    return _report(_as_written(before, after), tools)


def _as_written(before: Settlement, after: Settlement) -> Settlement:
    return replace(after, version=before.version + 1)


def _read(run_id: str, tools: Tools) -> Settlement:
    raw = tools.database.get("settlements", run_id, RUN_PART, tools.budget)
    if raw is None:
        raise InternalError("a run that was stored is not there")
    return settlement_from_raw(raw)
