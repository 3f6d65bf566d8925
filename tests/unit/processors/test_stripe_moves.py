"""What each answer of Stripe to a capture, a void or a refund means."""

from typing import Any

import pytest

from oncepay.domain.operation import OperationKind
from oncepay.domain.processor_answer import (
    ChargeStatus,
    Effect,
    EffectStatus,
    Failure,
)
from oncepay.processors import stripe
from tests.stripe_objects import (
    a_refund,
    an_error,
    an_intent,
)
from tests.unit.processors.stripe_replies import (
    ADAPTER,
    MOVES,
    UNEXPECTED,
    Replies,
    a_result,
    an_operation,
)


@pytest.fixture
def replies(monkeypatch: pytest.MonkeyPatch) -> Replies:
    made = Replies()
    monkeypatch.setattr(stripe, "exchange", made)
    return made


def test_capture__is_what_became_of_the_intent(replies: Replies) -> None:
    assert replies.to_send(200, a_result("capture"), "capture") == Effect(
        reference="pi_1/capture",
        status=EffectStatus.SUCCEEDED,
        amount_minor=3_000,
        currency="USD",
        charge_reference="pi_1",
        payment_id="pay_1",
    )


def test_void__is_what_became_of_the_intent(replies: Replies) -> None:
    assert replies.to_send(200, a_result("void"), "void") == Effect(
        reference="pi_1/void",
        status=EffectStatus.SUCCEEDED,
        charge_reference="pi_1",
        payment_id="pay_1",
    )


@pytest.mark.parametrize("kind", ["capture", "void"])
def test_move__of_an_intent_that_is_processed__is_pending(replies: Replies, kind: str) -> None:
    effect = replies.to_send(200, an_intent(status="processing"), kind)
    assert isinstance(effect, Effect)
    assert (effect.status, effect.reference) == (EffectStatus.PENDING, f"pi_1/{kind}")
    assert (effect.amount_minor, effect.failure) == (None, None)


@pytest.mark.parametrize("kind", ["capture", "void"])
def test_move__of_an_intent_that_stays_as_it_was__is_unknown(replies: Replies, kind: str) -> None:
    assert replies.to_send(200, an_intent(status="requires_capture"), kind) == UNEXPECTED


def test_refund__is_read(replies: Replies) -> None:
    assert replies.to_send(200, a_refund(), "refund") == Effect(
        reference="re_stripe_1",
        status=EffectStatus.SUCCEEDED,
        amount_minor=2_000,
        currency="USD",
        charge_reference="pi_1",
        payment_id="pay_1",
    )


@pytest.mark.parametrize(
    ("members", "status", "failure"),
    [
        ({"status": "pending"}, EffectStatus.PENDING, None),
        ({"status": "requires_action"}, EffectStatus.PENDING, None),
        (
            {"status": "failed", "failure_reason": "lost_or_stolen_card"},
            EffectStatus.FAILED,
            Failure("lost_or_stolen_card", "the refund is failed"),
        ),
        ({"status": "failed"}, EffectStatus.FAILED, Failure("failed", "the refund is failed")),
        (
            {"status": "canceled"},
            EffectStatus.FAILED,
            Failure("canceled", "the refund is canceled"),
        ),
    ],
)
def test_refund__in_that_state__is_an_effect_in_this(
    replies: Replies, members: dict[str, Any], status: EffectStatus, failure: Failure | None
) -> None:
    effect = replies.to_send(200, a_refund(**members), "refund")
    assert isinstance(effect, Effect)
    assert (effect.status, effect.failure) == (status, failure)


@pytest.mark.parametrize("kind", MOVES)
def test_402__of_a_move__is_a_failure_under_stripes_code(replies: Replies, kind: str) -> None:
    error = an_error("card_error", code="card_declined", decline_code="account_closed")
    assert replies.to_send(402, error, kind) == Effect(
        reference=None,
        status=EffectStatus.FAILED,
        failure=Failure("account_closed", "a message"),
    )


@pytest.mark.parametrize("kind", MOVES)
@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "charge_already_refunded"), (400, "resource_missing"), (404, "resource_missing")],
)
def test_400_and_404__of_a_move__are_a_refusal_for_ever(
    replies: Replies, kind: str, status: int, code: str
) -> None:
    assert replies.to_send(status, an_error(code=code), kind) == Effect(
        reference=None, status=EffectStatus.FAILED, failure=Failure(code, "a message")
    )


def test_400__of_a_move_without_a_code__is_a_refusal_under_its_type(replies: Replies) -> None:
    effect = replies.to_send(400, an_error(), "refund")
    assert isinstance(effect, Effect)
    assert effect.failure == Failure("invalid_request_error", "a message")


@pytest.mark.parametrize("kind", ["capture", "void"])
def test_400__of_an_intent_in_another_state__shows_it(replies: Replies, kind: str) -> None:
    intent = an_intent(status="canceled", cancellation_reason="automatic")
    error = an_error(code="payment_intent_unexpected_state", payment_intent=intent)
    effect = replies.to_send(400, error, kind)
    assert isinstance(effect, Effect)
    assert (effect.reference, effect.status) == (None, EffectStatus.FAILED)
    assert effect.failure == Failure("payment_intent_unexpected_state", "a message")
    assert effect.charge is not None
    assert effect.charge.status is ChargeStatus.EXPIRED
    assert (effect.charge_reference, effect.payment_id) == ("pi_1", "pay_1")


def test_orphan__is_read_as_what_its_path_says(replies: Replies) -> None:
    replies.say(an_intent(status="canceled"))
    orphan = an_operation("void", id="or_1", kind=OperationKind.RETURN_ORPHAN)
    voided = ADAPTER.send(orphan)
    assert isinstance(voided, Effect)
    assert (voided.status, voided.reference) == (EffectStatus.SUCCEEDED, "pi_1/void")
    replies.say(a_refund(metadata={"operation_id": "or_1"}))
    orphan = an_operation("refund", id="or_1", kind=OperationKind.RETURN_ORPHAN)
    refunded = ADAPTER.send(orphan)
    assert isinstance(refunded, Effect)
    assert refunded.reference == "re_stripe_1"
