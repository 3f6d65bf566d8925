"""A merchant, its payer and its processor, with one clock for all of them: for tests of payments
through a processor.

The processor is the simulated one, over real HTTP; the adapter, the services and the presenters
are the real ones. Nothing here waits: what is due happens when the clock is moved, an answer that
never comes is a connection that is closed at once.

Every call out of the code, to DynamoDB and to the processor, goes through `calls`, so that a test
can count them, and let a worker die at one of them.
"""

import contextlib
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from oncepay.api.bodies import fingerprint_of
from oncepay.api.problems import Place, problem_of
from oncepay.api.processor_presenters import (
    answer_completion,
    present_created,
    present_moved,
    present_refund,
)
from oncepay.domain.applying import EventOfPayment
from oncepay.domain.errors import PaymentsError
from oncepay.domain.idempotency import Answer, IdempotentRequest, Outcome
from oncepay.domain.lifecycle import Action
from oncepay.domain.operation import Origin
from oncepay.processors.http_exchange import exchange
from oncepay.processors.port import Processor
from oncepay.processors.simulated import SimulatedProcessor
from oncepay.processors.simulated_event import read_event
from oncepay.services.apply_event import receive_processor_event
from oncepay.services.create_payment import CreatePayment
from oncepay.services.create_processor_payment import create_processor_payment
from oncepay.services.create_refund import CreateRefund, create_refund
from oncepay.services.move_payment import PREFIXES, MovePayment, move_payment
from oncepay.services.processor_tools import ProcessorTools
from oncepay.services.sweep_due import Swept, sweep_due
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from ops.simulated.outbox import Delivery
from ops.simulated.records import ChargeStatus
from ops.simulated.server import Patience, running_simulated_processor
from ops.simulated.server import SimulatedProcessor as Running
from ops.simulated.wire import write_event
from tests.builders import DAY, LEASE, MERCHANT
from tests.simulated.client import HandClock

AT_ONCE = Patience(hold_seconds=0, slow_seconds=0, drip_seconds=0)
TIMEOUT_SECONDS = 5.0
NOWHERE = "http://127.0.0.1/"

type Call = Callable[[str, Callable[[], Any]], Any]
"""Takes the name of a call out of the code, and what carries it out; returns its result."""


def straight(_name: str, call: Callable[[], Any]) -> Any:
    """Carry a call out."""
    return call()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a client got."""

    status: int
    body: str
    replayed: bool

    @property
    def json(self) -> dict[str, Any]:
        """The body."""
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed

    @property
    def code(self) -> str | None:
        """Of a problem."""
        code: str | None = self.json.get("code")
        return code

    @property
    def payment_id(self) -> str:
        """Of the payment that it shows, or that was declined."""
        body = self.json
        return str(body.get("payment_id") or body["id"])


class ProcessorWorld:
    """What happens: a client's requests, the sweep, events, and time.

    Attributes:
        name: of the processor.
        clock: everybody's.
        processor: as it runs.
        database: the layer's way to the tables.
        calls: every call out of the code goes through it.
        alarms: what was told to a person, by name.
        new_budget: the time of each invocation.
        shards: what the authorizer says the merchant's books have.
    """

    name = "simulated"

    def __init__(self, database: Database, processor: Running, clock: HandClock) -> None:
        self.database, self.processor, self.clock = database, processor, clock
        self.calls: Call = straight
        self.alarms: list[tuple[str, dict[str, Any]]] = []
        self.new_budget: Callable[[], Budget] = endless
        self.shards = 1
        self._adapter: Processor = self._open_adapter()
        self._requests = itertools.count(1)
        processor.outbox.configure(url=NOWHERE)

    def charge(
        self,
        behaviour: str = "approve",
        *,
        manual: bool = False,
        amount_minor: int = 5_000,
        currency: str = "USD",
        key: str = "charge-1",
    ) -> Reply:
        """POST /v1/payments with the payment method `pm_<behaviour>`."""
        body = {"amount_minor": amount_minor, "currency": currency, "behaviour": behaviour}
        request, place = self._request("/v1/payments", key, {**body, "manual": manual})
        command = CreatePayment(
            amount_minor=amount_minor,
            currency=currency,
            customer_id=None,
            description=None,
            metadata={},
            processor=self.name,
            payment_method=f"pm_{behaviour}",
            captures_automatically=not manual,
        )
        return self._answer(
            place,
            lambda: create_processor_payment(
                command,
                request=request,
                fee_basis_points=200,
                origin=Origin(place.instance, place.request_id),
                present=present_created(place),
                tools=self.tools(),
                shards=self.shards,
            ),
        )

    def capture(
        self, payment_id: str, amount_minor: int | None = None, *, key: str = "capture-1"
    ) -> Reply:
        """POST /v1/payments/{id}/capture."""
        return self._move(Action.CAPTURE, payment_id, amount_minor, key)

    def void(self, payment_id: str, *, key: str = "void-1") -> Reply:
        """POST /v1/payments/{id}/void."""
        return self._move(Action.VOID, payment_id, None, key)

    def refund(
        self, payment_id: str, amount_minor: int | None = None, *, key: str = "refund-1"
    ) -> Reply:
        """POST /v1/payments/{id}/refunds."""
        path = f"/v1/payments/{payment_id}/refunds"
        request, place = self._request(path, key, {"amount_minor": amount_minor})
        return self._answer(
            place,
            lambda: create_refund(
                CreateRefund(payment_id=payment_id, amount_minor=amount_minor, reason=None),
                request=request,
                origin=Origin(place.instance, place.request_id),
                present=present_refund(place),
                tools=self.tools(),
                now=self.clock(),
            ),
        )

    def sweep(self) -> Swept:
        """One run of the sweep."""
        return sweep_due(self.tools())

    def take_events(self) -> list[Delivery]:
        """The processor's webhooks that are due; each is to be given to `deliver`."""
        self.processor.engine.catch_up()
        return self.processor.outbox.take_due(self.processor.engine.now())

    def deliver(self, delivery: Delivery) -> bool:
        """Bring a webhook; whether it was taken. The processor sends again what was not."""
        status: int | None = None
        try:
            receive_processor_event(self._read(delivery), self.tools())
            status = 200
        except PaymentsError:
            status = 503
        finally:
            self.processor.outbox.report(delivery, status, self.processor.engine.now())
        return status == 200

    def deliver_events(self) -> int:
        """Bring every webhook that is due, in the processor's order; returns how many were taken.

        What comes of them may make the processor send more: all of it.
        """
        taken = 0
        while deliveries := self.take_events():
            taken += sum(self.deliver(each) for each in deliveries)
        return taken

    def advance(self, seconds: float) -> None:
        """Let time pass, for everybody."""
        self.clock.pass_by(seconds)
        self.processor.engine.catch_up()

    def let_payer_act(self, after: timedelta) -> None:
        """Whoever was asked to approve so long ago does so."""
        engine = self.processor.engine
        for charge, _ in engine.record():
            waits = charge.status is ChargeStatus.REQUIRES_ACTION
            if waits and engine.now() - charge.created_at >= after:
                engine.approve(charge.id)

    def tools(self) -> ProcessorTools:
        """What one invocation of a function is given."""
        return ProcessorTools(
            database=self.database,
            processors={self.name: self._adapter},
            answer_of=answer_completion,
            retention=DAY,
            lease=LEASE,
            clock=self.clock,
            budget=self.new_budget(),
            alarm=self._alarm,
        )

    def _open_adapter(self) -> Processor:
        return SimulatedProcessor(
            self.processor.url,
            secret=lambda: self.processor.secret,
            timeout_seconds=TIMEOUT_SECONDS,
        )

    def _read(self, delivery: Delivery) -> EventOfPayment:
        body = json.dumps(write_event(delivery.event, self.processor.url)).encode()
        return read_event(body, received_at=self.clock())

    def _move(self, action: Action, payment_id: str, amount_minor: int | None, key: str) -> Reply:
        path = f"/v1/payments/{payment_id}/{action.value}"
        request, place = self._request(path, key, {"amount_minor": amount_minor})
        return self._answer(
            place,
            lambda: move_payment(
                MovePayment(payment_id=payment_id, action=action, amount_minor=amount_minor),
                request=request,
                origin=Origin(place.instance, place.request_id),
                present=present_moved(request.derive_id(PREFIXES[action])),
                tools=self.tools(),
            ),
        )

    def _request(
        self, path: str, key: str, body: Mapping[str, Any]
    ) -> tuple[IdempotentRequest, Place]:
        # Each one has an id of its own, as over HTTP: an answer that is made twice shows.
        place = Place(path, f"req-{next(self._requests)}")
        request = IdempotentRequest(
            merchant_id=MERCHANT,
            method="POST",
            path=path,
            key=key,
            fingerprint=fingerprint_of(body),
        )
        return request, place

    def _answer(self, place: Place, carry_out: Callable[[], Outcome]) -> Reply:
        try:
            outcome = carry_out()
        except PaymentsError as error:
            return _reply(problem_of(error, place), replayed=False)
        return _reply(outcome.answer, replayed=outcome.replayed)

    def _alarm(self, name: str, facts: Mapping[str, Any]) -> None:
        self.alarms.append((name, dict(facts)))


def endless() -> Budget:
    """The time of an invocation that lasts as long as it takes."""
    return Budget(20, clock=lambda: 0.0, sleep=lambda _: None)


@contextlib.contextmanager
def running_world(database: Database) -> Iterator[ProcessorWorld]:
    """A world on empty tables."""
    clock, numbers = HandClock(), itertools.count(1)
    with running_simulated_processor(
        clock=clock, new_id=lambda prefix: f"{prefix}{next(numbers)}", patience=AT_ONCE
    ) as processor:
        world = ProcessorWorld(database, processor, clock)
        with calls_out_of_the_code(database, lambda name, call: world.calls(name, call)):
            yield world


@contextlib.contextmanager
def calls_out_of_the_code(database: Database, calls: Call) -> Iterator[None]:
    """Let each request to DynamoDB, and each one to a processor, go through `calls`."""
    connection: Any = database._connection
    to_dynamodb = connection._make_api_call

    def call_dynamodb(operation: str, request: dict[str, Any]) -> Any:
        return calls(operation, lambda: to_dynamodb(operation, request))

    def call_processor(url: str, *, method: str, **request: Any) -> Any:
        path = "/" + url.partition("//")[2].partition("/")[2]
        return calls(f"{method} {path}", lambda: exchange(url, method=method, **request))

    with (
        patch.object(connection, "_make_api_call", call_dynamodb),
        patch("oncepay.processors.simulated.exchange", call_processor),
        patch("oncepay.processors.paypal_session.exchange", call_processor),
    ):
        yield


def _reply(answer: Answer, *, replayed: bool) -> Reply:
    return Reply(answer.status_code, answer.body, replayed)
