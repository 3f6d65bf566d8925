"""What does a row of a settlement file say, whatever its format? Amounts are in our minor units,
and signed: plus is towards us.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import repeat
from typing import NamedTuple

_new_tuple: Callable[[type["SettlementRow"], tuple[object, ...]], "SettlementRow"] = tuple.__new__


class RowKind(StrEnum):
    """What a row is about.

    `refund_failed` and `dispute_won` give back what a refund or a dispute took; `fee` is a cost
    that is of no payment; `payout` is what was sent to the bank, and `payout_returned` what came
    back from it; `other` is everything else that moves money, such as a reserve or a correction.
    """

    PAYMENT = "payment"
    REFUND = "refund"
    REFUND_FAILED = "refund_failed"
    DISPUTE = "dispute"
    DISPUTE_WON = "dispute_won"
    FEE = "fee"
    PAYOUT = "payout"
    PAYOUT_RETURNED = "payout_returned"
    OTHER = "other"


def read_kinds(names: Sequence[str], kinds: Mapping[str, RowKind]) -> list[RowKind]:
    """What a processor's names for it mean, row by row; those that are not known are OTHER."""
    meant = {name: kinds.get(name, RowKind.OTHER) for name in set(names)}
    return list(map(meant.__getitem__, names))


def fill_with_none(texts: Sequence[str]) -> Sequence[str | None]:
    """None where there is nothing."""
    return texts if all(texts) else [text or None for text in texts]


class SettlementRow(NamedTuple):
    """A row that could be read. A tuple, since a million of them are made.

    Attributes:
        number: of the data row, from 1.
        line: line of the file in which it begins, from 1.
        row_id: what the file calls the row.
        payment_id: ours, as the processor gives it back; None if the row names none.
        reference: the processor's id of the charge, or None.
        own_reference: the processor's id of the refund, dispute or payout itself, or None.
        gross_minor: what was moved; a refund, a dispute and a payout are below zero.
        cost_minor: what the processor keeps; below zero if it gives some back.
        fee_minor: our own fee, in files that know of it; else None.
        batch: what is paid out together; empty in files that do not say.
        occurred_at: in UTC.
    """

    number: int
    line: int
    row_id: str
    kind: RowKind
    payment_id: str | None
    reference: str | None
    own_reference: str | None
    gross_minor: int
    cost_minor: int
    fee_minor: int | None
    currency: str
    batch: str
    occurred_at: datetime

    @property
    def net_minor(self) -> int:
        """What the row adds to what is paid out."""
        return self.gross_minor - self.cost_minor


def make_rows(
    *,
    numbers: Iterable[int],
    lines: Iterable[int],
    row_ids: Iterable[str],
    kinds: Iterable[RowKind],
    payment_ids: Iterable[str | None],
    references: Iterable[str | None],
    own_references: Iterable[str | None],
    gross_minor: Iterable[int],
    cost_minor: Iterable[int],
    currencies: Iterable[str],
    batches: Iterable[str],
    occurred_at: Iterable[datetime],
) -> list[SettlementRow]:
    """Rows of a processor's file, from what is in its columns: as many as in the shortest."""
    columns = zip(
        numbers,
        lines,
        row_ids,
        kinds,
        payment_ids,
        references,
        own_references,
        gross_minor,
        cost_minor,
        repeat(None),
        currencies,
        batches,
        occurred_at,
        strict=False,
    )
    # As SettlementRow(...) does it, without the call of a function in between.
    return list(map(_new_tuple, repeat(SettlementRow), columns))


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """A row that could not be read.

    Attributes:
        column: the name of the column at fault, or None if it is the row as a whole.
        rule: what the column, or the row, must be.
        value: what is there instead, cut short; None if there is none or if it is not to be shown.
    """

    number: int
    line: int
    column: str | None
    rule: str
    value: str | None


class UnreadableCellError(Exception):
    """A cell breaks a rule: `column` must be what `rule` says, and is `text`."""

    def __init__(self, column: str, text: str, rule: str) -> None:
        super().__init__(rule)
        self.column, self.text, self.rule = column, text, rule


class NotAllGoodError(Exception):
    """Of rows that are read together, one is not good: read alone, it says what is wrong."""


class FileRefused(Exception):
    """The file as a whole cannot be booked; `reason` says why, for a person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
