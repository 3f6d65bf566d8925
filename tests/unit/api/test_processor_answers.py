"""How are payments through processors shown, and what is answered once their operations end?"""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from oncepay.api.presenters import present_payment
from oncepay.api.processor_presenters import (
    answer_completion,
    present_created,
    present_moved,
    present_refund,
)
from oncepay.api.representations import payment_json
from oncepay.domain.idempotency import Answer
from oncepay.domain.lifecycle import PaymentStatus, RefundStatus
from oncepay.domain.operation import Operation, OperationKind, OperationState, ProcessorRequest
from oncepay.domain.payment import NO_FUNDS_TO_REFUND, PROCESSOR, Payment, Refund
from oncepay.domain.processor_answer import PROCESSOR_UNAVAILABLE, Failure
from oncepay.domain.steps import Completion, Family
from tests.builders import MERCHANT, NOW, ORIGIN, PLACE

PAYMENT_ID = "pay_" + "a" * 26


def a_payment(status: PaymentStatus = PaymentStatus.SUCCEEDED, **overrides: Any) -> Payment:
    """50.00 USD by card."""
    values: dict[str, Any] = {
        "id": PAYMENT_ID,
        "merchant_id": MERCHANT,
        "fingerprint": "f" * 64,
        "amount_minor": 5_000,
        "fee_minor": 100,
        "fee_basis_points": 200,
        "currency": "USD",
        "status": status,
        "funding_type": PROCESSOR,
        "captured_minor": 0,
        "refunded_minor": 0,
        "created_at": NOW,
        "updated_at": NOW,
        "processor": "simulated",
        "processor_reference": "ch_1",
        "payment_method": "pm_approve",
    }
    return Payment(**(values | overrides))


def a_refund(status: RefundStatus = RefundStatus.SUCCEEDED, **overrides: Any) -> Refund:
    """20.00 of it."""
    values: dict[str, Any] = {
        "id": "re_" + "b" * 26,
        "payment_id": PAYMENT_ID,
        "merchant_id": MERCHANT,
        "fingerprint": "f" * 64,
        "amount_minor": 2_000,
        "currency": "USD",
        "status": status,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Refund(**(values | overrides))


def an_operation(state: OperationState = OperationState.OPEN) -> Operation:
    """A capture."""
    return Operation(
        id="cap_1",
        payment_id=PAYMENT_ID,
        merchant_id=MERCHANT,
        fingerprint="f" * 64,
        kind=OperationKind.CAPTURE,
        processor="simulated",
        request=ProcessorRequest("/", "{}"),
        amount_minor=5_000,
        currency="USD",
        created_at=NOW,
        updated_at=NOW,
        due_at=NOW,
        state=state,
    )


def a_completion(kind: OperationKind, payment: Payment, **overrides: Any) -> Completion:
    values: dict[str, Any] = {"record_id": "r", "item": payment.key, "origin": ORIGIN}
    return Completion(kind=kind, payment=payment, **(values | overrides))


def said(answer: Answer) -> tuple[int, str]:
    """The status, and the payment's or refund's, or the code of a problem."""
    body = json.loads(answer.body)
    return answer.status_code, str(body.get("code") or body["status"])


def test_payment__shows_its_processor_its_reference_and_how_it_is_paid() -> None:
    shown = payment_json(a_payment())
    assert shown["processor"] == {"name": "simulated", "reference": "ch_1"}
    assert shown["funding"] == {
        "type": "processor",
        "processor": "simulated",
        "payment_method": "pm_approve",
    }


def test_payment__whose_charge_is_not_known__has_no_reference_yet() -> None:
    shown = payment_json(a_payment(PaymentStatus.PROCESSING, processor_reference=None))
    assert shown["processor"] == {"name": "simulated", "reference": None}


def test_payment__that_needs_an_action__says_where() -> None:
    url = "http://127.0.0.1/action/ch_1"
    payment = a_payment(PaymentStatus.REQUIRES_ACTION, next_action_url=url)
    shown = payment_json(payment)
    assert shown["next_action"] == {"url": url}
    assert list(shown).index("next_action") == list(shown).index("status") + 1


@pytest.mark.parametrize(
    "status", [status for status in PaymentStatus if status != PaymentStatus.REQUIRES_ACTION]
)
def test_payment__that_needs_no_action__has_no_such_member(status: PaymentStatus) -> None:
    assert "next_action" not in payment_json(a_payment(status))


def test_payment__shows_nothing_of_how_it_is_worked_on() -> None:
    inner: dict[str, Any] = {
        "refunding_minor": 7,
        "pending_minor": 7,
        "open_operation": "cap_1",
        "due_at": NOW,
        "authorization_expires_at": NOW + timedelta(days=7),
    }
    assert payment_json(a_payment(**inner)) == payment_json(a_payment())


ANSWERS_TO_CREATION = {
    PaymentStatus.PROCESSING: (202, "processing"),
    PaymentStatus.REQUIRES_ACTION: (201, "requires_action"),
    PaymentStatus.AUTHORIZED: (201, "authorized"),
    PaymentStatus.SUCCEEDED: (201, "succeeded"),
    PaymentStatus.DECLINED: (402, "card_declined"),
    PaymentStatus.VOIDED: (201, "voided"),
    PaymentStatus.EXPIRED: (201, "expired"),
}


@pytest.mark.parametrize("status", PaymentStatus)
def test_creation__is_answered_by_the_state_that_the_payment_has(status: PaymentStatus) -> None:
    payment = a_payment(status)
    if status is PaymentStatus.DECLINED:
        payment = replace(payment, failure=Failure("card_declined", "stolen_card: stolen"))
    assert said(present_created(PLACE)(Family(payment=payment))) == ANSWERS_TO_CREATION[status]
    assert said(present_payment(PLACE)(payment)) == ANSWERS_TO_CREATION[status]


@pytest.mark.parametrize(
    "failure",
    [Failure("card_declined", "stolen_card: stolen"), PROCESSOR_UNAVAILABLE],
    ids=lambda failure: failure.code,
)
def test_decline__whatever_the_reason__is_a_402_that_names_the_payment(failure: Failure) -> None:
    payment = a_payment(PaymentStatus.DECLINED, failure=failure)
    answer = present_payment(PLACE)(payment)
    body = json.loads(answer.body)
    assert (answer.status_code, body["code"], body["payment_id"]) == (
        402,
        "card_declined",
        PAYMENT_ID,
    )
    assert (body["detail"], body["retryable"]) == (failure.message, False)


@pytest.mark.parametrize("state", OperationState)
def test_capture__is_202_as_long_as_its_operation_is_open(state: OperationState) -> None:
    family = Family(
        payment=a_payment(PaymentStatus.AUTHORIZED), operations={"cap_1": an_operation(state)}
    )
    expected = 202 if state is OperationState.OPEN else 200
    assert said(present_moved("cap_1")(family)) == (expected, "authorized")


@pytest.mark.parametrize("status", RefundStatus)
def test_refund__is_201_whatever_its_state(status: RefundStatus) -> None:
    failure = Failure("refund_refused", "no") if status is RefundStatus.FAILED else None
    answer = present_refund(PLACE)(a_refund(status, failure=failure))
    assert said(answer) == (201, status.value)


def test_refund__for_want_of_funds__is_a_402_that_names_the_payment() -> None:
    answer = present_refund(PLACE)(a_refund(RefundStatus.FAILED, failure=NO_FUNDS_TO_REFUND))
    assert said(answer) == (402, "insufficient_funds")
    assert json.loads(answer.body)["payment_id"] == PAYMENT_ID


COMPLETIONS: dict[str, tuple[Completion, tuple[int, str]]] = {
    "charged": (a_completion(OperationKind.AUTHORIZE, a_payment()), (201, "succeeded")),
    "authorized": (
        a_completion(OperationKind.AUTHORIZE, a_payment(PaymentStatus.AUTHORIZED)),
        (201, "authorized"),
    ),
    "declined": (
        a_completion(
            OperationKind.AUTHORIZE,
            a_payment(PaymentStatus.DECLINED, failure=Failure("card_declined", "no")),
        ),
        (402, "card_declined"),
    ),
    "captured": (a_completion(OperationKind.CAPTURE, a_payment()), (200, "succeeded")),
    "voided": (
        a_completion(OperationKind.VOID, a_payment(PaymentStatus.VOIDED)),
        (200, "voided"),
    ),
    "capture refused": (
        a_completion(
            OperationKind.CAPTURE,
            a_payment(PaymentStatus.AUTHORIZED),
            refused=Failure("do_not_honor", "the bank would not"),
        ),
        (402, "card_declined"),
    ),
    "overtaken": (
        a_completion(
            OperationKind.CAPTURE,
            a_payment(PaymentStatus.VOIDED),
            conflict="the payment is voided meanwhile",
        ),
        (409, "invalid_transition"),
    ),
    "refunded": (
        a_completion(OperationKind.REFUND, a_payment(), refund=a_refund()),
        (201, "succeeded"),
    ),
    "refund failed": (
        a_completion(
            OperationKind.REFUND,
            a_payment(),
            refund=a_refund(RefundStatus.FAILED, failure=Failure("refund_refused", "no")),
        ),
        (201, "failed"),
    ),
}


@pytest.mark.parametrize("name", COMPLETIONS)
def test_end_of_an_operation__is_the_answer_to_the_request_that_asked_for_it(name: str) -> None:
    completion, expected = COMPLETIONS[name]
    assert said(answer_completion(completion)) == expected


def test_problem__whoever_ends_the_operation__is_that_of_the_request_that_asked_for_it() -> None:
    completion, _ = COMPLETIONS["overtaken"]
    body = json.loads(answer_completion(completion).body)
    assert (body["instance"], body["request_id"]) == (ORIGIN.instance, ORIGIN.request_id)
    assert body["detail"] == "the payment is voided meanwhile"
