"""Is reconcile allowed exactly what it does? Its real calls, from every kind of file that it can be
given, against its policy.
"""

from typing import Any

import boto3
import pytest

from oncepay.domain.settlement import SettlementStatus, Source
from oncepay.storage.database import Database
from tests.architecture.recorder import Recorder
from tests.architecture.roles import Permission, granted
from tests.builders import World, id_of
from tests.dropped_files import BUCKET, Drop, a_file, a_line
from tests.events import LambdaContext, load_function, set_environment
from tests.processor_world import running_world

QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/settlements"

# Allowed, and seen in no call of the function.
NOT_CALLED: set[Permission] = {
    # S3 says 404 of an object that is gone only to those who may list the bucket, 403 to others.
    # Source: Amazon S3 API reference, GetObject, "Permissions", as of 2026-11.
    ("SettlementBucket", "s3:ListBucket"),
    ("SettlementBucket", "s3:ListBucketVersions"),
    # Lambda itself, under the function's role: an asynchronous invocation that failed three times.
    ("SettlementDeadLetters", "sqs:SendMessage"),
}


@pytest.fixture
def drop(database: Database, tables: dict[str, str]) -> Drop:
    return Drop(database, tables)


@pytest.fixture
def recorder(tables: dict[str, str]) -> Recorder:
    return Recorder(tables, {BUCKET: "SettlementBucket", QUEUE_URL: "SettlementQueue"})


def test_reconcile__does_exactly_what_it_is_allowed_to(
    recorder: Recorder,
    drop: Drop,
    database: Database,
    tables: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert boto3.client("sqs").create_queue(QueueName="settlements")["QueueUrl"] == QUEUE_URL
    set_environment(monkeypatch, tables, SETTLEMENT_QUEUE_URL=QUEUE_URL)
    module, world = load_function("reconcile"), World(database)
    world.deposit()
    paid, other = id_of(world.pay()), id_of(world.pay(key="other"))
    world.refund(paid, 300)
    with running_world(database) as processor_world:
        # Its share becomes available with its row, which is posted.
        through_processor = processor_world.charge().payment_id
        # Its row takes the fee from a book of several shards.
        refunded = processor_world.charge(currency="EUR", key="refunded").payment_id
        processor_world.refund(refunded, key="refunded")
        world.deposit(40, currency="EUR", key="deposit over shards", shards=4)
    mixed = a_file(
        a_line(through_processor),
        a_line(refunded, currency="EUR"),
        a_line(paid),
        a_line(paid, 300, 0, type_="refund"),
        a_line(other, 5007),
        a_line("pay_nobody"),
        a_line(paid, "1e3"),
    )
    sources = [
        drop.put(mixed),
        drop.put(mixed, "incoming/copy.csv"),
        drop.put(b"no header", "incoming/quarantined.csv"),
    ]
    late = drop.put(mixed, "incoming/late.csv")
    unversioned = drop.put(a_file(a_line(other)), "incoming/unversioned.csv")
    gone = drop.put(a_file(), "incoming/gone.csv")
    drop.delete(gone)
    with recorder.recording(monkeypatch):
        hand_over(module, late, remaining_ms=0)
        for source in (*sources, gone):
            hand_over(module, source)
        hand_over(module, unversioned, versionId=None)
    assert [drop.run(source.settlement_id).status for source in (*sources, gone)] == [
        SettlementStatus.COMPLETED,
        SettlementStatus.COMPLETED,
        SettlementStatus.QUARANTINED,
        SettlementStatus.FAILED,
    ]
    assert drop.run(sources[0].settlement_id).matched == 4
    assert drop.run(sources[1].settlement_id).duplicate_of == sources[0].settlement_id
    assert recorder.used == granted("ReconcileFunction") - NOT_CALLED


def test_what_is_not_called__is_allowed() -> None:
    assert granted("ReconcileFunction") >= NOT_CALLED


def hand_over(module: Any, source: Source, remaining_ms: int = 300_000, **stored: Any) -> None:
    """The function gets a message about a file, and handles it."""
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "s3": {
            "bucket": {"name": source.bucket},
            "object": {"key": source.key, "versionId": source.version_id, "eTag": source.etag}
            | stored,
        },
    }
    answer = module.handler({"Records": [record]}, LambdaContext(remaining_ms))
    assert answer == {"batchItemFailures": []}
