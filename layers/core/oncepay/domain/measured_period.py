"""Which time is measured? What is asked for, rounded outwards to what CloudWatch still keeps apart.

CloudWatch keeps minutes for fifteen days, five minutes for sixty-three, and hours for fifteen
months, and answers one request with so many points at most: a long time, or one long ago, is
measured in longer steps.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from oncepay.domain.errors import InvalidRequest

DEFAULT_LENGTH = timedelta(days=1)
MAX_DAYS = 455

STEP_SECONDS = ((15, 60), (63, 300), (MAX_DAYS + 1, 3600))
"""Until how many days ago steps of so many seconds are kept.

Source: Amazon CloudWatch API reference, "GetMetricData" and "MetricStat: Period", as of 2026-11.
"""

MAX_POINTS = 100_800
"""Of one request, over all of its metrics. Source: as above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `start` up to, and without, `end`, in steps of so many seconds."""

    start: datetime
    end: datetime
    step_seconds: int

    @property
    def seconds(self) -> int:
        """How long it is."""
        return int((self.end - self.start).total_seconds())


def period_of(
    start: datetime | None, end: datetime | None, *, now: datetime, metrics: int
) -> Period:
    """The period that is measured for the one that is asked for.

    Args:
        start: a day before its end if it is not given.
        end: now if it is not given, or if it has not come yet.
        now: aware, in UTC.
        metrics: how many are asked for in one request.

    Raises:
        InvalidRequest: nothing is between the two, or CloudWatch has forgotten what was then.
    """
    end = now if end is None else min(end, now)
    try:
        start = end - DEFAULT_LENGTH if start is None else start
    except OverflowError:
        raise _too_long_ago("to") from None
    if start >= end:
        raise InvalidRequest("from must be before to, and before now", param="from")
    if now - start > timedelta(days=MAX_DAYS):
        raise _too_long_ago("from")
    step = _step_seconds(start, end, now, MAX_POINTS // metrics)
    return Period(start=_floor(start, step), end=_ceiling(end, step), step_seconds=step)


def _too_long_ago(param: str) -> InvalidRequest:
    return InvalidRequest(
        f"{param} is too long ago: what was used is known for {MAX_DAYS} days", param=param
    )


def _step_seconds(start: datetime, end: datetime, now: datetime, most: int) -> int:
    # A step's width before, since the start is rounded down: it may fall over the boundary.
    age = now - start + timedelta(hours=1)
    kept = next(seconds for days, seconds in STEP_SECONDS if age <= timedelta(days=days))
    # At either end, rounding adds one.
    needed = -(-int((end - start).total_seconds() + 1) // (most - 2))
    return -(-needed // kept) * kept


def _floor(moment: datetime, seconds: int) -> datetime:
    since = int(moment.timestamp())
    return datetime.fromtimestamp(since - since % seconds, UTC)


def _ceiling(moment: datetime, seconds: int) -> datetime:
    floor = _floor(moment, seconds)
    return floor if floor == moment else floor + timedelta(seconds=seconds)
