"""Times of processors are read as UTC, each the first time and every later time that its hour and
its minute come up.
"""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain.settlement_formats.moments import Moments
from oncepay.domain.settlement_formats.row import UnreadableCellError

# To the second, and far enough from the ends of time for every zone.
TIMES = st.integers(min_value=-(2 * 10**9), max_value=2 * 10**11).map(
    lambda seconds: (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).replace(
        tzinfo=None
    )
)
OFFSETS = st.sampled_from((-720, -480, -210, 0, 60, 330, 345, 840)).map(
    lambda minutes: timezone(timedelta(minutes=minutes))
)


def test_plain_time__without_a_zone__is_utc():
    assert Moments().read_plain("created_utc", "2026-01-05 10:11:12") == datetime(
        2026, 1, 5, 10, 11, 12, tzinfo=UTC
    )


def test_times__of_one_hour__differ_by_what_follows_it():
    moments = Moments()
    texts = [f"2026-01-05 10:{rest}" for rest in ("11:12", "11:13", "12:12", "11:12")]

    assert [moments.read_plain("t", text).strftime("%H:%M:%S") for text in texts] == [
        "10:11:12",
        "10:11:13",
        "10:12:12",
        "10:11:12",
    ]


def test_times__of_one_minute__differ_by_their_hour_and_their_day():
    moments = Moments()
    texts = ["2026-01-05 10:11:12", "2026-01-05 11:11:12", "2026-01-06 10:11:12"]
    first = moments.read_plain("t", texts[0])

    assert [moments.read_plain("t", text) - first for text in texts] == [
        timedelta(0),
        timedelta(hours=1),
        timedelta(days=1),
    ]


@given(st.lists(st.tuples(TIMES, OFFSETS), min_size=1, max_size=5))
def test_plain_times__in_any_zones__are_read_as_python_reads_them(some):
    moments = Moments()
    for local, zone in some * 2:
        moment = local.replace(tzinfo=zone)
        offset = moment.isoformat()[-6:]

        assert moments.read_plain("t", str(local), offset=offset) == moment


@given(st.lists(st.tuples(TIMES, OFFSETS), min_size=1, max_size=5))
def test_slashed_times__in_any_zones__are_read_as_python_reads_them(some):
    moments = Moments()
    for local, zone in some * 2:
        moment = local.replace(tzinfo=zone)
        text = f"{str(local).replace('-', '/')} {moment.isoformat()[-6:].replace(':', '')}"

        assert moments.read_slashed("t", text) == moment


def test_time__read_again__has_utc_for_its_zone():
    moments = Moments()
    read = [moments.read_slashed("t", "2026/01/05 09:00:00 -0800") for _ in range(2)]

    assert [moment.tzinfo for moment in read] == [UTC, UTC]


def test_time__after_more_hours_than_are_remembered__is_still_read():
    moments = Moments()
    first = datetime(2026, 1, 1, 0, 11, 12, tzinfo=UTC)
    every = [first + timedelta(hours=number) for number in range(10_002)]

    assert [moments.read_plain("t", f"{each:%Y-%m-%d %H:%M:%S}") for each in every] == every


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-05",
        "2026-01-05 10:11",
        "2026-01-05 10",
        "2026-01-05T10:11:12",
        "2026-01-05 10:11:12 ",
        " 2026-01-05 10:11:12",
        "2026-01-05 10:11:12Z",
        "2026-01-05 10:11:12.5",
        "2026/01/05 10:11:12",
        "2026-W01-1 10:11:12",
        "2026-01-05 10:11:\u0661\u0662",
    ],
)
def test_plain_time__of_another_form__is_refused_though_its_hour_is_known(text):
    moments = Moments()
    moments.read_plain("t", "2026-01-05 10:11:12")

    with pytest.raises(UnreadableCellError) as caught:
        moments.read_plain("created_utc", text)

    assert (caught.value.column, caught.value.text, caught.value.rule) == (
        "created_utc",
        text,
        "must be a time such as 2026-01-05 10:00:00",
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026/01/05 09:00:00",
        "2026/01/05 09:00:00-0800",
        "2026/01/05 09:00:00 -08:00",
        "2026/01/05 09:00:00 -0800 ",
        "2026/01/05 09:00:00 PST",
        "2026-01-05 09:00:00 -0800",
        "2026/01/05 09:00 -0800",
    ],
)
def test_slashed_time__of_another_form__is_refused_though_its_hour_is_known(text):
    moments = Moments()
    moments.read_slashed("t", "2026/01/05 09:00:00 -0800")

    with pytest.raises(UnreadableCellError) as caught:
        moments.read_slashed("Transaction Completion Date", text)

    assert caught.value.rule == "must be a time such as 2026/01/05 09:00:00 -0800"


@pytest.mark.parametrize(
    "text",
    ["2026-02-29 10:00:00", "2026-01-05 24:00:00", "2026-01-05 10:60:00", "0000-01-05 10:00:00"],
)
def test_time__of_the_right_form_that_does_not_exist__is_refused(text):
    with pytest.raises(UnreadableCellError) as caught:
        Moments().read_plain("t", text)

    assert caught.value.rule == "must be a time that exists"


def test_time__before_the_first_one_that_there_is__is_refused():
    with pytest.raises(UnreadableCellError) as caught:
        Moments().read_plain("t", "0001-01-01 00:00:00", offset="+01:00")

    assert caught.value.rule == "must be a time that exists"
