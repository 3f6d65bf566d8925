"""How does Stripe answer what it was asked to do, and what does `expand` put into an answer?"""

from collections.abc import Callable, Sequence
from typing import Any

from ops.simulated.calls import Reply, json_reply
from ops.simulated.engine import Engine
from ops.simulated.outcomes import Crashed, Done, Outcome, Refused
from ops.simulated.records import (
    Charge,
    ChargeStatus,
    CheckoutSession,
    Movement,
    MovementStatus,
)
from ops.simulated.requests import (
    ChargeRequest,
    CheckoutRequest,
    MovementRequest,
    Refusal,
    Request,
)
from ops.simulated.stripe_errors import (
    API_ERROR,
    IDEMPOTENCY_ERROR,
    IN_USE,
    StripeError,
    card_error,
    missing,
)
from ops.simulated.stripe_money import to_stripe
from ops.simulated.stripe_requests import STRIPE
from ops.simulated.stripe_wire import (
    Json,
    write_charge,
    write_payment_intent,
    write_refund,
    write_session,
)

MAX_DEPTH = 4
"""How deep an object may be expanded. Source: https://docs.stripe.com/expand, as of 2026-11."""
UNEXPECTED_STATE = "payment_intent_unexpected_state"


class StripeAnswers:
    """In words; the first answer to a key is kept by the engine, as of its moment."""

    def __init__(self, engine: Engine, base_url: str) -> None:
        self._engine, self._base_url = engine, base_url

    def write(self, request: Request, outcome: Outcome, expand: Sequence[str]) -> Reply:
        """What is answered; the same outcome is always the same bytes."""
        match outcome:
            case Done(recorded=recorded, charge=charge):
                return self._write_done(recorded, charge, expand)
            case Refused():
                return self._refused(request, outcome).reply()
            case Crashed():
                message = "An unknown error occurred."
                return StripeError(500, message, kind=API_ERROR).reply()

    def payment_intent(self, intent_id: str) -> Json:
        """As it is now. Raises: Refusal if there is none."""
        return write_payment_intent(self.charge(intent_id), self._base_url)

    def charge(self, intent_id: str) -> Charge:
        """As it is now. Raises: Refusal if Stripe knows of none."""
        charge = self._engine.get_charge(intent_id)
        if charge.face != STRIPE:
            raise Refusal("not_found", "no such charge", None)
        return charge

    def session(self, session_id: str) -> Json:
        """As it is now. Raises: Refusal if there is none."""
        session = self._engine.get_session(session_id)
        if session.face != STRIPE:
            raise Refusal("not_found", "no such checkout session", None)
        return self.write_session(session)

    def write_session(self, session: CheckoutSession) -> Json:
        """With what became of the charge that paid it."""
        charge_id = session.charge_id
        charge = None if charge_id is None else self._engine.get_charge(charge_id)
        return write_session(session, charge, self._base_url)

    def expand(self, content: Json, paths: Sequence[str], charge: Charge | None = None) -> Json:
        """The same with objects in place of their ids.

        Args:
            content: what is answered.
            paths: which, such as payment_intent.latest_charge.
            charge: as it was at the moment of the answer; None: as it is now.

        Raises: StripeError if nothing of that name can be put in.
        """
        for path in paths:
            parts = path.removeprefix("data.").split(".")
            if len(parts) > MAX_DEPTH:
                raise StripeError(400, f"You cannot expand more than {MAX_DEPTH} levels.")
            content = self._expand_one(content, parts, charge)
        return content

    def _expand_one(self, content: Json, parts: Sequence[str], charge: Charge | None) -> Json:
        name, rest = parts[0], parts[1:]
        value = content.get(name)
        writer = self._writers(content, charge).get(name)
        if name not in content or writer is None:
            message = f"This property cannot be expanded ({name[:50]})."
            raise StripeError(400, message, param="expand")
        if isinstance(value, str):
            value = writer(value)
        if rest and isinstance(value, dict):
            value = self._expand_one(value, rest, charge)
        return {**content, name: value}

    def _writers(self, content: Json, charge: Charge | None) -> dict[str, Callable[[str], Json]]:
        def of_charge(_: str) -> Charge:
            if charge is not None:
                return charge
            intent = content["id"] if content["object"] == "payment_intent" else None
            named = intent or content.get("payment_intent")
            named = named["id"] if isinstance(named, dict) else named
            return self._engine.get_charge(str(named))

        def as_charge(name: str) -> Json:
            return write_charge(of_charge(name))

        def as_intent(name: str) -> Json:
            return write_payment_intent(of_charge(name), self._base_url)

        return {"latest_charge": as_charge, "charge": as_charge, "payment_intent": as_intent}

    def _write_done(self, recorded: Any, charge: Charge | None, expand: Sequence[str]) -> Reply:
        match recorded:
            case CheckoutSession():
                content = write_session(recorded, charge, self._base_url)
            case Movement(kind="refund") if charge is not None:
                content = write_refund(recorded, charge)
            case _ if charge is not None:
                content = write_payment_intent(charge, self._base_url)
                reason = charge.decline if charge.status is ChargeStatus.DECLINED else None
                if isinstance(recorded, Movement) and recorded.status is MovementStatus.FAILED:
                    reason = recorded.failure
                if reason is not None:
                    return card_error(reason, content).reply()
            case _:
                raise TypeError(f"nothing of {recorded!r} can be told")
        return json_reply(200, self.expand(content, expand, charge))

    def _refused(self, request: Request, refused: Refused) -> StripeError:
        match refused.code:
            case "key_in_use":
                code = "idempotency_key_in_use"
                return StripeError(409, IN_USE, kind=IDEMPOTENCY_ERROR, code=code)
            case "idempotency_key_reused":
                message = (
                    "Keys for idempotent requests can only be used with the same parameters they"
                    " were first used with."
                )
                return StripeError(400, message, kind=IDEMPOTENCY_ERROR)
            case "rate_limited":
                message = "Request rate limit exceeded."
                return StripeError(429, message, code="rate_limit")
            case "not_found":
                name = request.charge_id if isinstance(request, MovementRequest) else ""
                return missing("payment_intent", str(name), "intent")
        return self._wrong(request, refused)

    def _wrong(self, request: Request, refused: Refused) -> StripeError:
        """Of a charge that does not allow it."""
        charge = refused.charge
        intent = None if charge is None else write_payment_intent(charge, self._base_url)
        if charge is None or isinstance(request, ChargeRequest | CheckoutRequest):
            return StripeError(400, refused.message, code=refused.code)
        is_refund = request.kind == "refund"
        match refused.code:
            case "amount_too_large" if is_refund and charge.captured_minor <= charge.refunded_minor:
                message = f"Charge {charge.id} has already been refunded."
                return StripeError(400, message, code="charge_already_refunded")
            case "amount_too_large":
                most = charge.captured_minor - charge.refunded_minor
                most = to_stripe(most if is_refund else charge.amount_minor, charge.currency)
                message = f"The amount is greater than what is left ({most})."
                param = "amount" if is_refund else "amount_to_capture"
                code = None if is_refund else "amount_too_large"
                return StripeError(400, message, code=code, param=param)
            case "charge_disputed":
                message = f"Charge {charge.id} has been charged back; cannot issue a refund."
                return StripeError(400, message, code="charge_disputed")
        message = f"This PaymentIntent could not be changed: {refused.message}."
        return StripeError(400, message, code=UNEXPECTED_STATE, payment_intent=intent)
