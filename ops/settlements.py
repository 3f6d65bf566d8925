"""`oncepay settlements`: drop a settlement file into the bucket, and see what becomes of it."""

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
)
from ops.settlement_runs import LineByLine, follow, in_short, key_of, print_run, run_json, upload
from ops.stack import choose_stack

if TYPE_CHECKING:
    from oncepay.domain.settlement import Settlement
    from oncepay.storage.database import Database

WAIT_SECONDS = 300.0

app = typer.Typer(no_args_is_help=True, help="Settlement files and their breaks.")


@app.command("put")
def put(
    file: Annotated[Path, typer.Argument(help="A settlement file.")],
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
        settlement_id = upload(stack, file, key_of(name or file.name))
        if wait_seconds == 0:
            typer.echo(settlement_id)
            return
        database = stack.open_database()
        _show(database, follow(database, settlement_id, wait_seconds, LineByLine()), as_json)


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
        from oncepay.api.settlement_representations import settlement_json
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
            typer.echo(f"{in_short(run)}, {run.source.key}")


def _show(database: "Database", run: "Settlement", as_json: bool) -> None:
    from oncepay.domain.settlement import SettlementStatus

    if as_json:
        print_json(run_json(database, run))
    else:
        print_run(database, run)
    if run.status is not SettlementStatus.COMPLETED:
        raise typer.Exit(1)
