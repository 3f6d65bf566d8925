"""What functions are asked in the benchmarks is what API Gateway would ask."""

import json

import pytest

from benchmarks.payments_events import (
    deposit_event,
    list_event,
    payment_body,
    payment_event,
)


@pytest.mark.parametrize("size_bytes", [200, 400, 600])
def test_payment_body__is_as_long_as_asked(size_bytes: int) -> None:
    body = payment_body(size_bytes)
    assert len(body.encode()) == size_bytes
    assert json.loads(body)["funding"] == {"type": "balance"}


@pytest.mark.parametrize("size_bytes", [100, 700], ids=["too short", "too long"])
def test_payment_body__of_a_length_that_cannot_be__is_refused(size_bytes: int) -> None:
    with pytest.raises(ValueError, match="such a payment has 161 to 661 bytes"):
        payment_body(size_bytes)


def test_payment_event__is_of_its_merchant_and_key() -> None:
    event = payment_event("mer_aaaaaaaaaaaaaaaa", "key-7", "{}")
    assert event["requestContext"]["authorizer"]["merchant_id"] == "mer_aaaaaaaaaaaaaaaa"
    assert event["headers"]["Idempotency-Key"] == "key-7"
    assert event["multiValueHeaders"]["Idempotency-Key"] == ["key-7"]
    assert event["body"] == "{}"


def test_deposit_event__funds_in_dollars() -> None:
    event = deposit_event("mer_aaaaaaaaaaaaaaaa", "funds", 900)
    assert event["resource"] == "/v1/deposits"
    assert json.loads(event["body"]) == {"amount_minor": 900, "currency": "USD"}


def test_list_event__asks_for_a_hundred() -> None:
    event = list_event("mer_aaaaaaaaaaaaaaaa")
    assert event["resource"] == "/v1/payments"
    assert event["multiValueQueryStringParameters"] == {"limit": ["100"]}
