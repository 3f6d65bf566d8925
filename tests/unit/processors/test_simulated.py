"""What the simulated processor is asked, and what each of its answers means."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from oncepay.domain.operation import OperationKind, ProcessorRequest
from oncepay.domain.processor_answer import (
    Absent,
    Charge,
    ChargeStatus,
    Effect,
    EffectStatus,
    Failure,
    LookedUp,
    NotSent,
    Unknown,
)
from tests.simulated_objects import a_charge, a_move, an_error
from tests.unit.processors.simulated_replies import (
    ADAPTER,
    KINDS,
    MOVES,
    PAYMENT,
    REQUESTS,
    UNREADABLE,
    Replies,
    a_result,
    an_operation,
    found_under,
)


def test_requests__are_these() -> None:
    assert {
        "charge": ProcessorRequest(
            "/v1/charges",
            '{"amount_minor":5000,"currency":"USD","payment_method":"pm_approve",'
            '"capture":"automatic","payment_id":"pay_1"}',
        ),
        "capture": ProcessorRequest(
            "/v1/charges/ch_1/captures",
            '{"amount_minor":3000,"currency":"USD","payment_id":"pay_1"}',
            "ch_1",
        ),
        "void": ProcessorRequest("/v1/charges/ch_1/voids", '{"payment_id":"pay_1"}', "ch_1"),
        "refund": ProcessorRequest(
            "/v1/charges/ch_1/refunds",
            '{"amount_minor":2000,"currency":"USD","payment_id":"pay_1"}',
            "ch_1",
        ),
    } == REQUESTS


def test_charge_request__of_a_payment_that_is_captured_later__authorizes() -> None:
    request = ADAPTER.charge_request(replace(PAYMENT, captures_automatically=False))
    assert json.loads(request.body)["capture"] == "manual"


def test_request__of_a_strange_reference__stays_below_its_charge() -> None:
    assert (
        ADAPTER.void_request(PAYMENT, "../x?y", None, operation_id="v").path
        == "/v1/charges/..%2Fx%3Fy/voids"
    )


def test_capture_request__without_a_reference__is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="no reference"):
        ADAPTER.capture_request(replace(PAYMENT, processor_reference=None), 1, operation_id="c")


def test_adapter__is_the_simulated_processor() -> None:
    assert (ADAPTER.name, ADAPTER.timeout_seconds) == ("simulated", 3.0)
    assert ADAPTER.key_retention.total_seconds() == 86_400


def test_send__posts_the_stored_bytes_under_our_key(replies: Replies) -> None:
    ADAPTER.send(an_operation("refund"))
    assert replies.requests == [
        (
            "http://processor.test/v1/charges/ch_1/refunds",
            {
                "method": "POST",
                "headers": {
                    "Authorization": "Bearer secret",
                    "Accept": "application/json",
                    "Content-Type": "application/json",
                    "Idempotency-Key": "re_1",
                },
                "body": b'{"amount_minor":2000,"currency":"USD","payment_id":"pay_1"}',
                "timeout_seconds": 3.0,
            },
        )
    ]


def test_look_ups__get_by_key_and_by_reference(replies: Replies) -> None:
    ADAPTER.look_up(replace(an_operation(), id="a/b?c"))
    ADAPTER.look_up_charge(replace(PAYMENT, processor_reference="ch/1"))
    assert [url for url, _ in replies.requests] == [
        "http://processor.test/v1/operations/a%2Fb%3Fc",
        "http://processor.test/v1/charges/ch%2F1",
    ]
    assert {(request["method"], request["body"]) for _, request in replies.requests} == {
        ("GET", None)
    }
    assert all("Idempotency-Key" not in request["headers"] for _, request in replies.requests)


@pytest.mark.parametrize("lost", [NotSent("connect_failed"), Unknown("timeout")], ids=repr)
def test_lost_exchange__is_what_became_of_it(replies: Replies, lost: NotSent | Unknown) -> None:
    replies.reply = lost
    assert ADAPTER.send(an_operation()) == lost
    assert ADAPTER.look_up(an_operation()) == lost
    assert ADAPTER.look_up_charge(PAYMENT) == lost


@pytest.mark.parametrize("status", [200, 201])
def test_charge__is_read(replies: Replies, status: int) -> None:
    assert replies.to_send(status, a_charge(status="authorized")) == Charge(
        reference="ch_1",
        status=ChargeStatus.AUTHORIZED,
        amount_minor=5_000,
        currency="USD",
        captured_minor=0,
        payment_id="pay_1",
        expires_at=datetime(2026, 11, 28, 12, 0, tzinfo=UTC),
    )


def test_charge__that_requires_action__says_where(replies: Replies) -> None:
    body = a_charge(status="requires_action", next_action={"url": "https://processor.test/a/1"})
    charge = replies.to_send(201, body)
    assert isinstance(charge, Charge)
    assert charge.next_action_url == "https://processor.test/a/1"


def test_charge__declined__has_the_processors_code_in_its_message(replies: Replies) -> None:
    decline = {"code": "expired_card", "message": "the card has expired"}
    charge = replies.to_send(402, a_charge(status="declined", decline=decline))
    assert isinstance(charge, Charge)
    assert charge.failure == Failure("card_declined", "expired_card: the card has expired")


def test_charge__declined_without_a_reason__is_declined(replies: Replies) -> None:
    charge = replies.to_send(402, a_charge(status="declined"))
    assert isinstance(charge, Charge)
    assert charge.failure == Failure("card_declined", "the processor gave no reason")


def test_402__of_a_charge_that_is_not_declined__is_unknown(replies: Replies) -> None:
    assert replies.to_send(402, a_charge(status="succeeded")) == UNREADABLE


@pytest.mark.parametrize("kind", MOVES)
def test_move__is_read(replies: Replies, kind: str) -> None:
    is_void = kind == "void"
    assert replies.to_send(201, a_move(kind), kind) == Effect(
        reference="mv_1",
        status=EffectStatus.SUCCEEDED,
        amount_minor=None if is_void else 3_000,
        currency=None if is_void else "USD",
        charge_reference="ch_1",
        payment_id="pay_1",
    )


@pytest.mark.parametrize("kind", MOVES)
def test_move__failed__says_why(replies: Replies, kind: str) -> None:
    failure = {"code": "account_closed", "message": "account closed"}
    effect = replies.to_send(201, a_move(kind, status="failed", failure=failure), kind)
    assert isinstance(effect, Effect)
    assert effect.failure == Failure("account_closed", "account closed")


@pytest.mark.parametrize("kind", MOVES)
def test_409__with_the_charge__is_a_failed_move(replies: Replies, kind: str) -> None:
    body = an_error("charge_voided", charge=a_charge(status="voided"))
    effect = replies.to_send(409, body, kind)
    assert isinstance(effect, Effect)
    assert (effect.reference, effect.status) == (None, EffectStatus.FAILED)
    assert effect.failure == Failure("charge_voided", "a message")
    assert effect.charge is not None
    assert effect.charge.status is ChargeStatus.VOIDED
    assert (effect.charge_reference, effect.payment_id) == ("ch_1", "pay_1")


def test_orphan__is_read_as_what_its_path_says(replies: Replies) -> None:
    for kind in ("void", "refund"):
        replies.to_send(201, a_move(kind, idempotency_key="or_1"), kind)
        orphan = replace(an_operation(kind), id="or_1", kind=OperationKind.RETURN_ORPHAN)
        assert isinstance(ADAPTER.send(orphan), Effect)


@pytest.mark.parametrize(
    ("kind", "status", "body", "meaning"),
    [
        ("charge", 429, an_error("rate_limited"), NotSent("rate_limited")),
        ("charge", 429, b"<html>", NotSent("rate_limited")),
        ("charge", 401, an_error("unauthorized"), NotSent("unauthorized")),
        ("charge", 404, an_error("not_found"), NotSent("not_found")),
        ("charge", 404, b"<html>", UNREADABLE),
        ("refund", 404, b"<html>", UNREADABLE),
        ("charge", 409, an_error("key_in_use"), Unknown("key_in_use")),
        ("refund", 409, an_error("key_in_use"), Unknown("key_in_use")),
        ("refund", 409, an_error("charge_voided"), UNREADABLE),
        ("refund", 409, an_error("charge_voided", charge={"id": "ch_1"}), UNREADABLE),
        ("refund", 402, a_charge(status="declined"), UNREADABLE),
        (
            "charge",
            409,
            an_error("charge_voided", charge=a_charge()),
            Unknown("unexpected_answer", replays=True),
        ),
        (
            "charge",
            422,
            an_error("idempotency_key_reused"),
            Unknown("idempotency_key_reused", replays=True),
        ),
        ("charge", 400, an_error("other"), Unknown("unexpected_answer", replays=True)),
        ("charge", 400, b"", UNREADABLE),
        ("charge", 500, an_error("server_error"), Unknown("server_error", replays=True)),
        ("charge", 503, b"<html>", Unknown("server_error", replays=True)),
        ("charge", 302, b"", UNREADABLE),
        ("charge", 403, an_error("forbidden"), Unknown("unexpected_answer", replays=True)),
        ("charge", 204, b"", UNREADABLE),
        ("charge", 201, b'{"id":', UNREADABLE),
        ("charge", 201, b"\xff", UNREADABLE),
        ("charge", 201, b"[]", UNREADABLE),
        ("charge", 201, b"[" * 100_000, UNREADABLE),
        ("charge", 201, b'{"id":' + b"9" * 5_000 + b"}", UNREADABLE),
        ("charge", 201, a_move("refund", idempotency_key="pay_1"), UNREADABLE),
        ("refund", 201, a_move("capture", idempotency_key="re_1"), UNREADABLE),
        ("charge", 201, a_charge(idempotency_key="pay_2"), UNREADABLE),
        ("charge", 201, a_charge(idempotency_key=None), UNREADABLE),
    ],
)
def test_answer__means(
    replies: Replies, kind: str, status: int, body: Any, meaning: NotSent | Unknown
) -> None:
    assert replies.to_send(status, body, kind) == meaning


def test_400__of_a_charge__is_a_refusal_for_ever(replies: Replies) -> None:
    charge = replies.to_send(400, an_error("invalid_request"))
    assert isinstance(charge, Charge)
    assert (charge.status, charge.reference) == (ChargeStatus.DECLINED, "")
    assert charge.failure == Failure("processor_refused", "a message")


@pytest.mark.parametrize("kind", MOVES)
@pytest.mark.parametrize(("status", "code"), [(400, "invalid_request"), (404, "not_found")])
def test_400_and_404__of_a_move__are_a_refusal_for_ever(
    replies: Replies, kind: str, status: int, code: str
) -> None:
    assert replies.to_send(status, an_error(code), kind) == Effect(
        reference=None, status=EffectStatus.FAILED, failure=Failure(code, "a message")
    )


def test_message__that_is_long__is_cut(replies: Replies) -> None:
    decline = {"code": "x", "message": "m" * 10_000}
    charge = replies.to_send(402, a_charge(status="declined", decline=decline))
    assert isinstance(charge, Charge)
    assert charge.failure is not None
    assert len(charge.failure.message) == 303


@pytest.mark.parametrize("kind", list(KINDS))
def test_look_up__finds_what_it_is_now(replies: Replies, kind: str) -> None:
    looked_up = replies.to_look_up(200, found_under(kind), kind)
    assert looked_up == replies.to_send(201, a_result(kind), kind)
    assert isinstance(looked_up, Charge if kind == "charge" else Effect)


def test_look_up__of_another_kind_than_was_asked_for__tells_that_kind(replies: Replies) -> None:
    body = found_under("refund", idempotency_key="pay_1") | {"key": "pay_1"}
    assert isinstance(replies.to_look_up(200, body), Effect)


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (404, an_error("not_found"), Absent()),
        (404, an_error("no_such_page"), Unknown("unexpected_answer")),
        (404, b"<html>", UNREADABLE),
        (404, b"", UNREADABLE),
        (429, b"", NotSent("rate_limited")),
        (401, b"", NotSent("unauthorized")),
        (500, b"", Unknown("server_error", replays=True)),
        (302, b"{}", Unknown("unexpected_answer")),
        (200, b"{}", UNREADABLE),
        (200, found_under("charge") | {"key": "pay_2"}, UNREADABLE),
        (200, found_under("charge", idempotency_key="pay_2"), UNREADABLE),
        (200, found_under("charge") | {"object": "thing"}, UNREADABLE),
        (200, found_under("charge") | {"object": ["charge"]}, UNREADABLE),
        (200, found_under("charge") | {"object": "refund"}, UNREADABLE),
        (200, found_under("charge") | {"result": None}, UNREADABLE),
    ],
)
def test_look_up__means(replies: Replies, status: int, body: Any, meaning: LookedUp) -> None:
    assert replies.to_look_up(status, body) == meaning


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (404, an_error("not_found"), Absent()),
        (404, b"<html>", UNREADABLE),
        (503, b"", Unknown("server_error", replays=True)),
        (200, b"{}", UNREADABLE),
    ],
)
def test_look_up_charge__means(replies: Replies, status: int, body: Any, meaning: LookedUp) -> None:
    assert replies.to_look_up_charge(status, body) == meaning


def test_look_up_charge__that_began_at_the_processor__is_read(replies: Replies) -> None:
    assert isinstance(replies.to_look_up_charge(200, a_charge(idempotency_key=None)), Charge)
