"""What does the processor say that it paid out? POST /control/payouts makes a payout, or says what
has become of one, and sends its event: in the words of the face whose money it is.

    processor       native or stripe; the other face has no events of payouts
    currency        in which it is paid
    reference       its id; by default that of the latest settlement file's payout in this currency,
                    as long as there is one, else one is made up
    amount_minor    by default what was said of this payout before, or what the rows of that file
                    come to
    status          pending, in_transit, paid (by default), failed or canceled

The same reference once more is the same payout, with what is new of it. A native file has no id of
a payout: of the native face's money an Adyen file tells what it comes to.
"""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from oncepay.domain.times import format_time
from ops.simulated.calls import BadCall, Fields, Reply, json_reply
from ops.simulated.engine import Engine
from ops.simulated.native_requests import MAX_AMOUNT
from ops.simulated.records import NATIVE
from ops.simulated.settlement_rows import made_up

STRIPE = "stripe"
_FACES = {"native": NATIVE, STRIPE: STRIPE}
_CURRENCY = re.compile(r"[A-Z]{3}")
_REFERENCE = re.compile(r"[!-~]{1,255}")

STRIPE_TYPES = {
    "pending": "payout.created",
    "in_transit": "payout.updated",
    "paid": "payout.paid",
    "failed": "payout.failed",
    "canceled": "payout.canceled",
}
"""What Stripe calls the event. Source: Stripe, "Types of events", as of 2026-11."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a settlement file says of its payout in one currency."""

    reference: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class _Payout:
    amount_minor: int
    created_at: datetime


class Payouts:
    """All of them. They are nothing that the engine keeps: no charge is changed by one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._batches: dict[str, Mapping[str, Batch]] = {}
        self._made: dict[tuple[str, str], _Payout] = {}

    def keep_batches(self, face: str, batches: Mapping[str, Batch]) -> None:
        """A settlement file of that face was written; its payouts by currency. One that is not
        above zero is none.
        """
        with self._lock:
            self._batches[face] = {
                currency: batch for currency, batch in batches.items() if batch.amount_minor > 0
            }

    def pay_out(self, fields: Fields) -> Reply:
        """Make the payout that is asked for, and its event. Raises: BadCall."""
        face = _FACES.get(fields.text("processor"))
        currency = fields.text("currency")
        amount_minor = fields.optional_whole_number("amount_minor", least=1, most=MAX_AMOUNT)
        reference = fields.optional_text("reference")
        status = fields.optional_text("status") or "paid"
        fields.nothing_else()
        if face is None:
            raise BadCall(f"processor must be one of: {', '.join(_FACES)}")
        if not _CURRENCY.fullmatch(currency):
            raise BadCall("currency must be three upper-case letters")
        if reference is not None and not _REFERENCE.fullmatch(reference):
            raise BadCall("reference must be 1 to 255 visible ASCII characters")
        if status not in STRIPE_TYPES:
            raise BadCall(f"status must be one of: {', '.join(STRIPE_TYPES)}")
        with self._lock:
            batch = self._batches.get(face, {}).get(currency)
            if reference is None:
                reference = self._new_reference(face) if batch is None else batch.reference
            if amount_minor is None:
                amount_minor = self._amount_of(face, reference, batch)
            return json_reply(200, self._make(face, currency, amount_minor, reference, status))

    def pay_out_at_stripe(self, currency: str, amount_minor: int) -> Mapping[str, object]:
        """Another payout, of no file; gives what is said of it."""
        with self._lock:
            reference = self._new_reference(STRIPE)
            return self._make(STRIPE, currency, amount_minor, reference, "paid")

    def reset(self) -> None:
        """Forget them."""
        with self._lock:
            self._batches.clear()
            self._made.clear()

    def _new_reference(self, face: str) -> str:
        now, number = format_time(self._engine.now()), str(len(self._made))
        return "po_" + made_up("payout", face, now, number)

    def _amount_of(self, face: str, reference: str, batch: Batch | None) -> int:
        before = self._made.get((face, reference))
        if before is not None:
            return before.amount_minor
        if batch is not None and batch.reference == reference:
            return batch.amount_minor
        raise BadCall(
            "amount_minor is needed: there was no payout of this id, and the latest settlement file"
            " has none"
        )

    def _make(
        self, face: str, currency: str, amount_minor: int, reference: str, status: str
    ) -> Mapping[str, object]:
        now, before = self._engine.now(), self._made.get((face, reference))
        created_at = now if before is None else before.created_at
        content = {
            "id": reference,
            "object": "payout",
            "amount_minor": amount_minor,
            "currency": currency,
            "status": status,
            "created_at": format_time(created_at),
        }
        kind = f"payout.{status}" if face == NATIVE else STRIPE_TYPES[status]
        self._engine.note(face, kind, content, None)
        self._made[face, reference] = _Payout(amount_minor, created_at)
        return content
