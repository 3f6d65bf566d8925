"""How are the books stored? Entries, written once, and balances, changed by commutative updates."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from oncepay.domain.identifiers import entry_time_prefix
from oncepay.domain.ledger import (
    Balance,
    EntryKind,
    ItemKey,
    LedgerEntry,
    Needs,
    Posted,
)
from oncepay.storage.attributes import Postings, Time, WholeNumber
from oncepay.storage.balance_updates import Values, condition_of, update_of
from oncepay.storage.stored_item import StoredItem
from oncepay.storage.tables import stored_in
from oncepay.storage.transactions import Transaction

ENTRY, BALANCE = "entry", "balance"
BALANCE_PART = "balance"
ENTRY_PREFIX = "entry#"
BY_MERCHANT = "by_merchant"


@stored_in("ledger")
class EntryItem(StoredItem):
    """A ledger entry: `part` is `entry#le_...`."""

    class Meta:
        """Bound by `tables.open_table`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    item_id = UnicodeAttribute()
    item_part = UnicodeAttribute()
    payment_id = UnicodeAttribute(null=True)
    currency = UnicodeAttribute()
    postings = Postings()
    created_at = Time()


class BalancesByMerchant(GlobalSecondaryIndex["BalanceItem"]):  # type: ignore[no-untyped-call]
    """The balances of a merchant: sparse, keys only, and so never written again."""

    class Meta:
        """Names and projection."""

        index_name = BY_MERCHANT
        projection = KeysOnlyProjection()

    merchant_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


@stored_in("ledger")
class BalanceItem(StoredItem):
    """A balance: `part` is `balance`. Not version-locked, so that payments do not fail each
    other.
    """

    class Meta:
        """Bound by `tables.open_table`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    by_merchant = BalancesByMerchant()
    merchant_id = UnicodeAttribute()
    currency = UnicodeAttribute()
    available_minor = WholeNumber(null=True)
    pending_minor = WholeNumber(null=True)
    refunding_minor = WholeNumber(null=True)
    disputed_minor = WholeNumber(null=True)
    entry_count = WholeNumber()
    shards = WholeNumber(null=True)


_ABSENT = {"ConditionExpression": "attribute_not_exists(id)"}


def entry_item(entry: LedgerEntry) -> EntryItem:
    """From the domain."""
    return EntryItem(
        id=entry.key.id,
        part=entry.key.part,
        kind=entry.kind.value,
        item_id=entry.item.id,
        item_part=entry.item.part,
        payment_id=entry.payment_id,
        currency=entry.currency,
        postings=entry.postings,
        created_at=entry.created_at,
    )


def entry_from_raw(raw: dict[str, Any]) -> LedgerEntry:
    """From an item as DynamoDB returns it."""
    item = EntryItem.from_raw_data(raw)
    return LedgerEntry(
        id=item.part.removeprefix(ENTRY_PREFIX),
        ledger_id=item.id,
        kind=EntryKind(item.kind),
        item=ItemKey(item.item_id, item.item_part),
        payment_id=item.payment_id,
        currency=item.currency,
        postings=tuple(item.postings),
        created_at=item.created_at,
    )


def balance_from_raw(raw: dict[str, Any]) -> Balance:
    """From an item as DynamoDB returns it; an account never touched is zero."""
    item = BalanceItem.from_raw_data(raw)
    return Balance(
        currency=item.currency,
        available_minor=item.available_minor or 0,
        pending_minor=item.pending_minor or 0,
        shards=item.shards or 1,
        entries=item.entry_count,
    )


def entry_range(
    *, created_from: datetime | None, created_to: datetime | None, before: str | None
) -> Condition:
    """Sort keys of entries: from `created_from` on, before `created_to`, not after the id `before`
    (included).

    An entry's id begins with its time, so that the time alone, to the millisecond, sorts before all
    ids of it.
    """
    lowest = ENTRY_PREFIX + (entry_time_prefix(created_from) if created_from else "")
    highest = min(
        ENTRY_PREFIX + (entry_time_prefix(created_to) if created_to else "~"),
        ENTRY_PREFIX + (before or "~"),
    )
    # An upper end below the lower one is an error to DynamoDB; here it is an empty list.
    condition: Condition = EntryItem.part.between(lowest, max(lowest, highest))
    return condition


def post(
    transaction: Transaction, entry: LedgerEntry, *, needs: Needs | None = None, label: str = ""
) -> None:
    """Add an entry and its effect on its shard's balance to a transaction, under the labels `entry`
    and `balance`; a refused balance comes back as it is.

    Args:
        transaction: to add to.
        entry: absent so far.
        needs: what the balance must be like.
        label: what the labels end in, where there are several.
    """
    transaction.put_as_told(f"{ENTRY}{label}", entry_item(entry), _ABSENT)
    transaction.update_as_told(
        f"{BALANCE}{label}",
        BalanceItem(id=entry.ledger_id, part=BALANCE_PART),
        update_of(entry, needs),
    )


def post_all(transaction: Transaction, posted: Sequence[Posted]) -> None:
    """Several, each in a shard of its own; the labels of the first have no ending."""
    for number, one in enumerate(posted):
        post(transaction, one.entry, needs=one.needs, label=f" {number}" if number else "")


def set_shards(transaction: Transaction, ledger_id: str, shards: int) -> None:
    """Change how many shards a book has, in the balance of its shard 0, under the label `balance`;
    refused if it is not there, or has as many.
    """
    transaction.update(
        BALANCE,
        BalanceItem(id=ledger_id, part=BALANCE_PART),
        [BalanceItem.shards.set(shards)],
        BalanceItem.id.exists()
        & (BalanceItem.shards.does_not_exist() | (BalanceItem.shards < shards)),
    )


def check(transaction: Transaction, ledger_id: str, needs: Needs, *, label: str) -> None:
    """Refuse the transaction, under the label `balance`, unless a balance that it does not change
    is like this.
    """
    values: Values = {}
    condition = condition_of(needs, values)
    if condition is not None:
        transaction.check_as_told(
            f"{BALANCE}{label}",
            BalanceItem(id=ledger_id, part=BALANCE_PART),
            {"ConditionExpression": condition, "ExpressionAttributeValues": values},
        )


def is_of_balance(label: str) -> bool:
    """Whether a label is that of a shard's balance."""
    return label == BALANCE or label.startswith(f"{BALANCE} ")
