"""How is a run audited again, later? `python -m loadtests.audit REPORT_FOLDER`, with the same
options for where it was as the run had.

Exit codes: 0 every check is kept; 2 one is not; 3 the target is not to be found, or an option is
wrong.
"""

import sys
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from typer.exceptions import TyperException

from loadtests.audit.money_audit import audit
from loadtests.summary import ExitCode
from loadtests.target import TargetError, choose_target

EXIT_BROKEN: Final = int(ExitCode.AUDIT_FAILED)
EXIT_NOT_LOOKED: Final = int(ExitCode.COULD_NOT_RUN)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
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
    """Look for every cent of a run again.

    It only reads; on a local stack what is not finished is told and swept as by its schedule.
    """
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
        raise typer.Exit(EXIT_NOT_LOOKED) from None
    checks = audit(report_folder, target)
    for check in checks:
        sys.stdout.write(f"{'ok    ' if check.ok else 'BROKEN'}  {check.name}: {check.detail}\n")
    raise typer.Exit(0 if all(check.ok for check in checks) else EXIT_BROKEN)


def main() -> NoReturn:
    """Entry point; 2 is what the audit says, and never the use of an option."""
    try:
        code = app(standalone_mode=False)
    except typer.Exit as exit_:
        code = exit_.exit_code
    except (typer.Abort, KeyboardInterrupt):
        sys.stderr.write("audit: ended\n")
        code = EXIT_NOT_LOOKED
    except TyperException as error:
        sys.stderr.write(f"audit: {error.format_message()}\n")
        code = EXIT_NOT_LOOKED
    sys.exit(int(code or 0))


if __name__ == "__main__":
    main()
