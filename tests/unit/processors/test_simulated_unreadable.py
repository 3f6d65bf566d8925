"""An answer of the simulated processor that is not what it should be is unknown, whatever it is."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oncepay.domain.processor_answer import Absent, Charge, Effect, NotSent, Unknown
from tests.simulated_objects import a_charge, a_move, an_error
from tests.unit.processors.simulated_replies import (
    KINDS,
    MOVES,
    UNREADABLE,
    Replies,
    a_result,
    found_under,
)

WRONG: dict[str, tuple[Any, ...]] = {
    "id": (None, "", 1, "a b", "x" * 256, "\ud800"),
    "object": (None, "thing", 1),
    "status": (None, "unheard_of", 1, []),
    "amount_minor": (None, -1, 1.5, 5e3, "5000", True, 10**19),
    "currency": (None, "usd", "US", 1),
    "captured_minor": (None, -1, "0"),
    "payment_id": (1, "", "a b"),
    "next_action": (1, {}, {"url": 1}, {"url": "javascript:alert(1)"}, {"url": "https://a b"}),
    "expires_at": (1, "soon", "2026-13-01T00:00:00Z"),
    "charge_id": (None, "", 1),
}
MISSING = object()
CHARGE_FAULTS = [
    (name, value)
    for name, values in WRONG.items()
    if name != "charge_id"
    for value in (MISSING, *values)
]
MOVE_FAULTS = [
    (name, value)
    for name, values in WRONG.items()
    if name not in ("captured_minor", "next_action", "expires_at")
    for value in (MISSING, *values)
]


def damaged(said: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    if value is MISSING:
        return {member: said[member] for member in said if member != name}
    return said | {name: value}


@pytest.mark.parametrize(("name", "value"), CHARGE_FAULTS)
def test_charge__with_one_member_wrong__is_unknown(replies: Replies, name: str, value: Any) -> None:
    body = damaged(a_charge(), name, value)
    assert replies.to_send(201, body) == UNREADABLE
    assert replies.to_look_up(200, {"key": "pay_1", "object": "charge", "result": body}) == (
        UNREADABLE
    )
    assert replies.to_look_up_charge(200, body) == UNREADABLE


@pytest.mark.parametrize("kind", MOVES)
@pytest.mark.parametrize(("name", "value"), MOVE_FAULTS)
def test_move__with_one_member_wrong__is_unknown(
    replies: Replies, kind: str, name: str, value: Any
) -> None:
    body = damaged(a_move(kind), name, value)
    assert replies.to_send(201, body, kind) == UNREADABLE


@pytest.mark.parametrize(
    "reason", [1, {}, {"code": "x"}, {"message": "m"}, {"code": "", "message": "m"}, "text"]
)
def test_reason__that_is_none__is_unknown(replies: Replies, reason: Any) -> None:
    assert replies.to_send(402, a_charge(status="declined", decline=reason)) == UNREADABLE
    failed = a_move("refund", status="failed", failure=reason)
    assert replies.to_send(201, failed, "refund") == UNREADABLE


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
STATUSES = st.sampled_from([200, 201, 202, 302, 400, 401, 402, 403, 404, 409, 422, 429, 500, 502])


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    status=STATUSES,
    kind=st.sampled_from(list(KINDS)),
    name=st.sampled_from([*WRONG, "idempotency_key", "decline", "failure", "error", "charge"]),
    value=JSON,
    shape=st.sampled_from([a_result, found_under, lambda kind: an_error("charge_voided")]),
)
def test_answer__with_anything_in_it__never_raises(
    replies: Replies,
    status: int,
    kind: str,
    name: str,
    value: Any,
    shape: Callable[[str], dict[str, Any]],
) -> None:
    body = shape(kind) | {name: value}
    assert isinstance(replies.to_send(status, body, kind), Charge | Effect | NotSent | Unknown)
    assert isinstance(
        replies.to_look_up(status, body, kind), Charge | Effect | Absent | NotSent | Unknown
    )
    assert isinstance(replies.to_look_up_charge(status, body), Charge | Absent | NotSent | Unknown)
