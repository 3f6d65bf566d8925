"""How are operations at processors stored, and the references that processors give?"""

from typing import Any

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute, VersionAttribute

from oncepay.domain.ledger import ItemKey
from oncepay.domain.operation import (
    Operation,
    OperationKind,
    OperationState,
    Origin,
    ProcessorRequest,
)
from oncepay.storage.attributes import ItemKeys, Time, WholeNumber
from oncepay.storage.due import due_bucket
from oncepay.storage.stored_item import StoredItem
from oncepay.storage.tables import stored_in

OPERATION_PREFIX = "operation#"
REFERENCE_PART = "reference"


@stored_in("payments")
class OperationItem(StoredItem):
    """An operation: `part` is `operation#<id>`, beside its payment."""

    class Meta:
        """Bound by `tables.open_table`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    merchant_id = UnicodeAttribute()
    fingerprint = UnicodeAttribute()
    kind = UnicodeAttribute()
    state = UnicodeAttribute()
    processor = UnicodeAttribute()
    request_path = UnicodeAttribute()
    request_body = UnicodeAttribute()
    request_charge = UnicodeAttribute(null=True)
    amount_minor = WholeNumber()
    currency = UnicodeAttribute()
    record_id = UnicodeAttribute(null=True)
    origin_instance = UnicodeAttribute(null=True)
    origin_request_id = UnicodeAttribute(null=True)
    lease_until = Time(null=True)
    first_sent_at = Time(null=True)
    last_sent_at = Time(null=True)
    due_bucket = UnicodeAttribute(null=True)
    due_at = Time(null=True)
    attempts = WholeNumber(null=True)
    look_up_only = BooleanAttribute(null=True)
    reference = UnicodeAttribute(null=True)
    problem = UnicodeAttribute(null=True)
    entries = ItemKeys(null=True)
    created_at = Time()
    updated_at = Time()
    version = VersionAttribute()


@stored_in("payments")
class ReferenceItem(StoredItem):
    """What a processor's id leads to: `id` is `ref#<processor>#<its id>`. Written once."""

    class Meta:
        """Bound by `tables.open_table`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    item_id = UnicodeAttribute()
    item_part = UnicodeAttribute()


def operation_item(operation: Operation) -> OperationItem:
    """From the domain. The version is left to the lock: a new item gets 1."""
    origin = operation.origin
    return OperationItem(
        id=operation.key.id,
        part=operation.key.part,
        merchant_id=operation.merchant_id,
        fingerprint=operation.fingerprint,
        kind=operation.kind.value,
        state=operation.state.value,
        processor=operation.processor,
        request_path=operation.request.path,
        request_body=operation.request.body,
        request_charge=operation.request.charge,
        amount_minor=operation.amount_minor,
        currency=operation.currency,
        record_id=operation.record_id,
        origin_instance=origin.instance if origin else None,
        origin_request_id=origin.request_id if origin else None,
        lease_until=operation.lease_until,
        first_sent_at=operation.first_sent_at,
        last_sent_at=operation.last_sent_at,
        due_bucket=due_bucket(operation.id) if operation.due_at else None,
        due_at=operation.due_at,
        attempts=operation.attempts or None,
        look_up_only=operation.look_up_only or None,
        reference=operation.reference,
        problem=operation.problem,
        entries=operation.entries or None,
        created_at=operation.created_at,
        updated_at=operation.updated_at,
    )


def operation_from_raw(raw: dict[str, Any]) -> Operation:
    """From an item as DynamoDB returns it."""
    item = OperationItem.from_raw_data(raw)
    origin = None
    if item.origin_instance is not None and item.origin_request_id is not None:
        origin = Origin(item.origin_instance, item.origin_request_id)
    return Operation(
        id=item.part.removeprefix(OPERATION_PREFIX),
        payment_id=item.id,
        merchant_id=item.merchant_id,
        fingerprint=item.fingerprint,
        kind=OperationKind(item.kind),
        state=OperationState(item.state),
        processor=item.processor,
        request=ProcessorRequest(item.request_path, item.request_body, item.request_charge),
        amount_minor=item.amount_minor,
        currency=item.currency,
        record_id=item.record_id,
        origin=origin,
        lease_until=item.lease_until,
        first_sent_at=item.first_sent_at,
        last_sent_at=item.last_sent_at,
        due_at=item.due_at,
        attempts=item.attempts or 0,
        look_up_only=bool(item.look_up_only),
        reference=item.reference,
        problem=item.problem,
        entries=tuple(item.entries or ()),
        created_at=item.created_at,
        updated_at=item.updated_at,
        version=int(item.version),
    )


def reference_id(processor: str, reference: str) -> str:
    """Key of the pointer."""
    return f"ref#{processor}#{reference}"


def reference_item(processor: str, reference: str, item: ItemKey) -> ReferenceItem:
    """A pointer."""
    return ReferenceItem(
        id=reference_id(processor, reference),
        part=REFERENCE_PART,
        item_id=item.id,
        item_part=item.part,
    )


def item_from_raw(raw: dict[str, Any]) -> ItemKey:
    """What a pointer leads to."""
    item = ReferenceItem.from_raw_data(raw)
    return ItemKey(item.item_id, item.item_part)
