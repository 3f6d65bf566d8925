"""Which process runs the function, how much memory did it ever hold, and what if it dies now?

MiniStack runs a worker as `python <scratch>/ministack-lambda-<function>-<8 letters>/_worker.py`.
All is read from /proc, so on Linux only.
"""

import os
import re
import signal
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
_PEAK: Final = re.compile(r"^VmHWM:\s+([0-9]+) kB$", re.MULTILINE)


def can_be_seen() -> bool:
    """Whether this system tells a process's memory in /proc."""
    return (PROC / "self" / "status").is_file()


def workers(folder: Path, function_name: str) -> list[int]:
    """Process ids of the live workers of a function, of the stack in that folder only."""
    script = re.compile(
        rf"{re.escape(str(folder.resolve()))}/(.*/)?"
        rf"ministack-lambda-{re.escape(function_name)}-[a-z0-9_]{{8}}/_worker\.py"
    )
    found = []
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if any(script.fullmatch(word) for word in words):
            found.append(int(entry.name))
    return sorted(found)


def peak_kib(pid: int) -> int | None:
    """The most memory (resident) that a process ever held; None if it is gone."""
    try:
        status = (PROC / str(pid) / "status").read_text()
    except OSError:
        return None
    peak = _PEAK.search(status)
    return int(peak.group(1)) if peak else None


def kill(pid: int) -> bool:
    """End a worker as a power cut would; False if it was gone already."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
