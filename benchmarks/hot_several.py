"""What if a transaction needs several shards at once, while payments keep them busy?

    python -m benchmarks.hot_several [--shards 32] [--workers 4] [--in-flight-ms 10] [--seconds 5]

Payments of one shard each run all the time, over AWS's rule of conflicts. Beside them, one after
the other: deposits, payments larger than one shard and than several, and the levelling that the
sweep does. A transaction goes through only in a moment in which none of its shards is in flight:
the more it needs, and the busier they are, the rarer.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.conflict_proxy import Proxy, open_proxy
from benchmarks.conflict_rule import ConflictRule
from benchmarks.dynamodb_engines import EngineError, running_engine
from benchmarks.hot import MONEY_MINOR, Bench, above_zero, at_least_one, key_names
from benchmarks.hot_workers import CURRENCY, Task, deposit_once, open_at, open_workers, pay_once
from oncepay.domain.errors import PaymentsError
from oncepay.domain.ledger import ledger_id
from oncepay.domain.shards import MAX_SHARDS
from oncepay.services.add_merchant import add_merchant
from oncepay.services.level_shards import level_shards
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database

LEAD_SECONDS: Final = 1.0
"""Payments run for so long before anything is tried beside them."""
SHARES_OF_A_SHARD: Final = (1.5, 3.5, 7.5)
"""Sizes of the payments, in what is in one shard."""

type Try = Callable[[str, Budget], str]
"""What is tried for a merchant; returns what it was answered."""


@dataclass(slots=True, kw_only=True)
class Beside:
    """Payments that run, and what is tried beside them.

    Attributes:
        bench: engine and workers.
        proxy: with the rule.
        shards: of each merchant.
        seconds: that something is tried for, until it is given up.
    """

    bench: Bench
    proxy: Proxy
    shards: int
    seconds: float

    def tell_all(self) -> Iterator[str]:
        """A line for each thing that is tried."""
        database = open_at(self.proxy.url, self.bench.tables)
        tries: dict[str, Try] = {"a deposit": partial(self._deposit, database)}
        for share in SHARES_OF_A_SHARD:
            if share < self.shards:
                tries[f"a payment of {share:g} shards"] = partial(self._pay, database, share)
        tries["levelling an empty shard"] = partial(self._level, database)
        for name, attempt in tries.items():
            yield f"{name:<28}{self._run(attempt)}"

    def _run(self, attempt: Try) -> str:
        merchant = add_merchant(
            name="Hot",
            fee_basis_points=None,
            database=self.bench.database,
            now=datetime.now(UTC),
            budget=Budget(self.seconds),
        )
        self.bench.fund(merchant.id, self.shards)
        # Somewhat longer than what is tried may last.
        task = Task(
            merchant_id=merchant.id,
            shards=self.shards,
            seconds=LEAD_SECONDS + self.seconds + 1,
            url=self.proxy.url,
        )
        with ThreadPoolExecutor(1) as pool:
            paying = pool.submit(self.bench.workers.pay, [task] * self.bench.count)
            time.sleep(LEAD_SECONDS)
            budget = Budget(self.seconds)
            began_at = time.monotonic()
            try:
                answer = attempt(merchant.id, budget)
            except PaymentsError as error:
                answer = f"{error.code}, given up"
            took = time.monotonic() - began_at
            done = paying.result()
        rate = sum(one.in_time for one in done) / task.seconds
        requests = budget.usage.requests
        return f"{answer} after {took:.2f} s, {requests} requests; beside {rate:.0f} payments/s"

    def _deposit(self, database: Database, merchant_id: str, budget: Budget) -> str:
        outcome = deposit_once(
            database,
            merchant_id,
            shards=self.shards,
            amount_minor=self.shards * 1_000,
            budget=budget,
        )
        return str(outcome.answer.status_code)

    def _pay(self, database: Database, share: float, merchant_id: str, budget: Budget) -> str:
        part_minor = MONEY_MINOR // self.shards
        outcome = pay_once(
            database,
            merchant_id,
            shards=self.shards,
            # With its fee it is that much.
            amount_minor=int(part_minor * share / 1.02),
            budget=budget,
        )
        return str(outcome.answer.status_code)

    def _level(self, database: Database, merchant_id: str, budget: Budget) -> str:
        self._empty(ledger_id(merchant_id, CURRENCY, self.shards - 1))
        levelled = level_shards(
            merchant_id, self.shards, database=database, now=datetime.now(UTC), budget=budget
        )
        return "levelled" if levelled else "left as it is"

    def _empty(self, book: str) -> None:
        # Past the books, which are not looked at afterwards.
        self.bench.client.update_item(
            TableName=self.bench.tables["ledger"],
            Key={"id": {"S": book}, "part": {"S": "balance"}},
            UpdateExpression="SET available_minor = :nothing",
            ExpressionAttributeValues={":nothing": {"N": "0"}},
        )


def main(arguments: Sequence[str]) -> int:
    """Try all of it, and tell."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hot_several")
    parser.add_argument("--shards", type=at_least_one, default=MAX_SHARDS)
    parser.add_argument("--workers", type=at_least_one, default=4)
    parser.add_argument("--in-flight-ms", type=above_zero, default=10.0)
    parser.add_argument("--seconds", type=above_zero, default=5.0, help="until it is given up")
    asked = parser.parse_args(arguments)
    if asked.shards > MAX_SHARDS:
        parser.error(f"--shards is 1..{MAX_SHARDS}")
    with tempfile.TemporaryDirectory() as folder:
        try:
            with running_engine(Path(folder)) as engine:
                tables = engine.create_tables("several")
                rule = ConflictRule(
                    key_names(engine, tables), service_seconds=asked.in_flight_ms / 1000
                )
                with (
                    open_proxy(engine.url, rule) as proxy,
                    open_workers(asked.workers, tables) as crowd,
                ):
                    bench = Bench(engine, tables, crowd, count=asked.workers)
                    beside = Beside(
                        bench=bench, proxy=proxy, shards=asked.shards, seconds=asked.seconds
                    )
                    _say(
                        f"{engine.name}, {asked.shards} shards, {asked.workers} workers, each"
                        f" transaction in flight for {asked.in_flight_ms:g} ms at least"
                    )
                    for line in beside.tell_all():
                        _say(line)
        except EngineError as error:
            _say(f"hot_several: {error}")
            return 1
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
