"""Which changes of a charge are allowed, and what do they change?

The processor's books: charges and what was done to them. Every change is told to `emit`, and what
ends by itself is handed to `schedule`. Knows no idempotency keys, no faults and no clock.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from ops.simulated.behaviours import Behaviour, Step
from ops.simulated.charge_rules import (
    PREFIXES,
    movable_in,
    reason_of,
    told_currency,
    told_payment_id,
    wrong_state,
)
from ops.simulated.records import (
    NATIVE,
    Charge,
    ChargeStatus,
    Movement,
    MovementStatus,
    Reason,
    Subject,
)
from ops.simulated.requests import ChargeRequest, MovementRequest, Refusal

AUTHORIZATION_LIFE = timedelta(days=7)
ACTION_LIFE = timedelta(days=1)
"""A customer who has not come by then does not come."""
PENDING_LIFE = timedelta(seconds=60)

type Emit = Callable[[str, Subject, Charge | None, datetime], None]
type Schedule = Callable[[datetime, Callable[[datetime], None]], None]


class Charges:
    """All of them. The engine holds its lock around every call."""

    def __init__(self, *, new_id: Callable[[str], str], emit: Emit, schedule: Schedule) -> None:
        self._new_id, self._emit, self._schedule = new_id, emit, schedule
        self.charges: dict[str, Charge] = {}
        self.movements: dict[str, Movement] = {}
        self._movements_of: dict[str, list[str]] = {}
        self._amounts: dict[str, int] = {}
        """What a movement really moves; it may say otherwise."""

    def open(self, request: ChargeRequest, step: Step, key: str, now: datetime) -> Charge:
        """Make a charge, in the state that its behaviour asks for."""
        return self.begin(self.draft(request, step, key, now), step, now)

    def draft(self, request: ChargeRequest, step: Step, key: str | None, now: datetime) -> Charge:
        """A charge as it would be, in no record yet."""
        return Charge(
            id=request.charge_id or self._new_id(PREFIXES[request.face]["charge"]),
            status=ChargeStatus.PENDING,
            amount_minor=request.amount_minor + (step.behaviour is Behaviour.OTHER_AMOUNT),
            currency=told_currency(request.currency, step),
            is_manual=request.is_manual,
            captured_minor=0,
            refunded_minor=0,
            payment_id=told_payment_id(request.payment_id, step),
            idempotency_key=key,
            decline=None,
            expires_at=None,
            created_at=now,
            face=request.face,
            metadata=request.metadata,
            checkout_session_id=request.checkout_session_id,
            payment_method=request.payment_method,
            return_url=request.return_url,
        )

    def begin(self, charge: Charge, step: Step, now: datetime) -> Charge:
        """Put it into the record, in the state that its behaviour asks for."""
        self.charges[charge.id] = charge
        if step.behaviour is Behaviour.DECLINE:
            return self.decline(charge.id, str(step.code), now)
        if step.behaviour is Behaviour.REQUIRES_ACTION:
            self._schedule(now + ACTION_LIFE, lambda at: self._lapse(charge.id, at))
            return self._change(charge, now, status=ChargeStatus.REQUIRES_ACTION)
        if step.behaviour is Behaviour.PENDING:
            self._schedule(now + PENDING_LIFE, lambda at: self._end_charge(charge.id, at))
            if charge.face != NATIVE:
                self._emit("charge.pending", charge, charge, now)
            return charge
        return self.approve(charge.id, now)

    def approve(self, charge_id: str, now: datetime) -> Charge:
        """The customer agreed, or nobody had to ask.

        Raises: Refusal if it is not open.
        """
        charge = self._open_charge(charge_id)
        if not charge.is_manual:
            return self._change(
                charge, now, status=ChargeStatus.SUCCEEDED, captured_minor=charge.amount_minor
            )
        expires_at = now + AUTHORIZATION_LIFE
        self._schedule(expires_at, lambda at: self._lapse(charge_id, at))
        return self._change(charge, now, status=ChargeStatus.AUTHORIZED, expires_at=expires_at)

    def decline(self, charge_id: str, code: str, now: datetime) -> Charge:
        """It is not to be.

        Raises: Refusal if it is not open.
        """
        charge = self._open_charge(charge_id)
        return self._change(charge, now, status=ChargeStatus.DECLINED, decline=reason_of(code))

    def expire(self, charge_id: str, now: datetime) -> Charge:
        """The customer never came, or the authorization lapsed.

        Raises: Refusal if there is nothing to expire.
        """
        charge = self.get(charge_id)
        if charge.status not in {ChargeStatus.REQUIRES_ACTION, ChargeStatus.AUTHORIZED}:
            raise wrong_state(charge)
        self._refuse_while_moving(charge)
        return self._change(charge, now, status=ChargeStatus.EXPIRED, expires_at=None)

    def move(
        self, request: MovementRequest, step: Step, key: str | None, now: datetime
    ) -> Movement:
        """Capture, void or refund.

        Raises: Refusal if there is no such charge, or its state does not allow it.
        """
        charge = self.get(request.charge_id)
        amount_minor = self._check(charge, request)
        movement = Movement(
            kind=request.kind,
            id=self._new_id(PREFIXES[charge.face][request.kind]),
            status=MovementStatus.PENDING,
            charge_id=charge.id,
            amount_minor=amount_minor + (step.behaviour is Behaviour.OTHER_AMOUNT),
            currency=told_currency(charge.currency, step),
            payment_id=told_payment_id(request.payment_id or charge.payment_id, step),
            idempotency_key=key,
            failure=None,
            created_at=now,
            metadata=request.metadata,
            reason=request.reason,
        )
        self.movements[movement.id] = movement
        self._movements_of.setdefault(charge.id, []).append(movement.id)
        self._amounts[movement.id] = amount_minor
        if step.behaviour is Behaviour.DECLINE:
            return self._end(movement, now, failure=reason_of(str(step.code)))
        if step.behaviour is Behaviour.PENDING:
            self._schedule(now + PENDING_LIFE, lambda at: self._end_movement(movement.id, at))
            charge = self.charges[charge.id] = _with_move(charge, movement)
            self._emit(f"{movement.kind}.pending", movement, charge, now)
            return movement
        return self._end(movement, now, failure=None)

    def end_movement(self, movement_id: str, code: str | None, now: datetime) -> Movement:
        """End a pending one: it succeeds, or fails with a code. A refund that succeeded may fail
        afterwards: it comes back.

        Raises: Refusal if it is neither.
        """
        movement = self.movements[movement_id]
        if movement.status is not MovementStatus.PENDING:
            charge = self.charges[movement.charge_id]
            has_succeeded = movement.status is MovementStatus.SUCCEEDED
            if movement.kind != "refund" or not has_succeeded or code is None:
                message = f"the {movement.kind} is {movement.status}"
                raise Refusal("not_pending", message, charge)
            refunded_minor = charge.refunded_minor - self._amounts[movement_id]
            self.charges[charge.id] = replace(charge, refunded_minor=refunded_minor)
            movement = replace(movement, returned_at=now)
        return self._end(movement, now, failure=None if code is None else reason_of(code))

    def get(self, charge_id: str) -> Charge:
        """A charge as it is now.

        Raises: Refusal if there is none.
        """
        charge = self.charges.get(charge_id)
        if charge is None:
            raise Refusal("not_found", "no such charge", None)
        return charge

    def mark_disputed(self, charge_id: str, is_disputed: bool) -> Charge:
        """While it is, nothing of it is refunded."""
        charge = replace(self.charges[charge_id], is_disputed=is_disputed)
        self.charges[charge_id] = charge
        return charge

    def movements_of(self, charge_id: str) -> list[Movement]:
        """What was done to a charge, oldest first."""
        return [self.movements[each] for each in self._movements_of.get(charge_id, [])]

    def _check(self, charge: Charge, request: MovementRequest) -> int:
        """How much it moves."""
        if request.currency is not None and request.currency != charge.currency:
            message = f"the charge is in {charge.currency}"
            raise Refusal("currency_mismatch", message, charge)
        if request.kind == "refund":
            if charge.status is not ChargeStatus.SUCCEEDED:
                raise wrong_state(charge, authorized="charge_not_captured")
            if charge.is_disputed:
                raise Refusal("charge_disputed", "the charge is disputed", charge)
            limit = charge.captured_minor - charge.refunded_minor - self._refunding(charge)
        else:
            if charge.status not in movable_in(charge, request.kind):
                raise wrong_state(charge)
            self._refuse_while_moving(charge)
            limit = charge.amount_minor
        amount_minor = limit if request.amount_minor is None else request.amount_minor
        if not 0 < amount_minor <= limit:
            message = f"no more than {limit} {charge.currency} can be taken"
            raise Refusal("amount_too_large", message, charge)
        return amount_minor

    def _refuse_while_moving(self, charge: Charge) -> None:
        for movement in self.movements_of(charge.id):
            if movement.status is MovementStatus.PENDING and movement.kind != "refund":
                raise Refusal("operation_pending", f"a {movement.kind} is pending", charge)

    def _refunding(self, charge: Charge) -> int:
        return sum(
            self._amounts[each.id]
            for each in self.movements_of(charge.id)
            if each.kind == "refund" and each.status is MovementStatus.PENDING
        )

    def _open_charge(self, charge_id: str) -> Charge:
        charge = self.get(charge_id)
        if charge.status not in {ChargeStatus.PENDING, ChargeStatus.REQUIRES_ACTION}:
            raise wrong_state(charge)
        return charge

    def _change(
        self,
        charge: Charge,
        now: datetime,
        *,
        status: ChargeStatus,
        captured_minor: int = 0,
        decline: Reason | None = None,
        expires_at: datetime | None = None,
    ) -> Charge:
        changed = replace(
            charge,
            status=status,
            captured_minor=captured_minor,
            decline=decline,
            expires_at=expires_at,
        )
        self.charges[charge.id] = changed
        self._emit(f"charge.{status}", changed, changed, now)
        return changed

    def _end(self, movement: Movement, now: datetime, *, failure: Reason | None) -> Movement:
        status = MovementStatus.FAILED if failure else MovementStatus.SUCCEEDED
        ended = self.movements[movement.id] = replace(movement, status=status, failure=failure)
        charge, amount_minor = self.charges[ended.charge_id], self._amounts[ended.id]
        moved = _with_move(charge, ended)
        if failure is None:
            match ended.kind:
                case "capture":
                    # What is not captured is released.
                    moved = replace(
                        moved,
                        status=ChargeStatus.SUCCEEDED,
                        captured_minor=amount_minor,
                        expires_at=None,
                    )
                case "void":
                    moved = replace(moved, status=ChargeStatus.VOIDED, expires_at=None)
                case "refund":
                    moved = replace(moved, refunded_minor=charge.refunded_minor + amount_minor)
        self.charges[charge.id] = moved
        self._emit(f"{ended.kind}.{status}", ended, moved, now)
        if moved.status is not charge.status:
            self._emit(f"charge.{moved.status}", moved, moved, now)
        elif moved.expires_at is not None and moved.expires_at <= now:
            self.expire(moved.id, now)
        return ended

    def _lapse(self, charge_id: str, at: datetime) -> None:
        charge = self.charges[charge_id]
        is_waiting = charge.status in {ChargeStatus.REQUIRES_ACTION, ChargeStatus.AUTHORIZED}
        if not is_waiting or (charge.expires_at is not None and charge.expires_at > at):
            return
        if not any(each.status is MovementStatus.PENDING for each in self.movements_of(charge_id)):
            # Otherwise its end decides.
            self.expire(charge_id, at)

    def _end_charge(self, charge_id: str, at: datetime) -> None:
        if self.charges[charge_id].status is ChargeStatus.PENDING:
            self.approve(charge_id, at)

    def _end_movement(self, movement_id: str, at: datetime) -> None:
        if self.movements[movement_id].status is MovementStatus.PENDING:
            self.end_movement(movement_id, None, at)


def declined(charge: Charge, code: str) -> Charge:
    """The same, refused by the payer's bank."""
    return replace(charge, status=ChargeStatus.DECLINED, decline=reason_of(code))


def _with_move(charge: Charge, movement: Movement) -> Charge:
    return charge if movement.kind == "refund" else replace(charge, last_move=movement)
