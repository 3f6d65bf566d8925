"""Why a transaction was cancelled: the first reason decides."""

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from pynamodb.exceptions import CancellationReason, PynamoDBException, TransactWriteError

from oncepay.storage.budget import LAST_ATTEMPT_SECONDS, Budget, budget_of_invocation
from oncepay.storage.failures import Failure, classify, response_code
from oncepay.storage.transactions import Refusal, read_refusal

LABELS = ["idempotency", "item", "entry", "balance"]
REASONS = {
    "-": None,
    "C": CancellationReason("ConditionalCheckFailed", raw_item={"id": {"S": "x"}}),
    "X": CancellationReason("TransactionConflict"),
    "T": CancellationReason("ThrottlingError"),
    "P": CancellationReason("ProvisionedThroughputExceeded"),
    "V": CancellationReason("ValidationError"),
    "S": CancellationReason("ItemCollectionSizeLimitExceeded"),
}


def read(pattern: str) -> Refusal | Failure:
    return read_refusal(LABELS, [REASONS[letter] for letter in pattern])


@pytest.mark.parametrize(
    ("pattern", "labels"),
    [("C---", "idempotency"), ("---C", "balance"), ("CX--", "idempotency"), ("-C-X", "item")],
)
def test_refusal__condition_first__is_an_answer(pattern: str, labels: str) -> None:
    refusal = read(pattern)
    assert isinstance(refusal, Refusal)
    assert set(refusal.refused) == {labels}
    assert refusal.item(labels) == {"id": {"S": "x"}}


@pytest.mark.parametrize("pattern", ["X---", "---T", "XC--", "X--C", "--PC", "----"])
def test_refusal__conflict_first__is_to_be_tried_again(pattern: str) -> None:
    assert read(pattern) is Failure.TURNED_AWAY


@pytest.mark.parametrize("pattern", ["V---", "C--V", "X--S"])
def test_refusal__anything_else__is_final(pattern: str) -> None:
    assert read(pattern) is Failure.FINAL


def client_error(code: str, status: int = 400) -> TransactWriteError:
    response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return TransactWriteError("x", ClientError(response, "TransactWriteItems"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (client_error("ThrottlingException"), Failure.TURNED_AWAY),
        (client_error("TransactionConflictException"), Failure.TURNED_AWAY),
        (client_error("InternalServerError", 500), Failure.LOST),
        (client_error("SomethingNew", 502), Failure.LOST),
        (client_error("TransactionInProgressException"), Failure.LOST),
        (client_error("AccessDeniedException"), Failure.FINAL),
        (TransactWriteError("x", ConnectionClosedError(endpoint_url="u")), Failure.LOST),
        (PynamoDBException("x", ValueError("bug")), Failure.FINAL),
    ],
)
def test_failure__is_classified(error: PynamoDBException, failure: Failure) -> None:
    assert classify(error) is failure


def test_failure__lost_connection__has_no_code() -> None:
    assert response_code(TransactWriteError("x", ConnectionClosedError(endpoint_url="u"))) == ""


def test_budget__waits_longer_each_time_and_stops_before_its_end() -> None:
    now, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    budget = Budget(3, clock=lambda: now[0], sleep=sleep, jitter=lambda: 1.0)
    attempt = 0
    while budget.wait_before_retry(attempt):
        attempt += 1
    assert slept == [0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.0]
    assert now[0] < 3
    assert budget.usage.retries == 7


def test_budget__of_an_invocation__leaves_time_for_the_last_attempt() -> None:
    assert LAST_ATTEMPT_SECONDS == 4.5
    assert not budget_of_invocation(4_500).wait_before_retry(0)
    assert budget_of_invocation(6_000).wait_before_retry(0)
