"""How do several workers pay for one merchant at once? Each is a process that pays through the real
service, one payment after the other, as a Lambda does; all begin together.
"""

import multiprocessing
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Final

from oncepay.api.presenters import present_deposit, present_payment
from oncepay.api.problems import Place
from oncepay.domain.errors import OutcomeUnknown, RateLimited
from oncepay.domain.idempotency import IdempotentRequest, Outcome
from oncepay.services.create_deposit import CreateDeposit, create_deposit
from oncepay.services.create_payment import CreatePayment, create_payment
from oncepay.storage.budget import Budget, budget_of_invocation
from oncepay.storage.database import Database, Endpoint, open_database

AMOUNT_MINOR: Final = 5_000
FEE_BASIS_POINTS: Final = 200
COST_MINOR: Final = 5_100
CURRENCY: Final = "USD"
INVOCATION_MS: Final = 25_000
"""The time-out of the function that pays, as template.yaml has it."""

_RETENTION: Final = timedelta(hours=24)
_START_SECONDS: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a worker is to do: pay for a merchant with so many shards for some seconds, over that
    URL.
    """

    merchant_id: str
    shards: int
    seconds: float
    url: str


@dataclass(slots=True)
class Done:
    """What came of it.

    Attributes:
        paid: payments that were answered 201.
        in_time: of them, those that were before the time was up.
        declined: 402; there is money enough, so that each is a mistake.
        limited: 429, with nothing done.
        unknown: 503; whether they were done is not known.
        requests: to DynamoDB.
        retries: of them, those that were sent again after a wait.
        latencies_ms: of each that was paid.
    """

    paid: int = 0
    in_time: int = 0
    declined: int = 0
    limited: int = 0
    unknown: int = 0
    requests: int = 0
    retries: int = 0
    latencies_ms: list[float] = field(default_factory=list)


class Workers:
    """Processes that wait for tasks."""

    def __init__(self, ends: Sequence[Connection]) -> None:
        self._ends = ends

    def pay(self, tasks: Sequence[Task]) -> list[Done]:
        """One task for each worker, all at once; returns what came of each."""
        for end, task in zip(self._ends, tasks, strict=True):
            end.send(task)
        return [end.recv() for end in self._ends]


@contextmanager
def open_workers(count: int, tables: Mapping[str, str]) -> Iterator[Workers]:
    """So many processes, each ready to pay; ended at the end.

    Args:
        count: of the workers.
        tables: name of each table by its role.
    """
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(count)
    ends: list[Connection] = []
    processes = []
    try:
        for _ in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_work, args=(theirs, barrier, dict(tables)), daemon=True
            )
            process.start()
            theirs.close()
            ends.append(ours)
            processes.append(process)
        for end in ends:
            if not end.poll(_START_SECONDS):
                raise RuntimeError("a worker did not start")
            end.recv()
        yield Workers(ends)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join()


def deposit_once(
    database: Database, merchant_id: str, *, shards: int, amount_minor: int, budget: Budget
) -> Outcome:
    """One deposit under a key of its own.

    Raises:
        RateLimited, OutcomeUnknown: see `services.create_deposit`.
    """
    return create_deposit(
        CreateDeposit(amount_minor=amount_minor, currency=CURRENCY),
        request=_request("/v1/deposits", merchant_id),
        minimum_minor=1,
        present=present_deposit,
        retention=_RETENTION,
        database=database,
        now=datetime.now(UTC),
        budget=budget,
        shards=shards,
    )


def pay_once(
    database: Database, merchant_id: str, *, shards: int, amount_minor: int, budget: Budget
) -> Outcome:
    """One payment under a key of its own.

    Raises:
        RateLimited, OutcomeUnknown: see `services.create_payment`.
    """
    return create_payment(
        CreatePayment(
            amount_minor=amount_minor,
            currency=CURRENCY,
            customer_id="cus_1",
            description="Order 1042",
            metadata={"order": "1042"},
        ),
        request=_request("/v1/payments", merchant_id),
        fee_basis_points=FEE_BASIS_POINTS,
        present=present_payment(Place("/v1/payments", "benchmark")),
        retention=_RETENTION,
        database=database,
        now=datetime.now(UTC),
        budget=budget,
        shards=shards,
    )


def open_at(url: str, tables: Mapping[str, str]) -> Database:
    """The tables of an engine."""
    return open_database(
        dict(tables),
        Endpoint(region="us-east-1", url=url, access_key_id="test", secret_access_key="test"),
    )


def _work(end: Connection, barrier: Barrier, tables: Mapping[str, str]) -> None:
    databases: dict[str, Database] = {}
    end.send("ready")
    while True:
        task: Task = end.recv()
        if task.url not in databases:
            databases = {task.url: open_at(task.url, tables)}
        barrier.wait()
        end.send(_pay_for(task, databases[task.url]))


def _pay_for(task: Task, database: Database) -> Done:
    done = Done()
    ends_at = time.monotonic() + task.seconds
    while time.monotonic() < ends_at:
        asked_at = time.monotonic()
        budget = budget_of_invocation(INVOCATION_MS)
        try:
            outcome = pay_once(
                database,
                task.merchant_id,
                shards=task.shards,
                amount_minor=AMOUNT_MINOR,
                budget=budget,
            )
        except RateLimited:
            done.limited += 1
        except OutcomeUnknown:
            done.unknown += 1
        else:
            if outcome.answer.status_code == 201:
                answered_at = time.monotonic()
                done.paid += 1
                done.in_time += answered_at <= ends_at
                done.latencies_ms.append((answered_at - asked_at) * 1000)
            else:
                done.declined += 1
        done.requests += budget.usage.requests
        done.retries += budget.usage.retries
    return done


def _request(path: str, merchant_id: str) -> IdempotentRequest:
    return IdempotentRequest(
        merchant_id=merchant_id,
        method="POST",
        path=path,
        key=uuid.uuid4().hex,
        fingerprint="f" * 64,
    )
