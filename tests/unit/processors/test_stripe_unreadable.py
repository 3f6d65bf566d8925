"""An answer of Stripe that is not what it should be is unknown, whatever it is."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oncepay.domain.processor_answer import Absent, Charge, Effect, NotSent, Unknown
from oncepay.processors import stripe
from tests.stripe_objects import a_charge_until, a_list, an_error, an_intent
from tests.unit.processors.stripe_replies import (
    ADAPTER,
    KEYS,
    KINDS,
    PAYMENT,
    UNREADABLE,
    Replies,
    a_reply,
    a_result,
    an_operation,
)

MISSING = object()
ID_FAULTS = (MISSING, None, "", 1, "a b", "x" * 256, "\ud800")
KIND_FAULTS = (MISSING, None, "thing", 1)
STATUS_FAULTS: tuple[Any, ...] = (MISSING, None, "unheard_of", 1, [])
AMOUNT_FAULTS = (MISSING, None, -1, 1.5, 5e3, "5000", True, 10**19)
CURRENCY_FAULTS = (MISSING, None, "USD", "us", 1, "btc")
INTENT_FAULTS = {
    "id": ID_FAULTS,
    "object": KIND_FAULTS,
    "status": STATUS_FAULTS,
    "amount": AMOUNT_FAULTS,
    "amount_received": AMOUNT_FAULTS,
    "currency": CURRENCY_FAULTS,
}
FAULTS: dict[str, dict[str, tuple[Any, ...]]] = {
    "charge": INTENT_FAULTS,
    "capture": INTENT_FAULTS,
    "void": INTENT_FAULTS,
    "session": {
        "id": ID_FAULTS,
        "object": KIND_FAULTS,
        "status": STATUS_FAULTS,
        "amount_total": AMOUNT_FAULTS,
        "currency": CURRENCY_FAULTS,
        "url": (MISSING, None, 1, "javascript:alert(1)", "https://a b", ""),
    },
    "refund": {
        "id": ID_FAULTS,
        "object": KIND_FAULTS,
        "status": STATUS_FAULTS,
        "amount": AMOUNT_FAULTS,
        "currency": CURRENCY_FAULTS,
    },
}
CASES = [
    (kind, name, value)
    for kind, members in FAULTS.items()
    for name, values in members.items()
    for value in values
]


@pytest.fixture
def replies(monkeypatch: pytest.MonkeyPatch) -> Replies:
    made = Replies()
    monkeypatch.setattr(stripe, "exchange", made)
    return made


def damaged(said: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    if value is MISSING:
        return {member: said[member] for member in said if member != name}
    return said | {name: value}


@pytest.mark.parametrize(("kind", "name", "value"), CASES)
def test_answer__with_one_member_wrong__is_unknown(
    replies: Replies, kind: str, name: str, value: Any
) -> None:
    body = damaged(a_result(kind), name, value)
    assert replies.to_send(200, body, kind) == UNREADABLE
    if kind in ("capture", "void"):
        assert replies.to_look_up(200, body, kind) == UNREADABLE
    elif name != "id" or value is not MISSING:
        assert replies.to_look_up(200, a_list(body), kind) == UNREADABLE


@pytest.mark.parametrize(
    "action",
    [
        None,
        1,
        {"type": "redirect_to_url"},
        {"type": "redirect_to_url", "redirect_to_url": {}},
        {"type": "redirect_to_url", "redirect_to_url": {"url": "javascript:alert(1)"}},
    ],
)
def test_action__that_is_none__is_unknown(replies: Replies, action: Any) -> None:
    body = an_intent(status="requires_action", next_action=action)
    assert replies.to_send(200, body) == UNREADABLE


@pytest.mark.parametrize("moment", ["soon", True, -1, 1.5, 10**15])
def test_end_of_an_authorization__that_is_no_time__is_unknown(
    replies: Replies, moment: Any
) -> None:
    body = an_intent(status="requires_capture", latest_charge=a_charge_until(moment))
    assert replies.to_send(200, body) == UNREADABLE


@pytest.mark.parametrize(
    "reason",
    [
        1,
        "text",
        {},
        {"message": "m"},
        {"type": "", "message": "m"},
        {"type": 1, "message": "m"},
        {"type": "card_error", "code": 7},
        {"type": "card_error", "code": "a b"},
        {"type": "card_error", "decline_code": []},
        {"type": "card_error", "message": 7},
    ],
)
def test_reason__that_is_none__is_unknown(replies: Replies, reason: Any) -> None:
    assert replies.to_send(402, {"error": reason}) == UNREADABLE
    failed = an_intent(status="requires_payment_method", last_payment_error=reason)
    assert replies.to_send(200, failed) == UNREADABLE


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
STATUSES = st.sampled_from([200, 201, 302, 400, 401, 402, 403, 404, 409, 429, 500, 502])
NAMES = sorted({name for members in FAULTS.values() for name in members})
SHAPES = {
    "result": a_result,
    "list": lambda kind: a_list(a_result(kind)),
    "refusal": lambda kind: an_error("card_error", payment_intent=an_intent()),
}


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    status=STATUSES,
    kind=st.sampled_from(list(KEYS)),
    name=st.sampled_from(
        [*NAMES, "metadata", "error", "data", "has_more", "payment_intent", "latest_charge"]
    ),
    value=JSON,
    shape=st.sampled_from(sorted(SHAPES)),
)
def test_answer__with_anything_in_it__never_raises(
    replies: Replies, status: int, kind: str, name: str, value: Any, shape: str
) -> None:
    body = SHAPES[shape](kind) | {name: value}
    assert isinstance(replies.to_send(status, body, kind), Charge | Effect | NotSent | Unknown)
    assert isinstance(
        replies.to_look_up(status, body, kind), Charge | Effect | Absent | NotSent | Unknown
    )
    replies.replies = [a_reply(status, body)]
    looked_up = ADAPTER.look_up_charge(PAYMENT)
    assert isinstance(looked_up, Charge | Absent | NotSent | Unknown)


def test_kinds__are_all_damaged() -> None:
    assert FAULTS.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", ["capture", "void", "refund"])
def test_look_up__without_a_charge_to_look_at__is_unknown(replies: Replies, kind: str) -> None:
    # As it would be stored by a version that did not note it.
    stored = an_operation(kind)
    operation = replace(stored, request=replace(stored.request, charge=None))
    assert ADAPTER.look_up(operation) == UNREADABLE
    assert replies.requests == []
