"""What PayPal's answers to captures, voids and refunds mean."""

from typing import Any

import pytest

from oncepay.domain.processor_answer import (
    ChargeStatus,
    Effect,
    EffectStatus,
    Failure,
    Unknown,
)
from tests.unit.processors.paypal_objects import (
    DONE,
    MOVES,
    NOT_FOUND,
    ORDER,
    PATHS,
    UNREADABLE,
    a_capture,
    a_refund,
    an_adapter,
    an_authorization,
    an_error,
    an_operation,
    an_order,
)
from tests.unit.processors.paypal_server import CannedServer


@pytest.fixture
def server(paypal: CannedServer) -> CannedServer:
    return paypal.grants()


def test_capture__is_done(server: CannedServer) -> None:
    server.says("POST", PATHS["capture"], 201, DONE["capture"])
    assert an_adapter(server).send(an_operation("capture")) == Effect(
        reference="CAPTURE1",
        status=EffectStatus.SUCCEEDED,
        amount_minor=3_000,
        currency="USD",
        charge_reference="ORDER1",
        payment_id="pay_1",
        handle="CAPTURE1",
    )
    (asked,) = server.asked_of(PATHS["capture"])
    assert asked.headers["paypal-request-id"] == "cap_1"


def test_refund__is_done(server: CannedServer) -> None:
    server.says("POST", PATHS["refund"], 201, DONE["refund"])
    assert an_adapter(server).send(an_operation("refund")) == Effect(
        reference="REFUND1",
        status=EffectStatus.SUCCEEDED,
        amount_minor=2_000,
        currency="USD",
        charge_reference="ORDER1",
        payment_id="pay_1",
    )


@pytest.mark.parametrize(("status", "body"), [(200, DONE["void"]), (204, b"")])
def test_void__is_done(server: CannedServer, status: int, body: Any) -> None:
    server.says("POST", PATHS["void"], status, body)
    effect = an_adapter(server).send(an_operation("void"))
    assert isinstance(effect, Effect)
    assert (effect.status, effect.reference, effect.charge_reference) == (
        EffectStatus.SUCCEEDED,
        None,
        "ORDER1",
    )


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("COMPLETED", EffectStatus.SUCCEEDED),
        ("PENDING", EffectStatus.PENDING),
        ("FAILED", EffectStatus.FAILED),
        ("CANCELLED", EffectStatus.FAILED),
    ],
)
def test_refund__is_what_its_status_says(
    server: CannedServer, status: str, meaning: EffectStatus
) -> None:
    server.says("POST", PATHS["refund"], 201, a_refund(status))
    effect = an_adapter(server).send(an_operation("refund"))
    assert isinstance(effect, Effect)
    assert effect.status is meaning
    assert (effect.failure is not None) == (meaning is EffectStatus.FAILED)


@pytest.mark.parametrize("kind", ["capture", "refund"])
def test_answer__of_another_operation__is_no_answer(server: CannedServer, kind: str) -> None:
    server.says("POST", PATHS[kind], 201, DONE[kind] | {"invoice_id": "other"})
    assert an_adapter(server).send(an_operation(kind)) == UNREADABLE


@pytest.mark.parametrize("kind", ["capture", "refund"])
def test_answer__that_names_another_order__is_told_as_it_was_said(
    server: CannedServer, kind: str
) -> None:
    more = {"supplementary_data": {"related_ids": {"order_id": "ORDER2"}}}
    server.says("POST", PATHS[kind], 201, DONE[kind] | more)
    effect = an_adapter(server).send(an_operation(kind))
    assert isinstance(effect, Effect)
    assert effect.charge_reference == "ORDER2"


def test_capture__that_was_done_before__is_found_in_the_order(server: CannedServer) -> None:
    server.says("POST", PATHS["capture"], 422, an_error("AUTHORIZATION_ALREADY_CAPTURED"))
    captured = a_capture(value="30.00", invoice_id="cap_1")
    order = an_order(authorizations=[an_authorization("CAPTURED")], captures=[captured])
    server.says("GET", ORDER, 200, order)
    effect = an_adapter(server).send(an_operation("capture"))
    assert isinstance(effect, Effect)
    assert (effect.status, effect.reference) == (EffectStatus.SUCCEEDED, "CAPTURE1")


def test_capture__of_what_somebody_else_captured__fails_with_the_charge(
    server: CannedServer,
) -> None:
    server.says("POST", PATHS["capture"], 422, an_error("AUTHORIZATION_ALREADY_CAPTURED"))
    order = an_order(
        authorizations=[an_authorization("CAPTURED")],
        captures=[a_capture(value="10.00", invoice_id="elsewhere")],
    )
    server.says("GET", ORDER, 200, order)
    effect = an_adapter(server).send(an_operation("capture"))
    assert isinstance(effect, Effect)
    assert effect.failure == Failure("AUTHORIZATION_ALREADY_CAPTURED", "Because.")
    assert effect.charge is not None
    assert (effect.status, effect.charge.status, effect.charge.captured_minor) == (
        EffectStatus.FAILED,
        ChargeStatus.SUCCEEDED,
        1_000,
    )


@pytest.mark.parametrize(
    ("issue", "authorization", "meaning"),
    [
        ("AUTHORIZATION_EXPIRED", an_authorization("EXPIRED"), ChargeStatus.EXPIRED),
        (
            "AUTHORIZATION_EXPIRED",
            an_authorization(expiration_time="2026-11-21T12:00:00Z"),
            ChargeStatus.EXPIRED,
        ),
        ("AUTHORIZATION_VOIDED", an_authorization("VOIDED"), ChargeStatus.VOIDED),
        ("MAX_CAPTURE_AMOUNT_EXCEEDED", an_authorization(), ChargeStatus.AUTHORIZED),
    ],
    ids=["expired", "past", "voided", "limit"],
)
def test_capture__that_is_refused__fails_with_the_charge_as_it_is(
    server: CannedServer, issue: str, authorization: Any, meaning: ChargeStatus
) -> None:
    server.says("POST", PATHS["capture"], 422, an_error(issue))
    server.says("GET", ORDER, 200, an_order(authorizations=[authorization]))
    effect = an_adapter(server).send(an_operation("capture"))
    assert isinstance(effect, Effect)
    assert effect.charge is not None
    assert (effect.status, effect.charge.status) == (EffectStatus.FAILED, meaning)


def test_void__of_what_is_voided__is_done(server: CannedServer) -> None:
    server.says("POST", PATHS["void"], 422, an_error("PREVIOUSLY_VOIDED"))
    server.says("GET", ORDER, 200, an_order(authorizations=[an_authorization("VOIDED")]))
    effect = an_adapter(server).send(an_operation("void"))
    assert isinstance(effect, Effect)
    assert effect.status is EffectStatus.SUCCEEDED


def test_refund__that_was_done_before__is_found_in_the_order(server: CannedServer) -> None:
    server.says("POST", PATHS["refund"], 422, an_error("CAPTURE_FULLY_REFUNDED"))
    others = [a_refund(id="REFUND0", invoice_id="re_0"), a_refund()]
    server.says("GET", ORDER, 200, an_order(captures=[a_capture("REFUNDED")], refunds=others))
    effect = an_adapter(server).send(an_operation("refund"))
    assert isinstance(effect, Effect)
    assert (effect.status, effect.reference) == (EffectStatus.SUCCEEDED, "REFUND1")


@pytest.mark.parametrize("kind", MOVES)
def test_move__that_is_refused__is_unknown_if_the_order_is_silent(
    server: CannedServer, kind: str
) -> None:
    server.says("POST", PATHS[kind], 422, an_error("SOMETHING_NEW"))
    server.says("GET", ORDER, 429)
    answer = an_adapter(server).send(an_operation(kind))
    assert answer == Unknown("rate_limited", replays=True)


@pytest.mark.parametrize("kind", MOVES)
def test_move__of_a_charge_that_there_is_not__fails(server: CannedServer, kind: str) -> None:
    server.says("POST", PATHS[kind], 404, NOT_FOUND).says("GET", ORDER, 404, NOT_FOUND)
    effect = an_adapter(server).send(an_operation(kind))
    assert isinstance(effect, Effect)
    assert (effect.status, effect.reference, effect.charge) == (EffectStatus.FAILED, None, None)
