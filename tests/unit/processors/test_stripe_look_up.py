"""How Stripe is asked what became of an operation, and what is found."""

import json
from typing import Any

import pytest

from oncepay.domain.operation import OperationKind
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
from oncepay.processors import stripe
from oncepay.processors.http_exchange import MAX_REPLY_BYTES
from tests.builders import NOW
from tests.stripe_objects import (
    CAPTURE_BEFORE,
    a_charge_until,
    a_list,
    a_refund,
    a_session,
    an_error,
    an_intent,
)
from tests.unit.processors.stripe_replies import (
    ADAPTER,
    PAYMENT,
    UNREADABLE,
    Replies,
    a_payment,
    a_reply,
    an_operation,
)

INTENT_PATH = "/v1/payment_intents/pi_1"
STRANGERS = {"payment_id": "order 7", "operation_id": "another"}
NEAR = {
    "created[gte]": str(int(NOW.timestamp()) - 5),
    "created[lte]": str(int(NOW.timestamp()) + 25),
}
FAR = {
    "created[gte]": str(int(NOW.timestamp()) - 60),
    "created[lte]": str(int(NOW.timestamp()) + 60 + 600),
}


@pytest.fixture
def replies(monkeypatch: pytest.MonkeyPatch) -> Replies:
    made = Replies()
    monkeypatch.setattr(stripe, "exchange", made)
    return made


def test_look_up__of_a_charge__lists_what_was_made_about_then(replies: Replies) -> None:
    replies.say(a_list(an_intent(id="pi_9", metadata=STRANGERS), an_intent()))
    charge = ADAPTER.look_up(an_operation())
    assert isinstance(charge, Charge)
    assert (charge.reference, charge.status) == ("pi_1", ChargeStatus.SUCCEEDED)
    assert replies.asked == [("/v1/payment_intents", {**NEAR, "limit": "100"})]
    (_, request), *_ = replies.requests
    assert (request["method"], request["body"]) == ("GET", None)
    assert "Idempotency-Key" not in request["headers"]
    assert request["headers"]["Stripe-Version"] == "2026-10-28.endive"


def test_look_up__of_a_checkout__lists_sessions(replies: Replies) -> None:
    replies.say(a_list(a_session()))
    charge = ADAPTER.look_up(an_operation("session"))
    assert isinstance(charge, Charge)
    assert (charge.reference, charge.status) == ("cs_1", ChargeStatus.REQUIRES_ACTION)
    assert replies.asked == [("/v1/checkout/sessions", {**NEAR, "limit": "100"})]


def test_look_up__of_a_charge__turns_pages(replies: Replies) -> None:
    first = [an_intent(id=f"pi_{number}", metadata={}) for number in range(100, 200)]
    replies.say(a_list(*first, has_more=True), a_list(an_intent()))
    assert isinstance(ADAPTER.look_up(an_operation()), Charge)
    assert [query.get("starting_after") for _, query in replies.asked] == [None, "pi_199"]
    assert replies.asked[1][1] == {**NEAR, "limit": "100", "starting_after": "pi_199"}


def test_look_up__of_what_landed_late__looks_farther(replies: Replies) -> None:
    replies.say(a_list(), a_list(an_intent()))
    assert isinstance(ADAPTER.look_up(an_operation()), Charge)
    assert [query for _, query in replies.asked] == [
        {**NEAR, "limit": "100"},
        {**FAR, "limit": "100"},
    ]


def test_look_up__that_is_not_on_the_last_page__is_absent(replies: Replies) -> None:
    strange = a_list(an_intent(id="pi_9", metadata=STRANGERS), has_more=True)
    replies.say(strange, a_list(), strange, a_list())
    assert ADAPTER.look_up(an_operation()) == Absent()
    assert [query.get("starting_after") for _, query in replies.asked] == [None, "pi_9"] * 2


def test_look_up__on_a_busy_account__finds_what_landed_soon(replies: Replies) -> None:
    # More than a page of each second, far more than the pages that are turned: it is near.
    busy = a_list(an_intent(id="pi_9", metadata={}), has_more=True)
    replies.replies = [*[a_reply(200, busy)] * 9, a_reply(200, a_list(an_intent()))]
    assert isinstance(ADAPTER.look_up(an_operation()), Charge)


def test_look_up__after_ten_pages__is_unknown(replies: Replies) -> None:
    replies.say(a_list(an_intent(id="pi_9", metadata={}), has_more=True))
    assert ADAPTER.look_up(an_operation()) == Unknown("too_many_pages")
    assert len(replies.requests) == 10


def test_look_up__of_pages_that_are_too_large__asks_for_smaller_ones(replies: Replies) -> None:
    replies.replies = [Unknown("reply_too_large"), a_reply(200, a_list(an_intent()))]
    assert isinstance(ADAPTER.look_up(an_operation()), Charge)
    assert [query["limit"] for _, query in replies.asked] == ["100", "10"]


def test_look_up__of_small_pages_that_are_too_large__is_unknown(replies: Replies) -> None:
    replies.replies = [Unknown("reply_too_large")]
    assert ADAPTER.look_up(an_operation()) == Unknown("reply_too_large")
    assert len(replies.requests) == 2


def test_page__of_a_hundred_intents__is_not_too_large() -> None:
    # A real one, pretty-printed as Stripe does, is of about 2.5 KB.
    page = json.dumps(a_list(*[an_intent(more="x" * 2_500)] * 100), indent=2)
    assert len(page) < MAX_REPLY_BYTES / 2


@pytest.mark.parametrize("page", [0, 1, 2])
def test_look_up__that_is_lost_on_any_page__is_what_became_of_it(
    replies: Replies, page: int
) -> None:
    strange = a_list(an_intent(id="pi_9", metadata={}), has_more=True)
    replies.replies = [*[a_reply(200, strange)] * page, Unknown("timeout")]
    assert ADAPTER.look_up(an_operation()) == Unknown("timeout")
    assert len(replies.requests) == page + 1


def test_look_up__of_many_pages__has_one_time_limit(
    replies: Replies, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("oncepay.processors.stripe.time.monotonic", lambda: now[0])

    def slow(url: str, **request: Any) -> Any:
        now[0] += 1.25
        return replies(url, **request)

    monkeypatch.setattr(stripe, "exchange", slow)
    replies.say(a_list(an_intent(id="pi_9", metadata={}), has_more=True))
    assert ADAPTER.look_up(an_operation()) == Unknown("timeout")
    limits = [request["timeout_seconds"] for _, request in replies.requests]
    assert limits == [3.0, 1.75, 0.5]


def test_look_up__of_an_authorized_charge__gets_when_it_lapses(replies: Replies) -> None:
    full = an_intent(status="requires_capture", latest_charge=a_charge_until(CAPTURE_BEFORE))
    replies.say(a_list(an_intent(status="requires_capture")), full)
    charge = ADAPTER.look_up(an_operation())
    assert isinstance(charge, Charge)
    assert charge.expires_at is not None
    assert int(charge.expires_at.timestamp()) == CAPTURE_BEFORE
    assert replies.asked[1] == (INTENT_PATH, {"expand[]": "latest_charge"})


def test_look_up__of_a_checkout_that_was_paid__gets_its_intent(replies: Replies) -> None:
    paid = a_session(status="complete", payment_status="paid", payment_intent="pi_1", url=None)
    replies.say(a_list(paid), paid | {"payment_intent": an_intent()})
    assert ADAPTER.look_up(an_operation("session")) == Charge(
        reference="cs_1",
        handle="pi_1",
        status=ChargeStatus.SUCCEEDED,
        amount_minor=5_000,
        currency="USD",
        captured_minor=5_000,
        payment_id="pay_1",
    )
    path, _ = replies.asked[1]
    assert path == "/v1/checkout/sessions/cs_1"
    assert replies.requests[1][0].endswith(
        "?expand%5B%5D=payment_intent&expand%5B%5D=payment_intent.latest_charge"
    )


def test_look_up__of_what_was_never_sent__asks_nobody(replies: Replies) -> None:
    operation = an_operation(first_sent_at=None, last_sent_at=None)
    assert ADAPTER.look_up(operation) == Absent()
    assert replies.requests == []


@pytest.mark.parametrize(
    ("kind", "reference", "path"),
    [
        ("charge", "pi_1", INTENT_PATH),
        ("session", "cs_1", "/v1/checkout/sessions/cs_1"),
        ("refund", "re_stripe_1", "/v1/refunds/re_stripe_1"),
    ],
)
def test_look_up__of_what_is_known_by_name__gets_it(
    replies: Replies, kind: str, reference: str, path: str
) -> None:
    replies.say({"charge": an_intent(), "session": a_session(), "refund": a_refund()}[kind])
    found = ADAPTER.look_up(an_operation(kind, reference=reference))
    assert isinstance(found, Charge | Effect)
    assert found.reference == reference
    assert [each for each, _ in replies.asked] == [path]


@pytest.mark.parametrize("kind", ["charge", "session"])
def test_look_up__by_name_that_brings_another__is_unknown(replies: Replies, kind: str) -> None:
    reference = "pi_2" if kind == "charge" else "cs_2"
    replies.say(an_intent() if kind == "charge" else a_session())
    assert ADAPTER.look_up(an_operation(kind, reference=reference)) == UNREADABLE


def test_look_up__of_a_refund__lists_those_of_its_intent(replies: Replies) -> None:
    other = a_refund(id="re_stripe_2", metadata={"operation_id": "re_2"})
    replies.say(a_list(other, a_refund(status="pending")))
    effect = ADAPTER.look_up(an_operation("refund"))
    assert isinstance(effect, Effect)
    assert (effect.reference, effect.status) == ("re_stripe_1", EffectStatus.PENDING)
    assert replies.asked == [("/v1/refunds", {"payment_intent": "pi_1", "limit": "100"})]


def test_look_up__of_a_refund_at_the_dashboard__is_none_of_ours(replies: Replies) -> None:
    replies.say(a_list(a_refund(metadata={}), a_refund(metadata=None)))
    assert ADAPTER.look_up(an_operation("refund")) == Absent()


@pytest.mark.parametrize(
    ("kind", "members", "status", "amount_minor"),
    [
        ("capture", {"amount_received": 3_000}, EffectStatus.SUCCEEDED, 3_000),
        ("capture", {"amount_received": 2_999}, EffectStatus.SUCCEEDED, 2_999),
        ("capture", {"status": "processing"}, EffectStatus.PENDING, None),
        ("capture", {"status": "canceled"}, EffectStatus.FAILED, None),
        ("void", {"status": "canceled"}, EffectStatus.SUCCEEDED, None),
        ("void", {"status": "processing"}, EffectStatus.PENDING, None),
        ("void", {"status": "succeeded"}, EffectStatus.FAILED, None),
        (
            "void",
            {"status": "canceled", "cancellation_reason": "automatic"},
            EffectStatus.FAILED,
            None,
        ),
    ],
)
def test_look_up__of_a_move__is_what_became_of_the_intent(
    replies: Replies,
    kind: str,
    members: dict[str, Any],
    status: EffectStatus,
    amount_minor: int | None,
) -> None:
    replies.say(an_intent(**members))
    effect = ADAPTER.look_up(an_operation(kind))
    assert isinstance(effect, Effect)
    assert (effect.status, effect.amount_minor) == (status, amount_minor)
    assert effect.charge_reference == "pi_1"
    assert [path for path, _ in replies.asked] == [INTENT_PATH]
    if status is EffectStatus.FAILED:
        assert effect.reference is None
        assert effect.failure is not None
        assert effect.failure.code == "payment_intent_unexpected_state"
        assert effect.charge is not None
        assert effect.charge.reference == "pi_1"
    else:
        assert (effect.reference, effect.charge) == (f"pi_1/{kind}", None)


@pytest.mark.parametrize("kind", ["capture", "void"])
def test_look_up__of_a_move_that_was_not_done__is_absent(replies: Replies, kind: str) -> None:
    replies.say(an_intent(status="requires_capture"))
    assert ADAPTER.look_up(an_operation(kind)) == Absent()


@pytest.mark.parametrize("kind", ["capture", "void"])
@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (
            {"type": "card_error", "code": "card_declined", "decline_code": "account_closed"},
            Failure("account_closed", "the processor gave no reason"),
        ),
        (None, Failure("payment_intent_unexpected_state", "the charge is authorized")),
    ],
)
def test_look_up__of_a_move_that_was_on_its_way__has_failed_if_it_was_not_done(
    replies: Replies, kind: str, error: Any, failure: Failure
) -> None:
    replies.say(an_intent(status="requires_capture", last_payment_error=error))
    effect = ADAPTER.look_up(an_operation(kind, reference=f"pi_1/{kind}"))
    assert isinstance(effect, Effect)
    assert (effect.status, effect.failure) == (EffectStatus.FAILED, failure)
    assert (effect.reference, effect.charge_reference) == (f"pi_1/{kind}", "pi_1")
    assert effect.charge is not None
    assert effect.charge.status is ChargeStatus.AUTHORIZED


@pytest.mark.parametrize("kind", ["capture", "void"])
def test_look_up__of_a_move_that_brings_another_intent__is_unknown(
    replies: Replies, kind: str
) -> None:
    replies.say(an_intent(id="pi_2"))
    assert ADAPTER.look_up(an_operation(kind)) == UNREADABLE


def test_look_up__of_an_orphan__is_of_what_its_path_says(replies: Replies) -> None:
    replies.say(an_intent(status="canceled"))
    void = an_operation("void", id="or_1", kind=OperationKind.RETURN_ORPHAN)
    assert isinstance(ADAPTER.look_up(void), Effect)
    replies.say(a_list(a_refund(metadata={"operation_id": "or_1"})))
    refund = an_operation("refund", id="or_1", kind=OperationKind.RETURN_ORPHAN)
    assert isinstance(ADAPTER.look_up(refund), Effect)
    assert [path for path, _ in replies.asked] == [INTENT_PATH, "/v1/refunds"]


MISSING = an_error(code="resource_missing")


@pytest.mark.parametrize("kind", ["charge", "session", "capture", "void", "refund"])
@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (404, MISSING, Absent()),
        (400, MISSING, Absent()),
        (404, an_error(), Unknown("unexpected_answer")),
        (400, an_error(code="other"), Unknown("unexpected_answer")),
        (409, MISSING, Unknown("unexpected_answer")),
        (404, b"<html>", UNREADABLE),
        (404, b"", UNREADABLE),
        (429, b"", NotSent("rate_limited")),
        (401, b"", NotSent("unauthorized")),
        (403, b"", NotSent("unauthorized")),
        (500, b"", Unknown("server_error", replays=True)),
        (302, an_error(), Unknown("unexpected_answer")),
        (200, b"{}", UNREADABLE),
        (200, b"[]", UNREADABLE),
        (200, a_list(), None),
    ],
)
def test_look_up__means(
    replies: Replies, kind: str, status: int, body: Any, meaning: LookedUp | None
) -> None:
    if meaning is None:
        meaning = UNREADABLE if kind in ("capture", "void") else Absent()
    assert replies.to_look_up(status, body, kind) == meaning


@pytest.mark.parametrize(
    "page",
    [
        {"data": [], "has_more": None},
        {"data": [], "has_more": "false"},
        {"data": None, "has_more": False},
        {"data": {}, "has_more": False},
        {"data": [], "has_more": True},
        {"data": ["pi_9", 7], "has_more": True},
        {"data": [{"id": 7}], "has_more": True},
        {"has_more": False},
    ],
)
def test_look_up__of_a_page_that_is_none__is_unknown(replies: Replies, page: Any) -> None:
    assert replies.to_look_up(200, page) == UNREADABLE


def test_look_up__of_things_that_are_none__passes_over_them(replies: Replies) -> None:
    replies.say(a_list(None, [], 7, "pi_1", {"metadata": 1}, {"metadata": ["x"]}, an_intent()))
    assert isinstance(ADAPTER.look_up(an_operation()), Charge)


def test_look_up_charge__by_reference__is_as_it_is_now(replies: Replies) -> None:
    replies.say(an_intent(metadata={}, status="canceled"))
    charge = ADAPTER.look_up_charge(PAYMENT)
    assert isinstance(charge, Charge)
    assert (charge.status, charge.payment_id) == (ChargeStatus.VOIDED, None)
    assert replies.asked == [(INTENT_PATH, {"expand[]": "latest_charge"})]


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({"status": "open"}, ChargeStatus.REQUIRES_ACTION),
        ({"status": "expired", "url": None}, ChargeStatus.EXPIRED),
        (
            {"status": "complete", "payment_intent": an_intent(status="requires_capture")},
            ChargeStatus.AUTHORIZED,
        ),
        (
            {"status": "complete", "payment_intent": an_intent(status="processing")},
            ChargeStatus.PENDING,
        ),
        ({"status": "complete", "payment_intent": an_intent()}, ChargeStatus.SUCCEEDED),
    ],
)
def test_look_up_charge__of_a_checkout__is_of_its_page_or_of_its_intent(
    replies: Replies, members: dict[str, Any], status: ChargeStatus
) -> None:
    replies.say(a_session(**members))
    charge = ADAPTER.look_up_charge(a_payment(processor_reference="cs_1", processor_handle="pi_1"))
    assert isinstance(charge, Charge)
    assert (charge.reference, charge.status) == ("cs_1", status)
    assert charge.handle == ("pi_1" if members["status"] == "complete" else None)


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (404, MISSING, Absent()),
        (404, b"<html>", UNREADABLE),
        (503, b"", Unknown("server_error", replays=True)),
        (200, b"{}", UNREADABLE),
        (200, an_intent(id="pi_2"), UNREADABLE),
    ],
)
def test_look_up_charge__means(replies: Replies, status: int, body: Any, meaning: LookedUp) -> None:
    replies.replies = [a_reply(status, body)]
    assert ADAPTER.look_up_charge(PAYMENT) == meaning


def test_look_up_charge__of_a_strange_reference__stays_below_its_path(replies: Replies) -> None:
    ADAPTER.look_up_charge(a_payment(processor_reference="../x?y"))
    assert replies.requests[0][0].startswith("https://stripe.test/v1/payment_intents/..%2Fx%3Fy?")
