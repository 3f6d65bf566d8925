"""The simulated processor on the contract's bench: the server of the local stack, in process."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from oncepay.domain.applying import EventOfPayment
from oncepay.domain.errors import StorageUnavailable
from oncepay.domain.operation import Operation
from oncepay.domain.processor_answer import Failure
from oncepay.processors.port import Processor
from oncepay.processors.simulated import SimulatedProcessor
from oncepay.processors.simulated_event import read_event
from oncepay.processors.stripe_signature import read_header, verify
from ops.simulated.outbox import HEADER
from ops.simulated.records import DisputeStatus
from ops.simulated.requests import MovementRequest
from ops.simulated.server import Patience, running_simulated_processor
from ops.simulated.server import SimulatedProcessor as Running
from tests.contract.bench import IMPATIENT_SECONDS, PATIENT_SECONDS, Bench, Recorded
from tests.simulated.client import HandClock

# A whole answer in drips takes half a minute.
PATIENCE = Patience(hold_seconds=30, slow_seconds=0.4, drip_seconds=0.05)


URL = "http://merchant.test/webhooks"


class Posts:
    """Takes every webhook."""

    def __init__(self) -> None:
        self.requests: list[tuple[Mapping[str, str], bytes]] = []

    def __call__(self, _: str, headers: dict[str, str], body: bytes) -> int:
        self.requests.append((headers, body))
        return 200


class SimulatedBench:
    """See `Bench`."""

    finds_by_key = True
    tells_moves = True
    marks_any_refund = True
    refuses_with_charge = True
    voids_are_things = True
    names_charges = True
    tells_failures = True
    waits_to_be_asked = False
    unknown_method = Failure("card_declined", "unknown_payment_method: no such payment method")

    def __init__(self, running: Running, clock: HandClock, posts: "Posts") -> None:
        self._running, self._clock, self._posts = running, clock, posts
        running.outbox.configure(url=URL, stripe_url=URL, paypal_url=URL)
        self.processor: Processor = self._adapter(PATIENT_SECONDS)
        self.impatient: Processor = self._adapter(IMPATIENT_SECONDS)

    def failure_code(self, kind: str, code: str, *, later: bool = False) -> str:
        return code

    def elsewhere(self, url: str) -> Processor:
        return self._asking(url, self._secret, IMPATIENT_SECONDS)

    def with_secret(self, secret: str) -> Processor:
        return self._asking(self._base_url, lambda: secret, PATIENT_SECONDS)

    def without_secret(self) -> Processor:
        def fail() -> str:
            raise StorageUnavailable("a secret could not be read; try again")

        return self._asking(self._base_url, fail, PATIENT_SECONDS)

    def payment_method(
        self,
        charge: str,
        *,
        capture: str = "approve",
        void: str = "approve",
        refund: str = "approve",
    ) -> str:
        return f"pm_{charge}__capture_{capture}__void_{void}__refund_{refund}"

    def approve(self, reference: str) -> None:
        self._running.engine.approve(reference)

    def decline(self, reference: str) -> None:
        self._running.engine.decline(reference, "authentication_failed")

    def expire(self, reference: str) -> None:
        self._running.engine.expire(reference)

    def end(self, operation: Operation, failure_code: str | None = None) -> None:
        self._running.engine.end_pending(self._key_of(operation), failure_code)

    def refund_at_dashboard(self, reference: str, amount_minor: int) -> None:
        self._running.engine.move_at_dashboard(
            MovementRequest(
                kind="refund",
                charge_id=reference,
                amount_minor=amount_minor,
                currency=None,
                payment_id=None,
            )
        )

    def pay_on_page(self, reference: str, behaviour: str = "approve") -> None:
        self._running.engine.pay_session(reference, self.payment_method(behaviour))

    def expire_page(self, reference: str) -> None:
        self._running.engine.expire_session(reference)

    def dispute(self, charge: str, amount_minor: int) -> str:
        return self._running.engine.open_dispute(charge, amount_minor, "fraudulent").id

    def decide(self, dispute: str, *, won: bool) -> None:
        status = DisputeStatus.WON if won else DisputeStatus.LOST
        self._running.engine.close_dispute(dispute, status)

    def pass_by(self, time: timedelta) -> None:
        self._clock.pass_by(time.total_seconds())

    def record(self) -> list[Recorded]:
        return [
            Recorded(
                reference=charge.id,
                status=charge.status.value,
                amount_minor=charge.amount_minor,
                captured_minor=charge.captured_minor,
                refunded_minor=charge.refunded_minor,
                captures=sum(each.kind == "capture" for each in done),
                voids=sum(each.kind == "void" for each in done),
                refunds=sum(each.kind == "refund" for each in done),
            )
            for charge, done in self._running.engine.record()
        ]

    def told(self) -> list[EventOfPayment]:
        self._running.deliver_due()
        posted, self._posts.requests = self._posts.requests, []
        return [self._read(headers, body) for headers, body in posted]

    def received(self, operation: Operation) -> int:
        key = self._key_of(operation)
        return sum(send.key == key for send in self._running.engine.sends())

    def _read(self, headers: Mapping[str, str], body: bytes) -> EventOfPayment:
        now = self._clock()
        signature = read_header([headers[HEADER]], HEADER)
        verify(signature, body, secrets=[self._running.secret.encode()], now=now)
        return read_event(body, received_at=now)

    @property
    def _base_url(self) -> str:
        return self._running.url

    def _secret(self) -> bytes:
        return self._running.secret.encode()

    def _key_of(self, operation: Operation) -> str:
        return operation.id

    def _asking(
        self, url: str, secret: Callable[[], bytes | str], timeout_seconds: float
    ) -> Processor:
        return SimulatedProcessor(url, secret, timeout_seconds)

    def _adapter(self, timeout_seconds: float) -> Processor:
        return self._asking(self._base_url, self._secret, timeout_seconds)


@contextmanager
def simulated_bench(
    make: Callable[[Running, HandClock, Posts], Bench] = SimulatedBench,
) -> Iterator[Bench]:
    """One of its own; `make` is of another face of the same engine."""
    clock, posts = HandClock(), Posts()
    with running_simulated_processor(clock=clock, patience=PATIENCE, post=posts) as running:
        yield make(running, clock, posts)
