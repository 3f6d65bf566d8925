"""How is an order made, approved by its payer, and paid? The paths under /v2/checkout/orders.

POST /v2/checkout/orders                                    a new order; moves no money
GET  /v2/checkout/orders/{id}                               as it is now
POST /v2/checkout/orders/{id}/capture, /authorize           pays it, by what it was made for

Only what was done is kept under a PayPal-Request-Id, and given back to whoever sends it again: an
order that its payer had not approved can be captured under the same one afterwards. What the bank
declined stays declined under it.
"""

import json
import threading

from ops.simulated.calls import Call, Reply, json_reply
from ops.simulated.engine import Engine, NewId
from ops.simulated.faces import key_of
from ops.simulated.outcomes import Done, Travel
from ops.simulated.paypal_answers import Silent, tell
from ops.simulated.paypal_errors import PayPalError
from ops.simulated.paypal_events import APPROVED_ORDER
from ops.simulated.paypal_orders import (
    APPROVED,
    PAYER_ACTION_REQUIRED,
    Attempt,
    Intent,
    Names,
    Order,
    may_still_land,
    order_id_of,
    wants_action,
    was_refused_at_once,
    without_action,
)
from ops.simulated.paypal_requests import (
    read_body,
    read_order,
    read_request_id,
    read_token,
    wants_everything,
)
from ops.simulated.paypal_wire import PayPalWire, minimal
from ops.simulated.records import Charge, ChargeStatus
from ops.simulated.requests import ChargeRequest

FACE = "paypal"
_PAID_ALREADY: dict[Intent, str] = {
    "CAPTURE": "ORDER_ALREADY_CAPTURED",
    "AUTHORIZE": "ORDER_ALREADY_AUTHORIZED",
}


class Checkout:
    """Every order. One lock, which is never taken while the engine's is held."""

    def __init__(self, engine: Engine, new_id: NewId, wire: PayPalWire, names: Names) -> None:
        self._engine, self._new_id, self._wire, self._names = engine, new_id, wire, names
        self._lock = threading.Lock()
        self.orders: dict[str, Order] = {}
        self._made: dict[str, tuple[str, Reply]] = {}
        """What was asked for under a key, and answered."""

    def reset(self) -> None:
        """Forget them all."""
        with self._lock:
            self.orders.clear()
            self._made.clear()

    def create(self, call: Call) -> Reply:
        """A new order. Raises: PayPalError."""
        key, body = read_request_id(call), read_body(call)
        asked, fingerprint = read_order(body), json.dumps(body, sort_keys=True)
        with self._lock:
            known = None if key is None else self._made.get(key)
            if known is not None:
                if known[0] != fingerprint:
                    raise PayPalError("DUPLICATE_REQUEST_ID")
                return known[1]
            order = Order(
                id=order_id_of(self._new_id("order_")),
                intent=asked.intent,
                amount_minor=asked.amount_minor,
                currency=asked.currency,
                reference_id=asked.reference_id,
                custom_id=asked.custom_id,
                invoice_id=asked.invoice_id,
                description=asked.description,
                items=asked.items,
                return_url=asked.return_url,
                cancel_url=asked.cancel_url,
                is_payer_first=asked.is_payer_first,
                created_at=self._engine.now(),
            )
            if order.is_payer_first:
                order.status = PAYER_ACTION_REQUIRED
            content = self._wire.order(order, None, [])
            reply = json_reply(201, content if wants_everything(call) else minimal(content))
            self.orders[order.id] = order
            if key is not None:
                self._made[key] = (fingerprint, reply)
            return reply

    def show(self, order_id: str) -> Reply:
        """As it is now. Raises: PayPalError; Silent."""
        with self._lock:
            order = self._get(order_id)
            charge = self._charge_of(order)
            if charge is None:
                return json_reply(200, self._wire.order(order, None, []))
            if self._engine.is_mute_of(charge.id):
                raise Silent
            moves = [
                self._engine.get_movement(each) for each in self._names.movements_of(charge.id)
            ]
            return json_reply(200, self._wire.order(order, charge, moves))

    def pay(self, call: Call, order_id: str, intent: Intent) -> Reply:
        """Capture it, or authorize it. Raises: PayPalError; Silent."""
        token, request_id = read_token(read_body(call)), read_request_id(call)
        key = key_of(FACE, request_id or self._new_id("unnamed_"))
        with self._lock:
            order = self._get(order_id)
            if order.intent != intent:
                raise PayPalError("ACTION_DOES_NOT_MATCH_INTENT")
            attempt = order.attempts.get(key)
            if attempt is None:
                self._check_unpaid(order)
                attempt = self._begin(order, token)
                order.attempts[key] = attempt
            elif attempt.token != token:
                raise PayPalError("DUPLICATE_REQUEST_ID")
            elif not self._engine_knows(key):
                # Nothing came of it. Meanwhile it may have been paid under another key.
                self._check_unpaid(order)
            request = ChargeRequest(
                amount_minor=order.amount_minor,
                currency=order.currency,
                payment_method=attempt.payment_method,
                is_manual=intent == "AUTHORIZE",
                payment_id=order.custom_id or "",
                face=FACE,
                metadata=_told(order),
                charge_id=attempt.charge_id,
            )
            answer = self._engine.send(request, key=key, path=call.path)
            return tell(answer, "capture", lambda done: self._write_paid(order, done))

    def find(self, order_id: str) -> Order | None:
        """An order that somebody may still be shown."""
        with self._lock:
            order = self.orders.get(order_id)
            gone = order is None or order.is_forgotten(self._engine.now())
            return None if gone else order

    def is_paid(self, order: Order) -> bool:
        """Whether it is. Raises: Silent."""
        with self._lock:
            return self._charge_of(order) is not None

    def approve(self, order: Order, payment_method: str) -> None:
        """The payer agreed, on the page. Raises: PayPalError if it is paid; Silent."""
        with self._lock:
            self._check_unpaid(order)
            order.approve(payment_method)
            self._engine.note(FACE, APPROVED_ORDER, self._wire.order(order, None, []), None)

    def _get(self, order_id: str) -> Order:
        order = self.orders.get(order_id)
        if order is None or order.is_forgotten(self._engine.now()):
            raise PayPalError("INVALID_RESOURCE_ID", field="order_id")
        return order

    def _charge_of(self, order: Order) -> Charge | None:
        """What paid it, as it is now."""
        found = None
        for key in order.attempts:
            answer = self._engine.look_up(key)
            if answer.travel is Travel.NEVER:
                raise Silent
            if isinstance(answer.outcome, Done) and isinstance(answer.outcome.recorded, Charge):
                charge = answer.outcome.recorded
                found = found if was_refused_at_once(charge, order) else charge
        return found

    def _check_unpaid(self, order: Order) -> None:
        if self._charge_of(order) is not None:
            raise PayPalError(_PAID_ALREADY[order.intent])
        now = self._engine.now()
        if any(
            may_still_land(attempt, now) and not self._engine_knows(key)
            for key, attempt in order.attempts.items()
        ):
            raise PayPalError("PREVIOUS_REQUEST_IN_PROGRESS")

    def _begin(self, order: Order, token: str | None) -> Attempt:
        """What it is to be paid with."""
        method = order.approved_with if token is None else token
        if token is not None and wants_action(token):
            if order.status != APPROVED:
                order.status, order.asked_with = PAYER_ACTION_REQUIRED, token
                link = self._wire.payer_link(order)
                raise PayPalError("PAYER_ACTION_REQUIRED", links=[link])
            method = without_action(token)
        if method is None:
            link = self._wire.payer_link(order)
            raise PayPalError("ORDER_NOT_APPROVED", links=[link])
        for other in self.orders.values():
            is_same = order.invoice_id is not None and other.invoice_id == order.invoice_id
            if is_same and other is not order and self._charge_of(other) is not None:
                raise PayPalError("DUPLICATE_INVOICE_ID", field="/purchase_units/0/invoice_id")
        # The first charge of an order is called like the order, so that either finds it.
        name = None if order.attempts else order.id
        return Attempt(token, method, name, self._engine.now())

    def _engine_knows(self, key: str) -> bool:
        return isinstance(self._engine.look_up(key).outcome, Done)

    def _write_paid(self, order: Order, done: Done) -> Reply:
        charge = done.charge
        if charge is None or charge.status is ChargeStatus.DECLINED:
            why = "" if charge is None or charge.decline is None else charge.decline.message
            link = self._wire.payer_link(order) | {"rel": "redirect"}
            raise PayPalError("INSTRUMENT_DECLINED", why, links=[link])
        return json_reply(201, self._wire.order(order, charge, []))


def _told(order: Order) -> dict[str, str]:
    invoice = {} if order.invoice_id is None else {"invoice_id": order.invoice_id}
    return {"order_id": order.id, **invoice}
