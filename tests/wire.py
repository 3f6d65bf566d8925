"""What goes over the wire, and what if the wire fails? A proxy between the code and DynamoDB.

It counts requests by operation as DynamoDB would see them, and injects faults by a script: each
request takes the next fault of the script, or none. Faults are those that real DynamoDB shows and
local ones do not.
"""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

PREFIX = "com.amazonaws.dynamodb.v20120810#"

REQUEST_LOST = "request lost"
REPLY_LOST = "reply lost after the commit"
REPLY_CUT = "reply cut short after the commit"
SERVER_ERROR = "500 before the commit"
SERVER_ERROR_AFTER = "500 after the commit"
UNAVAILABLE = "503 before the commit"
REPLY_NOT_TEXT = "reply that is no text, after the commit"
REPLY_EMPTY = "reply without its members, after the commit"
SILENT = "no reply for a second after the commit"
THROTTLED = "ThrottlingException"
EXCEEDED = "ProvisionedThroughputExceededException"
REQUEST_LIMIT = "RequestLimitExceeded"
IN_PROGRESS = "TransactionInProgressException"
CONFLICT = "TransactionConflict"
THROTTLED_ITEM = "ThrottlingError"

ANSWERED_400 = (THROTTLED, EXCEEDED, REQUEST_LIMIT, IN_PROGRESS)
ANYWHERE = (
    REQUEST_LOST,
    REPLY_LOST,
    REPLY_CUT,
    REPLY_NOT_TEXT,
    SERVER_ERROR,
    SERVER_ERROR_AFTER,
    UNAVAILABLE,
    THROTTLED,
    EXCEEDED,
    REQUEST_LIMIT,
)


@dataclass(frozen=True)
class Fault:
    """One fault; `position` is the item of the transaction that a conflict is about."""

    kind: str
    position: int = 0

    def __str__(self) -> str:
        where = f" at item {self.position}" if self.kind in {CONFLICT, THROTTLED_ITEM} else ""
        return self.kind + where


@dataclass
class Wire:
    """The script of a proxy and what has gone over it."""

    upstream: str
    url: str = ""
    script: list[Fault | None] = field(default_factory=list)
    always: Fault | None = None
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    fired: list[Fault] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def count(self) -> Counter[str]:
        """Requests by operation."""
        return Counter(operation for operation, _ in self.requests)

    def clear(self) -> None:
        """Forget what was, and inject no more."""
        self.script, self.always = [], None
        self.requests.clear()
        self.fired.clear()

    def next_fault(self, operation: str, body: dict[str, Any]) -> Fault | None:
        """Note a request and take its fault."""
        with self.lock:
            self.requests.append((operation, body))
            fault = self.script.pop(0) if self.script else self.always
            if fault is not None:
                self.fired.append(fault)
            return fault


@contextmanager
def open_wire(upstream: str) -> Iterator[Wire]:
    """A proxy on a free port of 127.0.0.1."""
    wire = Wire(upstream)

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
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    wire: Wire
    protocol_version = "HTTP/1.1"
    # Head and body are two packets: the second is not to wait until the first was acknowledged.
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].partition(".")[2]
        request = json.loads(body)
        fault = self.wire.next_fault(operation, request)
        kind = fault.kind if fault else None
        if kind == REQUEST_LOST:
            self.close_connection = True
            return
        if kind in ANSWERED_400:
            self._send(400, _error(str(kind)))
            return
        if kind in {SERVER_ERROR, UNAVAILABLE}:
            server_error = "InternalServerError" if kind == SERVER_ERROR else "ServiceUnavailable"
            self._send(500 if kind == SERVER_ERROR else 503, _error(server_error))
            return
        if kind in {CONFLICT, THROTTLED_ITEM, "ValidationError"}:
            count = len(request.get("TransactItems", ())) or 1
            reasons = [
                {"Code": kind if i == fault.position else "None"}  # type: ignore[union-attr]
                for i in range(count)
            ]
            canceled = _error("TransactionCanceledException") | {"CancellationReasons": reasons}
            self._send(400, canceled)
            return
        status, reply = self._forward(body)
        if kind == SILENT:
            time.sleep(1)
        if kind in {REPLY_LOST, SILENT}:
            self.close_connection = True
        elif kind == REPLY_CUT:
            self._send_raw(status, reply, claimed_length=len(reply) + 10)
            self.close_connection = True
        elif kind == REPLY_NOT_TEXT:
            self._send_raw(status, b"\xff\xfe{")
        elif kind == REPLY_EMPTY:
            self._send_raw(status, b"{}")
        elif kind == SERVER_ERROR_AFTER:
            self._send(500, _error("InternalServerError"))
        else:
            self._send_raw(status, reply)

    def log_message(self, *_: Any) -> None:
        """Quiet."""

    def _forward(self, body: bytes) -> tuple[int, bytes]:
        upstream = urlsplit(self.wire.upstream)
        connection = http.client.HTTPConnection(str(upstream.hostname), upstream.port, timeout=30)
        dropped = {"host", "connection", "content-length"}
        headers = {k: v for k, v in self.headers.items() if k.lower() not in dropped}
        connection.request("POST", "/", body, headers)
        response = connection.getresponse()
        reply = response.read()
        connection.close()
        return response.status, reply

    def _send(self, status: int, body: dict[str, Any]) -> None:
        self._send_raw(status, json.dumps(body).encode())

    def _send_raw(self, status: int, body: bytes, claimed_length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(claimed_length or len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


def _error(code: str) -> dict[str, Any]:
    return {"__type": PREFIX + code, "message": "injected"}
