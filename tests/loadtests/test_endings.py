"""What does a run end with that breaks off, or whose money cannot be counted? An audit and a
summary if anything was sent, one line in any case, and the code that says which it was.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from loadtests import __main__ as main_module
from loadtests import command
from loadtests.audit import Check
from loadtests.preparing import Preparation, PreparingError
from loadtests.record import MERCHANTS_FILE, REQUESTS_FILE, Kind
from loadtests.running import Swarmed
from loadtests.scenario_pay import SCENARIO
from loadtests.target import Target

KEY = "sk_local_actjhdxj4smxpzlu-jp3uvajp_vjthpth3wr6wupvb4ha5wrz2mr3airzd"
HOLDS = Check(name="the money", ok=True, detail="all of it")
LOST = Check(name="the money", ok=False, detail="a cent is gone")


@contextmanager
def sends_and_fails(preparation: Preparation) -> Iterator[Mapping[str, Any]]:
    preparation.record.sent(
        merchant="mer_a", kind=Kind.CHARGE, method="POST", path="/v1/payments", key="k", body={}
    )
    raise PreparingError("a charge was answered 500, not 202")
    yield {}


@contextmanager
def sends_and_breaks(preparation: Preparation) -> Iterator[Mapping[str, Any]]:
    preparation.record.sent(
        merchant="mer_a", kind=Kind.CHARGE, method="POST", path="/v1/payments", key="k", body={}
    )
    raise KeyError("nobody thought of it")
    yield {}


@contextmanager
def fails(preparation: Preparation) -> Iterator[Mapping[str, Any]]:
    raise PreparingError("there is nothing to tell")
    yield {}


type Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Everything around the run itself is as it should be."""

    def write_merchants(target: Target, merchants: object, folder: Path) -> None:
        (folder / MERCHANTS_FILE).write_text('{"merchants": [{"id": "mer_a"}]}')

    monkeypatch.setattr(command, "_knock", lambda target: None)
    monkeypatch.setattr(command, "set_up_merchants", lambda *told, users: ())
    monkeypatch.setattr(command, "write_balances", write_merchants)

    def run_it(prepare: object, audit: Callable[[Path, Target], list[Check]]) -> int:
        from dataclasses import replace

        scenario = replace(SCENARIO, prepare=prepare)  # type: ignore[arg-type]
        monkeypatch.setattr(main_module, "scenario_of", lambda name: scenario)
        monkeypatch.setattr(command, "_audit", audit)
        argv = ["loadtests", "pay", "--host", "http://127.0.0.1:1/x", "--api-key", KEY,
                "--report", str(tmp_path / "report")]  # fmt: skip
        monkeypatch.setattr(sys, "argv", argv)
        with pytest.raises(SystemExit) as ended:
            main_module.main()
        assert isinstance(ended.value.code, int)
        return ended.value.code

    return run_it


@pytest.mark.parametrize("prepare", [sends_and_fails, sends_and_breaks])
@pytest.mark.parametrize(("check", "code"), [(HOLDS, 3), (LOST, 2)])
def test_preparation__sent_something_and_failed__is_audited(
    prepare: object, check: Check, code: int, run: Run, tmp_path: Path
) -> None:
    assert run(prepare, lambda folder, target: [check]) == code
    summary = json.loads((tmp_path / "report" / "summary.json").read_text())
    assert [one["detail"] for one in summary["audit"]] == [check.detail]
    assert summary["cut_short"].startswith("it broke off: ")


def test_preparation__sent_nothing_and_failed__is_not_run(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(fails, lambda folder, target: [LOST]) == 3
    assert capsys.readouterr().err == "loadtests: there is nothing to tell\n"
    assert not (tmp_path / "report" / "summary.json").exists()


def swarm_that_writes(text: str) -> Callable[..., Swarmed]:
    def run_swarm(plan: Any, **told: object) -> Swarmed:
        (plan.folder / REQUESTS_FILE).write_text(text)
        return Swarmed(figures=None, cut_short=None)

    return run_swarm


def test_record__torn_in_its_middle__is_a_broken_check_of_the_summary(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "run_swarm", swarm_that_writes("{}\n{}\n"))
    assert run(None, lambda folder, target: [HOLDS]) == 2
    (check,) = json.loads((tmp_path / "report" / "summary.json").read_text())["audit"]
    assert (check["ok"], "is no line of a record" in check["detail"]) == (False, True)


def audit_that_fails(folder: Path, target: Target) -> list[Check]:
    raise KeyError("nobody thought of it")


def test_audit__raises__is_one_line_and_exit_code_2(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(sends_and_fails, audit_that_fails) == 2
    said = capsys.readouterr().err
    assert said.startswith("loadtests: the money was not counted: KeyError: 'nobody thought of it'")
    assert said.count("\n") == 1


def test_command__fails_in_a_way_nobody_thought_of__is_one_line_and_exit_code_3(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def knock(target: Target) -> None:
        raise KeyError("nobody thought of it")

    monkeypatch.setattr(command, "_knock", knock)
    assert run(None, lambda folder, target: [HOLDS]) == 3
    said = capsys.readouterr().err
    assert said.startswith("loadtests: KeyError: 'nobody thought of it' (test_endings.py, line ")
    assert said.count("\n") == 1
