"""A charge that is prepared before it is sent: at PayPal an order is created first, and its id
stored; a worker dies before, between and after.
"""

import http.client
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from oncepay.domain.applying import EventOfPayment
from oncepay.processors.paypal import PayPalProcessor
from oncepay.processors.paypal_event import read_event
from oncepay.processors.port import Processor
from oncepay.storage.database import Database
from ops.simulated.outbox import Delivery
from ops.simulated.server import SimulatedProcessor as Running
from tests.kills.scenarios import APPROVE, DECLINE, REQUESTS, Scenario, of_request, take_events
from tests.processor_world import NOWHERE, TIMEOUT_SECONDS, ProcessorWorld, Reply
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
        assert self._post("/control/reset") == 200
        self._pages: dict[str, datetime] = {}

    def charge(self, *args: Any, **more: Any) -> Reply:
        """See there; a page that the payer is to go to is sent to the payer."""
        reply = super().charge(*args, **more)
        if reply.status == 201 and "next_action" in reply.json:
            self._pages.setdefault(reply.json["next_action"]["url"], self.clock())
        return reply

    def let_payer_act(self, after: timedelta) -> None:
        """Whoever was sent to a page so long ago presses its button."""
        for url, sent_at in list(self._pages.items()):
            if self.clock() - sent_at >= after:
                del self._pages[url]
                parts = urlsplit(url)
                # Paid before, or its time is over: the shop may have told the payer twice, or late.
                assert self._post(f"{parts.path}/pay?{parts.query}") in (200, 404, 409)

    def _post(self, path: str) -> int:
        connection = http.client.HTTPConnection(urlsplit(self.processor.url).netloc)
        headers = {"Authorization": f"Bearer {self.processor.secret}"}
        try:
            connection.request("POST", path, b"", headers)
            return connection.getresponse().status
        finally:
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
        for scenario in of_request(request, PayPalWorld):
            # What is declined at once makes nothing, of which no event could tell.
            is_told = scenario.act is take_events and DECLINE in scenario.behaviours
            yield replace(scenario, behaviours=(APPROVE,)) if is_told else scenario
