"""How does a worker die, or fall asleep, at one of its calls out of the code?

Calls are numbered as they come, from 1. A worker stops `before` one, after its `effect` (what was
asked for has happened, and the worker never hears of it), or after its `reply`, on its way to the
next one, or to whoever waits for it.

One that sleeps has a thread of its own, and whoever woke it waits until it is done: nothing ever
runs at once, so that the in-process tables need no locks.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

PATIENCE_SECONDS = 60


class When(StrEnum):
    """Where, at a call."""

    BEFORE = "before"
    EFFECT = "effect"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Stop:
    """At which call, and where."""

    point: int
    when: When

    def __str__(self) -> str:
        return f"{self.point}.{self.when}"


class Killed(BaseException):
    """The worker is no more; nothing in the code catches it."""


def die() -> None:
    """End the worker."""
    raise Killed


class Worker:
    """One invocation.

    Attributes:
        calls: what it has called, by name.
        stopped: whether it got where it was to stop.
    """

    def __init__(self, stop: Stop | None = None, at_stop: Callable[[], None] = die) -> None:
        self.calls: list[str] = []
        self.stopped = False
        self._stop, self._at_stop = stop, at_stop

    def carry_out(self, name: str, call: Callable[[], Any]) -> Any:
        """Make a call out of the code."""
        self._reach(When.REPLY)
        self.calls.append(name)
        self._reach(When.BEFORE)
        try:
            return call()
        finally:
            self._reach(When.EFFECT)

    def end(self) -> None:
        """It has its last reply, and answers."""
        self._reach(When.REPLY)

    def _reach(self, when: When) -> None:
        if not self.stopped and self._stop == Stop(len(self.calls), when):
            self.stopped = True
            self._at_stop()


class Gate:
    """Every call out of the code passes here; a worker's own stop is looked at."""

    def __init__(self) -> None:
        self._local = threading.local()

    def __call__(self, name: str, call: Callable[[], Any]) -> Any:
        worker: Worker | None = getattr(self._local, "worker", None)
        return call() if worker is None else worker.carry_out(name, call)

    def run[T](self, worker: Worker, action: Callable[[], T]) -> T:
        """Let a worker do it. Raises: Killed."""
        before = getattr(self._local, "worker", None)
        self._local.worker = worker
        try:
            result = action()
            worker.end()
            return result
        finally:
            self._local.worker = before


class Sleeper:
    """A worker that falls asleep where it is told to, and goes on when it is woken."""

    def __init__(self, gate: Gate, action: Callable[[], object], stop: Stop) -> None:
        self._moved, self._wakes = threading.Event(), threading.Event()
        self._error: BaseException | None = None
        self.worker = Worker(stop, self._sleep)
        self._thread = threading.Thread(target=self._live, args=(gate, action), daemon=True)

    def start(self) -> bool:
        """Let it go until it sleeps; False if it came to its end before."""
        self._thread.start()
        self._wait(self._moved)
        return self.worker.stopped

    def wake(self) -> None:
        """Let it go to its end. Raises: whatever it ended with."""
        self._wakes.set()
        self._thread.join(PATIENCE_SECONDS)
        if self._thread.is_alive():
            raise RuntimeError("a worker that was woken does not end")
        if self._error is not None:
            raise self._error

    def _live(self, gate: Gate, action: Callable[[], object]) -> None:
        try:
            gate.run(self.worker, action)
        except BaseException as error:
            self._error = error
        self._moved.set()

    def _sleep(self) -> None:
        self._moved.set()
        self._wait(self._wakes)

    def _wait(self, event: threading.Event) -> None:
        if not event.wait(PATIENCE_SECONDS):
            raise RuntimeError("a worker was waited for in vain")
