"""Payments through a processor, over HTTP, from many clients at once: one charge for one key, one
winner of two, nothing given back twice; and an outcome that nobody knows is found out.
"""

from collections import Counter, defaultdict
from typing import Any

import pytest

from ops.demo.agreement import differences
from ops.demo.card_crowd import ask_until_final, payment_id_of
from ops.demo.control import Control
from ops.demo.crowd import Call, Crowd
from ops.demo.http_client import Reply
from ops.demo.schedule import resting_schedule
from ops.demo.shop import Shop, charge_body
from ops.demo.story import eventually
from ops.operations import run_sweep
from ops.stack import Stack
from ops.verify.prover import verify
from tests.e2e.conftest import aws_client

CLIENTS = 25
COPIES = 25
METHODS = ("pm_approve",) * 6 + ("pm_slow", "pm_error_after", "pm_malformed", "pm_timeout_after")
AMOUNT_MINOR, FEE_MINOR = 1_000, 20
PAIRS = 12

pytestmark = pytest.mark.e2e


@pytest.fixture
def control(operators_stack: Stack) -> Control:
    """The back door of the stack's processor."""
    assert operators_stack.simulated_processor is not None
    return Control(operators_stack.simulated_processor)


def warm(crowd: Crowd, shop: Shop) -> None:
    """Start the local workers before the storm: a cold one takes a second."""
    shop.charge(AMOUNT_MINOR, "pm_decline_warm", key="warm")
    body = charge_body(AMOUNT_MINOR, "pm_decline_warm")
    replay = Call(method="POST", path="/v1/payments", body=body, key="warm")
    for clients in (2, 4, 8, 16, CLIENTS):
        crowd.call_at_once(shop.api_key, [replay] * clients, clients=clients)


def post(path: str, body: dict[str, Any], key: str) -> Call:
    return Call(method="POST", path=path, body=body, key=key)


def hold(shop: Shop, count: int) -> list[str]:
    """So many authorized payments."""
    replies = [
        shop.charge(AMOUNT_MINOR, "pm_approve", key=f"hold-{number}", manual=True)
        for number in range(count)
    ]
    assert [reply.member("status") for reply in replies] == ["authorized"] * count
    return [str(reply.member("id")) for reply in replies]


def test_storm__twenty_five_copies_of_each_of_ten_keys__one_charge_each(
    stack: dict[str, Any], shop: Shop, control: Control
) -> None:
    calls = [
        post("/v1/payments", charge_body(AMOUNT_MINOR, method), f"key-{number}")
        for number, method in enumerate(METHODS)
    ]
    with Crowd(CLIENTS, stack["api_url"]) as crowd:
        warm(crowd, shop)
        final, on_the_way = ask_until_final(
            crowd, shop.api_key, calls, copies=COPIES, clients=CLIENTS
        )
    assert {key: {one.status for one in found} for key, found in final.items()} == {
        call.key: {201} for call in calls
    }
    assert {len({one.body for one in found}) for found in final.values()} == {1}
    # Otherwise the copies did not meet, and the test has shown nothing.
    assert on_the_way[409] > 0
    ids = {key: payment_id_of(found[0]) for key, found in final.items()}
    record = control.record(ids.values())
    assert Counter(c["idempotency_key"] for c in record.charges) == Counter(ids.values())
    assert {len(record.statuses_sent(payment_id)) for payment_id in ids.values()} == {1}
    assert differences(record.charges, shop.payments(ids.values())) == []
    assert shop.pending_minor() == len(METHODS) * (AMOUNT_MINOR - FEE_MINOR)


def test_capture_and_void__at_once__one_wins_the_other_is_409(
    stack: dict[str, Any], shop: Shop, control: Control
) -> None:
    payment_ids = hold(shop, PAIRS)
    # In turn the other first, so that both sides have a chance to win.
    words = ("capture", "void")
    calls = [
        post(f"/v1/payments/{payment_id}/{word}", {}, word)
        for number, payment_id in enumerate(payment_ids)
        for word in (words if number % 2 else reversed(words))
    ]
    with Crowd(2, stack["api_url"]) as crowd:
        pairs = crowd.ask_at_once(shop.api_key, calls, clients=2)
    by_payment: dict[str, list[tuple[str, Reply]]] = defaultdict(list)
    for call, reply in pairs:
        _, _, _, payment_id, word = call.path.split("/")
        by_payment[payment_id].append((word, reply))
    captured = 0
    for found in by_payment.values():
        assert sorted(reply.status for _, reply in found) == [200, 409]
        [(winner, won)] = [one for one in found if one[1].status == 200]
        [(_, lost)] = [one for one in found if one[1].status == 409]
        assert won.member("status") == {"capture": "succeeded", "void": "voided"}[winner]
        assert lost.code == "invalid_transition"
        captured += winner == "capture"
    record = control.record(payment_ids)
    assert differences(record.charges, shop.payments(payment_ids)) == []
    assert shop.pending_minor() == captured * (AMOUNT_MINOR - FEE_MINOR)


def test_refunds__of_one_payment_from_many__never_more_than_was_captured(
    stack: dict[str, Any], shop: Shop, control: Control
) -> None:
    payment_id = str(shop.charge(AMOUNT_MINOR, "pm_approve", key="a").member("id"))
    path = f"/v1/payments/{payment_id}/refunds"
    calls = [post(path, {"amount_minor": 100}, f"r{number}") for number in range(24)]
    with Crowd(8, stack["api_url"]) as crowd:
        replies = crowd.call_at_once(shop.api_key, calls, clients=8)
    assert Counter(reply.status for reply in replies) == {201: 10, 422: 14}
    record = control.record([payment_id])
    assert [len(charge["refunds"]) for charge in record.charges] == [10]
    assert differences(record.charges, shop.payments([payment_id])) == []
    assert shop.pending_minor() == -FEE_MINOR


def test_unknown__the_event_comes_before_the_time_out__the_request_itself_is_told(
    shop: Shop, control: Control
) -> None:
    reply = shop.charge(AMOUNT_MINOR, "pm_timeout_after", key="a")
    assert (reply.status, reply.member("status")) == (201, "succeeded")
    assert len(control.record([payment_id_of(reply)]).charges) == 1


def test_unknown__the_event_comes_after_the_time_out__the_same_key_is_told(
    operators_stack: Stack, shop: Shop, control: Control
) -> None:
    with resting_schedule(operators_stack):
        with control.holding_events_back():
            first = shop.charge(AMOUNT_MINOR, "pm_timeout_after", key="a")
        assert (first.status, first.member("status")) == (202, "processing")
        path = f"/v1/payments/{first.member('id')}"
        found = eventually(lambda: shop.get(path), lambda one: one.member("status") == "succeeded")
        assert found.member("status") == "succeeded"
    again = shop.charge(AMOUNT_MINOR, "pm_timeout_after", key="a")
    assert (again.status, again.is_replay, again.member("version")) == (201, True, 2)
    record = control.record([payment_id_of(first)])
    assert [len(record.charges), record.statuses_sent(payment_id_of(first))] == [1, [None]]


def test_unknown__nobody_tells_and_nobody_asks__the_sweep_finds_out(
    operators_stack: Stack, shop: Shop, control: Control
) -> None:
    with control.holding_events_back(), resting_schedule(operators_stack):
        replies = [
            shop.charge(AMOUNT_MINOR, method, key=method)
            for method in ("pm_error_after", "pm_timeout_after")
        ]
        assert [reply.status for reply in replies] == [202, 202]
        swept = run_sweep(operators_stack)
    assert (swept["ended"] >= 2, swept["failed"], swept["left"]) == (True, {}, False)
    payment_ids = [payment_id_of(reply) for reply in replies]
    payments = shop.payments(payment_ids)
    assert [payment["status"] for payment in payments] == ["succeeded", "succeeded"]
    record = control.record(payment_ids)
    assert differences(record.charges, payments) == []
    assert [record.statuses_sent(payment_id) for payment_id in payment_ids] == [[500], [None]]


def test_schedule__runs_the_sweep_in_the_local_stack(operators_stack: Stack) -> None:
    events = operators_stack.client("events")
    function = operators_stack.client("lambda").get_function_configuration(
        FunctionName=operators_stack.sweep_function
    )
    [rule] = events.list_rule_names_by_target(TargetArn=function["FunctionArn"])["RuleNames"]
    described = events.describe_rule(Name=rule)
    assert (described["ScheduleExpression"], described["State"]) == ("rate(1 minute)", "ENABLED")


def test_books__after_all_this__verify(stack: dict[str, Any]) -> None:
    report = verify(stack["tables"], client=aws_client(stack, "dynamodb"))
    assert report.findings == []
    assert report.is_clean
