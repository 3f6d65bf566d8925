"""What if S3 or SQS fails, or the way to them? A proxy between the code and both, that injects
faults by a script: each request takes the next of it, or none.

`tests.wire` is the one to DynamoDB, which knows transactions.
"""

import http.client
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

REQUEST_LOST = "request lost"
REPLY_LOST = "reply lost, after it was done"
BODY_CUT = "body cut"
BODY_RESET = "body reset"
BODY_STALLS = "body stalls"
SLOW_DOWN = "503 SlowDown"
SERVER_ERROR = "500 InternalError"
FORBIDDEN = "403 AccessDenied"

_ANSWERED = {
    SLOW_DOWN: (503, "SlowDown"),
    SERVER_ERROR: (500, "InternalError"),
    FORBIDDEN: (403, "AccessDenied"),
}
STALL_SECONDS = 2.0


@dataclass(frozen=True)
class SideFault:
    """One fault; `after_bytes` of the body are sent before it is cut."""

    kind: str
    after_bytes: int = 0

    def __str__(self) -> str:
        where = f" after {self.after_bytes} bytes" if self.kind.startswith("body") else ""
        return self.kind + where


@dataclass
class SideWire:
    """The script of a proxy, and what has gone over it."""

    upstream: str
    url: str = ""
    script: list[SideFault | None] = field(default_factory=list)
    always: SideFault | None = None
    requests: list[str] = field(default_factory=list)
    fired: list[SideFault] = field(default_factory=list)
    stalls_end: threading.Event = field(default_factory=threading.Event)

    def clear(self) -> None:
        """Forget what was, and inject no more."""
        self.script, self.always = [], None
        self.requests.clear()
        self.fired.clear()

    def next_fault(self, request: str) -> SideFault | None:
        """Note a request and take its fault."""
        self.requests.append(request)
        fault = self.script.pop(0) if self.script else self.always
        if fault is not None:
            self.fired.append(fault)
        return fault


@contextmanager
def open_side_wire(upstream: str) -> Iterator[SideWire]:
    """A proxy on a free port of 127.0.0.1."""
    wire = SideWire(upstream)

    class Handler(_Handler):
        pass

    Handler.wire = wire
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    wire.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield wire
    finally:
        wire.stalls_end.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    wire: SideWire
    protocol_version = "HTTP/1.1"
    # Head and body are two packets: the second is not to wait until the first was acknowledged.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_PUT(self) -> None:
        self._handle()

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.wire.next_fault(f"{self.command} {self.path}")
        kind = fault.kind if fault else None
        if kind == REQUEST_LOST:
            self.close_connection = True
            return
        if kind in _ANSWERED:
            status, code = _ANSWERED[kind]
            error = f"<Error><Code>{code}</Code><Message>injected</Message></Error>"
            self._send(status, {"Content-Type": "application/xml"}, error.encode())
            return
        status, headers, reply = self._forward(body)
        if kind == REPLY_LOST:
            self.close_connection = True
            return
        self._send(status, headers, reply, fault)

    def _forward(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        upstream = urlsplit(self.wire.upstream)
        connection = http.client.HTTPConnection(str(upstream.hostname), upstream.port, timeout=30)
        dropped = {"host", "connection"}
        headers = {k: v for k, v in self.headers.items() if k.lower() not in dropped}
        connection.request(self.command, self.path, body, headers)
        response = connection.getresponse()
        reply = response.read()
        connection.close()
        kept = {
            name: value
            for name, value in response.getheaders()
            if name.lower() not in {"connection", "transfer-encoding", "content-length"}
        }
        return response.status, kept, reply

    def _send(
        self, status: int, headers: dict[str, str], body: bytes, cut: SideFault | None = None
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if cut is None else body[: cut.after_bytes])
        self.wfile.flush()
        if cut is None:
            return
        self.close_connection = True
        if cut.kind == BODY_STALLS:
            self.wire.stalls_end.wait(STALL_SECONDS)
        if cut.kind == BODY_RESET:
            # No farewell: the other side reads "connection reset by peer".
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
