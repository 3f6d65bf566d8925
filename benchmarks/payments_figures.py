"""What is told of the designs that were measured? A table for a person, what was to be reached and
whether it was, JSON for the record, and a chart.
"""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from benchmarks.charts import Chart, Series
from benchmarks.payments_designs import FIVE_CALLS, OURS, OURS_OVER_BOTOCORE, UTILITY
from benchmarks.payments_rounds import (
    CALLS,
    LIST,
    PAYMENT,
    REPLAY,
    Cost,
    Timing,
    percentile,
)
from benchmarks.payments_rounds import as_json as timing_json

_WIDTH: Final = 42
_COLUMN: Final = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Of one design.

    Attributes:
        title: in tables.
        costs, timings: by kind of call.
        throughput: payments a second by number of processes.
    """

    title: str
    costs: Mapping[str, Cost]
    timings: Mapping[str, Timing]
    throughput: Mapping[int, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What was to be reached.

    Attributes:
        what: it is.
        found: what was measured.
        at_most: what it had to be.
    """

    what: str
    found: float
    at_most: float

    @property
    def is_met(self) -> bool:
        """Whether it was reached."""
        return self.found <= self.at_most


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the payment example of DynamORM (Go, Lambda, DynamoDB) says of itself.

    Attributes:
        what: is done.
        target_ms: its bound, in milliseconds.
        per_second: what it claims to do in a second.

    Source: github.com/pay-theory/dynamorm, examples/payment, README, as of 2026-11. No recorded
    run of it is published.
    """

    what: str
    target_ms: int
    per_second: int


CLAIMS: Final = (
    Claim(what="create a payment", target_ms=50, per_second=20_000),
    Claim(what="idempotency check (a replay)", target_ms=10, per_second=50_000),
    Claim(what="batch of 25 payments", target_ms=5_000, per_second=800),
    Claim(what="list of 100", target_ms=200, per_second=1_000),
)


def targets_of(found: Mapping[str, Measured]) -> list[Target]:
    """Of the designs that were measured."""
    ours = found[OURS]
    targets = [
        Target(what="requests of a payment", found=ours.costs[PAYMENT].requests, at_most=1),
        Target(what="requests of a replay", found=ours.costs[REPLAY].requests, at_most=1),
        Target(what="write units of a payment", found=ours.costs[PAYMENT].write_units, at_most=9),
    ]
    if UTILITY in found:
        targets += [
            Target(
                what="processor time of a payment / peer (a)",
                found=ratio(found, OURS, UTILITY),
                at_most=0.25,
            ),
            Target(
                what="the same over botocore",
                found=ratio(found, OURS_OVER_BOTOCORE, UTILITY),
                at_most=0.6,
            ),
        ]
    if FIVE_CALLS in found:
        targets.append(
            Target(
                what="processor time over botocore / peer (b)",
                found=ratio(found, OURS_OVER_BOTOCORE, FIVE_CALLS),
                at_most=0.36,
            )
        )
    if UTILITY in found:
        p50 = ours.timings[PAYMENT].wall(50) / found[UTILITY].timings[PAYMENT].wall(50)
        targets.append(Target(what="p50 of a payment / peer (a)", found=p50, at_most=0.75))
    return targets


def ratio(found: Mapping[str, Measured], ours: str, peer: str, call: str = PAYMENT) -> float:
    """Processor time of a call beside that of another design: the median of the rounds' ratios."""
    pairs = zip(found[ours].timings[call].cpu_ms, found[peer].timings[call].cpu_ms, strict=True)
    return statistics.median(one / other for one, other in pairs)


def table(found: Mapping[str, Measured]) -> str:
    """For a person."""
    all_of_them = list(found.values())
    lines = [_line("", list(found))]
    for call in CALLS:
        name = "list of 100" if call == LIST else call
        costs = [measured.costs[call] for measured in all_of_them]
        lines += [
            _line(f"{name}: requests", [f"{cost.requests}" for cost in costs]),
            _line("  write / read units", [f"{c.write_units} / {c.read_units:g}" for c in costs]),
            *_largest(costs),
            _line("  processor time, ms", [f"{m.timings[call].cpu:.2f}" for m in all_of_them]),
            _line(
                "  p50 / p95, ms",
                [f"{m.timings[call].wall(50):.2f} / {m.timings[call].wall(95):.2f}"
                 for m in all_of_them],
            ),
        ]  # fmt: skip
    for count in all_of_them[0].throughput:
        values = [f"{measured.throughput[count]:,.0f}" for measured in all_of_them]
        lines.append(_line(f"payments/s, {count} at once", values))
    return "\n".join(lines)


def targets_table(targets: Sequence[Target]) -> str:
    """For a person."""
    return "\n".join(
        f"{target.what:<{_WIDTH}}{target.found:>{_COLUMN}.3g}   at most {target.at_most:<5g}"
        f" {'met' if target.is_met else 'NOT MET'}"
        for target in targets
    )


def claims_table(ours: Measured) -> str:
    """What another project claims, beside what was measured here of one process."""
    lines = [_line("", ["its bound, ms", "its claim, 1/s", "here p95, ms", "here, 1/s of one"])]
    for claim, (p95, per_second) in zip(CLAIMS, _beside_claims(ours), strict=True):
        values = [f"{claim.target_ms:,}", f"{claim.per_second:,}", f"{p95:,.2f}"]
        lines.append(_line(claim.what, [*values, f"{per_second:,.0f}"]))
    return "\n".join(lines)


def throughput_chart(found: Mapping[str, Measured], note: str) -> Chart:
    """Payments a second by processes."""
    counts = list(next(iter(found.values())).throughput)
    return Chart(
        title="Payments a second, event to answer",
        note=note,
        x_axis="processes that pay at once; they and the engine share the cores",
        y_axis="payments a second",
        labels=[str(count) for count in counts],
        series=[
            Series(name=m.title, values=[m.throughput[count] for count in counts])
            for m in found.values()
        ],
    )


def processor_chart(found: Mapping[str, Measured], note: str) -> Chart:
    """Processor time by kind of call."""
    return Chart(
        title="Processor time of the function for one call, event to answer",
        note=note,
        x_axis="less is better",
        y_axis="milliseconds",
        labels=["payment", "replay", "list of 100"],
        series=[
            Series(name=m.title, values=[m.timings[call].cpu for call in CALLS])
            for m in found.values()
        ],
    )


def as_json(found: Mapping[str, Measured], targets: Sequence[Target]) -> dict[str, Any]:
    """All of it, with what follows from it."""
    return {
        "designs": {
            name: {
                "title": measured.title,
                "costs": {
                    call: asdict(cost) | {"requests": cost.requests}
                    for call, cost in measured.costs.items()
                },
                "timings": {call: timing_json(t) for call, t in measured.timings.items()},
                "payments_per_second": dict(measured.throughput),
            }
            for name, measured in found.items()
        },
        "targets": [asdict(target) | {"is_met": target.is_met} for target in targets],
        "claims_of_dynamorm": [asdict(claim) for claim in CLAIMS],
    }


def _beside_claims(ours: Measured) -> Iterator[tuple[float, float]]:
    """p95 in milliseconds, and how many one process does in a second."""
    paid, again, listed = (ours.timings[call] for call in CALLS)
    batches = paid.batch_ms or [0.0]
    yield paid.wall(95), 1000 / statistics.mean(paid.wall_ms)
    yield again.wall(95), 1000 / statistics.mean(again.wall_ms)
    yield percentile(batches, 95), 1000 / statistics.median(batches) if any(batches) else 0.0
    yield listed.wall(95), 1000 / statistics.mean(listed.wall_ms)


def _largest(costs: Sequence[Cost]) -> Iterator[str]:
    """A payment's units are those of its items: said where anything is written."""
    if any(cost.largest_bytes for cost in costs):
        yield _line("  largest item written, bytes", [f"{cost.largest_bytes:,}" for cost in costs])


def _line(name: str, values: Sequence[str]) -> str:
    return f"{name:<{_WIDTH}}" + "".join(f"{value:>{_COLUMN}}" for value in values)
