"""How does a command of the operator begin and end? By naming a stack; with one clear line.

Commands print what a script wants (an id, a secret, JSON) to standard output and everything else to
standard error, so that `KEY=$(oncepay keys create ...)` works.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from ops.stack import DEFAULT_STACK_FILE, StackError

COMMAND_SECONDS = 20.0
"""Longest that a command waits for DynamoDB."""

StackFile = Annotated[
    Path | None,
    typer.Option("--stack-file", help=f"A local stack; {DEFAULT_STACK_FILE} unless given."),
]
StackName = Annotated[
    str | None,
    typer.Option("--stack-name", help="A deployed stack, with your own AWS credentials."),
]
Region = Annotated[str | None, typer.Option("--region", help="AWS region of the deployed stack.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


@contextmanager
def one_clear_line(command: str) -> Iterator[None]:
    """End with exit code 1 and one line on standard error if the stack, AWS or a rule says no."""
    from botocore.exceptions import BotoCoreError, ClientError

    from oncepay.domain.errors import InternalError, PaymentsError

    try:
        yield
    except StackError as error:
        said = str(error)
    except InternalError as error:
        # Its own words are for callers of the API; the operator is told what DynamoDB said.
        said = f"{error.detail}: {error.__cause__ or 'no cause is known'}"
    except PaymentsError as error:
        said = error.detail
    except (BotoCoreError, ClientError) as error:
        said = str(error)
    else:
        return
    sys.stderr.write(f"oncepay {command}: {' '.join(said.split())}\n")
    raise typer.Exit(1)


def print_json(value: Any) -> None:
    """Print for a script."""
    sys.stdout.write(json.dumps(value, indent=2) + "\n")


def tell(line: str) -> None:
    """Print for a person, out of a script's way."""
    sys.stderr.write(line + "\n")
