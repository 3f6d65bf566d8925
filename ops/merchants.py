"""`oncepay merchants`: who may pay with this stack?"""

from datetime import UTC, datetime
from typing import Annotated

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
from ops.stack import choose_stack

app = typer.Typer(no_args_is_help=True, help="Add merchants.")


@app.callback()
def merchants() -> None:
    """Add merchants."""


@app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What people call the merchant.")],
    fee_basis_points: Annotated[
        int | None,
        typer.Option(
            help="Its own fee in hundredths of a percent, 0..10000; the stage's unless given."
        ),
    ] = None,
    stack_file: StackFile = None,
    stack_name: StackName = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """Add a merchant and print its id. `oncepay keys create` then gives it a key."""
    with one_clear_line("merchants add"):
        from oncepay.services.add_merchant import add_merchant
        from oncepay.storage.budget import Budget

        stack = choose_stack(stack_file=stack_file, stack_name=stack_name, region=region)
        merchant = add_merchant(
            name=name,
            fee_basis_points=fee_basis_points,
            database=stack.open_database(),
            now=datetime.now(UTC),
            budget=Budget(COMMAND_SECONDS),
        )
        if as_json:
            print_json(
                {
                    "id": merchant.id,
                    "name": merchant.name,
                    "fee_basis_points": merchant.fee_basis_points,
                }
            )
            return
        tell(f"{merchant.name} may use the stack {stack.name} under the id")
        typer.echo(merchant.id)
