"""Signed events of payment processors, over HTTP."""

import os
from functools import partial
from typing import Any

from aws_lambda_powertools.event_handler import Response

from oncepay.api.application import Application
from oncepay.api.presenters import answer_completion
from oncepay.api.representations import OK, answer
from oncepay.domain.errors import NotFound
from oncepay.domain.inbound_event import MAX_PAYLOAD_BYTES
from oncepay.services.open_processors import open_processors
from oncepay.services.processor_tools import ProcessorTools
from oncepay.services.receive_event import Receipt
from oncepay.services.receive_simulated_event import receive_simulated_event
from oncepay.services.receive_stripe_event import receive_stripe_event
from oncepay.settings import WebhookSettings
from oncepay.storage.database import open_database
from oncepay.storage.secret_values import RotatingSecret

STRIPE_SIGNATURE = "stripe-signature"
SIMULATED_SIGNATURE = "simulated-signature"

settings = WebhookSettings.from_environ(os.environ)
database = open_database(settings.tables)
stripe_secret = RotatingSecret(settings.stripe_webhook_secret_id)
simulated_secret = RotatingSecret(settings.processors.simulated_secret_id or "")
app = Application()
processors = open_processors(
    simulated_url=settings.processors.simulated_url,
    simulated_secret_id=settings.processors.simulated_secret_id,
    timeout_seconds=settings.processors.timeout_seconds,
    clock=lambda: app.clock(),
)


@app.post("/webhooks/stripe")
def post_stripe_event() -> Response[str]:
    """An event of Stripe; the signature is what says who is calling."""
    call = app.call
    receipt = receive_stripe_event(
        call.read_bytes(maximum=MAX_PAYLOAD_BYTES),
        signature_headers=call.headers.get(STRIPE_SIGNATURE, []),
        secrets=partial(stripe_secret.read, call.now),
        database=database,
        now=call.now,
        budget=call.budget,
    )
    return _reply(receipt)


@app.post("/webhooks/simulated")
def post_simulated_event() -> Response[str]:
    """An event of the simulated processor, where there is one."""
    if settings.processors.simulated_url is None:
        raise NotFound("no such path")
    call = app.call
    receipt = receive_simulated_event(
        call.read_bytes(maximum=MAX_PAYLOAD_BYTES),
        signature_headers=call.headers.get(SIMULATED_SIGNATURE, []),
        secrets=partial(simulated_secret.read, call.now),
        tools=_tools(),
        now=call.now,
    )
    return _reply(receipt)


def _reply(receipt: Receipt) -> Response[str]:
    notes = app.call.notes
    notes["event_id"] = receipt.event.event_id
    notes["event_type"] = receipt.event.type
    notes["duplicate"] = receipt.duplicate
    notes["event_status"] = receipt.event.status.value
    repeat = {"duplicate": True} if receipt.duplicate else {}
    return app.reply(answer(OK, {"received": True, **repeat}))


def _tools() -> ProcessorTools:
    return ProcessorTools(
        database=database,
        processors=processors,
        answer_of=answer_completion,
        retention=settings.processors.retention,
        lease=settings.processors.lease,
        clock=app.clock,
        budget=app.call.budget,
        alarm=app.alarm,
    )


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry point of the Lambda function."""
    return app.handle(event, context)
