"""`oncepay settlements`: drop a settlement file into the bucket, and see what becomes of it."""

import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ops.command_line import (
    COMMAND_SECONDS,
    AsJson,
    Region,
    StackFile,
    StackName,
    one_clear_line,
    print_json,
    tell,
)
from ops.stack import Stack, StackError, choose_stack

if TYPE_CHECKING:
    from oncepay.domain.settlement import Break, Settlement
    from oncepay.storage.database import Database

PREFIX = "incoming/"
WAIT_SECONDS = 300.0
LOOK_SECONDS = 0.5
BREAKS_SHOWN = 100
FILE_WIDTH = 160
"""Of a table that is not shown on a terminal."""

app = typer.Typer(no_args_is_help=True, help="Settlement files and their breaks.")


@app.command("put")
def put(
    file: Annotated[Path, typer.Argument(help="A CSV file.")],
    name: Annotated[
        str | None,
        typer.Option(help="Its name below incoming/; that of the file unless given."),
    ] = None,
    wait_seconds: Annotated[
        float, typer.Option("--wait", min=0, help="How long to wait for its end; 0 for not at all.")
    ] = WAIT_SECONDS,
    stack_file: StackFile = None,
    stack_name: StackName = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """Drop a file, and wait for what becomes of it: exit code 0 if it was completed."""
    with one_clear_line("settlements put"):
        stack = choose_stack(stack_file=stack_file, stack_name=stack_name, region=region)
        settlement_id = _upload(stack, file, PREFIX + _name(name or file.name))
        if wait_seconds == 0:
            typer.echo(settlement_id)
            return
        database = stack.open_database()
        _show(database, _wait(database, settlement_id, wait_seconds), as_json)


@app.command("show")
def show(
    settlement_id: Annotated[str, typer.Argument(help="set_...")],
    stack_file: StackFile = None,
    stack_name: StackName = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """Say how a settlement stands: exit code 0 if it was completed."""
    with one_clear_line("settlements show"):
        from oncepay.services.get_settlement import get_settlement
        from oncepay.storage.budget import Budget

        stack = choose_stack(stack_file=stack_file, stack_name=stack_name, region=region)
        database = stack.open_database()
        budget = Budget(COMMAND_SECONDS)
        _show(database, get_settlement(settlement_id, database=database, budget=budget), as_json)


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, max=100, help="At most so many.")] = 20,
    stack_file: StackFile = None,
    stack_name: StackName = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """List settlements, newest first."""
    with one_clear_line("settlements list"):
        from oncepay.api.representations import settlement_json
        from oncepay.services.list_settlements import list_settlements
        from oncepay.storage.budget import Budget

        stack = choose_stack(stack_file=stack_file, stack_name=stack_name, region=region)
        page = list_settlements(
            None,
            limit=limit,
            after=None,
            now=datetime.now(UTC),
            database=stack.open_database(),
            budget=Budget(COMMAND_SECONDS),
        )
        if as_json:
            print_json([settlement_json(run) for run in page.items])
            return
        for run in page.items:
            typer.echo(f"{_in_short(run)}, {run.source.key}")


def _name(name: str) -> str:
    if name.startswith(("/", PREFIX)) or name.endswith("/"):
        raise StackError(
            f"the name {name} will not do: it stands below {PREFIX}, and does not end with a slash"
        )
    return name


def _upload(stack: Stack, file: Path, key: str) -> str:
    """Put a file into the bucket; returns the id of the settlement that it becomes."""
    from oncepay.domain.settlement import Source

    if stack.settlement_bucket is None:
        raise StackError(f"the stack {stack.name} has no settlement bucket; deploy it again")
    try:
        with file.open("rb") as content:
            put = stack.s3_client().put_object(
                Bucket=stack.settlement_bucket, Key=key, Body=content
            )
    except OSError as error:
        raise StackError(f"{file} cannot be read: {error.strerror}") from None
    tell(f"{file} is {key} in the bucket {stack.settlement_bucket}")
    return Source(
        bucket=stack.settlement_bucket,
        key=key,
        version_id=put.get("VersionId"),
        etag=put["ETag"].strip('"'),
    ).settlement_id


def _wait(database: "Database", settlement_id: str, wait_seconds: float) -> "Settlement":
    """Until it has ended; what it says meanwhile is told."""
    from oncepay.domain.errors import NotFound
    from oncepay.domain.settlement import SettlementStatus
    from oncepay.services.get_settlement import get_settlement
    from oncepay.storage.budget import Budget

    told = ""
    ends_at = time.monotonic() + wait_seconds
    while time.monotonic() < ends_at:
        try:
            run = get_settlement(settlement_id, database=database, budget=Budget(COMMAND_SECONDS))
        except NotFound:
            said = "not taken up yet"
        else:
            if run.status is not SettlementStatus.PROCESSING:
                return run
            said = f"{run.percent} %, {run.booked} rows"
        if said != told:
            tell(said)
            told = said
        time.sleep(LOOK_SECONDS)
    raise StackError(
        f"{settlement_id} has not ended after {wait_seconds:.0f} s; ask again with"
        f" `oncepay settlements show {settlement_id}`"
    )


def _show(database: "Database", run: "Settlement", as_json: bool) -> None:
    from oncepay.api.representations import break_json, settlement_json
    from oncepay.domain.settlement import SettlementStatus

    if as_json:
        print_json(
            settlement_json(run)
            | {"breaks": [break_json(found) for found in _breaks(database, run.id)]}
        )
    else:
        _print(database, run)
    if run.status is not SettlementStatus.COMPLETED:
        raise typer.Exit(1)


def _print(database: "Database", run: "Settlement") -> None:
    from rich.console import Console
    from rich.table import Table

    typer.echo(_in_short(run))
    for said in (run.reason, run.duplicate_of and f"the same content as {run.duplicate_of}"):
        if said:
            typer.echo(said)
    console = Console(file=sys.stdout, highlight=False, markup=False)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    table = Table("row", "kind")
    table.add_column("payment", no_wrap=True)
    table.add_column("why", overflow="fold")
    for count, found in enumerate(_breaks(database, run.id)):
        if count == BREAKS_SHOWN:
            table.add_row("...", "", "", f"{run.breaks - BREAKS_SHOWN} more; --json gives all")
            break
        table.add_row(str(found.row), found.kind.value, found.payment_id or "", found.reason)
    if table.row_count:
        console.print(table)


def _in_short(run: "Settlement") -> str:
    return (
        f"{run.id}: {run.status.value}, {run.booked} rows, {run.matched} matched,"
        f" {run.breaks} breaks"
    )


def _breaks(database: "Database", settlement_id: str) -> "Iterator[Break]":
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
