"""What did a settlement file and each of its rows cost? Units by AWS's rules, from the items that
the story left.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from oncepay.domain.capacity import (
    Consistency,
    RawItem,
    index_write_units,
    item_size_bytes,
    read_units,
    update_units,
    write_units,
)
from oncepay.storage.breaks import open_bucket
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.settlement_markers import LATEST_PART, latest_id
from oncepay.storage.settlements import (
    CLAIM_PART,
    RUN_PART,
    claim_id,
    source_pointer_id,
)
from ops.demo.costs import (
    PAYMENTS_INDEX_KEY,
    READ_SECONDS,
    Cost,
    MissingItemError,
    read_item,
    read_payment,
)
from ops.demo.settlements import Settled

RUNS_INDEX_KEY = frozenset({"list_bucket", "list_position"})
RUNS_INDEX_SHOWS = RUNS_INDEX_KEY | {"id", "part"}

SETTLED = frozenset({"settlement_id", "settled_at"})
"""What a row that matches adds to a payment or refund."""

OPEN_INDEX_KEY = frozenset({"open_bucket", "opened_at"})
OPEN_INDEX_SHOWS = OPEN_INDEX_KEY | {"id", "part", "kind", "gross_minor", "currency"}

VERSIONS_ASIDE = 3
"""Of a run: one when it is begun, one when it has claimed its content, one when its results are in
the bucket; each chunk of rows is one more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftByFile:
    """What a settlement file left in the tables.

    Attributes:
        run: its run.
        pointer: from its name to the run.
        claim: of its content.
        latest: that a file of its format came.
        payment: that a row of it matched; so with `refund`.
        refunded: the partition of that refund: its payment and all beside it.
        found: a break of it.
        named: the payment that the break names.
    """

    run: RawItem
    pointer: RawItem
    claim: RawItem
    latest: RawItem
    payment: RawItem
    refund: RawItem
    refunded: tuple[RawItem, ...]
    found: RawItem
    named: RawItem


def read_file(database: Database, settled: Settled) -> LeftByFile:
    """Read what a file left.

    Raises: MissingItemError.
    """
    budget = Budget(READ_SECONDS)
    run = read_item(database, "settlements", settled.settlement_id, RUN_PART)
    position = run["list_position"]["S"]
    partition = tuple(database.query_all("payments", settled.refund.payment_id, budget))
    breaks = database.query_all("settlements", settled.settlement_id, budget)
    return LeftByFile(
        run=run,
        pointer=read_item(database, "settlements", source_pointer_id(settled.key), position),
        claim=read_item(database, "settlements", claim_id(run["sha256"]["S"]), CLAIM_PART),
        latest=read_item(database, "settlements", latest_id(run["format"]["S"]), LATEST_PART),
        payment=read_payment(database, settled.payment.payment_id),
        refund=_first(item for item in partition if "settlement_id" in item and _is_refund(item)),
        refunded=partition,
        found=_first(item for item in breaks if item.get("payment_id") == {"S": settled.broken_id}),
        named=read_payment(database, settled.broken_id),
    )


def cost_of_file(left: LeftByFile) -> Cost:
    """Three transactions, whatever its rows: the run and its pointer; the claim, that a file of its
    format came, and the run; the run, once its results are in the bucket.
    """
    shown = {name: left.run[name] for name in RUNS_INDEX_SHOWS}
    begun = _put(left.run) + _put(left.pointer)
    listed = index_write_units(None, shown, key_names=RUNS_INDEX_KEY)
    claimed = _put(left.claim) + _put(left.latest) + _put(left.run)
    written = begun + listed + claimed + _put(left.run)
    return Cost(call="settlement file", requests=3, write_units=Decimal(written))


def cost_of_payment_row(left: LeftByFile) -> Cost:
    """A read of the payment, an update of it and of its place in the list; the row's share of the
    run's progress.
    """
    before = _before(left.payment)
    units = _update(before, left.payment)
    units += index_write_units(before, left.payment, key_names=PAYMENTS_INDEX_KEY)
    return Cost(
        call="row: payment",
        requests=None,
        write_units=units + _progress(left.run),
        read_units=_read(item_size_bytes(before)) + _NO_MARKER,
    )


def cost_of_refund_row(left: LeftByFile) -> Cost:
    """A read of the payment with all its refunds, and an update of one of them."""
    whole_bytes = sum(item_size_bytes(item) for item in left.refunded)
    return Cost(
        call="row: refund",
        requests=None,
        write_units=_update(_before(left.refund), left.refund) + _progress(left.run),
        read_units=_read(whole_bytes) + _NO_MARKER,
    )


def cost_of_break(left: LeftByFile) -> Cost:
    """A read of the payment, a put of the break, and its place among the open ones."""
    # Somebody may have decided about it since.
    opened = {**left.found, "open_bucket": {"S": open_bucket(int(left.found["row"]["N"]))}}
    shown = {name: value for name, value in opened.items() if name in OPEN_INDEX_SHOWS}
    listed = index_write_units(None, shown, key_names=OPEN_INDEX_KEY)
    return Cost(
        call="row: break",
        requests=None,
        write_units=_put(opened) + listed + _progress(left.run),
        read_units=_read(item_size_bytes(left.named)) + _NO_MARKER,
    )


def _first(items: Iterable[RawItem]) -> RawItem:
    found = next(iter(items), None)
    if found is None:
        raise MissingItemError("the settlement file did not leave the refund, or break, looked for")
    return found


def _is_refund(item: RawItem) -> bool:
    return str(item["part"]["S"]).startswith("refund#")


def _progress(run: RawItem) -> Decimal:
    """The run is written once for each chunk of rows, in the chunk's transaction."""
    chunks = int(run["version"]["N"]) - VERSIONS_ASIDE
    return Decimal(chunks * _put(run)) / int(run["total_rows"]["N"])


def _before(item: RawItem) -> Mapping[str, Any]:
    return {name: value for name, value in item.items() if name not in SETTLED}


def _put(item: RawItem) -> int:
    return write_units(item_size_bytes(item), transactional=True)


def _update(before: RawItem, after: RawItem) -> int:
    return update_units(item_size_bytes(before), item_size_bytes(after), transactional=True)


def _read(size_bytes: int) -> Decimal:
    return read_units(size_bytes, Consistency.STRONG)


_NO_MARKER = _read(0)
"""Of each row it is asked whether it was booked before, and nothing is there."""
