"""Who stands behind the simulated processor? Its back door: what it has recorded, its clock, its
events, what payers' banks do, and charges that nobody of us asked for.
"""

import json
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from ops.demo.agreement import Document
from ops.demo.http_client import HttpClient, Reply
from ops.stack import SimulatedProcessor

_FORM = re.compile(r'<form method="post" action="([^"]+/approve)">')
_FACE_OF_KEY = re.compile(r"(?:stripe|paypal):")
_WEBHOOKS = "/control/webhooks"


class ControlError(Exception):
    """The simulated processor did not do what it was told; the message is one clear line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the processor itself has recorded; keys as its callers sent them, whatever the face.

    Attributes:
        charges: each with its face, and its captures, voids and refunds.
        sends: every POST that it was sent, in order.
    """

    charges: tuple[Document, ...]
    sends: tuple[Document, ...]

    def statuses_sent(self, key: str) -> list[int | None]:
        """What each POST under an idempotency key was answered; None if nothing."""
        return [send["status"] for send in self.sends if send["key"] == key]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidOut:
    """A payout of Stripe's: its id there, and that of the event that told of it."""

    event_id: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementFile:
    """A file, and what is wrong with it on purpose: `kind`, `payment_id` and `row` of each; a
    payment that was left out has no row.
    """

    content: bytes
    breaks: tuple[Document, ...]


class Control:
    """The back door of a running simulated processor."""

    def __init__(self, processor: SimulatedProcessor) -> None:
        self._client = HttpClient(processor.url, processor.secret)

    def record(self, payment_ids: Iterable[str] | None = None) -> Record:
        """What it has recorded, of these payments only if any are given."""
        body = self._call("GET", "/control/record")
        charges = [_as_sent(one, "idempotency_key") for one in body["charges"]]
        if payment_ids is not None:
            wanted = set(payment_ids)
            charges = [one for one in charges if one["payment_id"] in wanted]
        sends = [_as_sent(one, "key") for one in body["sends"]]
        return Record(charges=tuple(charges), sends=tuple(sends))

    def charge_of(self, payment_id: str) -> Document:
        """The one charge of a payment.

        Raises: ControlError if there are none or many.
        """
        charges = self.record([payment_id]).charges
        if len(charges) != 1:
            raise ControlError(f"the simulated processor has {len(charges)} of {payment_id}")
        return charges[0]

    @contextmanager
    def running_ahead(self, seconds: int) -> Iterator[None]:
        """The processor's own clock runs ahead meanwhile.

        Not longer: Stripe's list is read by the time of day, and story after story would lead away
        from it.
        """
        self._call("POST", "/control/clock", {"advance_seconds": seconds})
        try:
            yield
        finally:
            self._call("POST", "/control/clock", {"back_seconds": seconds})

    def flush(self) -> int:
        """Have it send every event that waits, now; returns how many still wait."""
        return int(self._call("POST", f"{_WEBHOOKS}/flush")["waiting"])

    def events(self, payment_id: str) -> list[Document]:
        """Its events that name a payment, in the words of its face, each with how its delivery
        went.
        """
        deliveries: list[Document] = self._call("GET", "/control/events")["data"]
        return [one for one in deliveries if payment_id in json.dumps(one["event"])]

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

    def dispute(self, payment_id: str) -> Document:
        """The payer's bank takes back all of a payment's charge."""
        charge_id = self.charge_of(payment_id)["id"]
        return self._call("POST", f"/control/charges/{charge_id}/disputes", {})

    def decide(self, dispute: Document, outcome: str) -> None:
        """The bank has decided: `won` by the merchant, or `lost`."""
        self._call("POST", f"/control/disputes/{dispute['id']}", {"outcome": outcome})

    def expire_checkout(self, page_url: str) -> None:
        """Nobody came to a page of a checkout in its time."""
        session_id = urlsplit(page_url).path.rpartition("/")[2]
        self._call("POST", f"/control/checkout-sessions/{session_id}/expire")

    def pay_out_at_stripe(self, amount_minor: int | None = None, *, currency: str) -> PaidOut:
        """Stripe sends money to the bank: that amount, or what its latest settlement file says."""
        body: Document = {"processor": "stripe", "currency": currency}
        if amount_minor is not None:
            # Not the payout of a file.
            body |= {"amount_minor": amount_minor, "reference": f"po_{secrets.token_hex(12)}"}
        made = self._call("POST", "/control/payouts", body)
        reference = str(made["id"])
        (told,) = self.events(reference)
        return PaidOut(event_id=str(told["event"]["id"]), reference=reference)

    def settlement_file(self, **asked: object) -> SettlementFile:
        """A settlement file of its own charges, with the breaks that were asked for."""
        reply = self._client.call("POST", "/control/settlements", body=asked)
        if reply.status != 200:
            raise ControlError(f"there is no settlement file: {reply.body[:200]!r}")
        breaks = json.loads(reply.headers["x-settlement-breaks"])
        return SettlementFile(content=reply.body, breaks=tuple(breaks))

    @contextmanager
    def holding_events_back(self) -> Iterator[None]:
        """No event is sent meanwhile; afterwards they go again, the held ones first."""
        with self._set({"enabled": False}, {"enabled": True}):
            yield

    @contextmanager
    def sending_twice(self) -> Iterator[None]:
        """Every event that happens meanwhile is sent twice."""
        with self._set({"copies": 2}, {"copies": 1}):
            yield

    @contextmanager
    def sending_paypals_to(self, url: str) -> Iterator[None]:
        """PayPal's webhooks go elsewhere meanwhile."""
        usual = self._call("PUT", _WEBHOOKS, {})["paypal_url"]
        with self._set({"paypal_url": url}, {"paypal_url": usual}):
            yield

    @contextmanager
    def _set(self, meanwhile: Document, afterwards: Document) -> Iterator[None]:
        self._call("PUT", _WEBHOOKS, meanwhile)
        try:
            yield
        finally:
            self._call("PUT", _WEBHOOKS, afterwards)

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


def _as_sent(document: Mapping[str, object], name: str) -> Document:
    """With the key as the caller sent it: the server writes its face before it."""
    key = document[name]
    return {**document, name: _FACE_OF_KEY.sub("", key, count=1) if isinstance(key, str) else key}
