"""Captures, voids and refunds, by HTTP: what is allowed in which state, and what they change."""

from typing import Any

import pytest

from tests.simulated.client import Client, HandClock


def authorized(client: Client, plan: str = "approve") -> str:
    return str(client.charged(plan, manual=True).json["id"])


def captured(client: Client, plan: str = "approve") -> str:
    return str(client.charged(plan).json["id"])


def charge_now(client: Client, charge_id: str) -> Any:
    return client.answered("GET", f"/v1/charges/{charge_id}").json


def test_capture__part__takes_it_and_releases_the_rest(client: Client) -> None:
    charge_id = authorized(client)
    reply = client.moved(charge_id, "capture", key="cap_1", amount_minor=3000)
    assert reply.status == 201
    assert reply.json == {
        "id": reply.json["id"],
        "object": "capture",
        "status": "succeeded",
        "charge_id": charge_id,
        "amount_minor": 3000,
        "currency": "USD",
        "payment_id": "pay_1",
        "idempotency_key": "cap_1",
        "failure": None,
        "created_at": "2026-11-21T12:00:00.000000Z",
    }
    charge = charge_now(client, charge_id)
    assert (charge["status"], charge["amount_minor"], charge["captured_minor"]) == (
        "succeeded",
        5000,
        3000,
    )
    assert charge["expires_at"] is None


def test_void__releases_the_whole(client: Client) -> None:
    charge_id = authorized(client)
    reply = client.moved(charge_id, "void", key="void_1")
    assert (reply.status, reply.json["object"], reply.json["amount_minor"]) == (201, "void", 5000)
    assert charge_now(client, charge_id)["status"] == "voided"


def test_refunds__several__sum_up_to_what_was_captured(client: Client) -> None:
    charge_id = captured(client)
    assert client.moved(charge_id, "refund", key="re_1", amount_minor=2000).status == 201
    assert client.moved(charge_id, "refund", key="re_2", amount_minor=3000).status == 201
    assert charge_now(client, charge_id)["refunded_minor"] == 5000
    reply = client.moved(charge_id, "refund", key="re_3", amount_minor=1)
    assert (reply.status, reply.code) == (409, "amount_too_large")


def test_refund__pending__counts_against_the_limit_before_it_succeeds(client: Client) -> None:
    charge_id = captured(client, "approve__refund_pending")
    first = client.moved(charge_id, "refund", key="re_1", amount_minor=3000)
    assert (first.status, first.json["status"]) == (201, "pending")
    assert charge_now(client, charge_id)["refunded_minor"] == 0
    assert client.moved(charge_id, "refund", key="re_2", amount_minor=2001).code == (
        "amount_too_large"
    )


@pytest.mark.parametrize("kind", ["capture", "void", "refund"])
def test_operation__declined__is_201_failed_and_changes_nothing(client: Client, kind: str) -> None:
    plan = f"approve__{kind}_decline_not_today"
    charge_id = captured(client, plan) if kind == "refund" else authorized(client, plan)
    before = charge_now(client, charge_id)
    reply = client.moved(charge_id, kind, key="op_1")
    assert (reply.status, reply.json["status"]) == (201, "failed")
    assert reply.json["failure"] == {"code": "not_today", "message": "not today"}
    assert charge_now(client, charge_id) == before


@pytest.mark.parametrize(
    ("kind", "status"), [("capture", "succeeded"), ("void", "voided"), ("refund", "succeeded")]
)
def test_operation__pending__succeeds_by_itself_after_a_minute(
    client: Client, clock: HandClock, kind: str, status: str
) -> None:
    plan = f"approve__{kind}_pending"
    charge_id = captured(client, plan) if kind == "refund" else authorized(client, plan)
    assert client.moved(charge_id, kind, key="op_1").json["status"] == "pending"
    clock.pass_by(59)
    assert client.found("op_1")["status"] == "pending"
    clock.pass_by(1)
    assert client.found("op_1")["status"] == "succeeded"
    assert charge_now(client, charge_id)["status"] == status


@pytest.mark.parametrize("kind", ["capture", "void", "refund"])
def test_operation__times_out_after__happened_once(client: Client, kind: str) -> None:
    plan = f"approve__{kind}_timeout_after"
    charge_id = captured(client, plan) if kind == "refund" else authorized(client, plan)
    assert client.move(charge_id, kind, key="op_1") is None
    found = client.found("op_1")
    assert (found["object"], found["status"]) == (kind, "succeeded")
    assert client.moved(charge_id, kind, key="op_1").json == found
    ((_, movements),) = client.processor.engine.record()
    assert len(movements) == 1


def test_operation__lands_later__finds_a_charge_that_is_voided_by_then(
    client: Client, clock: HandClock
) -> None:
    charge_id = authorized(client, "approve__capture_lands_later")
    assert client.move(charge_id, "capture", key="cap_1") is None
    assert client.moved(charge_id, "void", key="void_1").status == 201
    clock.pass_by(60)
    again = client.moved(charge_id, "capture", key="cap_1")
    assert (again.status, again.code) == (409, "charge_voided")
    assert client.answered("GET", "/v1/operations/cap_1").status == 404


def test_operation__other_amount__says_one_more_but_moves_what_was_asked(client: Client) -> None:
    charge_id = captured(client, "approve__refund_other_amount")
    reply = client.moved(charge_id, "refund", key="re_1", amount_minor=2000)
    assert reply.json["amount_minor"] == 2001
    assert client.found("re_1")["amount_minor"] == 2001
    assert charge_now(client, charge_id)["refunded_minor"] == 2000


@pytest.mark.parametrize(
    ("charge", "before", "kind", "code"),
    [
        ("approve", (), "void", "charge_captured"),
        ("approve", (), "capture", "charge_captured"),
        ("approve", ("manual",), "refund", "charge_not_captured"),
        ("approve", ("manual", "void"), "capture", "charge_voided"),
        ("approve", ("manual", "void"), "void", "charge_voided"),
        ("approve", ("manual", "void"), "refund", "charge_voided"),
        ("approve", ("manual", "capture"), "capture", "charge_captured"),
        ("decline_x", (), "capture", "charge_declined"),
        ("decline_x", (), "refund", "charge_declined"),
        ("requires_action", (), "capture", "charge_not_authorized"),
        ("requires_action", (), "void", "charge_not_authorized"),
        ("pending", (), "refund", "charge_not_authorized"),
        ("approve__capture_pending", ("manual", "capture"), "void", "operation_pending"),
        ("approve__void_pending", ("manual", "void"), "capture", "operation_pending"),
    ],
)
def test_operation__in_a_wrong_state__is_409_and_shows_the_charge(
    client: Client, charge: str, before: tuple[str, ...], kind: str, code: str
) -> None:
    made = client.charged(charge, manual="manual" in before).json
    for earlier in before[1:]:
        assert client.moved(made["id"], earlier, key="before").status == 201
    reply = client.moved(made["id"], kind, key="op_1")
    assert (reply.status, reply.code) == (409, code)
    assert reply.json["charge"] == charge_now(client, made["id"])


def test_capture__above_the_authorized__is_409(client: Client) -> None:
    charge_id = authorized(client)
    reply = client.moved(charge_id, "capture", key="cap_1", amount_minor=5001)
    assert (reply.status, reply.code) == (409, "amount_too_large")


def test_capture__in_another_currency__is_409(client: Client) -> None:
    charge_id = authorized(client)
    body = {"amount_minor": 5000, "currency": "EUR", "payment_id": "pay_1"}
    reply = client.answered("POST", f"/v1/charges/{charge_id}/captures", body, key="cap_1")
    assert (reply.status, reply.code) == (409, "currency_mismatch")


def test_capture__after_a_week__finds_it_expired(client: Client, clock: HandClock) -> None:
    charge_id = authorized(client)
    clock.pass_by(7 * 86_400)
    reply = client.moved(charge_id, "capture", key="cap_1")
    assert (reply.status, reply.code) == (409, "charge_expired")


def test_capture__pending_over_the_end_of_the_authorization__still_decides(
    client: Client, clock: HandClock
) -> None:
    charge_id = authorized(client, "approve__capture_pending")
    clock.pass_by(7 * 86_400 - 30)
    client.moved(charge_id, "capture", key="cap_1")
    clock.pass_by(40)
    assert charge_now(client, charge_id)["status"] == "authorized"
    clock.pass_by(20)
    assert charge_now(client, charge_id)["status"] == "succeeded"


def test_capture__pending_over_the_end_of_the_authorization__fails__it_is_expired(
    client: Client, clock: HandClock
) -> None:
    charge_id = authorized(client, "approve__capture_pending")
    clock.pass_by(7 * 86_400 - 30)
    client.moved(charge_id, "capture", key="cap_1")
    clock.pass_by(40)
    assert client.answered("POST", "/control/operations/cap_1/fail").status == 200
    assert charge_now(client, charge_id)["status"] == "expired"


def test_operation__unknown_charge__is_404_and_leaves_the_key_free(client: Client) -> None:
    assert client.moved("ch_nobody", "capture", key="cap_1").status == 404
    charge_id = authorized(client)
    assert client.moved(charge_id, "capture", key="cap_1").status == 201


# What each behaviour does to a capture, a void or a refund: the first answer, how often it was
# done by then, what a re-send is answered, how often it was done after that.
NOBODY = None
TABLE = [
    ("approve", 201, 1, 201, 1),
    ("pending", 201, 1, 201, 1),
    ("decline_x", 201, 1, 201, 1),
    ("timeout_before", NOBODY, 0, 201, 1),
    ("timeout_after", NOBODY, 1, 201, 1),
    ("lands_later", NOBODY, 0, 409, 0),
    ("error_before", 500, 0, 500, 0),
    ("error_after", 500, 1, 500, 1),
    ("slow", 201, 1, 201, 1),
    ("malformed", 201, 1, 201, 1),
    ("other_amount", 201, 1, 201, 1),
    ("other_currency", 201, 1, 201, 1),
    ("other_id", 201, 1, 201, 1),
    ("rate_limited", 429, 0, 201, 1),
    ("never_answers", NOBODY, 0, NOBODY, 0),
    ("drip", 201, 1, 201, 1),
]


@pytest.mark.parametrize("kind", ["capture", "void", "refund"])
@pytest.mark.parametrize(
    ("behaviour", "first", "done", "again", "done_again"), TABLE, ids=[row[0] for row in TABLE]
)
def test_operation__each_behaviour__is_answered_and_done_as_often(
    client: Client,
    kind: str,
    behaviour: str,
    first: int | None,
    done: int,
    again: int | None,
    done_again: int,
) -> None:
    plan = f"approve__{kind}_{behaviour}"
    charge_id = captured(client, plan) if kind == "refund" else authorized(client, plan)
    found = []
    for _ in range(2):
        reply = client.move(charge_id, kind, key="op_1")
        ((_, movements),) = client.processor.engine.record()
        found += [None if reply is None else reply.status, len(movements)]
    assert found == [first, done, again, done_again]
