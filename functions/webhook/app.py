"""Signed events of payment processors, over HTTP."""

import gc

# Importing leaves next to no garbage behind, and looking for it takes an eighth of a cold start.
gc.disable()

import os
from functools import partial
from typing import Any

from aws_lambda_powertools.event_handler import Response

from oncepay.api.application import Application
from oncepay.api.cold_start import end_cold_start
from oncepay.api.processor_presenters import answer_completion
from oncepay.api.representations import OK, answer
from oncepay.domain.errors import NotFound
from oncepay.domain.inbound_event import MAX_PAYLOAD_BYTES, Provider, Receipt
from oncepay.services.open_processors import open_processors
from oncepay.services.processor_tools import ProcessorTools
from oncepay.services.receive_simulated_event import receive_simulated_event
from oncepay.services.receive_stripe_event import receive_stripe_event
from oncepay.settings.webhook import WebhookSettings
from oncepay.storage.database import open_database
from oncepay.storage.secret_values import RotatingSecret

STRIPE_SIGNATURE = "stripe-signature"
SIMULATED_SIGNATURE = "simulated-signature"

settings = WebhookSettings.from_environ(os.environ)
database = open_database(settings.tables)
stripe_secret = RotatingSecret(settings.stripe_webhook_secret_id)
simulated = settings.processors.places.get(Provider.SIMULATED)
simulated_secret = None if simulated is None else RotatingSecret(simulated.secret_id)
paypal_webhook_id = (
    None if settings.paypal_webhook_id is None else RotatingSecret(settings.paypal_webhook_id)
)
app = Application(settings.usage_sampling)
processors = open_processors(
    settings.processors.places,
    timeout_seconds=settings.processors.timeout_seconds,
    clock=lambda: app.clock(),
)
end_cold_start(database)


@app.post("/webhooks/stripe")
def post_stripe_event() -> Response[str]:
    """An event of Stripe; the signature is what says who is calling."""
    call = app.call
    receipt = receive_stripe_event(
        call.read_bytes(maximum=MAX_PAYLOAD_BYTES),
        signature_headers=call.headers.get(STRIPE_SIGNATURE, []),
        secrets=partial(stripe_secret.read, call.now),
        tools=_tools(),
        now=call.now,
    )
    return _reply(receipt)


@app.post("/webhooks/paypal")
def post_paypal_event() -> Response[str]:
    """An event of PayPal, where it is configured."""
    if paypal_webhook_id is None:
        raise NotFound("no such path")
    # Where no event of PayPal comes, nothing of this is imported.
    from oncepay.services.open_paypal_certificates import open_paypal_certificates
    from oncepay.services.receive_paypal_event import receive_paypal_event

    call = app.call
    place = settings.processors.places[Provider.PAYPAL]
    receipt = receive_paypal_event(
        call.read_bytes(maximum=MAX_PAYLOAD_BYTES),
        headers=call.headers,
        webhook_ids=partial(paypal_webhook_id.read, call.now),
        certificates=open_paypal_certificates(place.url, settings.paypal_root),
        tools=_tools(),
        now=call.now,
    )
    return _reply(receipt)


@app.post("/webhooks/simulated")
def post_simulated_event() -> Response[str]:
    """An event of the simulated processor, where there is one."""
    if simulated_secret is None:
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
