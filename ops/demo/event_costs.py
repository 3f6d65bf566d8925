"""What did an event of a processor cost? Units of DynamoDB by AWS's rules, from the items that the
story left.

Every event that tells of a payment is looked for first; a new one is put together with all that it
changes. Listed are only its keys.
"""

from decimal import Decimal

from oncepay.domain.capacity import (
    Consistency,
    RawItem,
    index_write_units,
    item_size_bytes,
    read_units,
    write_units,
)
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.payouts import PAYOUT_PART
from ops.demo.costs import READ_SECONDS, Cost, read_item
from ops.demo.processor_costs import LeftByOperation, items_to_settle, units_to_settle

LISTED_KEY = frozenset({"list_bucket", "list_position"})
LISTED = LISTED_KEY | {"id"}


def read_event(database: Database, id_: str) -> RawItem:
    """An event as it is stored.

    Raises: MissingItemError.
    """
    return read_item(database, "events", id_, None)


def read_payout(database: Database, id_: str) -> RawItem:
    """What an event told of a payout, as it is stored.

    Raises: MissingItemError.
    """
    return read_item(database, "settlements", id_, PAYOUT_PART)


def cost_of_settling_event(event: RawItem, left: LeftByOperation) -> Cost:
    """A look whether it is there, the payment read whole, and one transaction: its put, and all
    that ends a charge.

    Args:
        event: that told how the charge had ended.
        left: by that charge.
    """
    return Cost(
        call="event that ends a charge",
        requests=3,
        write_units=_put(event) + units_to_settle(left),
        read_units=_look() + _look(*items_to_settle(left)),
    )


def cost_of_known_event(database: Database, event: RawItem, payment_id: str) -> Cost:
    """The same looks, and its put alone: it tells what is known already."""
    family = database.query_all("payments", payment_id, Budget(READ_SECONDS))
    return Cost(
        call="event of what is known",
        requests=3,
        write_units=_put(event),
        read_units=_look() + _look(*family),
    )


def cost_of_same_event(event: RawItem) -> Cost:
    """A look: it is there."""
    return Cost(call="same event again", write_units=0, read_units=_look(event))


def cost_of_payout_event(event: RawItem, payout: RawItem) -> Cost:
    """A look whether the payout is known, and one transaction: its put, and the payout's."""
    return Cost(
        call="event of a payout",
        requests=2,
        write_units=_put(event) + write_units(item_size_bytes(payout), transactional=True),
        read_units=_look(),
    )


def _look(*items: RawItem) -> Decimal:
    """A strong read of all that is there of one key."""
    return read_units(sum(map(item_size_bytes, items)), Consistency.STRONG)


def _put(event: RawItem) -> int:
    listed = {name: value for name, value in event.items() if name in LISTED}
    units = write_units(item_size_bytes(event), transactional=True)
    return units + index_write_units(None, listed, key_names=LISTED_KEY)
