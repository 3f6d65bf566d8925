"""Stripe's adapter on the contract's bench: the same engine, asked in Stripe's words."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from oncepay.domain.applying import EventOfPayment
from oncepay.domain.operation import Operation
from oncepay.domain.processor_answer import Failure
from oncepay.processors.port import Processor
from oncepay.processors.stripe import StripeProcessor
from oncepay.processors.stripe_event import read_event
from oncepay.processors.stripe_signature import HEADER, read_header, verify
from ops.simulated.faces import key_of
from tests.contract.bench import Bench
from tests.contract.simulated_bench import SimulatedBench, simulated_bench

VERSION = "2026-10-28.endive"
RETURN_URL = "https://shop.test/back"


class StripeBench(SimulatedBench):
    """See `Bench`."""

    finds_by_key = False
    tells_moves = False
    marks_any_refund = False
    refuses_with_charge = False
    unknown_method = Failure("processor_refused", "No such PaymentMethod: 'no such method'")

    def _read(self, headers: Mapping[str, str], body: bytes) -> EventOfPayment:
        now, secret = self._clock(), self._running.credentials.stripe_webhook_secret
        verify(read_header([headers[HEADER]]), body, secrets=[secret.encode()], now=now)
        return read_event(body, received_at=now)

    @property
    def _base_url(self) -> str:
        return f"{self._running.url}/stripe"

    def _secret(self) -> bytes:
        return self._running.credentials.stripe_api_key.encode()

    def _key_of(self, operation: Operation) -> str:
        return key_of("stripe", operation.id)

    def _asking(
        self, url: str, secret: Callable[[], bytes | str], timeout_seconds: float
    ) -> Processor:
        return StripeProcessor(url, VERSION, secret, timeout_seconds, RETURN_URL)


def stripe_bench() -> AbstractContextManager[Bench]:
    """One of its own."""
    return simulated_bench(StripeBench)
