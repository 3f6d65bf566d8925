"""What did the programs of a local stack use? Processor seconds and memory of the worker that runs
the function, and of the local AWS, as Linux counts them in /proc.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.settlements.worker import peak_kib

_USER, _SYSTEM = 11, 12
"""Places in /proc/<pid>/stat behind the program's name. Source: proc_pid_stat(5)."""


@dataclass(slots=True)
class Used:
    """What some processes used; those that have ended are counted as they were seen last.

    Attributes:
        at_first: processor seconds of each process when it was first seen.
        at_last: the same when it was seen last.
        peak_kib: the most memory that any of them ever held.
    """

    at_first: dict[int, float] = field(default_factory=dict)
    at_last: dict[int, float] = field(default_factory=dict)
    peak_kib: int = 0

    def look(self, pid: int, *, is_new: bool) -> None:
        """Note what a process has used by now.

        Args:
            pid: of the process.
            is_new: it began for this run: all that it used counts.
        """
        seconds = processor_seconds(pid)
        if seconds is None:
            return
        self.at_first.setdefault(pid, 0.0 if is_new else seconds)
        self.at_last[pid] = seconds
        self.peak_kib = max(self.peak_kib, peak_kib(pid) or 0)

    @property
    def seconds(self) -> float:
        """Processor seconds since they were first seen."""
        return sum(self.at_last[pid] - first for pid, first in self.at_first.items())


@dataclass(slots=True)
class Programs:
    """The engine, and the workers that run the function.

    Attributes:
        worker_pids: finds the workers that there are now.
        engine_pid: of the process that does DynamoDB's work.
    """

    worker_pids: Callable[[], Sequence[int]]
    engine_pid: int
    worker: Used = field(default_factory=Used)
    engine: Used = field(default_factory=Used)
    _before: frozenset[int] | None = None

    def look(self) -> None:
        """Note what all of them have used by now."""
        pids = self.worker_pids()
        if self._before is None:
            self._before = frozenset(pids)
        for pid in pids:
            self.worker.look(pid, is_new=pid not in self._before)
        self.engine.look(self.engine_pid, is_new=False)


def processor_seconds(pid: int) -> float | None:
    """What a process has used of the processors since it began; None if it is gone."""
    try:
        stat = Path("/proc", str(pid), "stat").read_text()
    except OSError:
        return None
    return read_processor_seconds(stat, os.sysconf("SC_CLK_TCK"))


def read_processor_seconds(stat: str, ticks_per_second: int) -> float:
    """User and system time together, from the text of /proc/<pid>/stat."""
    # The program's name stands in parentheses, and may hold anything, spaces and parentheses too.
    words = stat.rpartition(")")[2].split()
    return (int(words[_USER]) + int(words[_SYSTEM])) / ticks_per_second
