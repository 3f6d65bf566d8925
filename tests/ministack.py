"""A local AWS for tests: MiniStack on a free port, started and stopped by the test run."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

START_SECONDS = 60


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running_ministack(folder: Path) -> Iterator[str]:
    """Start one, yield its URL, stop it."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with (folder / "ministack.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", "from ministack.app import main; main()"],
            env={**os.environ, "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1",
                 "IOT_MTLS_ENABLED": "0", "TMPDIR": str(folder)},
            stdout=log,
            stderr=log,
            cwd=folder,
            start_new_session=True,
        )  # fmt: skip
        try:
            _wait(url, process, folder)
            yield url
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=20)


def _wait(url: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError((folder / "ministack.log").read_text()[-2000:])
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{url}/_ministack/health", timeout=2).close()
            return
        time.sleep(0.1)
    raise RuntimeError("MiniStack did not start")
