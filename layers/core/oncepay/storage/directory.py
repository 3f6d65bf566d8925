"""How are merchants and their API keys stored? Beside each other, so that one read finds both."""

from typing import Any

from pynamodb.attributes import UnicodeAttribute, VersionAttribute

from oncepay.domain.api_key import ApiKey, Merchant
from oncepay.storage.attributes import StringList, Time, WholeNumber
from oncepay.storage.stored_item import StoredItem
from oncepay.storage.tables import stored_in
from oncepay.storage.transactions import Transaction

API_KEY_PREFIX = "api_key#"
MERCHANT = "merchant"


@stored_in("directory")
class MerchantItem(StoredItem):
    """A merchant: `part` is `merchant`."""

    class Meta:
        """Bound by `tables.open_table`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    fee_basis_points = WholeNumber(null=True)
    shards = WholeNumber(null=True)
    created_at = Time()
    version = VersionAttribute()


@stored_in("directory")
class ApiKeyItem(StoredItem):
    """An API key without its secret: `part` is `api_key#<key id>`."""

    class Meta:
        """Bound by `tables.open_table`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    secret_sha256 = UnicodeAttribute()
    scopes = StringList()
    name = UnicodeAttribute()
    created_at = Time()
    expires_at = Time(null=True)
    revoked_at = Time(null=True)
    version = VersionAttribute()


def merchant_item(merchant: Merchant) -> MerchantItem:
    """From the domain."""
    return MerchantItem(
        id=merchant.key.id,
        part=merchant.key.part,
        name=merchant.name,
        fee_basis_points=merchant.fee_basis_points,
        # One is absent: most merchants have no more.
        shards=merchant.shards if merchant.shards > 1 else None,
        created_at=merchant.created_at,
    )


def api_key_item(api_key: ApiKey) -> ApiKeyItem:
    """From the domain."""
    return ApiKeyItem(
        id=api_key.key.id,
        part=api_key.key.part,
        secret_sha256=api_key.secret_sha256,
        scopes=api_key.scopes,
        name=api_key.name,
        created_at=api_key.created_at,
        expires_at=api_key.expires_at,
        revoked_at=api_key.revoked_at,
    )


def set_shards(transaction: Transaction, before: Merchant, shards: int) -> None:
    """Change how many shards a merchant's books have, under the label `merchant`; refused unless
    the merchant is as it was read.
    """
    transaction.update(
        MERCHANT,
        MerchantItem(id=before.key.id, part=before.key.part, version=before.version),
        [MerchantItem.shards.set(shards)],
    )


def merchant_from_raw(raw: dict[str, Any]) -> Merchant:
    """From an item as DynamoDB returns it."""
    item = MerchantItem.from_raw_data(raw)
    return Merchant(
        id=item.id,
        name=item.name,
        fee_basis_points=item.fee_basis_points,
        created_at=item.created_at,
        version=int(item.version),
        shards=item.shards or 1,
    )


def api_key_from_raw(raw: dict[str, Any]) -> ApiKey:
    """From an item as DynamoDB returns it."""
    item = ApiKeyItem.from_raw_data(raw)
    return ApiKey(
        owner_id=item.id,
        key_id=item.part.removeprefix(API_KEY_PREFIX),
        secret_sha256=item.secret_sha256,
        scopes=tuple(item.scopes),
        name=item.name,
        created_at=item.created_at,
        expires_at=item.expires_at,
        revoked_at=item.revoked_at,
        version=int(item.version),
    )
