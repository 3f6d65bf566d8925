"""What is told of a measured run? Figures as a table for a person, and as JSON for the record."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from benchmarks.reconcile_stored import Invocation
from benchmarks.reconcile_units import Counts, Units, read, written

MEMORY_LIMIT_MIB = 256
_WIDTH = 34


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """How far a run was at a time, and what the programs had used by then."""

    seconds: float
    rows: int
    worker_processor_seconds: float
    engine_processor_seconds: float
    worker_peak_mib: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was seen of one run.

    Attributes:
        engine: what did DynamoDB's work: `ministack`, or `bare`, which does the least that a run
            needs.
        seconds: from the upload's end until the results were in the bucket.
        first_reading_seconds: of them, until the file was proved.
        expected, found: rows by what became of them.
        worker_processor_seconds, engine_processor_seconds: used during the run.
        worker_peak_mib: the most memory that the worker ever held.
        machine: what it ran on, and how busy that was with other things.
    """

    engine: str
    format: str
    rows: int
    file_bytes: int
    began_at: str
    commit: str
    seconds: float
    first_reading_seconds: float
    expected: Mapping[str, int]
    found: Mapping[str, int]
    worker_processor_seconds: float
    engine_processor_seconds: float
    worker_peak_mib: float
    invocations: Sequence[Invocation]
    counts: Counts
    units: Units
    moments: Sequence[Moment]
    machine: Mapping[str, Any]

    @property
    def rows_per_second(self) -> float:
        """End to end."""
        return self.rows / self.seconds

    @property
    def requests(self) -> int:
        """To DynamoDB, of all invocations that told."""
        return sum(one.requests for one in self.invocations)

    @property
    def write_units(self) -> int:
        """By AWS's rules."""
        return sum(written(self.units, self.counts).values())

    @property
    def read_units(self) -> Decimal:
        """By AWS's rules."""
        return read(self.units, self.counts)

    @property
    def bound(self) -> str:
        """Which of the two programs, that take turns, used more of a processor."""
        if self.engine_processor_seconds > self.worker_processor_seconds:
            return "the local AWS"
        return "our own code"

    def is_as_expected(self) -> bool:
        """Whether every row became what it had to."""
        return dict(self.expected) == dict(self.found)


def as_json(figures: Figures) -> dict[str, Any]:
    """All of it, with what follows from it."""
    return {
        **asdict(figures),
        "rows_per_second": round(figures.rows_per_second, 1),
        "requests_per_row": round(figures.requests / figures.rows, 4),
        "write_units_by_what": written(figures.units, figures.counts),
        "write_units_per_row": round(figures.write_units / figures.rows, 3),
        "read_units_per_row": round(float(figures.read_units) / figures.rows, 3),
        "bound": figures.bound,
        "units": {name: float(value) for name, value in asdict(figures.units).items()},
    }


def table(figures: Figures) -> str:
    """For a person."""
    rows, seconds = figures.rows, figures.seconds
    worker, engine = figures.worker_processor_seconds, figures.engine_processor_seconds
    peak = f"{figures.worker_peak_mib:.0f} MiB of {MEMORY_LIMIT_MIB} allowed"
    load = " ".join(str(one) for one in figures.machine["load_average"])
    lines = {
        "rows, format, engine": f"{rows:,}, {figures.format}, {figures.engine}",
        "end to end": f"{figures.rows_per_second:,.0f} rows/s, {seconds:,.1f} s",
        "of that the first reading": f"{figures.first_reading_seconds:,.1f} s",
        "matched, breaks": f"{figures.counts.payments:,}, {figures.counts.breaks:,}",
        "invocations": f"{len(figures.invocations)}",
        "transactions": f"{figures.counts.chunks:,}, {rows / figures.counts.chunks:.1f} rows each",
        "requests to DynamoDB": f"{figures.requests:,}, {figures.requests / rows:.4f} a row",
        "write units by AWS's rules": f"{figures.write_units:,}, "
        f"{figures.write_units / rows:.2f} a row",
        "read units by AWS's rules": f"{figures.read_units:,}, "
        f"{float(figures.read_units) / rows:.2f} a row",
        "memory of the worker at most": peak,
        "processor time of the worker": f"{worker:,.1f} s, {1000 * worker / rows:.3f} ms a row",
        "processor time of the engine": f"{engine:,.1f} s, {1000 * engine / rows:.3f} ms a row",
        "bound by": f"{figures.bound}: they take turns",
        "the machine": f"{figures.machine['cores']} cores, load {load}",
    }
    return "\n".join(f"{name:<{_WIDTH}}{value}" for name, value in lines.items())
