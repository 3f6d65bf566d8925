"""How is an error said over HTTP? RFC 9457 problem+json, one code per error, one status per
code.
"""

import json
from dataclasses import dataclass
from http import HTTPStatus

from oncepay.domain.errors import PaymentsError
from oncepay.domain.failure import Failure
from oncepay.domain.idempotency import Answer
from oncepay.domain.payment import Payment

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:oncepay:problem:"

STATUS_OF_CODE: dict[str, int] = {
    "invalid_request": 400,
    "idempotency_key_missing": 400,
    "invalid_signature": 400,
    "unauthorized": 401,
    "insufficient_funds": 402,
    "card_declined": 402,
    "forbidden": 403,
    "not_found": 404,
    "request_in_progress": 409,
    "invalid_transition": 409,
    "payload_too_large": 413,
    "unsupported_media_type": 415,
    "idempotency_key_reused": 422,
    "amount_too_large": 422,
    "amount_exceeds_captured": 422,
    "amount_exceeds_authorized": 422,
    "currency_not_supported": 422,
    "deposit_below_minimum": 422,
    "card_data_refused": 422,
    "rate_limited": 429,
    "internal_error": 500,
    "processor_unavailable": 502,
    "outcome_unknown": 503,
    "service_unavailable": 503,
}

RETRY_AFTER_SECONDS = 1
RETRY_LATER = frozenset(
    {
        "request_in_progress",
        "rate_limited",
        "processor_unavailable",
        "outcome_unknown",
        "service_unavailable",
    }
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a problem arose: the request's path and id."""

    instance: str
    request_id: str


def problem(
    code: str,
    detail: str,
    place: Place,
    *,
    retryable: bool = False,
    param: str | None = None,
    payment_id: str | None = None,
) -> Answer:
    """A problem document; optional members are left out when they say nothing."""
    status = STATUS_OF_CODE[code]
    members: dict[str, object] = {
        "type": TYPE_PREFIX + code,
        "title": title_of(status),
        "status": status,
        "detail": detail,
        "instance": place.instance,
        "code": code,
    }
    if param is not None:
        members["param"] = param
    if payment_id is not None:
        members["payment_id"] = payment_id
    members["request_id"] = place.request_id
    members["retryable"] = retryable
    return Answer(status, json.dumps(members, ensure_ascii=False, separators=(",", ":")))


def problem_of(error: PaymentsError, place: Place) -> Answer:
    """The answer to an error of the tree."""
    return problem(error.code, error.detail, place, retryable=error.retryable, param=error.param)


def problem_of_decline(payment: Payment, place: Place) -> Answer:
    """The 402 of a declined payment."""
    if payment.failure is None:
        raise ValueError("a declined payment says why")
    return problem_of_failure(payment.failure, payment.id, place)


def problem_of_failure(failure: Failure, payment_id: str, place: Place) -> Answer:
    """A 402: the balance is short, or the processor would not, whatever its own word for it."""
    if failure.code == "insufficient_funds":
        return problem(failure.code, failure.message, place, payment_id=payment_id)
    return problem("card_declined", failure.message, place, payment_id=payment_id)


def headers_of(code: str) -> dict[str, str]:
    """Headers that go with a code."""
    headers: dict[str, str] = {}
    if code in RETRY_LATER:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if code == "rate_limited":
        # The limit that was met is DynamoDB's, whose size nobody knows; what is left is known:
        # nothing.
        headers["RateLimit"] = f'"storage";r=0;t={RETRY_AFTER_SECONDS}'
    return headers


def title_of(status: int) -> str:
    """The standard words of a status."""
    return HTTPStatus(status).phrase
