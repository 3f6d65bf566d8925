"""Settlement files for tests: lines of the native format, and a bucket to drop them into."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

import boto3

from oncepay.api.settlement_results import settlement_result_json
from oncepay.domain.settlement import Settlement, Source
from oncepay.services.reconcile_file import Reconciled, Tools, reconcile_file
from oncepay.storage.breaks import break_from_raw
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from oncepay.storage.objects import ObjectStore
from oncepay.storage.settlements import settlement_from_raw
from tests.builders import NOW

HEADER = "row_id,type,payment_id,amount_minor,fee_minor,currency,occurred_at"
BUCKET = "settlements"
PROCESSORS = {"stripe": "stripe", "paypal": "paypal", "adyen": "adyen"}
OCCURRED = "2026-11-20T10:00:00Z"


def a_line(
    payment_id: str,
    amount_minor: object = 5_000,
    fee_minor: object = 100,
    *,
    row_id: str = "r1",
    type_: str = "payment",
    currency: str = "USD",
    occurred_at: str = OCCURRED,
) -> str:
    """A row that settles a payment of 50.00 USD, unless told otherwise."""
    return f"{row_id},{type_},{payment_id},{amount_minor},{fee_minor},{currency},{occurred_at}"


def a_file(*lines: str) -> bytes:
    """A file of these rows."""
    return "".join(f"{line}\n" for line in (HEADER, *lines)).encode()


class Drop:
    """A versioned bucket, and a worker that takes what is dropped into it."""

    def __init__(self, database: Database, tables: dict[str, str]) -> None:
        self.database = database
        self.tables = tables
        self.s3 = boto3.client("s3")
        self.dynamodb = boto3.client("dynamodb")
        # A client costs more than all the rest of a test.
        self.objects = ObjectStore()
        self.s3.create_bucket(Bucket=BUCKET)
        self.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        self.now: datetime = NOW

    def put(self, content: bytes, key: str = "incoming/a.csv") -> Source:
        """Drop a file."""
        put = self.s3.put_object(Bucket=BUCKET, Key=key, Body=content)
        return Source(
            bucket=BUCKET, key=key, version_id=put["VersionId"], etag=put["ETag"].strip('"')
        )

    def source(self, key: str, version_id: str) -> Source:
        """A version of a file that is there."""
        return Source(bucket=BUCKET, key=key, version_id=version_id, etag=None)

    def delete(self, source: Source) -> None:
        """Delete that version of a file for good."""
        self.s3.delete_object(
            Bucket=source.bucket, Key=source.key, VersionId=source.version_id or "null"
        )

    def take(self, source: Source, **overrides: Any) -> Reconciled:
        """Let a worker take a file."""
        values: dict[str, Any] = {
            "objects": self.objects,
            "database": self.database,
            "processors": PROCESSORS,
            "tolerance_minor": 0,
            "summarize": settlement_result_json,
            "clock": self.clock,
            "budget": Budget(60, sleep=lambda _: None),
        }
        return reconcile_file(source, Tools(**(values | overrides)))

    def clock(self) -> datetime:
        """A millisecond later at each look."""
        self.now += timedelta(milliseconds=1)
        return self.now

    def settle(self, *lines: str, key: str = "incoming/a.csv") -> Settlement:
        """Drop a file of these rows and book it."""
        return self.take(self.put(a_file(*lines), key)).run

    def run(self, settlement_id: str) -> Settlement:
        """As it is stored."""
        return settlement_from_raw(self.items(settlement_id, "run")[0])

    def breaks(self, settlement_id: str) -> list[tuple[int, str]]:
        """Row and kind of each."""
        found = [break_from_raw(raw) for raw in self.items(settlement_id, "break#")]
        return [(b.row, b.kind.value) for b in found]

    def everything(self) -> str:
        """A hash of all tables: two are equal if nothing was written between them."""
        digest = hashlib.sha256()
        for table in sorted(self.tables.values()):
            items = self.dynamodb.scan(TableName=table)["Items"]
            digest.update(repr(sorted(map(repr, items))).encode())
        return digest.hexdigest()

    def items(self, settlement_id: str, part: str) -> list[dict[str, Any]]:
        """Raw items of a run whose `part` begins so."""
        page = self.dynamodb.query(
            TableName=self.tables["settlements"],
            KeyConditionExpression="id = :id AND begins_with(part, :part)",
            ExpressionAttributeValues={":id": {"S": settlement_id}, ":part": {"S": part}},
        )
        items: list[dict[str, Any]] = page["Items"]
        return items
