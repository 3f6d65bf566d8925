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

_PADDED: Final = "note"


def payment_body(size_bytes: int = PAYLOAD_BYTES) -> str:
    """The body of a payment from the balance, exactly that long.

    Raises:
        ValueError: it cannot be as short as that, or as long.
    """
    body = json.loads(_sample("process_payment/create_payment")["body"])
    body["amount_minor"] = AMOUNT_MINOR
    body["metadata"][_PADDED] = ""
    missing = size_bytes - len(_dumped(body))
    if missing < 0:
        raise ValueError(
            f"a payment of the sample's kind has at least {size_bytes - missing} bytes"
        )
    # A value of metadata has at most 500 characters.
    if missing > 500:
        raise ValueError(f"a payment of the sample's kind has at most {size_bytes - missing + 500}")
    body["metadata"][_PADDED] = ("leave it with the neighbour, please. " * 14)[:missing]
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
