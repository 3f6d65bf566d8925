"""The simulated processor on the contract's bench: the server of the local stack, in process."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from oncepay.domain.errors import StorageUnavailable
from oncepay.domain.operation import Operation
from oncepay.processors.port import Processor
from oncepay.processors.simulated import SimulatedProcessor
from ops.simulated.server import Patience, running_simulated_processor
from ops.simulated.server import SimulatedProcessor as Running
from tests.contract.bench import IMPATIENT_SECONDS, PATIENT_SECONDS, Bench, Recorded
from tests.simulated.client import HandClock

# A whole answer in drips takes half a minute.
PATIENCE = Patience(hold_seconds=30, slow_seconds=0.4, drip_seconds=0.05)


class SimulatedBench:
    """See `Bench`."""

    def __init__(self, running: Running, clock: HandClock) -> None:
        self._running, self._clock = running, clock
        self.processor: Processor = self._adapter(PATIENT_SECONDS)
        self.impatient: Processor = self._adapter(IMPATIENT_SECONDS)

    def elsewhere(self, url: str) -> Processor:
        return SimulatedProcessor(url, lambda: self._running.secret, IMPATIENT_SECONDS)

    def with_secret(self, secret: str) -> Processor:
        return SimulatedProcessor(self._running.url, lambda: secret, PATIENT_SECONDS)

    def without_secret(self) -> Processor:
        def fail() -> str:
            raise StorageUnavailable("a secret could not be read; try again")

        return SimulatedProcessor(self._running.url, fail, PATIENT_SECONDS)

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
        self._running.engine.end_pending(operation.id, failure_code)

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

    def received(self, operation: Operation) -> int:
        return sum(send.key == operation.id for send in self._running.engine.sends())

    def _adapter(self, timeout_seconds: float) -> Processor:
        return SimulatedProcessor(
            self._running.url, lambda: self._running.secret.encode(), timeout_seconds
        )


@contextmanager
def simulated_bench() -> Iterator[Bench]:
    """One of its own."""
    clock = HandClock()
    with running_simulated_processor(clock=clock, patience=PATIENCE) as running:
        yield SimulatedBench(running, clock)
