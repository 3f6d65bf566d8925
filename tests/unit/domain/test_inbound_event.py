"""What has become of an event, when is it tried again, and when is it forgotten?"""

from datetime import timedelta
from typing import Any

import pytest

from oncepay.domain.errors import InvalidTransition
from oncepay.domain.inbound_event import (
    EventStatus,
    InboundEvent,
    Provider,
    applied,
    dismiss,
    stored_id,
    wait,
)
from tests.builders import NOW


def an_event(**overrides: Any) -> InboundEvent:
    values: dict[str, Any] = {
        "provider": Provider.SIMULATED,
        "event_id": "evt_1",
        "type": "charge.succeeded",
        "created": NOW,
        "livemode": None,
        "payload": "{}",
        "received_at": NOW,
    }
    return InboundEvent(**(values | overrides))


def test_id__is_one_for_each_event_of_each_processor() -> None:
    assert an_event().id == "simulated#evt_1"
    assert an_event(provider=Provider.STRIPE).id == "stripe#evt_1"


@pytest.mark.parametrize(
    ("attempts", "pause"),
    [
        (0, timedelta(minutes=1)),
        (4, timedelta(minutes=1)),
        (5, timedelta(hours=1)),
        (99, timedelta(hours=1)),
    ],
)
def test_event_that_waits__is_tried_again_eagerly_at_first(attempts: int, pause: timedelta) -> None:
    waiting = wait(an_event(attempts=attempts), "no such payment is known", NOW)
    assert (waiting.status, waiting.due_at) == (EventStatus.UNMATCHED, NOW + pause)
    assert (waiting.reason, waiting.attempts) == ("no such payment is known", attempts)


def test_event_that_waits__is_not_forgotten() -> None:
    assert wait(an_event(), "too early", NOW).expires_at is None


@pytest.mark.parametrize("status", [EventStatus.APPLIED, EventStatus.RECEIVED])
def test_event_that_is_done_with__waits_no_more(status: EventStatus) -> None:
    done = applied(wait(an_event(), "too early", NOW), status)
    assert (done.status, done.reason, done.due_at) == (status, None, None)


@pytest.mark.parametrize("status", [EventStatus.APPLIED, EventStatus.RECEIVED])
def test_event_that_is_done_with__is_forgotten_thirty_days_after_it_came(
    status: EventStatus,
) -> None:
    thirty_days_later = int((NOW + timedelta(days=30)).timestamp())
    assert thirty_days_later <= (an_event(status=status).expires_at or 0) <= thirty_days_later + 1


def test_event_that_waits__is_dismissed_and_kept() -> None:
    event = dismiss(wait(an_event(), "no such payment is known", NOW), "another shop's")
    assert event.status is EventStatus.DISMISSED
    assert event.reason == "no such payment is known; dismissed: another shop's"
    assert (event.due_at, event.expires_at) == (None, None)


@pytest.mark.parametrize("status", sorted(set(EventStatus) - {EventStatus.UNMATCHED}))
def test_event_that_does_not_wait__is_not_dismissed(status: EventStatus) -> None:
    with pytest.raises(InvalidTransition, match=f"the event is {status};"):
        dismiss(an_event(status=status), "another shop's")


@pytest.mark.parametrize(
    ("public_id", "stored"),
    [
        ("stripe:evt_1", "stripe#evt_1"),
        ("paypal:" + "x" * 255, "paypal#" + "x" * 255),
        ("paypal:" + "x" * 256, None),
        ("stripe:", None),
        ("stripe", None),
        ("adyen:evt_1", None),
    ],
)
def test_public_id__leads_to_the_stored_one__if_there_can_be_one(
    public_id: str, stored: str | None
) -> None:
    assert stored_id(public_id) == stored
