"""What is told of payments for one merchant at once? A table for a person, JSON for the record, and
a chart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Final

from benchmarks.charts import Chart, Series, bar_chart

TARGET_RATIO: Final = 8.0
"""Payments a second of the most shards, of those of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One round of all workers.

    Attributes:
        shards: of the merchant; 0 where each worker has a merchant of its own, with one shard.
        seconds: in which the workers began payments.
        paid, declined, limited, unknown: payments by their answer: 201, 402, 429, 503.
        in_time: of those that were paid, the ones that were while the time lasted.
        conflicts: transactions that the rule cancelled.
        requests, retries: to DynamoDB, and of them those that were sent again.
        p50_ms, p95_ms: of a payment that was made.
        books: what is wrong with the merchant's books after it; empty if nothing is.
    """

    shards: int
    seconds: float
    paid: int
    in_time: int
    declined: int
    limited: int
    unknown: int
    conflicts: int
    requests: int
    retries: int
    p50_ms: float
    p95_ms: float
    books: Sequence[str]

    @property
    def payments_per_second(self) -> float:
        """Of those that were made in time: the last ones wait for nobody any more."""
        return self.in_time / self.seconds

    @property
    def conflicts_per_payment(self) -> float:
        """Cancelled transactions for each payment that was made."""
        return self.conflicts / max(1, self.paid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The median of the rounds with so many shards."""

    shards: int
    payments_per_second: float
    conflicts_per_payment: float
    retries_per_payment: float
    limited: int
    p50_ms: float
    p95_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All of it.

    Attributes:
        engine: what did DynamoDB's work.
        workers: that paid at once.
        service_ms: how long the rule keeps a transaction in flight.
        without_rule_per_second: payments a second of the same workers, each for a merchant of its
            own, straight at the engine: what this machine can do at most.
        machine: what it ran on.
    """

    engine: str
    workers: int
    service_ms: float
    without_rule_per_second: float
    runs: Sequence[Run]
    machine: Mapping[str, Any]

    def row(self, shards: int) -> Row:
        """The medians of that many shards."""
        runs = [run for run in self.runs if run.shards == shards]
        return Row(
            shards=shards,
            payments_per_second=median(run.payments_per_second for run in runs),
            conflicts_per_payment=median(run.conflicts_per_payment for run in runs),
            retries_per_payment=median(run.retries / max(1, run.paid) for run in runs),
            limited=sum(run.limited for run in runs),
            p50_ms=median(run.p50_ms for run in runs),
            p95_ms=median(run.p95_ms for run in runs),
        )

    def rows(self) -> list[Row]:
        """One for each number of shards, the fewest first."""
        return [self.row(shards) for shards in sorted({r.shards for r in self.runs} - {0})]

    @property
    def ratio(self) -> float:
        """Payments a second of the most shards, of those of the fewest."""
        rows = self.rows()
        return rows[-1].payments_per_second / rows[0].payments_per_second

    @property
    def mistakes(self) -> list[str]:
        """What no run may show: declines with money there, unknown outcomes, wrong books."""
        return [
            f"{run.shards} shards: {what}"
            for run in self.runs
            for what in (
                *([f"{run.declined} payments were declined"] if run.declined else ()),
                *([f"the outcome of {run.unknown} is not known"] if run.unknown else ()),
                *run.books,
            )
        ]


def as_json(figures: Figures) -> dict[str, Any]:
    """All of it, with what follows from it."""
    rows = [asdict(row) for row in figures.rows()]
    return {
        **asdict(figures),
        "rows": rows,
        "alone": asdict(figures.row(0)),
        "ratio": round(figures.ratio, 2),
        "target_ratio": TARGET_RATIO,
    }


def table(figures: Figures) -> str:
    """For a person."""
    heading = ("shards", "payments/s", "of one", "conflicts", "retries", "429", "p50 ms", "p95 ms")
    rows = figures.rows()
    one = rows[0].payments_per_second
    lines = [_line(str(row.shards), row, f"{row.payments_per_second / one:.1f}x") for row in rows]
    lines.append(_line("alone", figures.row(0), ""))
    least, most = rows[0].shards, rows[-1].shards
    met = "met" if figures.ratio >= TARGET_RATIO else "NOT met"
    return "\n".join(
        [
            f"engine {figures.engine}, {figures.workers} workers, each transaction in flight for"
            f" {figures.service_ms:g} ms; conflicts and retries are for each payment",
            "".join(f"{name:>12}" for name in heading),
            *("".join(f"{cell:>12}" for cell in line) for line in lines),
            "alone: each worker for a merchant of its own, with one shard: nobody is in the way",
            f"the machine's own ceiling, the same without the rule:"
            f" {figures.without_rule_per_second:,.0f} payments/s",
            f"{most} shards against {least}: {figures.ratio:.1f}x, target {TARGET_RATIO:g}x: {met}",
        ]
    )


def chart(figures: Figures) -> str:
    """Payments and conflicts a second, by shards; SVG."""
    rows = figures.rows()
    conflicts = [row.payments_per_second * row.conflicts_per_payment for row in rows]
    return bar_chart(
        Chart(
            title="One merchant's payments a second, by shards of its books",
            x_axis="shards",
            y_axis="a second",
            labels=[str(row.shards) for row in rows],
            series=[
                Series(name="payments", values=[row.payments_per_second for row in rows]),
                Series(name="transactions cancelled by a conflict", values=conflicts),
            ],
            note=f"{figures.workers} workers, each transaction in flight for"
            f" {figures.service_ms:g} ms, {figures.engine} behind AWS's conflict rule",
        )
    )


def _line(name: str, row: Row, ratio: str) -> tuple[str, ...]:
    return (
        name,
        f"{row.payments_per_second:.1f}",
        ratio,
        f"{row.conflicts_per_payment:.2f}",
        f"{row.retries_per_payment:.2f}",
        str(row.limited),
        f"{row.p50_ms:.0f}",
        f"{row.p95_ms:.0f}",
    )
