"""How is PayPal asked, and what does its answer mean? The adapter of the port.

A charge takes two calls: an order is created, which moves no money, and its id is stored; then it
is captured or authorized with the payer's saved payment method. So a look-up always has an id to
ask for: PayPal finds nothing by its idempotency key. Of a payment with a checkout the order's page
is where the payer agrees; it is captured once PayPal says that they did.

200, 201, 204          what was made, whatever its status
422 of a decline       a declined charge, a failed capture, void or refund
422 PAYER_ACTION_REQUIRED, ORDER_NOT_APPROVED
                       the payer is to go to a page, unless they have been there meanwhile
422 of anything else   as the order is at that moment: done before, or refused
409                    the same key is being worked on: unknown
400, and 404 of a thing that there is not
                       nothing was done, and the same bytes never will be: declined, failed
429, 401, 403          nothing was done, and what keeps it from being done passes: not sent
422 DUPLICATE_REQUEST_ID
                       the key was used for another request, which is our own error: unknown
5xx                    unknown; the processor replays it, so that only a look-up tells
anything else          unknown, and only a look-up tells

Source: https://developer.paypal.com/api/orders/v2/errors/ and .../payments/v2/errors/, as of
2026-11. No library of PayPal's: it would be imported at every cold start.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from oncepay.domain.errors import InvalidRequest
from oncepay.domain.inbound_event import Provider
from oncepay.domain.operation import Operation, OperationKind, ProcessorRequest
from oncepay.domain.payment import Payment
from oncepay.domain.processor_answer import (
    Absent,
    Answer,
    Charge,
    ChargeStatus,
    Effect,
    EffectStatus,
    LookedUp,
    NotSent,
    Prepared,
    Unknown,
)
from oncepay.processors.event_body import read_object, read_text
from oncepay.processors.http_exchange import Reply
from oncepay.processors.paypal_answers import (
    DECLINES,
    UNREADABLE,
    WANTS_PAYER,
    find_done,
    is_not_found,
    never,
    read_done,
    refused,
    unpaid,
    what_is_open,
)
from oncepay.processors.paypal_json import identifier
from oncepay.processors.paypal_money import write_money
from oncepay.processors.paypal_order import read_order
from oncepay.processors.paypal_requests import (
    AUTHORIZATIONS,
    CAPTURES,
    ORDERS,
    VOID,
    is_of_page,
    order_body,
    order_request,
    pay_body,
    pay_path,
    request_of,
)
from oncepay.processors.paypal_session import PayPalSession, TimeLimit, at
from oncepay.processors.paypal_wire import read_error

KEY_RETENTION = timedelta(hours=5)
"""An hour less than PayPal keeps the keys of orders; those of payments it keeps for 45 days.
Source: PayPal's OpenAPI of Orders v2 and Payments v2, `PayPal-Request-Id`, as of 2026-11."""

LASTS = timedelta(hours=3)
"""So long an order waits for its payer at least. Source: PayPal's OpenAPI of Orders v2, `links`, as
of 2026-11."""

PREPARE_SHARE = 0.4
"""Of the time limit: to prepare and to send take no longer than one call together."""


class PayPalProcessor:
    """PayPal.

    Args:
        base_url: of its API, such as https://api-m.paypal.com.
        credentials: gives `{"client_id": .., "client_secret": ..}`.
        timeout_seconds: of one call, as a whole.
        clock: what time it is; an authorization's end is compared with it.
    """

    name = Provider.PAYPAL.value
    key_retention = KEY_RETENTION
    needs_preparation = True

    def __init__(
        self,
        base_url: str,
        credentials: Callable[[], bytes | str],
        timeout_seconds: float,
        clock: Callable[[], datetime],
    ) -> None:
        self._session = PayPalSession(base_url, credentials, clock)
        self.timeout_seconds, self._clock = timeout_seconds, clock

    def charge_request(self, payment: Payment) -> ProcessorRequest:
        """To charge a payment's method, or to authorize it if it is captured later; of a payment
        with a checkout, to make its page.

        Raises:
            CurrencyNotSupported, InvalidRequest: see `write_money`.
        """
        return order_request(payment)

    def capture_request(
        self, payment: Payment, amount_minor: int, *, operation_id: str
    ) -> ProcessorRequest:
        """To take so much of what is authorized, and to release the rest.

        Raises:
            CurrencyNotSupported, InvalidRequest: see `write_money`.
        """
        reference = _known(payment.processor_reference)
        return request_of(
            at(AUTHORIZATIONS, payment.processor_handle or reference, "capture"),
            reference,
            amount=write_money(amount_minor, payment.currency),
            invoice_id=operation_id,
            final_capture=True,
        )

    def void_request(
        self, payment: Payment, reference: str, handle: str | None, *, operation_id: str
    ) -> ProcessorRequest:
        """To release what is authorized by the authorization of that handle."""
        return ProcessorRequest(at(AUTHORIZATIONS, handle or reference, VOID), "", reference)

    def refund_request(
        self,
        payment: Payment,
        reference: str,
        handle: str | None,
        amount_minor: int,
        *,
        operation_id: str,
    ) -> ProcessorRequest:
        """To give back so much of the capture of that handle.

        Raises:
            CurrencyNotSupported, InvalidRequest: see `write_money`.
        """
        return request_of(
            at(CAPTURES, handle or reference, "refund"),
            reference,
            amount=write_money(amount_minor, payment.currency),
            custom_id=payment.id,
            invoice_id=operation_id,
        )

    def prepare(self, operation: Operation) -> Prepared | Charge | NotSent | Unknown:
        """Create the order. Of a payment with a checkout that is all there is to do, until the
        payer has been on its page.
        """
        limit = TimeLimit(self.timeout_seconds * PREPARE_SHARE)
        reply = self._session.post(
            ORDERS, order_body(operation.request), key=operation.id, limit=limit
        )
        if not isinstance(reply, Reply):
            return reply
        try:
            said = read_object(read_text(reply.body))
            if reply.status in (200, 201):
                if not is_of_page(operation.request):
                    return Prepared(identifier(said, "id"))
                return read_order(said, self._clock()) or UNREADABLE
            error, _ = read_error(said)
        except InvalidRequest:
            return UNREADABLE
        return what_is_open(reply, error) or never(operation, error)

    def send(self, operation: Operation) -> Answer:
        """Send an operation's request under its id as key."""
        try:
            if operation.kind is OperationKind.AUTHORIZE:
                return self._pay(operation)
            return self._move(operation)
        except InvalidRequest:
            return UNREADABLE

    def look_up(self, operation: Operation) -> LookedUp:
        """What became of an operation: the order says, in which all of it is listed."""
        pays = operation.kind is OperationKind.AUTHORIZE
        order_id = operation.reference if pays else operation.request.charge
        if order_id is None:
            # It is stored before anything is asked to move money.
            return Absent()
        try:
            order = self._get_order(order_id, TimeLimit(self.timeout_seconds))
            if isinstance(order, Absent) and pays and self._clock() >= operation.created_at + LASTS:
                # It was there, and is forgotten since nobody has paid it in time.
                return unpaid(operation, ChargeStatus.EXPIRED)
            if not isinstance(order, dict):
                return order
            if pays:
                return read_order(order, self._clock()) or Absent()
            return find_done(order, operation) or Absent()
        except InvalidRequest:
            return UNREADABLE

    def look_up_charge(self, payment: Payment) -> LookedUp:
        """A payment's charge as it is now, by its order."""
        try:
            order_id = _known(payment.processor_reference)
            order = self._get_order(order_id, TimeLimit(self.timeout_seconds))
            if not isinstance(order, dict):
                return order
            return read_order(order, self._clock()) or Absent()
        except InvalidRequest:
            return UNREADABLE

    def _pay(self, operation: Operation) -> Answer:
        """Raises: InvalidRequest if what comes cannot be read."""
        if operation.reference is None:
            return NotSent("not_prepared")
        limit = TimeLimit(self.timeout_seconds * (1 - PREPARE_SHARE))
        # Not the key of the order itself, although PayPal may keep one for each kind of call: what
        # it documents is one for each request, and an order is no answer to this one.
        answer = self._pay_once(operation, f"{operation.id}-1", pay_body(operation.request), limit)
        if isinstance(answer, Charge) and answer.status is ChargeStatus.APPROVED:
            # What was answered is of the moment before the payer agreed, and is kept under that
            # key. With what to pay is written on the order now.
            return self._pay_once(operation, f"{operation.id}-2", "{}", limit)
        return answer

    def _pay_once(self, operation: Operation, key: str, body: str, limit: TimeLimit) -> Answer:
        order_id = operation.reference or ""
        path = pay_path(operation.request, order_id)
        reply = self._session.post(path, body, key=key, limit=limit)
        if not isinstance(reply, Reply):
            return reply
        said = read_object(read_text(reply.body))
        if reply.status in (200, 201):
            paid = read_order(said, self._clock())
            # Of another order it is no answer, however well it fits.
            return paid if paid and paid.reference == order_id else UNREADABLE
        error, page = read_error(said)
        if unknown := what_is_open(reply, error):
            return unknown
        if reply.status != 422 or error.code in DECLINES:
            return never(operation, error)
        charge = self._charge_now(order_id, limit)
        if isinstance(charge, NotSent | Unknown):
            if error.code not in WANTS_PAYER or page is None:
                return Unknown(charge.reason, replays=True)
            charge = replace(unpaid(operation, ChargeStatus.REQUIRES_ACTION), next_action_url=page)
        waits = (ChargeStatus.REQUIRES_ACTION, ChargeStatus.APPROVED)
        if charge is None or (charge.status in waits and error.code not in WANTS_PAYER):
            return never(operation, error)
        return charge

    def _charge_now(self, order_id: str, limit: TimeLimit) -> Charge | NotSent | Unknown | None:
        order = self._get_order(order_id, limit)
        if isinstance(order, dict):
            return read_order(order, self._clock())
        return None if isinstance(order, Absent) else order

    def _move(self, operation: Operation) -> Answer:
        """Raises: InvalidRequest if what comes cannot be read."""
        limit, request = TimeLimit(self.timeout_seconds), operation.request
        reply = self._session.post(request.path, request.body, key=operation.id, limit=limit)
        if not isinstance(reply, Reply):
            return reply
        if reply.status == 204 and request.path.endswith(f"/{VOID}"):
            return Effect(
                reference=None, status=EffectStatus.SUCCEEDED, charge_reference=request.charge
            )
        said = read_object(read_text(reply.body))
        if reply.status in (200, 201):
            return read_done(said, operation)
        error, _ = read_error(said)
        if unknown := what_is_open(reply, error):
            return unknown
        if reply.status == 400 or error.code in DECLINES or request.charge is None:
            return refused(error, None)
        order = self._get_order(request.charge, limit)
        if isinstance(order, NotSent | Unknown):
            return Unknown(order.reason, replays=True)
        if isinstance(order, Absent):
            return refused(error, None)
        done = find_done(order, operation)
        return done or refused(error, read_order(order, self._clock()))

    def _get_order(
        self, order_id: str, limit: TimeLimit
    ) -> dict[str, Any] | Absent | NotSent | Unknown:
        """Raises: InvalidRequest if it cannot be read."""
        reply = self._session.get(at(ORDERS, order_id), limit)
        if not isinstance(reply, Reply):
            return reply
        if reply.status == 200:
            return read_object(read_text(reply.body))
        # Not any 404: that of a wrong address says nothing.
        if reply.status == 404 and is_not_found(reply):
            return Absent()
        return Unknown("unexpected_answer")


def _known(name: str | None) -> str:
    if name is None:
        raise ValueError("a payment that was never charged has no reference")
    return name
