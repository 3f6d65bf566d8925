"""A small load test, as a person runs it: users in a process of their own, and every cent looked
for afterwards."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from loadtests.record import read_record
from ops.local.build import ROOT

pytestmark = pytest.mark.e2e

USERS, SECONDS, RATE = 5, 3, 20


@pytest.fixture(scope="module")
def report(stack: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of five users."""
    folder = tmp_path_factory.mktemp("load")
    (folder / "stack.json").write_text(json.dumps(stack))
    done = subprocess.run(
        [
            sys.executable, "-m", "loadtests", "pay",
            "--stack-file", str(folder / "stack.json"), "--report", str(folder / "report"),
            "--users", str(USERS), "--seconds", str(SECONDS), "--rate", str(RATE),
        ],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    # 1 says that something was slower than it should be, which is news of the machine. What else
    # would end it so is asserted below.
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return folder / "report"


@pytest.fixture(scope="module")
def summary(report: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((report / "summary.json").read_text())
    return told


def test_load__every_check_of_the_audit_holds(summary: dict[str, Any]) -> None:
    assert len(summary["audit"]) > 5
    assert [check for check in summary["audit"] if not check["ok"]] == []


def test_load__no_request_was_an_error(summary: dict[str, Any]) -> None:
    assert summary["requests"]["all"]["errors_by_label"] == {}
    assert summary["exceptions"] == []


def test_load__users_and_requests_are_those_that_were_asked_for(summary: dict[str, Any]) -> None:
    assert summary["users"] == USERS
    # Paced: more than a half of what was offered, and copies beside it.
    assert RATE * SECONDS / 2 < summary["requests"]["all"]["count"] < RATE * SECONDS * 1.5


def test_load__the_workload_is_what_the_record_says(report: Path, summary: dict[str, Any]) -> None:
    attempts = read_record(report / "requests.jsonl")
    # One whose first answer was lost is there as a replay alone.
    paid = {one.key for one in attempts if one.answer is not None and one.answer.status == 201}
    assert summary["workload"]["payments"] == len(paid) > 0


def test_load__the_reports_for_people_are_there(report: Path) -> None:
    assert "\nPOST,POST /v1/payments," in (report / "stats.csv").read_text()
    assert "<html" in (report / "report.html").read_text()
