"""A worker is found by its stack's folder and its function's name, and by nothing else."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.settlements.worker import can_be_seen, kill, peak_kib, workers

pytestmark = pytest.mark.skipif(not can_be_seen(), reason="this system has no /proc")


@contextmanager
def a_worker(folder: Path, function_name: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A process with the command line of a worker, that waits until it is told to end."""
    place = folder / "tmp" / f"ministack-lambda-{function_name}-ab_12cd3"
    place.mkdir(parents=True)
    script = place / "_worker.py"
    script.write_text("print('here', flush=True)\ninput()\n")
    process = subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.communicate()


def test_worker__of_the_function_and_folder__is_found(tmp_path: Path) -> None:
    with a_worker(tmp_path, "oncepay-local-reconcile") as process:
        assert workers(tmp_path, "oncepay-local-reconcile") == [process.pid]


@pytest.mark.parametrize("name", ["oncepay-local-query", "oncepay-local", "reconcile"])
def test_worker__of_another_function__is_not(tmp_path: Path, name: str) -> None:
    with a_worker(tmp_path, "oncepay-local-reconcile"):
        assert workers(tmp_path, name) == []


def test_worker__of_another_stack__is_not(tmp_path: Path) -> None:
    with a_worker(tmp_path / "one", "f"):
        assert workers(tmp_path / "on", "f") == []


def test_peak__of_a_live_process__is_some_mebibytes(tmp_path: Path) -> None:
    with a_worker(tmp_path, "f") as process:
        peak = peak_kib(process.pid)
        assert peak is not None
        assert 2_000 < peak < 100_000


def test_killed_worker__is_gone(tmp_path: Path) -> None:
    with a_worker(tmp_path, "f") as process:
        assert kill(process.pid)
        assert process.wait(timeout=10) == -9
        assert (peak_kib(process.pid), kill(process.pid)) == (None, False)
