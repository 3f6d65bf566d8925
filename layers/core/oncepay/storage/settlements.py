"""How are settlement runs and breaks stored? Four shapes of item in one table: the run, its breaks,
and two pointers: from a file's name to its runs, and from a content to the run that books it.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, VersionAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection
from pynamodb.models import Model

from oncepay.domain.settlement import (
    Break,
    BreakKind,
    BreakStatus,
    FileTotals,
    Settlement,
    SettlementStatus,
    Source,
)
from oncepay.domain.settlement_markers import Marker
from oncepay.domain.times import format_time
from oncepay.storage.attributes import (
    Decisions,
    Facts,
    ItemKeys,
    Postings,
    Time,
    WholeNumber,
    WholeNumberMap,
)

RUN_PART = "run"
CLAIM_PART = "claim"
BREAK_PREFIX = "break#"
BY_DATE = "by_date"
BY_OPEN = "by_open"
MARKER_PART = "row"
LATEST_PART = "file"

_ROW_DIGITS = 10
"""So that breaks sort by row; the largest file has fewer rows by far."""


class ByDate(GlobalSecondaryIndex["SettlementItem"]):  # type: ignore[no-untyped-call]
    """Runs by month and time: keys only, none of which ever changes."""

    class Meta:
        """Names and projection."""

        index_name = BY_DATE
        projection = KeysOnlyProjection()

    list_bucket = UnicodeAttribute(hash_key=True)
    list_position = UnicodeAttribute(range_key=True)


class ByOpen(GlobalSecondaryIndex["SettlementItem"]):  # type: ignore[no-untyped-call]
    """Open breaks, oldest first: sparse, with what a summary adds up."""

    class Meta:
        """Names and projection."""

        index_name = BY_OPEN
        projection = IncludeProjection(["kind", "gross_minor", "currency"])

    open_bucket = UnicodeAttribute(hash_key=True)
    opened_at = Time(range_key=True)


class SettlementItem(Model):
    """A run: `part` is `run`."""

    class Meta:
        """Bound by `database.open_database`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    by_date = ByDate()
    by_open = ByOpen()
    list_bucket = UnicodeAttribute()
    list_position = UnicodeAttribute()
    source_bucket = UnicodeAttribute()
    source_key = UnicodeAttribute()
    source_version_id = UnicodeAttribute(null=True)
    source_etag = UnicodeAttribute(null=True)
    status = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    duplicate_of = UnicodeAttribute(null=True)
    format = UnicodeAttribute(null=True)
    sha256 = UnicodeAttribute(null=True)
    size_bytes = WholeNumber(null=True)
    total_rows = WholeNumber(null=True)
    gross_minor = WholeNumberMap(null=True)
    fee_minor = WholeNumberMap(null=True)
    matched = WholeNumber()
    breaks_by_kind = WholeNumberMap()
    matched_minor = WholeNumberMap(null=True)
    broken_minor = WholeNumberMap(null=True)
    started_at = Time()
    updated_at = Time()
    measured_at = Time(null=True)
    completed_at = Time(null=True)
    reported_at = Time(null=True)
    version = VersionAttribute()


class BreakItem(Model):
    """A break: `part` is `break#<row>`."""

    class Meta:
        """Bound by `database.open_database`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    row = WholeNumber()
    line = WholeNumber()
    kind = UnicodeAttribute()
    status = UnicodeAttribute()
    payment_id = UnicodeAttribute(null=True)
    expected = Facts()
    found = Facts()
    reason = UnicodeAttribute()
    ledger_id = UnicodeAttribute(null=True)
    correction = Postings(null=True)
    settles = ItemKeys(null=True)
    posted = Postings(null=True)
    decisions = Decisions(null=True)
    marker = UnicodeAttribute(null=True)
    open_bucket = UnicodeAttribute(null=True)
    opened_at = Time()
    gross_minor = WholeNumber()
    cost_minor = WholeNumber()
    currency = UnicodeAttribute(null=True)
    entries = ItemKeys(null=True)
    version = VersionAttribute()


class SourceItem(Model):
    """A run of a file's name: `id` is `source#<key>`, `part` is its position."""

    class Meta:
        """Bound by `database.open_database`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    run_id = UnicodeAttribute()


class ClaimItem(Model):
    """Which run books a content: `id` is `content#<sha256>`, `part` is `claim`."""

    class Meta:
        """Bound by `database.open_database`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    run_id = UnicodeAttribute()


class MarkerItem(Model):
    """A row that settles none of our items, booked: `id` is `row#<hash>`, `part` is `row`."""

    class Meta:
        """Bound by `database.open_database`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    run_id = UnicodeAttribute()
    row = WholeNumber()
    gross_minor = WholeNumber()
    cost_minor = WholeNumber()
    break_id = UnicodeAttribute(null=True)
    is_free = BooleanAttribute(null=True)


class LatestItem(Model):
    """When a file of a format last came: `id` is `latest#<format>`, `part` is `file`."""

    class Meta:
        """Bound by `database.open_database`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    run_id = UnicodeAttribute()
    at = Time()


OPEN_BUCKETS = 8
"""So that a file of breaks alone meets no hot partition of the index."""


def open_bucket(row: int) -> str:
    """Partition of the index of open breaks."""
    return f"open#{row % OPEN_BUCKETS}"


def open_buckets() -> Iterator[str]:
    """All of them."""
    return (f"open#{number}" for number in range(OPEN_BUCKETS))


def latest_id(format_name: str) -> str:
    """Partition of what says when a file of a format last came."""
    return f"latest#{format_name}"


def marker_is_free() -> Condition:
    """No row is booked by it: there is none, or its correction was taken back."""
    condition: Condition = MarkerItem.id.does_not_exist() | (MarkerItem.is_free == True)  # noqa: E712
    return condition


def marker_item(marker: Marker, *, is_free: bool = False) -> MarkerItem:
    """From the domain; one that is free is kept, since nothing here is ever deleted."""
    return MarkerItem(
        id=marker.id,
        part=MARKER_PART,
        run_id=marker.run_id,
        row=marker.row,
        gross_minor=marker.gross_minor,
        cost_minor=marker.cost_minor,
        break_id=marker.break_id,
        is_free=True if is_free else None,
    )


def marker_from_raw(raw: dict[str, Any]) -> Marker | None:
    """From an item as DynamoDB returns it; None if it is free."""
    item = MarkerItem.from_raw_data(raw)
    if item.is_free:
        return None
    return Marker(
        id=item.id,
        run_id=item.run_id,
        row=item.row,
        gross_minor=item.gross_minor,
        cost_minor=item.cost_minor,
        break_id=item.break_id,
    )


def list_bucket(moment: datetime) -> str:
    """Partition of the list index: the month, such as 2026-11."""
    return format_time(moment)[:7]


def list_position(started_at: datetime, run_id: str) -> str:
    """Newest last; the id makes it unique."""
    return f"{format_time(started_at)}#{run_id}"


def run_of_position(position: str) -> str:
    """The id of the run at a position."""
    return position.rpartition("#")[2]


def bucket_of_position(position: str) -> str:
    """The partition of a position, or of `end_of_bucket`."""
    return position[:7]


def end_of_bucket(bucket: str) -> str:
    """Sorts after every position of the partition."""
    return f"{bucket}~"


def bucket_before(bucket: str) -> str:
    """The month before."""
    year, month = divmod(int(bucket[:4]) * 12 + int(bucket[5:]) - 2, 12)
    return f"{year:04d}-{month + 1:02d}"


def listed_before(position: str) -> Condition:
    """Older ones, in the list index."""
    condition: Condition = SettlementItem.list_position < position
    return condition


def source_listed_before(position: str) -> Condition:
    """Older ones, among the runs of a file's name."""
    condition: Condition = SourceItem.part < position
    return condition


def source_pointer_id(key: str) -> str:
    """Partition of the runs of a file's name."""
    return f"source#{key}"


def claim_id(sha256: str) -> str:
    """Partition of the claim to a content."""
    return f"content#{sha256}"


def break_part(row: int) -> str:
    """Sorts by row."""
    return f"{BREAK_PREFIX}{row:0{_ROW_DIGITS}d}"


def break_range(*, from_row: int) -> Condition:
    """Sort keys of the breaks from that row on."""
    # "~" sorts after every digit, and BETWEEN after no other kind of part.
    condition: Condition = BreakItem.part.between(break_part(from_row), f"{BREAK_PREFIX}~")
    return condition


def settlement_item(run: Settlement) -> SettlementItem:
    """A run that has just begun."""
    return SettlementItem(
        id=run.id,
        part=RUN_PART,
        list_bucket=list_bucket(run.started_at),
        list_position=list_position(run.started_at, run.id),
        source_bucket=run.source.bucket,
        source_key=run.source.key,
        source_version_id=run.source.version_id,
        source_etag=run.source.etag,
        status=run.status.value,
        matched=run.matched,
        breaks_by_kind=dict(run.breaks_by_kind),
        matched_minor=dict(run.matched_minor),
        broken_minor=dict(run.broken_minor),
        started_at=run.started_at,
        updated_at=run.updated_at,
    )


def run_changes(run: Settlement) -> list[Action]:
    """Everything of a run that may change. Made anew for each request: PynamoDB adds to it."""
    totals = run.totals
    values: tuple[tuple[Any, object | None], ...] = (
        (SettlementItem.status, run.status.value),
        (SettlementItem.reason, run.reason),
        (SettlementItem.duplicate_of, run.duplicate_of),
        (SettlementItem.format, totals.format if totals else None),
        (SettlementItem.sha256, totals.sha256 if totals else None),
        (SettlementItem.size_bytes, totals.size_bytes if totals else None),
        (SettlementItem.total_rows, totals.rows if totals else None),
        (SettlementItem.gross_minor, dict(totals.gross_minor) if totals else None),
        (SettlementItem.fee_minor, dict(totals.fee_minor) if totals else None),
        (SettlementItem.matched, run.matched),
        (SettlementItem.breaks_by_kind, dict(run.breaks_by_kind)),
        (SettlementItem.matched_minor, dict(run.matched_minor)),
        (SettlementItem.broken_minor, dict(run.broken_minor)),
        (SettlementItem.updated_at, run.updated_at),
        (SettlementItem.measured_at, run.measured_at),
        (SettlementItem.completed_at, run.completed_at),
        (SettlementItem.reported_at, run.reported_at),
    )
    return [
        attribute.remove() if value is None else attribute.set(value) for attribute, value in values
    ]


def break_item(found: Break) -> BreakItem:
    """From the domain."""
    return BreakItem(
        id=found.settlement_id,
        part=break_part(found.row),
        row=found.row,
        line=found.line,
        kind=found.kind.value,
        status=found.status.value,
        payment_id=found.payment_id,
        expected=dict(found.expected),
        found=dict(found.found),
        reason=found.reason,
        ledger_id=found.ledger_id,
        correction=found.correction,
        settles=None if found.settles is None else [found.settles],
        marker=found.marker,
        open_bucket=open_bucket(found.row) if found.status is BreakStatus.OPEN else None,
        opened_at=found.opened_at,
        gross_minor=found.gross_minor,
        cost_minor=found.cost_minor,
        currency=found.currency,
        entries=found.entries or None,
    )


def break_changes(after: Break) -> list[Action]:
    """What a decision changes. Made anew for each request: PynamoDB adds to it."""
    posted, bucket, entries = BreakItem.posted, BreakItem.open_bucket, BreakItem.entries
    is_open = after.status is BreakStatus.OPEN
    return [
        BreakItem.status.set(after.status.value),
        BreakItem.decisions.set(list(after.decisions)),
        posted.set(list(after.posted)) if after.posted else posted.remove(),
        bucket.set(open_bucket(after.row)) if is_open else bucket.remove(),
        BreakItem.opened_at.set(after.opened_at),
        entries.set(list(after.entries)) if after.entries else entries.remove(),
    ]


def settlement_from_raw(raw: dict[str, Any]) -> Settlement:
    """From an item as DynamoDB returns it, by a read or by a failed condition."""
    item = SettlementItem.from_raw_data(raw)
    totals = None
    if item.sha256 is not None:
        totals = FileTotals(
            format=item.format or "",
            sha256=item.sha256,
            size_bytes=item.size_bytes or 0,
            rows=item.total_rows or 0,
            gross_minor=item.gross_minor or {},
            fee_minor=item.fee_minor or {},
        )
    return Settlement(
        id=item.id,
        source=Source(
            bucket=item.source_bucket,
            key=item.source_key,
            version_id=item.source_version_id,
            etag=item.source_etag,
        ),
        status=SettlementStatus(item.status),
        started_at=item.started_at,
        updated_at=item.updated_at,
        totals=totals,
        matched=item.matched,
        breaks_by_kind={BreakKind(kind): count for kind, count in item.breaks_by_kind.items()},
        matched_minor=item.matched_minor or {},
        broken_minor=item.broken_minor or {},
        reason=item.reason,
        duplicate_of=item.duplicate_of,
        measured_at=item.measured_at,
        completed_at=item.completed_at,
        reported_at=item.reported_at,
        version=int(item.version),
    )


def break_from_raw(raw: dict[str, Any]) -> Break:
    """From an item as DynamoDB returns it."""
    item = BreakItem.from_raw_data(raw)
    return Break(
        settlement_id=item.id,
        row=item.row,
        line=item.line,
        kind=BreakKind(item.kind),
        payment_id=item.payment_id,
        expected=item.expected,
        found=item.found,
        reason=item.reason,
        status=BreakStatus(item.status),
        version=int(item.version),
        ledger_id=item.ledger_id,
        correction=None if item.correction is None else tuple(item.correction),
        settles=item.settles[0] if item.settles else None,
        posted=tuple(item.posted or ()),
        decisions=tuple(item.decisions or ()),
        marker=item.marker,
        opened_at=item.opened_at,
        gross_minor=item.gross_minor,
        cost_minor=item.cost_minor,
        currency=item.currency,
        entries=tuple(item.entries or ()),
    )
