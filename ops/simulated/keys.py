"""What is known of each idempotency key, and what does its request come to, by the behaviour that
was asked for? The first answer is kept, and is the answer for ever.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ops.simulated.behaviours import Behaviour, Step
from ops.simulated.books import Books
from ops.simulated.charges import Schedule
from ops.simulated.outcomes import (
    KEY_IN_USE,
    KEY_REUSED,
    NOT_FOUND,
    RATE_LIMITED,
    SILENCE,
    Answer,
    Crashed,
    Outcome,
    Refused,
    Travel,
)
from ops.simulated.requests import ChargeRequest, MovementRequest, Refusal, Request

LANDS_AFTER = timedelta(seconds=60)

_TRAVELS = {
    Behaviour.TIMEOUT_AFTER: Travel.NEVER,
    Behaviour.SLOW: Travel.SLOWLY,
    Behaviour.MALFORMED: Travel.GARBLED,
    Behaviour.DRIP: Travel.IN_DRIPS,
}


@dataclass(slots=True)
class _Key:
    """What is known of one."""

    request: Request
    began_at: datetime
    outcome: Outcome | None = None
    """The first answer; None while there is none."""
    recorded_id: str | None = None
    is_landing: bool = False
    is_mute: bool = False


class Keys:
    """All of them. The engine holds its lock around every call."""

    def __init__(self, books: Books, schedule: Schedule) -> None:
        self._books, self._schedule = books, schedule
        self._keys: dict[str, _Key] = {}
        self.current: str | None = None
        """Under which something is being done at this moment."""

    def answer(self, request: Request, key: str, now: datetime) -> Answer:
        """Carry out a request that came under a key, or say what was said before."""
        known = self._keys.get(key)
        if known is None:
            step = self._books.step(request)
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

    def look_up(self, key: str) -> Answer:
        """What was done under a key, as it is now."""
        known = self._keys.get(key)
        if known is not None and known.is_mute:
            return SILENCE
        if known is None or known.recorded_id is None:
            return Answer(NOT_FOUND)
        return Answer(self._books.done(known.recorded_id))

    def recorded_id(self, key: str) -> str | None:
        """Of what was done under a key."""
        known = self._keys.get(key)
        return None if known is None else known.recorded_id

    def is_mute(self, face: str, since: datetime, until: datetime) -> bool:
        """Whether a charge is never answered that was begun in that time, both ends included."""
        return any(
            key.is_mute
            and isinstance(key.request, ChargeRequest)
            and key.request.face == face
            and since <= key.began_at <= until
            for key in self._keys.values()
        )

    def is_mute_of(self, charge_id: str) -> bool:
        """Whether anything is never answered that was to be done to this charge."""
        return any(
            key.is_mute
            and isinstance(key.request, MovementRequest)
            and key.request.charge_id == charge_id
            for key in self._keys.values()
        )

    def _begin(self, request: Request, key: str, step: Step, now: datetime) -> Answer:
        known = _Key(request, now)
        if isinstance(request, MovementRequest):
            try:
                self._books.charges.get(request.charge_id)
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
        self.current = key
        try:
            recorded = self._books.carry_out(known.request, key, step, now)
        except Refusal as refusal:
            known.outcome = Refused(refusal.code, refusal.message, refusal.charge)
        else:
            known.recorded_id = recorded.id
            known.outcome = self._books.done(recorded.id)
        finally:
            self.current = None
        return known.outcome
