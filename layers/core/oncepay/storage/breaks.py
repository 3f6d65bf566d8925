"""How are breaks stored? Beside their run, sorted by row; and those that are open in an index,
oldest first.
"""

from collections.abc import Iterator
from typing import Any

from pynamodb.attributes import UnicodeAttribute, VersionAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from oncepay.domain.settlement import Break, BreakKind, BreakStatus
from oncepay.storage.attributes import Facts, ItemKeys, Postings, Time, WholeNumber
from oncepay.storage.decision_attribute import Decisions
from oncepay.storage.stored_item import StoredItem
from oncepay.storage.tables import stored_in

BREAK_PREFIX = "break#"


_ROW_DIGITS = 10
"""So that breaks sort by row; the largest file has fewer rows by far."""


@stored_in("settlements")
class BreakItem(StoredItem):
    """A break: `part` is `break#<row>`."""

    class Meta:
        """Bound by `tables.open_table`."""

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


OPEN_BUCKETS = 8
"""So that a file of breaks alone meets no hot partition of the index."""


def open_bucket(row: int) -> str:
    """Partition of the index of open breaks."""
    return f"open#{row % OPEN_BUCKETS}"


def open_buckets() -> Iterator[str]:
    """All of them."""
    return (f"open#{number}" for number in range(OPEN_BUCKETS))


def break_part(row: int) -> str:
    """Sorts by row."""
    return f"{BREAK_PREFIX}{row:0{_ROW_DIGITS}d}"


def break_range(*, from_row: int) -> Condition:
    """Sort keys of the breaks from that row on."""
    # "~" sorts after every digit, and BETWEEN after no other kind of part.
    condition: Condition = BreakItem.part.between(break_part(from_row), f"{BREAK_PREFIX}~")
    return condition


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
