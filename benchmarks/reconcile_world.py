"""Which payments does a settlement file tell of? A world that the file is right about, but for a
few breaks, written straight into the table as if each had been captured through a processor.

Not through the API: a million payments would take a day. They are made by the code that stores
payments, so that each item is as large, and costs as much, as a real one.
"""

import functools
import multiprocessing
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from oncepay.domain.identifiers import derive_id, hash_of
from oncepay.domain.ledger import ItemKey, ledger_id
from oncepay.domain.lifecycle import PaymentStatus, RefundStatus
from oncepay.domain.payment import Payment, Refund
from oncepay.domain.settlement_formats.file import SettlementFile
from oncepay.domain.settlement_formats.row import RowKind, SettlementRow
from oncepay.storage.due import settle_bucket
from oncepay.storage.payments import list_position, payment_item, refund_item

type RawItem = dict[str, Any]

MATCHED, AMOUNT_OFF, FEE_OFF = "matched", "amount_mismatch", "fee_mismatch"
UNKNOWN = "missing_in_ledger"
"""What is to become of a row: it matches, or is a break of a kind."""
ONE_AMOUNT_OFF_IN = 1_000
ONE_UNKNOWN_IN = 5_000
"""Rows that are breaks: few, as in a file of a good day."""

FEE_BASIS_POINTS = 200
ROWS_OF_A_TASK = 5_000
ITEMS_OF_A_WRITE = 25
"""Source: DynamoDB service quotas, BatchWriteItem, as of 2026-11."""
MAX_ATTEMPTS = 20
BUFFER_BYTES = 256 * 1024

_CAPTURED_AT = datetime(2026, 11, 1, tzinfo=UTC)
_VERSION = {"N": "2"}
"""Created, and captured."""
_ENTRY_PART = f"entry#le_{'a' * 32}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a world is written.

    Attributes:
        table: name of the table of payments.
        endpoint_url: of the local AWS.
        region: of it.
        processor: that the payments were made through.
        merchant_ids: whose they are, in turns.
    """

    table: str
    endpoint_url: str
    region: str
    processor: str
    merchant_ids: Sequence[str]


class WorldNotWrittenError(Exception):
    """The table would not take all items."""


def write_world(path: Path, place: Place, *, processes: int) -> Counter[str]:
    """Write what a file tells of, as it is before the file comes.

    Args:
        path: of the file.
        place: where it is written.
        processes: how many write at once.

    Returns:
        How many of its rows have to match, and how many to be breaks of each kind.

    Raises:
        WorldNotWrittenError: items were turned away again and again.
    """
    buckets: Counter[str] = Counter()
    # Spawned, not forked: the caller has open connections.
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        tasks = batched(readable_rows(path), ROWS_OF_A_TASK, strict=False)
        for found in pool.imap_unordered(functools.partial(_write_rows, place), tasks):
            buckets += found
    return buckets


def bucket_of(row: SettlementRow) -> str:
    """What is to become of a row."""
    if row.kind is RowKind.REFUND and row.fee_minor:
        # We give no fee back.
        return FEE_OFF
    if row.kind is RowKind.PAYMENT and row.number % ONE_UNKNOWN_IN == ONE_UNKNOWN_IN // 2:
        return UNKNOWN
    if row.kind is RowKind.PAYMENT and row.number % ONE_AMOUNT_OFF_IN == ONE_AMOUNT_OFF_IN // 4:
        return AMOUNT_OFF
    return MATCHED


class Items:
    """What is stored of the payments that rows are about.

    An item is made by the code that stores it once for payments that are alike; the others get
    their own attributes put into a copy. To make each of a million anew would take minutes.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._alike: dict[tuple[str, ...], RawItem] = {}

    def of(self, row: SettlementRow) -> list[RawItem]:
        """The payment of a row, with its refund if the row is of one; nothing of a row of no
        payment, or of one that is to be unknown.
        """
        payment = payment_of(row, self._place)
        if payment is None:
            return []
        kind = (payment.merchant_id, payment.currency)
        if kind not in self._alike:
            self._alike[kind] = stored(payment_item(payment))
        item = self._alike[kind] | _own(payment)
        if row.kind is not RowKind.REFUND:
            return [item]
        return [item, stored(refund_item(_refund(row, payment)))]


def payment_of(row: SettlementRow, place: Place) -> Payment | None:
    """The payment that a row is about, as it was captured; None if there is to be none."""
    bucket = bucket_of(row)
    if row.payment_id is None or bucket == UNKNOWN:
        return None
    amount_minor = abs(row.gross_minor) + (bucket == AMOUNT_OFF)
    refunded_minor = amount_minor if row.kind is RowKind.REFUND else 0
    fee_minor = amount_minor * FEE_BASIS_POINTS // 10_000
    # In our own format the row of a payment says what fee we took; that of a refund says none.
    if row.fee_minor is not None and row.kind is RowKind.PAYMENT:
        fee_minor = row.fee_minor
    merchant_id = place.merchant_ids[row.number % len(place.merchant_ids)]
    return Payment(
        id=row.payment_id,
        merchant_id=merchant_id,
        fingerprint=hash_of("fingerprint", row.payment_id).hex(),
        amount_minor=amount_minor,
        fee_minor=fee_minor,
        fee_basis_points=FEE_BASIS_POINTS,
        currency=row.currency,
        status=PaymentStatus.SUCCEEDED,
        funding_type="card",
        captured_minor=amount_minor,
        refunded_minor=refunded_minor,
        created_at=_CAPTURED_AT,
        updated_at=_CAPTURED_AT,
        entries=(ItemKey(ledger_id(merchant_id, row.currency), _ENTRY_PART),),
        processor=place.processor,
        processor_reference=row.reference or f"pi_{row.number:024}",
        payment_method="pm_card_visa",
        pending_minor=amount_minor - fee_minor - refunded_minor,
        unsettled_since=_CAPTURED_AT,
    )


def stored(item: Any) -> RawItem:
    """As the table has it."""
    raw: RawItem = item.to_dynamodb_dict()
    return raw | {"version": _VERSION}


def _own(payment: Payment) -> RawItem:
    """What payments of one merchant and currency do not share."""
    texts = {
        "id": payment.id,
        "fingerprint": payment.fingerprint,
        "list_position": list_position(payment),
        "processor_reference": payment.processor_reference,
        "due_bucket": settle_bucket(str(payment.processor), payment.id),
    }
    numbers = {
        "amount_minor": payment.amount_minor,
        "fee_minor": payment.fee_minor,
        "captured_minor": payment.captured_minor,
        "refunded_minor": payment.refunded_minor,
        "pending_minor": payment.pending_minor,
    }
    return {name: {"S": text} for name, text in texts.items()} | {
        name: {"N": str(number)} for name, number in numbers.items()
    }


def _refund(row: SettlementRow, payment: Payment) -> Refund:
    refund_id = derive_id("re", hash_of("refund", payment.id))
    return Refund(
        id=refund_id,
        payment_id=payment.id,
        merchant_id=payment.merchant_id,
        fingerprint=hash_of("fingerprint", refund_id).hex(),
        amount_minor=payment.refunded_minor,
        currency=payment.currency,
        status=RefundStatus.SUCCEEDED,
        created_at=_CAPTURED_AT,
        updated_at=_CAPTURED_AT,
        processor_reference=row.own_reference,
    )


def readable_rows(path: Path) -> Iterator[SettlementRow]:
    """Rows of a file that can be read."""
    with path.open("rb", buffering=BUFFER_BYTES) as file:
        for row in SettlementFile(file):
            if isinstance(row, SettlementRow):
                yield row


def _write_rows(place: Place, rows: Sequence[SettlementRow]) -> Counter[str]:
    client = boto3.client(
        "dynamodb",
        region_name=place.region,
        endpoint_url=place.endpoint_url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(proxies={}, parameter_validation=False),
    )
    made = Items(place)
    items = (item for row in rows for item in made.of(row))
    for batch in batched(items, ITEMS_OF_A_WRITE, strict=False):
        _write(client, place.table, [{"PutRequest": {"Item": item}} for item in batch])
    return Counter(bucket_of(row) for row in rows)


def _write(client: Any, table: str, requests: list[Mapping[str, Any]]) -> None:
    left: Mapping[str, Any] = {table: requests}
    for _ in range(MAX_ATTEMPTS):
        left = client.batch_write_item(RequestItems=left).get("UnprocessedItems", {})
        if not left:
            return
    raise WorldNotWrittenError(f"{table} turned items away {MAX_ATTEMPTS} times")
