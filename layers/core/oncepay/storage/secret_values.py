"""What is a secret's value? From Secrets Manager, kept five minutes: a rotated one is taken up."""

from functools import cache
from typing import TYPE_CHECKING

from oncepay.domain.errors import StorageUnavailable
from oncepay.storage.budget import CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.parameters import SecretsProvider

MAX_AGE_SECONDS = 300
ATTEMPTS = 1
"""So that it ends within the time that is kept free for one last attempt."""


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
    from botocore.config import Config

    return SecretsProvider(
        boto_config=Config(
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            read_timeout=READ_TIMEOUT_SECONDS,
            retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
        )
    )
