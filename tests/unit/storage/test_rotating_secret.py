"""A secret that is rotated: which values are valid, for how long, and what if nobody can tell."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from oncepay.domain.errors import StorageUnavailable
from oncepay.storage.secret_values import (
    CURRENT,
    PREVIOUS,
    RETRY_AFTER_FAILURE,
    RotatingSecret,
)
from tests.builders import NOW

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


class Manager:
    """Secrets Manager, counting what it is asked, failing when told to."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.exceptions = client.exceptions
        self.asked: list[str] = []
        self.failure: Exception | None = None
        self.before_previous: Callable[[], Any] = lambda: None

    def get_secret_value(self, *, SecretId: str, VersionStage: str) -> Any:  # noqa: N803 - boto3's names
        self.asked.append(VersionStage)
        if self.failure is not None:
            raise self.failure
        if VersionStage == PREVIOUS:
            self.before_previous()
        return self.client.get_secret_value(SecretId=SecretId, VersionStage=VersionStage)

    def put(self, value: str | bytes) -> None:
        kind = "SecretString" if isinstance(value, str) else "SecretBinary"
        self.client.put_secret_value(SecretId="stripe", **{kind: value})


@pytest.fixture
def manager(aws: None) -> Manager:
    client = boto3.client("secretsmanager")
    client.create_secret(Name="stripe", SecretString="one")
    return Manager(client)


@pytest.fixture
def secret(manager: Manager) -> RotatingSecret:
    return RotatingSecret("stripe", manager)


def test_secret__never_rotated__is_the_only_one(secret: RotatingSecret) -> None:
    assert secret.read(NOW) == (b"one",)


def test_secret__rotated__both_are_valid(secret: RotatingSecret, manager: Manager) -> None:
    manager.put("two")
    assert secret.read(NOW) == (b"two", b"one")


def test_secret__rotated_twice__the_first_is_no_longer_valid(
    secret: RotatingSecret, manager: Manager
) -> None:
    manager.put("two")
    manager.put("three")
    assert secret.read(NOW) == (b"three", b"two")


def test_secret__several_in_one_value__are_all_valid(
    secret: RotatingSecret, manager: Manager
) -> None:
    manager.put("  two\n\tthree four\r\n")
    assert secret.read(NOW) == (b"two", b"three", b"four", b"one")


def test_secret__put_as_bytes__is_read(secret: RotatingSecret, manager: Manager) -> None:
    manager.put(b"two\n")
    assert secret.read(NOW) == (b"two", b"one")


def test_secret__nothing_but_blanks__is_not_to_be_had(
    secret: RotatingSecret, manager: Manager
) -> None:
    manager.put(" ")
    manager.put("\n")
    with pytest.raises(StorageUnavailable):
        secret.read(NOW)


def test_secret__within_five_minutes__is_not_asked_for_again(
    secret: RotatingSecret, manager: Manager
) -> None:
    secret.read(NOW)
    manager.put("two")
    # That there is none before it is kept too.
    assert secret.read(NOW + 299 * SECOND) == (b"one",)
    assert manager.asked == [CURRENT, PREVIOUS]


def test_secret__after_five_minutes__the_new_one_is_taken_up(
    secret: RotatingSecret, manager: Manager
) -> None:
    secret.read(NOW)
    manager.put("two")
    assert secret.read(NOW + 300 * SECOND) == (b"two", b"one")


def test_secret__clock_set_back__is_asked_for_again(
    secret: RotatingSecret, manager: Manager
) -> None:
    secret.read(NOW)
    manager.put("two")
    assert secret.read(NOW - HOUR) == (b"two", b"one")


def test_secret__rotated_between_the_two_questions__the_one_that_is_signed_with_is_not_missed(
    secret: RotatingSecret, manager: Manager
) -> None:
    manager.before_previous = lambda: manager.put("two")
    assert b"one" in secret.read(NOW)


FAILURES = [
    EndpointConnectionError(endpoint_url="u"),
    ReadTimeoutError(endpoint_url="u"),
    ClientError({"Error": {"Code": "InternalServiceError"}}, "GetSecretValue"),
    ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetSecretValue"),
    ClientError({"Error": {"Code": "ThrottlingException"}}, "GetSecretValue"),
    ResponseParserError("x"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"),
]


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_secret__cannot_be_read_and_never_was__is_unavailable(
    secret: RotatingSecret, manager: Manager, failure: Exception
) -> None:
    manager.failure = failure
    with pytest.raises(StorageUnavailable) as caught:
        secret.read(NOW)
    assert caught.value.__cause__ is failure


def test_secret__that_does_not_exist__is_unavailable(manager: Manager) -> None:
    with pytest.raises(StorageUnavailable):
        RotatingSecret("other", manager).read(NOW)


def test_secret__previous_fails_at_first__the_current_one_is_used_and_it_is_asked_for_soon(
    secret: RotatingSecret, manager: Manager
) -> None:
    def fail() -> None:
        raise FAILURES[2]

    manager.put("two")
    manager.before_previous = fail
    assert secret.read(NOW) == (b"two",)
    manager.before_previous = lambda: None
    assert secret.read(NOW + RETRY_AFTER_FAILURE - SECOND) == (b"two",)
    assert secret.read(NOW + RETRY_AFTER_FAILURE) == (b"two", b"one")


def test_secret__previous_fails_later__is_not_taken_for_absent(
    secret: RotatingSecret, manager: Manager
) -> None:
    def fail() -> None:
        raise FAILURES[2]

    manager.put("two")
    secret.read(NOW)
    manager.before_previous = fail
    assert secret.read(NOW + timedelta(minutes=5)) == (b"two", b"one")


@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_secret__cannot_be_read_again__the_old_values_are_kept_for_an_hour(
    secret: RotatingSecret, manager: Manager, failure: Exception
) -> None:
    secret.read(NOW)
    manager.failure = failure
    assert secret.read(NOW + HOUR - SECOND) == (b"one",)


def test_secret__cannot_be_read_for_an_hour__is_unavailable(
    secret: RotatingSecret, manager: Manager
) -> None:
    secret.read(NOW)
    manager.failure = FAILURES[0]
    with pytest.raises(StorageUnavailable):
        secret.read(NOW + HOUR)


def test_secret__cannot_be_read_again__is_asked_for_every_half_minute_only(
    secret: RotatingSecret, manager: Manager
) -> None:
    secret.read(NOW)
    manager.failure = FAILURES[0]
    manager.asked.clear()
    for seconds in (300, 301, 329):
        secret.read(NOW + seconds * SECOND)
    assert manager.asked == [CURRENT]
    manager.failure = None
    manager.put("two")
    assert secret.read(NOW + 330 * SECOND) == (b"two", b"one")


def test_secret__read_again_after_a_failure__is_fresh_for_five_minutes(
    secret: RotatingSecret, manager: Manager
) -> None:
    secret.read(NOW)
    manager.failure = FAILURES[0]
    secret.read(NOW + 300 * SECOND)
    manager.failure = None
    secret.read(NOW + 330 * SECOND)
    manager.failure = FAILURES[0]
    assert secret.read(NOW + 330 * SECOND + HOUR - SECOND) == (b"one",)


def test_value_with_blanks__that_is_one_secret__stays_whole(manager: Manager) -> None:
    manager.put('{"client_id": "a b", "client_secret": "c"}')
    manager.put('{"client_id": "d"}\n')
    assert RotatingSecret("stripe", manager, splits=False).read(NOW) == (
        b'{"client_id": "d"}\n',
        b'{"client_id": "a b", "client_secret": "c"}',
    )


def test_value__that_is_one_secret_and_never_rotated__is_the_only_one(manager: Manager) -> None:
    assert RotatingSecret("stripe", manager, splits=False).read(NOW) == (b"one",)
