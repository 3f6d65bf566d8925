"""What comes of a request, and how does the answer get to who asked? Said by the engine, put into
words by a face, carried out by the server.
"""

from dataclasses import dataclass
from enum import Enum

from ops.simulated.records import Charge, Recorded


class Travel(Enum):
    """How an answer gets to who asked."""

    PLAIN = "plain"
    NEVER = "never"
    SLOWLY = "slowly"
    GARBLED = "garbled"
    IN_DRIPS = "in drips"


@dataclass(frozen=True, slots=True)
class Done:
    """It was done: what it is, at the moment of the answer, and the charge that it belongs to."""

    recorded: Recorded
    charge: Charge | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """It was not done; the charge, where there is one, is as it was."""

    code: str
    message: str
    charge: Charge | None


@dataclass(frozen=True, slots=True)
class Crashed:
    """A server error, which says nothing about what was done."""


type Outcome = Done | Refused | Crashed


@dataclass(frozen=True, slots=True)
class Answer:
    """An outcome, how it travels, and whether it was there already, from an earlier send."""

    outcome: Outcome
    travel: Travel = Travel.PLAIN
    is_replay: bool = False


KEY_IN_USE = Refused("key_in_use", "a request with this key is being worked on", None)
KEY_REUSED = Refused("idempotency_key_reused", "the key was used for another request", None)
RATE_LIMITED = Refused("rate_limited", "too many requests; nothing was done", None)
NOT_FOUND = Refused("not_found", "nothing was done under this key", None)
SILENCE = Answer(Crashed(), Travel.NEVER)
