"""A merchant's payments, newest first, a page at a time. May lag writes by moments."""

from dataclasses import dataclass
from datetime import datetime

from oncepay.domain.capacity import item_size_bytes
from oncepay.domain.payment import Payment
from oncepay.services.page import Slice
from oncepay.storage import payments
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.transactions import RawItem

MAX_READS_PER_PAGE = 8
"""Index pages that one request reads, or one of each shard; a filter that matches little then
answers a short page with a cursor."""

MAX_PAGE_BYTES = 3_000_000
"""Lambda refuses an answer beyond 6 MB, and JSON may spell a character longer than it is stored."""

READ_SIZE = 100
"""Items looked at in one read when a filter may drop most of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFilter:
    """What to list; None is everything. `created_to` is exclusive, all other bounds inclusive."""

    status: str | None = None
    currency: str | None = None
    customer_id: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    min_amount: int | None = None
    max_amount: int | None = None


def list_payments(
    merchant_id: str,
    chosen: PaymentFilter,
    *,
    limit: int,
    after: str | None,
    database: Database,
    budget: Budget,
    shards: int = 1,
) -> Slice[Payment]:
    """Read a page.

    Args:
        merchant_id: whose payments.
        chosen: the filter.
        limit: at most so many, 1..100.
        after: position of the last payment seen, or None for the first page.
        database: the tables.
        budget: the time left.
        shards: how many the merchant's list has.

    Returns:
        At most `limit` payments, of 3 MB together; fewer, even none, may come with a next position.
    """
    condition = payments.list_filter(
        status=chosen.status,
        currency=chosen.currency,
        customer_id=chosen.customer_id,
        min_amount=chosen.min_amount,
        max_amount=chosen.max_amount,
    )
    # One more than asked for tells whether there are more; one more again, since the range includes
    # `after` itself.
    read_size = limit + 2 if condition is None else max(limit + 2, READ_SIZE)
    found: list[Payment] = []
    size_bytes = 0
    position = after
    for _ in range(max(1, MAX_READS_PER_PAGE // shards)):
        raws: list[RawItem] = []
        # The oldest that each shard was read to: what is older than the newest of them may be
        # unread elsewhere.
        read_to: list[str] = []
        for shard in range(shards):
            page = database.query_page(
                "payments",
                payments.list_bucket(merchant_id, shard),
                budget,
                index=payments.BY_MERCHANT,
                range_condition=payments.list_range(
                    created_from=chosen.created_from, created_to=chosen.created_to, before=position
                ),
                filter_condition=condition,
                limit=read_size,
                newest_first=True,
            )
            raws += page.items
            if page.last_key is not None:
                read_to.append(page.last_key["list_position"]["S"])
        horizon = max(read_to, default="")
        for raw in _newest_first(raws, horizon):
            payment = payments.payment_from_raw(raw)
            if payments.list_position(payment) == position:
                continue
            size_bytes += item_size_bytes(raw)
            if len(found) == limit or (found and size_bytes > MAX_PAGE_BYTES):
                return Slice(found, payments.list_position(found[-1]))
            found.append(payment)
        if not read_to:
            return Slice(found, None)
        position = horizon
    return Slice(found, position)


def _newest_first(raws: list[RawItem], horizon: str) -> list[RawItem]:
    positions = [(raw["list_position"]["S"], number) for number, raw in enumerate(raws)]
    return [
        raws[number] for position, number in sorted(positions, reverse=True) if position >= horizon
    ]
