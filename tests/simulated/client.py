"""A caller of the simulated processor: one HTTP request, and what came back."""

import http.client
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

LONG_SECONDS = 20.0


class HandClock:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer."""

    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """Of an error."""
        return str(self.json["error"]["code"])


class Client:
    """Calls one processor, each time on a connection of its own."""

    def __init__(self, processor: Any) -> None:
        """`processor` has a `url` and a `secret`; tests in process reach into it, too."""
        self.processor = processor

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        headers: dict[str, str] | None = None,
        give_up_after: float = LONG_SECONDS,
    ) -> Reply | None:
        """Call; None if nobody answered before we gave up, or before the processor hung up."""
        address = urlsplit(self.processor.url)
        connection = http.client.HTTPConnection(
            str(address.hostname), address.port, timeout=give_up_after
        )
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            connection.request(
                method,
                path,
                None if body is None else sent,
                {
                    "Authorization": f"Bearer {self.processor.secret}",
                    **({} if key is None else {"Idempotency-Key": key}),
                    **(headers or {}),
                },
            )
            response = connection.getresponse()
            return Reply(response.status, response.read(), dict(response.getheaders()))
        except (TimeoutError, http.client.RemoteDisconnected):
            return None
        finally:
            connection.close()

    def answered(self, method: str, path: str, body: Any = None, **more: Any) -> Reply:
        """Call, and insist on an answer."""
        reply = self.call(method, path, body, **more)
        assert reply is not None, "nobody answered"
        return reply

    def charge(
        self, behaviour: str = "approve", *, key: str = "pay_1", manual: bool = False, **more: Any
    ) -> Reply | None:
        """Charge 5000 USD, or authorize it."""
        return self.call("POST", "/v1/charges", a_charge(behaviour, manual=manual), key=key, **more)

    def charged(self, behaviour: str = "approve", **more: Any) -> Reply:
        """The same, and insist on an answer."""
        reply = self.charge(behaviour, **more)
        assert reply is not None, "nobody answered"
        return reply

    def move(
        self,
        charge_id: str,
        kind: str,
        *,
        key: str,
        amount_minor: int = 5000,
        **more: Any,
    ) -> Reply | None:
        """Capture, void or refund."""
        amount = {} if kind == "void" else {"amount_minor": amount_minor, "currency": "USD"}
        path = f"/v1/charges/{charge_id}/{kind}s"
        return self.call("POST", path, {**amount, "payment_id": "pay_1"}, key=key, **more)

    def moved(self, charge_id: str, kind: str, **more: Any) -> Reply:
        """The same, and insist on an answer."""
        reply = self.move(charge_id, kind, **more)
        assert reply is not None, "nobody answered"
        return reply

    def look_up(self, key: str, **more: Any) -> Reply | None:
        """What was done under a key."""
        return self.call("GET", f"/v1/operations/{key}", **more)

    def found(self, key: str) -> Any:
        """The result of a lookup that finds something."""
        reply = self.look_up(key)
        assert reply is not None
        assert reply.status == 200, reply.body
        return reply.json["result"]


def a_charge(behaviour: str = "approve", *, manual: bool = False, **more: Any) -> dict[str, Any]:
    """The body of a charge of 5000 USD."""
    return {
        "amount_minor": 5000,
        "currency": "USD",
        "payment_method": f"pm_{behaviour}",
        "capture": "manual" if manual else "automatic",
        "payment_id": "pay_1",
        **more,
    }
