"""What does a finance operator do? Upload a file, wait for its run, read the run and its breaks.

By S3, by the queue and by the HTTP API of a stack as its stack.json describes it; and, behind the
code's back, by reading the tables.
"""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import quote, quote_plus, urlencode

import boto3
from botocore.config import Config

FINAL_STATUSES: Final = frozenset({"completed", "quarantined", "failed"})
PAGE: Final = 100
HTTP_SECONDS: Final = 30
HTTP_ATTEMPTS: Final = 8
POLL_SECONDS: Final = 0.05
REST_SECONDS: Final = 1.0

type Document = dict[str, Any]


class DeskError(Exception):
    """The stack did not do what the operator asked, in time."""


class Desk:
    """An operator's place at one stack.

    Args:
        stack: what stack.json says.
    """

    def __init__(self, stack: Document) -> None:
        self.stack = stack
        self.bucket: str = stack["settlement_bucket"]
        self.queue_url: str = stack["settlement_queue_url"]
        self.s3 = self.client("s3")
        self.sqs = self.client("sqs")
        self.dynamodb = self.client("dynamodb")

    def client(self, service: str) -> Any:
        """A client of the stack's own AWS, never of a real one."""
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.stack["endpoint_url"],
            region_name=self.stack["region"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(proxies={}),
        )

    def upload(self, key: str, content: bytes) -> str:
        """Drop a file; returns the version that it became."""
        put = self.s3.put_object(Bucket=self.bucket, Key=key, Body=content)
        return str(put["VersionId"])

    def tell_again(self, key: str, version_id: str) -> None:
        """Send the event of an upload once more, as S3 words it."""
        self.send(json.dumps({"Records": [self.event_record(key, version_id)]}))

    def tell_again_and_wait(self, key: str, version_id: str, *, seconds: float = 60) -> None:
        """The same, until no more messages are in the queue than before: it was handled.

        A message that others sent may be in work all the while, and end before this one: so the
        queue is at rest first, and fewer than before is as good as as many.

        Raises: DeskError if it is not in time.
        """
        ends_at = time.monotonic() + seconds
        hidden_before = self.wait_for_rest(ends_at)
        self.tell_again(key, version_id)
        while (depth := self.queue_depth()) > (0, hidden_before):
            if time.monotonic() > ends_at:
                raise DeskError(f"{key}: after {seconds:.0f} s the queue is at {depth}")
            time.sleep(POLL_SECONDS)

    def wait_for_rest(self, ends_at: float) -> int:
        """Until the queue has not changed for a moment; returns how many of its messages are kept
        from being taken: what failed, and will be tried again."""
        depth, since = self.queue_depth(), time.monotonic()
        while depth[0] or time.monotonic() < min(since + REST_SECONDS, ends_at):
            if time.monotonic() > ends_at:
                raise DeskError(f"the queue does not come to rest: it is at {depth}")
            time.sleep(POLL_SECONDS)
            if (now := self.queue_depth()) != depth:
                depth, since = now, time.monotonic()
        return depth[1]

    def queue_depth(self) -> tuple[int, int]:
        """How many messages wait in the settlement queue, and how many are being handled."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self.sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=names)
        visible, hidden = (int(told["Attributes"][name]) for name in names)
        return visible, hidden

    def event_record(self, key: str, version_id: str) -> Document:
        """What S3 says of an upload; its key is form-encoded."""
        head = self.s3.head_object(Bucket=self.bucket, Key=key, VersionId=version_id)
        return {
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": self.stack["region"],
            "eventTime": "2026-11-21T10:00:00.000Z",
            "eventName": "ObjectCreated:Put",
            "userIdentity": {"principalId": "operator"},
            "requestParameters": {"sourceIPAddress": "127.0.0.1"},
            "responseElements": {},
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "settlements",
                "bucket": {
                    "name": self.bucket,
                    "ownerIdentity": {"principalId": "operator"},
                    "arn": f"arn:aws:s3:::{self.bucket}",
                },
                "object": {
                    "key": quote_plus(key),
                    "size": head["ContentLength"],
                    "eTag": head["ETag"].strip('"'),
                    "versionId": version_id,
                    "sequencer": "0055AED6DCD90281E5",
                },
            },
        }

    def send(self, body: str) -> str:
        """Put a message into the settlement queue; returns its id."""
        sent = self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=body)
        return str(sent["MessageId"])

    def get(self, path: str, *, api_key: str | None = None, **query: str) -> Document:
        """Read something, with the operator's key if no other is given."""
        url = self.stack["api_url"] + path + (f"?{urlencode(query)}" if query else "")
        key = api_key or self.stack["admin_api_key"]
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {key}"})
        said = ""
        for attempt in range(HTTP_ATTEMPTS):
            try:
                with urllib.request.urlopen(request, timeout=HTTP_SECONDS) as response:
                    document: Document = json.loads(response.read())
                    return document
            except urllib.error.HTTPError as error:
                with error:
                    said = f"{error.code} {error.read()[:500]!r}"
                if error.code not in {429, 503}:
                    break
            except OSError as error:
                said = str(error)
            time.sleep(0.1 * 2**attempt)
        raise DeskError(f"GET {path} was answered by {said}")

    def pages(self, path: str, *, api_key: str | None = None, **query: str) -> Iterator[Document]:
        """Every entry of a list, page by page."""
        query = {"limit": str(PAGE), **query}
        while True:
            page = self.get(path, api_key=api_key, **query)
            yield from page["data"]
            if not page["has_more"]:
                return
            query["cursor"] = page["next_cursor"]

    def find_run(self, key: str, version_id: str) -> Document | None:
        """The run of a version of a file, if there is one yet."""
        for run in self.pages("/v1/settlements", source_key=key):
            if run["source"]["version_id"] == version_id:
                return run
        return None

    def wait(
        self,
        key: str,
        version_id: str,
        *,
        seconds: float = 120,
        watch: Callable[[Document | None], None] = lambda run: None,
    ) -> Document:
        """The run once it is final.

        Args:
            key: of the file.
            version_id: of the file.
            seconds: how long to wait.
            watch: is given the run each time that it was looked at.

        Raises: DeskError if it is not final in time.
        """
        ends_at = time.monotonic() + seconds
        run: Document | None = None
        while time.monotonic() < ends_at:
            run = self.find_run(key, version_id)
            if run is not None and run["status"] in FINAL_STATUSES:
                return run
            watch(run)
            time.sleep(POLL_SECONDS)
        raise DeskError(f"after {seconds:.0f} s the run of {key} is {run}")

    def settle(self, key: str, content: bytes, *, seconds: float = 120) -> Document:
        """Upload a file and wait for its run."""
        return self.wait(key, self.upload(key, content), seconds=seconds)

    def results(self, run_id: str, *, seconds: float = 60) -> tuple[bytes, bytes]:
        """What was put into the bucket at a run's end: its summary, and the table of its breaks.

        Raises: DeskError if they are not there in time.
        """
        ends_at = time.monotonic() + seconds
        while not self.get(f"/v1/settlements/{quote(run_id)}").get("results"):
            if time.monotonic() > ends_at:
                raise DeskError(f"{run_id} has no results after {seconds:.0f} s")
            time.sleep(POLL_SECONDS)
        summary, table = (
            self.s3.get_object(Bucket=self.bucket, Key=f"results/{run_id}/{name}")["Body"].read()
            for name in ("summary.json", "breaks.csv")
        )
        return summary, table

    def breaks(self, run_id: str) -> list[Document]:
        """All breaks of a run."""
        return list(self.pages(f"/v1/settlements/{quote(run_id)}/breaks"))

    def items(self, role: str) -> list[Document]:
        """Every item of a table as DynamoDB has it."""
        pages = self.dynamodb.get_paginator("scan").paginate(
            TableName=self.stack["tables"][role], ConsistentRead=True
        )
        return [item for page in pages for item in page["Items"]]
