"""`oncepay dismiss`: an event that waits for what will never come is tried no more."""

from pathlib import Path

import typer

from ops.command_line import COMMAND_SECONDS, one_clear_line
from ops.stack import StackError, choose_stack

MAX_REASON_CHARACTERS = 500


def dismiss_command(
    event: str, reason: str, stack_file: Path | None, stack_name: str | None, region: str | None
) -> None:
    """Dismiss one event."""
    with one_clear_line("dismiss"):
        from oncepay.services.dismiss_event import dismiss_event
        from oncepay.storage.budget import Budget

        said = " ".join(reason.split())
        if not 0 < len(said) <= MAX_REASON_CHARACTERS:
            raise StackError(f"the reason must have 1 to {MAX_REASON_CHARACTERS} characters")
        if not said.isprintable():
            raise StackError("the reason must be text that can be printed")
        stack = choose_stack(stack_file=stack_file, stack_name=stack_name, region=region)
        dismissed = dismiss_event(
            event, said, database=stack.open_database(), budget=Budget(COMMAND_SECONDS)
        )
        typer.echo(f"{dismissed.public_id} is tried no more: {dismissed.reason}")
