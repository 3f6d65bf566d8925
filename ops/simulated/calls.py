"""How does a call over HTTP look to a face of the processor, and how does it answer?"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ops.simulated.outcomes import Travel

MAX_BODY_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Call:
    """One request, read whole. Names of headers are in lower case."""

    method: str
    path: str
    idempotency_key: str | None
    body: bytes
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered, and how it travels."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    travel: Travel = Travel.PLAIN


class BadCall(Exception):
    """The call cannot be carried out; the message says what is wrong with it."""

    def __init__(self, message: str, *, status: int = 400, code: str = "invalid_request") -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def json_reply(status: int, content: Mapping[str, Any], **more: Any) -> Reply:
    """An answer in JSON; the same content is always the same bytes."""
    return Reply(status, json.dumps(content, separators=(",", ":")).encode(), **more)


def error_reply(status: int, code: str, message: str, **more: Any) -> Reply:
    """An error in the processor's words."""
    return json_reply(status, {"error": {"code": code, "message": message}, **more})


class Fields:
    """The fields of a JSON body, each taken once; what is left over is an error."""

    def __init__(self, body: bytes, *, optional: bool = False) -> None:
        try:
            read = json.loads(body) if body or not optional else {}
        except (ValueError, RecursionError):
            raise BadCall("the body is not JSON") from None
        if not isinstance(read, dict):
            raise BadCall("the body must be a JSON object")
        self._left: dict[str, Any] = read

    @classmethod
    def of(cls, read: dict[str, Any]) -> "Fields":
        """Those of an object that was read already."""
        fields = cls(b"", optional=True)
        fields._left = dict(read)
        return fields

    def text(self, name: str) -> str:
        """A text that must be there."""
        value = self._left.pop(name, None)
        if not isinstance(value, str) or not 0 < len(value) <= 2_000:
            raise BadCall(f"{name} must be a text of 1 to 2000 characters")
        return value

    def optional_text(self, name: str) -> str | None:
        """A text, or None if there is none."""
        return self.text(name) if name in self._left else None

    def whole_number(self, name: str, *, least: int, most: int) -> int:
        """A whole number that must be there."""
        value = self._left.pop(name, None)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise BadCall(f"{name} must be a whole number from {least} to {most}")
        return value

    def optional_whole_number(self, name: str, *, least: int, most: int) -> int | None:
        """A whole number, or None if there is none."""
        return self.whole_number(name, least=least, most=most) if name in self._left else None

    def optional_yes_or_no(self, name: str) -> bool | None:
        """true or false, or None if there is neither."""
        if name not in self._left:
            return None
        value = self._left.pop(name)
        if not isinstance(value, bool):
            raise BadCall(f"{name} must be true or false")
        return value

    def objects(self, name: str, *, most: int) -> "list[Fields]":
        """A list of objects, empty if there is none."""
        value = self._left.pop(name, [])
        is_one = isinstance(value, list) and len(value) <= most
        if not is_one or not all(isinstance(each, dict) for each in value):
            raise BadCall(f"{name} must be a list of at most {most} objects")
        return [Fields.of(each) for each in value]

    def optional_object(self, name: str) -> "Fields":
        """An object, empty if there is none."""
        value = self._left.pop(name, {})
        if not isinstance(value, dict):
            raise BadCall(f"{name} must be an object")
        return Fields.of(value)

    def optional_pairs(self, name: str, *, most: int) -> dict[str, str]:
        """An object of texts, empty if there is none."""
        value = self._left.pop(name, {})
        is_one = isinstance(value, dict) and len(value) <= most
        if not is_one or not all(isinstance(each, str) for each in value.values()):
            raise BadCall(f"{name} must be an object of at most {most} texts")
        return dict(value)

    def nothing_else(self) -> None:
        """Refuse what was not taken."""
        if self._left:
            raise BadCall(f"there is no field {next(iter(self._left))[:100]}")
