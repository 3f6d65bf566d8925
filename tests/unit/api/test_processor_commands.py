"""What do bodies of payments through processors, captures and voids ask for, and what is refused,
naming the field?
"""

from typing import Any

import pytest

from oncepay.api.commands import read_create_payment
from oncepay.api.processor_commands import read_capture, read_void
from oncepay.domain.errors import AmountTooLarge, InvalidRequest, PaymentsError
from oncepay.domain.lifecycle import Action

PAYMENT_ID = "pay_" + "a" * 26
FUNDING = {"type": "processor", "processor": "simulated", "payment_method": "pm_approve"}
PAYMENT = {"amount_minor": 5_000, "currency": "USD", "funding": FUNDING}
PROCESSORS = ("simulated",)


def refused(error: type[PaymentsError], body: dict[str, Any], *processors: str) -> PaymentsError:
    with pytest.raises(error) as caught:
        read_create_payment(body, processors)
    return caught.value


def test_payment__through_a_processor__is_captured_at_once_unless_it_is_said() -> None:
    command = read_create_payment(PAYMENT, PROCESSORS)
    assert (command.processor, command.payment_method) == ("simulated", "pm_approve")
    assert command.captures_automatically is True


@pytest.mark.parametrize(("method", "automatic"), [("automatic", True), ("manual", False)])
def test_capture_method__of_a_processor_s_payment__may_be_both(
    method: str, automatic: bool
) -> None:
    command = read_create_payment({**PAYMENT, "capture_method": method}, PROCESSORS)
    assert command.captures_automatically is automatic


def test_payment__from_the_balance__has_no_processor() -> None:
    command = read_create_payment({**PAYMENT, "funding": {"type": "balance"}}, PROCESSORS)
    assert (command.processor, command.payment_method) == (None, None)


def test_capture_method__of_a_payment_from_the_balance__is_not_manual() -> None:
    body = {**PAYMENT, "funding": {"type": "balance"}, "capture_method": "manual"}
    error = refused(InvalidRequest, body, *PROCESSORS)
    assert error.param == "capture_method"
    assert error.detail == "capture_method must be automatic for a payment from the balance"


BAD_FUNDING: dict[str, tuple[dict[str, Any], str, str]] = {
    "other processor": (
        {**FUNDING, "processor": "stripe"},
        "funding.processor",
        "funding.processor must be one of: simulated",
    ),
    "processor of a type": (
        {**FUNDING, "processor": ["simulated"]},
        "funding.processor",
        "funding.processor must be one of: simulated",
    ),
    "no processor": (
        {"type": "processor", "payment_method": "pm_approve"},
        "funding.processor",
        "funding.processor is required",
    ),
    "no method": (
        {"type": "processor", "processor": "simulated"},
        "funding.payment_method",
        "funding.payment_method is required",
    ),
    "method of a type": (
        {**FUNDING, "payment_method": 7},
        "funding.payment_method",
        "funding.payment_method must be a string",
    ),
    "method null": (
        {**FUNDING, "payment_method": None},
        "funding.payment_method",
        "funding.payment_method must be a string",
    ),
    "method empty": (
        {**FUNDING, "payment_method": ""},
        "funding.payment_method",
        "funding.payment_method must have 1 to 255 characters",
    ),
    "method too long": (
        {**FUNDING, "payment_method": "p" * 256},
        "funding.payment_method",
        "funding.payment_method must have 1 to 255 characters",
    ),
    "unknown field": ({**FUNDING, "token": "x"}, "funding.token", "unknown field"),
    "processor of a balance": (
        {"type": "balance", "processor": "simulated"},
        "funding.processor",
        "unknown field",
    ),
    "other type": (
        {**FUNDING, "type": "card"},
        "funding.type",
        "funding.type must be one of: balance, processor",
    ),
}


@pytest.mark.parametrize("name", BAD_FUNDING)
def test_funding__that_is_wrong__is_refused_by_name(name: str) -> None:
    funding, param, detail = BAD_FUNDING[name]
    error = refused(InvalidRequest, {**PAYMENT, "funding": funding}, *PROCESSORS)
    assert (error.param, error.detail) == (param, detail)


def test_method__of_the_greatest_length__is_taken() -> None:
    funding = {**FUNDING, "payment_method": "p" * 255}
    command = read_create_payment({**PAYMENT, "funding": funding}, PROCESSORS)
    assert command.payment_method == "p" * 255


def test_processors__of_which_there_are_none__are_said_to_be_none() -> None:
    error = refused(InvalidRequest, PAYMENT)
    assert error.param == "funding.type"
    assert error.detail == "funding.type must be balance: no processor is configured here"


def test_processors__are_named_in_order() -> None:
    body = {**PAYMENT, "funding": {**FUNDING, "processor": "x"}}
    error = refused(InvalidRequest, body, "stripe", "paypal")
    assert error.detail == "funding.processor must be one of: paypal, stripe"


@pytest.mark.parametrize(("body", "amount_minor"), [({}, None), ({"amount_minor": 7}, 7)])
def test_capture__is_of_an_amount_or_of_all(body: dict[str, Any], amount_minor: int | None) -> None:
    command = read_capture(PAYMENT_ID, body)
    assert (command.action, command.payment_id) == (Action.CAPTURE, PAYMENT_ID)
    assert command.amount_minor == amount_minor


@pytest.mark.parametrize(
    ("body", "error", "param"),
    [
        ({"amount_minor": 0}, InvalidRequest, "amount_minor"),
        ({"amount_minor": -1}, InvalidRequest, "amount_minor"),
        ({"amount_minor": "7"}, InvalidRequest, "amount_minor"),
        ({"amount_minor": 1.5}, InvalidRequest, "amount_minor"),
        ({"amount_minor": None}, InvalidRequest, "amount_minor"),
        ({"amount_minor": 10**15 + 1}, AmountTooLarge, "amount_minor"),
        ({"currency": "USD"}, InvalidRequest, "currency"),
    ],
)
def test_capture__that_is_wrong__is_refused_by_name(
    body: dict[str, Any], error: type[PaymentsError], param: str
) -> None:
    with pytest.raises(error) as refusal:
        read_capture(PAYMENT_ID, body)
    assert refusal.value.param == param


def test_void__asks_for_nothing_more() -> None:
    command = read_void(PAYMENT_ID, {"idempotency_key": "k"})
    assert (command.action, command.amount_minor) == (Action.VOID, None)


@pytest.mark.parametrize("name", ["amount_minor", "reason"])
def test_void__with_a_field__is_refused_by_name(name: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read_void(PAYMENT_ID, {name: 1})
    assert (refusal.value.param, refusal.value.detail) == (name, "unknown field")
