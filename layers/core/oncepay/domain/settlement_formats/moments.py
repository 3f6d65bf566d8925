"""When was it? Times as processors write them, read as UTC. Only the one form that a processor
writes is taken; a day or an hour that does not exist is none.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

from oncepay.domain.settlement_formats.row import NotAllGoodError, UnreadableCellError

_PLAIN = re.compile(r"[0-9]{4}(?:-[0-9]{2}){2} [0-9]{2}(?::[0-9]{2}){2}", re.ASCII).fullmatch
_SLASHED = re.compile(
    r"[0-9]{4}(?:/[0-9]{2}){2} [0-9]{2}(?::[0-9]{2}){2} [+-][0-9]{4}", re.ASCII
).fullmatch

# Whether all of many times are of a form is quickly seen once every digit is a nought, and every
# plus a minus: both may be before an offset. A plus elsewhere is in no time that exists.
_NOUGHTS = bytes.maketrans(b"123456789+", b"000000000-")
_PLAIN_NOUGHTS = b"0000-00-00 00:00:00\n"
_SLASHED_NOUGHTS = b"0000/00/00 00:00:00 -0000\n"
_OFFSET = 19
"""Where it begins in a time with slashes: it has a blank before it."""

_AT_UTC = "+00:00\n"


def read_plain(column: str, text: str, *, offset: str = "+00:00") -> datetime:
    """Such as `2026-01-05 10:00:00`, in a zone that is so far from UTC.

    Raises:
        UnreadableCellError: naming `column`.
    """
    if _PLAIN(text) is None:
        raise UnreadableCellError(column, text, "must be a time such as 2026-01-05 10:00:00")
    return _read(column, text, text, offset)


def read_slashed(column: str, text: str) -> datetime:
    """Such as `2026/01/05 09:00:00 -0800`.

    Raises:
        UnreadableCellError: naming `column`.
    """
    if _SLASHED(text) is None:
        raise UnreadableCellError(column, text, "must be a time such as 2026/01/05 09:00:00 -0800")
    return _read(column, text, text[:_OFFSET].replace("/", "-"), text[_OFFSET:].lstrip())


def read_many_plain(texts: Sequence[str], *, offset: str = "+00:00") -> list[datetime]:
    """Many at once.

    Raises:
        NotAllGoodError: there is one that cannot be read.
    """
    lines = "\n".join((*texts, ""))
    if not _are_all(lines, _PLAIN_NOUGHTS * len(texts)):
        raise NotAllGoodError
    return _read_many(lines.replace("\n", _AT_UTC), offset)


def read_many_slashed(texts: Sequence[str]) -> list[datetime]:
    """Many at once.

    Raises:
        NotAllGoodError: there is one that cannot be read.
    """
    lines = "\n".join((*texts, ""))
    if not _are_all(lines, _SLASHED_NOUGHTS * len(texts)):
        raise NotAllGoodError
    end = f"{texts[0][_OFFSET:]}\n"
    if lines.count(end) < len(texts):
        return [read_slashed("", text) for text in texts]
    return _read_many(lines.replace("/", "-").replace(end, _AT_UTC), end.strip())


def _read(column: str, text: str, local: str, offset: str) -> datetime:
    try:
        return datetime.fromisoformat(local + offset).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UnreadableCellError(column, text, "must be a time that exists") from None


def _read_many(lines: str, offset: str) -> list[datetime]:
    """Of lines as if they were of UTC: what they are ahead of it is taken off."""
    try:
        moments = list(map(datetime.fromisoformat, lines.split("\n")[:-1]))
        ahead = datetime.fromisoformat(f"2000-01-01 00:00:00{offset}").utcoffset()
        return [moment - ahead for moment in moments] if ahead else moments
    except (ValueError, OverflowError):
        raise NotAllGoodError from None


def _are_all(lines: str, noughts: bytes) -> bool:
    return lines.encode(errors="replace").translate(_NOUGHTS) == noughts
