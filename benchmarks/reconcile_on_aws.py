"""What would ten million rows take on AWS, and what would they cost? Arithmetic, not a measurement:
AWS's documented quotas and prices, our own processor time as measured here, and two assumed times.

    python -m benchmarks.reconcile_on_aws [--rows 10000000] [--memory-mb 1024]
"""

import argparse
import sys
from dataclasses import dataclass
from math import ceil
from typing import Final

from oncepay.storage.budget import LAST_ATTEMPT_SECONDS
from oncepay.storage.objects import OPEN_SECONDS
from oncepay.storage.queues import SEND_SECONDS

WRITE_USD_PER_MILLION: Final = 0.625
READ_USD_PER_MILLION: Final = 0.125
"""Source: Amazon DynamoDB pricing, on-demand throughput, Standard table class, us-east-1, as of
2026-11 (unchanged since 2024-11)."""
LAMBDA_USD_PER_GB_SECOND: Final = 0.0000133334
LAMBDA_USD_PER_MILLION: Final = 0.20
"""Source: AWS Lambda pricing, arm64, first tier, us-east-1, as of 2026-11."""
GET_USD_PER_MILLION: Final = 0.40
PUT_USD_PER_MILLION: Final = 5.00
"""Source: Amazon S3 pricing, S3 Standard requests, us-east-1, as of 2026-11."""
MESSAGE_USD_PER_MILLION: Final = 0.40
"""Source: Amazon SQS pricing, standard queues, us-east-1, as of 2026-11."""

MB_OF_A_PROCESSOR: Final = 1_769
"""Source: AWS Lambda Developer Guide, "Configure Lambda function memory", as of 2026-11."""
PARTITION_WRITES_PER_SECOND: Final = 1_000
"""Source: DynamoDB Developer Guide, "Designing partition keys to distribute your workload", as of
2026-11."""

REQUESTS_OF_A_MESSAGE: Final = 3
"""It is sent, received and deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed:
    """What the arithmetic begins with: as measured of Stripe's format, unless it says assumed.

    Attributes:
        rows: of all files together.
        rows_of_a_file: as many as a file may have, with its size limited.
        rows_of_a_chunk: that one transaction settles.
        write_units_per_row, read_units_per_row: by AWS's rules, indexes included.
        worker_ms_per_row: processor time of our own code, on a whole processor.
        proved_per_second, skipped_per_second: rows, on a whole processor.
        read_ms: of the one BatchGetItem of a chunk. Assumed.
        write_ms: of its one TransactWriteItems. Assumed.
        memory_mb: of the function; its share of a processor goes by that.
        timeout_seconds: of the function.
    """

    rows: int = 10_000_000
    rows_of_a_file: int = 2_500_000
    rows_of_a_chunk: float = 75.0
    write_units_per_row: float = 4.13
    read_units_per_row: float = 1.0
    worker_ms_per_row: float = 0.53
    proved_per_second: int = 350_000
    skipped_per_second: int = 2_400_000
    read_ms: float = 15.0
    write_ms: float = 60.0
    memory_mb: int = 1_024
    timeout_seconds: int = 180

    @property
    def files(self) -> int:
        """That the rows are in."""
        return ceil(self.rows / self.rows_of_a_file)

    @property
    def processor_share(self) -> float:
        """That the function has; one thread has no use for more than one."""
        return min(1.0, self.memory_mb / MB_OF_A_PROCESSOR)

    @property
    def chunks(self) -> int:
        """Transactions."""
        return ceil(self.rows / self.rows_of_a_chunk)

    @property
    def own_seconds_of_a_chunk(self) -> float:
        """That our own code takes for it."""
        return self.rows_of_a_chunk * self.worker_ms_per_row / 1_000 / self.processor_share

    @property
    def seconds_of_a_chunk(self) -> float:
        """One request after the other, and our own code between them."""
        return self.own_seconds_of_a_chunk + (self.read_ms + self.write_ms) / 1_000

    @property
    def rows_per_second(self) -> float:
        """While a run books."""
        return self.rows_of_a_chunk / self.seconds_of_a_chunk


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRun:
    """One file from its message to its results."""

    invocations: int
    seconds: float
    skipping_seconds: float


def run_of_a_file(assumed: Assumed) -> FileRun:
    """Invocation by invocation: each passes over the rows that are booked, and books until too
    little time is left for what may have begun.

    Raises:
        ValueError: an invocation has no time to book anything.
    """
    usable = assumed.timeout_seconds - OPEN_SECONDS - LAST_ATTEMPT_SECONDS - SEND_SECONDS
    skipped_per_second = assumed.skipped_per_second * assumed.processor_share
    booked, seconds, skipping, invocations = 0.0, 0.0, 0.0, 0
    while booked < assumed.rows_of_a_file:
        reading = booked / skipped_per_second
        if not invocations:
            reading = assumed.rows_of_a_file / (assumed.proved_per_second * assumed.processor_share)
        if reading >= usable:
            raise ValueError("the rows that are booked cannot be passed over in one invocation")
        can_book = (usable - reading) * assumed.rows_per_second
        now = min(can_book, assumed.rows_of_a_file - booked)
        booked += now
        seconds += reading + now / assumed.rows_per_second
        skipping += reading if invocations else 0.0
        invocations += 1
    return FileRun(invocations=invocations, seconds=seconds, skipping_seconds=skipping)


def dollars(assumed: Assumed, run: FileRun) -> dict[str, float]:
    """What all files cost, line by line."""
    invocations = run.invocations * assumed.files
    million = 1_000_000
    return {
        "DynamoDB, write units": assumed.rows
        * assumed.write_units_per_row
        / million
        * WRITE_USD_PER_MILLION,
        "DynamoDB, read units": assumed.rows
        * assumed.read_units_per_row
        / million
        * READ_USD_PER_MILLION,
        "Lambda, GB-seconds": assumed.files
        * run.seconds
        * assumed.memory_mb
        / 1_024
        * LAMBDA_USD_PER_GB_SECOND,
        "Lambda, requests": invocations / million * LAMBDA_USD_PER_MILLION,
        # Read once to be proved, and once by each invocation; the results are two objects.
        "S3, requests": (invocations + assumed.files) / million * GET_USD_PER_MILLION
        + 3 * assumed.files / million * PUT_USD_PER_MILLION,
        "SQS, requests": invocations * REQUESTS_OF_A_MESSAGE / million * MESSAGE_USD_PER_MILLION,
    }


def partitions(assumed: Assumed) -> dict[str, float]:
    """Write units per second that one run asks of the busiest partitions."""
    chunks_per_second = 1 / assumed.seconds_of_a_chunk
    return {
        "run": 2 * chunks_per_second,
        "ledger of one merchant: an entry, its balance": 4 * chunks_per_second,
        "by_merchant, all rows of one merchant": assumed.rows_per_second,
        "by_due, one of sixteen": assumed.rows_per_second / 16,
        "breaks, all rows are breaks": 2 * assumed.rows_per_second,
    }


def table(assumed: Assumed) -> str:
    """For a person."""
    run = run_of_a_file(assumed)
    costs = dollars(assumed, run)
    own_ms = 1_000 * assumed.own_seconds_of_a_chunk
    units = assumed.rows * assumed.write_units_per_row
    lines = [
        ("files", f"{assumed.files} of {assumed.rows_of_a_file:,} rows"),
        ("transactions", f"{assumed.chunks:,}"),
        (
            "one chunk",
            f"{assumed.read_ms:.0f} + {assumed.write_ms:.0f} ms assumed of DynamoDB"
            f" + {own_ms:.0f} ms of our own code = {1_000 * assumed.seconds_of_a_chunk:.0f} ms",
        ),
        ("rows per second of a run", f"{assumed.rows_per_second:,.0f}"),
        ("invocations of a file", f"{run.invocations}"),
        ("hours of a file", f"{run.seconds / 3_600:.2f}, {run.skipping_seconds:.0f} s skipping"),
        ("hours, one file after the other", f"{assumed.files * run.seconds / 3_600:.2f}"),
        ("hours, all at once", f"{run.seconds / 3_600:.2f}"),
        ("write units", f"{units / 1e6:.1f} million"),
        *((f"$ {name}", f"{amount:.4f}") for name, amount in costs.items()),
        ("$ in all", f"{sum(costs.values()):.2f}"),
        *(
            (f"units/s of {name}", f"{rate:,.0f} of {PARTITION_WRITES_PER_SECOND:,}")
            for name, rate in partitions(assumed).items()
        ),
    ]
    return "\n".join(f"{name:<58}{value}" for name, value in lines)


def main(argv: list[str]) -> int:
    """Print the arithmetic; returns what the program ends with."""
    parser = argparse.ArgumentParser(prog="reconcile-on-aws", description=__doc__)
    for name in ("rows", "memory-mb", "timeout-seconds"):
        parser.add_argument(f"--{name}", type=int)
    for name in ("worker-ms-per-row", "read-ms", "write-ms"):
        parser.add_argument(f"--{name}", type=float)
    given = {name: value for name, value in vars(parser.parse_args(argv)).items() if value}
    sys.stdout.write(table(Assumed(**given)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
