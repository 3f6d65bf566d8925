"""How is a design measured beside the others? In turns: each round, each design pays, replays and
lists, and the next round begins with the next design, so that whatever else the machine does meets
all of them alike. Ratios are taken round by round.
"""

import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from benchmarks.dynamodb_engines import LocalEngine
from benchmarks.payments_designs import FUNDS_MINOR, Design, fund
from benchmarks.payments_events import PAGE
from benchmarks.payments_processes import Worker, running_workers
from benchmarks.request_recorder import describe, recording
from benchmarks.request_units import Units, units_of
from oncepay.domain.capacity import item_size_bytes

PAYMENT, REPLAY, LIST = "payment", "replay", "list"
CALLS: Final = (PAYMENT, REPLAY, LIST)
BATCH: Final = 25
WARM_UP_CALLS: Final = 20
FIRST_CALLS: Final = 3
"""Of each of many processes, before they pay at once: what a first call makes is made then."""
SETTLE_SECONDS: Final = 0.3
"""From the moment at which processes are told to begin together until they do."""

_MERCHANT: Final = "mer_aaaaaaaaaaaaaaaa"
_LISTED: Final = "mer_bbbbbbbbbbbbbbbb"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one call takes of DynamoDB.

    Attributes:
        operations: of its requests, in order.
        write_units, read_units: by AWS's rules.
        parts: the write units of each table and of its indexes.
        largest_bytes: of the items that it wrote, the largest.
    """

    operations: Sequence[str]
    write_units: int
    read_units: float
    parts: Mapping[str, int]
    largest_bytes: int

    @property
    def requests(self) -> int:
        """How many."""
        return len(self.operations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What calls of one kind took.

    Attributes:
        cpu_ms: of a processor for one call, round by round.
        wall_ms: by the clock, call by call.
        batch_ms: by the clock, of the first 25 calls of each round.
    """

    cpu_ms: list[float] = field(default_factory=list)
    wall_ms: list[float] = field(default_factory=list)
    batch_ms: list[float] = field(default_factory=list)

    def note(self, told: Mapping[str, Any]) -> None:
        """Add a round."""
        self.cpu_ms.append(told["cpu_ms"])
        self.wall_ms.extend(told["wall_ms"])
        if len(told["wall_ms"]) >= BATCH:
            self.batch_ms.append(sum(told["wall_ms"][:BATCH]))

    @property
    def cpu(self) -> float:
        """The median."""
        return statistics.median(self.cpu_ms)

    def wall(self, percent: int) -> float:
        """A percentile."""
        return percentile(self.wall_ms, percent)


def costs_of(design: Design, engine: LocalEngine) -> dict[str, Cost]:
    """What each kind of call takes of DynamoDB, each made once, behind a recorder."""
    client = engine.client()
    tables = {name: describe(client, name) for name in design.tables.values()}
    costs = {}
    with (
        recording(client, engine.url, tables) as recorder,
        running_workers(design, engine, url=recorder.url) as (worker,),
    ):
        set_up(worker, client, _LISTED)
        # One page, and one payment that is not on it.
        worker.ask(do="pay", merchant_id=_LISTED, prefix=f"{design.name}-listed", count=PAGE)
        recorder.take()
        for call in CALLS:
            worker.ask(**_task(call, _LISTED, f"{design.name}-counted", 1))
            requests = recorder.take()
            units = sum((units_of(request, tables) for request in requests), Units())
            written = [t.after for request in requests for t in request.touched if t.after]
            costs[call] = Cost(
                operations=[request.operation for request in requests],
                write_units=units.write,
                read_units=float(units.read),
                parts=units.parts,
                largest_bytes=max(map(item_size_bytes, written), default=0),
            )
    return costs


def rounds_of(
    designs: Sequence[Design], engine: LocalEngine, *, rounds: int, calls: int, lists: int
) -> dict[str, dict[str, Timing]]:
    """Time each design, in turns.

    Args:
        designs: that are measured.
        engine: with their tables, and the payments that are listed in them.
        rounds: how often.
        calls: payments of a round, and as many replays.
        lists: of a round.
    """
    timings = {design.name: {call: Timing() for call in CALLS} for design in designs}
    with ExitStack() as stack:
        workers: list[Worker] = []
        for design in designs:
            workers += stack.enter_context(running_workers(design, engine))
            set_up(workers[-1], engine.client(), _MERCHANT)
            for call in CALLS:
                workers[-1].ask(**_warm_up(call, design))
        for number in range(rounds):
            for worker in in_turn(workers, number):
                for call in CALLS:
                    count = lists if call == LIST else calls
                    merchant_id = _LISTED if call == LIST else _MERCHANT
                    prefix = f"{worker.design.name}-{number}"
                    told = worker.ask(**_task(call, merchant_id, prefix, count))
                    timings[worker.design.name][call].note(told)
    return timings


def throughput_of(
    designs: Sequence[Design],
    engine: LocalEngine,
    counts: Sequence[int],
    *,
    rounds: int,
    seconds: float,
) -> dict[str, dict[int, float]]:
    """Payments a second with so many processes at once, each of a merchant of its own: the median
    of the rounds, in which the designs take turns.

    Args:
        designs: that are measured.
        engine: with their tables.
        counts: of processes. All of all designs are there from the beginning, and wait.
        rounds: how often.
        seconds: of each count in each round.
    """
    found: dict[str, dict[int, list[float]]] = {
        design.name: {count: [] for count in counts} for design in designs
    }
    with ExitStack() as stack:
        groups = []
        for design in designs:
            groups.append(stack.enter_context(running_workers(design, engine, max(counts))))
            for place, worker in enumerate(groups[-1]):
                set_up(worker, engine.client(), _own_merchant(place))
                worker.ask(**_task(PAYMENT, _own_merchant(place), f"warm-{place}", FIRST_CALLS))
        for number in range(rounds):
            for count in counts:
                for workers in in_turn(groups, number):
                    name = workers[0].design.name
                    found[name][count].append(_paid_per_second(workers[:count], seconds))
    return {
        name: {count: statistics.median(rates) for count, rates in of_counts.items()}
        for name, of_counts in found.items()
    }


def _paid_per_second(workers: Sequence[Worker], seconds: float) -> float:
    """Of all of them together, from a moment on that they share."""
    begin_at = time.monotonic() + SETTLE_SECONDS
    for place, worker in enumerate(workers):
        worker.send(
            do="pay_for",
            merchant_id=_own_merchant(place),
            prefix=f"{time.time_ns()}-{place}",
            begin_at=begin_at,
            seconds=seconds,
        )
    told = [worker.receive() for worker in workers]
    ended_at = max(each["ended_at"] for each in told)
    return float(sum(each["count"] for each in told) / (ended_at - begin_at))


def _own_merchant(place: int) -> str:
    return f"mer_worker{place:010}"


def set_up(worker: Worker, client: Any, merchant_id: str) -> None:
    """Give a merchant money, by the design's own way."""
    if worker.design.deposits:
        worker.ask(do="deposit", merchant_id=merchant_id, amount_minor=FUNDS_MINOR)
    else:
        fund(worker.design, client, merchant_id)


def in_turn[T](things: Sequence[T], number: int) -> Iterator[T]:
    """All of them, beginning with another one each time."""
    first = number % len(things)
    yield from things[first:]
    yield from things[:first]


def percentile(values: Sequence[float], percent: int) -> float:
    """The least of the values that so many in a hundred do not exceed.

    Raises:
        ValueError: there are none.
    """
    if not values:
        raise ValueError("there is no percentile of nothing")
    ordered = sorted(values)
    return ordered[max(0, -(-percent * len(ordered) // 100) - 1)]


def as_json(timing: Timing) -> dict[str, Any]:
    """What is kept: every round, and of the calls the percentiles."""
    kept = asdict(timing)
    kept.pop("wall_ms")
    return kept | {f"p{percent}_ms": timing.wall(percent) for percent in (50, 95, 99)}


def _task(call: str, merchant_id: str, prefix: str, count: int) -> dict[str, Any]:
    if call == LIST:
        return {"do": "list", "merchant_id": merchant_id, "count": count, "expected": PAGE}
    verb = "pay" if call == PAYMENT else "replay"
    return {"do": verb, "merchant_id": merchant_id, "prefix": prefix, "count": count}


def _warm_up(call: str, design: Design) -> dict[str, Any]:
    merchant_id = _LISTED if call == LIST else _MERCHANT
    return _task(call, merchant_id, f"{design.name}-warm", WARM_UP_CALLS)
