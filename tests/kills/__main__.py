"""Prints the kill matrix: `python -m tests.kills`, or one run again: `--only "<its name>"`.

Ends with 1 if anything was wrong, and says which runs.
"""

import argparse
import multiprocessing
import sys
import time

from tests.kills.matrix import SCENARIOS, run
from tests.kills.stage import open_stage
from tests.kills.table import HEAD, Row, find, play_alone

SHOWN, LONGEST = 10, 1_000
"""Runs of a scenario, and characters of what is wrong with one."""


def say(line: str) -> None:
    """Print it now."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def replay(name: str, seed: int) -> int:
    """One run again, with what was called; the exit code."""
    case = find(name, seed)
    if case is None:
        sys.stderr.write(f"kill-matrix: no such run: {name}\n")
        return 2
    with open_stage() as stage:
        result = run(stage, case)
    say(str(case))
    for number, call in enumerate(result.calls, 1):
        say(f"  {number:>3} {call}")
    for problem in result.problems:
        say(f"  wrong: {problem}")
    say("  ok" if not result.problems else "")
    return 1 if result.problems else 0


def show_wrong(row: Row, seed: int) -> None:
    """What was wrong in a scenario, and how to see it again."""
    for name, problems in row.wrong[:SHOWN]:
        say(f'    python -m tests.kills --seed {seed} --only "{name}"')
        for problem in problems:
            say(f"        {problem[:LONGEST]}")
    if len(row.wrong) > SHOWN:
        say(f"    and {len(row.wrong) - SHOWN} more")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.kills", description=__doc__)
    parser.add_argument("--only", metavar="NAME", help="one run, by its name")
    parser.add_argument("--scenario", metavar="TEXT", default="", help="scenarios with this text")
    parser.add_argument("--seed", type=int, default=0, help="of the deaths that come twice")
    parser.add_argument("--thin", type=int, default=1, help="only each n-th disturbed run")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    chosen = parser.parse_args()
    if chosen.thin < 1 or chosen.workers < 1:
        parser.error("--thin and --workers are 1 or more")
    if chosen.only is not None:
        return replay(chosen.only, chosen.seed)
    names = [name for name in SCENARIOS if chosen.scenario in name]
    jobs = [(name, chosen.seed, chosen.thin) for name in names]
    began = time.monotonic()
    rows: list[Row] = []
    say(HEAD)
    with multiprocessing.get_context("spawn").Pool(chosen.workers) as pool:
        for row in pool.imap(play_alone, jobs):
            rows.append(row)
            say(row.line())
            show_wrong(row, chosen.seed)
    total = Row("all", sum(row.points for row in rows))
    for row in rows:
        total.runs += row.runs
        total.wrong += row.wrong
    say(total.line())
    say(f"{time.monotonic() - began:.0f} s, seed {chosen.seed}")
    return 1 if total.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
