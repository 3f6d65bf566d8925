"""What does a magic payment method ask for?

    pm_<behaviour>                            how the charge behaves
    pm_<behaviour>__<operation>_<behaviour>   and how a later capture, void or refund does

One table for all four. A behaviour is that of the first send of an idempotency key; a re-send is
answered as a processor answers one, unless the table says otherwise.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

type OperationKind = Literal["charge", "capture", "void", "refund"]

UNKNOWN_PAYMENT_METHOD = "unknown_payment_method"
MAX_CHARACTERS = 255


class Behaviour(StrEnum):
    """What goes wrong, by the word that asks for it."""

    APPROVE = "approve"
    DECLINE = "decline"
    """Written decline_<code>: a charge is declined, anything else fails."""
    REQUIRES_ACTION = "requires_action"
    """Of a charge only: the customer has to approve it first."""
    PENDING = "pending"
    """It is accepted, and ends later."""
    TIMEOUT_BEFORE = "timeout_before"
    """Nothing happens and nobody answers; a re-send works."""
    TIMEOUT_AFTER = "timeout_after"
    """It happens and nobody answers; a re-send replays the answer."""
    LANDS_LATER = "lands_later"
    """Nobody answers; it happens a minute later, and until then the key is in use."""
    ERROR_BEFORE = "error_before"
    """500, nothing happened; a re-send replays the 500."""
    ERROR_AFTER = "error_after"
    """500 after it happened; a re-send replays the 500, a lookup tells the truth."""
    SLOW = "slow"
    """It happens, and the answer takes its time."""
    MALFORMED = "malformed"
    """It happens; the answer is no JSON; a re-send and a lookup tell the truth."""
    OTHER_AMOUNT = "other_amount"
    """It happens; answer, lookup and record say another amount, and a charge really is of it."""
    OTHER_CURRENCY = "other_currency"
    OTHER_ID = "other_id"
    """Another payment_id."""
    RATE_LIMITED = "rate_limited"
    """429, nothing happened; a re-send works."""
    NEVER_ANSWERS = "never_answers"
    """Nothing happens; no reply to a send, a re-send or a lookup, ever."""
    DRIP = "drip"
    """It happens; the answer comes one byte a second."""


@dataclass(frozen=True, slots=True)
class Step:
    """How one operation behaves; `code` is that of a decline."""

    behaviour: Behaviour = Behaviour.APPROVE
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What one payment method asks for."""

    charge: Step
    capture: Step = Step()
    void: Step = Step()
    refund: Step = Step()

    def step(self, kind: OperationKind) -> Step:
        """How an operation of this kind behaves."""
        match kind:
            case "charge":
                return self.charge
            case "capture":
                return self.capture
            case "void":
                return self.void
            case "refund":
                return self.refund


UNKNOWN_PLAN = Plan(charge=Step(Behaviour.DECLINE, UNKNOWN_PAYMENT_METHOD))

_PART = re.compile(r"(capture|void|refund)_([a-z_]+)")
_DECLINE = re.compile(r"decline_([a-z_]+)")
_WORDS = {behaviour.value: behaviour for behaviour in Behaviour if behaviour != Behaviour.DECLINE}


def read_payment_method(text: str) -> Plan:
    """Read it; one that asks for nothing known is a plan that declines the charge."""
    first, *parts = text[:MAX_CHARACTERS].split("__")
    charge = _read_step(first.removeprefix("pm_")) if first.startswith("pm_") else None
    steps: dict[str, Step] = {}
    for part in parts:
        match = _PART.fullmatch(part)
        step = _read_step(match[2]) if match else None
        if match is None or step is None or match[1] in steps:
            return UNKNOWN_PLAN
        if step.behaviour is Behaviour.REQUIRES_ACTION:
            return UNKNOWN_PLAN
        steps[match[1]] = step
    if charge is None or len(text) > MAX_CHARACTERS:
        return UNKNOWN_PLAN
    return Plan(charge=charge, **steps)


def _read_step(word: str) -> Step | None:
    decline = _DECLINE.fullmatch(word)
    if decline:
        return Step(Behaviour.DECLINE, decline[1])
    behaviour = _WORDS.get(word)
    return Step(behaviour) if behaviour else None
