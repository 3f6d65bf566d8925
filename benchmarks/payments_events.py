"""What is a function asked, in the benchmarks of payments? The sample events of API Gateway, with a
body of a given size, a merchant and a key: the same bytes for every design.
"""

import json
from pathlib import Path
from typing import Any, Final

from oncepay.domain.principal import MERCHANT_SCOPES

EVENTS: Final = Path(__file__).parents[1] / "events"
PAYLOAD_BYTES: Final = 400
PAGE: Final = 100
AMOUNT_MINOR: Final = 5000
MAX_NOTE: Final = 500
"""Characters of a value of metadata, by our contract."""

_PADDED: Final = "note"
_TEXT: Final = (
    "Ring twice, the bell by the gate is weak. If nobody opens, leave the parcel with Mrs Okafor on"
    " the second floor, who is home until four; she knows about it. Not in the yard, please: last"
    " month's box got wet and we had to send it back. Size 39 should fit, else we swap it at the"
    " shop in Bergmannstrasse. Gift wrap in blue, no price inside, card says: happy birthday, Jo!"
    " Questions by e-mail only, my phone is broken until Friday. Invoice goes to the office, cost"
    " centre 7140, quote purchase order KX/88/b. Thank you."
)
"""As people write: nothing is repeated, so that it is packed no smaller than a note would be."""


def payment_body(size_bytes: int = PAYLOAD_BYTES) -> str:
    """The body of a payment from the balance, exactly that long.

    Raises:
        ValueError: it cannot be as short as that, or as long.
    """
    body = json.loads(_sample("process_payment/create_payment")["body"])
    body["amount_minor"] = AMOUNT_MINOR
    body["metadata"][_PADDED] = ""
    shortest = len(_dumped(body))
    if not shortest <= size_bytes <= shortest + MAX_NOTE:
        raise ValueError(f"such a payment has {shortest} to {shortest + MAX_NOTE} bytes")
    body["metadata"][_PADDED] = _TEXT[: size_bytes - shortest]
    return _dumped(body)


def payment_event(merchant_id: str, key: str, body: str) -> dict[str, Any]:
    """A payment, as API Gateway hands it over behind the authorizer."""
    return _by(
        merchant_id, _with_key(_sample("process_payment/create_payment"), key) | {"body": body}
    )


def deposit_event(merchant_id: str, key: str, amount_minor: int) -> dict[str, Any]:
    """What funds a merchant."""
    body = _dumped({"amount_minor": amount_minor, "currency": "USD"})
    return _by(
        merchant_id, _with_key(_sample("process_payment/create_deposit"), key) | {"body": body}
    )


def list_event(merchant_id: str) -> dict[str, Any]:
    """The merchant's newest payments, a page of a hundred."""
    event = _sample("query/list_payments")
    asked = {
        "queryStringParameters": {"limit": str(PAGE)},
        "multiValueQueryStringParameters": {"limit": [str(PAGE)]},
    }
    return _by(merchant_id, event | asked)


def _by(merchant_id: str, event: dict[str, Any]) -> dict[str, Any]:
    context = event["requestContext"]
    authorizer = context["authorizer"] | {
        "merchant_id": merchant_id,
        "scopes": " ".join(MERCHANT_SCOPES),
    }
    return event | {"requestContext": context | {"authorizer": authorizer}}


def _with_key(event: dict[str, Any], key: str) -> dict[str, Any]:
    headers = event["headers"] | {"Idempotency-Key": key}
    many = event["multiValueHeaders"] | {"Idempotency-Key": [key]}
    return event | {"headers": headers, "multiValueHeaders": many}


def _sample(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def _dumped(body: Any) -> str:
    return json.dumps(body, separators=(",", ":"))
