"""Which pages are there on which a payer pays, and what became of each? A checkout session is open
until it is paid or expires; a card that is declined leaves it open.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from ops.simulated.behaviours import Behaviour, Step, read_payment_method
from ops.simulated.charges import Charges, Emit, Schedule, declined
from ops.simulated.records import Charge, ChargeStatus, CheckoutSession, SessionStatus
from ops.simulated.requests import ChargeRequest, CheckoutRequest, Refusal

LIFE = timedelta(hours=24)
_PREFIXES = {"stripe": "cs_test_"}
_PREFIX = "cs_"


class Sessions:
    """All of them. The engine holds its lock around every call."""

    def __init__(
        self,
        charges: Charges,
        *,
        new_id: Callable[[str], str],
        emit: Emit,
        schedule: Schedule,
    ) -> None:
        self._charges, self._new_id = charges, new_id
        self._emit, self._schedule = emit, schedule
        self.sessions: dict[str, CheckoutSession] = {}

    def open(self, request: CheckoutRequest, key: str, now: datetime) -> CheckoutSession:
        """Make a page."""
        session = CheckoutSession(
            id=self._new_id(_PREFIXES.get(request.face, _PREFIX)),
            status=SessionStatus.OPEN,
            amount_minor=request.amount_minor,
            currency=request.currency,
            is_manual=request.is_manual,
            success_url=request.success_url,
            cancel_url=request.cancel_url,
            payment_id=request.payment_id,
            line_items=request.line_items,
            idempotency_key=key,
            expires_at=request.expires_at or now + LIFE,
            created_at=now,
            face=request.face,
            metadata=request.metadata,
            charge_metadata=request.charge_metadata,
            client_reference=request.client_reference,
        )
        self.sessions[session.id] = session
        self._schedule(session.expires_at, lambda at: self._lapse(session.id, at))
        return session

    def pay(self, session_id: str, payment_method: str, now: datetime) -> Charge:
        """The payer gives a card: the charge that came of it. One that is declined at once is in
        no record, as a payer may try as many as there are.

        Raises: Refusal if there is no such page, or it is not open.
        """
        session = self._open_session(session_id)
        if session.attempt_id is not None:
            attempt = self._charges.get(session.attempt_id)
            if attempt.status is ChargeStatus.REQUIRES_ACTION:
                return attempt
        request = _charge_request(session, payment_method)
        step = read_payment_method(payment_method).charge
        if step.behaviour is Behaviour.DECLINE:
            refused = declined(self._charges.draft(request, Step(), None, now), str(step.code))
            self._emit("checkout_session.declined", session, refused, now)
            return refused
        waits = step.behaviour is Behaviour.REQUIRES_ACTION
        charge = self._charges.draft(request, Step(), None, now)
        self.sessions[session.id] = replace(session, attempt_id=charge.id)
        return self._charges.begin(charge, step if waits else Step(), now)

    def follow(self, charge: Charge, now: datetime) -> None:
        """A charge changed: is a page paid by that?"""
        session = self.sessions.get(charge.checkout_session_id or "")
        is_paid = charge.status in {ChargeStatus.SUCCEEDED, ChargeStatus.AUTHORIZED}
        if session is None or session.status is not SessionStatus.OPEN or not is_paid:
            return
        paid = replace(session, status=SessionStatus.COMPLETE, charge_id=charge.id)
        self.sessions[session.id] = paid
        self._emit("checkout_session.completed", paid, charge, now)

    def expire(self, session_id: str, now: datetime) -> CheckoutSession:
        """Nobody paid, and nobody will.

        Raises: Refusal if there is no such page, or it is not open.
        """
        session = self._open_session(session_id)
        expired = self.sessions[session_id] = replace(session, status=SessionStatus.EXPIRED)
        if session.attempt_id is not None:
            attempt = self._charges.get(session.attempt_id)
            if attempt.status is ChargeStatus.REQUIRES_ACTION:
                self._charges.expire(attempt.id, now)
        self._emit("checkout_session.expired", expired, None, now)
        return expired

    def get(self, session_id: str) -> CheckoutSession:
        """As it is now.

        Raises: Refusal if there is none.
        """
        session = self.sessions.get(session_id)
        if session is None:
            raise Refusal("not_found", "no such checkout session", None)
        return session

    def _open_session(self, session_id: str) -> CheckoutSession:
        session = self.get(session_id)
        if session.status is not SessionStatus.OPEN:
            message = f"the checkout session is {session.status}"
            raise Refusal("checkout_session_not_open", message, None)
        return session

    def _lapse(self, session_id: str, at: datetime) -> None:
        if self.sessions[session_id].status is SessionStatus.OPEN:
            self.expire(session_id, at)


def _charge_request(session: CheckoutSession, payment_method: str) -> ChargeRequest:
    return ChargeRequest(
        amount_minor=session.amount_minor,
        currency=session.currency,
        payment_method=payment_method,
        is_manual=session.is_manual,
        payment_id=session.payment_id,
        face=session.face,
        metadata=session.charge_metadata,
        checkout_session_id=session.id,
    )
