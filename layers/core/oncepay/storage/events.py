"""How are events stored? Inbound ones: what payment processors sent, each once."""

from datetime import datetime
from typing import Any

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from oncepay.domain.inbound_event import EventStatus, InboundEvent, Provider
from oncepay.domain.principal import OPERATOR
from oncepay.domain.times import format_time, from_stored
from oncepay.storage.attributes import Time, WholeNumber
from oncepay.storage.due import due_bucket
from oncepay.storage.stored_item import StoredItem
from oncepay.storage.tables import stored_in

BY_DUE = "by_due"
BY_OWNER = "by_owner"


class ByDue(GlobalSecondaryIndex["EventItem"]):  # type: ignore[no-untyped-call]
    """Events that wait for something to happen, by time; no other event has its keys."""

    class Meta:
        """Names and projection."""

        index_name = BY_DUE
        projection = KeysOnlyProjection()

    due_bucket = UnicodeAttribute(hash_key=True)
    due_at = Time(range_key=True)


class ByOwner(GlobalSecondaryIndex["EventItem"]):  # type: ignore[no-untyped-call]
    """Events by whose they are and the month they came in, by time."""

    class Meta:
        """Names and projection."""

        index_name = BY_OWNER
        projection = KeysOnlyProjection()

    list_bucket = UnicodeAttribute(hash_key=True)
    list_position = UnicodeAttribute(range_key=True)


@stored_in("events")
class EventItem(StoredItem):
    """One event."""

    class Meta:
        """Bound by `tables.open_table`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    by_due = ByDue()
    by_owner = ByOwner()
    list_bucket = UnicodeAttribute(null=True)
    list_position = UnicodeAttribute(null=True)
    due_bucket = UnicodeAttribute(null=True)
    due_at = Time(null=True)
    provider = UnicodeAttribute()
    event_id = UnicodeAttribute()
    type = UnicodeAttribute()
    created = Time(null=True)
    livemode = BooleanAttribute(null=True)
    payload = UnicodeAttribute()
    received_at = Time()
    status = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    attempts = WholeNumber(null=True)
    payment_id = UnicodeAttribute(null=True)
    merchant_id = UnicodeAttribute(null=True)
    expires_at = WholeNumber(null=True)


def absent() -> Condition:
    """No such event is stored. One that TTL is late to delete is known for so much longer."""
    condition: Condition = EventItem.id.does_not_exist()
    return condition


def due_until(now: datetime) -> Condition:
    """What the sweep is to try again."""
    condition: Condition = EventItem.due_at <= now
    return condition


def unmatched() -> Condition:
    """The event still waits to be applied."""
    condition: Condition = EventItem.status == EventStatus.UNMATCHED.value
    return condition


def list_bucket(owner_id: str, moment: datetime) -> str:
    """Partition of the list: an owner's events of one month."""
    return f"{owner_id}#{format_time(moment)[:7]}"


def list_position(event: InboundEvent) -> str:
    """Newest last; the id makes it unique."""
    return f"{format_time(event.received_at)}#{event.id}"


def id_of_position(position: str) -> str:
    """The event that is at a position."""
    return position.partition("#")[2]


def time_of_position(position: str) -> datetime:
    """When the event of a position came."""
    return from_stored(position.partition("#")[0])


def listed_before(position: str) -> Condition:
    """Positions before one."""
    condition: Condition = EventItem.list_position < position
    return condition


def to_item(event: InboundEvent) -> EventItem:
    """From the domain."""
    return EventItem(
        id=event.id,
        provider=event.provider.value,
        event_id=event.event_id,
        type=event.type,
        created=event.created,
        livemode=event.livemode,
        payload=event.payload,
        received_at=event.received_at,
        status=event.status.value,
        reason=event.reason,
        attempts=event.attempts or None,
        payment_id=event.payment_id,
        merchant_id=event.merchant_id,
        list_bucket=list_bucket(event.merchant_id or OPERATOR, event.received_at),
        list_position=list_position(event),
        due_bucket=due_bucket(event.id) if event.due_at else None,
        due_at=event.due_at,
        expires_at=event.expires_at,
    )


def event_from_raw(raw: dict[str, Any]) -> InboundEvent:
    """From an item as DynamoDB returns it."""
    item = EventItem.from_raw_data(raw)
    return InboundEvent(
        provider=Provider(item.provider),
        event_id=item.event_id,
        type=item.type,
        created=item.created,
        livemode=item.livemode,
        payload=item.payload,
        received_at=item.received_at,
        status=EventStatus(item.status),
        reason=item.reason,
        due_at=item.due_at,
        attempts=item.attempts or 0,
        payment_id=item.payment_id,
        merchant_id=item.merchant_id,
    )
