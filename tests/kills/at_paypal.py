"""A charge that is prepared before it is sent: at PayPal an order is created first, and its id
stored; a worker dies before, between and after.
"""

import http.client
import json
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from oncepay.domain.applying import EventOfPayment
from oncepay.processors.paypal import PayPalProcessor
from oncepay.processors.paypal_event import read_event
from oncepay.processors.port import Processor
from oncepay.storage.database import Database
from ops.simulated.outbox import Delivery
from ops.simulated.server import SimulatedProcessor as Running
from tests.kills.scenarios import REQUESTS, Scenario, of_request
from tests.processor_world import NOWHERE, TIMEOUT_SECONDS, ProcessorWorld
from tests.simulated.client import HandClock

CHARGES = REQUESTS[:2]
# A token, the order, its id stored; then the charge itself.
PAYPAL_REQUESTS = tuple(
    replace(request, name=f"{request.name} at paypal", post=5) for request in CHARGES
)


class PayPalWorld(ProcessorWorld):
    """With PayPal's adapter, and the simulated processor's PayPal face."""

    name = "paypal"

    def __init__(self, database: Database, processor: Running, clock: HandClock) -> None:
        super().__init__(database, processor, clock)
        processor.outbox.configure(paypal_url=NOWHERE)
        # Its orders are the face's own, which are forgotten with everything else.
        connection = http.client.HTTPConnection(urlsplit(processor.url).netloc)
        headers = {"Authorization": f"Bearer {processor.secret}"}
        connection.request("POST", "/control/reset", b"{}", headers)
        assert connection.getresponse().status == 200
        connection.close()

    def _open_adapter(self) -> Processor:
        credentials = self.processor.credentials
        known = {
            "client_id": credentials.paypal_client_id,
            "client_secret": credentials.paypal_client_secret,
        }
        return PayPalProcessor(
            f"{self.processor.url}/paypal",
            credentials=lambda: json.dumps(known),
            timeout_seconds=TIMEOUT_SECONDS,
            clock=self.clock,
        )

    def _read(self, delivery: Delivery) -> EventOfPayment:
        return read_event(delivery.body, received_at=self.clock())


def paypal_scenarios() -> Iterator[Scenario]:
    """A charge of each kind, and what may come after it."""
    for request in PAYPAL_REQUESTS:
        yield from of_request(request, PayPalWorld)
