"""How is work left for the next invocation? As a message to a queue."""

from functools import cached_property
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

from oncepay.domain.errors import StorageUnavailable

CONNECT_TIMEOUT_SECONDS = 1.0
READ_TIMEOUT_SECONDS = 2.0
ATTEMPTS = 2
_PAUSE_SECONDS = 1.0

SEND_SECONDS = ATTEMPTS * (CONNECT_TIMEOUT_SECONDS + READ_TIMEOUT_SECONDS) + _PAUSE_SECONDS
"""Sending has ended, or failed, after this long."""


class Queue:
    """An SQS queue, by its URL."""

    def __init__(self, url: str) -> None:
        self._url = url

    @cached_property
    def _client(self) -> Any:
        return get_session().create_client(
            "sqs",
            config=Config(
                connect_timeout=CONNECT_TIMEOUT_SECONDS,
                read_timeout=READ_TIMEOUT_SECONDS,
                retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
            ),
        )

    def send(self, body: str, *, delay_seconds: int = 0) -> None:
        """Send a message; a lost reply may send it twice.

        Raises:
            StorageUnavailable: it may not have been sent.
        """
        try:
            self._client.send_message(
                QueueUrl=self._url, MessageBody=body, DelaySeconds=delay_seconds
            )
        except (BotoCoreError, ClientError) as error:
            raise StorageUnavailable("the queue did not take the message") from error
