"""What does a processor really post? A small server that takes its webhooks, headers and all."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

NOT_THEIRS = frozenset(
    {"host", "content-length", "connection", "accept-encoding", "user-agent", "content-type"}
)
"""Headers of the connection, which whoever posts it again sends for itself."""


@dataclass(frozen=True, slots=True)
class Posted:
    """One webhook as it came; `path` is where it was posted to, below the sink's URL."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Sink:
    """Takes whatever is posted to it, and says 200."""

    def __init__(self) -> None:
        self._posted: list[Posted] = []
        self._lock = threading.Lock()

    def take(self, posted: Posted) -> None:
        """Keep it."""
        with self._lock:
            self._posted.append(posted)

    def all(self) -> list[Posted]:
        """All that came."""
        with self._lock:
            return list(self._posted)

    def find(self, text: str) -> list[Posted]:
        """All that name something."""
        with self._lock:
            return [one for one in self._posted if text.encode() in one.body]


@contextmanager
def listening(sink: Sink) -> Iterator[str]:
    """A server before the sink; gives its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {k: v for k, v in self.headers.items() if k.lower() not in NOT_THEIRS}
            sink.take(Posted(self.path, headers, body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
