"""How fast are settlement files read and validated? Rows per second of each format, beside a plain
loop of the csv module over the same file in the same process, and the most memory that took.

    python -m benchmarks.reconcile_parse --rows 1000000

Ours is the whole of the first reading of a file, but for what fetches it and stores the outcome:
every row read and validated, added up, and held against what the file says of itself.

Counted are seconds of the processor, not of the clock. A machine that does other things as well is
slow by turns even so: each is measured several times, in turns, and the best counts, of the csv
loop too; the ratio of the two says more than either.
"""

import argparse
import csv
import multiprocessing
import resource
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import process_time

from benchmarks.settlement_samples import SAMPLES, write_sample
from oncepay.domain.settlement_formats.detect import FORMATS
from oncepay.domain.settlement_formats.file import SettlementFile
from oncepay.domain.settlement_formats.tally import prove

BUFFER_BYTES = 256 * 1024
"""As the reconcile function reads from S3."""

_HEADINGS = ("format", "rows", "MB", "csv rows/s", "ours rows/s", "ratio", "skipped/s", "RSS MB")
_WIDTHS = (16, 10, 5, 12, 12, 6, 12, 7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speeds:
    """Rows per second.

    Attributes:
        csv: of a loop of the csv module that looks at nothing.
        proved: every row read and validated, added up, and held against the file's own totals.
        skipped: passed over, as when a run is taken up again.
        peak_mb: the most memory that the process had, with Python and the modules.
    """

    csv: float
    proved: float
    skipped: float
    peak_mb: float


def main() -> int:
    """Measure every format that there is."""
    parser = argparse.ArgumentParser(description="Rows per second of reading settlement files.")
    parser.add_argument("--rows", type=int, default=200_000, help="of each file (200000)")
    parser.add_argument("--turns", type=int, default=3, help="of which the best counts (3)")
    parser.add_argument("--only", choices=sorted({one.name for one in FORMATS}), help="one format")
    arguments = parser.parse_args()
    if arguments.rows < 1 or arguments.turns < 1:
        parser.error("--rows and --turns must be at least 1")
    write_line(_HEADINGS)
    with tempfile.TemporaryDirectory() as folder:
        for name, lines in SAMPLES.items():
            if arguments.only not in (None, name.partition(",")[0]):
                continue
            path = Path(folder, "sample.csv")
            write_sample(path, lines(arguments.rows))
            speeds = measure_alone(path, arguments.rows, arguments.turns)
            write_line(
                (
                    name,
                    f"{arguments.rows:,}",
                    f"{path.stat().st_size / 1e6:.0f}",
                    f"{speeds.csv:,.0f}",
                    f"{speeds.proved:,.0f}",
                    f"{speeds.proved / speeds.csv:.2f}",
                    f"{speeds.skipped:,.0f}",
                    f"{speeds.peak_mb:.0f}",
                )
            )
    return 0


def write_line(cells: tuple[str, ...]) -> None:
    """The first cell to the left, the numbers to the right."""
    first, *others = (
        cell.ljust(width) if index == 0 else cell.rjust(width)
        for index, (cell, width) in enumerate(zip(cells, _WIDTHS, strict=True))
    )
    sys.stdout.write(" ".join((first, *others)) + "\n")
    sys.stdout.flush()


def measure_alone(path: Path, rows: int, turns: int) -> Speeds:
    """In a process of its own, whose memory is that of this file alone."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, (path, rows, turns))


def measure(path: Path, rows: int, turns: int) -> Speeds:
    """Measure in turns, so that a slow moment of the machine is not one of the readings' alone."""
    ways = (loop_over_csv, prove_rows, skip_rows)
    best = [float("inf")] * len(ways)
    for _ in range(turns):
        for index, way in enumerate(ways):
            best[index] = min(best[index], seconds_of(way, path, rows))
    return Speeds(
        csv=rows / best[0],
        proved=rows / best[1],
        skipped=rows / best[2],
        peak_mb=peak_memory_bytes() / 1e6,
    )


def seconds_of(way: Callable[[Path, int], int], path: Path, rows: int) -> float:
    """How long the processor is busy with it.

    Raises:
        SystemExit: it found other rows than there are, so that its time means nothing.
    """
    began = process_time()
    found = way(path, rows)
    seconds = process_time() - began
    if found < rows:
        raise SystemExit(f"{way.__name__} found {found} rows of {rows}")
    return seconds


def loop_over_csv(path: Path, rows: int) -> int:
    """Records, the headers and totals among them, that nobody looks at."""
    found = 0
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file, strict=True):
            found += 1
    return found


def prove_rows(path: Path, rows: int) -> int:
    """The first reading of a file, without what stores its outcome."""
    with path.open("rb", buffering=BUFFER_BYTES) as file:
        return prove(SettlementFile(file)).rows


def skip_rows(path: Path, rows: int) -> int:
    """The second reading, taken up where only the last row is left."""
    with path.open("rb", buffering=BUFFER_BYTES) as file:
        settlement_file = SettlementFile(file)
        settlement_file.skip(rows - 1)
        return max(row.number for row in settlement_file)


def peak_memory_bytes() -> int:
    """The most memory that this process has had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Source: getrusage(2): kilobytes on Linux, bytes on macOS.
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    sys.exit(main())
