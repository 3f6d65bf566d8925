"""How is a run audited again, later? `python -m loadtests.audit REPORT_FOLDER`, with the same
options for where it was as the run had.

Exit codes: 0 every check is kept; 2 one is not, or the target is not to be found.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from loadtests.audit.money_audit import audit
from loadtests.target import TargetError, choose_target

EXIT_BROKEN = 2


def command(
    report_folder: Annotated[Path, typer.Argument(help="Of the run: its requests.jsonl.")],
    stack_file: Annotated[
        Path | None, typer.Option(help="Description of a local stack. [default: .local/stack.json]")
    ] = None,
    stack_name: Annotated[
        str | None, typer.Option(help="A deployed stack, read with your AWS credentials.")
    ] = None,
    region: Annotated[str | None, typer.Option(help="Region of the deployed stack.")] = None,
    host: Annotated[str | None, typer.Option(help="Address of a deployed API.")] = None,
    api_key: Annotated[
        list[str] | None,
        typer.Option(envvar="ONCEPAY_API_KEY", help="Of a merchant of the run; once for each."),
    ] = None,
) -> None:
    """Look for every cent of a run again. It only reads."""
    is_elsewhere = host is not None or stack_name is not None
    try:
        target = choose_target(
            stack_file=stack_file,
            stack_name=stack_name,
            region=region,
            host=host,
            api_keys=tuple(api_key or ()) if is_elsewhere else (),
            # Reading is no load.
            is_confirmed=True,
        )
    except TargetError as error:
        sys.stderr.write(f"audit: {error}\n")
        raise typer.Exit(EXIT_BROKEN) from None
    checks = audit(report_folder, target)
    for check in checks:
        sys.stdout.write(f"{'ok    ' if check.ok else 'BROKEN'}  {check.name}: {check.detail}\n")
    raise typer.Exit(0 if all(check.ok for check in checks) else EXIT_BROKEN)


if __name__ == "__main__":
    typer.run(command)
