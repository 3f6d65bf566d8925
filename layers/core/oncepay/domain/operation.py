"""What is being done at a processor, who works on it, and when is it looked at again?

Everything that is done at a processor is one operation, stored beside its payment before anything
is sent, and closed together with its effect. Whoever works on it holds its lease; its version
fences off a worker that was overtaken; `due_at` says when the sweep looks at it next.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from oncepay.domain.ledger import ItemKey
from oncepay.domain.processor_answer import Unknown

ABSENCE_DECIDES_AFTER = timedelta(minutes=5)
"""A look-up that finds nothing may be earlier than what was sent: so long it decides nothing."""

FIRST_PAUSE = timedelta(minutes=5)
LATER_PAUSE = timedelta(hours=1)
"""Until the sweep looks at an operation again: pushed before it acts, so that one that cannot be
finished never blocks the rest."""

ALARM_AFTER = timedelta(minutes=15)
"""An operation that is open for longer is worth a person's attention."""


class OperationKind(StrEnum):
    """Equal to the stored value."""

    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"
    RETURN_ORPHAN = "return_orphan"


class OperationState(StrEnum):
    """Equal to the stored value. `overtaken`: an event ended the payment meanwhile."""

    OPEN = "open"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True)
class ProcessorRequest:
    """What is sent, the same bytes in every re-send: a path below the processor's base, a body.

    `charge` is the processor's id of the charge that it is about; None if it makes one.
    """

    path: str
    body: str
    charge: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """The HTTP request that asked for it: its problem answers say so, whoever gives them."""

    instance: str
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation at a processor.

    Attributes:
        id: of what it makes (`pay_`, `cap_`, `re_` ...): the processor's idempotency key.
        payment_id: of the payment beside which it is stored.
        merchant_id: whose payment.
        fingerprint: of the request that asked for it.
        kind: what is done.
        state: open until it has its effect.
        processor: at which one.
        request: what is sent.
        amount_minor: in minor units of `currency`.
        record_id: the idempotency record to complete; None once it is answered, or if nobody asks.
        origin: the HTTP request that asked for it; None if none did.
        lease_until: until then somebody works on it.
        first_sent_at: when it was first sent, as far as we know; None if it certainly was not.
        last_sent_at: when it was last sent.
        due_at: when the sweep looks at it; None once closed.
        attempts: how often the sweep has looked.
        look_up_only: sending again would bring back an answer that says nothing.
        reference: the processor's id of it, as soon as it is known.
        problem: what does not fit in the processor's answer, for a person.
        entries: ledger entries that it caused and that no payment or refund names.
        version: of the stored item.
    """

    id: str
    payment_id: str
    merchant_id: str
    fingerprint: str
    kind: OperationKind
    processor: str
    request: ProcessorRequest
    amount_minor: int
    currency: str
    created_at: datetime
    updated_at: datetime
    due_at: datetime | None
    state: OperationState = OperationState.OPEN
    record_id: str | None = None
    origin: Origin | None = None
    lease_until: datetime | None = None
    first_sent_at: datetime | None = None
    last_sent_at: datetime | None = None
    attempts: int = 0
    look_up_only: bool = False
    reference: str | None = None
    problem: str | None = None
    entries: tuple[ItemKey, ...] = ()
    version: int = 1

    @property
    def key(self) -> ItemKey:
        """Where it is stored: beside its payment."""
        return ItemKey(self.payment_id, f"operation#{self.id}")

    @property
    def is_open(self) -> bool:
        """Whether it still has to have its effect."""
        return self.state is OperationState.OPEN

    def is_leased(self, now: datetime) -> bool:
        """Whether somebody works on it."""
        return self.lease_until is not None and now < self.lease_until

    def may_send(self, now: datetime, key_retention: timedelta) -> bool:
        """Whether sending it is safe: the processor still knows the key, and would not only repeat
        an answer that says nothing.
        """
        if self.look_up_only:
            return False
        return self.first_sent_at is None or now - self.first_sent_at < key_retention

    def absence_decides(self, now: datetime) -> bool:
        """Whether a look-up that finds nothing means that it was not done."""
        return self.last_sent_at is None or now - self.last_sent_at >= ABSENCE_DECIDES_AFTER


def take_over(
    operation: Operation, *, now: datetime, lease: timedelta, sends: bool, pushes: bool
) -> Operation:
    """Become the one that works on it.

    Args:
        operation: as read; its lease has ended.
        now: the time of the call.
        lease: how long it is worked on at most.
        sends: whether it may be sent in this turn.
        pushes: whether it is the sweep, which first puts off its next look.
    """
    return replace(
        operation,
        lease_until=now + lease,
        last_sent_at=now if sends else operation.last_sent_at,
        first_sent_at=(operation.first_sent_at or now) if sends else operation.first_sent_at,
        due_at=now + _pause(operation) if pushes else operation.due_at,
        attempts=operation.attempts + 1 if pushes else operation.attempts,
        updated_at=max(now, operation.updated_at),
    )


def release_unsent(before: Operation | None, operation: Operation, now: datetime) -> Operation:
    """Nothing was sent in this turn: the lease ends, and it stands as it did before the turn.

    Args:
        before: as it was before this turn began; None if the turn was its first.
        operation: as it is stored now.
        now: when.
    """
    return replace(
        operation,
        lease_until=None,
        first_sent_at=before.first_sent_at if before else None,
        last_sent_at=before.last_sent_at if before else None,
        # A charge that was never sent is declined once nobody has asked for it for so long.
        due_at=_due_after(operation, now if before and before.last_sent_at else now + FIRST_PAUSE),
        updated_at=max(now, operation.updated_at),
    )


def release_unknown(
    operation: Operation,
    now: datetime,
    *,
    unknown: Unknown | None = None,
    reference: str | None = None,
    problem: str | None = None,
) -> Operation:
    """The outcome is not known yet: the lease ends at once, the next retry or sweep goes on."""
    return replace(
        operation,
        lease_until=None,
        look_up_only=operation.look_up_only or (unknown is not None and unknown.replays),
        reference=reference or operation.reference,
        problem=problem or operation.problem,
        due_at=_due_after(operation, now),
        updated_at=max(now, operation.updated_at),
    )


def close(
    operation: Operation,
    state: OperationState,
    now: datetime,
    *,
    reference: str | None = None,
    entries: tuple[ItemKey, ...] = (),
) -> Operation:
    """It has had its effect, or never will."""
    return replace(
        operation,
        state=state,
        lease_until=None,
        due_at=None,
        record_id=None,
        reference=reference or operation.reference,
        entries=(*operation.entries, *entries),
        updated_at=max(now, operation.updated_at),
    )


def _pause(operation: Operation) -> timedelta:
    return FIRST_PAUSE if operation.attempts == 0 else LATER_PAUSE


def _due_after(operation: Operation, moment: datetime) -> datetime:
    # The sweep has put off its next look already; a request that ends unknown is looked at soon.
    if operation.attempts > 0 and operation.due_at is not None and operation.due_at > moment:
        return operation.due_at
    return moment
