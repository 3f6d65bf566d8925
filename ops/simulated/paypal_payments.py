"""What can be done to an authorization or a capture? The paths under /v2/payments.

GET  /v2/payments/authorizations/{id}, /captures/{id}, /refunds/{id}
POST /v2/payments/authorizations/{id}/capture       {amount?, final_capture?, invoice_id?}
POST /v2/payments/authorizations/{id}/void          204, or 200 with the authorization
POST /v2/payments/captures/{id}/refund              {amount?, custom_id?, invoice_id?,
                                                     note_to_payer?}

The engine has one capture for an authorization, and releases what is not captured: a part of it is
taken only with final_capture true, since PayPal would keep the rest.
"""

from collections.abc import Callable
from dataclasses import replace

from ops.simulated.calls import Call, Reply, json_reply
from ops.simulated.engine import Engine, NewId
from ops.simulated.faces import key_of
from ops.simulated.outcomes import Done
from ops.simulated.paypal_answers import Act, Silent, tell
from ops.simulated.paypal_checkout import FACE, Checkout
from ops.simulated.paypal_errors import PayPalError
from ops.simulated.paypal_orders import Kind, Named, Names, Order
from ops.simulated.paypal_requests import (
    MoneyAsked,
    read_body,
    read_money_asked,
    read_request_id,
    wants_everything,
)
from ops.simulated.paypal_wire import Json, PayPalWire, minimal
from ops.simulated.records import Charge, ChargeStatus, Movement, MovementStatus
from ops.simulated.requests import MovementRequest

_NO_FUNDS = "insufficient_funds"

type Write = Callable[[Movement, Charge], Reply]
"""Takes what was done, and the charge as it was then."""


class Payments:
    """Authorizations, captures and refunds."""

    def __init__(
        self, engine: Engine, new_id: NewId, wire: PayPalWire, names: Names, checkout: Checkout
    ) -> None:
        self._engine, self._new_id, self._wire, self._names = engine, new_id, wire, names
        self._checkout = checkout

    def show(self, kind: Kind, text: str) -> Reply:
        """One of them, as it is now. Raises: PayPalError; Silent."""
        named, charge, order = self._find(kind, text)
        if self._engine.is_mute_of(charge.id):
            raise Silent
        if kind == "authorization":
            return json_reply(200, self._wire.authorization(order, charge))
        movement = (
            None if named.movement_id is None else self._engine.get_movement(named.movement_id)
        )
        if kind == "capture":
            return json_reply(200, self._wire.capture(order, charge, movement))
        if movement is None:
            raise PayPalError("INVALID_RESOURCE_ID")
        return json_reply(200, self._wire.refund(charge, movement))

    def capture(self, call: Call, text: str) -> Reply:
        """Capture an authorization. Raises: PayPalError."""
        asked = read_money_asked(read_body(call))
        _, charge, order = self._find("authorization", text)
        is_part = asked.amount is not None and asked.amount[0] < charge.amount_minor
        if is_part and not asked.is_final:
            raise PayPalError("PARTIAL_CAPTURE_MUST_BE_FINAL", field="/final_capture")

        def write(movement: Movement, charge: Charge) -> Reply:
            if movement.failure is not None:
                raise PayPalError("INSTRUMENT_DECLINED", movement.failure.message)
            content = self._wire.capture(order, charge, movement)
            return _made(call, content)

        return self._send(call, "capture", charge, asked, write)

    def void(self, call: Call, text: str) -> Reply:
        """Void an authorization. Raises: PayPalError."""
        _, charge, order = self._find("authorization", text)

        def write(movement: Movement, charge: Charge) -> Reply:
            if movement.failure is not None:
                raise PayPalError("CANNOT_BE_VOIDED", movement.failure.message)
            is_done = movement.status is MovementStatus.SUCCEEDED
            if is_done and not wants_everything(call):
                return Reply(204, b"")
            # As it was then: a pending void leaves it authorized.
            status = ChargeStatus.VOIDED if is_done else ChargeStatus.AUTHORIZED
            then = replace(charge, status=status)
            return json_reply(200, self._wire.authorization(order, then))

        return self._send(call, "void", charge, None, write)

    def refund(self, call: Call, text: str) -> Reply:
        """Refund a capture. Raises: PayPalError."""
        asked = read_money_asked(read_body(call))
        named, charge, _ = self._find("capture", text)
        if named.movement_id is not None:
            captured = self._engine.get_movement(named.movement_id)
            if captured.status is MovementStatus.FAILED:
                raise PayPalError("REFUND_NOT_ALLOWED", "the capture was declined")
        left_minor = charge.captured_minor - charge.refunded_minor
        is_part = asked.amount is not None and asked.amount[0] < left_minor

        def write(movement: Movement, charge: Charge) -> Reply:
            if movement.failure is not None and movement.failure.code == _NO_FUNDS:
                raise PayPalError("REFUND_FAILED_INSUFFICIENT_FUNDS")
            return _made(call, self._wire.refund(charge, movement))

        return self._send(call, "part_refund" if is_part else "refund", charge, asked, write)

    def _find(self, kind: Kind, text: str) -> tuple[Named, Charge, Order]:
        named = self._names.find(kind, text)
        if named is None:
            raise PayPalError("INVALID_RESOURCE_ID", field=f"{kind}_id")
        charge = self._engine.get_charge(named.charge_id)
        return named, charge, self._checkout.orders[charge.metadata["order_id"]]

    def _send(
        self, call: Call, act: Act, charge: Charge, asked: MoneyAsked | None, write: Write
    ) -> Reply:
        amount = None if asked is None else asked.amount
        request = MovementRequest(
            kind="refund" if act == "part_refund" else act,
            charge_id=charge.id,
            amount_minor=None if amount is None else amount[0],
            currency=None if amount is None else amount[1],
            payment_id=None if asked is None or act == "capture" else asked.custom_id,
            metadata={} if asked is None else asked.told,
        )
        key = key_of(FACE, read_request_id(call) or self._new_id("unnamed_"))
        answer = self._engine.send(request, key=key, path=call.path)

        def write_done(done: Done) -> Reply:
            if not isinstance(done.recorded, Movement) or done.charge is None:
                raise PayPalError("DUPLICATE_REQUEST_ID")
            return write(done.recorded, done.charge)

        return tell(answer, act, write_done)


def _made(call: Call, content: Json) -> Reply:
    return json_reply(201, content if wants_everything(call) else minimal(content))
