"""Every fault in the one request that stores an event: it is stored once, and whoever made sure of
that is not told that it was there before."""

import itertools
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from oncepay.api.processor_presenters import answer_completion
from oncepay.domain.applying import EventOfPayment
from oncepay.domain.errors import InternalError, OutcomeUnknown, StorageUnavailable
from oncepay.domain.inbound_event import Receipt
from oncepay.processors.stripe_event import read_event
from oncepay.services.apply_event import receive_processor_event
from oncepay.services.processor_tools import ProcessorTools
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from tests import wire as faults
from tests.books import Books
from tests.builders import DAY, LEASE, NOW
from tests.events import LambdaContext, Reply, an_event, load_function, set_environment
from tests.stripe_events import SECRET, an_event_of_stripe, sign
from tests.wire import Fault, Wire

SINGLE = [
    *(Fault(kind) for kind in faults.ANYWHERE),
    Fault(faults.IN_PROGRESS),
    Fault(faults.CONFLICT),
    Fault(faults.THROTTLED_ITEM),
]
LOST = [faults.REQUEST_LOST, faults.REPLY_LOST, faults.SERVER_ERROR_AFTER, faults.UNAVAILABLE]
TURNED_AWAY = [faults.THROTTLED, faults.EXCEEDED, faults.REQUEST_LIMIT, faults.CONFLICT]


def an_inbound_event() -> EventOfPayment:
    """One that is no news of any payment."""
    return read_event(an_event_of_stripe().encode(), received_at=NOW)


def receive(database: Database) -> Receipt:
    """Within forty attempts or so, in no time."""
    ticks = itertools.count()
    budget = Budget(40, clock=lambda: float(next(ticks)), sleep=lambda _: None)
    tools = ProcessorTools(
        database=database,
        processors={},
        answer_of=answer_completion,
        retention=DAY,
        lease=LEASE,
        clock=lambda: NOW,
        budget=budget,
        alarm=lambda name, _: pytest.fail(name),
    )
    return receive_processor_event(an_inbound_event(), tools)


@pytest.mark.parametrize("fault", SINGLE, ids=str)
def test_event__one_fault__is_stored_and_no_duplicate_of_itself(
    wired: Database, wire: Wire, books: Books, fault: Fault
) -> None:
    wire.script = [fault]
    assert not receive(wired).duplicate
    assert wire.fired == [fault]
    assert len(books.items("events")) == 1
    assert receive(wired).duplicate


@pytest.mark.parametrize("fault", SINGLE, ids=str)
def test_duplicate__one_fault__is_still_a_duplicate(
    wired: Database, wire: Wire, books: Books, fault: Fault
) -> None:
    receive(wired)
    before = books.items("events")
    wire.script = [fault]
    assert receive(wired).duplicate
    assert wire.fired == [fault]
    assert books.items("events") == before


def test_event__sent_again_within_the_call__is_the_same_request_with_one_token(
    wired: Database, wire: Wire
) -> None:
    wire.script = [Fault(faults.REPLY_LOST), Fault(faults.THROTTLED)]
    receive(wired)
    bodies = [body for _, body in wire.requests]
    assert len(bodies) == 3
    assert all(body == bodies[0] for body in bodies)


@pytest.mark.parametrize("kind", LOST)
def test_event__no_reply_at_all__is_unknown_and_sent_again_stored_once(
    wired: Database, wire: Wire, books: Books, kind: str
) -> None:
    wire.always = Fault(kind)
    with pytest.raises(OutcomeUnknown):
        receive(wired)
    was_stored = len(books.items("events")) == 1
    wire.clear()
    assert receive(wired).duplicate == was_stored
    assert len(books.items("events")) == 1


@pytest.mark.parametrize("kind", TURNED_AWAY)
def test_event__always_turned_away__is_not_stored_and_asked_for_again(
    wired: Database, wire: Wire, books: Books, kind: str
) -> None:
    wire.always = Fault(kind)
    with pytest.raises(StorageUnavailable):
        receive(wired)
    assert len(wire.requests) > 5
    assert books.items("events") == []


def test_event__refused_for_good__is_an_internal_error_at_once(
    wired: Database, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "ANSWERED_400", ("AccessDeniedException",))
    wire.always = Fault("AccessDeniedException")
    with pytest.raises(InternalError):
        receive(wired)
    assert len(wire.requests) == 1


@pytest.fixture
def post(
    monkeypatch: pytest.MonkeyPatch, local_tables: dict[str, str], wire: Wire, upstream: str
) -> Any:
    """Posts an event to the function."""
    secrets = boto3.client("secretsmanager", endpoint_url=upstream)
    secret = secrets.create_secret(Name=local_tables["events"], SecretString=SECRET)
    set_environment(monkeypatch, local_tables, STRIPE_WEBHOOK_SECRET_ID=secret["ARN"])
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", wire.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL", upstream)
    module = load_function("webhook")

    def post(event_id: str, remaining_ms: int = 15_000) -> Reply:
        body = an_event_of_stripe(id=event_id)
        headers = {"Stripe-Signature": [sign(body, at=datetime.now(UTC).timestamp())]}
        event = an_event("POST", "/webhooks/stripe", body, key=None, headers=headers)
        return Reply(module.handler(event, LambdaContext(remaining_ms)))

    return post


def test_function__stores_and_knows_again_with_one_request_each(post: Any, wire: Wire) -> None:
    assert post("evt_1").text == '{"received":true}'
    assert wire.count == {"TransactWriteItems": 1}
    wire.clear()
    assert post("evt_1").text == '{"received":true,"duplicate":true}'
    assert wire.count == {"TransactWriteItems": 1}


def test_function__reply_lost__is_received_and_no_duplicate(post: Any, wire: Wire) -> None:
    wire.script = [Fault(faults.REPLY_LOST)]
    assert post("evt_1").text == '{"received":true}'
    assert len(wire.requests) == 2


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (faults.REQUEST_LOST, "outcome_unknown"),
        (faults.REPLY_LOST, "outcome_unknown"),
        (faults.THROTTLED, "service_unavailable"),
        (faults.CONFLICT, "service_unavailable"),
    ],
)
def test_function__dynamodb_is_out__is_a_503_and_stripe_sends_again(
    post: Any, wire: Wire, books: Books, kind: str, code: str
) -> None:
    wire.always = Fault(kind)
    # So little time that it gives up soon.
    reply = post("evt_1", remaining_ms=4_600)
    assert (reply.status, reply.json["code"]) == (503, code)
    assert reply.headers["retry-after"] == "1"
    wire.clear()
    assert post("evt_1").status == 200
    assert len(books.items("events")) == 1
