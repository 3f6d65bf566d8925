"""How is it stored which rows are booked that settle none of our items, and when a file of each
format last came?
"""

from typing import Any

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition

from oncepay.domain.settlement_markers import Marker
from oncepay.storage.attributes import Time, WholeNumber
from oncepay.storage.stored_item import StoredItem
from oncepay.storage.tables import stored_in

MARKER_PART = "row"


LATEST_PART = "file"


@stored_in("settlements")
class MarkerItem(StoredItem):
    """A row that settles none of our items, booked: `id` is `row#<hash>`, `part` is `row`."""

    class Meta:
        """Bound by `tables.open_table`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    run_id = UnicodeAttribute()
    row = WholeNumber()
    gross_minor = WholeNumber()
    cost_minor = WholeNumber()
    break_id = UnicodeAttribute(null=True)
    is_free = BooleanAttribute(null=True)


@stored_in("settlements")
class LatestItem(StoredItem):
    """When a file of a format last came: `id` is `latest#<format>`, `part` is `file`."""

    class Meta:
        """Bound by `tables.open_table`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    run_id = UnicodeAttribute()
    at = Time()


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
