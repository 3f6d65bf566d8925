"""How does a Docker container reach the local AWS and the simulated processor, which listen on
127.0.0.1 only?

Where Docker runs in a virtual machine (Docker Desktop, Colima) the name host.docker.internal leads
there. On plain Linux nothing does: a container sees this machine as the gateway of Docker's bridge
network. There a small process listens on that address, on the same ports, and passes on what
containers send, and only containers. It holds `bridge.lock` in the stack's folder and ends by
itself when the local AWS does.
"""

import asyncio
import contextlib
import errno
import fcntl
import ipaddress
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from ops.local.folder import Folder, LocalStackError, Server

VM_HOST = "host.docker.internal"
DOCKER_SECONDS = 30
HANDOVER_SECONDS = 10.0
WATCH_SECONDS = 1.0
BLOCK_BYTES = 65_536

_children: dict[int, "subprocess.Popen[bytes]"] = {}
"""What this very process started: Python asks that a child be remembered until it ends."""


@dataclass(frozen=True, slots=True)
class BridgeNetwork:
    """Docker's default network: this machine's address in it, and whose addresses are in it."""

    gateway: str
    subnet: str


def open_bridge(folder: Folder, server: Server, network: BridgeNetwork) -> str:
    """Let containers reach what runs here; harmless if they do already.

    Returns: this machine's name, as containers know it; the ports are the same.

    Raises: LocalStackError if a port of the bridge is taken, or Docker's network is none of this
        machine's.
    """
    if not _is_own_address(network.gateway):
        return VM_HOST
    with _lock_file(folder).open("a+") as lock, contextlib.ExitStack() as listeners:
        if _take(lock, server):
            opened = [
                listeners.enter_context(_listen(network.gateway, port)) for port in _ports(server)
            ]
            lock.truncate(0)
            lock.write(_owner(server))
            lock.flush()
            _start(folder, server, network, opened, lock)
    return network.gateway


def find_bridge_network() -> BridgeNetwork:
    """Ask Docker.

    Raises: LocalStackError if there is no Docker here, or it does not answer.
    """
    command = ["docker", "network", "inspect", "bridge", "--format", "{{json .IPAM.Config}}"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=DOCKER_SECONDS
        )
    except FileNotFoundError:
        raise LocalStackError("docker is not installed, and sam local needs it") from None
    except subprocess.TimeoutExpired:
        raise LocalStackError(f"docker did not answer within {DOCKER_SECONDS} s") from None
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise LocalStackError(f"docker does not answer: {said[:300]}")
    try:
        for config in json.loads(done.stdout) or []:
            subnet = ipaddress.ip_network(config["Subnet"])
            if subnet.version == 4:
                # Left out where Docker chose it itself: it is the first address then.
                return BridgeNetwork(config.get("Gateway") or str(subnet[1]), str(subnet))
    except (ValueError, LookupError, TypeError, AttributeError):
        said = " ".join(done.stdout.split())[:300]
        raise LocalStackError(f"docker's network `bridge` is not understood: {said}") from None
    raise LocalStackError("docker's network `bridge` has no IPv4 addresses")


def _lock_file(folder: Folder) -> Path:
    return folder.path / "bridge.lock"


def _ports(server: Server) -> list[int]:
    return [port for port in (server.port, server.processor_port) if port is not None]


def _owner(server: Server) -> str:
    return " ".join(str(number) for number in (server.pid, *_ports(server)))


def _listen(address: str, port: int) -> socket.socket:
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise LocalStackError(f"{address}:{port} cannot be listened on: {error.strerror}") from None
    return listener


def _is_own_address(address: str) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((address, 0))
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                return False
            raise
    return True


def _take(lock: TextIO, server: Server) -> bool:
    """Take the lock; False if a bridge to this very server has it."""
    ends_at = time.monotonic() + HANDOVER_SECONDS
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        lock.seek(0)
        if lock.read() == _owner(server):
            return False
        # The bridge to a server that is gone ends within a second.
        if time.monotonic() > ends_at:
            raise LocalStackError(f"another bridge holds {lock.name}, and does not end")
        time.sleep(0.1)


def _start(
    folder: Folder,
    server: Server,
    network: BridgeNetwork,
    listeners: list[socket.socket],
    lock: TextIO,
) -> None:
    """The child inherits the listening sockets and the lock: it is open before it has started."""
    sockets = [listener.fileno() for listener in listeners]
    process = subprocess.Popen(
        [
            sys.executable, "-m", "ops.local.bridge", str(folder.path), network.subnet,
            _owner(server), *(str(number) for number in sockets),
        ],
        pass_fds=(*sockets, lock.fileno()),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    _children[process.pid] = process


async def _serve(folder: Folder, owner: str, subnet: str, listeners: list[socket.socket]) -> None:
    containers = ipaddress.ip_network(subnet)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = ipaddress.ip_address(writer.get_extra_info("peername")[0])
        with contextlib.closing(writer):
            # Linux lets other machines of the network ask for this address, too.
            if peer in containers:
                await _pass_on(reader, writer, writer.get_extra_info("sockname")[1])

    async with contextlib.AsyncExitStack() as servers:
        for listener in listeners:
            await servers.enter_async_context(await asyncio.start_server(answer, sock=listener))
        while (running := folder.running_server()) is not None and _owner(running) == owner:
            await asyncio.sleep(WATCH_SECONDS)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    with contextlib.suppress(OSError):
        from_server, to_server = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.closing(to_server):
            await asyncio.gather(_copy(reader, to_server), _copy(from_server, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while block := await reader.read(BLOCK_BYTES):
        writer.write(block)
        await writer.drain()
    writer.write_eof()


def main() -> None:
    """Pass on, until the local AWS is gone."""
    folder, subnet, owner, *sockets = sys.argv[1:]
    asyncio.run(
        _serve(
            Folder(Path(folder)),
            owner,
            subnet,
            [socket.socket(fileno=int(number)) for number in sockets],
        )
    )
    # Connections of containers may still be open; the process is not to wait for them.
    os._exit(0)


if __name__ == "__main__":
    main()
