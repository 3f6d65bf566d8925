"""The operator of the demo waits as long as it is worth, and says what did not happen."""

import time
from datetime import timedelta
from typing import Any

import boto3
import pytest

from oncepay.domain.principal import OPERATOR
from oncepay.services.list_api_keys import list_api_keys
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from ops.demo.desk import Desk, DeskError, open_desk
from ops.demo.http_client import Reply
from ops.stack import Stack
from tests.ops.operators_stack import a_stack

BEGUN = b'{"data":[{"status":"processing","progress":{"rows":0}}]}'
HALF = b'{"data":[{"status":"processing","progress":{"rows":5}}]}'


class Api:
    """Answers GETs from a script, the last answer again and again."""

    def __init__(self, *answers: bytes) -> None:
        self._answers = list(answers)
        self.paths: list[str] = []

    def call(self, method: str, path: str) -> Reply:
        self.paths.append(f"{method} {path}")
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return Reply(200, {}, answer)


def a_desk(api: Api, s3: Any = None) -> Desk:
    return Desk(client=api, stripe_secret="whsec_x", bucket="drop", s3=s3)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)


@pytest.mark.parametrize("status", ["completed", "quarantined", "failed"])
def test_wait__until_it_has_ended__every_look_is_shown(status: str) -> None:
    ended = HALF.replace(b"processing", status.encode())
    api = Api(b'{"data":[]}', BEGUN, HALF, ended)
    seen: list[int] = []
    run = a_desk(api).wait_for("incoming/a b.csv", lambda run: seen.append(run["progress"]["rows"]))
    assert run["status"] == status
    assert seen == [0, 5, 5]
    assert api.paths == ["GET /v1/settlements?source_key=incoming%2Fa+b.csv"] * 4


@pytest.mark.parametrize(
    ("answer", "said"), [(HALF, "x.csv is processing"), (b'{"data":[]}', "x.csv has no run")]
)
def test_wait__never_ends__is_said(
    monkeypatch: pytest.MonkeyPatch, answer: bytes, said: str
) -> None:
    clock = iter(range(0, 1000, 40))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    with pytest.raises(DeskError, match=f"after 90 seconds {said}"):
        a_desk(Api(answer)).wait_for("x.csv")


def test_breaks__are_read_page_by_page() -> None:
    api = Api(
        b'{"data":[{"row":1},{"row":2}],"has_more":true,"next_cursor":"c1"}',
        b'{"data":[],"has_more":true,"next_cursor":"c2"}',
        b'{"data":[{"row":3}],"has_more":false,"next_cursor":null}',
    )
    assert [found["row"] for found in a_desk(api).breaks_of("set_1")] == [1, 2, 3]
    path = "GET /v1/settlements/set_1/breaks?limit=100"
    assert api.paths == [path, f"{path}&cursor=c1", f"{path}&cursor=c2"]


def test_upload__no_such_bucket__is_one_line(aws: None) -> None:
    with pytest.raises(DeskError, match=r"^S3 did not take a\.csv: .*NoSuchBucket[^\n]*$"):
        a_desk(Api(b"{}"), boto3.client("s3")).upload("a.csv", b"x")


def test_upload__is_there(aws: None) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="drop")
    a_desk(Api(b"{}"), s3).upload("incoming/a.csv", b"rows")
    assert s3.get_object(Bucket="drop", Key="incoming/a.csv")["Body"].read() == b"rows"


class Formation:
    """CloudFormation that knows one stack's outputs; moto's needs packages that are not here."""

    def __init__(self, outputs: dict[str, str]) -> None:
        self._outputs = outputs

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        assert StackName == "oncepay-test"
        listed = [{"OutputKey": key, "OutputValue": text} for key, text in self._outputs.items()]
        return {"Stacks": [{"Outputs": listed}]}


@pytest.fixture
def secret_id(aws: None) -> str:
    """Of a secret that holds those of two endpoints."""
    created = boto3.client("secretsmanager").create_secret(
        Name="stripe", SecretString="whsec_one whsec_two"
    )
    return created["ARN"]


def deploy(monkeypatch: pytest.MonkeyPatch, **outputs: str) -> Stack:
    make = Stack.client

    def client(stack: Stack, service: str) -> Any:
        return Formation(outputs) if service == "cloudformation" else make(stack, service)

    monkeypatch.setattr(Stack, "client", client)
    return a_stack({})


def test_open__an_older_stack__is_told_to_be_deployed_again(
    monkeypatch: pytest.MonkeyPatch, database: Database, secret_id: str
) -> None:
    stack = deploy(monkeypatch, StripeWebhookSecret=secret_id)
    with pytest.raises(DeskError, match="does not have 'SettlementBucket'; deploy it again"):
        open_desk(stack, database)


def test_open__secret_is_gone__is_one_line(
    monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    stack = deploy(monkeypatch, StripeWebhookSecret="gone", SettlementBucket="drop")
    with pytest.raises(DeskError, match=r"^the stack could not be looked at: [^\n]+$"):
        open_desk(stack, database)


def test_open__a_stack__its_bucket_and_the_first_of_its_secrets(
    monkeypatch: pytest.MonkeyPatch, database: Database, secret_id: str
) -> None:
    stack = deploy(monkeypatch, StripeWebhookSecret=secret_id, SettlementBucket="drop")
    desk = open_desk(stack, database)
    assert (desk.stripe_secret, desk.bucket) == ("whsec_one", "drop")


def test_open__its_key__is_an_operators_of_settlements_for_an_hour(
    monkeypatch: pytest.MonkeyPatch, database: Database, secret_id: str, budget: Budget
) -> None:
    stack = deploy(monkeypatch, StripeWebhookSecret=secret_id, SettlementBucket="drop")
    open_desk(stack, database)
    [key] = list_api_keys(OPERATOR, database=database, budget=budget)
    assert key.scopes == ("settlements:read", "settlements:write", "events:read")
    assert key.expires_at == key.created_at + timedelta(hours=1)
