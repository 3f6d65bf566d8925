"""What does the processor do with a request, and what does it answer, if it answers?

Idempotency keys, faults and time, over the books in charges.py. The engine never waits: how an
answer travels (late, a byte at a time, not at all) is said in it, for the face to carry out. All
of it is decided by the clock and the source of ids that it is given; one lock guards everything.
"""

import heapq
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ops.simulated.behaviours import (
    UNKNOWN_PLAN,
    Behaviour,
    Plan,
    Step,
    read_payment_method,
)
from ops.simulated.charges import Charges
from ops.simulated.disputes import Disputes
from ops.simulated.outcomes import (
    KEY_IN_USE,
    KEY_REUSED,
    NOT_FOUND,
    RATE_LIMITED,
    SILENCE,
    Answer,
    Crashed,
    Done,
    Outcome,
    Refused,
    Travel,
)
from ops.simulated.records import (
    NATIVE,
    Charge,
    ChargeStatus,
    CheckoutSession,
    Dispute,
    DisputeStatus,
    Event,
    Movement,
    Note,
    Recorded,
    Subject,
)
from ops.simulated.requests import (
    ChargeRequest,
    CheckoutRequest,
    MovementRequest,
    Refusal,
    Request,
)
from ops.simulated.sessions import Sessions

LANDS_AFTER = timedelta(seconds=60)

type Clock = Callable[[], datetime]
type NewId = Callable[[str], str]


@dataclass(slots=True)
class _Key:
    """What is known of an idempotency key."""

    request: Request
    began_at: datetime
    outcome: Outcome | None = None
    """The first answer; None while there is none."""
    recorded_id: str | None = None
    is_landing: bool = False
    is_mute: bool = False


@dataclass(frozen=True, slots=True)
class Send:
    """One POST that carried a key: what it was answered, None if nothing."""

    at: datetime
    key: str
    path: str
    outcome: Outcome | None


_TRAVELS = {
    Behaviour.TIMEOUT_AFTER: Travel.NEVER,
    Behaviour.SLOW: Travel.SLOWLY,
    Behaviour.MALFORMED: Travel.GARBLED,
    Behaviour.DRIP: Travel.IN_DRIPS,
}


class Engine:
    """The processor."""

    def __init__(
        self, *, clock: Clock, new_id: NewId, on_event: Callable[[Event], None] = lambda _: None
    ) -> None:
        self._clock, self._new_id, self._on_event = clock, new_id, on_event
        self._lock = threading.RLock()
        self._forget()

    def now(self) -> datetime:
        """The processor's own time."""
        with self._lock:
            return self._clock() + self._ahead

    def send(self, request: Request, *, key: str, path: str) -> Answer:
        """Carry out a request that came under an idempotency key."""
        with self._lock:
            now = self._catch_up()
            answer = self._answer(request, key, now)
            self._sends.append(
                Send(now, key, path, None if answer.travel is Travel.NEVER else answer.outcome)
            )
            return answer

    def look_up(self, key: str) -> Answer:
        """What was done under a key, as it is now."""
        with self._lock:
            self._catch_up()
            known = self._keys.get(key)
            if known is not None and known.is_mute:
                return SILENCE
            if known is None or known.recorded_id is None:
                return Answer(NOT_FOUND)
            return Answer(self._done(known.recorded_id))

    def get_charge(self, charge_id: str) -> Charge:
        """A charge as it is now.

        Raises: Refusal if there is none.
        """
        with self._lock:
            self._catch_up()
            return self._charges.get(charge_id)

    def get_movement(self, movement_id: str) -> Movement:
        """A capture, void or refund as it is now. Raises: Refusal if there is none."""
        with self._lock:
            self._catch_up()
            movement = self._charges.movements.get(movement_id)
            if movement is None:
                raise Refusal("not_found", "nothing of this id was done", None)
            return movement

    def open_dispute(
        self, charge_id: str, amount_minor: int | None = None, reason: str | None = None
    ) -> Dispute:
        """The payer's bank wants the money back. Raises: Refusal."""
        with self._lock:
            return self._disputes.open(charge_id, amount_minor, reason, self._catch_up())

    def close_dispute(self, dispute_id: str, status: DisputeStatus) -> Dispute:
        """It is decided. Raises: Refusal."""
        with self._lock:
            return self._disputes.close(dispute_id, status, self._catch_up())

    def get_dispute(self, dispute_id: str) -> Dispute:
        """As it is now. Raises: Refusal if there is none."""
        with self._lock:
            self._catch_up()
            return self._disputes.get(dispute_id)

    def pay_session(self, session_id: str, payment_method: str) -> Charge:
        """The payer gives a card on the page: what came of it. Raises: Refusal."""
        with self._lock:
            charge = self._sessions.pay(session_id, payment_method, self._catch_up())
            self._plans[charge.id] = read_payment_method(payment_method)
            return charge

    def expire_session(self, session_id: str) -> CheckoutSession:
        """Nobody pays on this page any more. Raises: Refusal."""
        with self._lock:
            return self._sessions.expire(session_id, self._catch_up())

    def get_session(self, session_id: str) -> CheckoutSession:
        """As it is now. Raises: Refusal if there is none."""
        with self._lock:
            self._catch_up()
            return self._sessions.get(session_id)

    def sessions(self) -> Sequence[CheckoutSession]:
        """Every one as it is now."""
        with self._lock:
            self._catch_up()
            return tuple(self._sessions.sessions.values())

    def is_mute(self, face: str, since: datetime, until: datetime) -> bool:
        """Whether a charge is never answered that was begun in that time, both ends included.

        For a face that looks up by time: it would have to tell of that charge, too.
        """
        with self._lock:
            return any(
                key.is_mute
                and isinstance(key.request, ChargeRequest)
                and key.request.face == face
                and since <= key.began_at <= until
                for key in self._keys.values()
            )

    def is_mute_of(self, charge_id: str) -> bool:
        """Whether anything is never answered that was to be done to this charge."""
        with self._lock:
            return any(
                key.is_mute
                and isinstance(key.request, MovementRequest)
                and key.request.charge_id == charge_id
                for key in self._keys.values()
            )

    def approve(self, charge_id: str) -> Charge:
        """The customer approves. Raises: Refusal."""
        with self._lock:
            return self._charges.approve(charge_id, self._catch_up())

    def decline(self, charge_id: str, code: str) -> Charge:
        """The customer, or the bank, declines. Raises: Refusal."""
        with self._lock:
            return self._charges.decline(charge_id, code, self._catch_up())

    def expire(self, charge_id: str) -> Charge:
        """Nobody came, or the authorization lapsed. Raises: Refusal."""
        with self._lock:
            return self._charges.expire(charge_id, self._catch_up())

    def move_at_dashboard(self, request: MovementRequest) -> Movement:
        """Capture, void or refund without a key: not on our order. Raises: Refusal."""
        with self._lock:
            return self._charges.move(request, Step(), None, self._catch_up())

    def end_pending(self, key: str, failure_code: str | None) -> Recorded:
        """End what is pending under a key: it succeeds, or fails with a code. Raises: Refusal."""
        with self._lock:
            now = self._catch_up()
            known = self._keys.get(key)
            if known is None or known.recorded_id is None:
                raise Refusal("not_found", "nothing was done under this key", None)
            recorded = self._recorded(known.recorded_id)
            if isinstance(recorded, Movement):
                return self._charges.end_movement(recorded.id, failure_code, now)
            if not isinstance(recorded, Charge) or recorded.status is not ChargeStatus.PENDING:
                charge = recorded if isinstance(recorded, Charge) else None
                raise Refusal("not_pending", f"it is {recorded.status}", charge)
            if failure_code is None:
                return self._charges.approve(recorded.id, now)
            return self._charges.decline(recorded.id, failure_code, now)

    def note(self, face: str, kind: str, content: Mapping[str, Any], charge: Charge | None) -> Note:
        """Make an event of something that only a face knows of."""
        with self._lock:
            now = self._catch_up()
            made = Note(self._new_id("note_"), content, now)
            self._on_event(Event(self._new_id("evt_"), kind, now, made, charge, face))
            return made

    def advance(self, by: timedelta) -> datetime:
        """Move the processor's own clock, and what is due by then happens."""
        with self._lock:
            self._ahead += by
            return self._catch_up()

    def catch_up(self) -> None:
        """Let happen what is due by now."""
        with self._lock:
            self._catch_up()

    def record(self) -> Sequence[tuple[Charge, Sequence[Movement]]]:
        """Every charge as it is now, with what was done to it."""
        with self._lock:
            self._catch_up()
            return [
                (charge, self._charges.movements_of(charge.id))
                for charge in self._charges.charges.values()
            ]

    def sends(self) -> Sequence[Send]:
        """Every POST that carried a key, in order."""
        with self._lock:
            return tuple(self._sends)

    def reset(self) -> None:
        """Forget everything, and what the clock was moved by."""
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        self._ahead = timedelta()
        self._keys: dict[str, _Key] = {}
        self._key: str | None = None
        """Under which something is being done at this moment."""
        self._plans: dict[str, Plan] = {}
        self._sends: list[Send] = []
        self._timeline: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._scheduled = 0
        self._charges = Charges(new_id=self._new_id, emit=self._emit, schedule=self._schedule)
        self._disputes = Disputes(self._charges, new_id=self._new_id, emit=self._emit)
        self._sessions = Sessions(
            self._charges, new_id=self._new_id, emit=self._emit, schedule=self._schedule
        )

    def _answer(self, request: Request, key: str, now: datetime) -> Answer:
        known = self._keys.get(key)
        if known is None:
            step = self._step(request)
        elif known.request != request:
            return Answer(KEY_REUSED)
        elif known.is_mute:
            return SILENCE
        elif known.is_landing:
            return Answer(KEY_IN_USE)
        elif known.outcome is not None:
            return Answer(known.outcome, is_replay=True)
        else:
            # It was sent before, and nothing came of it.
            step = Step()
        return self._begin(request, key, step, now)

    def _begin(self, request: Request, key: str, step: Step, now: datetime) -> Answer:
        known = _Key(request, now)
        if isinstance(request, MovementRequest):
            try:
                self._charges.get(request.charge_id)
            except Refusal as refusal:
                # Turned away before it began: the key is free.
                return Answer(Refused(refusal.code, refusal.message, None))
        self._keys[key] = known
        match step.behaviour:
            case Behaviour.TIMEOUT_BEFORE:
                return SILENCE
            case Behaviour.RATE_LIMITED:
                return Answer(RATE_LIMITED)
            case Behaviour.NEVER_ANSWERS:
                known.is_mute = True
                return SILENCE
            case Behaviour.ERROR_BEFORE:
                known.outcome = Crashed()
                return Answer(known.outcome)
            case Behaviour.LANDS_LATER:
                known.is_landing = True
                self._schedule(now + LANDS_AFTER, lambda at: self._land(known, key, at))
                return SILENCE
            case Behaviour.ERROR_AFTER:
                self._do(known, key, step, now)
                known.outcome = Crashed()
                return Answer(known.outcome)
        outcome = self._do(known, key, step, now)
        return Answer(outcome, _TRAVELS.get(step.behaviour, Travel.PLAIN))

    def _land(self, known: _Key, key: str, at: datetime) -> None:
        known.is_landing = False
        self._do(known, key, Step(), at)

    def _do(self, known: _Key, key: str, step: Step, now: datetime) -> Outcome:
        self._key = key
        try:
            recorded = self._open_or_move(known.request, key, step, now)
        except Refusal as refusal:
            known.outcome = Refused(refusal.code, refusal.message, refusal.charge)
        else:
            known.recorded_id = recorded.id
            known.outcome = self._done(recorded.id)
        finally:
            self._key = None
        return known.outcome

    def _open_or_move(self, request: Request, key: str, step: Step, now: datetime) -> Recorded:
        if isinstance(request, MovementRequest):
            return self._charges.move(request, step, key, now)
        if isinstance(request, CheckoutRequest):
            return self._sessions.open(request, key, now)
        charge = self._charges.open(request, step, key, now)
        self._plans[charge.id] = read_payment_method(request.payment_method)
        return charge

    def _step(self, request: Request) -> Step:
        if isinstance(request, ChargeRequest):
            return read_payment_method(request.payment_method).charge
        if isinstance(request, CheckoutRequest):
            return Step()
        return self._plans.get(request.charge_id, UNKNOWN_PLAN).step(request.kind)

    def _recorded(self, recorded_id: str) -> Recorded:
        movement = self._charges.movements.get(recorded_id)
        session = self._sessions.sessions.get(recorded_id)
        return movement or session or self._charges.charges[recorded_id]

    def _done(self, recorded_id: str) -> Done:
        recorded = self._recorded(recorded_id)
        match recorded:
            case Charge():
                return Done(recorded, recorded)
            case Movement():
                return Done(recorded, self._charges.get(recorded.charge_id))
            case CheckoutSession():
                paid = self._charges.charges.get(recorded.charge_id or "")
                return Done(recorded, paid)

    def _emit(self, kind: str, subject: Subject, charge: Charge | None, at: datetime) -> None:
        face = subject.face if isinstance(subject, CheckoutSession) else NATIVE
        face = face if charge is None else charge.face
        self._on_event(Event(self._new_id("evt_"), kind, at, subject, charge, face, self._key))
        if charge is not None and subject is charge:
            self._sessions.follow(charge, at)

    def _schedule(self, at: datetime, action: Callable[[datetime], None]) -> None:
        self._scheduled += 1
        heapq.heappush(self._timeline, (at, self._scheduled, action))

    def _catch_up(self) -> datetime:
        """Let happen what is due, each at its own time and in that order; returns the time."""
        now = self._clock() + self._ahead
        while self._timeline and self._timeline[0][0] <= now:
            at, _, action = heapq.heappop(self._timeline)
            action(at)
        return now
