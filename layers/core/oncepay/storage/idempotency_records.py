"""How are idempotency records stored?"""

from datetime import datetime
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from oncepay.domain.idempotency import Answer, IdempotencyRecord, RecordState, epoch_seconds
from oncepay.domain.ledger import ItemKey
from oncepay.storage.attributes import PackedText, Time, WholeNumber, write_whole
from oncepay.storage.stored_item import StoredItem
from oncepay.storage.tables import stored_in
from oncepay.storage.transactions import Transaction


@stored_in("idempotency")
class IdempotencyItem(StoredItem):
    """One record per (merchant, method, path, key)."""

    class Meta:
        """Bound by `tables.open_table`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    merchant_id = UnicodeAttribute()
    fingerprint = UnicodeAttribute()
    state = UnicodeAttribute()
    item_id = UnicodeAttribute()
    item_part = UnicodeAttribute()
    status_code = WholeNumber(null=True)
    body = PackedText(null=True)
    created_at = Time()
    expires_at = WholeNumber(null=True)


def put_record(
    transaction: Transaction, label: str, record: IdempotencyRecord, now: datetime
) -> None:
    """Add it to a transaction; refused if there is one that is alive. DynamoDB deletes expired
    items days late: one that is still there counts as absent.
    """
    transaction.put_as_told(
        label,
        to_item(record),
        {
            "ConditionExpression": "(attribute_not_exists(id) OR expires_at <= :now)",
            "ExpressionAttributeValues": {":now": {"N": write_whole(epoch_seconds(now))}},
        },
    )


def to_item(record: IdempotencyRecord) -> IdempotencyItem:
    """From the domain."""
    return IdempotencyItem(
        id=record.id,
        merchant_id=record.merchant_id,
        fingerprint=record.fingerprint,
        state=record.state.value,
        item_id=record.item.id,
        item_part=record.item.part,
        status_code=None if record.answer is None else record.answer.status_code,
        body=None if record.answer is None else record.answer.body,
        created_at=record.created_at,
        expires_at=record.expires_at,
    )


def from_raw(raw: dict[str, Any]) -> IdempotencyRecord:
    """From an item as DynamoDB returns it, by a read or by a failed condition."""
    item = IdempotencyItem.from_raw_data(raw)
    answer = None
    if item.status_code is not None and item.body is not None:
        answer = Answer(item.status_code, item.body)
    return IdempotencyRecord(
        id=item.id,
        merchant_id=item.merchant_id,
        fingerprint=item.fingerprint,
        state=RecordState(item.state),
        item=ItemKey(item.item_id, item.item_part),
        answer=answer,
        created_at=item.created_at,
        expires_at=item.expires_at,
    )
