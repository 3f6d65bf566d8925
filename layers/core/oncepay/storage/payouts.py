"""How is it stored what processors say that they paid out? In Settlements, an item for each payout,
where reconciliation finds it beside the files.
"""

from datetime import date
from typing import Any

from pynamodb.attributes import UnicodeAttribute, VersionAttribute

from oncepay.domain.inbound_event import Provider
from oncepay.domain.payout import Payout, PayoutFound, PayoutStatus
from oncepay.storage.attributes import Time, WholeNumber
from oncepay.storage.stored_item import StoredItem
from oncepay.storage.tables import stored_in

PAYOUT_PART = "payout"
PAYOUT_PREFIX = "payout#"


@stored_in("settlements")
class PayoutItem(StoredItem):
    """A payout: `id` is `payout#<processor>#<its reference>`, `part` is `payout`."""

    class Meta:
        """Bound by `tables.open_table`."""

        table_name = ""

    id = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    amount_minor = WholeNumber()
    currency = UnicodeAttribute()
    status = UnicodeAttribute()
    arrival_date = UnicodeAttribute(null=True)
    told_at = Time()
    event_id = UnicodeAttribute()
    updated_at = Time()
    version = VersionAttribute()


def payout_id(processor: str, reference: str) -> str:
    """Partition of a payout; `reference` is the processor's own id of it."""
    return f"{PAYOUT_PREFIX}{processor}#{reference}"


def payout_item(payout: Payout) -> PayoutItem:
    """From the domain. The version is left to the lock: a new item gets 1."""
    found = payout.found
    return PayoutItem(
        id=payout_id(payout.processor.value, found.reference),
        part=PAYOUT_PART,
        amount_minor=found.amount_minor,
        currency=found.currency,
        status=found.status.value,
        arrival_date=None if found.arrival_date is None else found.arrival_date.isoformat(),
        told_at=payout.told_at,
        event_id=payout.event_id,
        updated_at=payout.updated_at,
    )


def payout_from_raw(raw: dict[str, Any]) -> Payout:
    """From an item as DynamoDB returns it."""
    item = PayoutItem.from_raw_data(raw)
    processor, _, reference = item.id.removeprefix(PAYOUT_PREFIX).partition("#")
    arrival = item.arrival_date
    return Payout(
        processor=Provider(processor),
        found=PayoutFound(
            reference=reference,
            amount_minor=item.amount_minor,
            currency=item.currency,
            status=PayoutStatus(item.status),
            arrival_date=None if arrival is None else date.fromisoformat(arrival),
        ),
        told_at=item.told_at,
        event_id=item.event_id,
        updated_at=item.updated_at,
        version=int(item.version),
    )
