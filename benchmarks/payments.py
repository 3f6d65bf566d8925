"""How fast is a payment, from an event of API Gateway to its answer, and what does it take of
DynamoDB? Our functions, in process, beside two peers, on one local engine, in turns.

    python -m benchmarks.payments [--rounds 15] [--json file] [--charts folder]

The environment variable ENGINE chooses between DynamoDB Local and MiniStack. What a local engine
takes is not what DynamoDB takes: so the answers are ratios, processor time of the function itself,
and units counted by AWS's rules. What was to be reached and was not is told, and is no failure of
the program: how fast a machine is, and what else it does, decides of it too.
"""

import argparse
import json
import signal
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from benchmarks.charts import bar_chart
from benchmarks.dynamodb_engines import EngineError, LocalEngine, running_engine
from benchmarks.machine import commit, machine, say
from benchmarks.payments_designs import NAMES, make_designs
from benchmarks.payments_events import PAYLOAD_BYTES
from benchmarks.payments_figures import (
    Measured,
    as_json,
    claims_table,
    processor_chart,
    table,
    targets_of,
    targets_table,
    throughput_chart,
)
from benchmarks.payments_processes import WorkerFailedError
from benchmarks.payments_rounds import BATCH, costs_of, rounds_of, throughput_of

WORKERS: Final = (1, 4, 16)
THROUGHPUT_ROUNDS: Final = 3
PROCESSOR_SVG: Final = "performance-processor.svg"
THROUGHPUT_SVG: Final = "performance-throughput.svg"


def measure(engine: LocalEngine, arguments: argparse.Namespace) -> dict[str, Measured]:
    """Measure all designs.

    Raises:
        WorkerFailedError: one did not do what it has to.
    """
    designs = make_designs(engine)
    say("  requests and units: each kind of call once, behind a recorder")
    costs = {name: costs_of(design, engine) for name, design in designs.items()}
    say(f"  processor time and latency: {arguments.rounds} rounds in turns")
    timings = rounds_of(
        list(designs.values()),
        engine,
        rounds=arguments.rounds,
        calls=arguments.calls,
        lists=arguments.lists,
    )
    throughput: Mapping[str, Mapping[int, float]] = {name: {} for name in NAMES}
    if arguments.seconds:
        say(f"  payments/s: {WORKERS} processes at once, {THROUGHPUT_ROUNDS} rounds in turns")
        throughput = throughput_of(
            list(designs.values()),
            engine,
            WORKERS,
            rounds=THROUGHPUT_ROUNDS,
            seconds=arguments.seconds,
        )
    return {
        name: Measured(
            title=design.title,
            costs=costs[name],
            timings=timings[name],
            throughput=throughput[name],
        )
        for name, design in designs.items()
    }


def record(
    engine: LocalEngine,
    found: Mapping[str, Measured],
    arguments: argparse.Namespace,
    began: datetime,
) -> dict[str, Any]:
    """What is kept of a run."""
    return {
        "began_at": f"{began:%Y-%m-%dT%H:%M:%SZ}",
        "commit": commit(),
        "engine": engine.name,
        "payload_bytes": PAYLOAD_BYTES,
        "rounds": arguments.rounds,
        "calls_of_a_round": arguments.calls,
        "lists_of_a_round": arguments.lists,
        "machine": machine(),
        **as_json(found, targets_of(found)),
    }


def write_charts(folder: Path, found: Mapping[str, Measured], note: str) -> None:
    """One of processor time; one of payments a second, if that was measured."""
    (folder / PROCESSOR_SVG).write_text(bar_chart(processor_chart(found, note)))
    if next(iter(found.values())).throughput:
        (folder / THROUGHPUT_SVG).write_text(bar_chart(throughput_chart(found, note)))


def show(engine: LocalEngine, found: Mapping[str, Measured]) -> None:
    """Tell it all."""
    ours = next(iter(found.values()))
    seen = machine()
    load = " ".join(str(one) for one in seen["load_average"])
    say("")
    say(f"{engine.name}; {seen['processor']}, {seen['cores']} cores, load {load}, which the engine")
    say(f"and all processes share; a payload of {PAYLOAD_BYTES} bytes; medians of the rounds")
    say("")
    say(table(found))
    say("")
    say("Peer (a) checks no balance and keeps no books; neither peer is atomic or has an index.")
    say("")
    say("What DynamORM's payment example claims of itself, without a recorded run:")
    say(claims_table(ours))
    say("")
    say(targets_table(targets_of(found)))


def main(argv: list[str]) -> int:
    """Measure; returns what the program ends with."""
    parser = argparse.ArgumentParser(prog="payments", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="of all designs in turn (15)")
    parser.add_argument("--calls", type=int, default=40, help="payments of a round (40)")
    parser.add_argument("--lists", type=int, default=8, help="lists of a round (8)")
    parser.add_argument("--seconds", type=float, default=1, help="of payments/s; 0: none")
    parser.add_argument("--json", type=Path, help="where all figures are written to")
    parser.add_argument("--charts", type=Path, help="folder that charts are written into")
    arguments = parser.parse_args(argv)
    if arguments.rounds < 1 or arguments.lists < 1 or arguments.seconds < 0:
        parser.error("--rounds and --lists must be at least 1, --seconds at least 0")
    if arguments.calls < BATCH:
        parser.error(f"--calls must be at least {BATCH}: a batch of so many is timed")
    if arguments.json is not None and not arguments.json.parent.is_dir():
        parser.error(f"{arguments.json.parent} is no folder")
    if arguments.charts is not None and not arguments.charts.is_dir():
        parser.error(f"{arguments.charts} is no folder")
    # So that what was started is ended when this program is asked to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    began = datetime.now(UTC)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="bench-payments-") as name,
            running_engine(Path(name)) as engine,
        ):
            say(f"  {engine.name}: {engine.why}")
            found = measure(engine, arguments)
    except (EngineError, BotoCoreError, ClientError) as error:
        say(f"payments: {error}")
        return 2
    except WorkerFailedError as error:
        say(f"payments: FAILED: {error}")
        return 1
    show(engine, found)
    if arguments.json is not None:
        kept = record(engine, found, arguments, began)
        arguments.json.write_text(json.dumps(kept, indent=1) + "\n")
    if arguments.charts is not None:
        note = f"{engine.name}, {machine()['processor']}, {began:%Y-%m-%d}"
        write_charts(arguments.charts, found, note)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
