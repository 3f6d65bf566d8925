"""Which webhooks does PayPal send about an event of the engine, and how are they signed?

    charge.authorized       PAYMENT.AUTHORIZATION.CREATED
    charge.succeeded        PAYMENT.CAPTURE.COMPLETED, CHECKOUT.ORDER.COMPLETED (intent CAPTURE)
    charge.pending          PAYMENT.CAPTURE.PENDING, or PAYMENT.AUTHORIZATION.CREATED with PENDING
    charge.declined         PAYMENT.CAPTURE.DENIED, PAYMENT.AUTHORIZATION.DENIED: only what was
                            pending; of a payment that is refused at once PayPal makes nothing
    charge.expired          PAYMENT.AUTHORIZATION.VOIDED, with status EXPIRED
    capture.succeeded, .pending, .failed    PAYMENT.CAPTURE.COMPLETED, .PENDING, .DENIED
    void.succeeded          PAYMENT.AUTHORIZATION.VOIDED
    refund.succeeded        PAYMENT.CAPTURE.REFUNDED
    dispute.opened          CUSTOMER.DISPUTE.CREATED
    dispute.won, .lost      CUSTOMER.DISPUTE.UPDATED, CUSTOMER.DISPUTE.RESOLVED
    order.approved          CHECKOUT.ORDER.APPROVED

Signed is `<transmission id>|<time>|<webhook id>|<CRC 32 of the body, in decimal>`.
Source: https://developer.paypal.com/api/rest/webhooks/event-names/ and .../rest/, as of 2026-11.
"""

import base64
import json
import uuid
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ops.simulated.credentials import Credentials
from ops.simulated.paypal_certificates import ALGORITHM, Certificates
from ops.simulated.paypal_disputes import OPEN, RESOLVED, UNDER_REVIEW, write_dispute
from ops.simulated.paypal_orders import Names, Order, was_refused_at_once, webhook_id_of
from ops.simulated.paypal_wire import Json, PayPalWire, given, write_time
from ops.simulated.records import Charge, Dispute, DisputeStatus, Event, Movement, Note

APPROVED_ORDER = "order.approved"
CERTIFICATES_PATH = "/v1/notifications/certs/"
AUTH_VERSION = "v2"

_RESOURCES = {
    "CHECKOUT": ("checkout-order", "2.0"),
    "PAYMENT.AUTHORIZATION": ("authorization", "2.0"),
    "PAYMENT.CAPTURE": ("capture", "2.0"),
    "CUSTOMER.DISPUTE": ("dispute", None),
}
_SUMMARIES = {
    "CHECKOUT.ORDER.APPROVED": "An order has been approved by buyer",
    "CHECKOUT.ORDER.COMPLETED": "Checkout Order Completed",
    "PAYMENT.AUTHORIZATION.CREATED": "A payment authorization is created",
    "PAYMENT.AUTHORIZATION.DENIED": "A payment authorization was denied",
    "PAYMENT.AUTHORIZATION.VOIDED": "A payment authorization was voided",
    "PAYMENT.CAPTURE.COMPLETED": "Payment completed",
    "PAYMENT.CAPTURE.PENDING": "Payment pending",
    "PAYMENT.CAPTURE.DENIED": "Payment denied",
    "PAYMENT.CAPTURE.REFUNDED": "A capture payment was refunded",
    "CUSTOMER.DISPUTE.CREATED": "A new dispute opened",
    "CUSTOMER.DISPUTE.UPDATED": "A dispute was updated",
    "CUSTOMER.DISPUTE.RESOLVED": "A dispute was resolved",
}

type Message = tuple[str, Json]
"""Its type, and its resource."""


class PayPalEvents:
    """Writes and signs them. Asked while the engine is locked: takes no lock of its own."""

    def __init__(
        self,
        wire: PayPalWire,
        names: Names,
        orders: Mapping[str, Order],
        *,
        certificates: Certificates,
        credentials: Credentials,
    ) -> None:
        self._wire, self._names, self._orders = wire, names, orders
        self._certificates, self._credentials = certificates, credentials

    def messages(self, event: Event) -> Sequence[bytes]:
        """What is posted about an event, in that order."""
        return [
            self._envelope(event, number, kind, resource)
            for number, (kind, resource) in enumerate(self._tell(event), 1)
        ]

    def sign(self, body: bytes, at: datetime) -> Mapping[str, str]:
        """The headers of one delivery."""
        transmission_id, time = str(uuid.uuid4()), at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        webhook_id = self._credentials.paypal_webhook_id
        signed = f"{transmission_id}|{time}|{webhook_id}|{zlib.crc32(body)}"
        signature = self._certificates.sign(signed.encode())
        address = f"{self._wire.base_url}{CERTIFICATES_PATH}{self._certificates.leaf_id}"
        return {
            "PAYPAL-TRANSMISSION-ID": transmission_id,
            "PAYPAL-TRANSMISSION-TIME": time,
            "PAYPAL-TRANSMISSION-SIG": base64.b64encode(signature).decode(),
            "PAYPAL-CERT-URL": address,
            "PAYPAL-AUTH-ALGO": ALGORITHM,
            "PAYPAL-AUTH-VERSION": AUTH_VERSION,
        }

    def _tell(self, event: Event) -> Iterator[Message]:
        order = self._orders.get(_order_id(event))
        charge = event.charge
        if order is None:
            return
        if charge is None:
            if event.type == APPROVED_ORDER:
                # As it was at that moment, which the note has kept.
                yield "CHECKOUT.ORDER.APPROVED", dict(_content(event))
            return
        match event.subject:
            case Movement() as movement:
                self._names.keep(movement)
                yield from self._tell_movement(event.type, order, charge, movement)
            case Dispute() as dispute:
                yield from self._tell_dispute(event, charge, dispute)
            case Charge():
                yield from self._tell_charge(event.type, order, charge)

    def _tell_charge(self, happened: str, order: Order, charge: Charge) -> Iterator[Message]:
        if charge.is_manual:
            kind = {
                "charge.authorized": "PAYMENT.AUTHORIZATION.CREATED",
                "charge.pending": "PAYMENT.AUTHORIZATION.CREATED",
                "charge.declined": "PAYMENT.AUTHORIZATION.DENIED",
                "charge.expired": "PAYMENT.AUTHORIZATION.VOIDED",
            }.get(happened)
            # What was captured or voided is told by that.
            if kind is not None and not was_refused_at_once(charge, order):
                yield kind, self._wire.authorization(order, charge)
            return
        kind = {
            "charge.succeeded": "PAYMENT.CAPTURE.COMPLETED",
            "charge.pending": "PAYMENT.CAPTURE.PENDING",
            "charge.declined": "PAYMENT.CAPTURE.DENIED",
        }.get(happened)
        if kind is not None and not was_refused_at_once(charge, order):
            yield kind, self._wire.capture(order, charge, None)
        if happened == "charge.succeeded":
            yield "CHECKOUT.ORDER.COMPLETED", self._wire.order(order, charge, [])

    def _tell_movement(
        self, happened: str, order: Order, charge: Charge, movement: Movement
    ) -> Iterator[Message]:
        match happened:
            case "capture.succeeded":
                yield "PAYMENT.CAPTURE.COMPLETED", self._wire.capture(order, charge, movement)
            case "capture.pending":
                yield "PAYMENT.CAPTURE.PENDING", self._wire.capture(order, charge, movement)
            case "capture.failed":
                yield "PAYMENT.CAPTURE.DENIED", self._wire.capture(order, charge, movement)
            case "void.succeeded":
                yield "PAYMENT.AUTHORIZATION.VOIDED", self._wire.authorization(order, charge)
            case "refund.succeeded":
                yield "PAYMENT.CAPTURE.REFUNDED", self._wire.refund(charge, movement)

    def _tell_dispute(self, event: Event, charge: Charge, dispute: Dispute) -> Iterator[Message]:
        def written(status: str) -> Json:
            return write_dispute(self._wire, dispute, charge, status=status, now=event.created_at)

        if dispute.status is DisputeStatus.OPEN:
            yield "CUSTOMER.DISPUTE.CREATED", written(OPEN)
            return
        yield "CUSTOMER.DISPUTE.UPDATED", written(UNDER_REVIEW)
        yield "CUSTOMER.DISPUTE.RESOLVED", written(RESOLVED)

    def _envelope(self, event: Event, number: int, kind: str, resource: Json) -> bytes:
        name = webhook_id_of(event.id, number)
        group = next(each for each in _RESOURCES if kind.startswith(each))
        resource_type, version = _RESOURCES[group]
        if kind == "PAYMENT.CAPTURE.REFUNDED":
            resource_type = "refund"
        itself = f"{self._wire.base_url}/v1/notifications/webhooks-events/{name}"
        content = {
            "id": name,
            "event_version": "1.0",
            "create_time": write_time(event.created_at).replace("Z", ".000Z"),
            "resource_type": resource_type,
            **given(resource_version=version),
            "event_type": kind,
            "summary": _SUMMARIES[kind],
            "resource": resource,
            "links": [
                {"href": itself, "rel": "self", "method": "GET"},
                {"href": f"{itself}/resend", "rel": "resend", "method": "POST"},
            ],
        }
        return json.dumps(content, separators=(",", ":")).encode()


def _order_id(event: Event) -> str:
    if event.charge is not None:
        return event.charge.metadata.get("order_id", "")
    return str(_content(event).get("id", ""))


def _content(event: Event) -> Mapping[str, Any]:
    return event.subject.content if isinstance(event.subject, Note) else {}
