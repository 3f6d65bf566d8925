"""The simulated processor's adapter with replies of our own instead of HTTP."""

import json
from typing import Any

from oncepay.domain.lifecycle import PaymentStatus
from oncepay.domain.operation import Operation, OperationKind
from oncepay.domain.payment import PROCESSOR, Payment
from oncepay.domain.processor_answer import Answer, LookedUp, NotSent, Unknown
from oncepay.processors.http_exchange import Reply
from oncepay.processors.port import Processor
from oncepay.processors.simulated import SimulatedProcessor
from tests.builders import MERCHANT, NOW
from tests.simulated_objects import a_charge, a_move

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
    processor="simulated",
    processor_reference="ch_1",
    payment_method="pm_approve",
)
ADAPTER: Processor = SimulatedProcessor("http://processor.test/", lambda: b"secret", 3.0)
KEYS = {"charge": "pay_1", "capture": "cap_1", "void": "void_1", "refund": "re_1"}
KINDS = {
    "charge": OperationKind.AUTHORIZE,
    "capture": OperationKind.CAPTURE,
    "void": OperationKind.VOID,
    "refund": OperationKind.REFUND,
}
REQUESTS = {
    "charge": ADAPTER.charge_request(PAYMENT),
    "capture": ADAPTER.capture_request(PAYMENT, 3_000, operation_id="cap_1"),
    "void": ADAPTER.void_request(PAYMENT, "ch_1", None, operation_id="vo_1"),
    "refund": ADAPTER.refund_request(PAYMENT, "ch_1", None, 2_000, operation_id="re_1"),
}
MOVES = ("capture", "void", "refund")
UNREADABLE = Unknown("unreadable_answer", replays=True)


def an_operation(kind: str = "charge") -> Operation:
    return Operation(
        id=KEYS[kind],
        payment_id="pay_1",
        merchant_id=MERCHANT,
        fingerprint="f" * 64,
        kind=KINDS[kind],
        processor="simulated",
        request=REQUESTS[kind],
        amount_minor=5_000,
        currency="USD",
        created_at=NOW,
        updated_at=NOW,
        due_at=NOW,
    )


def a_result(kind: str, **overrides: Any) -> dict[str, Any]:
    return a_charge(**overrides) if kind == "charge" else a_move(kind, **overrides)


class Replies:
    """Instead of HTTP: one reply for all requests, which are kept."""

    def __init__(self) -> None:
        self.reply: Reply | NotSent | Unknown = Unknown("timeout")
        self.requests: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, url: str, **request: Any) -> Reply | NotSent | Unknown:
        self.requests.append((url, request))
        return self.reply

    def to_send(self, status: int, body: Any, kind: str = "charge") -> Answer:
        self._say(status, body)
        return ADAPTER.send(an_operation(kind))

    def to_look_up(self, status: int, body: Any, kind: str = "charge") -> LookedUp:
        self._say(status, body)
        return ADAPTER.look_up(an_operation(kind))

    def to_look_up_charge(self, status: int, body: Any) -> LookedUp:
        self._say(status, body)
        return ADAPTER.look_up_charge(PAYMENT)

    def _say(self, status: int, body: Any) -> None:
        self.reply = Reply(status, body if isinstance(body, bytes) else json.dumps(body).encode())


def found_under(kind: str, **overrides: Any) -> dict[str, Any]:
    return {"key": KEYS[kind], "object": kind, "result": a_result(kind, **overrides)}
