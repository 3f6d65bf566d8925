"""How is a settlement file read, and how are its results kept? As a stream, that very version of
it, whose end is known to be its end; results are put whole.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, BinaryIO

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

from oncepay.domain.errors import InternalError, StorageUnavailable
from oncepay.domain.settlement import Source

CONNECT_TIMEOUT_SECONDS = 1.0
READ_TIMEOUT_SECONDS = 5.0
ATTEMPTS = 1
"""Who reads a file takes it up again by itself, from where it stands."""

OPEN_SECONDS = CONNECT_TIMEOUT_SECONDS + READ_TIMEOUT_SECONDS
"""Opening has ended, or failed, after this long."""

BUFFER_BYTES = 256 * 1024

_FIRST_SERVER_ERROR = 500

# Source: Amazon S3 API reference, "Error responses", as of 2026-11. A version id that names a
# deletion is answered with MethodNotAllowed.
_GONE = frozenset({"NoSuchKey", "NoSuchVersion", "NoSuchBucket", "MethodNotAllowed"})
_OVERWRITTEN = frozenset({"PreconditionFailed"})
_BUSY = frozenset({"SlowDown", "RequestTimeout", "Throttling", "ThrottlingException"})
_NO_SUCH_VERSION_ID = frozenset({"InvalidArgument"})


class ObjectGone(Exception):
    """That version of the object is not there; `reason` says so to a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ObjectStore:
    """S3."""

    @cached_property
    def _client(self) -> Any:
        # Made at the first file, by when the environment is certain.
        return get_session().create_client(
            "s3",
            config=Config(
                connect_timeout=CONNECT_TIMEOUT_SECONDS,
                read_timeout=READ_TIMEOUT_SECONDS,
                retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
            ),
        )

    @contextmanager
    def open(self, source: Source) -> Iterator[io.RawIOBase]:
        """Open an object; reading raises StorageUnavailable if the stream breaks off.

        Raises:
            ObjectGone: it was deleted or overwritten.
            StorageUnavailable: S3 did not answer.
            InternalError: S3 refuses us, which no second try will change.
        """
        which = {"VersionId": source.version_id} if source.version_id else {}
        if source.version_id is None and source.etag is not None:
            which = {"IfMatch": source.etag}
        try:
            response = self._client.get_object(Bucket=source.bucket, Key=source.key, **which)
        except ClientError as error:
            raise _read_refusal(error) from error
        except BotoCoreError as error:
            raise StorageUnavailable("the file store did not answer") from error
        with response["Body"] as _, _Body(response["Body"]) as body:
            yield body

    def put(self, bucket: str, key: str, content: BinaryIO, content_type: str) -> None:
        """Put an object, from where its content stands, over whatever is there.

        Raises:
            StorageUnavailable: S3 did not answer.
            InternalError: S3 refuses us, which no second try will change.
        """
        try:
            self._client.put_object(Bucket=bucket, Key=key, Body=content, ContentType=content_type)
        except ClientError as error:
            code, status = _code_of(error)
            if code in _BUSY or status >= _FIRST_SERVER_ERROR:
                raise StorageUnavailable("the file store is busy") from error
            raise InternalError("the file store refused the results") from error
        except BotoCoreError as error:
            raise StorageUnavailable("the file store did not answer") from error


class _Body(io.RawIOBase):
    """The bytes of an object: an end that comes too early is an error, not an end."""

    def __init__(self, body: Any) -> None:
        super().__init__()
        self._body = body

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer; 0 at the end."""
        try:
            return int(self._body.readinto(buffer))
        except (BotoCoreError, OSError) as error:
            raise StorageUnavailable("the file broke off while it was read") from error


def _read_refusal(error: ClientError) -> Exception:
    code, status = _code_of(error)
    if code in _GONE or status == 404:
        return ObjectGone("the file is gone; it was deleted before it was read to its end")
    if code in _NO_SUCH_VERSION_ID:
        return ObjectGone("there is no such version of the file")
    if code in _OVERWRITTEN:
        return ObjectGone("the file was overwritten before it was read to its end")
    if code in _BUSY or status >= _FIRST_SERVER_ERROR:
        return StorageUnavailable("the file store is busy")
    return InternalError("the file store refused the request")


def _code_of(error: ClientError) -> tuple[str, int]:
    code = str(error.response.get("Error", {}).get("Code", ""))
    return code, int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
