"""What does the processor do with a request, and what does it answer, if it answers?

Keys and faults (keys.py) over the books (books.py), in the processor's own time (timeline.py). The
engine never waits: how an answer travels (late, a byte at a time, not at all) is said in it, for
the face to carry out. All of it is decided by the clock and the source of ids that it is given; one
lock guards everything.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ops.simulated.behaviours import Step
from ops.simulated.books import Books
from ops.simulated.keys import Keys
from ops.simulated.outcomes import Answer, Outcome, Travel
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
from ops.simulated.requests import MovementRequest, Refusal, Request
from ops.simulated.timeline import Clock, Timeline

type NewId = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Send:
    """One POST that carried a key: what it was answered, None if nothing."""

    at: datetime
    key: str
    path: str
    outcome: Outcome | None


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
            return self._timeline.now()

    def send(self, request: Request, *, key: str, path: str) -> Answer:
        """Carry out a request that came under an idempotency key."""
        with self._lock:
            now = self._timeline.catch_up()
            answer = self._keys.answer(request, key, now)
            self._sends.append(
                Send(now, key, path, None if answer.travel is Travel.NEVER else answer.outcome)
            )
            return answer

    def look_up(self, key: str) -> Answer:
        """What was done under a key, as it is now."""
        with self._lock:
            self._timeline.catch_up()
            return self._keys.look_up(key)

    def get_charge(self, charge_id: str) -> Charge:
        """A charge as it is now.

        Raises: Refusal if there is none.
        """
        with self._lock:
            self._timeline.catch_up()
            return self._charges.get(charge_id)

    def get_movement(self, movement_id: str) -> Movement:
        """A capture, void or refund as it is now. Raises: Refusal if there is none."""
        with self._lock:
            self._timeline.catch_up()
            movement = self._charges.movements.get(movement_id)
            if movement is None:
                raise Refusal("not_found", "nothing of this id was done", None)
            return movement

    def open_dispute(
        self, charge_id: str, amount_minor: int | None = None, reason: str | None = None
    ) -> Dispute:
        """The payer's bank wants the money back. Raises: Refusal."""
        with self._lock:
            return self._books.disputes.open(
                charge_id, amount_minor, reason, self._timeline.catch_up()
            )

    def close_dispute(self, dispute_id: str, status: DisputeStatus) -> Dispute:
        """It is decided. Raises: Refusal."""
        with self._lock:
            return self._books.disputes.close(dispute_id, status, self._timeline.catch_up())

    def get_dispute(self, dispute_id: str) -> Dispute:
        """As it is now. Raises: Refusal if there is none."""
        with self._lock:
            self._timeline.catch_up()
            return self._books.disputes.get(dispute_id)

    def disputes(self) -> Sequence[Dispute]:
        """Every one as it is now."""
        with self._lock:
            self._timeline.catch_up()
            return tuple(self._books.disputes.disputes.values())

    def pay_session(self, session_id: str, payment_method: str) -> Charge:
        """The payer gives a card on the page: what came of it. Raises: Refusal."""
        with self._lock:
            return self._books.pay_session(session_id, payment_method, self._timeline.catch_up())

    def expire_session(self, session_id: str) -> CheckoutSession:
        """Nobody pays on this page any more. Raises: Refusal."""
        with self._lock:
            return self._books.sessions.expire(session_id, self._timeline.catch_up())

    def get_session(self, session_id: str) -> CheckoutSession:
        """As it is now. Raises: Refusal if there is none."""
        with self._lock:
            self._timeline.catch_up()
            return self._books.sessions.get(session_id)

    def peek_session(self, session_id: str) -> CheckoutSession:
        """The same in the middle of what happens: nothing else happens by it. Raises: Refusal."""
        with self._lock:
            return self._books.sessions.get(session_id)

    def sessions(self) -> Sequence[CheckoutSession]:
        """Every one as it is now."""
        with self._lock:
            self._timeline.catch_up()
            return tuple(self._books.sessions.sessions.values())

    def is_mute(self, face: str, since: datetime, until: datetime) -> bool:
        """Whether a charge is never answered that was begun in that time, both ends included.

        For a face that looks up by time: it would have to tell of that charge, too.
        """
        with self._lock:
            return self._keys.is_mute(face, since, until)

    def is_mute_of(self, charge_id: str) -> bool:
        """Whether anything is never answered that was to be done to this charge."""
        with self._lock:
            return self._keys.is_mute_of(charge_id)

    def approve(self, charge_id: str) -> Charge:
        """The customer approves. Raises: Refusal."""
        with self._lock:
            return self._charges.approve(charge_id, self._timeline.catch_up())

    def decline(self, charge_id: str, code: str) -> Charge:
        """The customer, or the bank, declines. Raises: Refusal."""
        with self._lock:
            return self._charges.decline(charge_id, code, self._timeline.catch_up())

    def expire(self, charge_id: str) -> Charge:
        """Nobody came, or the authorization lapsed. Raises: Refusal."""
        with self._lock:
            return self._charges.expire(charge_id, self._timeline.catch_up())

    def move_at_dashboard(self, request: MovementRequest) -> Movement:
        """Capture, void or refund without a key: not on our order. Raises: Refusal."""
        with self._lock:
            return self._charges.move(request, Step(), None, self._timeline.catch_up())

    def end_pending(self, key: str, failure_code: str | None) -> Recorded:
        """End what is pending under a key: it succeeds, or fails with a code, as a refund may that
        had succeeded. Raises: Refusal.
        """
        with self._lock:
            now = self._timeline.catch_up()
            recorded_id = self._keys.recorded_id(key)
            if recorded_id is None:
                raise Refusal("not_found", "nothing was done under this key", None)
            recorded = self._books.recorded(recorded_id)
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
            now = self._timeline.catch_up()
            made = Note(self._new_id("note_"), content, now)
            self._on_event(Event(self._new_id("evt_"), kind, now, made, charge, face))
            return made

    def advance(self, by: timedelta) -> datetime:
        """Move the processor's own clock, and what is due by then happens."""
        with self._lock:
            self._timeline.advance(by)
            return self._timeline.catch_up()

    def catch_up(self) -> None:
        """Let happen what is due by now."""
        with self._lock:
            self._timeline.catch_up()

    def record(self) -> Sequence[tuple[Charge, Sequence[Movement]]]:
        """Every charge as it is now, with what was done to it."""
        with self._lock:
            self._timeline.catch_up()
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
        self._sends: list[Send] = []
        self._timeline = Timeline(self._clock)
        schedule = self._timeline.schedule
        self._books = Books(new_id=self._new_id, emit=self._emit, schedule=schedule)
        self._charges = self._books.charges
        self._keys = Keys(self._books, schedule)

    def _emit(self, kind: str, subject: Subject, charge: Charge | None, at: datetime) -> None:
        face = subject.face if isinstance(subject, CheckoutSession) else NATIVE
        face = face if charge is None else charge.face
        self._on_event(
            Event(self._new_id("evt_"), kind, at, subject, charge, face, self._keys.current)
        )
        if charge is not None and subject is charge:
            self._books.sessions.follow(charge, at)
