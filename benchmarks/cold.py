"""How long does a cold process take to its first payment? Ours as it is built, the same without one
measure at a time, and a peer as sam builds it: whole processes, in turns, on one local engine.

    python -m benchmarks.cold [--rounds 9] [--json file] [--chart file]

Lambda's own part (fetching and unpacking the artifact, starting the runtime) cannot be measured
here; what is, is what the artifact makes of it. What was to be reached and was not is told, and is
no failure of the program.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.charts import Chart, Series, bar_chart
from benchmarks.cold_artifacts import OURS, PEER_AS_BUILT, Artifact, NotBuiltError, make_artifacts
from benchmarks.cold_processes import (
    ColdStartFailedError,
    Took,
    in_turns,
    one_core,
    ratio_of,
    start_cold,
)
from benchmarks.dynamodb_engines import EngineError, LocalEngine, require_engine, running_engine
from benchmarks.machine import commit, end_when_told, machine, say, writable_file
from benchmarks.payments_designs import FUNDS_MINOR, make_designs
from benchmarks.payments_events import deposit_event, payment_body, payment_event
from ops.local.folder import LocalStackError

ROUNDS: Final = 9
MOST, STRETCH = 0.25, 0.2
"""What ours is to be of the peer as sam builds it, and what would be better still."""
MERCHANT: Final = "mer_cold"


def measure(
    artifacts: Sequence[Artifact], engine: LocalEngine, rounds: int
) -> dict[str, list[Took]]:
    """Each artifact once in each round, by name.

    Raises:
        ColdStartFailedError: a payment was not made.
    """
    designs = make_designs(engine)
    body = payment_body()

    def start(artifact: Artifact, event: Mapping[str, Any]) -> Took:
        environment = engine.environment() | dict(designs[artifact.design].environment)
        return start_cold(artifact, environment, json.dumps(event))

    start(artifacts[0], deposit_event(MERCHANT, "funds", FUNDS_MINOR))
    took: dict[str, list[Took]] = {artifact.name: [] for artifact in artifacts}
    with one_core():
        for number, order in enumerate(in_turns(len(artifacts), rounds + 1)):
            for place in order:
                event = payment_event(MERCHANT, f"cold-{place}-{number}", body)
                one = start(artifacts[place], event)
                # The first round is not told: the files are then in the system's cache.
                if number:
                    took[artifacts[place].name].append(one)
            say(f"  round {number} of {rounds}" if number else "  every artifact, once")
    return took


def record_of(
    artifacts: Sequence[Artifact], took: Mapping[str, Sequence[Took]]
) -> list[dict[str, Any]]:
    """Of each artifact: medians, and the ratios to the peer as sam builds it."""
    peer = [one.wall_ms for one in took[PEER_AS_BUILT]]
    peer_processor = [one.processor_ms for one in took[PEER_AS_BUILT]]
    record = []
    for artifact in artifacts:
        wall = [one.wall_ms for one in took[artifact.name]]
        processor = [one.processor_ms for one in took[artifact.name]]
        record.append(
            {
                "name": artifact.name,
                "title": artifact.title,
                "wall_ms": round(statistics.median(wall), 1),
                "least_wall_ms": round(min(wall), 1),
                "processor_ms": round(statistics.median(processor), 1),
                "of_the_peer": round(ratio_of(wall, peer), 3),
                "processor_of_the_peer": round(ratio_of(processor, peer_processor), 3),
            }
        )
    return record


def table(record: Sequence[Mapping[str, Any]]) -> str:
    """For a person."""
    lines = [
        f"{'':<46}{'wall ms':>10}{'least':>9}{'of the peer':>13}{'processor ms':>14}{'of it':>8}"
    ]
    lines += [
        f"{each['title']:<46}{each['wall_ms']:>10.0f}{each['least_wall_ms']:>9.0f}"
        f"{each['of_the_peer']:>13.3f}{each['processor_ms']:>14.0f}"
        f"{each['processor_of_the_peer']:>8.3f}"
        for each in record
    ]
    return "\n".join(lines)


def verdict(record: Sequence[Mapping[str, Any]]) -> str:
    """Whether what was to be reached was."""
    (ratio,) = [float(each["of_the_peer"]) for each in record if each["name"] == OURS]
    if ratio <= STRETCH:
        return f"met, with what would be better still: {ratio} <= {STRETCH}"
    if ratio <= MOST:
        return f"met: {ratio} <= {MOST} of the peer (better still would be {STRETCH})"
    return f"NOT met: {ratio} of the peer, to be {MOST}"


def chart_of(record: Sequence[Mapping[str, Any]]) -> str:
    """As an SVG."""
    shown = [each for each in record if each["name"] in _SHORT]
    return bar_chart(
        Chart(
            title="A cold process to its first payment",
            x_axis="",
            y_axis="milliseconds, median",
            labels=[_SHORT[each["name"]] for each in shown],
            series=[
                Series(name="by the clock", values=[each["wall_ms"] for each in shown]),
                Series(name="of the processor", values=[each["processor_ms"] for each in shown]),
            ],
            note="one core, local engine; make bench-cold",
        )
    )


_SHORT: Final = {
    OURS: "Oncepay",
    "oncepay-botocore": "over botocore",
    "oncepay-no-bytecode": "no bytecode",
    "peer-bytecode": "peer, bytecode",
    PEER_AS_BUILT: "peer, as built",
}


def main() -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each is started")
    parser.add_argument("--json", type=writable_file, help="where the figures are kept")
    parser.add_argument("--chart", type=writable_file, help="where the chart is drawn, as an SVG")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds must be at least 1")
    end_when_told()
    try:
        # Before minutes of building.
        require_engine()
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            artifacts = make_artifacts(folder, say)
            with running_engine(folder) as engine:
                say(f"cold: {engine.name} ({engine.why}), {arguments.rounds} rounds in turns")
                took = measure(artifacts, engine, arguments.rounds)
                engine_name = engine.name
    except (NotBuiltError, LocalStackError, EngineError, ColdStartFailedError) as error:
        sys.exit(f"cold: {error}")
    record = record_of(artifacts, took)
    say(table(record))
    say(verdict(record))
    if arguments.json:
        figures = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "commit": commit(),
            "machine": machine(),
            "engine": engine_name,
            "rounds": arguments.rounds,
            "figures": record,
        }
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n")
    if arguments.chart:
        arguments.chart.write_text(chart_of(record))


if __name__ == "__main__":
    main()
