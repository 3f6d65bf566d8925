"""How is it stored what a settlement file says was paid out together? Beside its run, in one item,
and only of files that name their payouts.
"""

from typing import Any

from pynamodb.attributes import UnicodeAttribute

from oncepay.domain.settlement_payouts import PaidBatch
from oncepay.storage.attributes import WholeNumberMap
from oncepay.storage.stored_item import StoredItem
from oncepay.storage.tables import stored_in

BATCHES_PART = "batches"


@stored_in("settlements")
class BatchesItem(StoredItem):
    """What each payout comes to: `part` is `batches`. Written once."""

    class Meta:
        """Bound by `tables.open_table`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    processor = UnicodeAttribute()
    net_minor = WholeNumberMap()


def batches_item(run_id: str, processor: str, batches: tuple[PaidBatch, ...]) -> BatchesItem:
    """From the domain."""
    net_minor = {f"{each.reference}#{each.currency}": each.net_minor for each in batches}
    return BatchesItem(id=run_id, part=BATCHES_PART, processor=processor, net_minor=net_minor)


def batches_from_raw(raw: dict[str, Any]) -> tuple[str, tuple[PaidBatch, ...]]:
    """Whose they are, and the batches, from an item as DynamoDB returns it."""
    item = BatchesItem.from_raw_data(raw)
    batches = []
    for name, net_minor in sorted(item.net_minor.items()):
        reference, _, currency = name.rpartition("#")
        batches.append(PaidBatch(reference=reference, currency=currency, net_minor=net_minor))
    return item.processor, tuple(batches)
