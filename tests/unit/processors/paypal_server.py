"""A server that answers as a test says, path by path, and notes what it was asked."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN_PATH = "/v1/oauth2/token"


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        return json.loads(self.body)


@dataclass
class CannedServer:
    """What is answered to each method and path: the answers of a list one after the other, the last
    of them for ever.
    """

    url: str
    answers: dict[tuple[str, str], list[tuple[int, bytes, dict[str, str]]]] = field(
        default_factory=dict
    )
    asked: list[Asked] = field(default_factory=list)

    def says(
        self, method: str, path: str, status: int, body: Any = b"", **headers: str
    ) -> "CannedServer":
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.answers.setdefault((method, path), []).append((status, content, headers))
        return self

    def grants(self, *tokens: str, expires_in: Any = 32_400) -> "CannedServer":
        for token in tokens or ("token-1",):
            self.says(
                "POST",
                TOKEN_PATH,
                200,
                {"access_token": token, "token_type": "Bearer", "expires_in": expires_in},
            )
        return self

    def asked_of(self, path: str) -> list[Asked]:
        return [each for each in self.asked if each.path == path]

    def answer(self, asked: Asked) -> tuple[int, bytes, dict[str, str]]:
        self.asked.append(asked)
        known = self.answers.get((asked.method, asked.path))
        if known is None:
            return 404, b"", {}
        return known.pop(0) if len(known) > 1 else known[0]


@contextmanager
def canned_server() -> Iterator[CannedServer]:
    """Run it on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            size = int(self.headers.get("Content-Length", 0))
            asked = Asked(
                self.command,
                self.path,
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(size),
            )
            status, body, headers = server.answer(asked)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        server = CannedServer(f"http://127.0.0.1:{listening.server_address[1]}")
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()
