"""Times of processors are read as UTC, one by one and many at once."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain.settlement_formats.moments import (
    read_many_plain,
    read_many_slashed,
    read_plain,
    read_slashed,
)
from oncepay.domain.settlement_formats.row import NotAllGoodError, UnreadableCellError

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
    assert read_plain("created_utc", "2026-01-05 10:11:12") == datetime(
        2026, 1, 5, 10, 11, 12, tzinfo=UTC
    )


@given(st.lists(TIMES, min_size=1, max_size=5), OFFSETS)
def test_plain_times__in_any_zone__are_read_as_python_reads_them(some, zone):
    moments = [local.replace(tzinfo=zone) for local in some]
    offset = moments[0].isoformat()[-6:]
    texts = [str(local) for local in some]

    assert [read_plain("t", text, offset=offset) for text in texts] == moments
    assert read_many_plain(texts, offset=offset) == moments


@given(st.lists(st.tuples(TIMES, OFFSETS), min_size=1, max_size=5), st.booleans())
def test_slashed_times__in_any_zones__are_read_as_python_reads_them(some, is_one_zone):
    moments = [local.replace(tzinfo=some[0][1] if is_one_zone else zone) for local, zone in some]
    texts = [
        f"{str(moment)[:19].replace('-', '/')} {moment.isoformat()[-6:].replace(':', '')}"
        for moment in moments
    ]

    assert [read_slashed("t", text) for text in texts] == moments
    assert read_many_slashed(texts) == moments


def test_times__of_any_zone__have_utc_for_theirs():
    moments = [
        read_plain("t", "2026-01-05 09:00:00", offset="+01:00"),
        read_slashed("t", "2026/01/05 09:00:00 -0800"),
        *read_many_plain(["2026-01-05 09:00:00"], offset="+01:00"),
        *read_many_slashed(["2026/01/05 09:00:00 -0800"]),
        *read_many_slashed(["2026/01/05 09:00:00 -0800", "2026/01/05 09:00:00 +0100"]),
    ]

    assert [moment.tzinfo for moment in moments] == [UTC] * 6


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
        "2026+01+05 10:11:12",
        "2026-W01-1 10:11:12",
        "2026-01-05 10:11:\u0661\u0662",
    ],
)
def test_plain_time__of_another_form__is_refused(text):
    with pytest.raises(UnreadableCellError) as caught:
        read_plain("created_utc", text)
    with pytest.raises(NotAllGoodError):
        read_many_plain(["2026-01-05 10:11:12", text])

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
        "2026/01/05 09:00:00 08000",
        "2026-01-05 09:00:00 -0800",
        "2026/01/05 09:00 -0800",
    ],
)
def test_slashed_time__of_another_form__is_refused(text):
    with pytest.raises(UnreadableCellError) as caught:
        read_slashed("Transaction Completion Date", text)
    with pytest.raises(NotAllGoodError):
        read_many_slashed(["2026/01/05 09:00:00 -0800", text])

    assert caught.value.rule == "must be a time such as 2026/01/05 09:00:00 -0800"


@pytest.mark.parametrize(
    "text",
    ["2026-02-29 10:00:00", "2026-01-05 24:00:00", "2026-01-05 10:60:00", "0000-01-05 10:00:00"],
)
def test_time__of_the_right_form_that_does_not_exist__is_refused(text):
    with pytest.raises(UnreadableCellError) as caught:
        read_plain("t", text)
    with pytest.raises(NotAllGoodError):
        read_many_plain(["2026-01-05 10:11:12", text])

    assert caught.value.rule == "must be a time that exists"


def test_time__before_the_first_one_that_there_is__is_refused():
    with pytest.raises(UnreadableCellError) as caught:
        read_plain("t", "0001-01-01 00:00:00", offset="+01:00")
    with pytest.raises(NotAllGoodError):
        read_many_plain(["0001-01-01 00:00:00"], offset="+01:00")

    assert caught.value.rule == "must be a time that exists"
