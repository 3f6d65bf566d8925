"""What does a request say? Fields are taken out one by one, each with its rule; what is left over
is refused.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Self
from urllib.parse import urlsplit

from oncepay.domain.currencies import require_currency
from oncepay.domain.errors import InvalidRequest
from oncepay.domain.money import MAX_AMOUNT_MINOR, require_amount
from oncepay.domain.times import parse_time

_VISIBLE = re.compile(r"[!-~]+")
_WHOLE = re.compile(r"[0-9]{1,16}", re.ASCII)

MAX_METADATA_PAIRS = 50
MAX_METADATA_KEY = 40
MAX_METADATA_VALUE = 500
MAX_URL = 2000


class Fields:
    """The members of one JSON object, each to be taken once.

    Every `take_...` raises InvalidRequest, naming the field and its rule, unless the value fits.
    """

    def __init__(self, members: Mapping[str, Any], *, path: str = "") -> None:
        self._left = dict(members)
        self._path = path

    def take_amount(self, name: str) -> int:
        """An amount in minor units, 1..10^15; AmountTooLarge above."""
        return require_amount(self._take_required(name), param=self._named(name))

    def take_optional_amount(self, name: str) -> int | None:
        """The same, or None if it is left out."""
        return self.take_amount(name) if name in self._left else None

    def take_currency(self, name: str) -> str:
        """A currency code; CurrencyNotSupported for one that does not exist."""
        value = self._take_required(name)
        if not isinstance(value, str):
            raise self._wrong(name, "must be a string, such as USD")
        return require_currency(value, param=self._named(name))

    def take_optional_text(self, name: str, *, maximum: int, minimum: int = 0) -> str | None:
        """A string of so many characters, or None if it is left out."""
        if name not in self._left:
            return None
        return self.take_text(name, maximum=maximum, minimum=minimum)

    def take_text(self, name: str, *, maximum: int, minimum: int = 0) -> str:
        """A string of so many characters."""
        value = self._take_required(name)
        if not isinstance(value, str):
            raise self._wrong(name, "must be a string")
        if not minimum <= len(value) <= maximum:
            raise self._wrong(name, f"must have {minimum} to {maximum} characters")
        return value

    def take_choice(self, name: str, choices: Iterable[str]) -> str:
        """One of some strings."""
        value = self._take_required(name)
        allowed = tuple(choices)
        if not isinstance(value, str) or value not in allowed:
            raise self._wrong(name, f"must be one of: {', '.join(allowed)}")
        return value

    def take_optional_choice(self, name: str, choices: Iterable[str]) -> str | None:
        """The same, or None if it is left out."""
        return self.take_choice(name, choices) if name in self._left else None

    def take_object(self, name: str) -> Self:
        """An object, whose own fields are taken in turn."""
        value = self._take_required(name)
        if not isinstance(value, dict):
            raise self._wrong(name, "must be an object")
        return type(self)(value, path=f"{self._named(name)}.")

    def take_objects(self, name: str, *, maximum: int) -> list[Self]:
        """A list of objects, 1 to so many; empty if it is left out."""
        if name not in self._left:
            return []
        value = self._take_required(name)
        if not isinstance(value, list) or not 1 <= len(value) <= maximum:
            raise self._wrong(name, f"must be a list of 1 to {maximum} objects")
        found = []
        for number, member in enumerate(value):
            if not isinstance(member, dict):
                raise self._wrong(f"{name}[{number}]", "must be an object")
            found.append(type(self)(member, path=f"{self._named(name)}[{number}]."))
        return found

    def take_whole(self, name: str, *, minimum: int, maximum: int) -> int:
        """A whole number within bounds."""
        value = self._take_required(name)
        if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value <= maximum:
            raise self._wrong(name, f"must be a whole number of {minimum} to {maximum}")
        return value

    def take_url(self, name: str) -> str:
        """An address for a browser: https, or http."""
        value = self._take_required(name)
        if not isinstance(value, str) or not _is_url(value):
            raise self._wrong(
                name,
                "must be an absolute http or https URL in ASCII, without blanks, of at most "
                f"{MAX_URL} characters",
            )
        return value

    def take_metadata(self, name: str) -> dict[str, str]:
        """Up to 50 pairs of strings; empty if it is left out."""
        value = self._left.pop(name, {})
        if not isinstance(value, dict):
            raise self._wrong(name, "must be an object of strings")
        if len(value) > MAX_METADATA_PAIRS:
            raise self._wrong(name, f"must have at most {MAX_METADATA_PAIRS} pairs")
        for key, text in value.items():
            if not 1 <= len(key) <= MAX_METADATA_KEY:
                raise self._wrong(name, f"must have keys of 1 to {MAX_METADATA_KEY} characters")
            if not isinstance(text, str) or len(text) > MAX_METADATA_VALUE:
                raise self._wrong(
                    name, f"must have strings of at most {MAX_METADATA_VALUE} characters as values"
                )
        return dict(value)

    def refuse_rest(self) -> None:
        """InvalidRequest, naming the first field that nobody took."""
        for name in self._left:
            raise InvalidRequest("unknown field", param=self._named(name)[:100])

    def _take_required(self, name: str) -> object:
        if name not in self._left:
            raise self._wrong(name, "is required")
        value: object = self._left.pop(name)
        return value

    def _named(self, name: str) -> str:
        return self._path + name

    def _wrong(self, name: str, rule: str) -> InvalidRequest:
        named = self._named(name)
        return InvalidRequest(f"{named} {rule}", param=named)


def _is_url(text: str) -> bool:
    if len(text) > MAX_URL or not _VISIBLE.fullmatch(text):
        return False
    try:
        parts = urlsplit(text)
        # Looking at it is what checks it.
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


class Parameters:
    """The query parameters of a GET, each to be taken once; InvalidRequest, naming it, unless it
    fits.
    """

    def __init__(self, values: Mapping[str, list[str]]) -> None:
        for name, given in values.items():
            if len(given) > 1:
                raise InvalidRequest(f"{name[:100]} is given twice", param=name[:100])
        self._left = {name: given[0] for name, given in values.items() if given}

    def take_text(self, name: str, *, maximum: int) -> str | None:
        """A string of 1 to so many characters, or None if it is not given."""
        value = self._left.pop(name, None)
        if value is not None and not 1 <= len(value) <= maximum:
            raise InvalidRequest(f"{name} must have 1 to {maximum} characters", param=name)
        return value

    def take_choice(self, name: str, choices: Iterable[str]) -> str | None:
        """One of some strings, or None if it is not given."""
        value = self._left.pop(name, None)
        allowed = tuple(choices)
        if value is not None and value not in allowed:
            raise InvalidRequest(f"{name} must be one of: {', '.join(allowed)}", param=name)
        return value

    def take_currency(self, name: str) -> str | None:
        """A currency code, or None if it is not given."""
        value = self._left.pop(name, None)
        return None if value is None else require_currency(value, param=name)

    def take_time(self, name: str) -> datetime | None:
        """An RFC 3339 time, or None if it is not given."""
        value = self._left.pop(name, None)
        return None if value is None else parse_time(value, param=name)

    def take_whole(self, name: str, *, minimum: int, maximum: int) -> int | None:
        """A whole number within bounds, or None if it is not given."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if not _WHOLE.fullmatch(value) or not minimum <= int(value) <= maximum:
            raise InvalidRequest(
                f"{name} must be a whole number of {minimum} to {maximum}", param=name
            )
        return int(value)

    def take_amount(self, name: str) -> int | None:
        """An amount in minor units, 0..10^15, or None if it is not given."""
        return self.take_whole(name, minimum=0, maximum=MAX_AMOUNT_MINOR)

    def take_rest(self) -> dict[str, str]:
        """All that nobody took yet, for somebody else to check."""
        rest, self._left = self._left, {}
        return rest

    def refuse_rest(self) -> None:
        """InvalidRequest, naming the first parameter that nobody took."""
        for name in self._left:
            raise InvalidRequest("unknown query parameter", param=name[:100])
