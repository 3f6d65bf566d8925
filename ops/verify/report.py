"""What came out? The report of a proof, for people (a short table) and for machines (JSON)."""

from dataclasses import asdict, dataclass
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.verify.findings import Finding, Rule
from ops.verify.sums import CurrencySum

EXIT_CLEAN: Final = 0
EXIT_FINDINGS: Final = 1
EXIT_COULD_NOT_READ: Final = 2

MOST_SHOWN: Final = 50
"""Findings printed for people; the JSON has all of them."""


@dataclass(frozen=True, slots=True)
class Read:
    """How much there was of what comes from outside: settlement files, and events."""

    runs: int = 0
    breaks: int = 0
    markers: int = 0
    settled_payments: int = 0
    settled_refunds: int = 0
    events: int = 0

    def line(self) -> str:
        """What was read, as one sentence."""
        return (
            f"Read {_counted(self.runs, 'settlement run')} with "
            f"{_counted(self.breaks, 'break')}, {_counted(self.markers, 'marker')}, "
            f"{_counted(self.settled_payments, 'settled payment')}, "
            f"{_counted(self.settled_refunds, 'settled refund')}, "
            f"and {_counted(self.events, 'event')} of payment processors."
        )


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one proof.

    `not_proved` names what kept moving during every reading: it is neither right nor wrong.
    """

    checked: dict[Rule, int]
    findings: list[Finding]
    not_proved: list[str]
    sums: dict[str, CurrencySum]
    read: Read = Read()

    @property
    def is_clean(self) -> bool:
        """Whether everything was read and nothing is wrong."""
        return self.exit_code == EXIT_CLEAN

    @property
    def exit_code(self) -> int:
        """0 clean, 1 findings, 2 something could not be read standing still."""
        if self.findings:
            return EXIT_FINDINGS
        if self.not_proved:
            return EXIT_COULD_NOT_READ
        return EXIT_CLEAN if all(one.adds_up for one in self.sums.values()) else EXIT_FINDINGS

    def as_json(self) -> dict[str, Any]:
        """The whole report for machines."""
        per_rule = dict.fromkeys(Rule, 0)
        for finding in self.findings:
            per_rule[finding.rule] += 1
        return {
            "clean": self.is_clean,
            "rules": [
                {
                    "rule": str(rule),
                    "says": rule.says,
                    "checked": self.checked.get(rule, 0),
                    "findings": per_rule[rule],
                }
                for rule in Rule
            ],
            "findings": [finding.as_json() for finding in self.findings],
            "not_proved": self.not_proved,
            "sums": {
                currency: asdict(one) | {"adds_up": one.adds_up}
                for currency, one in self.sums.items()
            },
            "read": asdict(self.read),
        }


def print_report(report: Report, console: Console) -> None:
    """Print the report for a person. Stored values are printed as text, never as markup."""
    table = Table(box=None, pad_edge=False)
    table.add_column("rule")
    table.add_column("what it says")
    table.add_column("checked", justify="right")
    table.add_column("findings", justify="right")
    for row in report.as_json()["rules"]:
        count = Text(f"{row['findings']:,}", style="bold red" if row["findings"] else "green")
        table.add_row(row["rule"], row["says"], f"{row['checked']:,}", count)
    console.print(table)
    for finding in report.findings[:MOST_SHOWN]:
        console.print(Text(finding.line(), style="red"), soft_wrap=True)
    if len(report.findings) > MOST_SHOWN:
        more = len(report.findings) - MOST_SHOWN
        console.print(Text(f"... and {more:,} more; --json lists all."))
    for line in report.not_proved:
        console.print(Text(f"Not proved: {line}.", style="yellow"), soft_wrap=True)
    console.print(Text(report.read.line()), soft_wrap=True)
    if report.sums:
        console.print(Text("In the minor unit of each currency:"))
    for currency, one in report.sums.items():
        style = "" if one.adds_up else "red"
        console.print(Text(one.line(currency), style=style), soft_wrap=True)
    for currency, one in report.sums.items():
        of_processors = one.processors_line(currency)
        if of_processors is not None:
            console.print(Text(of_processors), soft_wrap=True)
    console.print(_closing_line(report), soft_wrap=True)


def _closing_line(report: Report) -> Text:
    if report.findings:
        places = len({(finding.table, finding.key) for finding in report.findings})
        count = len(report.findings)
        said = (
            f"The books are wrong: {count:,} finding{'' if count == 1 else 's'} "
            f"at {places:,} item{'' if places == 1 else 's'}."
        )
        return Text(said, style="bold red")
    if report.not_proved:
        said = "Nothing wrong was found, but not all stood still: run it again in a quieter moment."
        return Text(said, style="yellow")
    if not report.is_clean:
        return Text("The books are wrong: the sums do not add up.", style="bold red")
    if not report.sums:
        return Text("The books are empty: there is no cent to prove.", style="green")
    return Text("Every cent is proved.", style="bold green")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
