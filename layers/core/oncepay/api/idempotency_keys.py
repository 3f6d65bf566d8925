"""Which key does a request carry? In its header, or in its body; quoted or bare."""

import re
from typing import Any

from oncepay.domain.errors import IdempotencyKeyMissing, InvalidRequest

HEADER = "Idempotency-Key"
BODY_FIELD = "idempotency_key"
MAX_CHARACTERS = 255

_PRINTABLE_ASCII = re.compile(r"[\x20-\x7e]*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\["\\])*)"')


def idempotency_key_of(header_values: list[str], body: dict[str, Any]) -> str:
    """The key of a request.

    Args:
        header_values: of every Idempotency-Key header sent.
        body: the parsed body.

    Raises:
        IdempotencyKeyMissing: neither header nor body has one, or it is empty.
        InvalidRequest: too long, not printable ASCII, not a string, or two that differ.
    """
    keys = {_read(value, param=HEADER) for value in header_values}
    if BODY_FIELD in body:
        value = body[BODY_FIELD]
        if not isinstance(value, str):
            raise InvalidRequest(f"{BODY_FIELD} must be a string", param=BODY_FIELD)
        keys.add(_read(value, param=BODY_FIELD))
    if not keys:
        raise IdempotencyKeyMissing(
            f"send a header {HEADER} of 1 to {MAX_CHARACTERS} printable ASCII characters",
            param=HEADER,
        )
    if len(keys) > 1:
        raise InvalidRequest("two different idempotency keys are given", param=HEADER)
    return keys.pop()


def _read(text: str, *, param: str) -> str:
    trimmed = text.strip(" \t")
    quoted = _QUOTED.fullmatch(trimmed)
    key = re.sub(r"\\(.)", r"\1", quoted.group(1)) if quoted else trimmed
    if not key:
        raise IdempotencyKeyMissing(f"{param} is empty", param=param)
    if len(key) > MAX_CHARACTERS or not _PRINTABLE_ASCII.fullmatch(key):
        raise InvalidRequest(
            f"{param} must have 1 to {MAX_CHARACTERS} printable ASCII characters", param=param
        )
    return key
