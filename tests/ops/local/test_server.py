"""The local AWS as a process: ports, what is stopped, and what is left alone."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.local import server as server_module
from ops.local.folder import Folder, LocalStackError, Server
from ops.local.server import PORT_VARIABLE, answers, start_server, stop_server
from ops.local.simulated import point_webhooks, processor_answers, read_secret
from ops.local.stack import bring_down, status
from tests.ministack import free_port

# Two that start at once would find the same port free.
pytestmark = pytest.mark.xdist_group("local AWS")

HOLDER = """
import fcntl, os, sys, time
lock = open(sys.argv[1], "a+")
fcntl.flock(lock, fcntl.LOCK_EX)
lock.truncate(0)
lock.write(f"{os.getpid()} {sys.argv[2]}")
lock.flush()
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Of no stack yet."""
    return Folder(tmp_path)


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which somebody else listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port: int = other.getsockname()[1]
        yield port


@pytest.fixture
def bystander() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that is none of our business, in a group of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True
    )
    yield process
    process.kill()
    process.wait()


def test_start__the_port_that_was_asked_for_is_taken__is_one_line(
    folder: Folder, taken_port: int
) -> None:
    with pytest.raises(LocalStackError, match=f"port {taken_port} is taken by another program"):
        start_server(folder, taken_port)
    assert folder.running_server() is None


def test_start__the_port_of_the_environment_is_taken__is_one_line(
    folder: Folder, taken_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PORT_VARIABLE, str(taken_port))
    with pytest.raises(LocalStackError, match=f"port {taken_port} is taken by another program"):
        start_server(folder, None)


@pytest.mark.parametrize("text", ["x", "0", "65536", "-1", "4566.0", "٤٥٦٦"])
def test_start__the_port_of_the_environment_is_none__is_one_line(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv(PORT_VARIABLE, text)
    with pytest.raises(LocalStackError, match="ONCEPAY_PORT must be a port"):
        start_server(folder, None)


def test_choose_port__preferred_is_taken__is_a_free_one(
    taken_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PORT_VARIABLE, raising=False)
    monkeypatch.setattr(server_module, "PREFERRED_PORT", taken_port)
    chosen = server_module._choose_port(None)
    assert chosen != taken_port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", chosen))


def test_choose_port__whoever_listens_does_not_answer__is_taken_and_soon_found_out() -> None:
    with contextlib.ExitStack() as sockets:
        busy = sockets.enter_context(socket.socket())
        busy.bind(("127.0.0.1", 0))
        busy.listen(0)
        port = busy.getsockname()[1]
        for _ in range(4):
            # More than it queues: the next one is not answered at all.
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        began = time.monotonic()
        with pytest.raises(LocalStackError, match=f"port {port} is taken"):
            server_module._choose_port(port)
        assert time.monotonic() - began < 5


def test_stop__pid_in_the_file_is_somebody_elses_by_now__leaves_it_alone(
    folder: Folder, bystander: "subprocess.Popen[bytes]"
) -> None:
    folder.server_lock.write_text(f"{bystander.pid} 4566")
    assert stop_server(folder) is False
    assert bystander.poll() is None


def test_down__pid_in_the_file_is_somebody_elses_by_now__leaves_it_alone(
    folder: Folder, bystander: "subprocess.Popen[bytes]"
) -> None:
    folder.server_lock.write_text(f"{bystander.pid} 4566")
    told: list[str] = []
    bring_down(folder.path, tell=told.append)
    assert told == ["down: nothing is running"]
    assert bystander.poll() is None


def test_stop__holder_of_the_lock__ends_and_only_it(
    folder: Folder, bystander: "subprocess.Popen[bytes]"
) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder.server_lock), "4566"],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"ready\n"
        assert folder.running_server() == Server(holder.pid, 4566)
        # Its parent is this test, which has to look for it to be gone.
        server_module._children[holder.pid] = holder
        assert stop_server(folder) is True
        assert holder.wait(timeout=10) == -signal.SIGTERM
    assert bystander.poll() is None


def test_answers__nobody_listens__is_false(taken_port: int) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert not answers(Server(1, closed.getsockname()[1]))


def test_start_stop_start__really(folder: Folder) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    first = start_server(folder, port, "eu-west-1")
    try:
        assert answers(first)
        assert first.region == "eu-west-1"
        assert "nothing is deployed" in status(folder.path)
        with pytest.raises(LocalStackError, match="is taken"):
            start_server(folder, port)
        assert answers(first)
    finally:
        assert stop_server(folder) is True
    ends_at = time.monotonic() + 10
    while folder.running_server() is not None and time.monotonic() < ends_at:
        time.sleep(0.05)
    assert status(folder.path) == "nothing is running"
    assert stop_server(folder) is False


def test_server__its_folder_is_deleted__it_ends_by_itself(tmp_path: Path) -> None:
    """Found by a newcomer: after `rm -rf .local` nobody could find it any more, to stop it."""
    folder = Folder(tmp_path / "stack")
    folder.path.mkdir()
    server = start_server(folder, None)
    shutil.rmtree(folder.path)
    ends_at = time.monotonic() + 20
    while answers(server) and time.monotonic() < ends_at:
        time.sleep(0.1)
    assert not answers(server)
    server_module._children.pop(server.pid).wait(10)


def test_answers__started_by_an_earlier_version__is_false(folder: Folder) -> None:
    """It has no simulated processor, and `make up` is to start it anew."""
    server = start_server(folder, None)
    try:
        assert answers(server)
        assert not answers(Server(server.pid, server.port))
    finally:
        stop_server(folder)


def test_start__simulated_processor__is_called_with_the_secret_of_the_folder(
    folder: Folder,
) -> None:
    server = start_server(folder, None)
    try:
        assert folder.simulated_secret.stat().st_mode & 0o077 == 0
        point_webhooks(
            server, read_secret(folder), "http://127.0.0.1:1/api", stripe_webhook_secret="whsec_1"
        )
        with pytest.raises(LocalStackError, match="the simulated processor failed: HTTP Error 401"):
            point_webhooks(
                server, "another", "http://127.0.0.1:1/api", stripe_webhook_secret="whsec_1"
            )
    finally:
        stop_server(folder)
    assert not processor_answers(server)


def processor_of(server: Server) -> int:
    """The pid of the simulated processor: the other process of the group that we know of."""
    found = subprocess.run(
        ["ps", "-A", "-o", "pid=,pgid=,args="], capture_output=True, text=True, check=True
    ).stdout
    for line in found.splitlines():
        pid, group, arguments = line.split(maxsplit=2)
        if int(group) == server.pid and "ops.simulated.process" in arguments:
            return int(pid)
    raise AssertionError("no simulated processor runs")


def wait_for_the_end_of(server: Server) -> None:
    ends_at = time.monotonic() + 20
    child = server_module._children.pop(server.pid)
    child.wait(20)
    while time.monotonic() < ends_at:
        try:
            os.killpg(server.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError("a process of the group is left")


@pytest.mark.parametrize("victim", ["the local AWS", "the simulated processor"])
def test_kill__either_of_the_two__ends_both(folder: Folder, victim: str) -> None:
    server = start_server(folder, None)
    processor = processor_of(server)
    os.kill(processor if victim == "the simulated processor" else server.pid, signal.SIGKILL)
    wait_for_the_end_of(server)
    assert folder.running_server() is None
    assert not processor_answers(server)


def test_start__preferred_port_of_the_processor_is_taken__is_another(
    taken_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "PREFERRED_PROCESSOR_PORT", taken_port)
    with server_module._listen_for_processor(server_module.PREFERRED_PORT) as listener:
        assert listener.getsockname()[1] != taken_port


def test_listen__beside_the_preferred_port__is_the_preferred_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    port = free_port()
    monkeypatch.setattr(server_module, "PREFERRED_PROCESSOR_PORT", port)
    with server_module._listen_for_processor(server_module.PREFERRED_PORT) as listener:
        assert listener.getsockname()[1] == port


def test_read_secret__is_gone__is_one_line(folder: Folder) -> None:
    with pytest.raises(LocalStackError, match=r"simulated\.secret is gone; stop the stack"):
        read_secret(folder)
