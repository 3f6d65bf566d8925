"""What is wrong in which scenario? All runs of one, counted, as a line of the table."""

import time
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import tests.conftest  # noqa: F401 - no real account is ever reached
from tests.kills.matrix import (
    SCENARIOS,
    Case,
    Result,
    disturbed,
    meetings,
    plain_cases,
    run,
    twice,
)
from tests.kills.stage import Stage, open_stage


@dataclass(slots=True)
class Row:
    """One scenario's line of the table."""

    scenario: str
    points: int = 0
    runs: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, list[str]]] = field(default_factory=list)
    seconds: float = 0

    def line(self) -> str:
        """It."""
        ways = " ".join(f"{self.runs[way]:>6}" for way in WAYS)
        outcome = "ok" if not self.wrong else f"{len(self.wrong)} WRONG"
        return f"{self.scenario:<52} {self.points:>6} {ways} {self.runs.total():>7}  {outcome}"


WAYS = ("undisturbed", "kill", "twice", "zombie", "meet")
HEAD = (
    f"{'scenario':<52} {'points':>6} {'plain':>6} {'kill':>6} {'twice':>6} {'zombie':>6}"
    f" {'meet':>6} {'runs':>7}  result"
)


def way_of(case: Case) -> str:
    """What kind of run it is."""
    if case.deaths:
        return "twice"
    return case.how.split()[0]


def play(stage: Stage, scenario: str, *, seed: int, thin: int) -> Row:
    """Every run of a scenario, or each `thin`-th one that is disturbed."""
    row, began = Row(scenario), time.monotonic()
    for case in plain_cases(SCENARIOS[scenario]):
        points = len(_note(row, run(stage, case)).calls)
        row.points = max(row.points, points)
        for other in _disturbed(case, points, seed):
            if zlib.crc32(f"{seed} {other}".encode()) % thin == 0:
                _note(row, run(stage, other))
    row.seconds = time.monotonic() - began
    return row


def _disturbed(case: Case, points: int, seed: int) -> Iterator[Case]:
    yield from disturbed(case, points)
    yield from twice(case, points, seed)
    yield from meetings(case, points)


def _note(row: Row, result: Result) -> Result:
    if not (result.reached and result.rival_reached):
        # It never got there: no run.
        return result
    row.runs[way_of(result.case)] += 1
    if result.problems:
        row.wrong.append((str(result.case), result.problems))
    return result


def play_alone(job: tuple[str, int, int]) -> Row:
    """A scenario's runs on a stage of their own, in a process of their own."""
    scenario, seed, thin = job
    with open_stage() as stage:
        return play(stage, scenario, seed=seed, thin=thin)


def find(name: str, seed: int) -> Case | None:
    """A run by its name."""
    scenario = name.split(" | ")[0]
    for case in plain_cases(SCENARIOS[scenario]) if scenario in SCENARIOS else ():
        if str(case) == name:
            return case
        for other in _disturbed(case, 60, seed):
            if str(other) == name:
                return other
    return None
