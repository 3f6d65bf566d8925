"""Which merchants have several shards to each of their books? One item for each, which is due again
and again, so that the sweep levels what is in the shards.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.attributes import UnicodeAttribute, VersionAttribute

from oncepay.domain.ledger import ItemKey
from oncepay.storage.attributes import Time, WholeNumber
from oncepay.storage.due import due_bucket
from oncepay.storage.stored_item import StoredItem
from oncepay.storage.tables import stored_in
from oncepay.storage.transactions import Transaction

PART = "shards"
HOT = "hot_merchant"


@stored_in("payments")
class HotMerchantItem(StoredItem):
    """A merchant with several shards: `id` is the merchant's, `part` is `shards`."""

    class Meta:
        """Bound by `tables.open_table`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    merchant_id = UnicodeAttribute()
    shards = WholeNumber()
    due_bucket = UnicodeAttribute()
    due_at = Time()
    created_at = Time()
    updated_at = Time()
    version = VersionAttribute()


@dataclass(frozen=True, slots=True, kw_only=True)
class HotMerchant:
    """A merchant whose books have `shards` shards each; looked at again at `due_at`."""

    merchant_id: str
    shards: int
    due_at: datetime
    created_at: datetime
    version: int = 1

    @property
    def key(self) -> ItemKey:
        """Where it is stored."""
        return ItemKey(self.merchant_id, PART)


def put_hot_merchant(transaction: Transaction, hot: HotMerchant) -> None:
    """Add it to a transaction, under the label `hot_merchant`; refused if it is there."""
    transaction.put(
        HOT,
        HotMerchantItem(
            id=hot.key.id,
            part=hot.key.part,
            merchant_id=hot.merchant_id,
            shards=hot.shards,
            due_bucket=due_bucket(hot.merchant_id),
            due_at=hot.due_at,
            created_at=hot.created_at,
            updated_at=hot.created_at,
        ),
    )


def change_hot_merchant(
    transaction: Transaction, before: HotMerchant, *, shards: int, due_at: datetime, now: datetime
) -> None:
    """Change it, under the same label; refused unless it is as it was read."""
    transaction.update(
        HOT,
        HotMerchantItem(id=before.key.id, part=before.key.part, version=before.version),
        [
            HotMerchantItem.shards.set(shards),
            HotMerchantItem.due_at.set(due_at),
            HotMerchantItem.updated_at.set(now),
        ],
    )


def hot_merchant_from_raw(raw: dict[str, Any]) -> HotMerchant:
    """From an item as DynamoDB returns it."""
    item = HotMerchantItem.from_raw_data(raw)
    return HotMerchant(
        merchant_id=item.merchant_id,
        shards=item.shards,
        due_at=item.due_at,
        created_at=item.created_at,
        version=int(item.version),
    )
