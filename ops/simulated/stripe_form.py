"""What does a form or query say, in Stripe's bracket notation? `a[b][c]=d`, `a[]=b`, `a[0][b]=c`.

Each parameter is taken once; what is left over is unknown, and an error.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from ops.simulated.stripe_errors import StripeError

MAX_PARAMETERS = 1_000
MAX_TEXT = 5_000
MAX_METADATA, MAX_KEY, MAX_VALUE = 50, 40, 500
MAX_DIGITS = 15

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_URL = re.compile(r"https?://[!-~]+")
_PART = re.compile(r"\[([^\[\]]*)\]")
_TRUTHS = {"true": True, "false": False}


class Form:
    """The parameters of one call, or of one object among them; `at` is where it stands."""

    def __init__(self, content: Mapping[str, Any], at: str = "") -> None:
        self._left, self._at = dict(content), at

    @classmethod
    def of_text(cls, text: str) -> "Form":
        """Read a body.

        Raises: StripeError if it is none.
        """
        try:
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
        except ValueError:
            raise StripeError(400, f"Send at most {MAX_PARAMETERS} parameters.") from None
        return cls.of_pairs(pairs)

    @classmethod
    def of_pairs(cls, pairs: Iterable[tuple[str, str]]) -> "Form":
        """Read names and their values.

        Raises: StripeError if the brackets make no sense.
        """
        content: dict[str, Any] = {}
        for name, value in pairs:
            _put(content, name, value)
        return cls(content)

    def text(self, name: str) -> str:
        """A text that must be there, and not be empty.

        Raises: StripeError.
        """
        value = self.optional_text(name)
        if not value:
            param = self._param(name)
            message = f"Missing required param: {param}."
            raise StripeError(400, message, code="parameter_missing", param=param)
        return value

    def optional_text(self, name: str) -> str | None:
        """A text, or None. Raises: StripeError."""
        value = self._left.pop(name, None)
        if value is not None and not isinstance(value, str):
            raise self._invalid(name, "string")
        if value is not None and len(value) > MAX_TEXT:
            raise self._invalid(name, f"string of at most {MAX_TEXT} characters")
        return value

    def url(self, name: str) -> str | None:
        """An address, or None. Raises: StripeError."""
        text = self.optional_text(name) or None
        if text is not None and not _URL.fullmatch(text):
            raise StripeError(400, "Not a valid URL", code="url_invalid", param=self._param(name))
        return text

    def is_text(self, name: str) -> bool:
        """Whether there is a text of that name."""
        return isinstance(self._left.get(name), str)

    def number(self, name: str, *, least: int) -> int:
        """A whole number that must be there. Raises: StripeError."""
        text = self.text(name)
        if not (text.isascii() and text.isdigit()) or len(text) > MAX_DIGITS or int(text) < least:
            param = self._param(name)
            code = "parameter_invalid_integer"
            raise StripeError(400, f"Invalid integer: {text[:50]}", code=code, param=param)
        return int(text)

    def optional_number(self, name: str, *, least: int) -> int | None:
        """A whole number, or None. Raises: StripeError."""
        return self.number(name, least=least) if self._left.get(name) else None

    def truth(self, name: str) -> bool:
        """true or false; false if there is neither. Raises: StripeError."""
        text = self.optional_text(name) or "false"
        if text not in _TRUTHS:
            raise self._invalid(name, "boolean")
        return _TRUTHS[text]

    def choice(self, name: str, *among: str) -> str | None:
        """One of these, or None. Raises: StripeError."""
        text = self.optional_text(name) or None
        if text is not None and text not in among:
            raise self._invalid(name, f"one of {', '.join(among)}")
        return text

    def form(self, name: str) -> "Form":
        """An object, empty if there is none. Raises: StripeError."""
        value = self._left.pop(name, {})
        if not isinstance(value, dict):
            raise self._invalid(name, "hash")
        return Form(value, self._param(name))

    def forms(self, name: str) -> "list[Form]":
        """A list of objects, empty if there is none. Raises: StripeError."""
        value = self._left.pop(name, {})
        if not isinstance(value, dict) or not all(
            isinstance(each, dict) for each in value.values()
        ):
            raise self._invalid(name, "array of hashes")
        return [Form(each, f"{self._param(name)}[{key}]") for key, each in value.items()]

    def texts(self, name: str) -> list[str]:
        """A list of texts, empty if there is none. Raises: StripeError."""
        value = self._left.pop(name, {})
        if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
            raise self._invalid(name, "array")
        return list(value.values())

    def metadata(self) -> dict[str, str]:
        """What the caller wants to have given back. Raises: StripeError."""
        pairs = self.form("metadata")._left
        if len(pairs) > MAX_METADATA:
            raise self._invalid("metadata", f"hash of at most {MAX_METADATA} pairs")
        for key, value in pairs.items():
            if not isinstance(value, str) or len(value) > MAX_VALUE or len(key) > MAX_KEY:
                limits = f"keys of {MAX_KEY} and values of {MAX_VALUE} characters"
                raise self._invalid("metadata", f"hash of texts, {limits}")
        return {key: value for key, value in pairs.items() if value}

    def ignore(self, *names: str) -> None:
        """Take what changes nothing here."""
        for name in names:
            self._left.pop(name, None)

    def nothing_else(self) -> None:
        """Raises: StripeError if anything was not taken."""
        for name in self._left:
            param = self._param(name)
            message = f"Received unknown parameter: {param[:100]}"
            raise StripeError(400, message, code="parameter_unknown", param=param[:100])

    def _param(self, name: str) -> str:
        return f"{self._at}[{name}]" if self._at else name

    def _invalid(self, name: str, what: str) -> StripeError:
        param = self._param(name)
        return StripeError(400, f"Invalid {param[:100]}: must be a {what}", param=param[:100])


def _put(content: dict[str, Any], name: str, value: str) -> None:
    match = _NAME.fullmatch(name)
    if match is None:
        raise StripeError(400, f"Invalid parameter: {name[:100]}", param=name[:100])
    path = [match[1], *_PART.findall(match[2])]
    at = content
    for part in path[:-1]:
        # An empty pair of brackets is the next place of a list.
        at = at.setdefault(part or str(len(at)), {})
        if not isinstance(at, dict):
            raise StripeError(400, f"Invalid parameter: {name[:100]}", param=name[:100])
    at[path[-1] or str(len(at))] = value
