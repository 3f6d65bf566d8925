"""What limits one merchant on AWS, and what limits all of them? Arithmetic, not a measurement:
AWS's documented quotas, write units as they are counted from real items, and two assumed times.

    python -m benchmarks.hot_on_aws [--rates 10000,100000] [--shards 32] [--in-flight-ms 10]
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, log2
from typing import Final

from oncepay.domain.shards import MAX_SHARDS

PARTITION_WRITES: Final = 1_000
"""Units a second of a partition, and so of an item. Source: DynamoDB Developer Guide, "Best
practices for designing and using partition keys effectively", as of 2026-11."""
TABLE_WRITES: Final = 40_000
"""Units a second of a table on demand, and of each index of it, unless AWS is asked for more.
Tables on demand have no quota of the account besides: 80,000 is that of provisioned ones. Source:
DynamoDB Developer Guide, "Quotas in Amazon DynamoDB", throughput default quotas, as of 2026-11."""
NEW_TABLE_WRITES: Final = 4_000
"""Of a table on demand that was made a moment ago, and of an index. Source: DynamoDB Developer
Guide, "DynamoDB on-demand capacity mode", initial throughput, as of 2026-11."""
DOUBLING_MINUTES: Final = 30
"""A table takes twice its highest load so far; more than that is throttled unless it grew over so
many minutes. Source: the same."""
LAMBDA_CONCURRENCY: Final = 1_000
"""Of an account in a region, unless AWS is asked for more; a new account has less. Source: AWS
Lambda Developer Guide, "Lambda quotas", as of 2026-11."""
LAMBDA_CALLS_OF_ONE: Final = 10
"""Calls a second for each unit of that, however short they are. Source: AWS Lambda Developer Guide,
"Understanding Lambda function scaling", as of 2026-11."""
LAMBDA_STARTED_IN_TEN_SECONDS: Final = 1_000
"""Environments of one function. Source: AWS Lambda Developer Guide, "Lambda scaling behavior", as
of 2026-11."""
GATEWAY_CALLS: Final = 10_000
"""A second, of all APIs of an account in a region; 2,500 in some of them. Source: Amazon API
Gateway Developer Guide, "Amazon API Gateway quotas", as of 2026-11."""
WRITE_USD_PER_MILLION: Final = 0.625
"""Source: Amazon DynamoDB pricing, on-demand throughput, Standard table class, us-east-1, as of
2026-11."""

ENTRY_UNITS: Final = 2
BALANCE_UNITS: Final = 2
UNITS: Final[Mapping[str, int]] = {
    "Idempotency": 2,
    "Payments": 2,
    "Payments, index by_merchant": 1,
    "Ledger": ENTRY_UNITS + BALANCE_UNITS,
}
"""Write units of a payment that one shard pays, by table: items of up to 1 KB, in one
transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merchant:
    """What one merchant can do in one currency, in payments a second.

    Attributes:
        shards: of its books.
        in_flight_ms: how long a transaction keeps its items. Assumed: AWS says nothing of it.
    """

    shards: int = MAX_SHARDS
    in_flight_ms: float = 10.0

    @property
    def by_units_together(self) -> float:
        """As long as a shard's balance and its entries are in one partition."""
        return self.shards * PARTITION_WRITES / (BALANCE_UNITS + ENTRY_UNITS)

    @property
    def by_units_apart(self) -> float:
        """Once DynamoDB has given the balance a partition of its own."""
        return self.shards * PARTITION_WRITES / max(BALANCE_UNITS, ENTRY_UNITS)

    @property
    def by_list(self) -> float:
        """By the index of its payments, which has as many buckets as there are shards."""
        return self.shards * PARTITION_WRITES / UNITS["Payments, index by_merchant"]

    @property
    def by_turns(self) -> float:
        """If transactions on a shard came one exactly after the other, without a gap."""
        return self.shards * 1000 / self.in_flight_ms

    def with_conflicts(self, share: float) -> float:
        """While that share of the transactions is cancelled by a conflict.

        Those that come at random are cancelled for as much of the time as their shard is busy, and
        that is the share of the turns that are taken. Source: A. K. Erlang's loss formula, of one
        server.
        """
        return self.by_turns * share


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What all merchants together need, of one account in one region.

    Attributes:
        rate: payments a second.
        call_ms: how long the function that pays takes. Assumed.
    """

    rate: int
    call_ms: float = 25.0

    def writes(self, table: str) -> int:
        """Write units a second."""
        return self.rate * UNITS[table]

    def partitions(self, table: str) -> int:
        """That these take at least, were they spread without a gap."""
        return ceil(self.writes(table) / PARTITION_WRITES)

    def quota_times(self, table: str) -> float:
        """Of the default quota of a table or an index."""
        return self.writes(table) / TABLE_WRITES

    @property
    def minutes_to_grow(self) -> int:
        """Of new tables that nobody warmed up, doubling again and again."""
        doublings = max(log2(self.writes(table) / NEW_TABLE_WRITES) for table in UNITS)
        return max(0, ceil(doublings)) * DOUBLING_MINUTES

    @property
    def busy_environments(self) -> int:
        """Functions that pay at once."""
        return ceil(self.rate * self.call_ms / 1000)

    @property
    def lambda_concurrency(self) -> int:
        """The quota that this takes: that many at once, and no more calls than it allows."""
        return max(self.busy_environments, ceil(self.rate / LAMBDA_CALLS_OF_ONE))

    @property
    def seconds_to_start(self) -> int:
        """Until that many environments are there."""
        return ceil(self.busy_environments / LAMBDA_STARTED_IN_TEN_SECONDS) * 10

    @property
    def gateway_times(self) -> float:
        """Of the default quota of API Gateway."""
        return self.rate / GATEWAY_CALLS

    @property
    def merchants_of_one_shard(self) -> int:
        """Among whom the payments must be spread at least, were each as busy as units allow."""
        return ceil(self.rate / Merchant(shards=1).by_units_together)

    @property
    def usd_an_hour(self) -> float:
        """Of writing."""
        return self.rate * sum(UNITS.values()) * 3600 * WRITE_USD_PER_MILLION / 1_000_000


def merchant_table(merchants: Sequence[Merchant]) -> str:
    """For a person: payments a second of one merchant."""
    heading = (
        "shards",
        "units, joined",
        "units, apart",
        "list",
        "in turns",
        "10 % lost",
        "50 % lost",
    )
    lines = [
        (
            f"{one.shards}",
            f"{one.by_units_together:,.0f}",
            f"{one.by_units_apart:,.0f}",
            f"{one.by_list:,.0f}",
            f"{one.by_turns:,.0f}",
            f"{one.with_conflicts(0.1):,.0f}",
            f"{one.with_conflicts(0.5):,.0f}",
        )
        for one in merchants
    ]
    return _aligned([heading, *lines])


def account_table(accounts: Sequence[Account]) -> str:
    """For a person: what all merchants need."""
    rows: list[tuple[str, ...]] = [("payments/s", *(f"{one.rate:,}" for one in accounts))]
    for table in UNITS:
        rows.append((f"{table}: units/s", *(f"{one.writes(table):,}" for one in accounts)))
        rows.append(
            ("  of the default quota", *(f"{one.quota_times(table):g}x" for one in accounts))
        )
        rows.append(("  partitions at least", *(f"{one.partitions(table):,}" for one in accounts)))
    rows += [
        ("new tables grow for, min", *(f"{one.minutes_to_grow}" for one in accounts)),
        ("merchants of one shard, least", *(f"{one.merchants_of_one_shard}" for one in accounts)),
        ("functions busy at once", *(f"{one.busy_environments:,}" for one in accounts)),
        ("seconds to start them", *(f"{one.seconds_to_start}" for one in accounts)),
        ("Lambda concurrency quota", *(f"{one.lambda_concurrency:,}" for one in accounts)),
        ("API Gateway, of its default", *(f"{one.gateway_times:g}x" for one in accounts)),
        ("writing, USD an hour", *(f"{one.usd_an_hour:,.2f}" for one in accounts)),
    ]
    return _aligned(rows)


def main(arguments: Sequence[str]) -> int:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hot_on_aws")
    parser.add_argument("--rates", default="10000,100000", help="payments a second")
    parser.add_argument("--shards", type=int, default=MAX_SHARDS)
    parser.add_argument("--in-flight-ms", type=float, default=10.0)
    asked = parser.parse_args(arguments)
    try:
        rates = [int(rate) for rate in asked.rates.split(",")]
    except ValueError:
        parser.error("--rates are whole numbers, such as 10000,100000")
    if min(rates) < 1 or not 1 <= asked.shards <= MAX_SHARDS or asked.in_flight_ms <= 0:
        parser.error(f"rates and times are above zero, and shards are 1..{MAX_SHARDS}")
    counts = sorted({1, 4, 16, asked.shards})
    merchants = [Merchant(shards=n, in_flight_ms=asked.in_flight_ms) for n in counts]
    sys.stdout.write(
        f"one merchant in one currency, payments/s at most; in flight {asked.in_flight_ms:g} ms\n"
        f"{merchant_table(merchants)}\n\nall merchants\n"
        f"{account_table([Account(rate=rate) for rate in rates])}\n"
    )
    return 0


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
