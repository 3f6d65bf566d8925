"""How is a run shown? As tables on a terminal, and as a file for programs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from loadtests.record import SUMMARY_FILE
from loadtests.summary import ExitCode, Run

GOOD: Final = "green"
BAD: Final = "bold red"

SAID: Final = {
    ExitCode.WELL: "All is well: every threshold is met, and every cent is where it belongs.",
    ExitCode.THRESHOLDS_MISSED: "A threshold is missed. The money is where it belongs.",
    ExitCode.AUDIT_FAILED: "The money audit failed. Whatever the figures say, this run did too.",
    ExitCode.COULD_NOT_RUN: "This run does not count: it was cut short, or did not work.",
}


def write_summary(run: Run, folder: Path) -> None:
    """Write it for programs."""
    text = json.dumps(run.as_json(), indent=2, ensure_ascii=False) + "\n"
    (folder / SUMMARY_FILE).write_text(text, encoding="utf-8")


def show(run: Run, console: Console) -> None:
    """Show it to a person."""
    console.print(_requests(run.figures.get("requests", {})))
    console.print(_thresholds(run))
    console.print(_audit(run))
    if findings := run.figures.get("findings"):
        console.print(Text(f"  Found: {_named(findings)}"))
    if run.workload:
        counted = ", ".join(f"{count:,} {name}" for name, count in run.workload.items())
        console.print(Text(f"  Answered: {counted}", style="dim"))
    for raised in run.figures.get("exceptions", []):
        said = f"  The load test itself failed, {raised['count']} times: {raised['said']}"
        console.print(Text(said, style=BAD))
    if run.cut_short is not None:
        console.print(Text(f"  Cut short: {run.cut_short}.", style=BAD))
    code = run.exit_code
    console.print(Text(SAID[code], style="bold green" if code is ExitCode.WELL else BAD))


def _requests(requests: Mapping[str, Mapping[str, Any]]) -> Table:
    table = _table("Requests", "name")
    for name in ("count", "errors", "a second", "p50 ms", "p95 ms", "p99 ms", "max ms"):
        table.add_column(name, justify="right")
    table.add_column("documented")
    for name, figures in requests.items():
        apart = dict(figures["documented"])
        if figures["given_up"]:
            apart["hung up on purpose"] = figures["given_up"]
        table.add_row(
            name,
            f"{figures['count']:,}",
            Text(f"{figures['errors']:,}", style=BAD if figures["errors"] else GOOD),
            f"{figures['per_second']:,.1f}",
            *(f"{figures[each]:,.0f}" for each in ("p50_ms", "p95_ms", "p99_ms", "max_ms")),
            _counts({**apart, **figures["errors_by_label"]}),
        )
    return table


def _thresholds(run: Run) -> Table:
    table = _table("Thresholds", "limit")
    table.add_column("found", justify="right")
    table.add_column("")
    table.add_column("why")
    for each in run.judged:
        found = "nothing" if each.found is None else f"{each.found:,.4g}"
        table.add_row(each.threshold.name, found, _mark(each.met, "met"), each.threshold.why)
    return table


def _audit(run: Run) -> Table:
    table = _table("Money audit", "check")
    table.add_column("")
    table.add_column("found")
    if not run.checks:
        table.add_row("nothing was sent that could be audited", _mark(False, "audited"), "")
    for check in run.checks:
        table.add_row(check.name, _mark(check.ok, "holds"), check.detail)
    return table


def _table(title: str, first: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=True)
    table.add_column(first)
    return table


def _mark(good: bool, word: str) -> Text:
    return Text(word, style=GOOD) if good else Text(f"NOT {word}", style=BAD)


def _named(findings: Mapping[str, float | None]) -> str:
    return ", ".join(
        f"{name} {'none' if found is None else f'{found:,.4g}'}" for name, found in findings.items()
    )


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} x {label}" for label, count in counts.items())
