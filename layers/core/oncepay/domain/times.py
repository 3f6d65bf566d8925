"""Times on the wire: RFC 3339 in UTC, of fixed width, so that they sort as strings."""

import re
from datetime import UTC, datetime
from functools import lru_cache

from oncepay.domain.errors import InvalidRequest

_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:(\.\d{1,6})\d*)?(Z|[+-]\d\d:[0-5]\d)",
    re.ASCII | re.IGNORECASE,
)

_WIDTH = len("2026-11-21T04:12:33.123456")


@lru_cache(maxsize=16)  # One call writes the same time into many places.
def format_time(moment: datetime) -> str:
    """`2026-11-21T04:12:33.123456Z`: always microseconds, always Z."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone means nothing")
    return f"{moment.astimezone(UTC).isoformat(timespec='microseconds')[:_WIDTH]}Z"


def parse_time(text: str, *, param: str) -> datetime:
    """Read an RFC 3339 time in any zone as UTC, to the microsecond; what is finer is cut off.

    Raises:
        InvalidRequest: naming `param`, if it is not one.
    """
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise InvalidRequest(
            f"{param} must be an RFC 3339 time, such as 2026-11-21T04:12:33Z"
            " (in a URL, the + of a zone is written %2B)",
            param=param,
        )
    second, fraction, zone = match.groups(default="")
    try:
        return datetime.fromisoformat(f"{second}{fraction}{zone}".upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidRequest(f"{param} is not a time that exists", param=param) from None


def from_stored(text: str) -> datetime:
    """Read back what `format_time` wrote."""
    return datetime.fromisoformat(text)
