"""A webhook endpoint for tests: keeps what it is sent, and answers as it is told."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Endpoint:
    """What came, and what is answered: each status once, then 200."""

    url: str
    statuses: list[int] = field(default_factory=list)
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    came: threading.Event = field(default_factory=threading.Event)

    @property
    def types(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.received]

    @property
    def events(self) -> list[Any]:
        return [json.loads(body) for _, body in self.received]


@contextmanager
def running_endpoint() -> Iterator[Endpoint]:
    """On a free port of 127.0.0.1."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            endpoint.received.append((dict(self.headers), body))
            status = endpoint.statuses.pop(0) if endpoint.statuses else 200
            self.send_response(status)
            self.send_header("Location", endpoint.url)
            self.send_header("Content-Length", "0")
            self.end_headers()
            endpoint.came.set()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        endpoint = Endpoint(f"http://127.0.0.1:{server.server_port}/webhooks/simulated")
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield endpoint
        finally:
            server.shutdown()
            thread.join()
