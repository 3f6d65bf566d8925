"""How do many clients call at once? Each is a process of its own; all begin at one moment."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ops.demo.http_client import NoAnswerError, Reply

START_DELAY_SECONDS = 0.15
"""Time for an order to reach every client before the common start."""

STOP_SECONDS = 5.0

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that a client is to make."""

    method: str
    path: str
    body: object = None
    key: str | None = None


class Crowd:
    """Client processes, started together and stopped together.

    Args:
        size: how many.
        api_url: base of the API that they call.
    """

    def __init__(self, size: int, api_url: str) -> None:
        self.size = size
        self._api_url = api_url
        self._clients: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Self:
        """Start the clients."""
        paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        self._clients = [
            subprocess.Popen(
                [sys.executable, "-m", "ops.demo.client_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=environ,
                # Ctrl-C is for us: we then end the clients.
                start_new_session=True,
            )
            for _ in range(self.size)
        ]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the clients, whatever happened."""
        for client in self._clients:
            if error is None and client.stdin is not None:
                client.stdin.close()
            else:
                client.kill()
        for client in self._clients:
            try:
                client.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                client.kill()
                client.wait()
            for pipe in (client.stdin, client.stdout):
                if pipe is not None:
                    pipe.close()

    def call_at_once(self, api_key: str, calls: Sequence[Call], *, clients: int) -> list[Reply]:
        """Deal the calls out to the first so many clients; all begin at one moment.

        Returns: the answers, in no order.
        Raises: NoAnswerError if a client died or got no answer.
        """
        return [reply for _, reply in self.ask_at_once(api_key, calls, clients=clients)]

    def ask_at_once(
        self, api_key: str, calls: Sequence[Call], *, clients: int
    ) -> list[tuple[Call, Reply]]:
        """The same, each answer with its call."""
        chosen = self._clients[:clients]
        dealt = [calls[position::clients] for position in range(len(chosen))]
        for client, own in zip(chosen, dealt, strict=True):
            order = {
                "api_url": self._api_url,
                "api_key": api_key,
                "start_at": time.time() + START_DELAY_SECONDS,
                "calls": [
                    {"method": c.method, "path": c.path, "body": c.body, "key": c.key} for c in own
                ],
            }
            _write(client, json.dumps(order))
        return [
            pair
            for client, own in zip(chosen, dealt, strict=True)
            for pair in zip(own, _read(client), strict=True)
        ]


def _write(client: "subprocess.Popen[str]", line: str) -> None:
    try:
        if client.stdin is not None:
            client.stdin.write(line + "\n")
            client.stdin.flush()
    except OSError:
        raise NoAnswerError("a client process ended before its time") from None


def _read(client: "subprocess.Popen[str]") -> list[Reply]:
    line = client.stdout.readline() if client.stdout is not None else ""
    if not line:
        raise NoAnswerError("a client process ended before its time")
    answer: Any = json.loads(line)
    if isinstance(answer, dict):
        raise NoAnswerError(str(answer["error"]))
    return [
        Reply(
            one["status"],
            one["headers"],
            one["body"].encode(),
            Counter({int(status): count for status, count in one["retried"].items()}),
        )
        for one in answer
    ]
