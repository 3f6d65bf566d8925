"""How does a webhook get to its endpoint? By a POST, and again until it is taken.

By hand in tests (`deliver_due`), by a thread of its own in the local stack.
"""

import http.client
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from ops.simulated.engine import Engine
from ops.simulated.faces import Face
from ops.simulated.outbox import Delivery, Outbox
from ops.simulated.timeline import Clock

POST_SECONDS = 30
LOOK_SECONDS = 0.1
AT_ONCE = 4
"""So many at once in the local stack: a cold endpoint is not to hold up everybody."""

type Post = Callable[[str, dict[str, str], bytes], int | None]
"""Takes a URL, headers and a body; returns the answer's status, None if there was no answer."""


class Courier:
    """Brings what is due. One round at a time, so that whoever waits for one has it all."""

    def __init__(
        self,
        engine: Engine,
        outbox: Outbox,
        *,
        faces: Mapping[str, Face],
        clock: Clock,
        post: Post,
    ) -> None:
        self._engine, self._outbox = engine, outbox
        self._faces, self._clock, self._post = faces, clock, post
        self._round = threading.Lock()

    def deliver_due(self) -> int:
        """Send what is due by now, one after the other; returns how many were taken."""
        with self._round:
            return sum(self._deliver(each) for each in self._take_due())

    def flush(self) -> int:
        """Send whatever waits, due or not; returns how many were taken."""
        with self._round:
            self._engine.catch_up()
            self._outbox.hurry(self._engine.now())
            return sum(self._deliver(each) for each in self._take_due())

    def deliver_until(self, stopping: threading.Event) -> None:
        """Send what is due, as it becomes due, until told to stop."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while not stopping.wait(LOOK_SECONDS):
                with self._round:
                    list(pool.map(self._deliver, self._take_due()))

    def _take_due(self) -> list[Delivery]:
        self._engine.catch_up()
        return self._outbox.take_due(self._engine.now())

    def _deliver(self, delivery: Delivery) -> bool:
        face, url = delivery.event.face, self._outbox.webhooks.urls[delivery.event.face]
        # The time of day, not the processor's own, which may have been moved.
        signature = self._faces[face].sign(delivery.body, self._clock())
        headers = {"Content-Type": "application/json", **signature}
        status = None if url is None else self._post(url, headers, delivery.body)
        self._outbox.report(delivery, status, self._engine.now())
        return delivery.is_taken


def post_over_http(url: str, headers: dict[str, str], body: bytes) -> int | None:
    """Post it; a redirection is not followed."""
    address = urlsplit(url)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(str(address.hostname), address.port, timeout=POST_SECONDS)
    try:
        query = f"?{address.query}" if address.query else ""
        connection.request("POST", (address.path or "/") + query, body, headers)
        return connection.getresponse().status
    except (OSError, UnicodeError, http.client.HTTPException):
        return None
    finally:
        connection.close()
