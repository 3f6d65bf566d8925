"""The functions as Lambda starts them, at a running simulated processor: for tests of what is
between the gateway and the services, and of what the functions are allowed to do.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import boto3
import pytest

from ops.simulated.outbox import HEADER, Delivery, sign
from ops.simulated.server import Patience, SimulatedProcessor, running_simulated_processor
from ops.simulated.wire import write_event
from tests.events import LambdaContext, Reply, an_event, load_function, set_environment

SECRET_ID = "simulated"
NOWHERE = "http://127.0.0.1/"


class ProcessorHandlers:
    """The handlers of one stack, each started when it is first called."""

    def __init__(self, processor: SimulatedProcessor) -> None:
        self.processor = processor
        self._modules: dict[str, ModuleType] = {}
        # Events wait to be brought by the test.
        processor.outbox.configure(url=NOWHERE)

    def module(self, name: str) -> ModuleType:
        """A function, started."""
        if name not in self._modules:
            self._modules[name] = load_function(name)
        return self._modules[name]

    def post(self, resource: str, body: Any = None, **more: Any) -> Reply:
        """A merchant's POST."""
        event = an_event("POST", resource, body, **more)
        return Reply(self.module("process_payment").handler(event, LambdaContext(25_000)))

    def get(self, resource: str, **more: Any) -> Reply:
        """A merchant's GET."""
        return Reply(
            self.module("query").handler(an_event("GET", resource, **more), LambdaContext())
        )

    def charge(
        self,
        behaviour: str = "approve",
        *,
        manual: bool = False,
        amount_minor: int = 5_000,
        key: str = "charge-1",
    ) -> Reply:
        """POST /v1/payments with the payment method `pm_<behaviour>`."""
        body = {
            "amount_minor": amount_minor,
            "currency": "USD",
            "funding": {
                "type": "processor",
                "processor": "simulated",
                "payment_method": f"pm_{behaviour}",
            },
            "capture_method": "manual" if manual else "automatic",
        }
        return self.post("/v1/payments", body, key=key)

    def move(self, payment_id: str, action: str, body: Any = None, *, key: str) -> Reply:
        """POST /v1/payments/{id}/capture, /void or /refunds."""
        resource = f"/v1/payments/{{id}}/{action}"
        return self.post(resource, body or {}, key=key, parameters={"id": payment_id})

    def bring(self, delivery: Delivery, *, id: str | None = None, **changes: Any) -> Reply:
        """One webhook, signed now; `changes` are to the charge and to what happened to it."""
        event = write_event(delivery.event, self.processor.url)
        event["id"] = id or event["id"]
        for told in event["data"].values():
            told |= changes
        body = json.dumps(event)
        signature = sign(self.processor.secret, body.encode(), datetime.now(UTC))
        reply = self.webhook("/webhooks/simulated", body, {HEADER: [signature]})
        self.processor.outbox.report(delivery, reply.status, self.processor.engine.now())
        return reply

    def webhook(self, path: str, body: str, headers: dict[str, list[str]]) -> Reply:
        """A body as some processor posts it."""
        event = an_event("POST", path, body, key=None, headers=headers)
        return Reply(self.module("webhook").handler(event, LambdaContext(25_000)))

    def events(self, kind: str | None = None) -> list[Delivery]:
        """The webhooks that are due, of one type if it is said; the rest is dropped."""
        self.processor.engine.catch_up()
        due = self.processor.outbox.take_due(self.processor.engine.now())
        return [delivery for delivery in due if kind in (None, delivery.event.type)]

    def sweep(
        self, monkeypatch: pytest.MonkeyPatch | None = None, *, later: timedelta = timedelta()
    ) -> dict[str, Any]:
        """One run of the sweep, so much later by its own clock."""
        module = self.module("sweep")
        if monkeypatch is not None:
            monkeypatch.setattr(module, "utc_now", lambda: datetime.now(UTC) + later)
        counts: dict[str, Any] = module.handler({}, LambdaContext(60_000))
        return counts


@contextmanager
def running_handlers(
    monkeypatch: pytest.MonkeyPatch, tables: dict[str, str]
) -> Iterator[ProcessorHandlers]:
    """Handlers in an environment that knows a processor of their own."""
    patience = Patience(hold_seconds=0, slow_seconds=0, drip_seconds=0)
    with running_simulated_processor(patience=patience) as processor:
        set_environment(
            monkeypatch,
            tables,
            SIMULATED_PROCESSOR_URL=processor.url,
            SIMULATED_PROCESSOR_SECRET_ID=SECRET_ID,
        )
        secrets = boto3.client("secretsmanager")
        secrets.create_secret(Name=SECRET_ID, SecretString=processor.secret)
        yield ProcessorHandlers(processor)
