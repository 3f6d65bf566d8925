"""How is the simulated processor asked, and what does its answer mean? The adapter of the port.

201, 200               a charge, capture, void or refund, whatever its status
402                    a declined charge
409 with the charge    refused in the state that the charge is in: the operation failed
409 `key_in_use`       the same key is being worked on: unknown
400, and 404 of an operation on a charge, as an error of its own
                       nothing was done, and the same bytes never will be: declined, failed
429, 401, 404 of a charge
                       nothing was done, and what keeps it from being done passes: not sent
422                    the key was used for another request, which is our own error: unknown
5xx                    unknown; the processor replays it, so that only a look-up tells
anything else          unknown, and only a look-up tells
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from oncepay.domain.checkout import Checkout
from oncepay.domain.errors import InvalidRequest, StorageUnavailable
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
    Failure,
    LookedUp,
    NotSent,
    Unknown,
)
from oncepay.processors.event_body import read_object, read_text
from oncepay.processors.http_exchange import Reply, exchange
from oncepay.processors.simulated_wire import (
    CAPTURE,
    CHARGE,
    CHECKOUT,
    EFFECTS,
    REFUND,
    VOID,
    read_charge,
    read_error,
    read_found,
    read_key,
)

KEY_RETENTION = timedelta(hours=24)
"""It never forgets a key; so long we rely on it."""

PROCESSOR_REFUSED = "processor_refused"

CHARGES_PATH = "/v1/charges"
CHECKOUT_PATH = "/v1/checkout-sessions"
_PLURALS = {CAPTURE: "captures", VOID: "voids", REFUND: "refunds"}
_KINDS = {
    OperationKind.AUTHORIZE: CHARGE,
    OperationKind.CAPTURE: CAPTURE,
    OperationKind.VOID: VOID,
    OperationKind.REFUND: REFUND,
}

UNREADABLE = Unknown("unreadable_answer", replays=True)
"""It keeps its answers: to send again would bring the same one."""


class SimulatedProcessor:
    """The simulated processor.

    Args:
        base_url: where it listens.
        secret: gives the secret; called for every request, so that a rotated one is taken up.
        timeout_seconds: of one call, as a whole.
    """

    name = Provider.SIMULATED.value
    key_retention = KEY_RETENTION
    needs_preparation = False

    def __init__(
        self, base_url: str, secret: Callable[[], bytes | str], timeout_seconds: float
    ) -> None:
        self._base_url, self._secret = base_url.rstrip("/"), secret
        self.timeout_seconds = timeout_seconds

    def charge_request(self, payment: Payment) -> ProcessorRequest:
        """To charge a payment's method, or to authorize it if it is captured later; of a payment
        with a checkout, to make its page.
        """
        if payment.checkout is not None:
            return _checkout_request(payment, payment.checkout)
        return _request(
            CHARGES_PATH,
            None,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            payment_method=payment.payment_method,
            capture="automatic" if payment.captures_automatically else "manual",
            payment_id=payment.id,
        )

    def capture_request(
        self, payment: Payment, amount_minor: int, *, operation_id: str
    ) -> ProcessorRequest:
        """To take so much of what is authorized, and to release the rest."""
        reference = _reference_of(payment)
        return _request(
            _path_of(payment.processor_handle or reference, CAPTURE),
            reference,
            amount_minor=amount_minor,
            currency=payment.currency,
            payment_id=payment.id,
        )

    def void_request(
        self, payment: Payment, reference: str, handle: str | None, *, operation_id: str
    ) -> ProcessorRequest:
        """To release what is authorized by the charge of that reference."""
        return _request(_path_of(handle or reference, VOID), reference, payment_id=payment.id)

    def refund_request(
        self,
        payment: Payment,
        reference: str,
        handle: str | None,
        amount_minor: int,
        *,
        operation_id: str,
    ) -> ProcessorRequest:
        """To give back so much of the charge of that reference."""
        return _request(
            _path_of(handle or reference, REFUND),
            reference,
            amount_minor=amount_minor,
            currency=payment.currency,
            payment_id=payment.id,
        )

    def prepare(self, operation: Operation) -> NotSent:
        """Nothing is set up here."""
        return NotSent("nothing to prepare")

    def send(self, operation: Operation) -> Answer:
        """Send an operation's request under its id as key."""
        reply = self._ask("POST", operation.request.path, operation)
        if not isinstance(reply, Reply):
            return reply
        try:
            return _read_answer(reply, operation)
        except InvalidRequest:
            return UNREADABLE

    def look_up(self, operation: Operation) -> LookedUp:
        """What became of an operation, by its id: as it is now."""
        # Of a page that is paid, the charge is asked for in the same time.
        share = 0.5 if operation.request.path == CHECKOUT_PATH else 1.0
        path = f"/v1/operations/{quote(operation.id, safe='')}"
        reply = self._ask("GET", path, share=share)
        if not isinstance(reply, Reply):
            return reply
        try:
            found = _read_found(reply)
            if isinstance(found, NotSent | Unknown | Absent):
                return found
            if found.get("key") != operation.id:
                return UNREADABLE
            result, kind = found.get("result"), found.get("object")
            # Of another kind than was asked for is for the domain to see, and to show.
            if kind not in (CHARGE, CHECKOUT, *EFFECTS):
                return UNREADABLE
            return self._as_paid(_read_ours(result, kind, operation))
        except InvalidRequest:
            return UNREADABLE

    def look_up_charge(self, payment: Payment) -> LookedUp:
        """A payment's charge as it is now, by its reference."""
        return self._get_charge(payment.processor_handle or _reference_of(payment))

    def _as_paid(self, found: Charge | Effect | Unknown) -> LookedUp:
        """A page that is paid, as the charge that paid it."""
        if not isinstance(found, Charge) or found.handle is None:
            return found
        if found.status is not ChargeStatus.PENDING:
            return found
        return self._get_charge(found.handle, share=0.5)

    def _get_charge(self, charge_id: str, *, share: float = 1.0) -> LookedUp:
        path = f"{CHARGES_PATH}/{quote(charge_id, safe='')}"
        reply = self._ask("GET", path, share=share)
        if not isinstance(reply, Reply):
            return reply
        try:
            found = _read_found(reply)
            return found if isinstance(found, NotSent | Unknown | Absent) else read_charge(found)
        except InvalidRequest:
            return UNREADABLE

    def _ask(
        self, method: str, path: str, operation: Operation | None = None, *, share: float = 1.0
    ) -> Reply | NotSent | Unknown:
        try:
            secret = self._secret()
        except StorageUnavailable:
            return NotSent("secret_unavailable")
        token = secret if isinstance(secret, str) else secret.decode("latin-1")
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        body = None
        if operation is not None:
            headers |= {"Content-Type": "application/json", "Idempotency-Key": operation.id}
            body = operation.request.body.encode()
        return exchange(
            self._base_url + path,
            method=method,
            headers=headers,
            body=body,
            timeout_seconds=self.timeout_seconds * share,
        )


def _read_answer(reply: Reply, operation: Operation) -> Answer:
    """Raises: InvalidRequest if it cannot be read."""
    unread = _unread(reply)
    if unread is not None:
        return unread
    kind = _kind_of(operation)
    content = read_object(read_text(reply.body))
    if reply.status in (200, 201):
        return _read_ours(content, kind, operation)
    if reply.status == 402 and kind == CHARGE:
        charge = _read_ours(content, kind, operation)
        is_declined = isinstance(charge, Charge) and charge.status is ChargeStatus.DECLINED
        return charge if is_declined else UNREADABLE
    error = read_error(content)
    match reply.status, error.code:
        case 409, "key_in_use":
            return Unknown("key_in_use")
        case 409, _ if kind != CHARGE:
            return _refused(error, read_charge(content.get("charge")))
        case 400, "invalid_request":
            return _never(operation, error)
        case 404, "not_found":
            # There is no such charge, and there never will be; but charges themselves are made
            # where there is a wrong address at most.
            is_made = kind in (CHARGE, CHECKOUT)
            return NotSent("not_found") if is_made else _refused(error, None)
        case 422, "idempotency_key_reused":
            return Unknown("idempotency_key_reused", replays=True)
    return Unknown("unexpected_answer", replays=True)


def _read_found(reply: Reply) -> dict[str, Any] | NotSent | Unknown | Absent:
    """What a look-up found. Raises: InvalidRequest if it cannot be read."""
    unread = _unread(reply)
    if unread is not None:
        return unread
    content = read_object(read_text(reply.body))
    if reply.status == 200:
        return content
    # Not any 404: that of a wrong address says nothing.
    if reply.status == 404 and read_error(content).code == "not_found":
        return Absent()
    return Unknown("unexpected_answer")


def _unread(reply: Reply) -> NotSent | Unknown | None:
    """What the status alone says."""
    if reply.status == 429:
        return NotSent("rate_limited")
    if reply.status == 401:
        return NotSent("unauthorized")
    if reply.status >= 500:
        return Unknown("server_error", replays=True)
    return None


def _read_ours(value: object, kind: str, operation: Operation) -> Charge | Effect | Unknown:
    """Raises: InvalidRequest if it cannot be read."""
    found = read_found(value, kind)
    # What was done under another key is no answer, however well it fits.
    return found if read_key(value) == operation.id else UNREADABLE


def _never(operation: Operation, error: Failure) -> Charge | Effect:
    if operation.kind is not OperationKind.AUTHORIZE:
        return _refused(error, None)
    return Charge(
        reference="",
        status=ChargeStatus.DECLINED,
        amount_minor=operation.amount_minor,
        currency=operation.currency,
        failure=Failure(PROCESSOR_REFUSED, error.message),
    )


def _refused(error: Failure, charge: Charge | None) -> Effect:
    return Effect(
        reference=None,
        status=EffectStatus.FAILED,
        charge_reference=charge.reference if charge else None,
        payment_id=charge.payment_id if charge else None,
        failure=error,
        charge=charge,
    )


def _request(path: str, charge: str | None, **members: object) -> ProcessorRequest:
    return ProcessorRequest(path, json.dumps(members, separators=(",", ":")), charge)


def _checkout_request(payment: Payment, checkout: Checkout) -> ProcessorRequest:
    return _request(
        CHECKOUT_PATH,
        None,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        success_url=checkout.success_url,
        cancel_url=checkout.cancel_url,
        line_items=[asdict(item) for item in checkout.line_items],
        capture="automatic" if payment.captures_automatically else "manual",
        payment_id=payment.id,
    )


def _path_of(reference: str, kind: str) -> str:
    return f"{CHARGES_PATH}/{quote(reference, safe='')}/{_PLURALS[kind]}"


def _kind_of(operation: Operation) -> str:
    if operation.request.path == CHECKOUT_PATH:
        return CHECKOUT
    # An orphan is refunded or voided, as its path says.
    is_void = operation.request.path.endswith(f"/{_PLURALS[VOID]}")
    return _KINDS.get(operation.kind, VOID if is_void else REFUND)


def _reference_of(payment: Payment) -> str:
    if payment.processor_reference is None:
        raise ValueError("a payment that was never charged has no reference")
    return payment.processor_reference
