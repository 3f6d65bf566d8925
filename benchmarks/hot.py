"""How many payments a second does one merchant make, with how many shards?

    python -m benchmarks.hot [--shards 1,4,16,32] [--workers 16] [--seconds 4] [--rounds 3]
                             [--service-ms 80] [--json FILE] [--chart FILE]

Workers pay through the real service, in processes of their own, over a proxy that keeps AWS's rule
of conflicts (`benchmarks.conflict_rule`): without it, shards would make no difference on a local
engine. The rule also says how long a transaction is in flight. DynamoDB's own time is not measured
here and nowhere published; the default is several times what one takes there, on purpose: with
shorter ones, this machine's processors would be what bounds the many shards, and not the conflicts.
Read the ratios and the conflicts, not the payments a second.

The rounds go through all numbers of shards in turn. Every run checks its books afterwards.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import uuid
from collections.abc import Sequence
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

from benchmarks.conflict_proxy import Proxy, open_proxy
from benchmarks.conflict_rule import ConflictRule
from benchmarks.dynamodb_engines import EngineError, LocalEngine, running_engine
from benchmarks.hot_figures import Figures, Run, as_json, chart, table
from benchmarks.hot_workers import (
    COST_MINOR,
    CURRENCY,
    INVOCATION_MS,
    Done,
    Task,
    Workers,
    deposit_once,
    open_at,
    open_workers,
)
from benchmarks.machine import end_when_told, writable_file
from oncepay.domain.ledger import ledger_id
from oncepay.domain.shards import MAX_SHARDS
from oncepay.storage.budget import budget_of_invocation

SERVICE_MS: Final = 80.0
MONEY_MINOR: Final = 10_000_000_000
"""Of a merchant in one run: more than can be spent."""


class Bench:
    """One engine, its tables, and workers that pay over the rule."""

    def __init__(
        self, engine: LocalEngine, tables: dict[str, str], workers: Workers, *, count: int
    ) -> None:
        self.client = engine.client()
        self.tables = tables
        self.workers = workers
        self.count = count
        self.database = open_at(engine.url, tables)

    def run(self, shards: int, *, seconds: float, url: str, proxy: Proxy) -> Run:
        """One round: one merchant with so many shards, or with 0 one for each worker."""
        each = max(1, shards)
        count = 1 if shards else self.count
        merchants = [f"mer_{uuid.uuid4().hex[:26]}" for _ in range(count)]
        for merchant in merchants:
            self.fund(merchant, each)
        before = proxy.counts.conflicts
        done = self.workers.pay(
            [
                Task(merchant_id=merchants[n % count], shards=each, seconds=seconds, url=url)
                for n in range(self.count)
            ]
        )
        wrong = self._wrong_books(merchants, each, sum(one.paid for one in done))
        conflicts = proxy.counts.conflicts - before
        return _run(shards, seconds, done, conflicts=conflicts, books=wrong)

    def fund(self, merchant_id: str, shards: int) -> None:
        """Put money into so many shards, past the rule."""
        deposit_once(
            self.database,
            merchant_id,
            shards=shards,
            amount_minor=MONEY_MINOR,
            budget=budget_of_invocation(INVOCATION_MS),
        )

    def _wrong_books(self, merchants: Sequence[str], shards: int, paid: int) -> list[str]:
        balances = [
            self._balance(merchant, shard) for merchant in merchants for shard in range(shards)
        ]
        # Each shard has one entry of the deposit.
        entries = sum(count for _, count in balances) - len(balances)
        left = sum(minor for minor, _ in balances)
        expected = MONEY_MINOR * len(merchants) - paid * COST_MINOR
        wrong = []
        if left != expected:
            wrong.append(f"{left} minor units are left, not {expected}")
        if entries != paid:
            wrong.append(f"{entries} entries were posted for {paid} payments")
        return wrong

    def _balance(self, merchant_id: str, shard: int) -> tuple[int, int]:
        item = self.client.get_item(
            TableName=self.tables["ledger"],
            Key={"id": {"S": ledger_id(merchant_id, CURRENCY, shard)}, "part": {"S": "balance"}},
            ConsistentRead=True,
        )["Item"]
        return int(item["available_minor"]["N"]), int(item["entry_count"]["N"])


def measure(
    folder: Path,
    *,
    shards: Sequence[int],
    workers: int,
    seconds: float,
    rounds: int,
    service_ms: float,
) -> Figures:
    """Run all of it.

    Args:
        folder: empty, for whatever the engine keeps.
        shards: numbers of them, to compare.
        workers: that pay at once.
        seconds: of one run.
        rounds: how often each number of shards is run.
        service_ms: how long a transaction is in flight.

    Raises:
        EngineError: there is no engine.
    """
    with running_engine(folder) as engine:
        _say(f"bench-hot: {engine.name} ({engine.why}), {workers} workers")
        tables = engine.create_tables("hot")
        rule = ConflictRule(key_names(engine, tables), service_seconds=service_ms / 1000)
        with open_proxy(engine.url, rule) as proxy, open_workers(workers, tables) as crowd:
            bench = Bench(engine, tables, crowd, count=workers)
            # The first run warms the engine up, and is what the machine can do at most.
            ceilings = [
                bench.run(0, seconds=seconds, url=engine.url, proxy=proxy).payments_per_second
                for _ in range(2)
            ]
            runs = []
            for number in range(rounds):
                for each in (*shards, 0):
                    runs.append(bench.run(each, seconds=seconds, url=proxy.url, proxy=proxy))
                    _tell(number, runs[-1])
        return Figures(
            engine=engine.name,
            workers=workers,
            service_ms=service_ms,
            without_rule_per_second=max(ceilings),
            runs=runs,
            machine=_machine(),
        )


def main(arguments: Sequence[str]) -> int:
    """Measure, tell, and fail if a payment or a book was wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hot")
    parser.add_argument("--shards", type=_numbers, default=(1, 4, 16, MAX_SHARDS))
    parser.add_argument("--workers", type=at_least_one, default=16)
    parser.add_argument("--seconds", type=above_zero, default=4.0, help="of one run")
    parser.add_argument("--rounds", type=at_least_one, default=3)
    parser.add_argument("--service-ms", type=above_zero, default=SERVICE_MS)
    parser.add_argument("--json", type=writable_file, help="file for the record")
    parser.add_argument("--chart", type=writable_file, help="SVG file")
    asked = parser.parse_args(arguments)
    end_when_told()
    with tempfile.TemporaryDirectory() as folder:
        try:
            figures = measure(
                Path(folder),
                shards=asked.shards,
                workers=asked.workers,
                seconds=asked.seconds,
                rounds=asked.rounds,
                service_ms=asked.service_ms,
            )
        except EngineError as error:
            _say(f"bench-hot: {error}")
            return 1
    _say(table(figures))
    if asked.json:
        asked.json.write_text(json.dumps(as_json(figures), indent=1) + "\n")
    if asked.chart:
        asked.chart.write_text(chart(figures))
    for mistake in figures.mistakes:
        _say(f"bench-hot: {mistake}")
    return 1 if figures.mistakes else 0


def _run(
    shards: int, seconds: float, done: Sequence[Done], *, conflicts: int, books: Sequence[str]
) -> Run:
    latencies = sorted(ms for one in done for ms in one.latencies_ms)
    # Cut into twentieths: the tenth cut is the median, the last one the 95th percentile.
    cuts = quantiles(latencies, n=20) if len(latencies) > 1 else [0.0] * 19
    return Run(
        shards=shards,
        seconds=seconds,
        paid=sum(one.paid for one in done),
        in_time=sum(one.in_time for one in done),
        declined=sum(one.declined for one in done),
        limited=sum(one.limited for one in done),
        unknown=sum(one.unknown for one in done),
        conflicts=conflicts,
        requests=sum(one.requests for one in done),
        retries=sum(one.retries for one in done),
        p50_ms=round(cuts[9], 1),
        p95_ms=round(cuts[18], 1),
        books=books,
    )


def key_names(engine: LocalEngine, tables: dict[str, str]) -> dict[str, list[str]]:
    """Of each table, its key's attributes."""
    client = engine.client()
    return {
        name: [
            key["AttributeName"]
            for key in client.describe_table(TableName=name)["Table"]["KeySchema"]
        ]
        for name in tables.values()
    }


def _machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "load_average": [round(load, 1) for load in os.getloadavg()],
    }


def _numbers(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    numbers = tuple(sorted({int(part) for part in parts if part.isascii() and part.isdigit()}))
    if not all(part.isascii() and part.isdigit() for part in parts) or not all(
        1 <= number <= MAX_SHARDS for number in numbers
    ):
        raise argparse.ArgumentTypeError(f"shards are 1..{MAX_SHARDS}, such as 1,4,16,32")
    return numbers


def at_least_one(text: str) -> int:
    """A whole number of the command line."""
    if int(text) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return int(text)


def above_zero(text: str) -> float:
    """A number of the command line."""
    if not float(text) > 0:
        raise argparse.ArgumentTypeError("above zero")
    return float(text)


def _tell(number: int, run: Run) -> None:
    what = f"{run.shards} shards" if run.shards else "a merchant each"
    _say(f"round {number + 1}, {what}: {run.payments_per_second:.1f} payments/s")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
