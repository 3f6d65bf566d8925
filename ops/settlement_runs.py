"""How does a settlement file get into the bucket, and how does the operator see what becomes of it,
up to its end?
"""

import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ops.command_line import COMMAND_SECONDS, tell
from ops.stack import Stack, StackError

if TYPE_CHECKING:
    from oncepay.domain.settlement import Break, Settlement
    from oncepay.domain.settlement_payouts import PayoutCheck
    from oncepay.storage.database import Database

    type Watch = Callable[[Settlement | None], None]
    """Is given the run each time that it was looked at; None as long as there is none."""

PREFIX = "incoming/"
LOOK_SECONDS = 0.5
RESULTS_SECONDS = 30.0
"""From the end of a run until its results are in the bucket, at most: they are written next."""

BREAKS_SHOWN = 100
FILE_WIDTH = 160
"""Of a table that is not shown on a terminal."""

SECONDS_SAID_AS_SUCH = 120
"""A longer time is said in minutes."""

NOT_TAKEN_UP = "not taken up yet"
BEING_READ = "the file is being read; nothing is booked before all of it was"


def key_of(name: str) -> str:
    """Where in the bucket a file of that name is dropped.

    Raises: StackError if it would not be taken up there.
    """
    if name.startswith(("/", PREFIX)) or name.endswith("/"):
        raise StackError(
            f"the name {name} will not do: it stands below {PREFIX}, and does not end with a slash"
        )
    return PREFIX + name


def upload(stack: Stack, file: Path, key: str) -> str:
    """Put a file into the bucket; returns the id of the settlement that it becomes.

    Raises: StackError if there is no bucket, or no such file.
    """
    from oncepay.domain.settlement import Source

    if stack.settlement_bucket is None:
        raise StackError(f"the stack {stack.name} has no settlement bucket; deploy it again")
    try:
        with file.open("rb") as content:
            put = stack.s3_client().put_object(
                Bucket=stack.settlement_bucket, Key=key, Body=content
            )
    except OSError as error:
        raise unreadable(file, error) from None
    tell(f"{file} is {key} in the bucket {stack.settlement_bucket}")
    return Source(
        bucket=stack.settlement_bucket,
        key=key,
        version_id=put.get("VersionId"),
        etag=put["ETag"].strip('"'),
    ).settlement_id


def unreadable(file: Path, error: OSError) -> StackError:
    """What the operator is told of a file that cannot be read."""
    return StackError(f"{file} cannot be read: {error.strerror}")


def follow(
    database: "Database", settlement_id: str, wait_seconds: float, watch: "Watch"
) -> "Settlement":
    """A settlement once it has ended, and its results are in the bucket.

    Args:
        database: the tables.
        settlement_id: of the run.
        wait_seconds: how long to wait at most.
        watch: see there.

    Raises: StackError if it has not ended in time.
    """
    from oncepay.domain.settlement import SettlementStatus

    look = partial(_look, database, settlement_id)
    run = _wait(look, _has_ended, wait_seconds, watch)
    if run is None:
        raise StackError(
            f"{settlement_id} has not ended after {wait_seconds:.0f} s; ask again with"
            f" `oncepay settlements show {settlement_id}`"
        )
    if run.status is SettlementStatus.COMPLETED and run.duplicate_of is None:
        watch(run)
    # What is booked is booked, wherever the results are.
    return _wait(look, _is_told, RESULTS_SECONDS, lambda _: None) or run


def _look(database: "Database", settlement_id: str) -> "Settlement | None":
    from oncepay.domain.errors import NotFound
    from oncepay.services.get_settlement import get_settlement
    from oncepay.storage.budget import Budget

    try:
        return get_settlement(settlement_id, database=database, budget=Budget(COMMAND_SECONDS))
    except NotFound:
        return None


def _has_ended(run: "Settlement") -> bool:
    from oncepay.domain.settlement import SettlementStatus

    return run.status is not SettlementStatus.PROCESSING


def _is_told(run: "Settlement") -> bool:
    return run.reported_at is not None or not run.has_results


def _wait(
    look: "Callable[[], Settlement | None]",
    is_there: "Callable[[Settlement], bool]",
    seconds: float,
    watch: "Watch",
) -> "Settlement | None":
    ends_at = time.monotonic() + seconds
    while True:
        run = look()
        if run is not None and is_there(run):
            return run
        if time.monotonic() >= ends_at:
            return None
        watch(run)
        time.sleep(LOOK_SECONDS)


class LineByLine:
    """Tells how far a run is, each time that there is something new to say."""

    def __init__(self) -> None:
        self._told = ""

    def __call__(self, run: "Settlement | None") -> None:
        """Look at the run."""
        said = progress_line(run)
        if said != self._told:
            tell(said)
            self._told = said


def progress_line(run: "Settlement | None") -> str:
    """How far a run is, how fast it goes, and how long it will take."""
    if run is None:
        return NOT_TAKEN_UP
    if run.totals is None:
        return BEING_READ
    said = f"{run.percent} %, {run.booked} of {run.totals.rows} rows"
    return ", ".join((said, *speed_of(run)))


def speed_of(run: "Settlement") -> Iterator[str]:
    """What can be said by now: rows per second, time left."""
    if run.rows_per_second is not None:
        yield f"{run.rows_per_second} rows/s"
    left = run.seconds_left
    if left is not None:
        is_short = left <= SECONDS_SAID_AS_SUCH
        yield f"{left} s left" if is_short else f"{left / 60:.0f} min left"


def print_run(database: "Database", run: "Settlement") -> None:
    """For a person: what became of a file, its breaks as a table, and where the results lie."""
    from rich.console import Console
    from rich.table import Table

    from oncepay.api.settlement_representations import settlement_json

    typer.echo(in_short(run))
    for said in (run.reason, run.duplicate_of and f"the same content as {run.duplicate_of}"):
        if said:
            typer.echo(said)
    shown = settlement_json(run)
    for currency, sums in shown["sums"].items():
        typer.echo(
            f"{shown['format']}, {currency}: gross {sums['gross_minor']},"
            f" kept of it {sums['fee_minor']}, net {sums['net_minor']}, in minor units"
        )
    console = Console(file=sys.stdout, highlight=False, markup=False)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    for payout in payouts_of(database, run):
        typer.echo(payout_line(payout))
    table = Table("row", "kind", "status")
    table.add_column("payment", no_wrap=True)
    table.add_column("why", overflow="fold")
    for count, found in enumerate(breaks_of(database, run.id)):
        if count == BREAKS_SHOWN:
            table.add_row("...", "", "", "", f"{run.breaks - BREAKS_SHOWN} more; --json gives all")
            break
        table.add_row(
            str(found.row),
            found.kind.value,
            found.status.value,
            found.payment_id or "",
            found.reason,
        )
    if table.row_count:
        console.print(table)
        own = run.id.removeprefix("set_")
        typer.echo(
            f"to decide about a row: oncepay settlements resolve brk_{own}_ROW"
            ' --action correct|accept|ignore|reopen --reason "..."'
        )
    for name, address in (shown["results"] or {}).items():
        typer.echo(f"{name}: {address}")


def run_json(database: "Database", run: "Settlement") -> dict[str, Any]:
    """For a script: the settlement as the API shows it, with all of its breaks."""
    from oncepay.api.settlement_representations import break_json
    from oncepay.api.settlement_results import settlement_result_json

    breaks = [break_json(found) for found in breaks_of(database, run.id)]
    return settlement_result_json(run, payouts_of(database, run)) | {"breaks": breaks}


def payouts_of(database: "Database", run: "Settlement") -> "list[PayoutCheck]":
    """What the file says was paid out, beside what the processor has told by now."""
    from oncepay.services.check_payouts import check_payouts
    from oncepay.storage.budget import Budget

    return check_payouts(run.id, database=database, budget=Budget(COMMAND_SECONDS))


def payout_line(check: "PayoutCheck") -> str:
    """For a person."""
    batch = check.batch
    said = f"payout {batch.reference}: {batch.net_minor} {batch.currency} by the file"
    if check.told is None:
        return f"{said}; the processor has told nothing of it yet"
    told = check.told.found
    agrees = "the same" if check.agrees else "NOT THE SAME"
    return f"{said}, {told.amount_minor} {told.currency} {told.status.value} there: {agrees}"


def in_short(run: "Settlement") -> str:
    """One line about a run."""
    return (
        f"{run.id}: {run.status.value}, {run.booked} rows, {run.matched} matched,"
        f" {run.breaks} breaks"
    )


def breaks_of(database: "Database", settlement_id: str) -> "Iterator[Break]":
    """All of them, by row, read as they are needed."""
    from oncepay.services.list_breaks import list_breaks
    from oncepay.storage.budget import Budget

    after: str | None = None
    while True:
        page = list_breaks(
            settlement_id,
            limit=100,
            after=after,
            database=database,
            budget=Budget(COMMAND_SECONDS),
        )
        yield from page.items
        after = page.next_position
        if after is None:
            return
