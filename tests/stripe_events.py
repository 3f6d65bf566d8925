"""Events of Stripe for tests, signed as Stripe signs them: by its own library."""

import json
from typing import Any

from stripe import WebhookSignature

SECRET = "whsec_test_secret"


def an_event_of_stripe(**overrides: Any) -> str:
    """A body that tells of nothing that we act on; an override of None leaves the member out."""
    members: dict[str, Any] = {
        "id": "evt_1",
        "object": "event",
        "api_version": "2026-10-28",
        "type": "balance.available",
        "created": 1_700_000_000,
        "livemode": False,
        "data": {"object": {"object": "balance", "available": [{"amount": 2500}]}},
    }
    members |= overrides
    return json.dumps({name: value for name, value in members.items() if value is not None})


def sign(body: str, *, at: float, secret: str = SECRET) -> str:
    """The header `Stripe-Signature` of a body, signed at that second."""
    header: str = WebhookSignature.generate_signature_header(body, secret, timestamp=int(at))
    return header
