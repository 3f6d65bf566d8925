"""PayPal's adapter on the contract's bench: the same engine, asked in PayPal's words."""

import http.client
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import timedelta
from urllib.parse import urlsplit

from oncepay.domain.applying import EventOfPayment
from oncepay.domain.operation import Operation, OperationKind
from oncepay.domain.processor_answer import Failure
from oncepay.processors.paypal import PayPalProcessor
from oncepay.processors.paypal_certificates import PayPalCertificates
from oncepay.processors.paypal_event import read_event
from oncepay.processors.paypal_signature import read_headers, verify
from oncepay.processors.port import Processor
from ops.simulated.faces import key_of
from ops.simulated.server import SimulatedProcessor as Running
from tests.contract.bench import Bench
from tests.contract.simulated_bench import Posts, SimulatedBench, simulated_bench
from tests.simulated.client import HandClock

ORDERS_LAST = timedelta(hours=6)
DECLINED = (
    "INSTRUMENT_DECLINED: The instrument presented was either declined by the processor or bank,"
    " or it can't be used for this payment. (no such payment method)"
)


class PayPalBench(SimulatedBench):
    """See `Bench`."""

    finds_by_key = False
    voids_are_things = False
    names_charges = False
    tells_failures = False
    waits_to_be_asked = True
    unknown_method = Failure("card_declined", DECLINED)

    def __init__(self, running: Running, clock: HandClock, posts: Posts) -> None:
        super().__init__(running, clock, posts)
        headers = {"Authorization": f"Bearer {running.secret}"}
        root = self._ask("GET", "/control/paypal-root", headers)
        self._certificates = PayPalCertificates(self._base_url, roots=root)

    def with_secret(self, secret: str) -> Processor:
        known = self._running.credentials.paypal_client_id
        return super().with_secret(json.dumps({"client_id": known, "client_secret": secret}))

    def failure_code(self, kind: str, code: str, *, later: bool = False) -> str:
        """Its issue, or of what was made and came to nothing its status."""
        if kind == "void":
            return "CANNOT_BE_VOIDED"
        if kind == "refund":
            return "FAILED"
        return "DECLINED" if later else "INSTRUMENT_DECLINED"

    def approve(self, reference: str) -> None:
        self._ask("POST", f"/paypal/checkoutnow/pay?token={reference}", {})

    def expire(self, reference: str) -> None:
        if any(charge.id == reference for charge, _ in self._running.engine.record()):
            super().expire(reference)
        else:
            # An order that nobody has paid.
            self.pass_by(ORDERS_LAST)

    def _read(self, headers: Mapping[str, str], body: bytes) -> EventOfPayment:
        now = self._clock()
        verify(
            read_headers({name.lower(): [value] for name, value in headers.items()}),
            body,
            webhook_ids=[self._running.credentials.paypal_webhook_id.encode()],
            certificates=self._certificates,
            now=now,
        )
        return read_event(body, received_at=now)

    @property
    def _base_url(self) -> str:
        return f"{self._running.url}/paypal"

    def _secret(self) -> bytes:
        known = self._running.credentials
        secret = {
            "client_id": known.paypal_client_id,
            "client_secret": known.paypal_client_secret,
        }
        return json.dumps(secret).encode()

    def _key_of(self, operation: Operation) -> str:
        # Money is moved under a key of its own: the order has the operation's.
        pays = operation.kind is OperationKind.AUTHORIZE
        return key_of("paypal", f"{operation.id}-1" if pays else operation.id)

    def _asking(
        self, url: str, secret: Callable[[], bytes | str], timeout_seconds: float
    ) -> Processor:
        return PayPalProcessor(url, secret, timeout_seconds, self._clock)

    def _ask(self, method: str, path: str, headers: Mapping[str, str]) -> bytes:
        connection = http.client.HTTPConnection(urlsplit(self._running.url).netloc, timeout=20)
        try:
            connection.request(method, path, headers=dict(headers))
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        assert answer.status < 400, body
        return body


def paypal_bench() -> AbstractContextManager[Bench]:
    """One of its own."""
    return simulated_bench(PayPalBench)
