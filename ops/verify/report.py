"""What came out? The report of a proof, for people (a short table) and for machines (JSON)."""

from dataclasses import asdict, dataclass
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ops.verify.findings import Finding, Rule

EXIT_CLEAN: Final = 0
EXIT_FINDINGS: Final = 1
EXIT_COULD_NOT_READ: Final = 2

MOST_SHOWN: Final = 50
"""Findings printed for people; the JSON has all of them."""


@dataclass(frozen=True, slots=True)
class CurrencySum:
    """What happened to the money of one currency, in its minor unit.

    All but `held_minor` are sums of ledger entries; `held_minor` is the sum of the balances. They
    come from two kinds of items, so that they add up is a proof and not arithmetic. What processors
    took from payers, and gave back to them, and what nobody here may keep, are the last three.
    """

    deposited_minor: int = 0
    paid_out_minor: int = 0
    fees_minor: int = 0
    refunded_minor: int = 0
    held_minor: int = 0
    taken_minor: int = 0
    given_back_minor: int = 0
    suspense_minor: int = 0

    @property
    def difference_minor(self) -> int:
        """What is missing from (or, below zero, too much in) the balances."""
        came_in = self.deposited_minor + self.refunded_minor + self.taken_minor
        went_out = self.paid_out_minor + self.fees_minor + self.given_back_minor
        return came_in - went_out - self.held_minor - self.suspense_minor

    @property
    def adds_up(self) -> bool:
        """Whether all that came in was paid out, charged as a fee, or is still held."""
        return self.difference_minor == 0

    def __add__(self, other: "CurrencySum") -> "CurrencySum":
        """Add the sums of another book of the same currency."""
        return CurrencySum(
            deposited_minor=self.deposited_minor + other.deposited_minor,
            paid_out_minor=self.paid_out_minor + other.paid_out_minor,
            fees_minor=self.fees_minor + other.fees_minor,
            refunded_minor=self.refunded_minor + other.refunded_minor,
            held_minor=self.held_minor + other.held_minor,
            taken_minor=self.taken_minor + other.taken_minor,
            given_back_minor=self.given_back_minor + other.given_back_minor,
            suspense_minor=self.suspense_minor + other.suspense_minor,
        )

    def line(self, currency: str) -> str:
        """The sum as one sentence, in minor units."""
        sign, verdict = ("=", "it adds up") if self.adds_up else ("is not", self._off_by())
        # Whoever uses no processor is told of none.
        taken = f"+ taken by processors {self.taken_minor:,} " if self.taken_minor else ""
        back = f"+ given back by them {self.given_back_minor:,} " if self.given_back_minor else ""
        suspense = f" + in suspense {self.suspense_minor:,}" if self.suspense_minor else ""
        return (
            f"{currency}, in minor units: deposited {self.deposited_minor:,} "
            f"+ refunded {self.refunded_minor:,} "
            f"{taken}{sign} paid out {self.paid_out_minor:,} + fees {self.fees_minor:,} {back}"
            f"+ held in balances {self.held_minor:,}{suspense}: {verdict}."
        )

    def _off_by(self) -> str:
        missing = self.difference_minor
        return f"{abs(missing):,} too {'little' if missing > 0 else 'much'} is accounted for"


@dataclass(frozen=True, slots=True)
class Read:
    """How much there was of what comes from outside: settlement files, and events."""

    runs: int = 0
    breaks: int = 0
    settled_payments: int = 0
    settled_refunds: int = 0
    events: int = 0

    def line(self) -> str:
        """What was read, as one sentence."""
        return (
            f"Read {_counted(self.runs, 'settlement run')} with "
            f"{_counted(self.breaks, 'break')}, "
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
