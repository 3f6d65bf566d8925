"""How is a region loaded? By the command of the sustained load, as a process of its own, with its
own report and its own audit; two of them at once do not share a users' process either.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

from loadtests.record import SUMMARY_FILE
from loadtests.regions.comparison import Part
from loadtests.regions.places import Place

SCENARIO: Final = "sustained"
END_SECONDS: Final = 300.0
"""A run that was told to end still counts the money."""


def folder_of(report: Path, place: Place, *, is_alone: bool) -> Path:
    """Of the report of one run."""
    return report / f"{place.name}-{'alone' if is_alone else 'together'}"


def run(
    places: Sequence[Place], options: Sequence[str], report: Path, *, is_alone: bool
) -> list[Part]:
    """Load these places at the same time, each by a process of its own, to their ends.

    Args:
        places: one, or both.
        options: of the load, the same for all.
        report: folder of all reports.
        is_alone: as it is to be called.
    """
    processes = [_start(place, options, report, is_alone=is_alone) for place in places]
    try:
        codes = [process.wait() for process in processes]
    finally:
        _end(processes)
    return [
        Part(
            place=place.name,
            is_alone=is_alone,
            code=code,
            summary=_summary(folder_of(report, place, is_alone=is_alone)),
        )
        for place, code in zip(places, codes, strict=True)
    ]


@contextmanager
def ending_like_ctrl_c() -> Iterator[None]:
    """SIGTERM ends this process as Ctrl-C does: whatever it has started is ended first."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _start(
    place: Place, options: Sequence[str], report: Path, *, is_alone: bool
) -> "subprocess.Popen[bytes]":
    folder = folder_of(report, place, is_alone=is_alone)
    environ = {name: value for name, value in os.environ.items() if name != "ONCEPAY_API_KEY"}
    if place.keys:
        # Not on the command line, which everybody on this machine may read.
        environ["ONCEPAY_API_KEY"] = " ".join(place.keys)
    with (report / f"{folder.name}.txt").open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "loadtests", SCENARIO, *place.options, *options,
             "--report", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=environ,
            # Ctrl-C is for us: we then end it.
            start_new_session=True,
        )  # fmt: skip


def _end(processes: Sequence["subprocess.Popen[bytes]"]) -> None:
    living = [process for process in processes if process.poll() is None]
    for process in living:
        process.terminate()
    for process in living:
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _summary(folder: Path) -> Mapping[str, Any]:
    try:
        summary: dict[str, Any] = json.loads((folder / SUMMARY_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return summary
