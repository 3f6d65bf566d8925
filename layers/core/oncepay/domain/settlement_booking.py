"""What do some rows of a settlement file change, together? Each row, in order, is matched against
what the books have, as the rows before it left that; what they settle, mark and post, their breaks
and the run's own progress are one plan, to be written in one transaction.
"""

from collections import Counter
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain

from oncepay.domain.dispute import Dispute
from oncepay.domain.ledger import EntryKind, ItemKey, LedgerEntry, Posting, ledger_id
from oncepay.domain.payment import Payment, Refund, settle
from oncepay.domain.settlement import Break, Settlement, advance
from oncepay.domain.settlement_breaks import break_of, rejection_of
from oncepay.domain.settlement_findings import OF_NO_PAYMENT, Correction, Difference, Known, Match
from oncepay.domain.settlement_formats.row import RejectedRow, RowKind, SettlementRow
from oncepay.domain.settlement_markers import Marker, difference_id, marker_id, twin_id
from oncepay.domain.settlement_matching import match_row
from oncepay.domain.settlement_postings import merged
from oncepay.domain.settlement_repeats import changed, repeated

type Row = SettlementRow | RejectedRow

OPERATOR = "operator"
"""Whose books hold what is no merchant's: fees of no payment, payouts, what nobody can explain."""

MAX_ACTIONS = 79
"""Of one transaction, but the run's own: 80 of the 100 that it may hold. Each row is one."""
ACTIONS_PER_ENTRY = 2
"""Its put, and its balance: of rows that move money there are fewer in one plan."""
MAX_WRITE_BYTES = 3_000_000
"""A transaction bears 4 MB, counted by the items that it changes, not by the changes.

Source: DynamoDB service quotas, TransactWriteItems, as of 2026-11."""
_REST_BYTES = 3_000
"""Of a payment, refund or break, without what its merchant wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a file is read.

    Attributes:
        processor: whose file it is; None of our own format, which is whoever's the payment is.
        tolerance_minor: by how much an amount may differ, in minor units.
        charges_whole: it says what was charged, and in another row what of that was not captured.
    """

    processor: str | None
    tolerance_minor: int = 0
    charges_whole: bool = False


@dataclass(slots=True, kw_only=True)
class Books:
    """What the books have of what some rows name.

    Attributes:
        payments: by id.
        refunds, disputes: by the id of their payment, oldest first; of those that a row asks for.
        references: by what the file's processor calls a charge or a refund, the payment's id.
        markers: those that were looked up; None if there is none.
        paid_minor: by the processor's id of a payout, what it told us that it has paid.
    """

    payments: MutableMapping[str, Payment] = field(default_factory=dict)
    refunds: MutableMapping[str, list[Refund]] = field(default_factory=dict)
    disputes: MutableMapping[str, list[Dispute]] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)
    markers: MutableMapping[str, Marker | None] = field(default_factory=dict)
    paid_minor: Mapping[str, int] = field(default_factory=dict)

    def copy(self) -> "Books":
        """To be marked without changing these."""
        return Books(
            payments=dict(self.payments),
            refunds={payment_id: list(some) for payment_id, some in self.refunds.items()},
            disputes=self.disputes,
            references=self.references,
            markers=dict(self.markers),
            paid_minor=self.paid_minor,
        )

    def known(self, row: SettlementRow) -> Known:
        """What there is of the payment that a row names, by our id, or else by the processor's."""
        payment_id = row.payment_id or ""
        if payment_id not in self.payments:
            by_reference = (self.references.get(name or "") for name in names_of(row))
            payment_id = next(filter(None, by_reference), payment_id)
        return Known(
            payment=self.payments.get(payment_id),
            refunds=self.refunds.get(payment_id, ()),
            disputes=self.disputes.get(payment_id, ()),
            paid_minor=self.paid_minor.get(row.own_reference or ""),
        )


def names_of(row: SettlementRow) -> tuple[str | None, ...]:
    """What the processor calls what a row is about, the charge first."""
    return row.reference, row.own_reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is written together.

    Attributes:
        settled: payments and refunds as read, none of them twice.
        markers: of rows that settle none of our items.
        breaks: of the other rows.
        entries: what moves, one for each ledger.
        after: the run afterwards; its version is not yet raised.
        unread: markers that the books have to be asked for: with one of them, the plan is none.
    """

    settled: Sequence[Payment | Refund]
    markers: Sequence[Marker]
    breaks: Sequence[Break]
    entries: Sequence[LedgerEntry]
    after: Settlement
    unread: frozenset[str]


def plan_rows(
    rows: Sequence[Row],
    books: Books,
    *,
    run: Settlement,
    reading: Reading,
    now: datetime,
    new_entry_id: Callable[[], str],
) -> Plan:
    """Plan as many of the rows, from the first on, as one transaction bears.

    Args:
        rows: the next ones of the file, one at least.
        books: what there is of what they name; not changed.
        run: before these rows.
        reading: how the file is read.
        now: when.
        new_entry_id: makes one for each entry.

    Raises:
        ValueError: the rows are the last ones, and all do not come to the file's totals.
    """
    planned = _Planned(books.copy(), run, reading, now)
    for row in rows:
        if not planned.add(row):
            break
    return planned.plan(new_entry_id)


class _Planned:
    """The rows that were planned so far."""

    def __init__(self, books: Books, run: Settlement, reading: Reading, now: datetime) -> None:
        self._books, self._run, self._reading, self._now = books, run, reading, now
        self._settled: list[Payment | Refund] = []
        self._markers: list[Marker] = []
        self._breaks: list[Break] = []
        self._postings: dict[tuple[str, str], tuple[Posting, ...]] = {}
        self._matched_minor: Counter[str] = Counter()
        self._broken_minor: Counter[str] = Counter()
        self._unread: set[str] = set()
        self._rows = self._size_bytes = 0

    def add(self, row: Row) -> bool:
        """Plan one more row; False if it is one too many."""
        if isinstance(row, RejectedRow):
            if not self._bears(None, None):
                return False
            self._breaks.append(rejection_of(row, self._run.id, self._now))
            return True
        known = self._books.known(row)
        found: Match | Difference = match_row(
            row,
            known,
            run_id=self._run.id,
            processor=self._reading.processor,
            tolerance_minor=self._reading.tolerance_minor,
            charges_whole=self._reading.charges_whole,
        )
        marker = _marker_of(row, found, self._reading.processor)
        if marker is not None:
            found, marker = self._look_for(marker, row, found)
        elif isinstance(found, Match):
            found = self._unless_corrected(row, found)
        # Whatever payment it names: whether that is known depends on the rows beside it.
        payment = None if row.kind in OF_NO_PAYMENT else known.payment
        ledger = (self._owner(payment), row.currency)
        moves = isinstance(found, Match) and bool(found.postings)
        if not self._bears(payment, ledger if moves else None):
            return False
        if isinstance(found, Difference):
            self._break(row, found, payment, ledger, marker)
        else:
            self._match(row, found, ledger, marker)
        return True

    def plan(self, new_entry_id: Callable[[], str]) -> Plan:
        """What was added."""
        entries = [
            LedgerEntry(
                id=new_entry_id(),
                ledger_id=ledger_id(*ledger),
                kind=EntryKind.SETTLEMENT,
                item=ItemKey(self._run.id, "run"),
                payment_id=None,
                currency=ledger[1],
                postings=postings,
                created_at=self._now,
            )
            for ledger, postings in self._postings.items()
            if postings
        ]
        after = advance(
            self._run,
            matched=self._rows - len(self._breaks),
            breaks=Counter(found.kind for found in self._breaks),
            matched_minor=self._matched_minor,
            broken_minor=self._broken_minor,
            now=self._now,
        )
        return Plan(
            settled=self._settled,
            markers=self._markers,
            breaks=self._breaks,
            entries=entries,
            after=after,
            unread=frozenset(self._unread),
        )

    def _bears(self, payment: Payment | None, ledger: tuple[str, str] | None) -> bool:
        """Whether one transaction bears one more row; the first one it always does."""
        ledgers = len(self._postings) + (ledger is not None and ledger not in self._postings)
        actions = self._rows + 1 + ACTIONS_PER_ENTRY * ledgers
        size_bytes = self._size_bytes + _size_bytes(payment)
        if self._rows and (actions > MAX_ACTIONS or size_bytes > MAX_WRITE_BYTES):
            return False
        self._rows, self._size_bytes = self._rows + 1, size_bytes
        return True

    def _owner(self, payment: Payment | None) -> str:
        is_ours = payment is not None and self._reading.processor in (None, payment.processor)
        return payment.merchant_id if payment is not None and is_ours else OPERATOR

    def _look_for(
        self, marker: str, row: SettlementRow, found: Match | Difference
    ) -> tuple[Match | Difference, str | None]:
        """The row was booked before, or only now."""
        if marker not in self._books.markers:
            self._unread.add(marker)
            return found, marker
        booked = self._books.markers[marker]
        if booked is None:
            return found, marker
        if isinstance(found, Difference):
            reason = f"{found.reason}; {booked.run_id} has booked it, row {booked.row}"
            return replace(found, correction=None, reason=reason), None
        is_same = (booked.gross_minor, booked.cost_minor) == (row.gross_minor, row.cost_minor)
        if booked.run_id == self._run.id and _is_nameless(row):
            # Nobody but a person can tell it from its like: it may well be one more.
            again = (
                repeated(row, booked, self._run.id)
                if is_same
                else changed(row, booked, found, self._reading.processor)
            )
            right = Correction(settles=None, postings=found.postings)
            return replace(again, correction=right), twin_id(marker, self._run.id, row)
        if is_same:
            return repeated(row, booked, self._run.id), None
        return changed(row, booked, found, self._reading.processor), difference_id(marker)

    def _unless_corrected(self, row: SettlementRow, found: Match) -> Match | Difference:
        """A row that settles leaves no marker; but as long as nothing was there to be settled, a
        person may have booked it by the correction of a break.
        """
        marker = marker_id(row, self._reading.processor)
        if marker not in self._books.markers:
            self._unread.add(marker)
            return found
        booked = self._books.markers[marker]
        return found if booked is None else repeated(row, booked, self._run.id)

    def _break(
        self,
        row: SettlementRow,
        found: Difference,
        payment: Payment | None,
        ledger: tuple[str, str],
        marker: str | None,
    ) -> None:
        self._broken_minor[row.currency] += _counted(row)
        self._breaks.append(
            break_of(
                row,
                found,
                run_id=self._run.id,
                payment_id=payment.id if payment else row.payment_id,
                ledger_id=ledger_id(*ledger) if found.correction else None,
                marker=marker,
                now=self._now,
            )
        )

    def _match(
        self, row: SettlementRow, found: Match, ledger: tuple[str, str], marker: str | None
    ) -> None:
        self._matched_minor[row.currency] += _counted(row)
        if found.postings:
            self._postings[ledger] = merged(self._postings.get(ledger, ()), found.postings)
        if found.settles is None:
            self._mark_row(row, marker)
            return
        self._settled.append(found.settles)
        if isinstance(found.settles, Payment):
            payment = settle(found.settles, self._run.id, self._now)
            self._books.payments[payment.id] = payment
        else:
            refund = settle(found.settles, self._run.id, self._now)
            refunds = self._books.refunds[refund.payment_id]
            refunds[[each.id for each in refunds].index(refund.id)] = refund

    def _mark_row(self, row: SettlementRow, marker: str | None) -> None:
        if marker is None:
            raise ValueError("a row that settles nothing is known by its marker")
        booked = Marker(
            id=marker,
            run_id=self._run.id,
            row=row.number,
            gross_minor=row.gross_minor,
            cost_minor=row.cost_minor,
        )
        self._markers.append(booked)
        self._books.markers[marker] = booked


def _marker_of(row: SettlementRow, found: Match | Difference, processor: str | None) -> str | None:
    """Of a row that is booked, or would be by a correction, without settling anything."""
    right = found if isinstance(found, Match) else found.correction
    return marker_id(row, processor) if right is not None and right.settles is None else None


def _is_nameless(row: SettlementRow) -> bool:
    """Whether even its row id is made of its batch and type: a processor's ids have no blanks."""
    named = row.own_reference or row.reference or row.payment_id
    return named is None and row.row_id.startswith(f"{row.batch} ")


def _counted(row: SettlementRow) -> int:
    # A payout is the sum of the others.
    return 0 if row.kind is RowKind.PAYOUT else row.gross_minor


def _size_bytes(payment: Payment | None) -> int:
    """At most so large: what its merchant wrote, in the longest encoding, and all the rest."""
    if payment is None:
        return _REST_BYTES
    characters = len(payment.description or "") + sum(map(len, chain(*payment.metadata.items())))
    return 4 * characters + _REST_BYTES
