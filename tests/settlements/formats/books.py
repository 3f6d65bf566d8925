"""What does the oracle remember? What is settled by which file, which rows were booked that settle
nothing; and of one file, where each row ends, and how much every account has changed.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tests.settlements.world import World

OPERATOR = "operator"

type Identity = tuple[str | None, str, str, str, str | None, str | None, datetime]
"""By which a row is known again that settles nothing."""
type Moves = dict[str, int]
"""By account, in minor units."""


@dataclass(frozen=True, slots=True)
class Booked:
    """A row that was booked: by which file, and with which amounts."""

    by: str
    gross: int
    cost: int


@dataclass(slots=True)
class Books:
    """What is remembered from file to file.

    Attributes:
        world: as it was before the first file.
        paid: by the processor's id of a payout, what it says that it has paid, in minor units.
        settled: by id of a payment or refund, the file that settled it.
        booked: rows that settle nothing.
    """

    world: World
    paid: Mapping[str, int] = field(default_factory=dict)
    settled: dict[str, str] = field(default_factory=dict)
    booked: dict[Identity, Booked] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """What earlier files settled."""
        for payment in self.world.values():
            if payment.settlement_id is not None:
                self.settled[payment.id] = payment.settlement_id
            for refund in payment.refunds:
                if refund.settlement_id is not None:
                    self.settled[refund.id] = refund.settlement_id


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOf:
    """How a file is read.

    Attributes:
        id: what marks what it settles.
        processor: whose file it is; None of our own format, which is whoever's the payment is.
        charges_whole: whether it tells of what was charged, and in a row of its own of what of that
            was not captured.
        tolerance: by how much an amount may differ, in minor units.
    """

    id: str
    processor: str | None
    charges_whole: bool = False
    tolerance: int = 0


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where a row ends.

    Attributes:
        kind: of the break; None if it was matched.
        payment_id: of the payment that it is about, or that it names; None if neither.
        settles: id of the payment or refund that it marks.
        correction: the ledger's owner, and what would correct the break; None if nothing would, or
            nothing needs to be.
    """

    row: int
    kind: str | None
    payment_id: str | None = None
    settles: str | None = None
    correction: tuple[str, Moves] | None = None


@dataclass(slots=True)
class Judged:
    """What a file does.

    Attributes:
        changes: by owner of the ledger, currency and account.
        matched, broken: by currency, the gross of these rows, but payouts and unreadable ones.
    """

    buckets: list[Bucket] = field(default_factory=list)
    changes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    matched: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
