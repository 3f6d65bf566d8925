"""Is a replay better found by the transaction that fails, or by a read in front of it?

    python -m benchmarks.replays [--rounds 15] [--json file]

We do the first: a payment and a replay are one request each, but a transaction that is cancelled
costs its write units all the same. The second, one strongly consistent read of the idempotency
record before every transaction, makes replays cheap and every payment dearer and slower. Which of
the two is better depends on how many requests are replays: shown at 1 % and at 20 % of them.

The environment variable ENGINE chooses between DynamoDB Local and MiniStack.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from benchmarks.dynamodb_engines import EngineError, LocalEngine, running_engine
from benchmarks.machine import commit, machine, say
from benchmarks.payments_designs import OURS, ROOT, make_designs
from benchmarks.payments_events import PAYLOAD_BYTES
from benchmarks.payments_processes import WorkerFailedError
from benchmarks.payments_rounds import (
    PAYMENT,
    REPLAY,
    WARM_UP_CALLS,
    Cost,
    Timing,
    as_json,
    costs_of,
    rounds_of,
)
from benchmarks.reconcile_on_aws import READ_USD_PER_MILLION, WRITE_USD_PER_MILLION

SHARES: Final = (0.01, 0.20)
"""Of requests that are replays: an ordinary day, and one on which clients time out."""
READ_FIRST: Final = "read-first"

_WIDTH: Final = 46
_COLUMN: Final = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What one way costs.

    Attributes:
        title: in the table.
        costs, timings: of a payment and of a replay.
    """

    title: str
    costs: Mapping[str, Cost]
    timings: Mapping[str, Timing]

    def usd_per_million(self, share: float) -> float:
        """Of DynamoDB, for a million requests of which that share are replays."""
        return mixed(usd_of(self.costs[PAYMENT]), usd_of(self.costs[REPLAY]), share)

    def cpu_ms(self, share: float) -> float:
        """Of a processor, for one request."""
        return mixed(self.timings[PAYMENT].cpu, self.timings[REPLAY].cpu, share)

    def wall_ms(self, share: float) -> float:
        """By the clock, for one request: mean of the two medians."""
        return mixed(self.timings[PAYMENT].wall(50), self.timings[REPLAY].wall(50), share)


def usd_of(cost: Cost) -> float:
    """Of DynamoDB, for a million of such calls."""
    return cost.write_units * WRITE_USD_PER_MILLION + cost.read_units * READ_USD_PER_MILLION


def mixed(payment: float, replay: float, share: float) -> float:
    """The mean of what a payment and a replay cost, if that share are replays."""
    return payment * (1 - share) + replay * share


def break_even(transaction: Way, read_first: Way) -> float | None:
    """The share of replays from which on the read is cheaper of the two, in dollars; None if it
    never is.
    """
    paid = usd_of(read_first.costs[PAYMENT]) - usd_of(transaction.costs[PAYMENT])
    saved = usd_of(transaction.costs[REPLAY]) - usd_of(read_first.costs[REPLAY])
    if paid <= 0:
        return 0.0
    return paid / (paid + saved) if paid + saved > 0 and saved > 0 else None


def table(ways: Sequence[Way]) -> str:
    """For a person."""
    lines = [_line("", [way.title for way in ways])]
    for call in (PAYMENT, REPLAY):
        costs = [way.costs[call] for way in ways]
        times = [way.timings[call] for way in ways]
        lines += [
            _line(f"{call}: requests", [f"{cost.requests}" for cost in costs]),
            _line("  write / read units", [f"{c.write_units} / {c.read_units:g}" for c in costs]),
            _line("  processor time, ms", [f"{time.cpu:.2f}" for time in times]),
            _line("  p50 / p95, ms", [f"{t.wall(50):.2f} / {t.wall(95):.2f}" for t in times]),
        ]
    for share in SHARES:
        dollars = [f"${way.usd_per_million(share):.3f}" for way in ways]
        lines += [
            _line(f"{share:.0%} replays: DynamoDB, a million", dollars),
            _line("  processor time, ms", [f"{way.cpu_ms(share):.2f}" for way in ways]),
            _line("  p50 of both, mixed, ms", [f"{way.wall_ms(share):.2f}" for way in ways]),
        ]
    return "\n".join(lines)


def measure(engine: LocalEngine, arguments: argparse.Namespace) -> list[Way]:
    """Measure both ways, in turns.

    Raises:
        WorkerFailedError: one did not do what it has to.
    """
    ours = make_designs(engine)[OURS]
    app = ROOT / "benchmarks" / "read_first" / "app.py"
    designs = [ours, replace(ours, name=READ_FIRST, title="read first", paying=app)]
    costs = [costs_of(design, engine) for design in designs]
    timings = rounds_of(designs, engine, rounds=arguments.rounds, calls=arguments.calls, lists=1)
    titles = ("failed transaction", "read first")
    return [
        Way(title=title, costs=cost, timings=timings[design.name])
        for title, cost, design in zip(titles, costs, designs, strict=True)
    ]


def record(engine: LocalEngine, ways: Sequence[Way], began: datetime) -> dict[str, Any]:
    """What is kept of a run."""
    return {
        "began_at": f"{began:%Y-%m-%dT%H:%M:%SZ}",
        "commit": commit(),
        "engine": engine.name,
        "payload_bytes": PAYLOAD_BYTES,
        "machine": machine(),
        "ways": {
            way.title: {
                "costs": {call: asdict(way.costs[call]) for call in (PAYMENT, REPLAY)},
                "timings": {call: as_json(way.timings[call]) for call in (PAYMENT, REPLAY)},
                "usd_per_million": {f"{share:.0%}": way.usd_per_million(share) for share in SHARES},
            }
            for way in ways
        },
        "break_even_share": break_even(*ways),
    }


def verdict(transaction: Way, read_first: Way) -> str:
    """What follows."""
    share = break_even(transaction, read_first)
    slower = statistics.median(read_first.timings[PAYMENT].cpu_ms) / statistics.median(
        transaction.timings[PAYMENT].cpu_ms
    )
    dollars = "never cheaper" if share is None else f"cheaper from {share:.1%} of replays on"
    return (
        f"The read is {dollars}, by DynamoDB's bill alone.\nEvery payment then takes"
        f" {slower:.2f} times the processor time and {read_first.costs[PAYMENT].requests} requests"
        f" instead of {transaction.costs[PAYMENT].requests}."
    )


def _line(name: str, values: Sequence[str]) -> str:
    return f"{name:<{_WIDTH}}" + "".join(f"{value:>{_COLUMN}}" for value in values)


def main(argv: list[str]) -> int:
    """Measure; returns what the program ends with."""
    parser = argparse.ArgumentParser(prog="replays", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="of both in turn (15)")
    parser.add_argument("--calls", type=int, default=40, help="payments of a round (40)")
    parser.add_argument("--json", type=Path, help="where all figures are written to")
    arguments = parser.parse_args(argv)
    if arguments.rounds < 1 or arguments.calls < WARM_UP_CALLS:
        parser.error(f"--rounds must be at least 1, --calls at least {WARM_UP_CALLS}")
    if arguments.json is not None and not arguments.json.parent.is_dir():
        parser.error(f"{arguments.json.parent} is no folder")
    began = datetime.now(UTC)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="bench-replays-") as name,
            running_engine(Path(name)) as engine,
        ):
            ways = measure(engine, arguments)
    except (EngineError, BotoCoreError, ClientError) as error:
        say(f"replays: {error}")
        return 2
    except WorkerFailedError as error:
        say(f"replays: FAILED: {error}")
        return 1
    say(table(ways))
    say(verdict(*ways))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(record(engine, ways, began), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
