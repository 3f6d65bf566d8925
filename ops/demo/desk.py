"""What does the story need beside its merchants' keys? The secret that Stripe signs with, the
bucket for settlement files, and an operator who reads what became of them.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from botocore.exceptions import BotoCoreError, ClientError

from oncepay.domain.principal import OPERATOR
from oncepay.services.create_api_key import create_api_key
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from ops.demo.http_client import HttpClient, Reply
from ops.stack import Stack

DIRECTORY_SECONDS = 20.0
KEY_LIFETIME = timedelta(hours=1)
"""The operator's key is of no use after the story; a merchant's opens nothing but its own."""

SETTLEMENT_SECONDS = 90.0
"""For a file of some hundred rows, which takes moments: the function may have to be started."""

POLL_SECONDS = 0.1
PAGE = 100
MAX_PAGES = 100

FINAL_STATUSES = frozenset({"completed", "quarantined", "failed"})

type Document = dict[str, Any]


class DeskError(Exception):
    """The stack did not do what the operator asked; the message is one clear line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where Stripe and a finance operator stand.

    Attributes:
        client: calls with an operator's key for settlements and events, nothing else.
        stripe_secret: what Stripe signs events with.
        bucket: where settlement files are dropped.
        s3: a client of S3.
    """

    client: HttpClient
    stripe_secret: str
    bucket: str
    s3: Any

    def upload(self, key: str, content: bytes) -> None:
        """Drop a file into the bucket.

        Raises: DeskError.
        """
        try:
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=content)
        except (BotoCoreError, ClientError) as error:
            raise DeskError(f"S3 did not take {key}: {_one_line(error)}") from None

    def wait_for(self, key: str, watch: Callable[[Document], None] | None = None) -> Document:
        """The run of a file that was dropped, once it has ended.

        Args:
            key: of the file, which has one version only.
            watch: is shown the run each time that it was looked at.

        Raises: DeskError if it does not end in time.
        """
        path = f"/v1/settlements?{urlencode({'source_key': key})}"
        ends_at = time.monotonic() + SETTLEMENT_SECONDS
        run: Document = {}
        while time.monotonic() < ends_at:
            found = self.client.call("GET", path).member("data") or [{}]
            run = found[0]
            if watch is not None and run:
                watch(run)
            if run.get("status") in FINAL_STATUSES:
                return run
            time.sleep(POLL_SECONDS)
        said = f"is {run['status']}" if run else "has no run"
        raise DeskError(f"after {SETTLEMENT_SECONDS:.0f} seconds {key} {said}")

    def decide(self, found: Document, action: str, reason: str, *, key: str) -> Reply:
        """Accept, correct, ignore or reopen a break."""
        settlement_id = f"set_{str(found['id']).split('_')[1]}"
        path = f"/v1/settlements/{settlement_id}/breaks/{found['id']}/resolve"
        body = {"action": action, "reason": reason}
        return self.client.call("POST", path, body=body, key=key)

    def results_of(self, settlement_id: str) -> dict[str, bytes]:
        """What was put into the bucket at a run's end, by name.

        Raises: DeskError if it is not there in time.
        """
        ends_at = time.monotonic() + SETTLEMENT_SECONDS
        path = f"/v1/settlements/{settlement_id}"
        while not self.client.call("GET", path).member("results"):
            if time.monotonic() > ends_at:
                raise DeskError(f"{settlement_id} has no results")
            time.sleep(POLL_SECONDS)
        return {
            name: self.s3.get_object(Bucket=self.bucket, Key=f"results/{settlement_id}/{name}")[
                "Body"
            ].read()
            for name in ("summary.json", "breaks.csv")
        }

    def breaks_of(self, settlement_id: str) -> list[Document]:
        """All breaks of a run, page by page."""
        path = f"/v1/settlements/{settlement_id}/breaks?limit={PAGE}"
        breaks: list[Document] = []
        cursor = ""
        for _ in range(MAX_PAGES):
            reply = self.client.call("GET", path + cursor)
            breaks += reply.member("data") or []
            if not reply.member("has_more"):
                break
            cursor = f"&cursor={reply.member('next_cursor')}"
        return breaks


def open_desk(stack: Stack, database: Database) -> Desk:
    """Find the stack's bucket and secret, and make the operator a key.

    Raises: DeskError; PaymentsError if the stack's directory does not answer.
    """
    try:
        stacks = stack.client("cloudformation").describe_stacks(StackName=stack.name)["Stacks"]
        outputs = {o["OutputKey"]: o["OutputValue"] for o in stacks[0].get("Outputs", [])}
        secret = stack.client("secretsmanager").get_secret_value(
            SecretId=outputs["StripeWebhookSecret"]
        )["SecretString"]
        bucket = outputs["SettlementBucket"]
    except (BotoCoreError, ClientError) as error:
        raise DeskError(f"the stack could not be looked at: {_one_line(error)}") from None
    except LookupError as error:
        raise DeskError(f"the stack {stack.name} does not have {error}; deploy it again") from None
    now = datetime.now(UTC)
    _, api_key = create_api_key(
        owner_id=OPERATOR,
        environment=stack.environment,
        scopes=("settlements:read", "settlements:write", "events:read"),
        name="demo",
        expires_at=now + KEY_LIFETIME,
        database=database,
        now=now,
        budget=Budget(DIRECTORY_SECONDS),
    )
    return Desk(
        client=HttpClient(stack.api_url, api_key),
        # There may be several, one for each endpoint at Stripe.
        stripe_secret=(secret.split() or [""])[0],
        bucket=bucket,
        s3=stack.s3_client(),
    )


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
