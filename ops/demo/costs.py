"""What did each call cost? Units by AWS's rules, from the items that the story left."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich.table import Table

from oncepay.domain.capacity import (
    Consistency,
    RawItem,
    index_write_units,
    item_size_bytes,
    read_units,
    write_units,
)
from oncepay.domain.costs.prices import Line, prices_of
from oncepay.domain.idempotency import IdempotentRequest
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from ops.demo.scene import Scene

READ_SECONDS = 20.0

_PRICES = prices_of("us-east-1").prices
WRITE_USD_PER_MILLION = _PRICES[Line.WRITES].usd
READ_USD_PER_MILLION = _PRICES[Line.READS].usd
"""Price of a million request units, on demand."""

PAYMENTS_INDEX_KEY = frozenset({"list_bucket", "list_position"})
ABSENT_BYTES = 0
HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one call uses of DynamoDB; None if its requests are shared with others."""

    call: str
    write_units: Decimal | int
    read_units: Decimal = Decimal(0)
    requests: int | None = 1

    @property
    def usd_per_million(self) -> Decimal:
        """Dollars for a million such calls."""
        return self.write_units * WRITE_USD_PER_MILLION + self.read_units * READ_USD_PER_MILLION


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a call left in the tables.

    Attributes:
        record: its idempotency record.
        item: the deposit, payment or refund.
        entry: its ledger entry; None of a decline.
        balance: the balance that it changed, or looked at.
    """

    record: RawItem
    item: RawItem
    entry: RawItem | None
    balance: RawItem


class MissingItemError(Exception):
    """Something is not where it should be."""


def read_left(database: Database, *, merchant_id: str, currency: str, path: str, key: str) -> Left:
    """Read what the POST of that path and key left.

    Raises: MissingItemError.
    """
    request = IdempotentRequest(
        merchant_id=merchant_id, method="POST", path=path, key=key, fingerprint=""
    )
    record = read_item(database, "idempotency", request.record_id, None)
    item = read_item(database, "payments", record["item_id"]["S"], record["item_part"]["S"])
    listed: list[Mapping[str, Any]] = item.get("entries", {}).get("L", [])
    entry = None
    if listed:
        where = listed[0]["M"]
        entry = read_item(database, "ledger", where["id"]["S"], where["part"]["S"])
    balance = read_item(database, "ledger", f"{merchant_id}#{currency}#0", "balance")
    return Left(record=record, item=item, entry=entry, balance=balance)


def cost_of_deposit(left: Left) -> Cost:
    """One transaction: record, deposit, entry, balance."""
    return Cost(call="deposit", write_units=_transaction(left))


def cost_of_payment(left: Left) -> Cost:
    """One transaction: record, payment, entry, balance; and the payment's place in the list."""
    return Cost(call="payment", write_units=_transaction(left) + _listing(left.item))


def cost_of_replay(left: Left) -> Cost:
    """The same transaction, refused by the record: charged alike, but nothing is listed."""
    return Cost(call="same key again", write_units=_transaction(left))


def cost_of_decline(paid: Left, declined: Left) -> Cost:
    """A payment's transaction, refused by the balance; then record and declined payment."""
    recorded = _written(declined.record) + _written(declined.item) + _listing(declined.item)
    return Cost(call="declined payment", requests=2, write_units=_transaction(paid) + recorded)


def cost_of_refund(left: Left, payment: RawItem) -> Cost:
    """One consistent picture of payment, record and refund; one transaction that changes the
    payment.

    Neither record nor refund is there yet when they are read.
    """
    picture = [item_size_bytes(payment), ABSENT_BYTES, ABSENT_BYTES]
    units = _transaction(left) + _written(payment) + _listing(payment)
    return Cost(
        call="refund",
        requests=2,
        write_units=units,
        read_units=sum(
            (read_units(size, Consistency.TRANSACTIONAL) for size in picture), Decimal(0)
        ),
    )


def cost_of_look_up(merchant: RawItem, api_key: RawItem) -> Cost:
    """The authorizer's one read of a merchant and its key."""
    units = [read_units(item_size_bytes(item), Consistency.STRONG) for item in (merchant, api_key)]
    return Cost(call="look-up of a key", write_units=0, read_units=sum(units, Decimal(0)))


def read_item(database: Database, role: str, id_: str, part: str | None) -> RawItem:
    """An item as it is stored.

    Raises: MissingItemError.
    """
    item = database.get(role, id_, part, Budget(READ_SECONDS))
    if item is None:
        raise MissingItemError(f"there is no item {id_} {part or ''} in the table {role}")
    return item


def read_payment(database: Database, payment_id: str) -> RawItem:
    """A payment as it is stored.

    Raises: MissingItemError.
    """
    return read_item(database, "payments", payment_id, "payment")


def read_owner_and_key(database: Database, api_key: str) -> tuple[RawItem, RawItem]:
    """A merchant and its key as they are stored.

    Raises: MissingItemError.
    """
    owner, _, key_id = api_key.split("_")[2].partition("-")
    return (
        read_item(database, "directory", f"mer_{owner}", "merchant"),
        read_item(database, "directory", f"mer_{owner}", f"api_key#{key_id}"),
    )


def tell_costs(scene: Scene, costs: list[Cost]) -> None:
    """Print the bill."""
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    table.add_column("  call")
    for title in ("requests", "write units", "read units", "$ per million"):
        table.add_column(title, justify="right")
    for cost in costs:
        table.add_row(
            f"  {cost.call}",
            "" if cost.requests is None else str(cost.requests),
            _units(Decimal(cost.write_units)),
            _units(cost.read_units),
            f"{cost.usd_per_million:.3f}",
        )
    scene.console.print(table)


def _units(units: Decimal) -> str:
    return f"{units.quantize(HUNDREDTH).normalize():f}"


def _transaction(left: Left) -> int:
    return sum(_written(i) for i in (left.record, left.item, left.entry, left.balance) if i)


def _written(item: RawItem) -> int:
    return write_units(item_size_bytes(item), transactional=True)


def _listing(payment: RawItem) -> int:
    # The index shows the whole payment; each of these writes changes that picture, never its place.
    return index_write_units(None, payment, key_names=PAYMENTS_INDEX_KEY)
