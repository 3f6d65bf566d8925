"""What was a benchmark run on, and which code was it? Told with every record of figures."""

import argparse
import os
import platform
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

_CPUINFO: Final = Path("/proc/cpuinfo")


def machine() -> dict[str, Any]:
    """The machine, and how busy it was with other things."""
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
    }


def commit() -> str:
    """Of the code that was measured; empty where that is not known."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def say(line: str) -> None:
    """Tell it at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def writable_file(text: str) -> Path:
    """A file of the command line that figures are written to: refused before they are measured.

    Raises:
        argparse.ArgumentTypeError: it cannot be written there.
    """
    path = Path(text)
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is no file in a folder that is there")
    return path


def end_when_told() -> None:
    """An end by a signal ends what was started, too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def _processor() -> str:
    """Its name, where the system says one, else its kind."""
    try:
        lines = _CPUINFO.read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.machine()
