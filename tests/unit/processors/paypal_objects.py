"""Payments and operations at PayPal, what PayPal says of them, and the adapter that reads it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from oncepay.domain.checkout import Checkout, LineItem
from oncepay.domain.lifecycle import PaymentStatus
from oncepay.domain.operation import Operation, OperationKind, ProcessorRequest
from oncepay.domain.payment import PROCESSOR, Payment
from oncepay.domain.processor_answer import Unknown
from oncepay.processors.paypal import PayPalProcessor
from tests.builders import MERCHANT
from tests.unit.processors.paypal_server import CannedServer

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CREDENTIALS = b'{"client_id": "client", "client_secret": "secret"}'
ORDERS = "/v2/checkout/orders"
ORDER = f"{ORDERS}/ORDER1"
CAPTURE_ORDER = f"{ORDER}/capture"
PAGE = "https://paypal.test/checkoutnow?token=ORDER1"

PAYMENT = Payment(
    id="pay_1",
    merchant_id=MERCHANT,
    fingerprint="f" * 64,
    amount_minor=5_000,
    fee_minor=100,
    fee_basis_points=200,
    currency="USD",
    status=PaymentStatus.PROCESSING,
    funding_type=PROCESSOR,
    captured_minor=0,
    refunded_minor=0,
    created_at=NOW,
    updated_at=NOW,
    processor="paypal",
    payment_method="TOKEN-1",
)
HELD = replace(PAYMENT, processor_reference="ORDER1", processor_handle="AUTH1")
PAID = replace(PAYMENT, processor_reference="ORDER1", processor_handle="CAPTURE1")


class Clock:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


def an_adapter(
    server: CannedServer, *, clock: Clock | None = None, timeout_seconds: float = 5.0
) -> PayPalProcessor:
    return PayPalProcessor(server.url, lambda: CREDENTIALS, timeout_seconds, clock or Clock())


def requests_of(payment: Payment = PAYMENT) -> dict[str, ProcessorRequest]:
    adapter = PayPalProcessor("http://paypal.test", lambda: CREDENTIALS, 1.0, Clock())
    return {
        "charge": adapter.charge_request(payment),
        "capture": adapter.capture_request(HELD, 3_000, operation_id="cap_1"),
        "void": adapter.void_request(HELD, "ORDER1", "AUTH1", operation_id="void_1"),
        "refund": adapter.refund_request(PAID, "ORDER1", "CAPTURE1", 2_000, operation_id="re_1"),
    }


KEYS = {"charge": "pay_1", "capture": "cap_1", "void": "void_1", "refund": "re_1"}
KINDS = {
    "charge": OperationKind.AUTHORIZE,
    "capture": OperationKind.CAPTURE,
    "void": OperationKind.VOID,
    "refund": OperationKind.REFUND,
}
PATHS = {
    "charge": CAPTURE_ORDER,
    "capture": "/v2/payments/authorizations/AUTH1/capture",
    "void": "/v2/payments/authorizations/AUTH1/void",
    "refund": "/v2/payments/captures/CAPTURE1/refund",
}
AMOUNTS = {"charge": 5_000, "capture": 3_000, "void": 5_000, "refund": 2_000}
MOVES = ("capture", "void", "refund")


def an_operation(kind: str = "charge", payment: Payment = PAYMENT, **changes: Any) -> Operation:
    operation = Operation(
        id=KEYS[kind],
        payment_id="pay_1",
        merchant_id=MERCHANT,
        fingerprint="f" * 64,
        kind=KINDS[kind],
        processor="paypal",
        request=requests_of(payment)[kind],
        amount_minor=AMOUNTS[kind],
        currency="USD",
        created_at=NOW,
        updated_at=NOW,
        due_at=NOW,
        reference="ORDER1" if kind == "charge" else None,
    )
    return replace(operation, **changes)


def usd(value: str) -> dict[str, str]:
    return {"currency_code": "USD", "value": value}


def an_order(status: str = "COMPLETED", *, links: Any = (), **payments: Any) -> dict[str, Any]:
    unit: dict[str, Any] = {
        "reference_id": "pay_1",
        "custom_id": "pay_1",
        "invoice_id": "pay_1",
        "amount": usd("50.00"),
    }
    if payments:
        unit["payments"] = payments
    return {
        "id": "ORDER1",
        "intent": "CAPTURE",
        "status": status,
        "purchase_units": [unit],
        "links": list(links),
    }


def a_link(href: str, rel: str) -> dict[str, str]:
    return {"href": href, "rel": rel, "method": "GET"}


def a_capture(status: str = "COMPLETED", value: str = "50.00", **more: Any) -> dict[str, Any]:
    return {
        "id": "CAPTURE1",
        "status": status,
        "amount": usd(value),
        "custom_id": "pay_1",
        "invoice_id": "pay_1",
    } | more


def an_authorization(status: str = "CREATED", **more: Any) -> dict[str, Any]:
    return {
        "id": "AUTH1",
        "status": status,
        "amount": usd("50.00"),
        "custom_id": "pay_1",
        "invoice_id": "pay_1",
        "expiration_time": "2026-12-20T12:00:00Z",
    } | more


def a_refund(status: str = "COMPLETED", value: str = "20.00", **more: Any) -> dict[str, Any]:
    return {
        "id": "REFUND1",
        "status": status,
        "amount": usd(value),
        "custom_id": "pay_1",
        "invoice_id": "re_1",
    } | more


def an_error(issue: str, name: str = "UNPROCESSABLE_ENTITY", links: Any = ()) -> dict[str, Any]:
    return {
        "name": name,
        "message": "no",
        "debug_id": "d1",
        "details": [{"issue": issue, "description": "Because."}],
        "links": list(links),
    }


NOT_FOUND = an_error("INVALID_RESOURCE_ID", "RESOURCE_NOT_FOUND")
CHECKOUT = replace(
    PAYMENT,
    payment_method=None,
    checkout=Checkout(
        "https://shop.test/ok?s={CHECKOUT_SESSION_ID}",
        "https://shop.test/no",
        (LineItem("Book", 2, 2_500),),
    ),
)
UNREADABLE = Unknown("unreadable_answer", replays=True)
DONE: dict[str, Any] = {
    "charge": an_order(captures=[a_capture()]),
    "capture": a_capture(value="30.00", invoice_id="cap_1"),
    "void": an_authorization("VOIDED"),
    "refund": a_refund(),
}
"""What was done, as it is answered."""
