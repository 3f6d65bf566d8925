"""What does the simulated PayPal keep beside the engine's charges? Its orders, and which id of its
own stands for which charge, capture or refund of the engine.

An order makes a charge only when it is captured or authorized; until then it lives here alone.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from ops.simulated.behaviours import Behaviour, read_payment_method
from ops.simulated.keys import LANDS_AFTER
from ops.simulated.records import Charge, Movement

type Intent = Literal["CAPTURE", "AUTHORIZE"]
type Kind = Literal["authorization", "capture", "refund"]

ORDER_LIFE = timedelta(hours=6)
"""An order that nobody has paid by then is forgotten.
Source: https://developer.paypal.com/api/rest/reference/orders/v2/, as of 2026-11."""

CREATED, PAYER_ACTION_REQUIRED, APPROVED = "CREATED", "PAYER_ACTION_REQUIRED", "APPROVED"
APPROVING = "pm_approve"

_LETTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_ID_CHARACTERS = 17


@dataclass(frozen=True, slots=True)
class Attempt:
    """One key under which it was tried to pay an order.

    Attributes:
        token: the payment source of the call, None if it is what the payer chose on the page.
        payment_method: with what it was tried.
        charge_id: what the charge is to be called; None: as the engine likes.
        at: when first.
    """

    token: str | None
    payment_method: str
    charge_id: str | None
    at: datetime

    @property
    def behaviour(self) -> Behaviour:
        """How the payment method behaves when it is charged."""
        return read_payment_method(self.payment_method).charge.behaviour


@dataclass(slots=True, kw_only=True)
class Order:
    """One order. `status` is that of an order that nobody has paid yet.

    Attributes:
        asked_with: the payment method that wants its payer to come to the page.
        approved_with: what the payer chose there.
        attempts: by the engine's key, oldest first.
    """

    id: str
    intent: Intent
    amount_minor: int
    currency: str
    reference_id: str
    custom_id: str | None
    invoice_id: str | None
    description: str | None
    items: Sequence[Any]
    return_url: str | None
    cancel_url: str | None
    is_payer_first: bool
    created_at: datetime
    status: str = CREATED
    asked_with: str | None = None
    approved_with: str | None = None
    attempts: dict[str, Attempt] = field(default_factory=dict)

    def is_forgotten(self, now: datetime) -> bool:
        """Whether its time is over, and nobody ever tried to pay it."""
        return not self.attempts and now - self.created_at >= ORDER_LIFE

    def approve(self, chosen: str) -> None:
        """The payer agreed, on the page."""
        self.status = APPROVED
        self.approved_with = chosen if self.asked_with is None else without_action(self.asked_with)


def wants_action(payment_method: str) -> bool:
    """Whether its payer has to come to the page."""
    return read_payment_method(payment_method).charge.behaviour is Behaviour.REQUIRES_ACTION


def without_action(payment_method: str) -> str:
    """The same one after the payer has come: all else about it stays."""
    _, *rest = payment_method.split("__")
    return "__".join([APPROVING, *rest])


def was_refused_at_once(charge: Charge, order: Order) -> bool:
    """Whether the payer was told no, so that PayPal made nothing: the order is as it was."""
    attempt = order.attempts.get(charge.idempotency_key or "")
    return attempt is not None and attempt.behaviour is Behaviour.DECLINE


def may_still_land(attempt: Attempt, now: datetime) -> bool:
    """Whether what was tried may yet happen without anybody's doing."""
    return attempt.behaviour is Behaviour.LANDS_LATER and now < attempt.at + LANDS_AFTER


@dataclass(frozen=True, slots=True)
class Named:
    """What an id of PayPal's stands for."""

    kind: Kind
    charge_id: str
    movement_id: str | None = None


class Names:
    """PayPal's ids. Each follows from the engine's, and is known here once it has been told.

    Called by the engine's events, too: each change is a single step, and needs no lock.
    """

    def __init__(self) -> None:
        self._known: dict[str, Named] = {}
        self._captures: dict[str, str] = {}
        self._movements: dict[str, dict[str, None]] = {}

    def keep(self, movement: Movement) -> None:
        """Something was done to a charge."""
        self._movements.setdefault(movement.charge_id, {})[movement.id] = None

    def movements_of(self, charge_id: str) -> Sequence[str]:
        """The engine's ids of what was done to a charge, oldest first."""
        return list(self._movements.get(charge_id, ()))

    def authorization(self, charge: Charge) -> str:
        """Of a charge that was asked for with intent AUTHORIZE."""
        return self._tell(Named("authorization", charge.id))

    def capture(self, charge: Charge) -> str:
        """Of the capture of a charge: the charge itself, or what captured it."""
        return self._tell(Named("capture", charge.id, self._captures.get(charge.id)))

    def captured_by(self, movement: Movement) -> str:
        """Of one capture of an authorization."""
        if movement.failure is None:
            self._captures[movement.charge_id] = movement.id
        return self._tell(Named("capture", movement.charge_id, movement.id))

    def refund(self, movement: Movement) -> str:
        """Of a refund."""
        return self._tell(Named("refund", movement.charge_id, movement.id))

    def find(self, kind: Kind, text: str) -> Named | None:
        """What an id stands for, if it is one of this kind."""
        named = self._known.get(text)
        return named if named is not None and named.kind == kind else None

    def reset(self) -> None:
        """Forget them all."""
        self._known.clear()
        self._captures.clear()
        self._movements.clear()

    def _tell(self, named: Named) -> str:
        text = _name(named.kind, named.movement_id or named.charge_id)
        self._known[text] = named
        return text


def order_id_of(unique: str) -> str:
    """Of a new order."""
    return _name("order", unique)


def payer_id_of(order: Order) -> str:
    """Whoever came to the page of an order."""
    return _name("payer", order.id)[:13]


def webhook_id_of(event_id: str, number: int) -> str:
    """Of the nth message about an event of the engine."""
    return f"WH-{_name('event', event_id)}-{_name(f'message {number}', event_id)}"


def _name(kind: str, unique: str) -> str:
    number = int.from_bytes(hashlib.sha256(f"{kind}:{unique}".encode()).digest())
    return _letters(number, _ID_CHARACTERS)


def _letters(number: int, count: int) -> str:
    letters = []
    for _ in range(count):
        number, rest = divmod(number, len(_LETTERS))
        letters.append(_LETTERS[rest])
    return "".join(letters)
