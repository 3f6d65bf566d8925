"""Which period is measured for the one that is asked for, and which cannot be."""

from datetime import UTC, datetime, timedelta

import pytest

from oncepay.domain.errors import InvalidRequest
from oncepay.domain.measured_period import MAX_POINTS, Period, period_of

NOW = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)
METRICS = 24


def period(start: datetime | None = None, end: datetime | None = None) -> Period:
    return period_of(start, end, now=NOW, metrics=METRICS)


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


def test_nothing_asked__is_the_last_day_to_the_minute() -> None:
    assert period() == Period(
        start=datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
        end=datetime(2026, 11, 21, 12, 1, tzinfo=UTC),
        step_seconds=60,
    )


def test_end_alone__is_the_day_before_it() -> None:
    end = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    assert (period(end=end).start, period(end=end).end) == (end - timedelta(days=1), end)


def test_end_that_has_not_come__is_now() -> None:
    assert period(end=NOW + timedelta(days=3)).end == datetime(2026, 11, 21, 12, 1, tzinfo=UTC)


def test_whole_minutes__stay_as_they_are() -> None:
    start, end = datetime(2026, 11, 21, 9, 5, tzinfo=UTC), datetime(2026, 11, 21, 9, 6, tzinfo=UTC)
    assert period(start, end) == Period(start=start, end=end, step_seconds=60)
    assert period(start, end).seconds == 60


def test_part_of_a_minute__is_that_minute() -> None:
    start = datetime(2026, 11, 21, 9, 5, 59, 900_000, tzinfo=UTC)
    found = period(start, start + timedelta(milliseconds=50))
    minute = datetime(2026, 11, 21, 9, 5, tzinfo=UTC)
    assert (found.start, found.end) == (minute, minute + timedelta(minutes=1))


@pytest.mark.parametrize(
    ("start", "step"),
    [
        (ago(days=2), 60),
        # 4,200 points of each metric are all that one request is answered with.
        (ago(days=14), 300),
        (ago(days=16), 600),
        (ago(days=62), 1500),
        (ago(days=64), 3600),
        (ago(days=365), 10_800),
        (ago(days=455), 10_800),
    ],
)
def test_long_time__is_measured_in_longer_steps(start: datetime, step: int) -> None:
    assert period(start).step_seconds == step


@pytest.mark.parametrize(
    ("days", "step"),
    # An hour before the boundary, the start's rounding cannot take it over.
    [(1, 60), (14.9, 60), (15.1, 300), (62.9, 300), (63.1, 3600), (455, 3600)],
)
def test_short_time_long_ago__is_measured_in_the_steps_that_are_kept(
    days: float, step: int
) -> None:
    start = ago(days=days)
    found = period(start, start + timedelta(hours=2))
    assert found.step_seconds == step
    assert found.start.timestamp() % step == found.end.timestamp() % step == 0


@pytest.mark.parametrize("days", [0.5, 1, 2.9, 3, 14.9, 15, 40, 63, 100, 300, 455])
def test_points__are_never_more_than_one_request_is_answered_with(days: float) -> None:
    found = period(ago(days=days))
    assert found.seconds % found.step_seconds == 0
    assert found.seconds // found.step_seconds * METRICS <= MAX_POINTS
    assert found.start <= ago(days=days)
    assert found.end >= NOW


@pytest.mark.parametrize(
    ("start", "end", "param"),
    [
        (NOW, None, "from"),
        (ago(days=1), ago(days=1), "from"),
        (ago(hours=1), ago(hours=2), "from"),
        (NOW + timedelta(days=1), NOW + timedelta(days=2), "from"),
        (ago(days=456), None, "from"),
        (ago(days=456), ago(days=455.5), "from"),
        (None, ago(days=500), "from"),
        (None, datetime(1, 1, 1, tzinfo=UTC), "to"),
        (datetime(1, 1, 1, tzinfo=UTC), None, "from"),
    ],
)
def test_period_that_cannot_be_measured__is_refused_by_name(
    start: datetime | None, end: datetime | None, param: str
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        period(start, end)
    assert refused.value.param == param
