"""What is a secret's value? From Secrets Manager, kept five minutes: a rotated one is taken up."""

from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from oncepay.domain.errors import StorageUnavailable
from oncepay.storage.budget import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.parameters import SecretsProvider
    from botocore.config import Config

MAX_AGE_SECONDS = 300
ATTEMPTS = 1
"""So that it ends within the time that is kept free for one last attempt."""

MAX_STALE = timedelta(hours=1)
"""A value is used for this long at most while Secrets Manager does not answer."""
RETRY_AFTER_FAILURE = timedelta(seconds=30)
"""Not with every request: each would wait for the answer that does not come."""

CURRENT, PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"


def read_secret(secret_id: str) -> bytes:
    """The current value of a secret.

    Raises:
        StorageUnavailable: Secrets Manager did not give it.
    """
    # Imported here and below: most calls need no secret, and this would cost every cold start.
    from aws_lambda_powertools.utilities.parameters import GetParameterError

    try:
        value = _provider().get(secret_id, max_age=MAX_AGE_SECONDS)
    except GetParameterError as error:
        raise StorageUnavailable("a secret could not be read; try again") from error
    return str(value).encode()


@cache
def _provider() -> "SecretsProvider":
    from aws_lambda_powertools.utilities.parameters import SecretsProvider

    return SecretsProvider(boto_config=_config())


class RotatingSecret:
    """A secret that somebody else signs with, and that is rotated: its current value and the one
    before it are both valid. A value may hold several secrets, separated by blanks or new lines.

    Powertools would keep only one of the two values: its cache does not look at the version.

    Args:
        secret_id: ARN or name of the secret.
        client: of Secrets Manager; one is made at the first read if none is given.
    """

    def __init__(self, secret_id: str, client: Any = None, *, splits: bool = True) -> None:
        self._secret_id, self._splits = secret_id, splits
        self._client = client
        self._values: tuple[bytes, ...] = ()
        self._read_at: datetime | None = None
        self._next_read_at: datetime | None = None

    def read(self, now: datetime) -> tuple[bytes, ...]:
        """The secrets that are valid, kept for five minutes.

        Raises:
            StorageUnavailable: Secrets Manager did not give them, and what it gave before is more
                than an hour old.
        """
        if self._read_at and self._next_read_at and self._read_at <= now < self._next_read_at:
            return self._values
        # Imported here: whoever only reads settings needs no client.
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        try:
            values, next_read_at = self._ask(now)
        except (BotoCoreError, ClientError, ResponseParserError, UnicodeDecodeError) as error:
            if self._read_at is None or not timedelta(0) <= now - self._read_at < MAX_STALE:
                raise _unavailable() from error
            self._next_read_at = now + RETRY_AFTER_FAILURE
            return self._values
        if not values:
            raise _unavailable()
        self._values, self._read_at, self._next_read_at = values, now, next_read_at
        return values

    def _ask(self, now: datetime) -> tuple[tuple[bytes, ...], datetime]:
        """The secrets, and when to ask again."""
        from botocore.exceptions import BotoCoreError, ClientError

        # In this order: were the secret rotated in between, the other one would miss the value that
        # was current, and is still signed with.
        current = self._value(CURRENT)
        next_read_at = now + timedelta(seconds=MAX_AGE_SECONDS)
        try:
            previous = self._value(PREVIOUS)
        except self._client.exceptions.ResourceNotFoundException:
            previous = b""
        except (BotoCoreError, ClientError):
            if self._values:
                raise
            # Most events are signed with the current one: better than to refuse them all.
            previous = b""
            next_read_at = now + RETRY_AFTER_FAILURE
        if not self._splits:
            return tuple(value for value in (current, previous) if value), next_read_at
        return (*current.split(), *previous.split()), next_read_at

    def _value(self, stage: str) -> bytes:
        if self._client is None:
            self._client = _client()
        found = self._client.get_secret_value(SecretId=self._secret_id, VersionStage=stage)
        text: str | None = found.get("SecretString")
        return found.get("SecretBinary", b"") if text is None else text.encode()


def _unavailable() -> StorageUnavailable:
    return StorageUnavailable("a secret could not be read; try again")


def _client() -> Any:
    from botocore.session import get_session

    return get_session().create_client("secretsmanager", config=_config())


def _config() -> "Config":
    from botocore.config import Config

    return Config(
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
    )
