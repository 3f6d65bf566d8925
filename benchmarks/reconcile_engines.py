"""What is a settlement run measured on? A local stack, with the deployed function; or the bare
engine, with the function in a process of its own. Both of this run alone, and gone after it.
"""

import json
import multiprocessing
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.config import Config

from benchmarks.reconcile_engine import serve
from benchmarks.reconcile_stored import Stored
from benchmarks.reconcile_worker import ENDED
from benchmarks.reconcile_world import Place, write_world
from ops.local.folder import Folder, LocalStackError
from ops.local.stack import bring_down, bring_up
from tests.ministack import free_port, running_ministack
from tests.settlements.desk import Desk
from tests.settlements.worker import workers

KEY: Final = "incoming/benchmark.csv"
REGION: Final = "us-east-1"
PROCESSORS: Final = {"stripe": "stripe", "paypal": "paypal", "adyen": "adyen"}
"""Whose files they are; one of our own format tells of payments through Stripe."""

_ENDING_SECONDS: Final = 30
_LOOK_SECONDS: Final = 0.1


@dataclass(slots=True, kw_only=True)
class Engine:
    """Where a run is measured.

    Attributes:
        place: where its world is.
        expected: rows by what is to become of them.
        stored: the tables.
        bucket: that the file is dropped into.
        pid: of the process that does DynamoDB's work.
        worker_pids: finds the processes that run the function.
        drop: puts the file into the bucket and tells of it; returns its version.
        log_lines: what the function has logged.
    """

    place: Place
    expected: Counter[str]
    stored: Stored
    bucket: str
    pid: int
    worker_pids: Callable[[], Sequence[int]]
    drop: Callable[[], str]
    log_lines: Callable[[], Sequence[str]]


@contextmanager
def open_stack(
    path: Path, folder: Path, *, processor: str, invocation_seconds: int
) -> Iterator[Engine]:
    """A local stack of its own, with the function deployed.

    Args:
        path: of the file.
        folder: empty, for whatever the stack keeps.
        processor: that the payments were made through.
        invocation_seconds: the function's time-out.

    Raises:
        LocalStackError, WorldNotWrittenError: it does not come up.
    """
    mapped = ",".join(f"{name}={whose}" for name, whose in PROCESSORS.items())
    parameters = {"SettlementProcessors": mapped, "ReconcileTimeout": str(invocation_seconds)}
    try:
        stack = bring_up(folder, port=free_port(), parameters=parameters, tell=_say)
        desk = Desk(stack)
        payments = stack["tables"]["payments"]
        # The local AWS keeps every change of a day in memory, two pictures of each: ten times what
        # the payments take.
        desk.dynamodb.update_table(TableName=payments, StreamSpecification={"StreamEnabled": False})
        place = Place(
            table=payments,
            endpoint_url=stack["endpoint_url"],
            region=stack["region"],
            processor=processor,
            merchant_ids=[merchant["id"] for merchant in stack["merchants"]],
        )
        server = Folder(folder.resolve()).running_server()
        if server is None:
            raise LocalStackError("the local AWS has ended")
        function_name = f"{stack['stack_name']}-reconcile"
        yield Engine(
            place=place,
            expected=write_world(path, place, processes=2),
            stored=Stored(desk.dynamodb, stack["tables"]),
            bucket=desk.bucket,
            pid=server.pid,
            worker_pids=lambda: workers(folder, function_name),
            drop=lambda: desk.upload(KEY, path.read_bytes()),
            log_lines=lambda: _log_lines(desk.client("logs"), f"/aws/lambda/{function_name}"),
        )
    finally:
        bring_down(folder, tell=_say)


@contextmanager
def open_bare(
    path: Path, folder: Path, *, processor: str, invocation_seconds: int
) -> Iterator[Engine]:
    """The bare engine, and beside it a local AWS for the bucket and the queue alone.

    Args:
        path: of the file.
        folder: empty, for whatever the local AWS keeps.
        processor: that the payments were made through.
        invocation_seconds: after which a Lambda would end.
    """
    place = Place(
        table="payments",
        endpoint_url="",
        region=REGION,
        processor=processor,
        merchant_ids=[f"mer_{letter * 26}" for letter in "ab"],
    )
    context = multiprocessing.get_context("spawn")
    told, telling = context.Pipe()
    with running_ministack(folder) as url:
        engine = context.Process(target=serve, args=(path, place, telling), daemon=True)
        engine.start()
        try:
            port, expected = told.recv()
            clouds = _Clouds(url, f"http://127.0.0.1:{port}")
            with _Function(clouds, invocation_seconds) as function:
                yield Engine(
                    place=place,
                    expected=Counter(expected),
                    stored=Stored(
                        clouds.client("dynamodb"),
                        {role: role for role in ("payments", "ledger", "settlements")},
                    ),
                    bucket=clouds.bucket,
                    pid=engine.pid or 0,
                    worker_pids=lambda: [function.process.pid],
                    drop=lambda: clouds.drop(path),
                    log_lines=lambda: function.lines,
                )
        finally:
            engine.terminate()
            engine.join()


class _Clouds:
    """The bucket and the queue of one local AWS, the tables of an engine."""

    bucket: Final = "settlements"

    def __init__(self, url: str, tables_url: str) -> None:
        self.url, self.tables_url = url, tables_url
        self.s3, self.sqs = self.client("s3"), self.client("sqs")
        self.s3.create_bucket(Bucket=self.bucket)
        self.s3.put_bucket_versioning(
            Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"}
        )
        self.queue_url: str = self.sqs.create_queue(QueueName="settlements")["QueueUrl"]

    def client(self, service: str) -> Any:
        """A client of one of the two."""
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.tables_url if service == "dynamodb" else self.url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(proxies={}),
        )

    def drop(self, path: Path) -> str:
        """Put the file, and tell of it as S3 would; returns its version."""
        put = self.s3.put_object(Bucket=self.bucket, Key=KEY, Body=path.read_bytes())
        told = {
            "bucket": {"name": self.bucket},
            "object": {"key": KEY, "size": path.stat().st_size, "versionId": put["VersionId"]},
        }
        record = {
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "eventName": "ObjectCreated:Put",
            "s3": told,
        }
        self.sqs.send_message(
            QueueUrl=self.queue_url, MessageBody=json.dumps({"Records": [record]})
        )
        return str(put["VersionId"])


class _Function:
    """The function in a process of its own, which is handed one message after the other."""

    def __init__(self, clouds: _Clouds, invocation_seconds: int) -> None:
        self.lines: list[str] = []
        self._clouds = clouds
        self._is_over = threading.Event()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.reconcile_worker", str(invocation_seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(clouds),
            text=True,
        )
        self._threads = [threading.Thread(target=run) for run in (self._listen, self._hand_out)]

    def __enter__(self) -> "_Function":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self.process.terminate()
        self.process.wait(_ENDING_SECONDS)
        for thread in self._threads:
            thread.join()

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line)

    def _hand_out(self) -> None:
        """As the service does between a queue and a function: a message is deleted only once it was
        handled.
        """
        while not self._is_over.wait(_LOOK_SECONDS) and self.process.poll() is None:
            received = self._clouds.sqs.receive_message(QueueUrl=self._clouds.queue_url)
            for message in received.get("Messages", []):
                if self._is_handled(message):
                    self._clouds.sqs.delete_message(
                        QueueUrl=self._clouds.queue_url, ReceiptHandle=message["ReceiptHandle"]
                    )

    def _is_handled(self, message: dict[str, Any]) -> bool:
        record = {
            "eventSource": "aws:sqs",
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": {},
            "messageAttributes": {},
        }
        seen = len(self.lines)
        if self.process.stdin is None:
            return False
        self.process.stdin.write(json.dumps({"Records": [record]}) + "\n")
        self.process.stdin.flush()
        while not self._is_over.wait(_LOOK_SECONDS) and self.process.poll() is None:
            for line in self.lines[seen:]:
                if line.startswith("{") and json.loads(line).get("message") == ENDED:
                    return not json.loads(line)["answer"]["batchItemFailures"]
        return False


def _environment(clouds: _Clouds) -> dict[str, str]:
    """As template.yaml sets it, and never a real account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **kept,
        "AWS_ENDPOINT_URL": clouds.url,
        "AWS_ENDPOINT_URL_DYNAMODB": clouds.tables_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
        "POWERTOOLS_SERVICE_NAME": "oncepay",
        "PAYMENTS_TABLE": "payments",
        "LEDGER_TABLE": "ledger",
        "SETTLEMENTS_TABLE": "settlements",
        "SETTLEMENT_BUCKET": clouds.bucket,
        "SETTLEMENT_QUEUE_URL": clouds.queue_url,
        "SETTLEMENT_PROCESSORS": ",".join(f"{name}={one}" for name, one in PROCESSORS.items()),
        "SETTLEMENT_TOLERANCE_MINOR": "0",
        "USAGE_SAMPLING": "10",
    }


def _log_lines(logs: Any, group: str) -> list[str]:
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
    return [event["message"] for page in pages for event in page["events"]]


def _say(line: str) -> None:
    sys.stdout.write(f"  {line}\n")
    sys.stdout.flush()
