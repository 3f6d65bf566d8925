"""What did a payment through a processor cost? Requests and units of DynamoDB by AWS's rules, from
the items that the story left.

Each of them is written in two transactions, before the call and after it. What an item was like
after the first is what it is now, less what the second one added.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from oncepay.domain.capacity import (
    Consistency,
    RawItem,
    index_write_units,
    item_size_bytes,
    read_units,
    update_units,
)
from oncepay.domain.idempotency import IdempotentRequest
from oncepay.storage.database import Database
from oncepay.storage.due import BUCKETS, SETTLE_PREFIX
from oncepay.storage.operations import OPERATION_PREFIX, REFERENCE_PART, reference_id
from ops.demo.costs import PAYMENTS_INDEX_KEY, Cost, read_item, read_payment

DUE_INDEX_KEY = frozenset({"due_bucket", "due_at"})
DUE_INDEX_SHOWS = DUE_INDEX_KEY | {"id", "part"}

ANSWER = frozenset({"status_code", "body", "expires_at"})
"""What a record gets with the answer."""

CAPTURED = frozenset({"entries", "pending_minor"})
"""What a payment gets when it is captured."""

AUTHORIZED = frozenset({"processor_reference", "authorization_expires_at", "due_bucket", "due_at"})
"""What it gets when it is authorized."""

OPEN_OPERATION = "open_operation"
ABSENT_BYTES = 0

type Write = tuple[RawItem | None, RawItem]
"""An item before and after; None before if it is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftByOperation:
    """What an operation left in the tables.

    Attributes:
        record: of the request.
        payment: as it is now.
        refund: if it is one.
        operation: beside the payment.
        entries: that it posted.
        pointers: from the processor's ids that it brought.
        balance: the merchant's, if it posted anything.
    """

    record: RawItem
    payment: RawItem
    refund: RawItem | None
    operation: RawItem
    entries: tuple[RawItem, ...]
    pointers: tuple[RawItem, ...]
    balance: RawItem | None


def read_left_by_operation(
    database: Database, *, merchant_id: str, currency: str, path: str, key: str, prefix: str
) -> LeftByOperation:
    """Read what the POST of that path and key left.

    Args:
        database: the tables.
        merchant_id, currency: whose.
        path, key: of the request.
        prefix: of the operation's id: `pay`, `cap` or `re`.

    Raises: MissingItemError.
    """
    request = IdempotentRequest(
        merchant_id=merchant_id, method="POST", path=path, key=key, fingerprint=""
    )
    operation_id = request.derive_id(prefix)
    record = read_item(database, "idempotency", request.record_id, None)
    payment_id = record["item_id"]["S"]
    payment = read_payment(database, payment_id)
    operation = read_item(database, "payments", payment_id, OPERATION_PREFIX + operation_id)
    refund = None
    if prefix == "re":
        refund = read_item(database, "payments", payment_id, record["item_part"]["S"])
    listed = (payment if refund is None else refund).get("entries", {}).get("L", [])
    keys = [one["M"] for one in listed]
    balance = None
    if keys:
        balance = read_item(database, "ledger", f"{merchant_id}#{currency}#0", "balance")
    pointer = reference_id(operation["processor"]["S"], operation["reference"]["S"])
    return LeftByOperation(
        record=record,
        payment=payment,
        refund=refund,
        operation=operation,
        entries=tuple(
            read_item(database, "ledger", one["id"]["S"], one["part"]["S"]) for one in keys
        ),
        pointers=(read_item(database, "payments", pointer, REFERENCE_PART),),
        balance=balance,
    )


def cost_of_charge(left: LeftByOperation) -> Cost:
    """Reserve: record, payment, operation. Settle: these, entry, pointer, balance."""
    reserve = [(None, _began(left)), *_begins(left)]
    return _cost("charge", reserve, _settle_charge(left))


def cost_of_authorization(left: LeftByOperation) -> Cost:
    """Reserve as for a charge. Settle: record, payment, operation, pointer."""
    began = _began(left)
    reserve = [(None, began), *_begins(left)]
    settle = [(began, _authorized(left)), *_ends(left)]
    return _cost("authorization", reserve, settle)


def cost_of_capture(left: LeftByOperation) -> Cost:
    """One consistent picture. Reserve: record, payment, operation. Settle: these, entry, pointer,
    balance.
    """
    authorized = _authorized(left)
    busy = {**authorized, OPEN_OPERATION: {"S": _id_of(left.operation)}}
    reserve = [(authorized, busy), *_begins(left)]
    settle = [(busy, _captured(left)), *_ends(left), *_posts(left.entries, left.balance)]
    return _cost("capture", reserve, settle, picture_of=authorized)


def cost_of_refund(left: LeftByOperation) -> Cost:
    """One consistent picture. Reserve: record, payment, refund, operation, entry, balance. Settle:
    these, and a pointer.
    """
    refund = left.refund or {}
    began = _without(refund, frozenset({"processor_reference"}))
    payment = (left.payment, _changed(left.payment))
    first, second = left.entries[:1], left.entries[1:]
    reserve = [payment, (None, began), *_begins(left), *_posts(first, left.balance)]
    settle = [payment, (began, refund), *_ends(left), *_posts(second, left.balance)]
    return _cost("refund to a card", reserve, settle, picture_of=left.payment)


def units_to_settle(left: LeftByOperation) -> int:
    """Write units of the transaction that ends a charge."""
    return _units(_settle_charge(left))


def items_to_settle(left: LeftByOperation) -> tuple[RawItem, RawItem]:
    """Payment and operation as they were before a charge ended."""
    return _began(left), _open(left)


def _cost(
    call: str,
    reserve: Sequence[Write],
    settle: Sequence[Write],
    *,
    picture_of: RawItem | None = None,
) -> Cost:
    reads = Decimal(0)
    if picture_of is not None:
        # Beside it the record and what is to be made, neither of which is there yet.
        sizes = [item_size_bytes(picture_of), ABSENT_BYTES, ABSENT_BYTES]
        reads = sum((read_units(size, Consistency.TRANSACTIONAL) for size in sizes), Decimal(0))
    return Cost(
        call=call,
        requests=2 if picture_of is None else 3,
        write_units=_units(reserve) + _units(settle),
        read_units=reads,
    )


def _began(left: LeftByOperation) -> RawItem:
    """The payment before anything was known of its charge."""
    return _without(left.payment, CAPTURED | AUTHORIZED)


def _settle_charge(left: LeftByOperation) -> list[Write]:
    settled = (_began(left), _captured(left))
    return [settled, *_ends(left), *_posts(left.entries, left.balance)]


def _begins(left: LeftByOperation) -> list[Write]:
    return [(None, _open(left)), (None, _without(left.record, ANSWER))]


def _ends(left: LeftByOperation) -> list[Write]:
    return [
        (_open(left), left.operation),
        (_without(left.record, ANSWER), left.record),
        *((None, pointer) for pointer in left.pointers),
    ]


def _posts(entries: Iterable[RawItem], balance: RawItem | None) -> list[Write]:
    posted: list[Write] = [(None, entry) for entry in entries]
    return posted if balance is None else [*posted, (balance, balance)]


def _open(left: LeftByOperation) -> RawItem:
    """The operation before it was closed: leased, due, and somebody waits for it."""
    some_time = left.operation["created_at"]
    return {
        **_without(left.operation, frozenset({"reference"})),
        "record_id": left.record["id"],
        "lease_until": some_time,
        **_due(some_time),
    }


def _authorized(left: LeftByOperation) -> RawItem:
    """The payment before it was captured: due when it lapses."""
    some_time = left.payment["created_at"]
    held = _without(left.payment, CAPTURED)
    return {**held, "authorization_expires_at": some_time, **_due(some_time)}


def _captured(left: LeftByOperation) -> RawItem:
    """The payment when it was captured: waited for until a file settles it, as one may have."""
    processor = left.payment["processor"]["S"]
    waits = {
        "due_bucket": {"S": f"{SETTLE_PREFIX}{processor}#{BUCKETS - 1}"},
        "due_at": left.payment["created_at"],
    }
    return {**left.payment, **waits}


def _due(moment: Mapping[str, str]) -> dict[str, Mapping[str, str]]:
    return {"due_bucket": {"S": "work#15"}, "due_at": moment}


def _changed(payment: RawItem) -> RawItem:
    # Another version of the same size: the list shows all of it, and so is written too.
    return {**payment, "version": {"N": "0"}}


def _without(item: RawItem, names: frozenset[str]) -> RawItem:
    return {name: value for name, value in item.items() if name not in names}


def _id_of(operation: RawItem) -> str:
    return str(operation["part"]["S"]).removeprefix(OPERATION_PREFIX)


def _units(writes: Iterable[Write]) -> int:
    return sum(_units_of(before, after) for before, after in writes)


def _units_of(before: RawItem | None, after: RawItem) -> int:
    before_bytes = item_size_bytes(before) if before is not None else ABSENT_BYTES
    units = update_units(before_bytes, item_size_bytes(after), transactional=True)
    if "list_bucket" in after:
        units += index_write_units(before, after, key_names=PAYMENTS_INDEX_KEY)
    return units + index_write_units(_shown(before), _shown(after), key_names=DUE_INDEX_KEY)


def _shown(item: RawItem | None) -> RawItem | None:
    """What the index of unfinished work shows of it; None if it is not in there."""
    if item is None or "due_bucket" not in item:
        return None
    return {name: item[name] for name in DUE_INDEX_SHOWS if name in item}
