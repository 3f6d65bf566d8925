"""Things for tests, each with sensible values of its own and overrides by name."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from oncepay.api.presenters import present_deposit, present_payment
from oncepay.api.problems import Place
from oncepay.api.processor_presenters import answer_completion, present_refund
from oncepay.domain.idempotency import IdempotentRequest, Outcome
from oncepay.domain.operation import Origin
from oncepay.processors.port import Processor
from oncepay.services.create_deposit import CreateDeposit, create_deposit
from oncepay.services.create_payment import CreatePayment, create_payment
from oncepay.services.create_refund import CreateRefund, create_refund
from oncepay.services.processor_tools import ProcessorTools
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
DAY = timedelta(hours=24)
MERCHANT = "mer_aaaaaaaaaaaaaaaa"
STRANGER = "mer_bbbbbbbbbbbbbbbb"
PLACE = Place("/v1/payments", "req-1")
ORIGIN = Origin(PLACE.instance, PLACE.request_id)
LEASE = timedelta(seconds=30)


def a_request(**overrides: Any) -> IdempotentRequest:
    """A request of the merchant under the key `key-1`."""
    values: dict[str, Any] = {
        "merchant_id": MERCHANT,
        "method": "POST",
        "path": "/v1/payments",
        "key": "key-1",
        "fingerprint": "f" * 64,
    }
    return IdempotentRequest(**(values | overrides))


def some_tools(
    database: Database,
    budget: Budget | None = None,
    *,
    now: datetime = NOW,
    processors: Mapping[str, Processor] | None = None,
    **overrides: Any,
) -> ProcessorTools:
    """What work at a processor needs, at a standing clock; no processors unless they are given."""

    def no_alarm(name: str, facts: Mapping[str, Any]) -> None:
        raise AssertionError(f"alarm: {name} {dict(facts)}")

    values: dict[str, Any] = {
        "answer_of": answer_completion,
        "retention": DAY,
        "lease": LEASE,
        "clock": lambda: now,
        "alarm": no_alarm,
    }
    return ProcessorTools(
        database=database,
        processors=processors or {},
        budget=budget or Budget(60, sleep=lambda _: None),
        **(values | overrides),
    )


class World:
    """A merchant's doings through the services, on some database; each call takes overrides."""

    def __init__(self, database: Database, budget: Budget | None = None) -> None:
        self.database = database
        self.budget = budget or Budget(60, sleep=lambda _: None)

    def deposit(
        self,
        amount_minor: int = 100_000,
        *,
        currency: str = "USD",
        now: datetime = NOW,
        minimum_minor: int = 1,
        shards: int = 1,
        **request: Any,
    ) -> Outcome:
        """A deposit of 1000.00 USD."""
        request = {"path": "/v1/deposits", "key": "deposit-1"} | request
        return create_deposit(
            CreateDeposit(amount_minor=amount_minor, currency=currency),
            request=a_request(**request),
            minimum_minor=minimum_minor,
            present=present_deposit,
            retention=DAY,
            database=self.database,
            now=now,
            budget=self.budget,
            shards=shards,
        )

    def pay(
        self,
        amount_minor: int = 5_000,
        *,
        currency: str = "USD",
        fee_basis_points: int = 200,
        now: datetime = NOW,
        customer_id: str | None = None,
        shards: int = 1,
        **request: Any,
    ) -> Outcome:
        """A payment of 50.00 USD with a fee of 2 %."""
        return create_payment(
            CreatePayment(
                amount_minor=amount_minor,
                currency=currency,
                customer_id=customer_id,
                description=None,
                metadata={},
            ),
            request=a_request(**request),
            fee_basis_points=fee_basis_points,
            present=present_payment(PLACE),
            retention=DAY,
            database=self.database,
            now=now,
            budget=self.budget,
            shards=shards,
        )

    def refund(
        self,
        payment_id: str,
        amount_minor: int | None = None,
        *,
        reason: str | None = None,
        now: datetime = NOW,
        **request: Any,
    ) -> Outcome:
        """A refund of all that is left."""
        request = {"path": f"/v1/payments/{payment_id}/refunds", "key": "refund-1"} | request
        return create_refund(
            CreateRefund(payment_id=payment_id, amount_minor=amount_minor, reason=reason),
            request=a_request(**request),
            origin=ORIGIN,
            present=present_refund(PLACE),
            tools=some_tools(self.database, self.budget, now=now),
            now=now,
        )


def body_of(outcome: Outcome) -> dict[str, Any]:
    """The answer's JSON."""
    parsed: dict[str, Any] = json.loads(outcome.answer.body)
    return parsed


def id_of(outcome: Outcome) -> str:
    """The id of what was made, or of what was declined."""
    body = body_of(outcome)
    return str(body.get("payment_id") if outcome.answer.status_code == 402 else body["id"])
