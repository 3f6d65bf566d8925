"""What does a failed DynamoDB call mean: try again, give up, or nobody knows?

    TURNED_AWAY   certainly not done, and worth another try: conflicts, throttling
    LOST          perhaps done: no reply, a server error. Only byte-identical requests that carry
                  a token may be sent again
    FINAL         certainly not done, and no try will change that: a bug or a wrong deployment

A failed condition is none of these: it is an answer, and `transactions.read_refusal` reads it.
"""

from collections.abc import Sequence
from enum import Enum

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from pynamodb.exceptions import CancellationReason, PynamoDBException


class Failure(Enum):
    """See the module docstring."""

    TURNED_AWAY = "turned_away"
    LOST = "lost"
    FINAL = "final"


# Source: DynamoDB Developer Guide, "Error handling with DynamoDB" and the API reference of
# TransactWriteItems, as of 2026-11.
TURNED_AWAY_CODES = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "Throttling",
        "TransactionConflictException",
        "ReplicatedWriteConflictException",
        "LimitExceededException",
    }
)
LOST_CODES = frozenset(
    {
        "InternalServerError",
        "InternalFailure",
        "ServiceUnavailable",
        "TransactionInProgressException",
    }
)
# botocore choking on a reply: bytes that are no text, a form it does not know. Not wrapped.
UNREADABLE_REPLY = (UnicodeDecodeError, ResponseParserError)
CANCELED = "TransactionCanceledException"
CONDITION_FAILED = "ConditionalCheckFailed"
TURNED_AWAY_REASONS = frozenset(
    {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
)

_FIRST_SERVER_ERROR = 500


def classify(error: Exception) -> Failure:
    """What a failed call means, from its cause. Cancelled transactions are read elsewhere."""
    if not isinstance(error, PynamoDBException):
        return Failure.LOST if isinstance(error, UNREADABLE_REPLY) else Failure.FINAL
    cause = error.cause
    if isinstance(cause, ClientError):
        code = response_code(error)
        if code in TURNED_AWAY_CODES:
            return Failure.TURNED_AWAY
        if code in LOST_CODES or _http_status(cause) >= _FIRST_SERVER_ERROR:
            return Failure.LOST
        return Failure.FINAL
    if isinstance(cause, BotoCoreError):
        return Failure.LOST
    return Failure.FINAL


def classify_cancelled_read(reasons: Sequence[CancellationReason | None]) -> Failure:
    """A consistent picture of several items can meet a write in flight; anything else is a bug."""
    codes = {reason.code for reason in reasons if reason is not None}
    return Failure.TURNED_AWAY if codes <= TURNED_AWAY_REASONS else Failure.FINAL


def response_code(error: Exception) -> str:
    """DynamoDB's code, empty if it did not answer; PynamoDB's own property fails on a lost
    connection.
    """
    cause = getattr(error, "cause", None)
    if not isinstance(cause, ClientError):
        return ""
    return str(cause.response.get("Error", {}).get("Code", ""))


def _http_status(error: BaseException) -> int:
    # PynamoDB's own error keeps code and message only; the HTTP status is in the error that it was
    # raised from.
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ClientError):
            status = seen.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            if isinstance(status, int):
                return status
        seen = seen.__cause__
    return 0
