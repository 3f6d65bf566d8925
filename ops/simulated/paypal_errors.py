"""How does PayPal say no? Every issue that the simulated one knows, with the status, the name and
the sentence that PayPal gives it.

    {"name", "message", "debug_id", "details": [{"issue", "description", "field"?}], "links": [..]}

Source: the error pages under https://developer.paypal.com/api/payments/v2/errors/ and
https://developer.paypal.com/api/orders/v2/errors/, as of 2026-11.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from ops.simulated.calls import Reply, json_reply

_MESSAGES = {
    "INVALID_REQUEST": "Request is not well-formed, syntactically incorrect, or violates schema.",
    "RESOURCE_NOT_FOUND": "The specified resource does not exist.",
    "METHOD_NOT_SUPPORTED": "The server does not implement the requested HTTP method.",
    "UNSUPPORTED_MEDIA_TYPE": "The server does not support the request payload's media type.",
    "RESOURCE_CONFLICT": "The server has detected a conflict while processing this request.",
    "UNPROCESSABLE_ENTITY": (
        "The requested action could not be performed, semantically incorrect, or failed business"
        " validation."
    ),
    "RATE_LIMIT_REACHED": "Too many requests. Blocked due to rate limiting.",
    "INTERNAL_SERVER_ERROR": "An internal server error has occurred.",
}
_STATUSES = {
    "INVALID_REQUEST": 400,
    "RESOURCE_NOT_FOUND": 404,
    "METHOD_NOT_SUPPORTED": 405,
    "RESOURCE_CONFLICT": 409,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "UNPROCESSABLE_ENTITY": 422,
    "RATE_LIMIT_REACHED": 429,
    "INTERNAL_SERVER_ERROR": 500,
}
_ISSUES: dict[str, tuple[str, str]] = {
    "MALFORMED_REQUEST_JSON": ("INVALID_REQUEST", "The request JSON is not well formed."),
    "MISSING_REQUIRED_PARAMETER": ("INVALID_REQUEST", "A required field is missing."),
    "INVALID_PARAMETER_SYNTAX": (
        "INVALID_REQUEST",
        "The value of a field does not conform to the expected format.",
    ),
    "INVALID_PARAMETER_VALUE": ("INVALID_REQUEST", "The value of a field is invalid."),
    "INVALID_STRING_LENGTH": (
        "INVALID_REQUEST",
        "The value of a field is either too short or too long.",
    ),
    "INVALID_CURRENCY_CODE": ("INVALID_REQUEST", "Currency code is invalid."),
    "INVALID_RESOURCE_ID": (
        "RESOURCE_NOT_FOUND",
        "Specified resource ID does not exist. Please check the resource ID and try again.",
    ),
    "PREVIOUS_REQUEST_IN_PROGRESS": (
        "RESOURCE_CONFLICT",
        "A previous request on this resource is currently in progress. Please wait for some time"
        " and try again.",
    ),
    "DUPLICATE_REQUEST_ID": (
        "UNPROCESSABLE_ENTITY",
        "The value of PayPal-Request-Id was already used for another request.",
    ),
    "CURRENCY_NOT_SUPPORTED": ("UNPROCESSABLE_ENTITY", "Currency code is not supported."),
    "CANNOT_BE_ZERO_OR_NEGATIVE": (
        "UNPROCESSABLE_ENTITY",
        "Must be greater than zero. If the currency supports decimals, only two decimal place"
        " precision is supported.",
    ),
    "DECIMAL_PRECISION": (
        "UNPROCESSABLE_ENTITY",
        "If the currency supports decimals, only two decimal place precision is supported.",
    ),
    "DECIMALS_NOT_SUPPORTED": ("UNPROCESSABLE_ENTITY", "Currency does not support decimals."),
    "ACTION_DOES_NOT_MATCH_INTENT": (
        "UNPROCESSABLE_ENTITY",
        "Order was created with an intent that does not allow this action.",
    ),
    "ORDER_NOT_APPROVED": (
        "UNPROCESSABLE_ENTITY",
        "Payer has not yet approved the Order for payment. Please redirect the payer to the"
        " 'rel':'approve' url returned as part of the HATEOAS links within the Create Order call.",
    ),
    "ORDER_ALREADY_CAPTURED": (
        "UNPROCESSABLE_ENTITY",
        "Order already captured. If 'intent=CAPTURE' only one capture per order is allowed.",
    ),
    "ORDER_ALREADY_AUTHORIZED": (
        "UNPROCESSABLE_ENTITY",
        "Order already authorized. If 'intent=AUTHORIZE' only one authorization per order is"
        " allowed.",
    ),
    "PAYER_ACTION_REQUIRED": (
        "UNPROCESSABLE_ENTITY",
        "Payer needs to perform the following action before proceeding with payment.",
    ),
    "INSTRUMENT_DECLINED": (
        "UNPROCESSABLE_ENTITY",
        "The instrument presented was either declined by the processor or bank, or it can't be"
        " used for this payment.",
    ),
    "DUPLICATE_INVOICE_ID": (
        "UNPROCESSABLE_ENTITY",
        "Duplicate Invoice ID detected. To avoid a potential duplicate transaction your account"
        " setting requires that Invoice Id be unique for each transaction.",
    ),
    "AUTHORIZATION_ALREADY_CAPTURED": (
        "UNPROCESSABLE_ENTITY",
        "Authorization has already been captured.",
    ),
    "AUTHORIZATION_VOIDED": (
        "UNPROCESSABLE_ENTITY",
        "A voided authorization cannot be captured or reauthorized.",
    ),
    "AUTHORIZATION_EXPIRED": (
        "UNPROCESSABLE_ENTITY",
        "An expired authorization cannot be captured.",
    ),
    "AUTHORIZATION_DENIED": (
        "UNPROCESSABLE_ENTITY",
        "A denied authorization cannot be captured.",
    ),
    "INVALID_AUTHORIZATION_STATUS": (
        "UNPROCESSABLE_ENTITY",
        "The authorization is pending and cannot be acted on yet.",
    ),
    "AUTH_CAPTURE_CURRENCY_MISMATCH": (
        "UNPROCESSABLE_ENTITY",
        "Currency of capture must be the same as currency of authorization.",
    ),
    "MAX_CAPTURE_AMOUNT_EXCEEDED": (
        "UNPROCESSABLE_ENTITY",
        "Capture amount exceeds allowable limit.",
    ),
    "PARTIAL_CAPTURE_MUST_BE_FINAL": (
        "UNPROCESSABLE_ENTITY",
        "This one of the simulated server only: it takes one capture of an authorization, so send"
        " final_capture true with a part of the amount.",
    ),
    "PREVIOUSLY_CAPTURED": (
        "UNPROCESSABLE_ENTITY",
        "Authorization has been previously captured and hence cannot be voided.",
    ),
    "PREVIOUSLY_VOIDED": (
        "UNPROCESSABLE_ENTITY",
        "Authorization has been previously voided and hence cannot be voided again.",
    ),
    "CANNOT_BE_VOIDED": ("UNPROCESSABLE_ENTITY", "The authorization cannot be voided."),
    "CAPTURE_FULLY_REFUNDED": (
        "UNPROCESSABLE_ENTITY",
        "The capture has already been fully refunded.",
    ),
    "REFUND_AMOUNT_EXCEEDED": (
        "UNPROCESSABLE_ENTITY",
        "The refund amount must be less than or equal to the capture amount that has not yet been"
        " refunded.",
    ),
    "REFUND_CAPTURE_CURRENCY_MISMATCH": (
        "UNPROCESSABLE_ENTITY",
        "Refund must be in the same currency as the capture.",
    ),
    "REFUND_FAILED_INSUFFICIENT_FUNDS": (
        "UNPROCESSABLE_ENTITY",
        "Capture could not be refunded due to insufficient funds.",
    ),
    "PENDING_CAPTURE": (
        "UNPROCESSABLE_ENTITY",
        "Cannot initiate a refund as the capture is pending.",
    ),
    "CAPTURE_DISPUTED_PARTIAL_REFUND_NOT_ALLOWED": (
        "UNPROCESSABLE_ENTITY",
        "Refund for an amount less than the remaining transaction amount cannot be processed at"
        " this time because of an open dispute on the capture.",
    ),
    "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK": (
        "UNPROCESSABLE_ENTITY",
        "Refunds not allowed on this capture due to a chargeback on the card or bank.",
    ),
    "REFUND_NOT_ALLOWED": ("UNPROCESSABLE_ENTITY", "The capture cannot be refunded."),
}


class PayPalError(Exception):
    """The call is refused with one of the issues above.

    Args:
        issue: its word.
        why: what more there is to say about this very call.
        field: the JSON pointer of the field at fault.
        links: where the payer can go.
    """

    def __init__(
        self,
        issue: str,
        why: str = "",
        *,
        field: str | None = None,
        links: Sequence[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(issue)
        self.name, sentence = _ISSUES[issue]
        self.detail = {
            **({} if field is None else {"field": field}),
            "issue": issue,
            "description": f"{sentence} ({why})" if why else sentence,
        }
        self.links = links

    def reply(self) -> Reply:
        """As it is answered."""
        return _reply(self.name, details=[self.detail], links=self.links)


def bare_error(name: str, *, headers: Mapping[str, str] | None = None) -> Reply:
    """An error that has no issue: what the server itself says."""
    return _reply(name, details=[], links=[], headers=headers)


def token_error(status: int, error: str, description: str) -> Reply:
    """An error in OAuth's words."""
    content = {"error": error, "error_description": description}
    challenge = f'Bearer realm="PayPal", error="{error}"'
    return json_reply(status, content, headers={"WWW-Authenticate": challenge})


def _reply(
    name: str,
    *,
    details: Sequence[Mapping[str, Any]],
    links: Sequence[Mapping[str, str]],
    headers: Mapping[str, str] | None = None,
) -> Reply:
    # By this PayPal's support finds a call again. It depends on the answer alone, so that the
    # same answer is always the same bytes.
    debug_id = hashlib.sha256(repr((name, details)).encode()).hexdigest()[:13]
    content = {
        "name": name,
        "message": _MESSAGES[name],
        "debug_id": debug_id,
        "details": details,
        "links": links,
    }
    given = {"PayPal-Debug-Id": debug_id, **(headers or {})}
    return json_reply(_STATUSES[name], content, headers=given)
