"""Is a member of Stripe's JSON what it should be? Texts, ids, pages, and what is written on it.

What must be there and is not is said as `InvalidRequest` with its name.
"""

import re
from collections.abc import Mapping
from typing import Any

from oncepay.domain.errors import InvalidRequest

_IDENTIFIER = re.compile(r"[!-~]{1,255}")
_URL = re.compile(r"https?://[!-~]{1,4000}")


def as_object(value: object, name: str) -> Mapping[str, Any]:
    """The JSON object of that name.

    Raises:
        InvalidRequest: it is none.
    """
    if not isinstance(value, dict):
        raise unfit(name)
    return value


def require_kind(said: Mapping[str, Any], kind: str) -> None:
    """Raises: InvalidRequest unless it is an object of that kind."""
    if said.get("object") != kind:
        raise unfit("object")


def text_of(said: Mapping[str, Any], name: str) -> str:
    """A text that must be there.

    Raises:
        InvalidRequest: it is not.
    """
    if name not in said:
        raise InvalidRequest(f"{name} is missing", param=name)
    value = said[name]
    if not isinstance(value, str):
        raise unfit(name)
    return value


def identifier_of(said: Mapping[str, Any], name: str) -> str:
    """An id that must be there.

    Raises:
        InvalidRequest: it is not.
    """
    value = text_of(said, name)
    if not _IDENTIFIER.fullmatch(value):
        raise unfit(name)
    return value


def url_of(said: Mapping[str, Any]) -> str:
    """The address of a page, in a member of that name.

    Raises:
        InvalidRequest: it is none.
    """
    # It is shown to payers: nothing but a page.
    url = text_of(said, "url")
    if not _URL.fullmatch(url):
        raise unfit("url")
    return url


def status_of(value: object) -> str | None:
    """Of an object, in Stripe's own word."""
    status = value.get("status") if isinstance(value, dict) else None
    return status if isinstance(status, str) else None


def tag_of(value: object, name: str) -> str | None:
    """What we, or somebody else, wrote on an object; None if that is no id."""
    metadata = value.get("metadata") if isinstance(value, dict) else None
    return id_of(metadata.get(name)) if isinstance(metadata, dict) else None


def id_of(value: object) -> str | None:
    """The id that is named, or that an object in full has."""
    if isinstance(value, dict):
        value = value.get("id")
    return value if isinstance(value, str) and _IDENTIFIER.fullmatch(value) else None


def unfit(name: str) -> InvalidRequest:
    """The error that names a member."""
    return InvalidRequest(f"{name} is not what it should be", param=name)
