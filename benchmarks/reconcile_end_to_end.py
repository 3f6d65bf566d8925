"""How fast is a settlement file reconciled, end to end, and what bounds it? One file, dropped into
a bucket, booked by the reconcile function, with its results in the bucket in the end.

    python -m benchmarks.reconcile_end_to_end [--rows 200000] [--format stripe] [--engine ministack]

On `ministack` the function is deployed into a local stack of its own, which does the work of
DynamoDB in Python and so is what bounds it. On `bare` an engine does the least that the run needs:
what bounds it there is our own code. How fast it would be on AWS is neither: that is arithmetic, in
docs/reconciliation-performance.md. Ends with 1 if a row did not become what it had to.
"""

import argparse
import json
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from benchmarks.machine import commit, machine, say
from benchmarks.reconcile_engines import KEY, Engine, open_bare, open_stack
from benchmarks.reconcile_figures import Figures, Moment, as_json, table
from benchmarks.reconcile_processes import Programs
from benchmarks.reconcile_stored import read_invocations, read_left, rows_of
from benchmarks.reconcile_units import RawItem, units_of
from benchmarks.reconcile_world import MATCHED, Items, WorldNotWrittenError, readable_rows
from benchmarks.settlement_samples import SAMPLES, write_sample
from oncepay.domain.ledger import ledger_id
from oncepay.domain.settlement import Source
from oncepay.domain.settlement_booking import OPERATOR
from oncepay.domain.times import from_stored
from ops.local.folder import LocalStackError
from tests.settlements.desk import FINAL_STATUSES
from tests.settlements.worker import can_be_seen

ENGINES: Final = {"ministack": open_stack, "bare": open_bare}
FORMATS: Final = ("stripe", "paypal", "adyen", "native")
CURRENCIES: Final = ("USD", "EUR")
FEWEST_ROWS: Final = 2
"""One that is settled, and in some formats the payout."""
LOOK_EVERY_SECONDS: Final = 0.25
RUN_EVERY_SECONDS: Final = 5


class RunFailedError(Exception):
    """The run did not come to its end; the message says how far it came."""


def measure(arguments: argparse.Namespace) -> Figures:
    """Measure one run.

    Raises:
        LocalStackError, WorldNotWrittenError: it cannot be begun.
        RunFailedError: it does not end.
    """
    processor = "stripe" if arguments.format == "native" else arguments.format
    opens = ENGINES[arguments.engine]
    with tempfile.TemporaryDirectory(prefix="bench-reconcile-") as name:
        folder, path = Path(name, "stack"), Path(name, "settlement.csv")
        folder.mkdir()
        write_sample(path, SAMPLES[arguments.format](arguments.rows))
        say(f"  the file has {arguments.rows:,} rows and {path.stat().st_size:,} bytes")
        with opens(
            path, folder, processor=processor, invocation_seconds=arguments.invocation_seconds
        ) as engine:
            say(f"  the payments are in the tables: {dict(engine.expected)}")
            return _measure(engine, path, arguments)


def _measure(engine: Engine, path: Path, arguments: argparse.Namespace) -> Figures:
    programs = Programs(engine.worker_pids, engine.pid)
    programs.look()
    version_id = engine.drop()
    began_at = datetime.now(UTC)
    source = Source(bucket=engine.bucket, key=KEY, version_id=version_id, etag=None)
    watch = Watch(engine, programs, source.settlement_id)
    run = watch.until_reported(arguments.seconds)
    settled = next(iter(readable_rows(path)))
    kinds, counts = read_left(
        engine.stored, run, Items(engine.place).of(settled)[0], _ledgers(engine)
    )
    found = {kind: int(count["N"]) for kind, count in run["breaks_by_kind"]["M"].items()}
    return Figures(
        engine=arguments.engine,
        format=arguments.format,
        rows=arguments.rows,
        file_bytes=path.stat().st_size,
        began_at=f"{began_at:%Y-%m-%dT%H:%M:%SZ}",
        commit=commit(),
        seconds=(_time(run, "reported_at") - began_at).total_seconds(),
        first_reading_seconds=(_time(run, "measured_at") - began_at).total_seconds(),
        expected=dict(engine.expected),
        found={MATCHED: int(run["matched"]["N"]), **found},
        worker_processor_seconds=programs.worker.seconds,
        engine_processor_seconds=programs.engine.seconds,
        worker_peak_mib=programs.worker.peak_kib / 1024,
        invocations=list(read_invocations(engine.log_lines())),
        counts=counts,
        units=units_of(kinds),
        moments=watch.moments,
        machine=machine(),
    )


@dataclass(slots=True)
class Watch:
    """Looks at a run, and at the programs, while it goes."""

    engine: Engine
    programs: Programs
    run_id: str
    moments: list[Moment] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)

    def until_reported(self, seconds: float) -> RawItem:
        """The run, once its results are in the bucket.

        Raises:
            RunFailedError: it is not completed, or not in time.
        """
        run: RawItem | None = None
        for _ in range(int(seconds / RUN_EVERY_SECONDS) + 1):
            # The run is read seldom: to read it takes the engine time too.
            for _ in range(int(RUN_EVERY_SECONDS / LOOK_EVERY_SECONDS)):
                self.programs.look()
                time.sleep(LOOK_EVERY_SECONDS)
            run = self.engine.stored.run(self.run_id)
            if run is None:
                continue
            self._note(rows_of(run))
            if "reported_at" in run:
                return run
            if run["status"]["S"] in FINAL_STATUSES - {"completed"}:
                raise RunFailedError(f"the run has ended: {run['status']['S']}")
        raise RunFailedError(f"after {seconds:.0f} s the run is {run}")

    def _note(self, rows: int) -> None:
        worker = self.programs.worker
        moment = Moment(
            seconds=round(time.monotonic() - self._began, 1),
            rows=rows,
            worker_processor_seconds=round(worker.seconds, 1),
            engine_processor_seconds=round(self.programs.engine.seconds, 1),
            worker_peak_mib=round(worker.peak_kib / 1024, 1),
        )
        self.moments.append(moment)
        say(
            f"  {moment.seconds:.0f} s: {rows:,} rows; processor seconds of the worker"
            f" {moment.worker_processor_seconds:.0f}, of the engine"
            f" {moment.engine_processor_seconds:.0f}; the worker held {moment.worker_peak_mib:.0f}"
            " MiB at most"
        )


def _ledgers(engine: Engine) -> list[str]:
    owners = (*engine.place.merchant_ids, OPERATOR)
    return [ledger_id(owner, currency) for owner in owners for currency in CURRENCIES]


def _time(run: RawItem, name: str) -> datetime:
    return from_stored(run[name]["S"])


def main(argv: list[str]) -> int:
    """Measure; returns what the program ends with."""
    parser = argparse.ArgumentParser(prog="reconcile-end-to-end", description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000, help="of the file (200000)")
    parser.add_argument("--format", choices=FORMATS, default="stripe")
    parser.add_argument("--engine", choices=sorted(ENGINES), default="ministack")
    parser.add_argument("--invocation-seconds", type=int, default=180, help="the time-out (180)")
    parser.add_argument("--seconds", type=int, default=7_200, help="allowed to the run (7200)")
    parser.add_argument("--json", type=Path, help="where all figures are written to")
    arguments = parser.parse_args(argv)
    if arguments.rows < FEWEST_ROWS:
        parser.error(f"--rows must be at least {FEWEST_ROWS}")
    if arguments.json is not None and not arguments.json.parent.is_dir():
        parser.error(f"{arguments.json.parent} is no folder")
    if not can_be_seen():
        say("reconcile-end-to-end: this system has no /proc: nobody can say what a program used")
        return 2
    # So that what was started is ended when this program is asked to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        figures = measure(arguments)
    except (LocalStackError, WorldNotWrittenError, BotoCoreError, ClientError) as error:
        say(f"reconcile-end-to-end: {error}")
        return 2
    except RunFailedError as error:
        say(f"reconcile-end-to-end: FAILED: {error}")
        return 1
    say(table(figures))
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(as_json(figures), indent=1) + "\n")
    if not figures.is_as_expected():
        say(f"reconcile-end-to-end: FAILED: {figures.found}, expected {figures.expected}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
