"""Has this request been made before, and what is its answer then?

The scope of a key is (merchant, method, concrete path, key). A record is never trusted to be
deleted on time: from its `expires_at` on it counts as absent. What the request made keeps the
request's fingerprint for that day, so that a key used again later still acts only once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

from oncepay.domain.identifiers import derive_id, request_hash
from oncepay.domain.ledger import ItemKey


class RecordState(StrEnum):
    """Equal to the stored value."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP status and a JSON body, byte for byte."""

    status_code: int
    body: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a request comes to: its answer, and whether it was given before."""

    answer: Answer
    replayed: bool


@dataclass(frozen=True)
class IdempotentRequest:
    """Who asks what, under which key; `fingerprint` is the SHA-256 of the canonical body, in
    hex.
    """

    merchant_id: str
    method: str
    path: str
    key: str
    fingerprint: str

    @cached_property
    def _hash(self) -> bytes:
        return request_hash(
            merchant_id=self.merchant_id, method=self.method, path=self.path, key=self.key
        )

    @property
    def record_id(self) -> str:
        """Key of the idempotency record."""
        return self._hash.hex()

    def derive_id(self, prefix: str) -> str:
        """Id of what the request makes, the same each time."""
        return derive_id(prefix, self._hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyRecord:
    """What was answered to a request; `expires_at` in epoch seconds, absent while in progress."""

    id: str
    merchant_id: str
    fingerprint: str
    state: RecordState
    item: ItemKey
    answer: Answer | None
    created_at: datetime
    expires_at: int | None

    def is_alive(self, now: datetime) -> bool:
        """Whether the record still counts."""
        return self.expires_at is None or self.expires_at > epoch_seconds(now)


def completed_record(
    request: IdempotentRequest,
    *,
    item: ItemKey,
    answer: Answer,
    now: datetime,
    retention: timedelta,
) -> IdempotencyRecord:
    """The record that is written together with what the request did."""
    return IdempotencyRecord(
        id=request.record_id,
        merchant_id=request.merchant_id,
        fingerprint=request.fingerprint,
        state=RecordState.COMPLETED,
        item=item,
        answer=answer,
        created_at=now,
        expires_at=epoch_seconds(now + retention),
    )


class Decision(StrEnum):
    """What a request that meets its own past gets."""

    PROCEED = "proceed"
    """Nothing of it is known: do it."""
    REPLAY_ANSWER = "replay_answer"
    """The stored answer, byte for byte."""
    REPLAY_ITEM = "replay_item"
    """The answer expired; what it made is shown as it is now."""
    IN_PROGRESS = "in_progress"
    """409: somebody is still at it."""
    KEY_REUSED = "key_reused"
    """422: the key belongs to another request."""


def decide(
    *,
    fingerprint: str,
    record: IdempotencyRecord | None,
    item_fingerprint: str | None,
    now: datetime,
) -> Decision:
    """Decide from the record, and from the item that the request would make.

    Args:
        fingerprint: of the request at hand.
        record: stored under its key, or None.
        item_fingerprint: of the request that made the item of the derived id, or None if there is
            no such item.
        now: the time that decides whether the record has expired.
    """
    if record is not None and record.is_alive(now):
        if record.fingerprint != fingerprint:
            return Decision.KEY_REUSED
        if record.state is RecordState.IN_PROGRESS:
            return Decision.IN_PROGRESS
        return Decision.REPLAY_ANSWER
    if item_fingerprint is None:
        return Decision.PROCEED
    return Decision.REPLAY_ITEM if item_fingerprint == fingerprint else Decision.KEY_REUSED


def epoch_seconds(moment: datetime) -> int:
    """Whole seconds since 1970, rounded down: the form of DynamoDB's TTL."""
    return int(moment.timestamp() // 1)
