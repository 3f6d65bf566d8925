"""In whose words does the processor speak? One engine and one record, and a face for each
processor whose words are known; every charge belongs to the face that it was asked for through.

    native   /v1/...           its own JSON
    stripe   /stripe/v1/...    a client's base URL is <url>/stripe
    paypal   /paypal/...       a client's base URL is <url>/paypal
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from ops.simulated.calls import Call, Reply
from ops.simulated.records import NATIVE, Event


class Face(Protocol):
    """One of them."""

    @property
    def name(self) -> str:
        """Also that of its charges, and the first part of its paths."""

    def answer(self, call: Call) -> Reply:
        """Answer a call; its path is as it came, with the face's own prefix.

        A face but the native one checks for itself who calls, and words its own errors.
        """

    def messages(self, event: Event) -> Sequence[bytes]:
        """The bodies that are posted for an event of one of its charges: none, one or more.

        Asked for once, as the event happens; each body holds an id of its own, and is sent again
        as it is. Nothing may happen by it: whoever asks the engine for more, only peeks.
        """

    def sign(self, body: bytes, at: datetime) -> Mapping[str, str]:
        """The headers of one delivery, besides its Content-Type."""

    def reset(self) -> None:
        """Forget what it keeps for itself, as the engine does."""


def key_of(face: str, key: str) -> str:
    """The engine's name for an idempotency key that a face was sent: each has its own."""
    return key if face == NATIVE else f"{face}:{key}"
