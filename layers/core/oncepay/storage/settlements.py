"""How are settlement runs and breaks stored? Four shapes of item in one table: the run, its breaks,
and two pointers: from a file's name to its runs, and from a content to the run that books it.
"""

from datetime import datetime
from typing import Any

from pynamodb.attributes import UnicodeAttribute, VersionAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection

from oncepay.domain.settlement import (
    BreakKind,
    FileTotals,
    Settlement,
    SettlementStatus,
    Source,
)
from oncepay.domain.times import format_time
from oncepay.storage.attributes import (
    Time,
    WholeNumber,
    WholeNumberMap,
)
from oncepay.storage.stored_item import StoredItem
from oncepay.storage.tables import stored_in

RUN_PART = "run"
CLAIM_PART = "claim"
BY_DATE = "by_date"
BY_OPEN = "by_open"


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


@stored_in("settlements")
class SettlementItem(StoredItem):
    """A run: `part` is `run`."""

    class Meta:
        """Bound by `tables.open_table`."""

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


@stored_in("settlements")
class SourceItem(StoredItem):
    """A run of a file's name: `id` is `source#<key>`, `part` is its position."""

    class Meta:
        """Bound by `tables.open_table`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    run_id = UnicodeAttribute()


@stored_in("settlements")
class ClaimItem(StoredItem):
    """Which run books a content: `id` is `content#<sha256>`, `part` is `claim`."""

    class Meta:
        """Bound by `tables.open_table`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    run_id = UnicodeAttribute()


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
