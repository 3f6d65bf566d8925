"""When was it? Times as processors write them, read as UTC. Only the one form that a processor
writes is taken; a day or an hour that does not exist is none.

Rows are made at all times of a few days, and so the hours and what follows them are remembered
apart: to put them together takes a third of the time of reading them.
"""

import re
from datetime import UTC, datetime, timedelta

from oncepay.domain.settlement_formats.row import UnreadableCellError

_DAY_AND_HOUR, _ALL = 13, 19
"""Characters of `2026-01-05 10`, and of `2026-01-05 10:00:00`."""

_PLAIN = re.compile(r"[0-9]{4}(?:-[0-9]{2}){2} [0-9]{2}(?::[0-9]{2}){2}", re.ASCII).fullmatch
_SLASHED = re.compile(
    r"[0-9]{4}(?:/[0-9]{2}){2} [0-9]{2}(?::[0-9]{2}){2} [+-][0-9]{4}", re.ASCII
).fullmatch

_MAX_REMEMBERED = 10_000
"""Hours; of what follows them there are 3,600."""


class Moments:
    """Reads the times of one file."""

    def __init__(self) -> None:
        self._hours: dict[str, datetime] = {}
        self._rests: dict[str, timedelta] = {}

    def read_plain(self, column: str, text: str, *, offset: str = "+00:00") -> datetime:
        """Such as `2026-01-05 10:00:00`, in a zone that is so far from UTC.

        Raises:
            UnreadableCellError: naming `column`.
        """
        hour = self._hours.get(text[:_DAY_AND_HOUR] + offset)
        rest = self._rests.get(text[_DAY_AND_HOUR:])
        if hour is not None and rest is not None:
            return hour + rest
        if _PLAIN(text) is None:
            raise UnreadableCellError(column, text, "must be a time such as 2026-01-05 10:00:00")
        return self._read(column, text, text, offset)

    def read_slashed(self, column: str, text: str) -> datetime:
        """Such as `2026/01/05 09:00:00 -0800`.

        Raises:
            UnreadableCellError: naming `column`.
        """
        hour = self._hours.get(text[:_DAY_AND_HOUR] + text[_ALL:])
        rest = self._rests.get(text[_DAY_AND_HOUR:_ALL])
        if hour is not None and rest is not None:
            return hour + rest
        if _SLASHED(text) is None:
            raise UnreadableCellError(
                column, text, "must be a time such as 2026/01/05 09:00:00 -0800"
            )
        return self._read(column, text, text[:_ALL], text[_ALL:])

    def _read(self, column: str, text: str, local: str, offset: str) -> datetime:
        """Of a text of the right form, the first time that its hour or its rest is seen."""
        try:
            moment = datetime.fromisoformat(local.replace("/", "-") + offset.strip())
            moment = moment.astimezone(UTC)
            rest = timedelta(minutes=int(local[14:16]), seconds=int(local[17:19]))
            hour = moment - rest
        except (ValueError, OverflowError):
            raise UnreadableCellError(column, text, "must be a time that exists") from None
        if len(self._hours) < _MAX_REMEMBERED:
            self._hours[local[:_DAY_AND_HOUR] + offset] = hour
        self._rests[local[_DAY_AND_HOUR:]] = rest
        return moment
