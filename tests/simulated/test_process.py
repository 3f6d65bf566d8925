"""The processor as a process of a stack: it delivers by itself, and ends with its parent."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.simulated.client import Client
from tests.simulated.endpoint import running_endpoint

# Starts the processor and tells its pid; it is what the processor lives with.
PARENT = """
import os, subprocess, sys
child = subprocess.Popen(
    [sys.executable, "-m", "ops.simulated.process", *sys.argv[1:], str(os.getpid())],
    pass_fds=[int(sys.argv[1])],
)
print(child.pid, flush=True)
child.wait()
"""


@contextlib.contextmanager
def running_process(folder: Path) -> Iterator[tuple[Any, int]]:
    """Its parent, and the processor's own pid; yields a client's view of it in `parent.at`."""
    secret = folder / "secret"
    secret.write_text("simsec_test\n")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        parent = subprocess.Popen(
            [sys.executable, "-c", PARENT, str(listener.fileno()), str(secret)],
            pass_fds=[listener.fileno()],
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
    with parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        try:
            at = SimpleNamespace(url=url, secret="simsec_test")
            yield SimpleNamespace(pid=parent.pid, client=Client(at)), pid
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(parent.pid, signal.SIGKILL)


def test_process__a_charge__its_event_is_delivered_by_itself(tmp_path: Path) -> None:
    with running_process(tmp_path) as (parent, _), running_endpoint() as endpoint:
        client = parent.client
        assert client.answered("PUT", "/control/webhooks", {"url": endpoint.url}).status == 200
        assert client.charged().status == 201
        assert endpoint.came.wait(10)
    assert endpoint.types == ["charge.succeeded"]


@pytest.mark.parametrize("victim", ["parent", "processor"])
def test_process__killed__nobody_listens_any_more(tmp_path: Path, victim: str) -> None:
    with running_process(tmp_path) as (parent, pid):
        assert parent.client.answered("GET", "/health").status == 200
        os.kill(parent.pid if victim == "parent" else pid, signal.SIGKILL)
        ends_at = time.monotonic() + 10
        with pytest.raises(ConnectionRefusedError):
            while time.monotonic() < ends_at:
                with contextlib.suppress(ConnectionResetError):
                    parent.client.call("GET", "/health")
