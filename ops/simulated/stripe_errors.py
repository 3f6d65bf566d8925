"""How does Stripe say that something went wrong? By a status, and an error with a type and a code.

Source: https://docs.stripe.com/api/errors and https://docs.stripe.com/error-codes, as of 2026-11.
"""

from collections.abc import Mapping
from typing import Any

from ops.simulated.calls import Reply, json_reply
from ops.simulated.records import Reason

INVALID_REQUEST, CARD_ERROR = "invalid_request_error", "card_error"
API_ERROR, IDEMPOTENCY_ERROR = "api_error", "idempotency_error"

_CODES = {
    "authentication_failed": "payment_intent_authentication_failure",
    "authentication_required": "authentication_required",
    "expired_card": "expired_card",
    "incorrect_cvc": "incorrect_cvc",
    "incorrect_number": "incorrect_number",
    "invalid_expiry_month": "invalid_expiry_month",
    "invalid_expiry_year": "invalid_expiry_year",
    "processing_error": "processing_error",
}
"""Reasons that have a code of their own; all others are told under `card_declined`."""

IN_USE = (
    "There is currently another in-progress request using this Stripe-Idempotency-Key."
    " Please try again later."
)


class StripeError(Exception):
    """What is answered instead of an object; what is None is left out."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = INVALID_REQUEST,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status, self.kind, self.message, self.more = status, kind, message, more

    def reply(self) -> Reply:
        """As it is answered."""
        given = {name: value for name, value in self.more.items() if value is not None}
        error = {**given, "message": self.message, "type": self.kind}
        return json_reply(self.status, {"error": error})


def missing(kind: str, name: str, param: str, *, status: int = 404) -> StripeError:
    """There is no such thing."""
    message = f"No such {kind}: '{name[:100]}'"
    return StripeError(status, message, code="resource_missing", param=param)


def write_decline(reason: Reason) -> dict[str, Any]:
    """Why the payer's bank said no, as it is in an error and in a payment intent."""
    return {
        "code": _CODES.get(reason.code, "card_declined"),
        "decline_code": reason.code,
        "message": f"Your card was declined: {reason.message}.",
    }


def card_error(reason: Reason, payment_intent: Mapping[str, Any]) -> StripeError:
    """The payer's bank said no."""
    said = write_decline(reason)
    message = str(said.pop("message"))
    return StripeError(
        402,
        message,
        kind=CARD_ERROR,
        **said,
        charge=payment_intent["latest_charge"],
        payment_intent=dict(payment_intent),
    )
