"""What does a request get that meets its own past?"""

from collections.abc import Callable
from datetime import datetime

from oncepay.domain.errors import IdempotencyKeyReused, InternalError, RequestInProgress
from oncepay.domain.idempotency import (
    Answer,
    Decision,
    IdempotencyRecord,
    IdempotentRequest,
    Outcome,
    decide,
)
from oncepay.domain.payment import Deposit, Payment, Refund

type Present[T] = Callable[[T], Answer]
"""How a thing is answered over HTTP; passed in, so that the answer is stored in the same
transaction."""


def replay[T: (Payment, Refund, Deposit)](
    request: IdempotentRequest,
    *,
    record: IdempotencyRecord | None,
    made: T | None,
    present: Present[T],
    now: datetime,
) -> Outcome | None:
    """Answer from the past, or None if there is none and the request is to be carried out.

    Args:
        request: the request at hand.
        record: what is stored under its key.
        made: the item of the derived id, as it is now.
        present: makes an answer of the item.
        now: the time of the call.

    Raises:
        IdempotencyKeyReused: the key belongs to another request.
        RequestInProgress: the same request is being worked on.
    """
    decision = decide(
        fingerprint=request.fingerprint,
        record=record,
        item_fingerprint=made.fingerprint if made is not None else None,
        now=now,
    )
    if decision is Decision.KEY_REUSED:
        raise key_reused()
    if decision is Decision.IN_PROGRESS:
        raise RequestInProgress("the same request is in progress")
    if decision is Decision.REPLAY_ANSWER and record is not None:
        if record.answer is None:
            raise InternalError("a completed request has no stored answer")
        return Outcome(record.answer, replayed=True)
    if decision is Decision.REPLAY_ITEM and made is not None:
        return Outcome(present(made), replayed=True)
    return None


def key_reused() -> IdempotencyKeyReused:
    """The error of a key that belongs to another request."""
    return IdempotencyKeyReused(
        "this idempotency key was used for another request", param="Idempotency-Key"
    )
