"""Races, lies and leftovers that a review of payments through processors looked for: each is one
interleaving, told step by step.
"""

import itertools
import json
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from oncepay.domain.errors import InternalError, OutcomeUnknown
from oncepay.processors.simulated_event import read_event
from oncepay.services.apply_event import receive_processor_event
from oncepay.services.sweep_due import sweep_due
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from ops.simulated.records import ChargeStatus
from ops.simulated.requests import MovementRequest
from ops.simulated.wire import write
from tests.books import Books
from tests.builders import LEASE
from tests.processor_world import ProcessorWorld, Reply, running_world, straight

AFTER_LEASE = LEASE.total_seconds() + 1
SIX_MINUTES = 360
TWO_DAYS = 2 * 24 * 3600
SEVEN_DAYS = 7 * 24 * 3600 + 1


@pytest.fixture
def shop(database: Database) -> Iterator[ProcessorWorld]:
    with running_world(database) as world:
        yield world


def operations(books: Books, kind: str) -> list[dict[str, Any]]:
    """Those of a kind, as stored."""
    return [i for i in books.items("payments") if i.get("kind") == kind]


def tell(shop: ProcessorWorld, kind: str, subject: dict[str, Any], charge: dict[str, Any]) -> None:
    """An event that the processor did not send, word for word as it would."""
    body = {"id": f"evt_told_{kind}_{subject['id']}", "object": "event"}
    body |= {"type": f"{kind}.{subject['status']}", "created": subject["created_at"]}
    raw = json.dumps({**body, "data": {"object": subject, "charge": charge}}).encode()
    receive_processor_event(read_event(raw, received_at=shop.clock()), shop.tools())


def told_charge(shop: ProcessorWorld, **changes: Any) -> dict[str, Any]:
    """The charge in the processor's own words, as it would be after some changes."""
    [(charge, _)] = shop.processor.engine.record()
    return {**write(charge, shop.processor.url), **changes}


# ---- a zombie, and what it says


def test_send__by_one_that_was_overtaken__claims_not_that_nothing_was_asked(
    shop: ProcessorWorld,
) -> None:
    """A reserves and sleeps; B takes over and sends, and gets no reply; A wakes, and sends no
    more. B's request may have charged the card.
    """
    slept: list[str] = []

    def sleep_after_reserve(name: str, call: Any) -> Any:
        result = call()
        if name == "TransactWriteItems" and not slept:
            slept.append(name)
            shop.advance(AFTER_LEASE)
            shop.charge("timeout_after")
        return result

    shop.calls = sleep_after_reserve
    first = shop.charge("timeout_after")
    shop.calls = straight
    assert [len(shop.processor.engine.record()), first.status] == [1, 202]


# ---- an answer while somebody else gives the final one


def test_capture__refused_by_an_event_while_its_answer_is_made__gets_the_final_answer(
    shop: ProcessorWorld,
) -> None:
    """The reply is lost, the lease is ended; before the payment is read for the 202, the event
    fails the capture.
    """
    payment_id = shop.charge("approve__capture_pending", manual=True).payment_id
    key_of: list[str] = []

    def fail_before_reading(name: str, call: Any) -> Any:
        if name == "Query" and not key_of:
            shop.calls = straight
            key_of.append(shop.processor.engine.sends()[-1].key)
            shop.processor.engine.end_pending(key_of[0], "too_late")
            shop.deliver_events()
        return call()

    shop.calls = fail_before_reading
    answer = shop.capture(payment_id)
    again = shop.capture(payment_id)
    assert [key_of != [], again.status] == [True, 402]
    assert [answer.status, answer.body] == [again.status, again.body]


@pytest.mark.parametrize("how", ["refused", "overtaken"])
def test_capture__that_was_not_done__asked_for_again_after_its_record_expired__is_no_success(
    shop: ProcessorWorld, how: str
) -> None:
    behaviour = "approve__capture_decline_refused" if how == "refused" else "approve"
    payment_id = shop.charge(behaviour, manual=True).payment_id
    if how == "overtaken":

        def void_before_sending(name: str, call: Any) -> Any:
            if name.startswith("POST"):
                shop.calls = straight
                [(charge, _)] = shop.processor.engine.record()
                void = MovementRequest(
                    kind="void",
                    charge_id=charge.id,
                    amount_minor=None,
                    currency=None,
                    payment_id=None,
                )
                shop.processor.engine.move_at_dashboard(void)
            return call()

        shop.calls = void_before_sending
    first = shop.capture(payment_id)
    shop.advance(TWO_DAYS)
    again = shop.capture(payment_id)
    assert first.status == (402 if how == "refused" else 409)
    assert [again.status, again.code] == [first.status, first.code]


def test_capture__refused_for_the_cards_funds__is_not_told_as_a_short_balance(
    shop: ProcessorWorld,
) -> None:
    behaviour = "approve__capture_decline_insufficient_funds"
    payment_id = shop.charge(behaviour, manual=True).payment_id
    answer = shop.capture(payment_id)
    assert [answer.status, answer.code] == [402, "card_declined"]


# ---- the sweep


def test_sweep__of_a_processor_that_is_gone__puts_off_its_next_look(
    shop: ProcessorWorld, books: Books
) -> None:
    shop.charge("timeout_after")
    before = operations(books, "authorize")[0]["due_at"]
    tools = replace(shop.tools(), processors={})
    swept = sweep_due(tools)
    [after] = operations(books, "authorize")
    assert swept.failed == {InternalError.code: 1}
    assert after["due_at"] > before


def test_sweep__of_an_authorization_whose_charge_does_not_fit__alarms(
    shop: ProcessorWorld,
) -> None:
    shop.charge(manual=True)
    engine = shop.processor.engine
    [(charge, _)] = engine.record()
    shop.clock.pass_by(SEVEN_DAYS)
    engine._charges.charges[charge.id] = replace(
        charge, status=ChargeStatus.SUCCEEDED, currency="EUR", captured_minor=5_000
    )
    shop.sweep()
    assert [name for name, _ in shop.alarms] == ["unfit_answer"]


def test_sweep__finding_nothing_of_what_the_processor_told_of__declines_nothing(
    shop: ProcessorWorld, books: Books
) -> None:
    shop.charge("requires_action")
    shop.processor.engine.reset()
    shop.advance(SIX_MINUTES)
    shop.sweep()
    [payment] = [i for i in books.items("payments") if i["part"] == "payment"]
    assert payment["status"] == "requires_action"
    assert [name for name, _ in shop.alarms] == ["unfit_answer"]


# ---- charges that come late, and their return


def test_event__success_of_a_charge_that_needed_action_and_was_declined__is_an_orphan(
    shop: ProcessorWorld, books: Books
) -> None:
    """The payer failed, and we were told; then he tried again at the processor."""
    shop.charge("requires_action")
    [(charge, _)] = shop.processor.engine.record()
    shop.processor.engine.decline(charge.id, "failed")
    succeeded = told_charge(shop, status="succeeded", captured_minor=5_000, decline=None)
    shop.deliver_events()
    tell(shop, "charge", succeeded, succeeded)
    assert [op["state"] for op in operations(books, "return_orphan")] == ["open"]
    assert ("orphan_charge", 1) in [(name, len(facts)) for name, facts in shop.alarms]


def test_event__of_an_orphan_whose_write_gets_no_reply__is_alarmed_all_the_same(
    shop: ProcessorWorld, books: Books
) -> None:
    """It was written, and nobody was told so; sent again, the event is a duplicate."""
    shop.charge("requires_action")
    [(charge, _)] = shop.processor.engine.record()
    shop.processor.engine.decline(charge.id, "failed")
    shop.deliver_events()
    succeeded = told_charge(shop, status="succeeded", captured_minor=5_000, decline=None)
    succeeded["id"] = "ch_other"
    ticks = itertools.count()
    shop.new_budget = lambda: Budget(20, clock=lambda: float(next(ticks)), sleep=lambda _: None)

    sent: list[str] = []

    def lose_replies(name: str, call: Any) -> Any:
        if name != "TransactWriteItems":
            return call()
        if not sent:
            sent.append(name)
            call()
        raise ReadTimeoutError(endpoint_url="")

    shop.calls = lose_replies
    with pytest.raises(OutcomeUnknown):
        tell(shop, "charge", succeeded, succeeded)
    shop.calls = straight
    tell(shop, "charge", succeeded, succeeded)
    assert len(operations(books, "return_orphan")) == 1
    assert [name for name, _ in shop.alarms] == ["orphan_charge"]


@pytest.mark.parametrize("end", ["expired", "voided"])
def test_return__of_a_hold_that_is_released_already__is_done(
    shop: ProcessorWorld, books: Books, end: str
) -> None:
    """A person, alarmed by the orphan, was faster than the sweep; or the hold lapsed."""
    shop.charge("timeout_before", manual=True)
    shop.advance(AFTER_LEASE)
    shop.sweep()
    shop.advance(SIX_MINUTES)
    shop.sweep()
    # The request of a worker that was thought dead arrives after all.
    sent = operations(books, "authorize")[0]
    headers = {"Authorization": f"Bearer {shop.processor.secret}"}
    headers |= {"Idempotency-Key": sent["part"].partition("#")[2]}
    post(shop.processor.url + sent["request_path"], sent["request_body"], headers)
    shop.deliver_events()
    [(charge, _)] = shop.processor.engine.record()
    if end == "expired":
        shop.processor.engine.expire(charge.id)
    else:
        release = MovementRequest(
            kind="void", charge_id=charge.id, amount_minor=None, currency=None, payment_id=None
        )
        shop.processor.engine.move_at_dashboard(release)
    shop.sweep()
    [returned] = operations(books, "return_orphan")
    assert returned["state"] == "succeeded"


# ---- a processor that says what cannot be


def test_refund__that_with_the_others_is_more_than_was_captured__is_kept_and_not_posted(
    shop: ProcessorWorld, books: Books
) -> None:
    payment_id = shop.charge("approve__refund_timeout_after").payment_id
    charge = told_charge(shop)
    shop.refund(payment_id)
    [(_, [refund])] = shop.processor.engine.record()
    other = {
        "id": "rf_other",
        "object": "refund",
        "status": "succeeded",
        "charge_id": charge["id"],
        "amount_minor": 5_000,
        "currency": "USD",
        "payment_id": payment_id,
        "idempotency_key": None,
        "failure": None,
        "created_at": charge["created_at"],
    }
    tell(shop, "refund", other, charge)
    swept = shop.sweep()
    assert swept.failed == {}
    assert [name for name, _ in shop.alarms] == ["unfit_answer"]
    assert operations(books, "refund")[0]["state"] == "open"
    assert refund.amount_minor == 5_000


def test_charge__captured_for_less_than_was_asked_for__is_kept_and_not_posted(
    shop: ProcessorWorld, books: Books
) -> None:
    shop.charge("requires_action")
    told = told_charge(shop, status="succeeded", captured_minor=1, next_action=None)
    tell(shop, "charge", told, told)
    [payment] = [i for i in books.items("payments") if i["part"] == "payment"]
    assert [payment["status"], len(books.entries())] == ["requires_action", 0]
    assert [name for name, _ in shop.alarms] == ["unfit_event"]


def test_refund__provably_not_sent_and_untouched__is_failed_by_the_sweep_and_not_sent(
    shop: ProcessorWorld,
) -> None:
    """A client that was told 502 may give back the money by another request."""
    payment_id = shop.charge("approve__refund_rate_limited").payment_id
    assert shop.refund(payment_id, 2_000).code == "processor_unavailable"
    shop.advance(SIX_MINUTES)
    shop.sweep()
    [(charge, _)] = shop.processor.engine.record()
    assert charge.refunded_minor == 0


def post(url: str, body: str, headers: dict[str, str]) -> None:
    request = urllib.request.Request(url, body.encode(), headers)
    with urllib.request.urlopen(request) as reply:
        reply.read()


# ---- a read while somebody writes: DynamoDB queries item by item, not as of one moment


def read_of_two_moments(shop: ProcessorWorld, at_read: int, meanwhile: Any) -> Any:
    """At that reading of a payment its operations are of before what happens meanwhile, the rest
    is of after it.
    """
    seen = itertools.count(1)

    def torn(name: str, call: Any) -> Any:
        if name != "Query" or next(seen) != at_read:
            return call()
        shop.calls = straight
        before = call()
        meanwhile()
        after = call()
        of_before = {i["part"]["S"]: i for i in before["Items"] if "request_body" in i}
        items = [of_before.get(i["part"]["S"], i) for i in after["Items"]]
        return {**after, "Items": items}

    return torn


@pytest.mark.parametrize("what", ["refund", "charge", "capture"])
def test_event__that_reads_while_somebody_settles_the_same__is_no_error_and_no_alarm(
    shop: ProcessorWorld, books: Books, what: str
) -> None:
    behaviour = "timeout_after" if what == "charge" else f"approve__{what}_timeout_after"
    payment_id = shop.charge(behaviour, manual=what == "capture").payment_id

    def ask() -> Reply:
        match what:
            case "refund":
                return shop.refund(payment_id, 2_000)
            case "capture":
                return shop.capture(payment_id)
        return shop.charge(behaviour)

    if what != "charge":
        shop.deliver_events()
        ask()
    shop.calls = read_of_two_moments(shop, 1, ask)
    taken = [shop.deliver(each) for each in shop.take_events()]
    shop.calls = straight
    shop.advance(SIX_MINUTES)
    shop.sweep()
    shop.deliver_events()
    assert taken != []
    assert all(taken)
    assert shop.alarms == []
    assert {event["status"] for event in books.items("events")} == {"applied"}
