"""Signed events of payment processors, over HTTP."""

import os
from functools import partial
from typing import Any

from aws_lambda_powertools.event_handler import Response

from oncepay.api.application import Application
from oncepay.api.representations import OK, answer
from oncepay.domain.inbound_event import MAX_PAYLOAD_BYTES
from oncepay.services.receive_stripe_event import receive_stripe_event
from oncepay.settings import WebhookSettings
from oncepay.storage.database import open_database
from oncepay.storage.secret_values import RotatingSecret

STRIPE_SIGNATURE = "stripe-signature"

settings = WebhookSettings.from_environ(os.environ)
database = open_database(settings.tables)
stripe_secret = RotatingSecret(settings.stripe_webhook_secret_id)
app = Application()


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
    call.notes["event_id"] = receipt.event.event_id
    call.notes["event_type"] = receipt.event.type
    call.notes["duplicate"] = receipt.duplicate
    repeat = {"duplicate": True} if receipt.duplicate else {}
    return app.reply(answer(OK, {"received": True, **repeat}))


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Entry point of the Lambda function."""
    return app.handle(event, context)
