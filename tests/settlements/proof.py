"""Does a large settlement file come out right, in little memory, however often its worker dies?

    python -m tests.settlements.proof [--rows 100000] [--kills 10] [--seed 1]

Twice the same: a stack of its own, a world of payments, one file with seeded breaks, dropped into
the bucket and run by the deployed function. The first time undisturbed. The second time with so
little time that a large file takes several invocations, and with its worker killed (SIGKILL) at
random points, the event of the upload told again after each. Both must leave what the oracle says,
and the same as each other but for ids and times. Ends with 1 on any difference, and with 2 where it
cannot be run.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from ops.local.folder import LocalStackError
from ops.local.stack import bring_down, bring_up
from tests.ministack import free_port
from tests.settlements.comparison import differences
from tests.settlements.desk import Desk, DeskError
from tests.settlements.generator import Case, generate
from tests.settlements.oracle import Expected, expect
from tests.settlements.worker import can_be_seen, kill, peak_kib, workers
from tests.settlements.world_writer import WorldNotWrittenError, write_world

KEY: Final = "incoming/proof.csv"
FIRST_PASS_KILLS: Final = 2
"""So many of the kills come by the clock, before a row is booked; the others by progress."""

DYING_SECONDS: Final = 10
TELL_EVERY_SECONDS: Final = 10
MOST_EXAMPLES: Final = 60
_OWN_TO_A_RUN: Final = frozenset(
    {
        "id",
        "source",
        "progress",
        "results",
        "started_at",
        "completed_at",
        "settlement_id",
        "created_at",
        "updated_at",
    }
)


class ProofFailedError(Exception):
    """The proof does not hold; the message says where."""


@dataclass(slots=True)
class Watch:
    """Looks at a run while it goes: how much memory, how far, and whether it is time to kill.

    Attributes:
        folder: of the stack.
        function_name: whose workers are looked at.
        kills: still to come; each is a share of the rows, or a number of seconds before progress.
        peak_kib: the most memory that any worker held.
        killed: what was told of each kill.
    """

    desk: Desk
    folder: Path
    function_name: str
    version_id: str
    rows: int
    chance: random.Random
    kills: list[float]
    peak_kib: int = 0
    killed: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    told_at: float = field(default_factory=time.monotonic)

    def __call__(self, run: Mapping[str, Any] | None) -> None:
        pids = workers(self.folder, self.function_name)
        self.peak_kib = max([self.peak_kib, *(peak_kib(pid) or 0 for pid in pids)])
        booked = run["progress"]["rows"] if run else 0
        if time.monotonic() - self.told_at > TELL_EVERY_SECONDS:
            self.told_at = time.monotonic()
            say(f"  {booked} of {self.rows} rows after {self.told_at - self.began:.0f} s")
        if self.kills and pids and self._is_time(booked):
            self._kill(pids, booked)

    def _is_time(self, booked: int) -> bool:
        if len(self.killed) < FIRST_PASS_KILLS:
            return True
        return booked >= self.kills[0] * self.rows

    def _kill(self, pids: list[int], booked: int) -> None:
        # The polls come at regular times; the worker is to be met at any point of a transaction.
        time.sleep(self.chance.uniform(0, 1.5 if len(self.killed) < FIRST_PASS_KILLS else 0.15))
        self.peak_kib = max([self.peak_kib, *(peak_kib(pid) or 0 for pid in pids)])
        met = [kill(pid) for pid in pids]
        if True not in met:
            return
        # The local AWS would give the next message to a process that is still dying.
        ends_at = time.monotonic() + DYING_SECONDS
        while set(pids) & set(workers(self.folder, self.function_name)):
            if time.monotonic() > ends_at:
                raise DeskError(f"a process of {pids} was killed and does not die")
            time.sleep(0.01)
        self.kills.pop(0)
        self.killed.append(f"at {booked} rows, {time.monotonic() - self.began:.1f} s")
        say(f"  kill {len(self.killed)}: process {pids}, {self.killed[-1]} after the upload")
        self.desk.tell_again(KEY, self.version_id)


@dataclass(slots=True)
class Result:
    """What a run left, and what it took."""

    run: dict[str, Any]
    breaks: list[dict[str, Any]]
    items: list[dict[str, Any]]
    summary: dict[str, Any]
    table: str
    seconds: float
    watch: Watch


def prove(arguments: argparse.Namespace) -> None:
    """All of it.

    Raises: ProofFailedError on the first stack that is not as the oracle says.
    """
    chance = random.Random(arguments.seed)
    kills = sorted(chance.uniform(0.01, 0.97) for _ in range(arguments.kills))
    peak = 0
    results = []
    for kills_of_run in ([], kills):
        say(f"== a run with {len(kills_of_run)} kills ==")
        with tempfile.TemporaryDirectory(prefix="settlement-proof-") as name:
            result = _run_on_a_stack_of_its_own(Path(name), arguments, kills_of_run, chance)
        peak = max(peak, result.watch.peak_kib)
        results.append(_without_times(result))
        if len(result.watch.killed) != len(kills_of_run):
            raise ProofFailedError(
                f"only {len(result.watch.killed)} of {len(kills_of_run)} kills met a worker: the"
                " file was too small, or the run too quick"
            )
    _require_same(*results)
    say("the two runs left the same, but for ids and times")
    say(f"peak memory of a worker: {peak / 1024:.0f} MiB of {arguments.memory_mib} allowed")
    if not 0 < peak < arguments.memory_mib * 1024:
        raise ProofFailedError("a worker held too much memory")


def _run_on_a_stack_of_its_own(
    folder: Path, arguments: argparse.Namespace, kills: list[float], chance: random.Random
) -> Result:
    try:
        stack = bring_up(
            folder,
            port=free_port(),
            parameters=_short_of_time(arguments) if kills else {},
            tell=lambda line: say(f"  {line}"),
        )
        desk = Desk(stack)
        case, expected = _make_case(arguments, [one["id"] for one in stack["merchants"]])
        began = time.monotonic()
        items = write_world(
            case.world,
            table=stack["tables"]["payments"],
            endpoint_url=stack["endpoint_url"],
            region=stack["region"],
            processes=2,
        )
        say(f"  {len(case.world)} payments ({items} items) in {time.monotonic() - began:.0f} s")
        ledger = desk.items("ledger")
        result = _run(desk, folder, case, kills, chance, arguments)
        told = differences(
            case.world, expected, run=result.run, breaks=result.breaks, items=result.items
        )
        if desk.items("ledger") != ledger:
            told.append("the ledger was changed: payments from a balance post nothing")
        if told:
            raise ProofFailedError("\n".join(told[:MOST_EXAMPLES]))
        say(
            f"  as the oracle says: {result.run['counts']}, {len(expected.payments)} payments and"
            f" {len(expected.refunds)} refunds marked once each, the ledger untouched"
        )
        return result
    finally:
        bring_down(folder, tell=lambda line: None)


def _short_of_time(arguments: argparse.Namespace) -> dict[str, str]:
    return {
        "ReconcileTimeout": str(arguments.function_seconds),
    }


def _make_case(arguments: argparse.Namespace, merchant_ids: list[str]) -> tuple[Case, Expected]:
    case = generate(
        arguments.seed,
        rows=arguments.rows,
        merchant_ids=merchant_ids,
        broken_share=0.05,
        rejected_share=0.01,
        payments=arguments.rows,
    )
    expected = expect(case.world, case.content)
    if case.seeded != expected.breaks:
        raise ProofFailedError("generator and oracle do not agree with each other")
    say(f"  the file: {case.row_count} rows, {len(case.content)} bytes, {expected.breaks_by_kind}")
    return case, expected


def _run(
    desk: Desk,
    folder: Path,
    case: Case,
    kills: list[float],
    chance: random.Random,
    arguments: argparse.Namespace,
) -> Result:
    began = time.monotonic()
    version_id = desk.upload(KEY, case.content)
    function_name = f"{desk.stack['stack_name']}-reconcile"
    watch = Watch(
        desk, folder, function_name, version_id, case.row_count, chance, list(kills), began=began
    )
    run = desk.wait(KEY, version_id, seconds=arguments.seconds, watch=watch)
    seconds = time.monotonic() - began
    watch.kills.clear()
    watch(run)
    say(
        f"  {run['status']} after {seconds:.1f} s, {case.row_count / seconds:.0f} rows/s; peak"
        f" memory {watch.peak_kib / 1024:.0f} MiB; {len(watch.killed)} kills"
    )
    # Told once more, of a file that is done, nothing may change.
    desk.tell_again_and_wait(KEY, version_id)
    summary, table = desk.results(run["id"])
    return Result(
        run,
        desk.breaks(run["id"]),
        desk.items("payments"),
        json.loads(summary),
        table.decode(),
        seconds,
        watch,
    )


def _without_times(result: Result) -> list[str]:
    """The result line by line, but for what two runs of one file cannot share."""
    run, summary = (
        {name: value for name, value in one.items() if name not in _OWN_TO_A_RUN}
        for one in (result.run, result.summary)
    )
    run["sha256"] = result.run["source"]["sha256"]
    breaks = [
        {name: value for name, value in one.items() if name not in _OWN_TO_A_RUN}
        for one in sorted(result.breaks, key=lambda one: int(one["row"]))
    ]
    own_id = str(result.run["id"]).removeprefix("set_")
    # The summary with its members in their order, and the table byte for byte.
    lines = [
        json.dumps(summary),
        *(json.dumps(one, sort_keys=True) for one in (run, *breaks)),
        *result.table.splitlines(keepends=True),
    ]
    return [line.replace(own_id, "own") for line in lines]


def _require_same(first: list[str], second: list[str]) -> None:
    told = [
        f"undisturbed: {one}\nwith kills:  {other}"
        for one, other in zip_longest(first, second)
        if one != other
    ]
    if told:
        raise ProofFailedError("\n".join(["the two runs differ:", *told[:MOST_EXAMPLES]]))


def say(line: str) -> None:
    """Tell it at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(argv: list[str]) -> int:
    """Run the proof; returns what the program ends with."""
    parser = argparse.ArgumentParser(prog="settlement-proof", description=(__doc__ or "")[:88])
    parser.add_argument("--rows", type=int, default=100_000, help="of the file, and payments")
    parser.add_argument("--kills", type=int, default=10, help="of the second run's workers")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--memory-mib", type=int, default=256, help="allowed to a worker")
    parser.add_argument(
        "--function-seconds", type=int, default=120, help="of the second run's invocations"
    )
    parser.add_argument("--seconds", type=int, default=1_800, help="allowed to each run")
    arguments = parser.parse_args(argv)
    if not can_be_seen():
        say("settlement-proof: this system has no /proc: a worker's memory cannot be read, and")
        say("its process not be found. Run it on Linux.")
        return 2
    try:
        prove(arguments)
    except (DeskError, WorldNotWrittenError, LocalStackError) as error:
        say(f"settlement-proof: {error}")
        return 2
    except ProofFailedError as error:
        say(f"settlement-proof: FAILED\n{error}")
        return 1
    say("settlement-proof: proved")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
