"""What does one step of a payment through a processor change? Before and after of each item, the
entry that is posted, and the requests that are answered by it: written together or not at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from oncepay.domain.dispute import Dispute
from oncepay.domain.inbound_event import InboundEvent
from oncepay.domain.ledger import ItemKey, LedgerEntry, Needs, Posted
from oncepay.domain.operation import Operation, OperationKind, Origin
from oncepay.domain.payment import Payment, Refund
from oncepay.domain.processor_answer import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """A payment and what is stored beside it, as read together; by id."""

    payment: Payment
    refunds: Mapping[str, Refund] = field(default_factory=dict)
    disputes: Mapping[str, Dispute] = field(default_factory=dict)
    operations: Mapping[str, Operation] = field(default_factory=dict)

    @property
    def open_operation(self) -> Operation | None:
        """The capture or void that is being done."""
        if self.payment.open_operation is None:
            return None
        return self.operations.get(self.payment.open_operation)


@dataclass(frozen=True, slots=True)
class Change[T: (Payment, Refund, Dispute, Operation, InboundEvent)]:
    """An item before and after; None before if it is new. The version is raised by the write."""

    before: T | None
    after: T


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """A request that is answered for good by the step.

    Attributes:
        record_id: of its idempotency record.
        item: what the request made or moved, as the record names it.
        kind: what it asked for.
        origin: the HTTP request.
        payment: as it is after the step, its version raised.
        refund: the same of a refund that was asked for.
        refused: why the processor would not do it.
        conflict: what became of the payment meanwhile, so that it could not be done.
    """

    record_id: str
    item: ItemKey
    kind: OperationKind
    origin: Origin
    payment: Payment
    refund: Refund | None = None
    refused: Failure | None = None
    conflict: str | None = None


@dataclass(frozen=True, slots=True)
class OverShards:
    """See `Step.over_shards`."""

    posted: tuple[Posted, ...]
    checks: tuple[tuple[str, Needs], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Everything that is written together.

    Attributes:
        payment, refund, dispute: how they change.
        operations: how they change; a new one is an orphan's return.
        entry: what is posted.
        needs_funds: whether what the entry takes from `available` must be there.
        over_shards: instead, the entry divided over the shards of the merchant's book; and what
            shards that have no part in it must be like, by ledger id.
        references: the processor's ids that this step brings, each with the item it leads to: what
            is there is never posted twice.
        completions: the requests that are answered.
        orphan: whether a charge came that nobody asked for any more.
    """

    payment: Change[Payment] | None = None
    refund: Change[Refund] | None = None
    dispute: Change[Dispute] | None = None
    operations: tuple[Change[Operation], ...] = ()
    entry: LedgerEntry | None = None
    needs_funds: bool = False
    over_shards: OverShards | None = None
    references: tuple[tuple[str, ItemKey], ...] = ()
    completions: tuple[Completion, ...] = ()
    orphan: bool = False


@dataclass(frozen=True, slots=True)
class StillOpen:
    """The processor itself is not through with it, or has nothing new to say."""

    reference: str | None


@dataclass(frozen=True, slots=True)
class Misfit:
    """The processor's answer is not what was asked for: never posted, kept for a person."""

    problem: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """It has had its effect, or is older than what is known."""


@dataclass(frozen=True, slots=True)
class NotYet:
    """It tells of something that comes after what we do not know yet."""


type Settled = Step | StillOpen | Misfit
type Applied = Step | Misfit | Nothing | NotYet
