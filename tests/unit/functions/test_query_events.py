"""The HTTP side of events that are read: whose they are, by which key, page by page."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oncepay.domain.inbound_event import Provider
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from tests.builders import MERCHANT, STRANGER
from tests.events import Reply, an_authorizer, an_operator
from tests.stored_events import PAYMENT, StoredEvents
from tests.unit.functions.conftest import Send
from tests.unit.functions.test_process_payment import assert_problem

OPERATOR = an_operator(scopes="events:read")
HOUR = timedelta(hours=1)


@pytest.fixture
def stored(database: Database) -> StoredEvents:
    return StoredEvents(database, Budget(9))


def ids_of(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.text
    return [event["provider_event_id"] for event in reply.json["data"]]


def listed(query: Send, /, **more: Any) -> list[str]:
    return ids_of(query("GET", "/v1/events", **more))


def one(query: Send, event_id: str, **more: Any) -> Reply:
    return query("GET", "/v1/events/{id}", parameters={"id": event_id}, **more)


def pages(query: Send, limit: int, **more: Any) -> Iterator[list[str]]:
    """The ids of each page, to the end."""
    cursor: list[str] = []
    while True:
        asked = {"limit": [str(limit)]} | ({"cursor": cursor} if cursor else {})
        reply = query("GET", "/v1/events", query=asked, **more)
        yield ids_of(reply)
        if not reply.json["has_more"]:
            assert reply.json["next_cursor"] is None
            return
        cursor = [reply.json["next_cursor"]]


def test_event__has_exactly_the_fields_of_the_contract(query: Send, stored: StoredEvents) -> None:
    received_at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    stored.put("evt_1", merchant_id=MERCHANT, received_at=received_at)
    reply = one(query, "simulated:evt_1")
    assert reply.status == 200
    assert reply.json == {
        "id": "simulated:evt_1",
        "object": "event",
        "direction": "inbound",
        "provider": "simulated",
        "provider_event_id": "evt_1",
        "type": "charge.succeeded",
        "status": "applied",
        "reason": None,
        "payment_id": PAYMENT,
        "livemode": False,
        "occurred_at": None,
        "received_at": "2026-11-21T12:00:00.000000Z",
    }


def test_event__in_the_list__is_the_same_as_by_its_id(query: Send, stored: StoredEvents) -> None:
    stored.put("evt_1", merchant_id=MERCHANT)
    (shown,) = query("GET", "/v1/events").json["data"]
    assert shown == one(query, shown["id"]).json


def test_event__that_waits__says_why_to_the_operator(query: Send, stored: StoredEvents) -> None:
    stored.put("evt_1", provider=Provider.STRIPE)
    reply = one(query, "stripe:evt_1", authorizer=OPERATOR)
    assert (reply.json["status"], reply.json["reason"], reply.json["payment_id"]) == (
        "unmatched",
        "no such payment is known",
        None,
    )


@pytest.mark.parametrize("event_id", ["WH-58D329510W468432D-8HN650336L201105X", "e:v/t#1 %3A~"])
def test_event__whatever_its_processor_calls_it__is_found(
    query: Send, stored: StoredEvents, event_id: str
) -> None:
    event = stored.put(event_id, merchant_id=MERCHANT, provider=Provider.PAYPAL)
    assert one(query, event.public_id).json["provider_event_id"] == event_id
    assert listed(query) == [event_id]


def test_list__is_the_merchant_s_own__newest_first(query: Send, stored: StoredEvents) -> None:
    now = datetime.now(UTC)
    for number, owner in enumerate([MERCHANT, STRANGER, None, MERCHANT], start=1):
        stored.put(f"evt_{number}", merchant_id=owner, received_at=now - number * HOUR)
    assert listed(query) == ["evt_1", "evt_4"]
    assert listed(query, authorizer=an_authorizer(merchant_id=STRANGER)) == ["evt_2"]


def test_list__of_the_operator__is_of_those_that_are_nobody_s(
    query: Send, stored: StoredEvents
) -> None:
    stored.put("evt_1", merchant_id=MERCHANT)
    stored.put("evt_2")
    assert listed(query, authorizer=OPERATOR) == ["evt_2"]


def test_event__of_a_merchant__may_be_read_by_the_operator_by_its_id(
    query: Send, stored: StoredEvents
) -> None:
    stored.put("evt_1", merchant_id=MERCHANT)
    assert one(query, "simulated:evt_1", authorizer=OPERATOR).status == 200


@pytest.mark.parametrize("owner", [STRANGER, None], ids=["another's", "nobody's"])
def test_event__that_is_not_yours__is_the_same_404_as_none(
    query: Send, stored: StoredEvents, owner: str | None
) -> None:
    stored.put("evt_1", merchant_id=owner)
    reply, none = one(query, "simulated:evt_1"), one(query, "simulated:evt_2")
    assert_problem(reply, 404, "not_found")
    assert reply.json | {"instance": ""} == none.json | {"instance": ""}


@pytest.mark.parametrize("event_id", ["evt_1", "adyen:evt_1", "simulated:", ":evt_1", "simulated"])
def test_event__by_what_can_be_no_id__is_404(
    query: Send, stored: StoredEvents, event_id: str
) -> None:
    stored.put("evt_1", merchant_id=MERCHANT)
    assert_problem(one(query, event_id), 404, "not_found")


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_list__by_pages__shows_each_once_over_several_days(
    query: Send, stored: StoredEvents, limit: int
) -> None:
    now = datetime.now(UTC)
    ages = [0, 1, 2, 23, 24, 25, 70, 71, 500]
    for age in ages:
        stored.put(f"evt_{age}", merchant_id=MERCHANT, received_at=now - age * HOUR)
        stored.put(f"evt_of_another_{age}", merchant_id=STRANGER, received_at=now - age * HOUR)
    found = list(pages(query, limit))
    assert [each for page in found for each in page] == [f"evt_{age}" for age in ages]
    assert max(map(len, found)) <= limit


def test_list__of_the_same_moment__shows_each_once(query: Send, stored: StoredEvents) -> None:
    now = datetime.now(UTC)
    for number in range(5):
        stored.put(f"evt_{number}", received_at=now)
    found = [each for page in pages(query, 2, authorizer=OPERATOR) for each in page]
    assert found == [f"evt_{number}" for number in (4, 3, 2, 1, 0)]


def test_list__what_waits_for_long__is_still_in_it(query: Send, stored: StoredEvents) -> None:
    stored.put("evt_1", received_at=datetime.now(UTC) - timedelta(days=58))
    found = [each for page in pages(query, 20, authorizer=OPERATOR) for each in page]
    assert found == ["evt_1"]


def test_cursor__of_another_owner__is_refused(query: Send, stored: StoredEvents) -> None:
    for number in range(2):
        stored.put(f"evt_{number}", merchant_id=MERCHANT)
    cursor = query("GET", "/v1/events", query={"limit": ["1"]}).json["next_cursor"]
    asked = {"limit": ["1"], "cursor": [cursor]}
    for other in (an_authorizer(merchant_id=STRANGER), OPERATOR):
        reply = query("GET", "/v1/events", query=asked, authorizer=other)
        assert_problem(reply, 400, "invalid_request")
        assert reply.json["param"] == "cursor"
    assert len(listed(query, query=asked)) == 1


def test_cursor__of_another_list__is_refused(query: Send, stored: StoredEvents) -> None:
    for number in range(2):
        stored.put(f"evt_{number}", merchant_id=MERCHANT)
    cursor = query("GET", "/v1/events", query={"limit": ["1"]}).json["next_cursor"]
    reply = query("GET", "/v1/payments", query={"cursor": [cursor]})
    assert (reply.status, reply.json["param"]) == (400, "cursor")


@pytest.mark.parametrize(
    ("name", "value"), [("limit", "0"), ("limit", "101"), ("status", "applied"), ("cursor", "x")]
)
def test_parameter__bad_or_unknown__is_refused_by_name(query: Send, name: str, value: str) -> None:
    reply = query("GET", "/v1/events", query={name: [value]})
    assert_problem(reply, 400, "invalid_request")
    assert reply.json["param"] == name


@pytest.mark.parametrize("event_id", [None, "simulated:evt_1"], ids=["list", "one"])
@pytest.mark.parametrize(
    "caller",
    [an_authorizer(scopes="payments:read"), an_operator(scopes="settlements:read")],
    ids=["merchant", "operator"],
)
def test_scope__is_asked_for(query: Send, caller: dict[str, str], event_id: str | None) -> None:
    if event_id is None:
        reply = query("GET", "/v1/events", authorizer=caller)
    else:
        reply = one(query, event_id, authorizer=caller)
    assert_problem(reply, 403, "forbidden")


def test_events__without_a_key__are_401(query: Send) -> None:
    assert_problem(query("GET", "/v1/events", authorizer={}), 401, "unauthorized")
