"""Is the verified body of a webhook an event? What all processors' events have, read with checks:
JSON, an id, a type, a time.
"""

import json
import re
import sys
from datetime import UTC, datetime
from typing import Any, NoReturn

from oncepay.domain.errors import InvalidRequest
from oncepay.domain.inbound_event import MAX_NAME_CHARACTERS
from oncepay.domain.times import parse_time

MAX_CREATED = 253_402_300_799
"""The last second of the year 9999, the last that can be stored."""

_NAME = re.compile(rf"[!-~]{{1,{MAX_NAME_CHARACTERS}}}")


def read_text(raw_body: bytes) -> str:
    """The body, word for word.

    Raises:
        InvalidRequest: it is not UTF-8.
    """
    try:
        return raw_body.decode()
    except UnicodeDecodeError:
        raise InvalidRequest("the body is not UTF-8") from None


def read_object(payload: str) -> dict[str, Any]:
    """The JSON object that it is.

    Raises:
        InvalidRequest: it is none, or holds what can never be sent on.
    """
    try:
        value = json.loads(payload, parse_constant=_no_constant)
        # Half of a surrogate pair, anywhere, is text that can never be sent on.
        json.dumps(value, ensure_ascii=False).encode()
    except InvalidRequest:
        raise
    except RecursionError:
        raise InvalidRequest("the body is nested too deep") from None
    except UnicodeEncodeError:
        raise InvalidRequest("the body holds half of a surrogate pair") from None
    except json.JSONDecodeError as error:
        raise InvalidRequest(
            f"the body is not JSON: line {error.lineno}, column {error.colno}"
        ) from None
    except ValueError:
        # Python reads whole numbers of so many digits only.
        raise InvalidRequest(
            f"the body holds a number of more than {sys.get_int_max_str_digits()} digits"
        ) from None
    if not isinstance(value, dict):
        raise InvalidRequest("the body must be a JSON object")
    return value


def read_name(event: dict[str, Any], member: str) -> str:
    """An id or a type.

    Raises:
        InvalidRequest: it is none.
    """
    value = event.get(member)
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise InvalidRequest(
            f"{member} must be a string of 1..{MAX_NAME_CHARACTERS} visible ASCII characters",
            param=member,
        )
    return value


def read_created(value: object) -> datetime | None:
    """When it happened: seconds since 1970, or RFC 3339; None if the event does not say.

    Raises:
        InvalidRequest: it is no time.
    """
    if value is None:
        return None
    try:
        if isinstance(value, str):
            return parse_time(value, param="created")
    except InvalidRequest:
        raise _no_time() from None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_CREATED:
        raise _no_time()
    return datetime.fromtimestamp(value, UTC)


def _no_constant(name: str) -> NoReturn:
    raise InvalidRequest(f"the body holds {name}, which is not JSON")


def _no_time() -> InvalidRequest:
    return InvalidRequest(
        "created must be whole seconds since 1970, or an RFC 3339 time", param="created"
    )
