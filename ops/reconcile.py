"""`oncepay reconcile`: does this settlement file agree with the books? It is dropped, followed to
its end and told of in one command, whose exit code a script can go by.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ops.command_line import one_clear_line, print_json, tell
from ops.settlement_runs import (
    BEING_READ,
    NOT_TAKEN_UP,
    LineByLine,
    follow,
    key_of,
    payouts_of,
    print_run,
    run_json,
    speed_of,
    unreadable,
    upload,
)
from ops.stack import StackError, choose_stack

if TYPE_CHECKING:
    from rich.console import Console

    from oncepay.domain.settlement import Settlement
    from ops.settlement_runs import Watch


ENDED_BADLY, HAS_BREAKS = 1, 3
"""Exit codes; 2 is that of a command that was not understood."""


def reconcile_command(
    file: Path,
    name: str | None,
    strict: bool,
    wait_seconds: float,
    stack_file: Path | None,
    stack_name: str | None,
    region: str | None,
    as_json: bool,
) -> None:
    """Reconcile one file."""
    with one_clear_line("reconcile"):
        from rich.console import Console

        from oncepay.domain.settlement import SettlementStatus

        _require_content(file)
        stack = choose_stack(stack_file=stack_file, stack_name=stack_name, region=region)
        settlement_id = upload(stack, file, key_of(name or file.name))
        database = stack.open_database()
        with watching(Console(stderr=True)) as watch:
            run = follow(database, settlement_id, wait_seconds, watch)
            if run.duplicate_of is not None:
                tell(f"{run.id} has the same content as {run.duplicate_of}, which was booked:")
                run = follow(database, run.duplicate_of, wait_seconds, watch)
        if as_json:
            print_json(run_json(database, run))
        else:
            print_run(database, run)
        if run.status is not SettlementStatus.COMPLETED:
            raise typer.Exit(ENDED_BADLY)
        differs = any(check.agrees is False for check in payouts_of(database, run))
        if strict and (run.breaks or differs):
            raise typer.Exit(HAS_BREAKS)


def _require_content(file: Path) -> None:
    """Say at once what the bucket would only be told of later."""
    try:
        with file.open("rb") as content:
            is_empty = not content.read(1)
    except OSError as error:
        raise unreadable(file, error) from None
    if is_empty:
        raise StackError(f"{file} is empty")


@contextmanager
def watching(console: "Console") -> "Iterator[Watch]":
    """A bar on a terminal, lines elsewhere: of how far a run is."""
    if not console.is_terminal:
        yield LineByLine()
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[said]}", markup=False),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(NOT_TAKEN_UP, total=None, said="")

        def watch(run: "Settlement | None") -> None:
            progress.update(task, **_fields(run))

        yield watch


def _fields(run: "Settlement | None") -> dict[str, Any]:
    if run is None:
        return {"description": NOT_TAKEN_UP}
    if run.totals is None:
        return {"description": BEING_READ}
    return {
        "description": f"{run.booked} of {run.totals.rows} rows",
        "total": run.totals.rows,
        "completed": run.booked,
        "said": ", ".join(speed_of(run)),
    }
