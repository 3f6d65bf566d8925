"""How a swarm's process ends, and what is said of it."""

import json
import signal
import sys
from pathlib import Path

import pytest

from loadtests.plan import Plan, read_plan
from loadtests.running import EndedError, Swarmed, Told, listening_for_the_end, run_swarm
from loadtests.scenarios import Settings
from loadtests.target import Merchant


def plan(folder: Path) -> Plan:
    return Plan(
        scenario="pay",
        run_id="pay-1",
        api_url="http://127.0.0.1:1/x",
        settings=Settings(users=1, seconds=1, rate=1),
        merchants=(Merchant(id="mer_a", api_key="sk_hidden"),),
        folder=folder,
        stripe_secret="whsec_hidden",
        extra={"events": [1]},
    )


def run(folder: Path, program: str, told: Told | None = None) -> Swarmed:
    return run_swarm(
        plan(folder), seconds=1, told=told or Told(), program=[sys.executable, "-c", program]
    )


ENDS_WELL = """
import json, pathlib, sys
told = json.loads(sys.stdin.read())
found = {"has_stopped": True, "scenario": told["scenario"]}
pathlib.Path("swarm.json").write_text(json.dumps(found))
"""


def test_swarm__that_ends_well__is_not_cut_short(tmp_path: Path) -> None:
    figures = {"has_stopped": True, "scenario": "pay"}
    assert run(tmp_path, ENDS_WELL) == Swarmed(figures=figures, cut_short=None)


def test_swarm__that_raises__is_told_with_its_last_words(tmp_path: Path) -> None:
    ended = run(tmp_path, "raise ValueError('too many users')")
    assert ended.cut_short == "the swarm died (exit code 1): ValueError: too many users"


def test_swarm__that_is_killed__is_told_by_the_signals_name(tmp_path: Path) -> None:
    ended = run(tmp_path, "import os; os.kill(os.getpid(), 9)")
    assert ended.cut_short == "the swarm died (SIGKILL)"


def test_swarm__that_says_nothing__is_told(tmp_path: Path) -> None:
    assert run(tmp_path, "") == Swarmed(
        figures=None, cut_short="the swarm ended without saying what it found"
    )


class ToldOnceItHasBegun(Told):
    """Told to end as soon as the swarm listens."""

    def __init__(self, folder: Path) -> None:
        self._began = folder / "began"

    @property
    def by(self) -> str | None:  # type: ignore[override]
        return "Ctrl-C" if self._began.exists() else None


def test_swarm__told_to_end__writes_down_what_it_has_done(tmp_path: Path) -> None:
    program = """
import pathlib, signal, sys, time
def end(*_):
    pathlib.Path("swarm.json").write_text('{"has_stopped": true}')
    sys.exit()
signal.signal(signal.SIGTERM, end)
pathlib.Path("began").touch()
time.sleep(60)
"""
    ended = run(tmp_path, program, ToldOnceItHasBegun(tmp_path))
    assert ended.figures == {"has_stopped": True}
    assert str(ended.cut_short).startswith("it was ended by Ctrl-C, after ")


def test_signal__is_noted_and_does_not_end_us() -> None:
    with listening_for_the_end() as told:
        signal.raise_signal(signal.SIGTERM)
    assert told.by == "SIGTERM"


def test_ctrl_c__a_second_time__ends_us() -> None:
    with listening_for_the_end() as told:
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert told.by == "Ctrl-C"


def test_signal__before_the_first_request__is_an_end_in_one_line() -> None:
    with pytest.raises(EndedError, match="ended by SIGTERM, before the first request"):
        Told(by="SIGTERM").require_none()


def test_plan__comes_through_a_pipe_as_it_was(tmp_path: Path) -> None:
    assert read_plan(plan(tmp_path).to_json()) == plan(tmp_path)


def test_plan__shows_no_secret(tmp_path: Path) -> None:
    assert "hidden" not in repr(plan(tmp_path))
    assert "hidden" in json.dumps(plan(tmp_path).to_json())
