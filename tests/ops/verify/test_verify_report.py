"""What the report says in each of its endings."""

import io

import pytest
from rich.console import Console

from ops.verify.findings import Finding, Key, Rule
from ops.verify.report import MOST_SHOWN, Report, print_report
from ops.verify.sums import CurrencySum


def a_report(**overrides: object) -> Report:
    values = {"checked": {}, "findings": [], "not_proved": [], "sums": {}} | overrides
    return Report(**values)  # type: ignore[arg-type]


def a_finding(number: int = 1) -> Finding:
    return Finding(Rule.I3, "payments", Key(f"pay_{number}", "payment"), "this", "that")


def printed(report: Report) -> str:
    out = io.StringIO()
    print_report(report, Console(file=out, width=200))
    return out.getvalue()


SHORT = CurrencySum(deposited_minor=10, paid_out_minor=5, fees_minor=1, held_minor=3)


@pytest.mark.parametrize(
    ("report", "exit_code", "ending"),
    [
        (a_report(), 0, "The books are empty: there is no cent to prove."),
        (a_report(sums={"USD": CurrencySum()}), 0, "Every cent is proved."),
        (a_report(not_proved=["x"]), 2, "run it again in a quieter moment."),
        (a_report(not_proved=["x"], findings=[a_finding()]), 1, "1 finding at 1 item."),
        (a_report(findings=[a_finding(1), a_finding(2)]), 1, "2 findings at 2 items."),
        (a_report(sums={"USD": SHORT}), 1, "The books are wrong: the sums do not add up."),
    ],
)
def test_report__each_ending(report: Report, exit_code: int, ending: str) -> None:
    assert report.exit_code == exit_code
    assert report.as_json()["clean"] is (exit_code == 0)
    assert printed(report).rstrip().endswith(ending)


def test_report__a_cent_short__says_how_much() -> None:
    assert SHORT.line("USD") == (
        "USD, in minor units: deposited 10 + refunded 0 is not paid out 5 + fees 1 "
        "+ held in balances 3: 1 too little is accounted for."
    )


def test_report__many_findings__are_cut_for_people_and_whole_for_machines() -> None:
    report = a_report(findings=[a_finding(number) for number in range(MOST_SHOWN + 7)])
    assert "... and 7 more; --json lists all." in printed(report)
    assert len(report.as_json()["findings"]) == MOST_SHOWN + 7


def test_report__what_moved__is_named() -> None:
    assert "Not proved: ledger x moved.\n" in printed(a_report(not_proved=["ledger x moved"]))
