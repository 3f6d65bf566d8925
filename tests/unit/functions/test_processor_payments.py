"""The HTTP side of payments through a processor: what goes in, what comes out, what is logged."""

import json
from typing import Any

import pytest

from ops.simulated.outbox import HEADER
from tests.books import Books
from tests.builders import STRANGER
from tests.events import LambdaContext, Reply, an_authorizer, an_event, load_function
from tests.processor_handlers import ProcessorHandlers
from tests.unit.functions.conftest import Send
from tests.unit.functions.test_process_payment import PAYMENT_FIELDS, assert_problem

CAPTURE, VOID = "/v1/payments/{id}/capture", "/v1/payments/{id}/void"
NOBODY = "pay_" + "a" * 26


def line_of(logged: list[str], message: str) -> dict[str, Any]:
    """The last line with that message."""
    found: dict[str, Any] = [
        line for line in map(json.loads, logged) if line["message"] == message
    ][-1]
    return found


def test_payment__has_exactly_the_fields_of_the_contract(handlers: ProcessorHandlers) -> None:
    reply = handlers.charge()
    assert reply.status == 201
    assert list(reply.json) == PAYMENT_FIELDS
    assert reply.json["processor"]["name"] == "simulated"
    assert (reply.json["captured_minor"], reply.json["fee_minor"]) == (5_000, 100)


def test_payment__replayed__same_bytes_and_says_so(handlers: ProcessorHandlers) -> None:
    first = handlers.charge()
    again = handlers.charge()
    assert (again.status, again.text) == (201, first.text)
    assert (first.headers.get("idempotent-replayed"), again.headers["idempotent-replayed"]) == (
        None,
        "true",
    )


def test_payment__that_needs_an_action__says_where(handlers: ProcessorHandlers) -> None:
    reply = handlers.charge("requires_action")
    assert (reply.status, reply.json["status"]) == (201, "requires_action")
    assert reply.json["next_action"]["url"].startswith(f"{handlers.processor.url}/action/ch_")


def test_payment__declined_by_the_processor__is_a_402_with_its_code(
    handlers: ProcessorHandlers,
) -> None:
    reply = handlers.charge("decline_stolen_card")
    assert_problem(reply, 402, "card_declined")
    assert reply.json["detail"].startswith("stolen_card: ")
    payment_id = reply.json["payment_id"]
    shown = handlers.get("/v1/payments/{id}", parameters={"id": payment_id}).json
    assert (shown["status"], shown["failure"]["code"]) == ("declined", "card_declined")


def test_payment__whose_outcome_is_not_known__is_202_and_the_same_key_later_tells(
    handlers: ProcessorHandlers,
) -> None:
    unknown = handlers.charge("malformed")
    assert (unknown.status, unknown.json["status"]) == (202, "processing")
    assert "idempotent-replayed" not in unknown.headers
    known = handlers.charge("malformed")
    assert (known.status, known.json["status"]) == (201, "succeeded")


def test_payment__of_which_nothing_was_sent__is_502_and_the_same_key_sends_at_once(
    handlers: ProcessorHandlers,
) -> None:
    unsent = handlers.charge("rate_limited")
    assert_problem(unsent, 502, "processor_unavailable")
    assert unsent.json["retryable"] is True
    assert handlers.charge("rate_limited").json["status"] == "succeeded"


def test_payment__through_a_processor_that_there_is_not__is_refused(process: Send) -> None:
    body = {
        "amount_minor": 5_000,
        "currency": "USD",
        "funding": {"type": "processor", "processor": "simulated", "payment_method": "pm_approve"},
    }
    reply = process("POST", "/v1/payments", body)
    assert_problem(reply, 400, "invalid_request")
    assert reply.json["param"] == "funding.type"


def test_card_number__as_a_payment_method__is_refused_and_nothing_is_sent(
    handlers: ProcessorHandlers, books: Books
) -> None:
    reply = handlers.charge("4242 4242 4242 4242")
    assert_problem(reply, 422, "card_data_refused")
    assert reply.json["param"] == "funding.payment_method"
    assert (books.items("payments"), list(handlers.processor.engine.sends())) == ([], [])


def test_capture_in_part__takes_its_share_of_the_fee(handlers: ProcessorHandlers) -> None:
    payment_id = handlers.charge(manual=True).json["id"]
    reply = handlers.move(payment_id, "capture", {"amount_minor": 3_000}, key="capture")
    assert reply.status == 200
    assert list(reply.json) == PAYMENT_FIELDS
    assert (reply.json["captured_minor"], reply.json["fee_minor"]) == (3_000, 60)


def test_capture__whose_outcome_is_not_known__is_202_and_shows_what_is_authorized(
    handlers: ProcessorHandlers,
) -> None:
    payment_id = handlers.charge("approve__capture_malformed", manual=True).json["id"]
    unknown = handlers.move(payment_id, "capture", key="capture")
    assert (unknown.status, unknown.json["status"]) == (202, "authorized")
    known = handlers.move(payment_id, "capture", key="capture")
    assert (known.status, known.json["status"]) == (200, "succeeded")


def test_capture__of_more_than_is_authorized__says_the_limit(handlers: ProcessorHandlers) -> None:
    payment_id = handlers.charge(manual=True).json["id"]
    reply = handlers.move(payment_id, "capture", {"amount_minor": 5_001}, key="capture")
    assert_problem(reply, 422, "amount_exceeds_authorized")
    assert reply.json["detail"] == "amount_minor is 5001, but only 5000 is authorized"
    assert reply.json["param"] == "amount_minor"


def test_void__a_second_time__says_the_state(handlers: ProcessorHandlers) -> None:
    payment_id = handlers.charge(manual=True).json["id"]
    assert handlers.move(payment_id, "void", key="void").json["status"] == "voided"
    again = handlers.move(payment_id, "void", key="another")
    assert_problem(again, 409, "invalid_transition")
    assert again.json["detail"] == "a payment that is voided cannot be voided"


def test_refund__of_a_processor_s_payment__over_http(handlers: ProcessorHandlers) -> None:
    payment_id = handlers.charge().json["id"]
    body = {"amount_minor": 1_000, "reason": "late"}
    reply = handlers.move(payment_id, "refunds", body, key="refund")
    assert (reply.status, reply.json["status"], reply.json["reason"]) == (201, "succeeded", "late")
    shown = handlers.get("/v1/payments/{id}", parameters={"id": payment_id}).json
    assert shown["refunded_minor"] == 1_000
    assert [refund["id"] for refund in shown["refunds"]] == [reply.json["id"]]
    kinds = {entry["kind"] for entry in shown["ledger_entries"]}
    assert kinds == {"capture", "refund_reserved", "refund_succeeded"}


def test_refund__whose_outcome_is_not_known__is_a_201_that_is_pending(
    handlers: ProcessorHandlers,
) -> None:
    payment_id = handlers.charge("approve__refund_malformed").json["id"]
    unknown = handlers.move(payment_id, "refunds", key="refund")
    assert (unknown.status, unknown.json["status"]) == (201, "pending")
    known = handlers.move(payment_id, "refunds", key="refund")
    assert (known.status, known.json["status"]) == (201, "succeeded")


@pytest.mark.parametrize("action", ["capture", "void", "refunds"])
def test_move__of_another_merchant_s_payment__is_the_404_of_what_is_not_there(
    handlers: ProcessorHandlers, action: str
) -> None:
    payment_id = handlers.charge(manual=True).json["id"]
    resource = f"/v1/payments/{{id}}/{action}"
    stranger = an_authorizer(merchant_id=STRANGER)
    theirs = handlers.post(resource, {}, parameters={"id": payment_id}, authorizer=stranger)
    nobody = handlers.post(resource, {}, parameters={"id": NOBODY})
    assert_problem(theirs, 404, "not_found")
    assert theirs.json["detail"] == nobody.json["detail"]


@pytest.mark.parametrize("resource", [CAPTURE, VOID])
@pytest.mark.parametrize("payment_id", ["x", "dep_" + "a" * 26, "pay_" + "A" * 26])
def test_move__of_what_cannot_be_an_id__is_404_without_a_read(
    handlers: ProcessorHandlers, dynamodb: Any, resource: str, payment_id: str
) -> None:
    reply = handlers.post(resource, {}, parameters={"id": payment_id})
    assert_problem(reply, 404, "not_found")


@pytest.mark.parametrize("resource", [CAPTURE, VOID])
def test_move__without_a_key__is_refused(handlers: ProcessorHandlers, resource: str) -> None:
    reply = handlers.post(resource, {}, key=None, parameters={"id": NOBODY})
    assert_problem(reply, 400, "idempotency_key_missing")


@pytest.mark.parametrize("resource", [CAPTURE, VOID])
def test_move__without_the_scope__is_forbidden(handlers: ProcessorHandlers, resource: str) -> None:
    reader = an_authorizer(scopes="payments:read refunds:write")
    reply = handlers.post(resource, {}, parameters={"id": NOBODY}, authorizer=reader)
    assert_problem(reply, 403, "forbidden")


@pytest.mark.parametrize("resource", [CAPTURE, VOID])
def test_query_parameter__of_a_move__is_refused_by_name(
    handlers: ProcessorHandlers, resource: str
) -> None:
    reply = handlers.post(resource, {}, parameters={"id": NOBODY}, query={"x": ["1"]})
    assert_problem(reply, 400, "invalid_request")
    assert reply.json["param"] == "x"


def test_log_of_a_capture__has_ids_and_costs_but_no_content(
    handlers: ProcessorHandlers, logged: list[str]
) -> None:
    payment_id = handlers.charge(manual=True).json["id"]
    reply = handlers.move(payment_id, "capture", {"amount_minor": 3_000}, key="order-7")
    line = line_of(logged, "request")
    assert reply.status == 200
    assert (line["route"], line["status"], line["replayed"]) == (CAPTURE, 200, False)
    assert line["operation_id"].startswith("cap_")
    assert line["dynamodb_requests"] == 3
    everything = "\n".join(logged)
    for secret in ("pm_approve", "order-7", handlers.processor.secret):
        assert secret not in everything


def test_answer__that_does_not_fit__is_alarmed_and_posts_nothing(
    handlers: ProcessorHandlers, logged: list[str], books: Books
) -> None:
    reply = handlers.charge("other_amount")
    line = line_of(logged, "alarm: unfit_answer")
    assert (reply.status, books.entries()) == (202, [])
    assert (line["alarm"], line["level"]) == ("unfit_answer", "ERROR")
    assert line["payment_id"] == reply.json["id"]
    assert line["problem"] == "another amount_minor: 5001, not 5000"


def test_event__settles_what_was_not_known(handlers: ProcessorHandlers) -> None:
    payment_id = handlers.charge("malformed").json["id"]
    (event,) = handlers.events()
    assert handlers.bring(event).json == {"received": True}
    shown = handlers.get("/v1/payments/{id}", parameters={"id": payment_id}).json
    assert shown["status"] == "succeeded"
    assert handlers.bring(event).json == {"received": True, "duplicate": True}


def test_event__with_a_forged_signature__is_refused_and_changes_nothing(
    handlers: ProcessorHandlers, books: Books
) -> None:
    handlers.charge("malformed")
    before = books.items("payments")
    reply = handlers.webhook("/webhooks/simulated", "{}", {HEADER: ["t=1,v1=" + "0" * 64]})
    assert_problem(reply, 400, "invalid_signature")
    assert (books.items("payments"), books.items("events")) == (before, [])


def test_event__of_a_simulated_processor_that_there_is_not__is_404(
    environment: None, books: Books
) -> None:
    event = an_event("POST", "/webhooks/simulated", "{}", key=None)
    reply = Reply(load_function("webhook").handler(event, LambdaContext()))
    assert_problem(reply, 404, "not_found")
    assert books.items("events") == []


def test_sweep__says_what_it_did(handlers: ProcessorHandlers, logged: list[str]) -> None:
    handlers.charge("malformed")
    counts = {"due": 1, "ended": 1, "waiting": 0, "failed": {}, "left": False}
    assert handlers.sweep() == counts
    line = line_of(logged, "sweep")
    assert {name: line[name] for name in counts} == counts
    assert line["dynamodb_requests"] > 0


def test_sweep__where_nothing_is_due__does_nothing(handlers: ProcessorHandlers) -> None:
    assert handlers.charge().status == 201
    counts = {"due": 0, "ended": 0, "waiting": 0, "failed": {}, "left": False}
    assert handlers.sweep() == counts
