"""What PayPal's orders say of what became of an operation, and of a payment's charge."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from oncepay.domain.operation import OperationKind
from oncepay.domain.processor_answer import (
    Absent,
    Charge,
    ChargeStatus,
    Effect,
    EffectStatus,
    LookedUp,
    NotSent,
    Unknown,
)
from tests.unit.processors.paypal_objects import (
    CHECKOUT,
    HELD,
    MOVES,
    NOT_FOUND,
    ORDER,
    PAGE,
    UNREADABLE,
    Clock,
    a_capture,
    a_link,
    a_refund,
    an_adapter,
    an_authorization,
    an_operation,
    an_order,
    usd,
)
from tests.unit.processors.paypal_server import CannedServer


@pytest.fixture
def server(paypal: CannedServer) -> CannedServer:
    return paypal.grants()


def looked_up(server: CannedServer, body: Any, kind: str = "charge") -> LookedUp:
    server.says("GET", ORDER, 200, body)
    return an_adapter(server).look_up(an_operation(kind))


def charge_of(server: CannedServer, body: Any) -> Charge:
    charge = looked_up(server, body)
    assert isinstance(charge, Charge), charge
    return charge


def test_look_up__of_a_charge_without_an_order__asks_nobody(server: CannedServer) -> None:
    assert an_adapter(server).look_up(an_operation(reference=None)) == Absent()
    assert server.asked == []


def test_look_up__of_a_strange_order__stays_below_the_orders(server: CannedServer) -> None:
    an_adapter(server).look_up(an_operation(reference="../x?y"))
    assert server.asked[-1].path == "/v2/checkout/orders/..%2Fx%3Fy"


@pytest.mark.parametrize("status", ["CREATED", "SAVED"])
def test_order__that_nobody_paid__is_absent(server: CannedServer, status: str) -> None:
    assert looked_up(server, an_order(status)) == Absent()


def test_order__that_is_approved__waits_to_be_captured(server: CannedServer) -> None:
    assert charge_of(server, an_order("APPROVED")).status is ChargeStatus.APPROVED


def test_order__that_waits_for_its_payer__says_where_they_go(server: CannedServer) -> None:
    order = an_order("PAYER_ACTION_REQUIRED", links=[a_link(PAGE, "payer-action")])
    charge = charge_of(server, order)
    assert (charge.status, charge.next_action_url) == (ChargeStatus.REQUIRES_ACTION, PAGE)


@pytest.mark.parametrize("page", ["javascript:alert(1)", "https://a b", 5, None])
def test_page__that_is_none__is_not_given_to_payers(server: CannedServer, page: Any) -> None:
    order = an_order("PAYER_ACTION_REQUIRED", links=[a_link(page, "payer-action")])
    assert charge_of(server, order).next_action_url is None


def test_order__that_is_voided__has_expired(server: CannedServer) -> None:
    assert charge_of(server, an_order("VOIDED")).status is ChargeStatus.EXPIRED


@pytest.mark.parametrize("status", ["COMPLETED", "REFUNDED", "PARTIALLY_REFUNDED"])
def test_order__that_was_captured__succeeded(server: CannedServer, status: str) -> None:
    charge = charge_of(server, an_order(captures=[a_capture(status)]))
    assert (charge.status, charge.captured_minor, charge.handle) == (
        ChargeStatus.SUCCEEDED,
        5_000,
        "CAPTURE1",
    )


def test_order__whose_capture_is_of_another_amount__is_told_as_it_was_said(
    server: CannedServer,
) -> None:
    other = a_capture(amount={"currency_code": "EUR", "value": "50.01"}, custom_id="pay_2")
    charge = charge_of(server, an_order(captures=[other]))
    assert (charge.amount_minor, charge.currency, charge.payment_id) == (5_001, "EUR", "pay_2")


def test_order__captured_after_a_failure__succeeded(server: CannedServer) -> None:
    captures = [a_capture("FAILED", id="CAPTURE0"), a_capture()]
    charge = charge_of(server, an_order(captures=captures))
    assert (charge.status, charge.captured_minor) == (ChargeStatus.SUCCEEDED, 5_000)


def test_order__captured_in_part__succeeded_with_that_part(server: CannedServer) -> None:
    order = an_order(
        authorizations=[an_authorization("PARTIALLY_CAPTURED")], captures=[a_capture(value="12.34")]
    )
    charge = charge_of(server, order)
    assert (charge.status, charge.amount_minor, charge.captured_minor) == (
        ChargeStatus.SUCCEEDED,
        5_000,
        1_234,
    )


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("CREATED", ChargeStatus.AUTHORIZED),
        ("PENDING", ChargeStatus.PENDING),
        ("DENIED", ChargeStatus.DECLINED),
        ("VOIDED", ChargeStatus.VOIDED),
        ("EXPIRED", ChargeStatus.EXPIRED),
    ],
)
def test_authorization__is_what_its_status_says(
    server: CannedServer, status: str, meaning: ChargeStatus
) -> None:
    charge = charge_of(server, an_order(authorizations=[an_authorization(status)]))
    assert (charge.status, charge.handle, charge.captured_minor) == (meaning, "AUTH1", 0)
    assert charge.expires_at == datetime(2026, 12, 20, 12, 0, tzinfo=UTC)
    assert (charge.failure is not None) == (meaning is ChargeStatus.DECLINED)


def test_authorization__whose_time_is_over__has_expired(server: CannedServer) -> None:
    over = an_authorization(expiration_time="2026-11-21T12:00:00Z")
    assert charge_of(server, an_order(authorizations=[over])).status is ChargeStatus.EXPIRED


def test_authorization__that_paypal_voided_when_its_time_was_over__has_expired(
    server: CannedServer,
) -> None:
    over = an_authorization("VOIDED", update_time="2026-12-20T12:00:00Z")
    assert charge_of(server, an_order(authorizations=[over])).status is ChargeStatus.EXPIRED


@pytest.mark.parametrize("status", ["PENDING", "DECLINED"])
def test_authorization__whose_capture_did_not_succeed__stands(
    server: CannedServer, status: str
) -> None:
    order = an_order(authorizations=[an_authorization()], captures=[a_capture(status)])
    charge = charge_of(server, order)
    assert (charge.status, charge.handle) == (ChargeStatus.AUTHORIZED, "AUTH1")


@pytest.mark.parametrize(
    "order",
    [
        an_order("COMPLETED"),
        an_order("NEWS"),
        an_order(authorizations=[an_authorization("CAPTURED")]),
        an_order(authorizations=[an_authorization("NEWS")]),
        an_order(authorizations=[an_authorization(amount=None)]),
        an_order(authorizations=[an_authorization(expiration_time="soon")]),
        an_order(authorizations=[an_authorization(expiration_time=5)]),
        an_order(captures=[a_capture("NEWS")]),
        an_order(captures=[a_capture(id=None)]),
        an_order(captures=[a_capture(amount=usd("-1.00"))]),
        an_order(captures=[a_capture(), a_capture(amount={"currency_code": "EUR", "value": "1"})]),
        an_order() | {"id": ""},
        an_order() | {"purchase_units": []},
        an_order() | {"purchase_units": an_order()["purchase_units"] * 2},
        an_order() | {"purchase_units": "one"},
        {},
        [],
        b"<html>",
        b"",
    ],
    ids=lambda value: str(value)[-60:],
)
def test_order__that_cannot_be_read__is_unreadable(server: CannedServer, order: Any) -> None:
    assert looked_up(server, order) == UNREADABLE


@pytest.mark.parametrize("kind", ["charge", *MOVES])
@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (404, NOT_FOUND, Absent()),
        (404, {"name": "NO_SUCH_PAGE"}, Unknown("unexpected_answer")),
        (404, b"<html>", UNREADABLE),
        (500, b"", Unknown("server_error", replays=True)),
        (429, b"", NotSent("rate_limited")),
        (401, b"", NotSent("unauthorized")),
        (302, b"", Unknown("unexpected_answer")),
    ],
    ids=lambda value: str(value)[:40],
)
def test_look_up__that_finds_nothing__says_why(
    server: CannedServer, kind: str, status: int, body: Any, meaning: LookedUp
) -> None:
    server.says("GET", ORDER, status, body)
    assert an_adapter(server).look_up(an_operation(kind)) == meaning


@pytest.mark.parametrize("payment", [HELD, CHECKOUT], ids=["token", "page"])
def test_order__that_paypal_has_forgotten__has_expired(server: CannedServer, payment: Any) -> None:
    server.says("GET", ORDER, 404, NOT_FOUND)
    clock = Clock()
    clock.pass_by(hours=3)
    charge = an_adapter(server, clock=clock).look_up(an_operation(payment=payment))
    assert isinstance(charge, Charge)
    assert (charge.status, charge.reference) == (ChargeStatus.EXPIRED, "ORDER1")


ORDERS_OF_MOVES = {
    "capture": an_order(
        authorizations=[an_authorization("CAPTURED")],
        captures=[a_capture(value="30.00", invoice_id="cap_1")],
    ),
    "void": an_order(authorizations=[an_authorization("VOIDED")]),
    "refund": an_order(captures=[a_capture()], refunds=[a_refund()]),
}


@pytest.mark.parametrize(
    ("kind", "reference", "amount_minor"),
    [("capture", "CAPTURE1", 3_000), ("void", None, None), ("refund", "REFUND1", 2_000)],
)
def test_move__is_found_in_the_order(
    server: CannedServer, kind: str, reference: str | None, amount_minor: int | None
) -> None:
    effect = looked_up(server, ORDERS_OF_MOVES[kind], kind)
    assert isinstance(effect, Effect)
    assert (effect.status, effect.reference, effect.amount_minor, effect.charge_reference) == (
        EffectStatus.SUCCEEDED,
        reference,
        amount_minor,
        "ORDER1",
    )


@pytest.mark.parametrize("kind", ["void", "refund"])
def test_return_of_an_orphan__is_found_as_what_its_path_says(
    server: CannedServer, kind: str
) -> None:
    server.says("GET", ORDER, 200, ORDERS_OF_MOVES[kind])
    operation = replace(an_operation(kind), kind=OperationKind.RETURN_ORPHAN)
    effect = an_adapter(server).look_up(operation)
    assert isinstance(effect, Effect)
    assert effect.status is EffectStatus.SUCCEEDED


@pytest.mark.parametrize(
    ("kind", "order"),
    [
        (
            "capture",
            an_order(authorizations=[an_authorization()], captures=[a_capture(invoice_id="x")]),
        ),
        ("capture", an_order(authorizations=[an_authorization()])),
        ("void", an_order(authorizations=[an_authorization()])),
        ("void", an_order(authorizations=[an_authorization("CAPTURED")])),
        ("void", an_order(captures=[a_capture()])),
        ("refund", an_order(captures=[a_capture()])),
        ("refund", an_order(captures=[a_capture()], refunds=[a_refund(invoice_id="re_2")])),
    ],
)
def test_move__that_the_order_does_not_tell_of__is_absent(
    server: CannedServer, kind: str, order: Any
) -> None:
    assert looked_up(server, order, kind) == Absent()


def test_look_up_charge__is_by_the_order(server: CannedServer) -> None:
    server.says("GET", ORDER, 200, an_order(authorizations=[an_authorization("VOIDED")]))
    charge = an_adapter(server).look_up_charge(HELD)
    assert isinstance(charge, Charge)
    assert (charge.status, charge.reference) == (ChargeStatus.VOIDED, "ORDER1")


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (404, NOT_FOUND, Absent()),
        (200, an_order("CREATED"), Absent()),
        (200, b"{", UNREADABLE),
        (500, b"", Unknown("server_error", replays=True)),
    ],
    ids=["gone", "unpaid", "broken", "error"],
)
def test_look_up_charge__that_finds_nothing__says_why(
    server: CannedServer, status: int, body: Any, meaning: LookedUp
) -> None:
    server.says("GET", ORDER, status, body)
    assert an_adapter(server).look_up_charge(HELD) == meaning


def test_look_up_charge__without_a_reference__is_a_mistake_of_ours(server: CannedServer) -> None:
    with pytest.raises(ValueError, match="no reference"):
        an_adapter(server).look_up_charge(replace(HELD, processor_reference=None))
