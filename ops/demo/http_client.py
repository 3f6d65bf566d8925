"""How does a careful client of the API call it? Again after every answer that says so, with the
same key.

Standard library only: each client of a crowd is a process of its own and should start at once.
"""

import http.client
import json
import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 30.0
"""API Gateway itself gives up after 29 seconds."""

MAX_ATTEMPTS = 12
MAX_SECONDS = 45.0
MAX_WAIT_SECONDS = 5.0

RETRIED_STATUSES = frozenset({429, 503})
IN_PROGRESS = "request_in_progress"
LOST_CONNECTION = 0
"""Counted as a status: no answer came at all."""


class NoAnswerError(Exception):
    """The API could not be reached, or asked for patience for longer than we have."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, and the statuses of the answers before it that asked to come again."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    retried: Counter[int] = field(default_factory=Counter)

    @property
    def json(self) -> Any:
        """The body as JSON; an empty object if it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return {}

    @property
    def is_replay(self) -> bool:
        """Whether the answer had been given before."""
        return self.headers.get("idempotent-replayed") == "true"

    @property
    def code(self) -> str | None:
        """The code of a problem."""
        code = self.member("code")
        return None if code is None else str(code)

    @property
    def was_sent_again(self) -> bool:
        """Whether the request may have been carried out before this answer: one answer did not
        come through, or did not say.
        """
        return bool(self.retried[503] or self.retried[LOST_CONNECTION])

    def member(self, name: str) -> Any:
        """A member of the body, if it is a JSON object; None if it has no such."""
        body = self.json
        return body.get(name) if isinstance(body, dict) else None


class HttpClient:
    """One kept-alive connection to an API.

    Args:
        api_url: base of the API.
        api_key: sent as bearer token; None to send none.
    """

    def __init__(self, api_url: str, api_key: str | None) -> None:
        parts = urlsplit(api_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise NoAnswerError(f"{api_url} is no address of an API")
        kind = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        self._connection = kind(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)
        self._base_path = parts.path.rstrip("/")
        self._authorization = {} if api_key is None else {"Authorization": f"Bearer {api_key}"}

    def call(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        key: str | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send a request, again and again while the answer says so.

        Sending again is always safe here: a GET changes nothing, a POST carries its key, and an
        event its id.

        Args:
            method: of HTTP.
            path: below the API's base.
            body: sent as JSON; bytes are sent as they are.
            key: the idempotency key.
            extra: headers beside the usual ones.

        Raises: NoAnswerError when it was not answered within 12 attempts or 45 seconds.
        """
        headers = {"Accept": "application/json", **self._authorization, **(extra or {})}
        sent = b""
        if body is not None:
            sent = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        if key is not None:
            headers["Idempotency-Key"] = key
        retried: Counter[int] = Counter()
        ends_at = time.monotonic() + MAX_SECONDS
        for attempt in range(MAX_ATTEMPTS):
            reply = self._send(method, path, sent, headers)
            if reply is not None and not _asks_to_come_again(reply):
                return Reply(reply.status, reply.headers, reply.body, retried)
            retried[LOST_CONNECTION if reply is None else reply.status] += 1
            wait_seconds = _wait_seconds(reply, attempt)
            if time.monotonic() + wait_seconds >= ends_at:
                break
            time.sleep(wait_seconds)
        statuses = ", ".join(
            f"{count} x {status or 'no connection'}" for status, count in sorted(retried.items())
        )
        raise NoAnswerError(f"{method} {path} was not answered: {statuses}")

    def close(self) -> None:
        """Close the connection; the next call opens it anew."""
        self._connection.close()

    def __del__(self) -> None:
        """A client that nobody holds any more leaves no connection open."""
        if hasattr(self, "_connection"):
            self.close()

    def _send(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> Reply | None:
        try:
            self._connection.request(method, self._base_path + path, body or None, dict(headers))
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            # Closed, it is opened anew by the next request.
            self._connection.close()
            return None
        names = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, names, content)


def _asks_to_come_again(reply: Reply) -> bool:
    return reply.status in RETRIED_STATUSES or (reply.status == 409 and reply.code == IN_PROGRESS)


def _wait_seconds(reply: Reply | None, attempt: int) -> float:
    said = reply.headers.get("retry-after", "") if reply is not None else ""
    least = float(said) if said.isascii() and said.isdigit() else 0.2 * 2**attempt
    # Clients that were turned away together should not come back together.
    return min(MAX_WAIT_SECONDS, least) * random.uniform(1.0, 1.5)  # noqa: S311
