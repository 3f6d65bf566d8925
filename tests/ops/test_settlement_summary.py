"""`oncepay settlements summary`: as the API tells it, with the deployed function's settings."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from oncepay.domain.settlement import BreakKind
from oncepay.storage import payments, reconciliation_reads
from oncepay.storage.breaks import break_item
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.settlement_markers import LATEST_PART, LatestItem, latest_id
from oncepay.storage.transactions import Transaction
from ops import main, settlement_summary
from ops.stack import Stack
from tests.builders import MERCHANT
from tests.ops.operators_stack import a_stack
from tests.stored_settlements import a_break
from tests.unit.domain.test_settlement_matching import PAYMENT

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
RUN = "set_" + "a" * 26


class StoppedClock(datetime):
    """It is always NOW."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return NOW.astimezone(tz)


class Deployed:
    """The function that answers the same, as Lambda knows it."""

    def __init__(self) -> None:
        self.variables = {
            "PAYMENTS_TABLE": "p",
            "LEDGER_TABLE": "l",
            "SETTLEMENTS_TABLE": "s",
            "EVENTS_TABLE": "e",
            "CURSOR_SECRET_ID": "c",
            "SETTLEMENT_DELAY_DAYS": "stripe=5",
            "SETTLEMENT_EVERY_DAYS": "stripe=1,native=7",
        }

    def get_function_configuration(self, *, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        assert FunctionName == "oncepay-test-query"
        return {"Environment": {"Variables": self.variables}}


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch, tables: dict[str, str]) -> Deployed:
    found = Deployed()
    clients = {"lambda": found}
    monkeypatch.setattr(settlement_summary, "choose_stack", lambda **_: a_stack(tables))
    monkeypatch.setattr(settlement_summary, "datetime", StoppedClock)
    monkeypatch.setattr(Stack, "client", lambda _, service: clients[service])
    return found


@pytest.fixture
def stored(database: Database, budget: Budget) -> None:
    """An open break, a payment that waits for ten days, and a file of the day before yesterday."""
    transaction = Transaction()
    found = a_break(RUN, 1, kind=BreakKind.ORPHAN_REFUND, opened_at=NOW - DAY, gross_minor=-2_000)
    transaction.put("break", break_item(found))
    captured = replace(PAYMENT, unsettled_since=NOW - 10 * DAY)
    transaction.put("payment", payments.payment_item(captured))
    latest = LatestItem(id=latest_id("stripe"), part=LATEST_PART, run_id=RUN, at=NOW - 2 * DAY)
    transaction.put("latest", latest)
    assert database.write(transaction, budget) is None


def run(*words: str) -> Result:
    return CliRunner().invoke(main.app, ["settlements", "summary", *words])


def cells(result: Result) -> list[list[str]]:
    """The rows of all tables."""
    lines = [line for line in result.stdout.splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]


def test_summary__of_nothing__says_so(deployed: Deployed) -> None:
    deployed.variables["SETTLEMENT_EVERY_DAYS"] = ""
    result = run()
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "nothing is open, and no payment is missing",
        "at risk in all: nothing",
    ]


def test_summary__shows_what_is_open_missing_and_late(deployed: Deployed, stored: None) -> None:
    result = run()
    assert (result.exit_code, result.stderr) == (0, "")
    assert cells(result) == [
        ["orphan_refund", "1", "2000 USD", "0", "1", "0", "0", "2026-11-20 12:00Z"],
        [
            "missing_in_settlement, stripe", "1", "5000 USD", "0", "0", "1", "0",
            "2026-11-11 12:00Z",
        ],
        ["pay_1", MERCHANT, "stripe", "5000 USD", "2026-11-11 12:00Z", "10"],
        ["stripe", "2026-11-19 12:00Z", "2026-11-20", "1 day late"],
        ["native", "", "", "never came"],
    ]  # fmt: skip
    assert result.stdout.splitlines()[-1] == "at risk in all: 7000 USD"


def test_summary__file_that_came__is_in_time(deployed: Deployed, stored: None) -> None:
    deployed.variables["SETTLEMENT_EVERY_DAYS"] = "stripe=2"
    assert cells(run())[-1] == ["stripe", "2026-11-19 12:00Z", "2026-11-21", "in time"]


def test_summary__file_days_late__says_how_many(
    deployed: Deployed, stored: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StoppedClock, "now", lambda _: NOW + DAY)
    deployed.variables["SETTLEMENT_EVERY_DAYS"] = "stripe=1"
    assert cells(run())[-1] == ["stripe", "2026-11-19 12:00Z", "2026-11-20", "2 days late"]


def test_summary__as_json__is_what_the_api_says(deployed: Deployed, stored: None) -> None:
    shown = json.loads(run("--json").stdout)
    assert list(shown) == [
        "object", "as_of", "complete", "at_risk_minor", "open_breaks", "missing_in_settlement",
        "files",
    ]  # fmt: skip
    assert shown["missing_in_settlement"]["by_processor"]["stripe"]["oldest_age_days"] == 10


def test_summary__that_is_not_complete__says_so(
    deployed: Deployed, stored: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciliation_reads, "MAX_PAYMENTS", 0)
    result = run()
    assert (result.exit_code, result.stderr) == (0, f"{settlement_summary.INCOMPLETE}\n")


def test_summary__stack_of_another_version__is_one_clear_line(deployed: Deployed) -> None:
    deployed.variables["SETTLEMENT_DELAY_DAYS"] = "five"
    result = run()
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "oncepay settlements summary: the function oncepay-test-query is not as this Oncepay knows"
        " it: the environment variable SETTLEMENT_DELAY_DAYS must be like stripe=5,paypal=1, each"
        " name on the left once\n"
    )
