"""What PayPal's answers to a charge mean: prepared, paid, declined, or not known."""

import json
from dataclasses import replace
from typing import Any

import pytest

from oncepay.domain.processor_answer import (
    Charge,
    ChargeStatus,
    Failure,
    NotSent,
    Prepared,
    Unknown,
)
from tests.unit.processors.paypal_objects import (
    CAPTURE_ORDER,
    CHECKOUT,
    MOVES,
    NOT_FOUND,
    ORDER,
    ORDERS,
    PAGE,
    PATHS,
    PAYMENT,
    UNREADABLE,
    a_capture,
    a_link,
    an_adapter,
    an_authorization,
    an_error,
    an_operation,
    an_order,
    requests_of,
)
from tests.unit.processors.paypal_server import CannedServer

KINDS = ("charge", *MOVES)


@pytest.fixture
def server(paypal: CannedServer) -> CannedServer:
    return paypal.grants()


def test_prepare__creates_the_order_under_the_operations_id(server: CannedServer) -> None:
    server.says("POST", ORDERS, 201, an_order("CREATED"))
    assert an_adapter(server).prepare(an_operation(reference=None)) == Prepared("ORDER1")
    (asked,) = server.asked_of(ORDERS)
    assert asked.content == json.loads(requests_of()["charge"].body)["order"]
    assert asked.headers["paypal-request-id"] == "pay_1"
    assert asked.headers["prefer"] == "return=representation"
    assert asked.headers["authorization"] == "Bearer token-1"
    assert asked.headers["content-type"] == "application/json"


def test_prepare__of_a_checkout__is_the_page(server: CannedServer) -> None:
    order = an_order("PAYER_ACTION_REQUIRED", links=[a_link(PAGE, "payer-action")])
    server.says("POST", ORDERS, 200, order)
    assert an_adapter(server).prepare(an_operation(payment=CHECKOUT, reference=None)) == Charge(
        reference="ORDER1",
        status=ChargeStatus.REQUIRES_ACTION,
        amount_minor=5_000,
        currency="USD",
        payment_id="pay_1",
        next_action_url=PAGE,
    )


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (429, b"", NotSent("rate_limited")),
        (401, b"", NotSent("unauthorized")),
        (403, b"", NotSent("unauthorized")),
        (500, b"", Unknown("server_error", replays=True)),
        (409, an_error("PREVIOUS_REQUEST_IN_PROGRESS"), Unknown("key_in_use")),
        (201, b"{", UNREADABLE),
        (201, {"status": "CREATED"}, UNREADABLE),
        (418, an_error("TEAPOT"), Unknown("unexpected_answer", replays=True)),
    ],
    ids=str,
)
def test_prepare__that_fails__is_not_done(
    server: CannedServer, status: int, body: Any, meaning: object
) -> None:
    server.says("POST", ORDERS, status, body)
    assert an_adapter(server).prepare(an_operation(reference=None)) == meaning


def test_prepare__that_is_refused__is_a_decline(server: CannedServer) -> None:
    server.says("POST", ORDERS, 422, an_error("PAYEE_ACCOUNT_RESTRICTED"))
    charge = an_adapter(server).prepare(an_operation(reference=None))
    assert isinstance(charge, Charge)
    assert (charge.reference, charge.status) == ("", ChargeStatus.DECLINED)
    assert charge.failure == Failure("processor_refused", "PAYEE_ACCOUNT_RESTRICTED: Because.")


def test_send__of_a_charge__captures_the_order_under_a_key_of_its_own(server: CannedServer) -> None:
    server.says("POST", CAPTURE_ORDER, 201, an_order(captures=[a_capture()]))
    assert an_adapter(server).send(an_operation()) == Charge(
        reference="ORDER1",
        status=ChargeStatus.SUCCEEDED,
        amount_minor=5_000,
        currency="USD",
        captured_minor=5_000,
        payment_id="pay_1",
        handle="CAPTURE1",
    )
    (asked,) = server.asked_of(CAPTURE_ORDER)
    assert asked.headers["paypal-request-id"] == "pay_1-1"
    assert asked.content == json.loads(requests_of()["charge"].body)["pay"]


def test_send__of_a_charge_that_is_captured_later__authorizes_the_order(
    server: CannedServer,
) -> None:
    payment = replace(PAYMENT, captures_automatically=False)
    order = an_order(authorizations=[an_authorization()])
    server.says("POST", f"{ORDER}/authorize", 201, order)
    charge = an_adapter(server).send(an_operation(payment=payment))
    assert isinstance(charge, Charge)
    assert (charge.status, charge.handle) == (ChargeStatus.AUTHORIZED, "AUTH1")
    assert str(charge.expires_at) == "2026-12-20 12:00:00+00:00"


def test_send__of_a_charge_without_an_order__sends_nothing(server: CannedServer) -> None:
    assert an_adapter(server).send(an_operation(reference=None)) == NotSent("not_prepared")
    assert server.asked == []


def test_send__of_a_checkout_that_is_approved__captures_without_a_payment_source(
    server: CannedServer,
) -> None:
    server.says("POST", CAPTURE_ORDER, 201, an_order(captures=[a_capture()]))
    charge = an_adapter(server).send(an_operation(payment=CHECKOUT))
    assert isinstance(charge, Charge)
    assert charge.status is ChargeStatus.SUCCEEDED
    (asked,) = server.asked_of(CAPTURE_ORDER)
    assert asked.body == b"{}"


@pytest.mark.parametrize(
    ("status", "meaning"),
    [("PENDING", ChargeStatus.PENDING), ("DECLINED", ChargeStatus.DECLINED)],
)
def test_charge__whose_capture_did_not_succeed__is_what_that_is(
    server: CannedServer, status: str, meaning: ChargeStatus
) -> None:
    server.says("POST", CAPTURE_ORDER, 201, an_order(captures=[a_capture(status)]))
    charge = an_adapter(server).send(an_operation())
    assert isinstance(charge, Charge)
    assert (charge.status, charge.captured_minor, charge.handle) == (meaning, 0, None)


@pytest.mark.parametrize(
    "issue",
    ["INSTRUMENT_DECLINED", "PAYER_CANNOT_PAY", "CARD_EXPIRED", "TRANSACTION_REFUSED"],
)
def test_charge__that_the_payer_cannot_pay__is_declined(server: CannedServer, issue: str) -> None:
    server.says("POST", CAPTURE_ORDER, 422, an_error(issue))
    charge = an_adapter(server).send(an_operation())
    assert isinstance(charge, Charge)
    assert charge.status is ChargeStatus.DECLINED
    assert charge.failure == Failure("card_declined", f"{issue}: Because.")
    assert server.asked_of(ORDER) == []


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, an_error("INVALID_PARAMETER_SYNTAX", "INVALID_REQUEST")),
        (404, NOT_FOUND),
        (422, an_error("DECIMAL_PRECISION")),
    ],
    ids=["400", "404", "422"],
)
def test_charge__that_paypal_never_takes__is_refused(
    server: CannedServer, status: int, error: Any
) -> None:
    server.says("POST", CAPTURE_ORDER, status, error)
    server.says("GET", ORDER, 200, an_order("CREATED"))
    charge = an_adapter(server).send(an_operation())
    assert isinstance(charge, Charge)
    assert charge.status is ChargeStatus.DECLINED
    assert charge.failure is not None
    assert charge.failure.code == "processor_refused"


@pytest.mark.parametrize("issue", ["ORDER_ALREADY_CAPTURED", "DUPLICATE_INVOICE_ID", "NEWS"])
def test_charge__that_was_done_before__is_what_the_order_says(
    server: CannedServer, issue: str
) -> None:
    server.says("POST", CAPTURE_ORDER, 422, an_error(issue))
    server.says("GET", ORDER, 200, an_order(captures=[a_capture()]))
    charge = an_adapter(server).send(an_operation())
    assert isinstance(charge, Charge)
    assert charge.status is ChargeStatus.SUCCEEDED


def test_charge__that_may_have_been_done_before__is_unknown_if_the_order_is_silent(
    server: CannedServer,
) -> None:
    server.says("POST", CAPTURE_ORDER, 422, an_error("ORDER_ALREADY_CAPTURED"))
    server.says("GET", ORDER, 500)
    answer = an_adapter(server).send(an_operation())
    assert answer == Unknown("server_error", replays=True)


def test_charge__that_needs_its_payer__says_where_they_go(server: CannedServer) -> None:
    links = [a_link(PAGE, "payer-action")]
    server.says("POST", CAPTURE_ORDER, 422, an_error("PAYER_ACTION_REQUIRED", links=links))
    server.says("GET", ORDER, 200, an_order("PAYER_ACTION_REQUIRED", links=links))
    charge = an_adapter(server).send(an_operation())
    assert isinstance(charge, Charge)
    assert (charge.status, charge.next_action_url) == (ChargeStatus.REQUIRES_ACTION, PAGE)


def test_charge__that_needs_its_payer__says_so_although_the_order_is_silent(
    server: CannedServer,
) -> None:
    links = [a_link(PAGE, "payer-action")]
    server.says("POST", CAPTURE_ORDER, 422, an_error("PAYER_ACTION_REQUIRED", links=links))
    server.says("GET", ORDER, 503)
    charge = an_adapter(server).send(an_operation())
    assert isinstance(charge, Charge)
    assert (charge.status, charge.next_action_url) == (ChargeStatus.REQUIRES_ACTION, PAGE)


def test_charge__whose_refusal_is_older_than_its_approval__is_sent_once_more(
    server: CannedServer,
) -> None:
    server.says("POST", CAPTURE_ORDER, 422, an_error("PAYER_ACTION_REQUIRED"))
    server.says("POST", CAPTURE_ORDER, 201, an_order(captures=[a_capture()]))
    server.says("GET", ORDER, 200, an_order("APPROVED"))
    charge = an_adapter(server).send(an_operation())
    assert isinstance(charge, Charge)
    assert charge.status is ChargeStatus.SUCCEEDED
    first, second = server.asked_of(CAPTURE_ORDER)
    assert first.headers["paypal-request-id"] == "pay_1-1"
    assert (second.headers["paypal-request-id"], second.body) == ("pay_1-2", b"{}")


def test_charge__that_is_refused_though_approved__is_declined(server: CannedServer) -> None:
    server.says("POST", CAPTURE_ORDER, 422, an_error("PAYEE_ACCOUNT_RESTRICTED"))
    server.says("GET", ORDER, 200, an_order("APPROVED"))
    charge = an_adapter(server).send(an_operation())
    assert isinstance(charge, Charge)
    assert charge.status is ChargeStatus.DECLINED


def test_charge__of_another_order__is_no_answer(server: CannedServer) -> None:
    order = an_order(captures=[a_capture()]) | {"id": "ORDER2"}
    server.says("POST", CAPTURE_ORDER, 201, order)
    assert an_adapter(server).send(an_operation()) == UNREADABLE


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (429, b"", NotSent("rate_limited")),
        (401, b"", NotSent("unauthorized")),
        (403, an_error("PERMISSION_DENIED", "NOT_AUTHORIZED"), NotSent("unauthorized")),
        (500, an_error("X", "INTERNAL_SERVER_ERROR"), Unknown("server_error", replays=True)),
        (503, b"<html>", Unknown("server_error", replays=True)),
        (409, an_error("PREVIOUS_REQUEST_IN_PROGRESS"), Unknown("key_in_use")),
        (422, an_error("PREVIOUS_REQUEST_IN_PROGRESS"), Unknown("key_in_use")),
        (
            422,
            an_error("DUPLICATE_REQUEST_ID"),
            Unknown("idempotency_key_reused", replays=True),
        ),
        (302, an_error("MOVED"), Unknown("unexpected_answer", replays=True)),
        (404, an_error("ELSEWHERE", "NO_SUCH_PAGE"), Unknown("unexpected_answer", replays=True)),
        (404, b"<html>", UNREADABLE),
        (201, b"", UNREADABLE),
        (201, b"[]", UNREADABLE),
        (201, {"id": 5}, UNREADABLE),
        (422, {}, UNREADABLE),
    ],
    ids=lambda value: str(value)[:40],
)
def test_answer__that_decides_nothing__is_what_it_is(
    server: CannedServer, kind: str, status: int, body: Any, meaning: object
) -> None:
    server.says("POST", PATHS[kind], status, body)
    assert an_adapter(server).send(an_operation(kind)) == meaning
