"""A server that says, byte for byte, what a test tells it to."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

HANG_UP = b""
"""Instead of a reply: the connection is closed."""


def a_reply(
    body: bytes = b"{}", status: str = "200 OK", headers: tuple[str, ...] = (), length: int = -1
) -> bytes:
    """One whole reply, unless another length is claimed."""
    lines = [
        f"HTTP/1.1 {status}",
        *headers,
        f"Content-Length: {len(body) if length < 0 else length}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class ScriptedServer:
    """Answers each request with the next reply of its script, then with the last one for ever.

    Attributes:
        requests: heads and bodies, as they came.
        accepted: how many connections were made.
        hangs_up: whether it closes each connection after one reply, without saying so.
    """

    url: str = ""
    script: list[bytes | None] = field(default_factory=lambda: [a_reply()])
    requests: list[tuple[str, bytes]] = field(default_factory=list)
    accepted: int = 0
    hangs_up: bool = False
    hung_up: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def header(self, name: str, position: int = -1) -> str | None:
        """Of a request."""
        for line in self.requests[position][0].split("\r\n")[1:]:
            found, _, value = line.partition(": ")
            if found.lower() == name.lower():
                return value
        return None

    def next_reply(self) -> bytes | None:
        """What to say now; None is silence."""
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]


@contextmanager
def running_server(context: ssl.SSLContext | None = None) -> Iterator[ScriptedServer]:
    """One on a free port of 127.0.0.1."""
    server = ScriptedServer()
    ended = threading.Event()
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.02)
        scheme = "http" if context is None else "https"
        server.url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"

        def accept() -> None:
            while not ended.is_set():
                with suppress(TimeoutError):
                    connection, _ = listener.accept()
                    thread = threading.Thread(
                        target=_serve, args=(connection, server, context, ended)
                    )
                    threads.append(thread)
                    thread.start()

        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield server
        finally:
            ended.set()
            acceptor.join()
            for thread in threads:
                thread.join()


def _serve(
    raw: socket.socket,
    server: ScriptedServer,
    context: ssl.SSLContext | None,
    ended: threading.Event,
) -> None:
    with raw, suppress(OSError):
        raw.settimeout(5)
        connection = raw if context is None else context.wrap_socket(raw, server_side=True)
        with connection:
            server.accepted += 1
            _converse(connection, server, ended)


def _converse(connection: socket.socket, server: ScriptedServer, ended: threading.Event) -> None:
    connection.settimeout(0.02)
    while (request := _read_request(connection, ended)) is not None:
        server.requests.append(request)
        reply = server.next_reply()
        if reply is None:
            ended.wait(5)
            return
        reply = reply.replace(b"<body>", request[1])
        connection.sendall(reply)
        if reply == HANG_UP or len(reply.partition(b"\r\n\r\n")[2]) < _length(reply):
            return
        if server.hangs_up:
            break
    connection.shutdown(socket.SHUT_RDWR)
    server.hung_up.release()


def _read_request(connection: socket.socket, ended: threading.Event) -> tuple[str, bytes] | None:
    came = b""
    while not ended.is_set():
        head, found, body = came.partition(b"\r\n\r\n")
        if found and len(body) >= _length(came):
            return head.decode(), body
        with suppress(TimeoutError):
            more = connection.recv(65536)
            if not more:
                return None
            came += more
    return None


def _length(message: bytes) -> int:
    for line in message.partition(b"\r\n\r\n")[0].split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0
