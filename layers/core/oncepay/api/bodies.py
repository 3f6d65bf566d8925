"""Is this body JSON that we read? Strict: one object, no name twice, no NaN, no depth, no card
data.

Everything is checked before any field is looked at, so that no rule depends on where a client hides
something.
"""

import base64
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NoReturn

from oncepay.domain.card_data import holds_card_number, is_card_field
from oncepay.domain.errors import (
    CardDataRefused,
    InvalidRequest,
    PayloadTooLarge,
    UnsupportedMediaType,
)

MAX_BODY_BYTES = 1_048_576
MAX_DEPTH = 5
"""Levels of objects and arrays, the outermost counted."""

MAX_PARAM = 100
"""Characters of a field's name that are said back."""

SHORT_NAME = 40
KNOWN_NAMES = 512
"""Names of fields are the same ones again and again: what was found of so many short ones is
remembered."""

REFUSED_CARD = "card data is not accepted; send a token instead"

_canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode
_is_known_card_field = lru_cache(KNOWN_NAMES)(is_card_field)
_MEDIA_TYPE = re.compile(r'application/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?;?', re.IGNORECASE)


def require_json(content_type: str | None, content_encoding: str | None) -> None:
    """Check the headers of a body; no Content-Type at all is taken for JSON.

    Raises:
        UnsupportedMediaType: for anything but JSON in UTF-8, or a compressed body.
    """
    if content_type is not None and not _MEDIA_TYPE.fullmatch(content_type.strip()):
        raise UnsupportedMediaType(
            "the body must be application/json in UTF-8", param="Content-Type"
        )
    if content_encoding is not None and content_encoding.strip().lower() != "identity":
        raise UnsupportedMediaType("the body must not be compressed", param="Content-Encoding")


def decode_body(body: str | None, *, is_base64: bool) -> str:
    """The text of the body as API Gateway hands it over.

    Raises:
        PayloadTooLarge: over 1 MiB.
        InvalidRequest: not UTF-8.
    """
    try:
        return decode_bytes(body, is_base64=is_base64, maximum=MAX_BODY_BYTES).decode()
    except UnicodeDecodeError:
        raise InvalidRequest("the body is not UTF-8") from None


def decode_bytes(body: str | None, *, is_base64: bool, maximum: int) -> bytes:
    """The bytes of the body, exactly as they were sent.

    Raises:
        PayloadTooLarge: more than `maximum` of them.
        InvalidRequest: not the base64 or the text that API Gateway says it is.
    """
    text = body or ""
    too_large = PayloadTooLarge(f"the body is larger than {maximum // 1024} KiB")
    # Base64 is longer than what it holds, so that this bounds the work below.
    if len(text) > 2 * maximum:
        raise too_large
    try:
        raw = base64.b64decode(text, validate=True) if is_base64 else text.encode()
    except ValueError:
        # Of base64 too: it says ValueError, not its own error, to letters that are not ASCII.
        raise InvalidRequest(
            "the body is not base64" if is_base64 else "the body is not UTF-8"
        ) from None
    if len(raw) > maximum:
        raise too_large
    return raw


def parse_object(text: str) -> dict[str, Any]:
    """Read a body as one JSON object.

    Raises:
        InvalidRequest: not JSON, not an object, a name twice, NaN, too deep, not Unicode.
        CardDataRefused: if it holds what looks like card data, anywhere.
    """
    try:
        value = json.loads(text, object_pairs_hook=_no_name_twice, parse_constant=_no_constant)
    except InvalidRequest:
        raise
    except RecursionError:
        raise InvalidRequest(f"the body is nested deeper than {MAX_DEPTH} levels") from None
    except ValueError as error:
        raise InvalidRequest(_not_json(error)) from None
    if not isinstance(value, dict):
        raise InvalidRequest("the body must be a JSON object")
    # Half of a pair can be written as an escape only: the text itself was read as UTF-8.
    _inspect(value, has_escapes="\\u" in text)
    return value


def fingerprint_of(body: Mapping[str, Any]) -> str:
    """SHA-256, in hex, of the canonical JSON without `idempotency_key`."""
    content = {name: value for name, value in body.items() if name != "idempotency_key"}
    return hashlib.sha256(_canonical(content).encode()).hexdigest()


def _inspect(value: dict[str, Any], *, has_escapes: bool) -> None:
    level: list[tuple[str, object]] = [("", value)]
    for _ in range(MAX_DEPTH):
        inner: list[tuple[str, object]] = []
        for path, container in level:
            for at, member in _members(path, container, has_escapes=has_escapes):
                if isinstance(member, str):
                    _inspect_text(member, param=at, has_escapes=has_escapes)
                elif isinstance(member, dict | list):
                    inner.append((at, member))
        level = inner
        if not level:
            return
    raise InvalidRequest(f"the body is nested deeper than {MAX_DEPTH} levels")


def _members(path: str, container: object, *, has_escapes: bool) -> Iterator[tuple[str, object]]:
    """What a container holds, each with the path to it; the names are inspected on the way."""
    if isinstance(container, dict):
        for name, member in container.items():
            _inspect_text(name, param=path or None, has_escapes=has_escapes)
            at = f"{path}.{name}" if path else name
            if _is_known_card_field(name) if len(name) <= SHORT_NAME else is_card_field(name):
                # The name is said back: it is what has to be changed, and holds no number.
                raise CardDataRefused(REFUSED_CARD, param=at[:MAX_PARAM])
            yield at, member
    elif isinstance(container, list):
        for position, member in enumerate(container):
            yield f"{path}[{position}]", member


def _inspect_text(text: str, *, param: str | None, has_escapes: bool) -> None:
    if has_escapes:
        try:
            text.encode()
        except UnicodeEncodeError:
            raise InvalidRequest("the body holds half of a surrogate pair", param=param) from None
    if holds_card_number(text):
        raise CardDataRefused(REFUSED_CARD, param=param[:MAX_PARAM] if param else None)


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        said = None if holds_card_number(twice) else twice[:MAX_PARAM]
        raise InvalidRequest("the body holds a name twice in one object", param=said)
    return found


def _no_constant(name: str) -> NoReturn:
    raise InvalidRequest(f"the body holds {name}, which is not JSON")


def _not_json(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"the body is not JSON: line {error.lineno}, column {error.colno}"
    # Python reads whole numbers of so many digits only.
    return f"the body holds a number of more than {sys.get_int_max_str_digits()} digits"
