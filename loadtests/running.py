"""How is a swarm run? As a process of its own, and never left behind: whatever ends this one by a
signal ends the swarm first, which still writes down what it has done.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final

from loadtests.plan import Plan

LOG_FILE: Final = "swarm.log"
FIGURES_FILE: Final = "swarm.json"

POLL_SECONDS: Final = 0.2
STOP_SECONDS: Final = 60.0
"""For the swarm to end by itself: its users may end what they have begun, for 40."""

LATE_SECONDS: Final = 120.0
"""A swarm that has not ended so long after its time has got stuck."""

SWARM: Final = (sys.executable, "-m", "loadtests.swarm")

ROOT: Final = Path(__file__).resolve().parents[1]


class EndedError(Exception):
    """A signal came before the first request; the message is one clear line."""


@dataclass(slots=True)
class Told:
    """Whether a signal has told this process to end, and which."""

    by: str | None = None

    def require_none(self) -> None:
        """Go on only if none has.

        Raises: EndedError.
        """
        if self.by is not None:
            raise EndedError(f"ended by {self.by}, before the first request")


@dataclass(frozen=True, slots=True, kw_only=True)
class Swarmed:
    """How a swarm has ended.

    Attributes:
        figures: what it has written down last; None if nothing.
        cut_short: why it did not run to its end; None if it did.
    """

    figures: dict[str, Any] | None
    cut_short: str | None


@contextmanager
def listening_for_the_end() -> Iterator[Told]:
    """Ctrl-C and SIGTERM are noted meanwhile, instead of ending this process at once; a second
    Ctrl-C does end it.
    """
    told = Told()

    def note(number: int, frame: FrameType | None) -> None:
        if told.by is not None and number == signal.SIGINT:
            raise KeyboardInterrupt
        told.by = "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_swarm(plan: Plan, *, seconds: float, told: Told, program: Sequence[str] = SWARM) -> Swarmed:
    """Run a plan's users in a process of their own, to their end or to that of this one.

    Args:
        plan: of the run.
        seconds: how long it should take.
        told: set when it is to end before that.
        program: is started, and reads the plan.
    """
    paths = [str(ROOT), str(ROOT / "layers" / "core"), os.environ.get("PYTHONPATH", "")]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    with (plan.folder / LOG_FILE).open("wb") as log:
        swarm = subprocess.Popen(
            program,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=plan.folder,
            env=environ,
            # Ctrl-C is for us: we then end the swarm.
            start_new_session=True,
        )
        try:
            cut_short = _wait(swarm, plan, seconds, told)
        finally:
            if swarm.poll() is None:
                swarm.kill()
                swarm.wait()
    figures = _figures(plan.folder)
    if cut_short is None and swarm.returncode != 0:
        cut_short = f"the swarm died ({_how(swarm.returncode)}){_last_words(plan.folder)}"
    if cut_short is None and not (figures or {}).get("has_stopped"):
        cut_short = "the swarm ended without saying what it found"
    return Swarmed(figures=figures, cut_short=cut_short)


def _wait(
    swarm: "subprocess.Popen[bytes]",
    plan: Plan,
    seconds: float,
    told: Told,
) -> str | None:
    """Returns why it was ended before its time, if it was."""
    if swarm.stdin is not None:
        # It may have died already; how is then seen below.
        with suppress(BrokenPipeError), swarm.stdin as pipe:
            pipe.write(plan.to_json().encode())
    began = time.monotonic()
    while swarm.poll() is None:
        passed = time.monotonic() - began
        why = f"it was ended by {told.by}" if told.by is not None else None
        if passed > seconds + LATE_SECONDS:
            why = f"the swarm had not ended {LATE_SECONDS:.0f} seconds after its time"
        if why is not None:
            swarm.terminate()
            with suppress(subprocess.TimeoutExpired):
                swarm.wait(STOP_SECONDS)
            return f"{why}, after {passed:.0f} of {seconds:.0f} seconds"
        time.sleep(POLL_SECONDS)
    return None


def _figures(folder: Path) -> dict[str, Any] | None:
    try:
        figures: dict[str, Any] = json.loads((folder / FIGURES_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return figures


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    with suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"


def _last_words(folder: Path) -> str:
    lines = (folder / LOG_FILE).read_text(encoding="utf-8", errors="replace").split("\n")
    said = [line for line in lines if line.strip()]
    return f": {said[-1].strip()[:300]}" if said else ""
