"""A handler that does not answer as it has to is not timed as if it did."""

import json
from typing import Any

import pytest

from benchmarks.payments_worker import Calls, UnexpectedAnswerError, timed

MERCHANT = "mer_aaaaaaaaaaaaaaaa"


def an_answer(status: int, body: Any) -> dict[str, Any]:
    return {"statusCode": status, "body": json.dumps(body)}


class Shop:
    """Answers each key the same, as long as it is asked to."""

    def __init__(self) -> None:
        self.paid: dict[str, dict[str, Any]] = {}
        self.forgets = False

    def pay(self, event: dict[str, Any], _context: Any) -> dict[str, Any]:
        key = event["headers"]["Idempotency-Key"]
        if self.forgets or key not in self.paid:
            self.paid[key] = an_answer(201, {"id": f"pay_{len(self.paid)}", "new": self.forgets})
        return self.paid[key]

    def list_newest(self, _event: dict[str, Any], _context: Any) -> dict[str, Any]:
        return an_answer(200, {"data": list(self.paid)})


def test_pay__calls_once_for_each_key() -> None:
    shop = Shop()
    told = Calls(shop.pay, shop.list_newest).do(
        {"do": "pay", "merchant_id": MERCHANT, "prefix": "k", "count": 3}
    )
    assert list(shop.paid) == ["k-0", "k-1", "k-2"]
    assert len(told["wall_ms"]) == 3


def test_pay__that_is_declined__is_an_error() -> None:
    calls = Calls(lambda *_: an_answer(402, {}), Shop().list_newest)
    with pytest.raises(UnexpectedAnswerError, match="402 instead of 201"):
        calls.do({"do": "pay", "merchant_id": MERCHANT, "prefix": "k", "count": 1})


def test_replay__answered_otherwise__is_an_error() -> None:
    shop = Shop()
    calls = Calls(shop.pay, shop.list_newest)
    asked = {"merchant_id": MERCHANT, "prefix": "k", "count": 1}
    calls.do({"do": "pay", **asked})
    calls.do({"do": "replay", **asked})
    shop.forgets = True
    with pytest.raises(UnexpectedAnswerError, match="k-0 was answered otherwise"):
        calls.do({"do": "replay", **asked})


def test_list__that_is_too_short__is_an_error() -> None:
    shop = Shop()
    with pytest.raises(UnexpectedAnswerError, match="not as many"):
        Calls(shop.pay, shop.list_newest).do(
            {"do": "list", "merchant_id": MERCHANT, "count": 1, "expected": 100}
        )


def test_timed__answers_come_in_order() -> None:
    told, answers = timed(lambda event, _: {"n": event["n"]}, [{"n": 1}, {"n": 2}])
    assert answers == [{"n": 1}, {"n": 2}]
    assert set(told) == {"wall_ms", "cpu_ms"}
