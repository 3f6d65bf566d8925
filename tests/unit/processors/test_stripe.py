"""What each answer of Stripe to what we sent means."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from oncepay.domain.errors import StorageUnavailable
from oncepay.domain.operation import ProcessorRequest
from oncepay.domain.processor_answer import (
    Charge,
    ChargeStatus,
    Failure,
    NotSent,
    Unknown,
)
from oncepay.processors import stripe
from oncepay.processors.http_exchange import Reply
from oncepay.processors.stripe import StripeProcessor
from tests.stripe_objects import (
    CAPTURE_BEFORE,
    a_charge_until,
    a_refund,
    a_session,
    an_error,
    an_intent,
)
from tests.unit.processors.stripe_replies import (
    ADAPTER,
    CHARGES,
    KEYS,
    PAYMENT,
    UNEXPECTED,
    UNREADABLE,
    VERSION,
    Replies,
    an_operation,
)

DECLINE = {
    "type": "card_error",
    "code": "card_declined",
    "decline_code": "insufficient_funds",
    "message": "Your card has insufficient funds.",
}
DECLINED = Failure("card_declined", "insufficient_funds: Your card has insufficient funds.")


@pytest.fixture
def replies(monkeypatch: pytest.MonkeyPatch) -> Replies:
    made = Replies()
    monkeypatch.setattr(stripe, "exchange", made)
    return made


def test_adapter__is_stripe() -> None:
    assert (ADAPTER.name, ADAPTER.timeout_seconds) == ("stripe", 3.0)
    assert ADAPTER.key_retention.total_seconds() == 23 * 3_600
    assert ADAPTER.needs_preparation is False
    assert ADAPTER.prepare(an_operation()) == NotSent("nothing to prepare")


def test_send__posts_the_stored_bytes_under_our_key(replies: Replies) -> None:
    ADAPTER.send(an_operation("capture"))
    assert replies.requests == [
        (
            "https://stripe.test/v1/payment_intents/pi_1/capture",
            {
                "method": "POST",
                "headers": {
                    "Authorization": "Bearer sk_test_1",
                    "Accept": "application/json",
                    "Stripe-Version": "2026-10-28.endive",
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Idempotency-Key": "cap_1",
                },
                "body": b"amount_to_capture=3000",
                "timeout_seconds": 3.0,
            },
        )
    ]


@pytest.mark.parametrize("lost", [NotSent("connect_failed"), Unknown("timeout")], ids=repr)
@pytest.mark.parametrize("kind", list(KEYS))
def test_lost_exchange__is_what_became_of_it(
    replies: Replies, lost: NotSent | Unknown, kind: str
) -> None:
    replies.replies = [lost]
    assert ADAPTER.send(an_operation(kind)) == lost
    assert ADAPTER.look_up(an_operation(kind)) == lost
    assert ADAPTER.look_up_charge(PAYMENT) == lost


def test_secret__that_cannot_be_read__provably_did_nothing(replies: Replies) -> None:
    def fail() -> str:
        raise StorageUnavailable("a secret could not be read; try again")

    adapter = StripeProcessor("https://stripe.test", VERSION, fail, 3.0)
    assert adapter.send(an_operation()) == NotSent("secret_unavailable")
    assert adapter.look_up(an_operation()) == NotSent("secret_unavailable")
    assert replies.requests == []


def test_secret__as_text__is_sent_as_it_is(replies: Replies) -> None:
    StripeProcessor("https://stripe.test", VERSION, lambda: "sk_2", 3.0).send(an_operation())
    assert replies.requests[0][1]["headers"]["Authorization"] == "Bearer sk_2"


def test_charge__succeeded__is_read(replies: Replies) -> None:
    assert replies.to_send(200, an_intent()) == Charge(
        reference="pi_1",
        status=ChargeStatus.SUCCEEDED,
        amount_minor=5_000,
        currency="USD",
        captured_minor=5_000,
        payment_id="pay_1",
    )


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({"status": "requires_payment_method"}, ChargeStatus.PENDING),
        (
            {"status": "requires_payment_method", "last_payment_error": DECLINE},
            ChargeStatus.DECLINED,
        ),
        ({"status": "requires_confirmation"}, ChargeStatus.PENDING),
        (
            {"status": "requires_confirmation", "last_payment_error": DECLINE},
            ChargeStatus.PENDING,
        ),
        ({"status": "processing"}, ChargeStatus.PENDING),
        (
            {"status": "requires_action", "next_action": {"type": "use_stripe_sdk"}},
            ChargeStatus.REQUIRES_ACTION,
        ),
        ({"status": "requires_capture"}, ChargeStatus.AUTHORIZED),
        ({"status": "succeeded"}, ChargeStatus.SUCCEEDED),
        ({"status": "succeeded", "last_payment_error": DECLINE}, ChargeStatus.SUCCEEDED),
        ({"status": "canceled"}, ChargeStatus.VOIDED),
        (
            {"status": "canceled", "cancellation_reason": "requested_by_customer"},
            ChargeStatus.VOIDED,
        ),
        ({"status": "canceled", "cancellation_reason": "abandoned"}, ChargeStatus.VOIDED),
        ({"status": "canceled", "cancellation_reason": "automatic"}, ChargeStatus.EXPIRED),
        ({"status": "canceled", "cancellation_reason": "expired"}, ChargeStatus.EXPIRED),
    ],
)
def test_intent__in_that_state__is_a_charge_in_this(
    replies: Replies, members: dict[str, Any], status: ChargeStatus
) -> None:
    charge = replies.to_send(200, an_intent(**members))
    assert isinstance(charge, Charge)
    assert charge.status is status


def test_charge__that_requires_action__says_where(replies: Replies) -> None:
    action = {"type": "redirect_to_url", "redirect_to_url": {"url": "https://hooks.test/3ds"}}
    charge = replies.to_send(200, an_intent(status="requires_action", next_action=action))
    assert isinstance(charge, Charge)
    assert charge.next_action_url == "https://hooks.test/3ds"


def test_charge__that_requires_an_action_of_no_page__has_no_url(replies: Replies) -> None:
    action = {"type": "use_stripe_sdk", "use_stripe_sdk": {"url": "https://hooks.test/3ds"}}
    charge = replies.to_send(200, an_intent(status="requires_action", next_action=action))
    assert isinstance(charge, Charge)
    assert charge.next_action_url is None


def test_charge__authorized__says_when_it_lapses(replies: Replies) -> None:
    full = a_charge_until(CAPTURE_BEFORE)
    charge = replies.to_send(200, an_intent(status="requires_capture", latest_charge=full))
    assert isinstance(charge, Charge)
    assert charge.expires_at == datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
    assert (charge.amount_minor, charge.captured_minor) == (5_000, 0)


@pytest.mark.parametrize("latest", ["ch_1", None, a_charge_until(None), {"id": "ch_1"}], ids=repr)
def test_charge__authorized_of_which_it_does_not_say__has_no_end(
    replies: Replies, latest: Any
) -> None:
    charge = replies.to_send(200, an_intent(status="requires_capture", latest_charge=latest))
    assert isinstance(charge, Charge)
    assert charge.expires_at is None


def test_charge__that_is_captured__does_not_lapse(replies: Replies) -> None:
    charge = replies.to_send(200, an_intent(latest_charge=a_charge_until(CAPTURE_BEFORE)))
    assert isinstance(charge, Charge)
    assert charge.expires_at is None


def test_session__is_a_charge_that_waits_for_its_payer(replies: Replies) -> None:
    assert replies.to_send(200, a_session(), "session") == Charge(
        reference="cs_1",
        status=ChargeStatus.REQUIRES_ACTION,
        amount_minor=5_000,
        currency="USD",
        payment_id="pay_1",
        next_action_url="https://checkout.stripe.com/c/pay/cs_1",
    )


def test_402__is_a_declined_charge_with_stripes_reason_in_its_message(replies: Replies) -> None:
    intent = an_intent(status="requires_payment_method", last_payment_error=DECLINE)
    body = {"error": {**DECLINE, "payment_intent": intent}}
    assert replies.to_send(402, body) == Charge(
        reference="pi_1",
        status=ChargeStatus.DECLINED,
        amount_minor=5_000,
        currency="USD",
        payment_id="pay_1",
        failure=DECLINED,
    )


def test_402__without_an_intent__is_a_declined_charge_without_a_reference(
    replies: Replies,
) -> None:
    charge = replies.to_send(402, an_error("card_error", code="expired_card"))
    assert isinstance(charge, Charge)
    assert (charge.reference, charge.status) == ("", ChargeStatus.DECLINED)
    assert charge.failure == Failure("card_declined", "expired_card: a message")


@pytest.mark.parametrize("status", ["processing", "requires_action", "requires_capture"])
def test_402__with_an_intent_that_may_yet_take_money__is_unknown(
    replies: Replies, status: str
) -> None:
    intent = an_intent(status=status, next_action={"type": "use_stripe_sdk"})
    assert replies.to_send(402, an_error("card_error", payment_intent=intent)) == UNEXPECTED


@pytest.mark.parametrize("status", ["requires_payment_method", "requires_confirmation", "canceled"])
def test_402__with_an_intent_that_took_nothing__is_declined(replies: Replies, status: str) -> None:
    error = an_error("card_error", payment_intent=an_intent(status=status))
    charge = replies.to_send(402, error)
    assert isinstance(charge, Charge)
    assert (charge.status, charge.reference) == (ChargeStatus.DECLINED, "pi_1")
    assert charge.failure == Failure("card_declined", "card_error: a message")


@pytest.mark.parametrize("kind", CHARGES)
@pytest.mark.parametrize(
    ("status", "code"), [(400, "parameter_invalid_integer"), (404, "resource_missing")]
)
def test_400_and_404__of_a_charge__are_a_refusal_for_ever(
    replies: Replies, kind: str, status: int, code: str
) -> None:
    charge = replies.to_send(status, an_error(code=code), kind)
    assert charge == Charge(
        reference="",
        status=ChargeStatus.DECLINED,
        amount_minor=5_000,
        currency="USD",
        failure=Failure("processor_refused", "a message"),
    )


def test_400__of_a_charge_whose_intent_was_made__has_its_reference(replies: Replies) -> None:
    error = an_error(code="x", payment_intent=an_intent(status="requires_payment_method"))
    charge = replies.to_send(400, error)
    assert isinstance(charge, Charge)
    assert (charge.reference, charge.status) == ("pi_1", ChargeStatus.DECLINED)
    assert charge.failure == Failure("processor_refused", "a message")


IN_USE = an_error("idempotency_error", code="idempotency_key_in_use")
REUSED = Unknown("idempotency_key_reused", replays=True)
SERVER_ERROR = Unknown("server_error", replays=True)


@pytest.mark.parametrize(
    ("kind", "status", "body", "meaning"),
    [
        # Every type that Stripe documents, with the status that it comes with.
        ("charge", 500, an_error("api_error"), SERVER_ERROR),
        ("charge", 502, b"<html>", SERVER_ERROR),
        ("refund", 503, an_error("api_error"), SERVER_ERROR),
        ("charge", 400, an_error("api_error"), UNEXPECTED),
        ("charge", 400, an_error("idempotency_error"), REUSED),
        ("refund", 400, an_error("idempotency_error", code="x"), REUSED),
        ("charge", 409, IN_USE, Unknown("key_in_use")),
        ("refund", 409, IN_USE, Unknown("key_in_use")),
        ("charge", 401, an_error("authentication_error"), NotSent("unauthorized")),
        ("charge", 401, b"<html>", NotSent("unauthorized")),
        ("charge", 403, an_error("permission_error"), NotSent("unauthorized")),
        ("charge", 429, an_error("rate_limit_error"), NotSent("rate_limited")),
        ("charge", 429, b"<html>", NotSent("rate_limited")),
        ("refund", 429, an_error(code="lock_timeout"), NotSent("rate_limited")),
        ("refund", 400, an_error(code="lock_timeout"), NotSent("rate_limited")),
        ("charge", 400, an_error(code="rate_limit"), NotSent("rate_limited")),
        # What is none of them, or comes with another status.
        ("charge", 402, an_error("invalid_request_error"), UNEXPECTED),
        ("charge", 400, an_error("card_error"), UNEXPECTED),
        ("charge", 409, an_error("invalid_request_error"), UNEXPECTED),
        ("charge", 400, an_error("something_new"), UNEXPECTED),
        ("charge", 404, an_error(), NotSent("not_found")),
        ("refund", 404, an_error(code="other"), NotSent("not_found")),
        ("charge", 404, an_error("api_error"), UNEXPECTED),
        ("charge", 404, b"<html>", UNREADABLE),
        ("charge", 404, b"{}", UNREADABLE),
        ("refund", 404, b"", UNREADABLE),
        ("charge", 302, b"", UNREADABLE),
        ("charge", 201, an_intent(), UNREADABLE),
        ("charge", 204, b"", UNREADABLE),
        ("charge", 200, b'{"id":', UNREADABLE),
        ("charge", 200, b"\xff", UNREADABLE),
        ("charge", 200, b"[]", UNREADABLE),
        ("charge", 200, b"[" * 100_000, UNREADABLE),
        ("charge", 200, b'{"id":' + b"9" * 5_000 + b"}", UNREADABLE),
        # What was not done under our key, or to our charge.
        ("charge", 200, an_intent(metadata={"operation_id": "pay_2"}), UNREADABLE),
        ("charge", 200, an_intent(metadata={}), UNREADABLE),
        ("charge", 200, an_intent(metadata=None), UNREADABLE),
        ("session", 200, a_session(metadata={"payment_id": "pay_1"}), UNREADABLE),
        ("refund", 200, a_refund(metadata={"payment_id": "pay_1"}), UNREADABLE),
        ("capture", 200, an_intent(id="pi_2"), UNREADABLE),
        ("void", 200, an_intent(id="pi_2", status="canceled"), UNREADABLE),
        ("refund", 200, an_intent(metadata={"operation_id": "re_1"}), UNREADABLE),
        ("charge", 200, a_refund(metadata={"operation_id": "pay_1"}), UNREADABLE),
        ("session", 200, an_intent(), UNREADABLE),
        ("charge", 200, a_session(), UNREADABLE),
        ("capture", 200, a_refund(), UNREADABLE),
        ("capture", 400, an_error(payment_intent=an_intent(id="pi_2")), UNREADABLE),
        ("charge", 402, an_error("card_error", payment_intent=an_intent(metadata={})), UNREADABLE),
        ("capture", 400, an_error(payment_intent={"id": "pi_1"}), UNREADABLE),
    ],
)
def test_answer__means(
    replies: Replies, kind: str, status: int, body: Any, meaning: NotSent | Unknown
) -> None:
    assert replies.to_send(status, body, kind) == meaning


def test_message__that_is_long_or_lacks__is_cut_or_said_to_lack(replies: Replies) -> None:
    charge = replies.to_send(402, an_error("card_error", code="x", message="m" * 10_000))
    assert isinstance(charge, Charge)
    assert charge.failure is not None
    assert len(charge.failure.message) == 303
    charge = replies.to_send(402, an_error("card_error", code="x", message=None))
    assert isinstance(charge, Charge)
    assert charge.failure == Failure("card_declined", "x: the processor gave no reason")


def test_payment_id__of_another__is_told_as_it_was_said(replies: Replies) -> None:
    charge = replies.to_send(
        200, an_intent(metadata={"operation_id": "pay_1", "payment_id": "pay_2"})
    )
    assert isinstance(charge, Charge)
    assert charge.payment_id == "pay_2"


def test_reply__of_nobody__leaves_a_base_url_without_its_last_slash(replies: Replies) -> None:
    replies.replies = [Reply(200, b"{}")]
    ADAPTER.send(replace(an_operation(), request=ProcessorRequest("/v1/x", "")))
    assert replies.requests[0][0] == "https://stripe.test/v1/x"
