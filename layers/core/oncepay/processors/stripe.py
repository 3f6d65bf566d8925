"""How is Stripe asked, and asked again what became of it? The adapter of the port, over Stripe's
documented HTTP API; what a reply means is in `stripe_answers`.

Without Stripe's own library: to import it costs a cold start 140 ms, it retries by itself, and it
tells a lost reply and a refused connection by one error.

Nothing is found by our key at Stripe, and its search lags: a charge is found in the list of what
was made about the time that it was sent, by the key that we wrote on it; a refund in the list of
its payment intent; and a capture or void by the payment intent's state.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from oncepay.domain.errors import InvalidRequest, StorageUnavailable
from oncepay.domain.inbound_event import Provider
from oncepay.domain.operation import Operation, OperationKind, ProcessorRequest
from oncepay.domain.payment import Payment
from oncepay.domain.processor_answer import (
    Absent,
    Answer,
    Charge,
    ChargeStatus,
    LookedUp,
    NotSent,
    Unknown,
)
from oncepay.processors.http_exchange import Reply, exchange
from oncepay.processors.stripe_answers import (
    UNREADABLE,
    effect_of,
    failed_move,
    read_answer,
    read_looked_up,
)
from oncepay.processors.stripe_errors import read_last_failure
from oncepay.processors.stripe_members import id_of, tag_of
from oncepay.processors.stripe_requests import (
    IN_FULL,
    INTENTS_PATH,
    REFUNDS_PATH,
    SESSIONS_PATH,
    capture_form,
    charge_form,
    checkout_form,
    intent_path,
    is_of_session,
    kind_of,
    refund_form,
    refund_path,
    session_path,
    void_form,
)
from oncepay.processors.stripe_wire import (
    OPERATION_ID,
    SESSION,
    read_payment_intent,
    read_refund,
    read_session,
)

KEY_RETENTION = timedelta(hours=23)
"""Source: Stripe, "Idempotent requests", as of 2026-11: a key may be forgotten after 24 hours."""

NEAR = (timedelta(seconds=5), timedelta(seconds=25))
FAR = (timedelta(minutes=1), timedelta(minutes=10))
"""What was sent is looked for from so long before until so long after: clocks differ, and what is
slow lands late. First near the time that it was first sent: of a busy account the few pages that
there is time for reach no farther."""

PAGE, SMALL_PAGE, MAX_PAGES = 100, 10, 10
"""Objects of one page, at most; those of others on the same account may be large."""

SESSION_PREFIX = "cs_"

_INTENT_QUERY = (("expand[]", IN_FULL),)
_SESSION_QUERY = (("expand[]", "payment_intent"), ("expand[]", f"payment_intent.{IN_FULL}"))

type _Query = Sequence[tuple[str, str | int]]
type _Looked = dict[str, Any] | Absent | NotSent | Unknown


class StripeProcessor:
    """Stripe.

    Args:
        base_url: `https://api.stripe.com`, or where something listens that talks like it.
        api_version: the date that its answers are written by.
        secret: gives the API key; called for every request, so that a rotated one is taken up.
        timeout_seconds: of one call, as a whole, of however many requests it is made.
        return_url: where a payer comes back to from their bank; without one, a charge that would
            need that is declined.
    """

    name = Provider.STRIPE.value
    key_retention = KEY_RETENTION
    needs_preparation = False

    def __init__(
        self,
        base_url: str,
        api_version: str,
        secret: Callable[[], bytes | str],
        timeout_seconds: float,
        return_url: str | None = None,
    ) -> None:
        self._base_url, self._api_version = base_url.rstrip("/"), api_version
        self._secret, self._return_url = secret, return_url
        self.timeout_seconds = timeout_seconds

    def charge_request(self, payment: Payment) -> ProcessorRequest:
        """To charge a payment's method, or to authorize it if it is captured later; of a payment
        with a checkout, to make its page.

        Raises: CurrencyNotSupported, InvalidRequest: Stripe takes no such currency, or amount.
        """
        if payment.checkout is not None:
            return checkout_form(payment, payment.checkout)
        return charge_form(payment, return_url=self._return_url)

    def capture_request(
        self, payment: Payment, amount_minor: int, *, operation_id: str
    ) -> ProcessorRequest:
        """To take so much of what is authorized, and to release the rest.

        Raises: CurrencyNotSupported, InvalidRequest: Stripe takes no such amount.
        """
        intent = payment.processor_handle or _reference_of(payment)
        return capture_form(intent, amount_minor, payment.currency)

    def void_request(
        self, payment: Payment, reference: str, handle: str | None, *, operation_id: str
    ) -> ProcessorRequest:
        """To release what is authorized by the charge of that reference, and handle."""
        return void_form(handle or reference)

    def refund_request(
        self,
        payment: Payment,
        reference: str,
        handle: str | None,
        amount_minor: int,
        *,
        operation_id: str,
    ) -> ProcessorRequest:
        """To give back so much of the charge of that reference, and handle.

        Raises: CurrencyNotSupported, InvalidRequest: Stripe takes no such amount.
        """
        return refund_form(payment, handle or reference, amount_minor, operation_id=operation_id)

    def prepare(self, operation: Operation) -> NotSent:
        """Nothing is set up here."""
        return NotSent("nothing to prepare")

    def send(self, operation: Operation) -> Answer:
        """Send an operation's request under its id as key."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Idempotency-Key": operation.id,
        }
        reply = self._exchange(
            "POST",
            operation.request.path,
            headers,
            operation.request.body.encode(),
            self.timeout_seconds,
        )
        return read_answer(reply, operation) if isinstance(reply, Reply) else reply

    def look_up(self, operation: Operation) -> LookedUp:
        """What became of an operation: as it is now."""
        until = time.monotonic() + self.timeout_seconds
        kind = kind_of(operation)
        try:
            if kind is OperationKind.AUTHORIZE:
                return self._look_up_charge(operation, until)
            if kind is OperationKind.REFUND:
                found = self._find_refund(operation, until)
                return read_refund(found) if isinstance(found, dict) else found
            return self._look_up_move(operation, kind, until)
        except InvalidRequest:
            return UNREADABLE

    def look_up_charge(self, payment: Payment) -> LookedUp:
        """A payment's charge as it is now, by its reference."""
        until = time.monotonic() + self.timeout_seconds
        try:
            return self._get_charge(_reference_of(payment), until)
        except InvalidRequest:
            return UNREADABLE

    def _look_up_charge(self, operation: Operation, until: float) -> LookedUp:
        """Raises: InvalidRequest if it cannot be read."""
        if operation.reference is not None:
            return self._get_charge(operation.reference, until)
        sent_from, sent_until = operation.first_sent_at, operation.last_sent_at
        if sent_from is None or sent_until is None:
            return Absent()
        path = SESSIONS_PATH if is_of_session(operation) else INTENTS_PATH
        near, far = _window(sent_from, sent_from, NEAR), _window(sent_from, sent_until, FAR)
        found = self._find(path, near, operation.id, until)
        if isinstance(found, Absent):
            found = self._find(path, far, operation.id, until)
        if not isinstance(found, dict):
            return found
        charge = _read_charge(found)
        if charge.handle is None and charge.status is not ChargeStatus.AUTHORIZED:
            return charge
        # The list does not tell all of it: when it lapses, or what the payer has done.
        return self._get_charge(charge.reference, until)

    def _get_charge(self, reference: str, until: float) -> LookedUp:
        """Raises: InvalidRequest if it cannot be read."""
        if reference.startswith(SESSION_PREFIX):
            found = self._get(session_path(reference), _SESSION_QUERY, until)
        else:
            found = self._get(intent_path(reference), _INTENT_QUERY, until)
        if not isinstance(found, dict):
            return found
        charge = _read_charge(found)
        return charge if charge.reference == reference else UNREADABLE

    def _look_up_move(self, operation: Operation, kind: OperationKind, until: float) -> LookedUp:
        """Raises: InvalidRequest if it cannot be read."""
        if operation.request.charge is None:
            return UNREADABLE
        found = self._get(intent_path(operation.request.charge), _INTENT_QUERY, until)
        if not isinstance(found, dict):
            return found
        charge = read_payment_intent(found)
        if charge.reference != operation.request.charge:
            return UNREADABLE
        effect = effect_of(charge, kind)
        if effect is None and operation.reference is not None:
            # It was on its way before, and has come to nothing.
            return failed_move(charge, operation.reference, read_last_failure(found))
        return effect or Absent()

    def _find_refund(self, operation: Operation, until: float) -> _Looked:
        if operation.reference is not None:
            return self._get(refund_path(operation.reference), (), until)
        if operation.request.charge is None:
            return UNREADABLE
        of_charge = (("payment_intent", operation.request.charge),)
        return self._find(REFUNDS_PATH, of_charge, operation.id, until)

    def _find(self, path: str, query: _Query, operation_id: str, until: float) -> _Looked:
        """The one of a list that was made under that key."""
        limit, after = PAGE, ""
        for _ in range(MAX_PAGES):
            asked = [*query, ("limit", limit)]
            if after:
                asked.append(("starting_after", after))
            page = self._get(path, asked, until)
            if page == Unknown("reply_too_large") and limit > SMALL_PAGE:
                limit = SMALL_PAGE
                continue
            if not isinstance(page, dict):
                return page
            data, has_more = page.get("data"), page.get("has_more")
            if not isinstance(data, list) or not isinstance(has_more, bool):
                return UNREADABLE
            for each in data:
                if isinstance(each, dict) and tag_of(each, OPERATION_ID) == operation_id:
                    return each
            if not has_more:
                return Absent()
            last = id_of(data[-1]) if data else None
            if last is None:
                return UNREADABLE
            after = last
        return Unknown("too_many_pages")

    def _get(self, path: str, query: _Query, until: float) -> _Looked:
        left_seconds = until - time.monotonic()
        if left_seconds <= 0:
            return Unknown("timeout")
        target = f"{path}?{urlencode(query)}" if query else path
        reply = self._exchange("GET", target, {}, None, left_seconds)
        return read_looked_up(reply) if isinstance(reply, Reply) else reply

    def _exchange(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes | None,
        timeout_seconds: float,
    ) -> Reply | NotSent | Unknown:
        try:
            secret = self._secret()
        except StorageUnavailable:
            return NotSent("secret_unavailable")
        token = secret if isinstance(secret, str) else secret.decode("latin-1")
        return exchange(
            self._base_url + path,
            method=method,
            headers={
                "Authorization": f"Bearer {token}",
                "Accept": "application/json",
                "Stripe-Version": self._api_version,
                **headers,
            },
            body=body,
            timeout_seconds=timeout_seconds,
        )


def _window(
    sent_from: datetime, sent_until: datetime, around: tuple[timedelta, timedelta]
) -> _Query:
    before, after = around
    return (
        ("created[gte]", int((sent_from - before).timestamp())),
        ("created[lte]", int((sent_until + after).timestamp())),
    )


def _read_charge(found: dict[str, Any]) -> Charge:
    """Raises: InvalidRequest if it cannot be read."""
    if found.get("object") == SESSION:
        return read_session(found)
    return read_payment_intent(found)


def _reference_of(payment: Payment) -> str:
    if payment.processor_reference is None:
        raise ValueError("a payment that was never charged has no reference")
    return payment.processor_reference
