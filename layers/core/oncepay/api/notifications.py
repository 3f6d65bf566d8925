"""Which files does S3 announce? Its event notifications, as the body of a queue's message or as
they are.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from oncepay.domain.settlement import Source

_TEST_EVENT = "s3:TestEvent"
_CREATED = "ObjectCreated:"


class NotANotification(Exception):
    """The message is nothing that S3 sends; it says what is wrong, and quotes nothing."""


@dataclass(frozen=True, slots=True)
class AnnouncedFile:
    """A file that was put into the bucket.

    Attributes:
        source: which version of which object.
        message: a notification of this file alone, to be sent again.
    """

    source: Source
    message: str


def read_message(body: str) -> list[AnnouncedFile]:
    """The files of a message's body.

    Raises:
        NotANotification: if it is not S3's.
    """
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        raise NotANotification("the message is not JSON") from None
    return read_notification(event)


def read_notification(event: object) -> list[AnnouncedFile]:
    """The files of a notification; none for S3's test, for deletions and for folders.

    Raises:
        NotANotification: if it is not S3's.
    """
    if not isinstance(event, Mapping):
        raise NotANotification("a notification is a JSON object")
    if event.get("Event") == _TEST_EVENT:
        return []
    records = event.get("Records")
    if not isinstance(records, list) or not records:
        raise NotANotification("a notification has Records")
    files = [_read_record(record) for record in records]
    return [file for file in files if file is not None]


def _read_record(record: object) -> AnnouncedFile | None:
    if not isinstance(record, Mapping) or record.get("eventSource") != "aws:s3":
        raise NotANotification("a record of a notification is of aws:s3")
    if not _text(record, "eventName", "eventName").removeprefix("s3:").startswith(_CREATED):
        return None
    s3 = _object(record, "s3", "s3")
    bucket = _text(_object(s3, "bucket", "s3.bucket"), "name", "s3.bucket.name")
    stored = _object(s3, "object", "s3.object")
    key = _key(_text(stored, "key", "s3.object.key"))
    # The console makes a folder by an empty object.
    if key.endswith("/"):
        return None
    source = Source(
        bucket=bucket,
        key=key,
        version_id=_version_id(stored),
        etag=_optional_text(stored, "eTag", "s3.object.eTag"),
    )
    if source.version_id is None and source.etag is None:
        raise NotANotification("a file is announced with its versionId or its eTag")
    return AnnouncedFile(source, json.dumps({"Records": [dict(record)]}))


def _key(written: str) -> str:
    # S3 writes keys as a form does: a blank is a plus, a plus is %2B.
    try:
        key = unquote_plus(written, errors="strict")
        key.encode()
    except UnicodeError:
        raise NotANotification("s3.object.key is UTF-8, written as a form does") from None
    return key


def _version_id(stored: Mapping[str, Any]) -> str | None:
    # "null" is every version of a bucket that keeps none: only the ETag tells them apart.
    version_id = _optional_text(stored, "versionId", "s3.object.versionId")
    return None if version_id == "null" else version_id


def _object(parent: Mapping[str, Any], name: str, path: str) -> Mapping[str, Any]:
    value = parent.get(name)
    if not isinstance(value, Mapping):
        raise NotANotification(f"a record of a notification has {path}")
    return value


def _text(parent: Mapping[str, Any], name: str, path: str) -> str:
    value = parent.get(name)
    if not isinstance(value, str) or not value:
        raise NotANotification(f"a record of a notification has {path}")
    return value


def _optional_text(parent: Mapping[str, Any], name: str, path: str) -> str | None:
    return None if parent.get(name) in (None, "") else _text(parent, name, path).strip('"')
