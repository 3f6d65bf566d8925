"""Every behaviour of a payment method, by HTTP: the answer, the truth, the re-send."""

import time

import pytest

from ops.simulated.behaviours import UNKNOWN_PLAN, Behaviour, read_payment_method
from ops.simulated.server import Patience, running_simulated_processor
from tests.simulated.client import Client, HandClock
from tests.simulated.test_operations import TABLE


def charges_in_the_record(client: Client) -> int:
    return len(client.processor.engine.record())


def test_approve__automatic__is_succeeded_and_captured(client: Client) -> None:
    reply = client.charged("approve")
    assert reply.status == 201
    assert reply.json == {
        "id": reply.json["id"],
        "object": "charge",
        "status": "succeeded",
        "amount_minor": 5000,
        "currency": "USD",
        "captured_minor": 5000,
        "refunded_minor": 0,
        "payment_id": "pay_1",
        "idempotency_key": "pay_1",
        "decline": None,
        "next_action": None,
        "expires_at": None,
        "created_at": "2026-11-21T12:00:00.000000Z",
    }


def test_approve__manual__is_authorized_for_a_week(client: Client) -> None:
    charge = client.charged("approve", manual=True).json
    assert (charge["status"], charge["captured_minor"]) == ("authorized", 0)
    assert charge["expires_at"] == "2026-11-28T12:00:00.000000Z"


def test_decline__is_402_with_the_code_that_was_asked_for(client: Client) -> None:
    reply = client.charged("decline_insufficient_funds")
    assert reply.status == 402
    assert reply.json["status"] == "declined"
    assert reply.json["decline"] == {
        "code": "insufficient_funds",
        "message": "the card has insufficient funds",
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "approve",
        "pm_",
        "pm_decline",
        "pm_decline_",
        "pm_nonsense",
        "pm_APPROVE",
        "pm_approve_",
        "pm_approve__",
        "pm_approve__nonsense",
        "pm_approve__capture_nonsense",
        "pm_approve__capture_requires_action",
        "pm_approve__refund_slow__refund_slow",
        "pm_approve__charge_slow",
        "card_visa",
        "pm_decline_" + "x" * 255,
    ],
)
def test_payment_method__not_of_the_grammar__declines(text: str) -> None:
    assert read_payment_method(text) == UNKNOWN_PLAN


def test_payment_method__unknown__is_declined_as_such(client: Client) -> None:
    reply = client.charged("nonsense")
    assert (reply.status, reply.json["decline"]["code"]) == (402, "unknown_payment_method")


def test_requires_action__has_a_page_for_the_customer(client: Client) -> None:
    reply = client.charged("requires_action")
    assert (reply.status, reply.json["status"]) == (201, "requires_action")
    page = f"{client.processor.url}/action/{reply.json['id']}"
    assert reply.json["next_action"] == {"url": page}


def test_requires_action__nobody_comes_for_a_day__expires(client: Client, clock: HandClock) -> None:
    client.charged("requires_action")
    clock.pass_by(86_399)
    assert client.found("pay_1")["status"] == "requires_action"
    clock.pass_by(1)
    assert client.found("pay_1")["status"] == "expired"


def test_pending__charge__succeeds_by_itself_after_a_minute(
    client: Client, clock: HandClock
) -> None:
    assert client.charged("pending").json["status"] == "pending"
    clock.pass_by(59)
    assert client.found("pay_1")["status"] == "pending"
    clock.pass_by(1)
    assert client.found("pay_1")["status"] == "succeeded"


def test_timeout_before__nothing_happened_and_a_resend_works(client: Client) -> None:
    assert client.charge("timeout_before") is None
    assert client.answered("GET", "/v1/operations/pay_1").status == 404
    assert charges_in_the_record(client) == 0
    assert client.charged("timeout_before").json["status"] == "succeeded"
    assert charges_in_the_record(client) == 1


def test_timeout_after__it_happened_and_a_resend_replays_it(client: Client) -> None:
    assert client.charge("timeout_after") is None
    found = client.found("pay_1")
    assert found["status"] == "succeeded"
    assert client.charged("timeout_after").json == found
    assert charges_in_the_record(client) == 1


def test_lands_later__is_in_use_until_it_lands(client: Client, clock: HandClock) -> None:
    assert client.charge("lands_later") is None
    clock.pass_by(59)
    assert client.answered("GET", "/v1/operations/pay_1").status == 404
    again = client.charged("lands_later")
    assert (again.status, again.code) == (409, "key_in_use")
    assert "charge" not in again.json
    assert charges_in_the_record(client) == 0
    clock.pass_by(1)
    found = client.found("pay_1")
    assert (found["status"], found["created_at"]) == ("succeeded", "2026-11-21T12:01:00.000000Z")
    assert client.charged("lands_later").json == found
    assert charges_in_the_record(client) == 1


def test_error_before__nothing_happened_and_the_500_is_replayed(client: Client) -> None:
    first = client.charged("error_before")
    assert (first.status, first.code) == (500, "server_error")
    assert client.answered("GET", "/v1/operations/pay_1").status == 404
    again = client.charged("error_before")
    assert (again.status, again.body) == (500, first.body)
    assert charges_in_the_record(client) == 0


def test_error_after__it_happened_and_the_500_is_replayed(client: Client) -> None:
    first = client.charged("error_after")
    assert first.status == 500
    assert client.found("pay_1")["status"] == "succeeded"
    again = client.charged("error_after")
    assert (again.status, again.body) == (500, first.body)
    assert charges_in_the_record(client) == 1


def test_slow__is_answered_late(client: Client) -> None:
    began = time.monotonic()
    assert client.charged("slow").json["status"] == "succeeded"
    assert time.monotonic() - began >= 0.2


def test_slow__client_gives_up__it_happened(clock: HandClock) -> None:
    with running_simulated_processor(clock=clock, patience=Patience(slow_seconds=30)) as processor:
        assert Client(processor).charge("slow", give_up_after=1) is None
        assert Client(processor).found("pay_1")["status"] == "succeeded"


def test_malformed__is_no_json_and_the_lookup_tells_the_truth(client: Client) -> None:
    reply = client.charged("malformed")
    assert reply.status == 201
    with pytest.raises(ValueError, match="Expecting"):
        reply.json  # noqa: B018
    found = client.found("pay_1")
    assert found["status"] == "succeeded"
    assert client.charged("malformed").json == found


def test_drip__comes_a_byte_at_a_time_and_whole(client: Client) -> None:
    began = time.monotonic()
    reply = client.charged("drip")
    assert reply.json["status"] == "succeeded"
    assert time.monotonic() - began >= 0.001 * len(reply.body)


def test_other_amount__charge__answer_lookup_and_record_say_one_more(client: Client) -> None:
    charge = client.charged("other_amount").json
    assert (charge["amount_minor"], charge["captured_minor"]) == (5001, 5001)
    assert client.found("pay_1") == charge


def test_other_currency__answer_and_lookup_say_another(client: Client) -> None:
    charge = client.charged("other_currency").json
    assert charge["currency"] == "EUR"
    assert client.found("pay_1") == charge


def test_other_id__answer_and_lookup_say_another_payment(client: Client) -> None:
    charge = client.charged("other_id").json
    assert charge["payment_id"] == "pay_somebody_elses"
    assert client.found("pay_1") == charge


def test_rate_limited__first_429_then_a_resend_works(client: Client) -> None:
    first = client.charged("rate_limited")
    assert (first.status, first.code, first.headers["Retry-After"]) == (429, "rate_limited", "1")
    assert client.answered("GET", "/v1/operations/pay_1").status == 404
    assert client.charged("rate_limited").json["status"] == "succeeded"
    assert charges_in_the_record(client) == 1


def test_never_answers__not_a_send_nor_a_resend_nor_a_lookup(client: Client) -> None:
    for _ in range(2):
        assert client.charge("never_answers") is None
    assert client.look_up("pay_1") is None
    assert charges_in_the_record(client) == 0


def test_never_answers__the_others_are_answered(client: Client) -> None:
    assert client.charge("never_answers") is None
    assert client.charged("approve", key="pay_2").status == 201


def test_table__every_behaviour_is_tried_for_every_operation() -> None:
    tried = {behaviour.removesuffix("_x") for behaviour, *_ in TABLE}
    assert tried == set(Behaviour) - {Behaviour.REQUIRES_ACTION}
