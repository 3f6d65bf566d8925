"""Stripe's adapter with replies of our own instead of HTTP."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from oncepay.domain.checkout import Checkout, LineItem
from oncepay.domain.lifecycle import PaymentStatus
from oncepay.domain.operation import Operation, OperationKind
from oncepay.domain.payment import PROCESSOR, Payment
from oncepay.domain.processor_answer import Answer, LookedUp, NotSent, Unknown
from oncepay.processors.http_exchange import Reply
from oncepay.processors.port import Processor
from oncepay.processors.stripe import StripeProcessor
from tests.builders import MERCHANT, NOW
from tests.stripe_objects import a_refund, a_session, an_intent

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
    processor="stripe",
    processor_reference="pi_1",
    payment_method="pm_card_visa",
)
PAGE = Checkout(
    "https://shop.test/thanks?s={CHECKOUT_SESSION_ID}",
    "https://shop.test/cart",
    (LineItem("Mug & spoon", 2, 2_000), LineItem("Tea", 1, 1_000)),
)
VERSION = "2026-10-28.endive"
ADAPTER: Processor = StripeProcessor("https://stripe.test/", VERSION, lambda: b"sk_test_1", 3.0)
KEYS = {"charge": "pay_1", "session": "pay_1", "capture": "cap_1", "void": "vo_1", "refund": "re_1"}
KINDS = {
    "charge": OperationKind.AUTHORIZE,
    "session": OperationKind.AUTHORIZE,
    "capture": OperationKind.CAPTURE,
    "void": OperationKind.VOID,
    "refund": OperationKind.REFUND,
}
CHARGES, MOVES = ("charge", "session"), ("capture", "void", "refund")
UNREADABLE = Unknown("unreadable_answer", replays=True)
UNEXPECTED = Unknown("unexpected_answer", replays=True)


def a_payment(**changes: Any) -> Payment:
    members = {name: getattr(PAYMENT, name) for name in PAYMENT.__dataclass_fields__}
    return Payment(**(members | changes))


REQUESTS = {
    "charge": ADAPTER.charge_request(PAYMENT),
    "session": ADAPTER.charge_request(a_payment(checkout=PAGE)),
    "capture": ADAPTER.capture_request(PAYMENT, 3_000, operation_id="cap_1"),
    "void": ADAPTER.void_request(PAYMENT, "pi_1", None, operation_id="vo_1"),
    "refund": ADAPTER.refund_request(PAYMENT, "pi_1", None, 2_000, operation_id="re_1"),
}


def an_operation(kind: str = "charge", /, **changes: Any) -> Operation:
    """An operation that was sent a minute ago."""
    members: dict[str, Any] = {
        "id": KEYS[kind],
        "payment_id": "pay_1",
        "merchant_id": MERCHANT,
        "fingerprint": "f" * 64,
        "kind": KINDS[kind],
        "processor": "stripe",
        "request": REQUESTS[kind],
        "amount_minor": 5_000,
        "currency": "USD",
        "created_at": NOW,
        "updated_at": NOW,
        "due_at": NOW,
        "first_sent_at": NOW,
        "last_sent_at": NOW + timedelta(minutes=1),
    }
    return Operation(**(members | changes))


def a_result(kind: str, **overrides: Any) -> dict[str, Any]:
    """What Stripe answers when it was done."""
    match kind:
        case "session":
            return a_session(**overrides)
        case "capture":
            return an_intent(**({"amount_received": 3_000} | overrides))
        case "void":
            return an_intent(**({"status": "canceled"} | overrides))
        case "refund":
            return a_refund(**overrides)
    return an_intent(**overrides)


def a_reply(status: int, body: Any) -> Reply:
    return Reply(status, body if isinstance(body, bytes) else json.dumps(body).encode())


class Replies:
    """Instead of HTTP: one reply after the other, the last for all that follow; the requests are
    kept.
    """

    def __init__(self) -> None:
        self.replies: list[Reply | NotSent | Unknown] = [Unknown("timeout")]
        self.requests: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, url: str, **request: Any) -> Reply | NotSent | Unknown:
        self.requests.append((url, request))
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def say(self, *bodies: Any) -> None:
        """200, and these."""
        self.replies = [a_reply(200, body) for body in bodies]

    def to_send(self, status: int, body: Any, kind: str = "charge") -> Answer:
        self.replies = [a_reply(status, body)]
        return ADAPTER.send(an_operation(kind))

    def to_look_up(self, status: int, body: Any, kind: str = "charge") -> LookedUp:
        self.replies = [a_reply(status, body)]
        return ADAPTER.look_up(an_operation(kind))

    @property
    def asked(self) -> list[tuple[str, dict[str, str]]]:
        """Paths and queries of what was got."""
        parts = [urlsplit(url) for url, _ in self.requests]
        return [(part.path, dict(parse_qsl(part.query))) for part in parts]
