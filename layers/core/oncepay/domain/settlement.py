"""What is a settlement, and what is a break? A file of a processor or bank, read once, each of its
rows ending in exactly one place.

A run is what became of one version of one object in the settlement bucket. It only ever moves
forward:

    processing -> completed      every row is matched or is a break
    processing -> quarantined    the file is not what it should be; nothing of it was booked
    processing -> failed         the file could not be read to its end
    failed     -> processing     a copy of the file carries on where the run stopped
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from math import ceil

from oncepay.domain.identifiers import derive_id, hash_of
from oncepay.domain.ledger import ItemKey, Posting
from oncepay.domain.settlement_payouts import PaidBatch


class SettlementStatus(StrEnum):
    """Equal to the wire value."""

    PROCESSING = "processing"
    COMPLETED = "completed"
    QUARANTINED = "quarantined"
    FAILED = "failed"


class BreakKind(StrEnum):
    """Equal to the wire value; a row that is several is the first of them."""

    REJECTED_ROW = "rejected_row"
    MISSING_IN_LEDGER = "missing_in_ledger"
    AMOUNT_MISMATCH = "amount_mismatch"
    FEE_MISMATCH = "fee_mismatch"
    CURRENCY_MISMATCH = "currency_mismatch"
    STATUS_MISMATCH = "status_mismatch"
    DUPLICATE_ROW = "duplicate_row"
    ALREADY_SETTLED = "already_settled"
    ORPHAN_REFUND = "orphan_refund"
    PAYOUT_TOTAL_MISMATCH = "payout_total_mismatch"


class BreakStatus(StrEnum):
    """Equal to the wire value."""

    OPEN = "open"
    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One version of one object.

    Attributes:
        version_id: None where the bucket keeps no versions; the ETag then says which one is meant.
        etag: without quotes, or None if it was not told.
    """

    bucket: str
    key: str
    version_id: str | None
    etag: str | None

    @property
    def settlement_id(self) -> str:
        """The run's id: the same however often the file is announced."""
        version = self.version_id or f"etag:{self.etag or ''}"
        return derive_id("set", hash_of(self.bucket, self.key, version))


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTotals:
    """What a first reading of the whole file found.

    Attributes:
        format: name of the format, such as `native`.
        sha256: of the file's bytes, lower-case hex.
        size_bytes: of the file.
        rows: data rows, the unreadable ones too.
        gross_minor: per currency, what all readable rows move, but payouts.
        fee_minor: per currency, what is kept of that: in our own format our fee, in a processor's
            its cost.
        batches: what it says was paid out together, where it names the payouts; kept apart.
    """

    format: str
    sha256: str
    size_bytes: int
    rows: int
    gross_minor: Mapping[str, int]
    fee_minor: Mapping[str, int]
    batches: tuple[PaidBatch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """A run.

    Attributes:
        totals: None until the file was read whole and found fit to book.
        matched: rows matched so far.
        breaks_by_kind: rows that are breaks so far.
        matched_minor, broken_minor: by currency, what these rows move, but payouts: in the end,
            together, the totals' gross.
        reason: why it was quarantined or failed, or None.
        duplicate_of: the run that booked the same content, or None.
        measured_at: when the first reading of the file was done.
        reported_at: when its results were put into the bucket.
    """

    id: str
    source: Source
    status: SettlementStatus
    started_at: datetime
    updated_at: datetime
    totals: FileTotals | None = None
    matched: int = 0
    breaks_by_kind: Mapping[BreakKind, int] = field(default_factory=dict)
    matched_minor: Mapping[str, int] = field(default_factory=dict)
    broken_minor: Mapping[str, int] = field(default_factory=dict)
    reason: str | None = None
    duplicate_of: str | None = None
    measured_at: datetime | None = None
    completed_at: datetime | None = None
    reported_at: datetime | None = None
    version: int = 1

    def __post_init__(self) -> None:
        """Refuse a run that has booked more rows than its file has."""
        if self.totals is not None and self.booked > self.totals.rows:
            raise ValueError("more rows are booked than the file has")

    @property
    def breaks(self) -> int:
        """Rows that are breaks so far."""
        return sum(self.breaks_by_kind.values())

    @property
    def booked(self) -> int:
        """Rows that have found their place so far: where to carry on."""
        return self.matched + self.breaks

    @property
    def rejected(self) -> int:
        """Rows so far that could not be read."""
        return self.breaks_by_kind.get(BreakKind.REJECTED_ROW, 0)

    @property
    def percent(self) -> int:
        """Rows booked of all rows, rounded down; 100 only once the run has ended well."""
        if self.status is SettlementStatus.COMPLETED:
            return 100
        if self.totals is None or self.totals.rows == 0:
            return 0
        return min(99, 100 * self.booked // self.totals.rows)

    @property
    def rows_per_second(self) -> int | None:
        """Rows booked in each second since the first reading was done, up to now or to the end;
        None before anything can be said.
        """
        seconds = self._booking_seconds
        return None if seconds is None else round(self.booked / seconds)

    @property
    def seconds_left(self) -> int | None:
        """Until the last row is booked, if it goes on as it went; None if nobody can say."""
        if self.status is not SettlementStatus.PROCESSING:
            return None
        seconds = self._booking_seconds
        if seconds is None or self.totals is None or self.booked == 0:
            return None
        return ceil(seconds * (self.totals.rows - self.booked) / self.booked)

    @property
    def _booking_seconds(self) -> float | None:
        if self.measured_at is None or self.updated_at <= self.measured_at:
            return None
        until = self.completed_at or self.updated_at
        return (until - self.measured_at).total_seconds() or None

    @property
    def has_results(self) -> bool:
        """Whether there is something to tell of it: it has ended, and is no copy."""
        ended = (SettlementStatus.COMPLETED, SettlementStatus.QUARANTINED)
        return self.status in ended and self.duplicate_of is None

    @property
    def is_reported(self) -> bool:
        """Whether all that there is to tell of it is told."""
        return not self.has_results or self.reported_at is not None


class BreakAction(StrEnum):
    """What a person decides about a break. Equal to the wire value."""

    ACCEPT = "accept"
    CORRECT = "correct"
    IGNORE = "ignore"
    REOPEN = "reopen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What somebody decided.

    Attributes:
        by: id of their API key.
        record_id: of the request's idempotency record: it is known again when that is long gone.
    """

    action: BreakAction
    reason: str
    by: str
    at: datetime
    record_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A row that did not match.

    Attributes:
        row: number of the data row, from 1.
        line: line of the file in which the row begins, from 1; the header is line 1.
        payment_id: that the row names, or None if it could not be read.
        expected: what the books say, of what differs.
        found: what the file says.
        reason: one sentence for a person.
        ledger_id: whose books a correction is posted to; None if there is no correction.
        correction: the postings that would correct it, as things were when the row was read; None
            if nobody can say what is right.
        settles: the payment, refund or dispute that a correction settles, or None.
        posted: what was posted to correct it; empty unless it is corrected.
        decisions: who decided what about it, and when.
        marker: by which the row is known again if it settles none of our items; a correction puts
            it, so that no other file books the same.
        opened_at: when the row was read, or the break reopened last.
        gross_minor, cost_minor, currency: as the row says; 0, 0 and None of one that could not be
            read.
        entries: keys of what decisions posted, in order.
    """

    settlement_id: str
    row: int
    line: int
    kind: BreakKind
    payment_id: str | None
    expected: Mapping[str, str | int]
    found: Mapping[str, str | int]
    reason: str
    status: BreakStatus = BreakStatus.OPEN
    version: int = 1
    ledger_id: str | None = None
    correction: tuple[Posting, ...] | None = None
    settles: ItemKey | None = None
    posted: tuple[Posting, ...] = ()
    decisions: tuple[Decision, ...] = ()
    marker: str | None = None
    opened_at: datetime
    gross_minor: int = 0
    cost_minor: int = 0
    currency: str | None = None
    entries: tuple[ItemKey, ...] = ()

    @property
    def key(self) -> ItemKey:
        """Where the break is stored: beside its run."""
        return ItemKey(self.settlement_id, f"break#{self.row:010d}")

    @property
    def id(self) -> str:
        """`brk_<the run's>_<row>`: it says where the break is stored."""
        return f"brk_{self.settlement_id.removeprefix('set_')}_{self.row}"


def begin(source: Source, now: datetime) -> Settlement:
    """A file was announced."""
    return Settlement(
        id=source.settlement_id,
        source=source,
        status=SettlementStatus.PROCESSING,
        started_at=now,
        updated_at=now,
    )


def accept(run: Settlement, totals: FileTotals, now: datetime) -> Settlement:
    """The file was read whole and is fit to be booked."""
    return replace(run, totals=totals, measured_at=now, updated_at=now)


def advance(
    run: Settlement,
    *,
    matched: int,
    breaks: Mapping[BreakKind, int],
    matched_minor: Mapping[str, int],
    broken_minor: Mapping[str, int],
    now: datetime,
) -> Settlement:
    """Some more rows were booked; completed with the last of them.

    Raises:
        ValueError: all rows are booked, and do not come to what the first reading found.
    """
    after = replace(
        run,
        status=SettlementStatus.PROCESSING,
        reason=None,
        matched=run.matched + matched,
        breaks_by_kind=_added(run.breaks_by_kind, breaks),
        matched_minor=_added(run.matched_minor, matched_minor),
        broken_minor=_added(run.broken_minor, broken_minor),
        updated_at=now,
    )
    if after.totals is None or after.booked < after.totals.rows:
        return after
    found = _added(after.matched_minor, after.broken_minor)
    for currency in found.keys() | after.totals.gross_minor.keys():
        if found.get(currency, 0) != after.totals.gross_minor.get(currency, 0):
            raise ValueError("the rows do not come to what the first reading found")
    return replace(after, status=SettlementStatus.COMPLETED, completed_at=now)


def report(run: Settlement, now: datetime) -> Settlement:
    """Its results are in the bucket."""
    return replace(run, reported_at=now, updated_at=now)


def _added[K](some: Mapping[K, int], more: Mapping[K, int]) -> dict[K, int]:
    total = dict(some)
    for key, count in more.items():
        total[key] = total.get(key, 0) + count
    return total


def quarantine(run: Settlement, reason: str, now: datetime) -> Settlement:
    """The file is not fit to be booked."""
    return replace(
        run,
        status=SettlementStatus.QUARANTINED,
        reason=reason,
        updated_at=now,
        completed_at=now,
    )


def fail(run: Settlement, reason: str, now: datetime) -> Settlement:
    """The file cannot be read to its end."""
    return replace(run, status=SettlementStatus.FAILED, reason=reason, updated_at=now)


def complete_as_copy(
    run: Settlement, original_id: str, totals: FileTotals, now: datetime
) -> Settlement:
    """The same content was booked by another run; nothing is booked here, and so no row counts."""
    return replace(
        run,
        status=SettlementStatus.COMPLETED,
        duplicate_of=original_id,
        totals=replace(totals, rows=0, gross_minor={}, fee_minor={}),
        updated_at=now,
        completed_at=now,
    )
