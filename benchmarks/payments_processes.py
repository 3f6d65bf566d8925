"""How are a design's processes started, asked and ended? One line to its input, one line back."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final

from benchmarks.dynamodb_engines import LocalEngine
from benchmarks.payments_designs import ROOT, Design

END_SECONDS: Final = 20
SHOWN_CHARACTERS: Final = 1500


class WorkerFailedError(Exception):
    """A process ended, or its design did not do what it has to; the message says what."""


class Worker:
    """A process that runs a design.

    Args:
        design: that it runs.
        environment: of the process.
    """

    def __init__(self, design: Design, environment: Mapping[str, str]) -> None:
        self.design = design
        # Not a pipe: nobody reads it as long as all goes well.
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  # closed by `end`
        program = [sys.executable, "-m", "benchmarks.payments_worker"]
        self._process = subprocess.Popen(
            [*program, str(design.paying), str(design.listing)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=dict(environment),
            cwd=ROOT,
            text=True,
        )

    def ask(self, **task: Any) -> dict[str, Any]:
        """Have something done.

        Raises:
            WorkerFailedError: it was not.
        """
        self.send(**task)
        return self.receive()

    def send(self, **task: Any) -> None:
        """Have something begun."""
        if self._process.stdin is None:
            return
        # A process that has ended is told of by `receive`.
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(task) + "\n")
            self._process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        """What came of it.

        Raises:
            WorkerFailedError: it was not done.
        """
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            self._process.wait(END_SECONDS)
            self._errors.seek(0)
            said = self._errors.read()
            raise WorkerFailedError(f"{self.design.title} has ended: {said[-SHOWN_CHARACTERS:]}")
        told: dict[str, Any] = json.loads(line)
        if "failed" in told:
            raise WorkerFailedError(f"{self.design.title}: {told['failed']}")
        return told

    def end(self) -> None:
        """End it."""
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._errors.close()


@contextmanager
def running_workers(
    design: Design, engine: LocalEngine, count: int = 1, *, url: str | None = None
) -> Iterator[list[Worker]]:
    """Some processes of a design, and their end.

    Args:
        design: that they run.
        engine: that its tables are on.
        count: how many.
        url: where they find DynamoDB, if not at the engine itself.
    """
    environment = engine.environment() | dict(design.environment)
    environment["PYTHONPATH"] = f"{ROOT / 'layers' / 'core'}:{ROOT}"
    if url is not None:
        environment["AWS_ENDPOINT_URL"] = url
    with ExitStack() as stack:
        workers = [Worker(design, environment) for _ in range(count)]
        for worker in workers:
            stack.callback(worker.end)
        yield workers
