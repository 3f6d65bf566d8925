"""What Stripe says: read if it is an event, refused by name if it is not."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncepay.domain.errors import InvalidRequest
from oncepay.domain.inbound_event import EventStatus, InboundEvent
from oncepay.processors.stripe_event import read_event
from tests.builders import NOW
from tests.stripe_events import an_event_of_stripe


def read(body: str | bytes) -> InboundEvent:
    raw = body if isinstance(body, bytes) else body.encode()
    return read_event(raw, received_at=NOW).event


def refusal_of(body: str | bytes) -> tuple[str, str | None]:
    with pytest.raises(InvalidRequest) as caught:
        read(body)
    return caught.value.detail, caught.value.param


def test_event__is_read_and_kept_word_for_word() -> None:
    body = "\n" + an_event_of_stripe(type="charge.refunded") + " "
    event = read(body)
    assert event.id == "stripe#evt_1"
    assert (event.event_id, event.type) == ("evt_1", "charge.refunded")
    assert event.created == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert event.livemode is False
    assert event.payload == body
    assert (event.received_at, event.status) == (NOW, EventStatus.RECEIVED)


def test_event__is_kept_for_thirty_days() -> None:
    assert read(an_event_of_stripe()).expires_at == int(NOW.timestamp()) + 30 * 86_400


def test_thin_event__has_what_is_read_too() -> None:
    event = read(
        an_event_of_stripe(
            object="v2.core.event",
            created="2024-09-17T06:20:52.246Z",
            type="v1.billing.meter.error_report_triggered",
            data=None,
        )
    )
    assert event.type == "v1.billing.meter.error_report_triggered"
    assert event.created == datetime(2024, 9, 17, 6, 20, 52, 246_000, tzinfo=UTC)


def test_event__of_an_unknown_type_and_without_what_may_lack__is_read() -> None:
    event = read('{"id":"evt_1","type":"something.new"}')
    assert (event.type, event.created, event.livemode) == ("something.new", None, None)


@pytest.mark.parametrize("member", ["id", "type"])
@pytest.mark.parametrize(
    "value",
    [None, "", 1, True, ["evt"], {}, "x" * 256, "with blank", "new\nline", "käse", "\x00", "\x7f"],
    ids=repr,
)
def test_name__missing_or_unfit__is_refused_by_name(member: str, value: Any) -> None:
    detail, param = refusal_of(an_event_of_stripe(**{member: value}))
    assert param == member
    assert detail == f"{member} must be a string of 1..255 visible ASCII characters"


@pytest.mark.parametrize("member", ["id", "type"])
def test_name__of_the_greatest_length__is_read(member: str) -> None:
    assert "x" * 255 in repr(read(an_event_of_stripe(**{member: "x" * 255})))


@pytest.mark.parametrize(
    "value", [-1, 1.5, 1e9, True, [], "yesterday", "", 253_402_300_800, 10**400], ids=repr
)
def test_created__no_time__is_refused_by_name(value: Any) -> None:
    assert refusal_of(an_event_of_stripe(created=value))[1] == "created"


@pytest.mark.parametrize("value", [0, 253_402_300_799])
def test_created__first_and_last_second__are_read(value: int) -> None:
    created = read(an_event_of_stripe(created=value)).created
    assert created is not None
    assert created.timestamp() == value


@pytest.mark.parametrize("value", [0, 1, "true", []])
def test_livemode__not_a_bool__is_refused_by_name(value: Any) -> None:
    assert refusal_of(an_event_of_stripe(livemode=value))[1] == "livemode"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"\xff\xfe{}", "the body is not UTF-8"),
        (an_event_of_stripe().encode("utf-16"), "the body is not UTF-8"),
        (b'{"id":"\xed\xa0\x80"}', "the body is not UTF-8"),
        (b"\xef\xbb\xbf{}", "the body is not JSON: line 1, column 1"),
        ("", "the body is not JSON: line 1, column 1"),
        ("{", "the body is not JSON: line 1, column 2"),
        ('{"id":\n"evt"} {}', "the body is not JSON: line 2, column 8"),
        ("id=evt_1", "the body is not JSON: line 1, column 1"),
        ("null", "the body must be a JSON object"),
        ("[]", "the body must be a JSON object"),
        ('"evt_1"', "the body must be a JSON object"),
        ("7", "the body must be a JSON object"),
        ('{"amount":NaN}', "the body holds NaN, which is not JSON"),
        ('{"amount":-Infinity}', "the body holds -Infinity, which is not JSON"),
        ('{"amount":' + "9" * 5_000 + "}", "the body holds a number of more than 4300 digits"),
        ("[" * 262_144, "the body is nested too deep"),
        ('{"a":' * 50_000 + "1" + "}" * 50_000, "the body is nested too deep"),
        (r'{"id":"evt_1","type":"x","a":["\ud800"]}', "the body holds half of a surrogate pair"),
        (r'{"\udfff":1}', "the body holds half of a surrogate pair"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_body__no_event__is_refused_saying_why(body: str | bytes, detail: str) -> None:
    assert refusal_of(body) == (detail, None)


def test_body__whole_surrogate_pair_and_large_numbers__are_kept() -> None:
    body = '{"id":"evt_1","type":"x","a":"\\ud83d\\ude00","b":1e999,"c":' + "9" * 4_000 + "}"
    assert read(body).payload == body


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    body=st.one_of(
        st.binary(max_size=100),
        st.text(max_size=50).map(lambda text: text.encode("utf-8", "surrogatepass")),
        JSON.map(lambda value: json.dumps(value).encode()),
        st.fixed_dictionaries({"id": JSON, "type": JSON}, optional={"created": JSON}).map(
            lambda value: json.dumps(value).encode()
        ),
    )
)
def test_anything__whatever_it_is__is_an_event_or_an_invalid_request(body: bytes) -> None:
    try:
        event = read(body)
    except InvalidRequest:
        return
    assert event.payload.encode() == body
