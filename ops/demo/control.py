"""Who stands behind the simulated processor? Its back door: what it has recorded, its clock, its
events, and charges that nobody of us asked for.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from ops.demo.agreement import Document
from ops.demo.http_client import HttpClient, Reply
from ops.stack import SimulatedProcessor

_FORM = re.compile(r'<form method="post" action="([^"]+/approve)">')


class ControlError(Exception):
    """The simulated processor did not do what it was told; the message is one clear line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the processor itself has recorded.

    Attributes:
        charges: each with its captures, voids and refunds.
        sends: every POST that it was sent, in order.
    """

    charges: tuple[Document, ...]
    sends: tuple[Document, ...]

    def statuses_sent(self, key: str) -> list[int | None]:
        """What each POST under an idempotency key was answered; None if nothing."""
        return [send["status"] for send in self.sends if send["key"] == key]


class Control:
    """The back door of a running simulated processor."""

    def __init__(self, processor: SimulatedProcessor) -> None:
        self._client = HttpClient(processor.url, processor.secret)

    def record(self, payment_ids: Iterable[str] | None = None) -> Record:
        """What it has recorded, of these payments only if any are given."""
        body = self._call("GET", "/control/record")
        charges, sends = body["charges"], body["sends"]
        if payment_ids is not None:
            wanted = set(payment_ids)
            charges = [one for one in charges if one["payment_id"] in wanted]
        return Record(charges=tuple(charges), sends=tuple(sends))

    def advance(self, seconds: int) -> None:
        """Move the processor's own clock."""
        self._call("POST", "/control/clock", {"advance_seconds": seconds})

    def flush(self) -> int:
        """Have it send every event that waits, now; returns how many still wait."""
        return int(self._call("POST", "/control/webhooks/flush")["waiting"])

    def events(self, payment_id: str) -> list[Document]:
        """Its events of a payment, each with how its delivery went."""
        deliveries: list[Document] = self._call("GET", "/control/events")["data"]
        return [
            one for one in deliveries if one["event"]["data"]["charge"]["payment_id"] == payment_id
        ]

    def charge_by_hand(self, payment_id: str, amount_minor: int, *, currency: str) -> Document:
        """A charge that is none of our requests, under a key that we do not know."""
        body = {
            "amount_minor": amount_minor,
            "currency": currency,
            "payment_method": "pm_approve",
            "capture": "automatic",
            "payment_id": payment_id,
        }
        return self._call("POST", "/v1/charges", body, key=f"by-hand-{payment_id}")

    @contextmanager
    def holding_events_back(self) -> Iterator[None]:
        """No event is sent meanwhile; afterwards they go again, the held ones first."""
        self._call("PUT", "/control/webhooks", {"enabled": False})
        try:
            yield
        finally:
            self._call("PUT", "/control/webhooks", {"enabled": True})

    @contextmanager
    def sending_twice(self) -> Iterator[None]:
        """Every event that happens meanwhile is sent twice."""
        self._call("PUT", "/control/webhooks", {"copies": 2})
        try:
            yield
        finally:
            self._call("PUT", "/control/webhooks", {"copies": 1})

    def _call(
        self, method: str, path: str, body: Document | None = None, *, key: str | None = None
    ) -> Document:
        reply = self._client.call(method, path, body=body, key=key)
        said = reply.json
        if reply.status not in {200, 201} or not isinstance(said, dict):
            raise ControlError(f"the simulated processor answered {method} {path} {reply.status}")
        return said


def approve_on_page(url: str) -> Reply:
    """Do what the payer does: open the page, and press the button to approve.

    Raises: ControlError if there is no such button.
    """
    parts = urlsplit(url)
    client = HttpClient(f"{parts.scheme}://{parts.netloc}", None)
    page = client.call("GET", parts.path)
    button = _FORM.search(page.body.decode(errors="replace"))
    if page.status != 200 or button is None:
        raise ControlError(f"the page {url} has nothing to approve")
    return client.call("POST", button[1])
