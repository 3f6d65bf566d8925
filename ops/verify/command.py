"""`oncepay verify`: which stack, what is printed, which exit code.

Exit codes: 0 the books are proved, 1 something is wrong, 2 they could not be read.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from ops.verify.prover import verify
from ops.verify.report import EXIT_COULD_NOT_READ, Report, print_report
from ops.verify.stack import Stack, deployed_stack, local_stack
from ops.verify.tables import CouldNotReadError

__all__ = ["CouldNotReadError", "Report", "run_verify", "verify", "verify_command"]

LOCAL_STACK_FILE: Final = Path(".local/stack.json")


def verify_command(
    stack_file: Annotated[
        Path | None,
        typer.Option(help=f"Description of a local stack. [default: {LOCAL_STACK_FILE}]"),
    ] = None,
    stack_name: Annotated[
        str | None, typer.Option(help="A deployed stack, read with your AWS credentials.")
    ] = None,
    region: Annotated[str | None, typer.Option(help="Region of the deployed stack.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Prove every cent from the books: read all tables, report whatever does not agree."""
    raise typer.Exit(
        run_verify(stack_file=stack_file, stack_name=stack_name, region=region, as_json=as_json)
    )


def run_verify(
    *,
    stack_file: Path | None = None,
    stack_name: str | None = None,
    region: str | None = None,
    as_json: bool = False,
) -> int:
    """Verify a stack and print the report.

    Returns: the exit code.
    """
    try:
        stack = _chosen_stack(stack_file, stack_name, region)
        with Console(stderr=True).status("Reading the books..."):
            report = verify(stack.tables, client=stack.client)
    except CouldNotReadError as error:
        line = " ".join(str(error).split())
        if as_json:
            sys.stdout.write(json.dumps({"clean": False, "error": line}) + "\n")
        sys.stderr.write(f"oncepay verify: {line}\n")
        return EXIT_COULD_NOT_READ
    if as_json:
        sys.stdout.write(json.dumps(report.as_json(), indent=2) + "\n")
    else:
        print_report(report, Console(highlight=False))
    return report.exit_code


def _chosen_stack(stack_file: Path | None, stack_name: str | None, region: str | None) -> Stack:
    if stack_name is None:
        if region is not None:
            raise CouldNotReadError("--region goes with --stack-name; a local stack has its own.")
        return local_stack(stack_file or LOCAL_STACK_FILE)
    if stack_file is not None:
        raise CouldNotReadError("Give --stack-file or --stack-name, not both.")
    return deployed_stack(stack_name, region)
