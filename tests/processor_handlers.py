"""The functions as Lambda starts them, at a running simulated processor: for tests of what is
between the gateway and the services, and of what the functions are allowed to do.
"""

import json
import urllib.request
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import boto3
import pytest

from ops.simulated.courier import post_over_http
from ops.simulated.credentials import Credentials
from ops.simulated.outbox import HEADER, Delivery, sign
from ops.simulated.server import Patience, SimulatedProcessor, running_simulated_processor
from ops.simulated.wire import write_event
from tests.events import LambdaContext, Reply, an_event, load_function, set_environment

SECRET_ID = "simulated"
STRIPE_KEY_ID, STRIPE_SECRET_ID = "stripe-key", "stripe"
PAYPAL_ID, PAYPAL_WEBHOOK_ID = "paypal", "paypal-webhook"
HOST = "http://127.0.0.1"
SEE_OTHER = 303


class ProcessorHandlers:
    """The handlers of one stack, each started when it is first called."""

    processor: SimulatedProcessor

    def __init__(self) -> None:
        self._modules: dict[str, ModuleType] = {}
        self._brought: list[Reply] = []

    def stand_at(self, processor: SimulatedProcessor, *, faces: Collection[str]) -> None:
        """Say which processor it is. Its events wait to be brought by the test."""
        self.processor = processor
        paths = {f"{face}_url": f"{HOST}/webhooks/{face}" for face in faces}
        processor.outbox.configure(url=f"{HOST}/webhooks/simulated", **paths)

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
        processor: str = "simulated",
    ) -> Reply:
        """POST /v1/payments with the payment method `pm_<behaviour>`."""
        body = {
            "amount_minor": amount_minor,
            "currency": "USD",
            "funding": {
                "type": "processor",
                "processor": processor,
                "payment_method": f"pm_{behaviour}",
            },
            "capture_method": "manual" if manual else "automatic",
        }
        return self.post("/v1/payments", body, key=key)

    def checkout(
        self, *, key: str = "checkout-1", authorizer: dict[str, str] | None = None, **more: Any
    ) -> Reply:
        """POST /v1/checkout-sessions; `more` is put into the body."""
        body = {
            "amount_minor": 5_000,
            "currency": "USD",
            "success_url": "https://shop.example/thanks",
            "cancel_url": "https://shop.example/cart",
        }
        resource = "/v1/checkout-sessions"
        return self.post(resource, body | more, key=key, authorizer=authorizer)

    def pay_page(self, url: str, payment_method: str = "pm_approve") -> None:
        """A payer gives a card on the page at that address."""
        address = urlsplit(url)
        pressed = urlunsplit(address._replace(path=f"{address.path}/pay"))
        form = f"payment_method={payment_method}".encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        assert post_over_http(pressed, headers, form) == SEE_OTHER

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

    def deliver(self) -> list[Reply]:
        """Bring every webhook that is due, as the processor posts it; gives what each one got."""
        self._brought.clear()
        while self.processor.deliver_due():
            # What comes of them may make the processor send more.
            continue
        return list(self._brought)

    def take(self, url: str, headers: dict[str, str], body: bytes) -> int:
        """A post of the processor's."""
        many = {name: [value] for name, value in headers.items()}
        reply = self.webhook(url.removeprefix(HOST), body.decode(), many)
        self._brought.append(reply)
        return int(reply.status)

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
    monkeypatch: pytest.MonkeyPatch, tables: dict[str, str], *, faces: Collection[str] = ()
) -> Iterator[ProcessorHandlers]:
    """Handlers in an environment that knows a processor of their own.

    Args:
        monkeypatch: of the test.
        tables: names by role.
        faces: as whom else it is configured: `stripe`, `paypal`.
    """
    patience = Patience(hold_seconds=0, slow_seconds=0, drip_seconds=0)
    handlers = ProcessorHandlers()
    with running_simulated_processor(patience=patience, post=handlers.take) as processor:
        handlers.stand_at(processor, faces=faces)
        variables = {
            "SIMULATED_PROCESSOR_URL": processor.url,
            "SIMULATED_PROCESSOR_SECRET_ID": SECRET_ID,
        }
        values = {SECRET_ID: processor.secret}
        if "stripe" in faces:
            variables |= _stripe_variables(processor)
            values |= _stripe_secrets(processor.credentials)
        if "paypal" in faces:
            variables |= _paypal_variables(processor)
            values |= _paypal_secrets(processor.credentials)
        set_environment(monkeypatch, tables, **variables)
        secrets = boto3.client("secretsmanager")
        for name, value in values.items():
            secrets.create_secret(Name=name, SecretString=value)
        yield handlers


def _stripe_variables(processor: SimulatedProcessor) -> dict[str, str]:
    return {"STRIPE_URL": f"{processor.url}/stripe", "STRIPE_API_KEY_ID": STRIPE_KEY_ID}


def _stripe_secrets(credentials: Credentials) -> dict[str, str]:
    return {
        STRIPE_KEY_ID: credentials.stripe_api_key,
        STRIPE_SECRET_ID: credentials.stripe_webhook_secret,
    }


def _paypal_variables(processor: SimulatedProcessor) -> dict[str, str]:
    request = urllib.request.Request(
        f"{processor.url}/control/paypal-root",
        headers={"Authorization": f"Bearer {processor.secret}"},
    )
    with urllib.request.urlopen(request) as response:
        lines = response.read().decode().splitlines()
    return {
        "PAYPAL_URL": f"{processor.url}/paypal",
        "PAYPAL_CREDENTIALS_ID": PAYPAL_ID,
        "PAYPAL_WEBHOOK_ID_SECRET_ID": PAYPAL_WEBHOOK_ID,
        # As the template takes it.
        "PAYPAL_ROOT": "".join(line for line in lines if not line.startswith("-----")),
    }


def _paypal_secrets(credentials: Credentials) -> dict[str, str]:
    application = {
        "client_id": credentials.paypal_client_id,
        "client_secret": credentials.paypal_client_secret,
    }
    return {PAYPAL_ID: json.dumps(application), PAYPAL_WEBHOOK_ID: credentials.paypal_webhook_id}
