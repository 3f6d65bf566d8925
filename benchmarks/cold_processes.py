"""How is a cold start timed? From the start of a process to its end, on one core, with one payment
made in between.
"""

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.cold_artifacts import Artifact

CALL: Final = Path(__file__).parent / "cold_call.py"
CALL_SECONDS: Final = 60


class ColdStartFailedError(Exception):
    """A process did not make its payment; the message says what it said."""


@dataclass(frozen=True, slots=True)
class Took:
    """One process, in milliseconds: by the wall clock, and of the processor."""

    wall_ms: float
    processor_ms: float


def start_cold(artifact: Artifact, environment: Mapping[str, str], event: str) -> Took:
    """Start a process, have it answer an event, and wait for its end.

    Raises:
        ColdStartFailedError: it did not answer 201.
    """
    # Python itself, not that of the virtual environment: its packages are not Lambda's. Nothing is
    # cached on disk, for Lambda's folders cannot be written.
    command = [str(Path(sys.executable).resolve()), "-S", "-P", str(CALL), artifact.module]
    variables = {
        **environment,
        **artifact.variables,
        "PYTHONPATH": os.pathsep.join(str(folder) for folder in artifact.folders),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    before, started = _processor_seconds(), time.perf_counter()
    ran = subprocess.run(
        command,
        input=event,
        env=variables,
        cwd=artifact.folders[0],
        capture_output=True,
        text=True,
        check=False,
        timeout=CALL_SECONDS,
    )
    took = Took((time.perf_counter() - started) * 1000, (_processor_seconds() - before) * 1000)
    if ran.returncode != 0:
        raise ColdStartFailedError(f"{artifact.title.strip()}: {ran.stderr.strip()[-1000:]}")
    return took


@contextmanager
def one_core() -> Iterator[None]:
    """What is started meanwhile stays on one core, where the system can be told so."""
    change: Any = getattr(os, "sched_setaffinity", None)
    if change is None:
        yield
        return
    before = os.sched_getaffinity(0)
    change(0, {max(before)})
    try:
        yield
    finally:
        change(0, before)


def in_turns(count: int, rounds: int) -> Iterator[list[int]]:
    """In which order things are done in each round: each round begins with another one."""
    for number in range(rounds):
        first = number % count
        yield [*range(first, count), *range(first)]


def ratio_of(one: Sequence[float], other: Sequence[float]) -> float:
    """The median of the ratios of what was measured in the same rounds."""
    return statistics.median(a / b for a, b in zip(one, other, strict=True))


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
