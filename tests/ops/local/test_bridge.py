"""The way from a container to the local AWS: open while it runs, for containers only, and once.

127.0.0.2 stands for this machine's address in Docker's network; where there is no such address
(macOS) nothing is relayed either.
"""

import contextlib
import fcntl
import http.server
import os
import socket
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops.local import bridge as bridge_module
from ops.local.bridge import BridgeNetwork, find_bridge_network, open_bridge
from ops.local.folder import Folder, LocalStackError, Server

NETWORK = BridgeNetwork(gateway="127.0.0.2", subnet="127.0.0.0/8")
ELSEWHERE = BridgeNetwork(gateway="127.0.0.2", subnet="10.0.0.0/8")
END_SECONDS = 20

needs_a_second_address = pytest.mark.skipif(
    not bridge_module._is_own_address("127.0.0.2"), reason="127.0.0.2 is none of this machine"
)


class Hello(http.server.BaseHTTPRequestHandler):
    """Stands for the local AWS."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(self.change(body))

    def change(self, body: bytes) -> bytes:
        return body.upper()

    def log_message(self, *_: object) -> None:
        pass


class Olleh(Hello):
    """Stands for the simulated processor."""

    def change(self, body: bytes) -> bytes:
        return body[::-1]


@pytest.fixture
def port() -> Iterator[int]:
    """Where the local AWS listens, on 127.0.0.1 only."""
    with listening(Hello) as number:
        yield number


@pytest.fixture
def another_port() -> Iterator[int]:
    """Where the simulated processor does."""
    with listening(Olleh) as number:
        yield number


@contextlib.contextmanager
def listening(handler: type[Hello]) -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.fixture
def server(folder: Folder, port: int) -> Iterator[Server]:
    """It runs for as long as its lock is held; afterwards every bridge ends."""
    with folder.server_lock.open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(f"{os.getpid()} {port}")
        lock.flush()
        yield Server(os.getpid(), port)
    end_of_bridges()


def end_of_bridges() -> None:
    for pid in list(bridge_module._children):
        child = bridge_module._children.pop(pid)
        try:
            child.wait(timeout=END_SECONDS)
        finally:
            child.kill()
            child.wait()


def ask(url: str, text: bytes) -> bytes:
    with urllib.request.urlopen(url, data=text, timeout=10) as response:
        answered: bytes = response.read()
        return answered


@needs_a_second_address
def test_bridge__a_container_s_request__is_passed_on(folder: Folder, server: Server) -> None:
    assert open_bridge(folder, server, NETWORK) == "127.0.0.2"
    assert ask(f"http://127.0.0.2:{server.port}", b"who is there") == b"WHO IS THERE"


@needs_a_second_address
def test_bridge__a_container_s_request_to_the_processor__is_passed_on_to_it(
    folder: Folder, port: int, another_port: int
) -> None:
    with folder.server_lock.open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(f"{os.getpid()} {port} {another_port}")
        lock.flush()
        open_bridge(folder, Server(os.getpid(), port, another_port), NETWORK)
        assert ask(f"http://127.0.0.2:{another_port}", b"hello") == b"olleh"
        assert ask(f"http://127.0.0.2:{port}", b"hello") == b"HELLO"
    end_of_bridges()


@needs_a_second_address
def test_bridge__processor_s_port_is_taken__is_one_line_and_neither_is_open(
    folder: Folder, server: Server, another_port: int
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.2", another_port))
        other.listen()
        with pytest.raises(LocalStackError, match=rf"^127\.0\.0\.2:{another_port} cannot be"):
            open_bridge(folder, Server(server.pid, server.port, another_port), NETWORK)
    with (
        pytest.raises(ConnectionRefusedError),
        socket.create_connection(("127.0.0.2", server.port)),
    ):
        pass


@needs_a_second_address
def test_bridge__a_large_request__arrives_whole(folder: Folder, server: Server) -> None:
    open_bridge(folder, server, NETWORK)
    url = f"http://127.0.0.2:{server.port}"
    assert ask(url, b"x" * 3_000_000) == b"X" * 3_000_000


@needs_a_second_address
def test_bridge__opened_twice__is_one_process(folder: Folder, server: Server) -> None:
    first = open_bridge(folder, server, NETWORK)
    assert open_bridge(folder, server, NETWORK) == first
    assert len(bridge_module._children) == 1


@needs_a_second_address
def test_bridge__who_is_no_container__gets_no_answer(folder: Folder, server: Server) -> None:
    open_bridge(folder, server, ELSEWHERE)
    with socket.create_connection(("127.0.0.2", server.port), 10) as stranger:
        assert stranger.recv(1) == b""


@needs_a_second_address
def test_bridge__local_aws_is_gone__ends_by_itself(folder: Folder, server: Server) -> None:
    open_bridge(folder, server, NETWORK)
    folder.server_lock.unlink()
    (child,) = bridge_module._children.values()
    assert child.wait(timeout=END_SECONDS) == 0


@needs_a_second_address
def test_bridge__local_aws_is_another_one__is_opened_anew(folder: Folder, server: Server) -> None:
    open_bridge(folder, server, NETWORK)
    folder.server_lock.write_text(f"{os.getpid() + 1} {server.port}")
    open_bridge(folder, Server(os.getpid() + 1, server.port), NETWORK)
    assert ask(f"http://127.0.0.2:{server.port}", b"hello") == b"HELLO"
    assert len(bridge_module._children) == 2


@needs_a_second_address
def test_bridge__port_is_taken__is_one_line(folder: Folder, server: Server) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.2", server.port))
        other.listen()
        with pytest.raises(
            LocalStackError,
            match=rf"^127\.0\.0\.2:{server.port} cannot be listened on: Address already in use$",
        ):
            open_bridge(folder, server, NETWORK)


def test_bridge__docker_is_in_a_virtual_machine__has_a_name_for_this_one(folder: Folder) -> None:
    # 192.0.2.0/24 is nobody's: RFC 5737.
    host = open_bridge(folder, Server(1, 4566), BridgeNetwork("192.0.2.1", "192.0.2.0/24"))
    assert host == "host.docker.internal"
    assert not (folder.path / "bridge.lock").exists()


def put_in_place_of_docker(script: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "docker"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.parametrize(
    ("configs", "gateway"),
    [
        ('[{"Subnet":"172.17.0.0/16","Gateway":"172.17.0.9"}]', "172.17.0.9"),
        ('[{"Subnet":"172.17.0.0/16"}]', "172.17.0.1"),
        ('[{"Subnet":"fd00::/64"},{"Subnet":"172.17.0.0/16"}]', "172.17.0.1"),
    ],
    ids=["says it", "does not say it", "has IPv6 as well"],
)
def test_network__as_docker_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, configs: str, gateway: str
) -> None:
    put_in_place_of_docker(f"echo '{configs}'", tmp_path, monkeypatch)
    assert find_bridge_network() == BridgeNetwork(gateway, "172.17.0.0/16")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo warning >&2; echo 'Is it running?' >&2; exit 1", "does not answer: Is it running?"),
        ("exit 1", "does not answer: it said nothing"),
        ("echo null", "network `bridge` has no IPv4 addresses"),
        ("echo no JSON", "network `bridge` is not understood: no JSON"),
        ("echo '[{}]'", "network `bridge` is not understood: [{}]"),
    ],
    ids=["daemon is not there", "says nothing", "no addresses", "no JSON", "no subnet"],
)
def test_network__docker_cannot_say__is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: str
) -> None:
    put_in_place_of_docker(script, tmp_path, monkeypatch)
    with pytest.raises(LocalStackError) as error:
        find_bridge_network()
    assert str(error.value).endswith(said)


def test_network__no_docker__is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LocalStackError, match=r"^docker is not installed, and sam local needs it$"):
        find_bridge_network()
