"""How are disputes stored? Beside their payment."""

from typing import Any

from pynamodb.attributes import UnicodeAttribute, VersionAttribute

from oncepay.domain.dispute import DISPUTE_PREFIX, Dispute, DisputeStatus
from oncepay.storage.attributes import ItemKeys, Time, WholeNumber
from oncepay.storage.stored_item import StoredItem
from oncepay.storage.tables import stored_in


@stored_in("payments")
class DisputeItem(StoredItem):
    """A dispute: `part` is `dispute#dp_...`."""

    class Meta:
        """Bound by `tables.open_table`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    merchant_id = UnicodeAttribute()
    amount_minor = WholeNumber()
    currency = UnicodeAttribute()
    status = UnicodeAttribute()
    reason = UnicodeAttribute(null=True)
    processor_reference = UnicodeAttribute()
    entries = ItemKeys(null=True)
    created_at = Time()
    updated_at = Time()
    version = VersionAttribute()


def dispute_item(dispute: Dispute) -> DisputeItem:
    """From the domain. The version is left to the lock: a new item gets 1."""
    return DisputeItem(
        id=dispute.key.id,
        part=dispute.key.part,
        merchant_id=dispute.merchant_id,
        amount_minor=dispute.amount_minor,
        currency=dispute.currency,
        status=dispute.status.value,
        reason=dispute.reason,
        processor_reference=dispute.processor_reference,
        entries=dispute.entries or None,
        created_at=dispute.created_at,
        updated_at=dispute.updated_at,
    )


def dispute_from_raw(raw: dict[str, Any]) -> Dispute:
    """From an item as DynamoDB returns it."""
    item = DisputeItem.from_raw_data(raw)
    return Dispute(
        id=item.part.removeprefix(DISPUTE_PREFIX),
        payment_id=item.id,
        merchant_id=item.merchant_id,
        amount_minor=item.amount_minor,
        currency=item.currency,
        status=DisputeStatus(item.status),
        reason=item.reason,
        processor_reference=item.processor_reference,
        created_at=item.created_at,
        updated_at=item.updated_at,
        entries=tuple(item.entries or ()),
        version=int(item.version),
    )
