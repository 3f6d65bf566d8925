"""What does a failed DynamoDB call mean: try again, give up, or nobody knows?

    TURNED_AWAY   certainly not done, and worth another try: conflicts, throttling
    LOST          perhaps done: no reply, a server error. Only byte-identical, token-carrying
    requests may be sent again FINAL         certainly not done, and no try will change that: a bug
    or a wrong deployment

A failed condition is none of these: it is an answer, and `transactions.read_refusal` reads it.
"""

from enum import Enum

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException


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
CANCELED = "TransactionCanceledException"
CONDITION_FAILED = "ConditionalCheckFailed"
TURNED_AWAY_REASONS = frozenset(
    {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}
)

_FIRST_SERVER_ERROR = 500


def classify(error: PynamoDBException) -> Failure:
    """What a failed call means, from its cause. Cancelled transactions are read elsewhere."""
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


def response_code(error: PynamoDBException) -> str:
    """DynamoDB's code, empty if it did not answer; PynamoDB's own property fails on a lost
    connection.
    """
    cause = error.cause
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
