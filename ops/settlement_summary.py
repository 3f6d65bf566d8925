"""`oncepay settlements summary`: what is open, missing and late, all in all, as
`GET /v1/reconciliation/summary` tells it: with the settings of the function that answers that.
"""

import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

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
    from rich.console import Console

    from oncepay.services.summarize_reconciliation import Expected

FILE_WIDTH = 160
"""Of a table that is not shown on a terminal."""

INCOMPLETE = "not everything was read: there is more than one summary reads, or there was no time"


def summary(
    stack_file: StackFile = None,
    stack_name: StackName = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """Say what is open, missing and late, and how much money that is."""
    with one_clear_line("settlements summary"):
        from oncepay.api.reconciliation_summary import summary_json
        from oncepay.services.summarize_reconciliation import summarize_reconciliation
        from oncepay.storage.budget import Budget

        stack = choose_stack(stack_file=stack_file, stack_name=stack_name, region=region)
        database = stack.open_database()
        found = summarize_reconciliation(
            _expected(stack),
            database=database,
            now=datetime.now(UTC),
            budget=Budget(COMMAND_SECONDS),
        )
        said = summary_json(found)
        if as_json:
            print_json(said)
        else:
            _print(said)
        if not found.is_complete:
            tell(INCOMPLETE)


def _expected(stack: Stack) -> "Expected":
    """What the function of the stack that answers the same expects.

    Raises:
        StackError: it is of another version. ClientError, BotoCoreError: it cannot be asked.
    """
    from oncepay.services.summarize_reconciliation import Expected
    from oncepay.settings.variables import SettingsError, read_days

    name = f"{stack.name}-query"
    configuration = stack.client("lambda").get_function_configuration(FunctionName=name)
    variables = configuration.get("Environment", {}).get("Variables", {})
    # No more than these two: what else that function needs is nothing to a summary.
    try:
        return Expected(
            delay_days=read_days(variables, "SETTLEMENT_DELAY_DAYS", minimum=0),
            every_days=read_days(variables, "SETTLEMENT_EVERY_DAYS", minimum=1),
        )
    except SettingsError as error:
        raise StackError(f"the function {name} is not as this Oncepay knows it: {error}") from None


def _print(said: Mapping[str, Any]) -> None:
    from rich.console import Console

    console = Console(file=sys.stdout, highlight=False, markup=False)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    _print_at_risk(console, said)
    _print_payments(console, said["missing_in_settlement"]["payments"])
    _print_files(console, said["files"])
    typer.echo(f"at risk in all: {_sums(said['at_risk_minor']) or 'nothing'}")


def _print_at_risk(console: "Console", said: Mapping[str, Any]) -> None:
    from rich.table import Table

    table = Table("what", title="open and missing", title_justify="left")
    for name in ("count", "at risk", "< 1 day", "1-7", "7-30", "> 30"):
        table.add_column(name, justify="right")
    table.add_column("since", no_wrap=True)
    for what, tally, since in _tallies(said):
        ages = (str(count) for count in tally["ages"].values())
        table.add_row(what, str(tally["count"]), _sums(tally["at_risk_minor"]), *ages, since)
    if table.row_count:
        console.print(table)
    else:
        typer.echo("nothing is open, and no payment is missing")


def _tallies(said: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    for kind, tally in said["open_breaks"]["by_kind"].items():
        yield kind, tally, _minute(tally["oldest_opened_at"])
    for processor, tally in said["missing_in_settlement"]["by_processor"].items():
        if tally["count"]:
            what = f"missing_in_settlement, {processor}"
            yield what, tally, _minute(tally["oldest_captured_at"])


def _print_payments(console: "Console", payments: list[Mapping[str, Any]]) -> None:
    from rich.table import Table

    if not payments:
        return
    table = Table(title="captured, and in no file", title_justify="left")
    for name in ("payment", "merchant", "processor"):
        table.add_column(name, no_wrap=True)
    table.add_column("amount", justify="right")
    table.add_column("captured", no_wrap=True)
    table.add_column("days", justify="right")
    for payment in payments:
        table.add_row(
            payment["id"],
            payment["merchant_id"],
            payment["processor"],
            f"{payment['amount_minor']} {payment['currency']}",
            _minute(payment["captured_at"]),
            str(payment["age_days"]),
        )
    console.print(table)


def _print_files(console: "Console", files: list[Mapping[str, Any]]) -> None:
    from rich.table import Table

    if not files:
        return
    table = Table("format", "last file", "expected by", "", title="files", title_justify="left")
    for file in files:
        table.add_row(
            file["format"],
            _minute(file["last_file_at"]),
            file["expected_by"] or "",
            _lateness(file["days_late"]),
        )
    console.print(table)


def _lateness(days: int | None) -> str:
    if days is None:
        return "never came"
    if days == 0:
        return "in time"
    return "1 day late" if days == 1 else f"{days} days late"


def _sums(by_currency: Mapping[str, int]) -> str:
    return ", ".join(f"{amount} {currency}" for currency, amount in by_currency.items())


def _minute(moment: str | None) -> str:
    """`2026-11-21 12:00Z`."""
    return "" if moment is None else f"{moment[:10]} {moment[11:16]}Z"
