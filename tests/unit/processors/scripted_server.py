"""A server of one connection that sends what it is told, byte for byte, and notes what came."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

CLOSE, RESET, HOLD = "close", "reset", "hold"
ALL, SOME, NOTHING = "all", "some", "nothing"
LONGEST_SECONDS = 20


@dataclass
class Scripted:
    """The server: where it is, and what came."""

    port: int
    connections: int = 0
    received: bytearray = field(default_factory=bytearray)
    done: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def scripted_server(
    pieces: Sequence[bytes] = (),
    *,
    end: str = CLOSE,
    pause_seconds: float = 0,
    reads: str = ALL,
) -> Iterator[Scripted]:
    """Run it.

    Args:
        pieces: what is sent, one after the other.
        end: what follows: the connection is closed, reset, or held until the client hangs up.
        pause_seconds: before each piece.
        reads: how much of the request, before it does anything.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(LONGEST_SECONDS)
        server = Scripted(listener.getsockname()[1])
        stop = threading.Event()

        def serve() -> None:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            server.connections += 1
            with connection:
                connection.settimeout(LONGEST_SECONDS)
                with suppress(OSError):
                    _serve(connection, server, stop)
            server.done.set()

        def _serve(connection: socket.socket, server: Scripted, stop: threading.Event) -> None:
            if reads == ALL:
                _read_request(connection, server.received)
            elif reads == SOME:
                server.received += connection.recv(10)
            for piece in pieces:
                if stop.wait(pause_seconds):
                    return
                connection.sendall(piece)
            if end == RESET:
                linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            elif end == HOLD:
                while connection.recv(1_000):
                    pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            stop.set()
            # Wakes the one that still waits for a connection.
            with socket.socket() as last:
                last.connect_ex(("127.0.0.1", server.port))
            thread.join(LONGEST_SECONDS)


def _read_request(connection: socket.socket, received: bytearray) -> None:
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65_536)
        if not chunk:
            return
        received += chunk
    head, _, body = bytes(received).partition(b"\r\n\r\n")
    lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    while len(body) < int(lines.get(b"content-length", b"0")):
        chunk = connection.recv(65_536)
        body += chunk
        received += chunk
