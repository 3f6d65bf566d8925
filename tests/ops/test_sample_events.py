"""`oncepay events prepare`: what is put in place of what a file makes up, and what is refused."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from oncepay.processors.stripe_signature import read_header, verify
from ops.main import app
from ops.sample_events import (
    EXAMPLE_API_KEY,
    EXAMPLE_BUCKET,
    SIGNATURE_HEADER,
    SIMULATED_HEADER,
    StackValues,
    find_object,
    prepare_event,
    read_values,
)
from ops.stack import StackError

NOW = 1_795_262_400
SECRET = "whsec_of_the_test"
SIMULATED_SECRET = "simsec_of_the_test"
NEWEST = {"versionId": "newest", "eTag": "0f"}


def the_object(key: str) -> dict[str, str]:
    return NEWEST if key == "incoming/a b+c.csv" else {}


VALUES = StackValues(
    api_key="sk_local_a-b_c",
    settlement_bucket="the-bucket",
    stripe_webhook_secret=SECRET,
    simulated_secret=SIMULATED_SECRET,
    find_object=the_object,
)


def signed_event(
    pattern: str, body: str = "{}", *, is_base64: bool = False, name: str = SIGNATURE_HEADER
) -> str:
    return json.dumps(
        {
            "headers": {name: pattern, "Host": "x"},
            "multiValueHeaders": {name: [pattern], "Host": ["x"]},
            "body": body,
            "isBase64Encoded": is_base64,
        }
    )


def header_of(event: dict[str, Any], name: str = SIGNATURE_HEADER) -> str:
    header: str = event["headers"][name]
    assert event["multiValueHeaders"] == {name: [header], "Host": ["x"]}
    return header


@pytest.mark.parametrize(
    ("body", "is_base64", "raw"),
    [
        ('{"id": "é"}', False, '{"id": "é"}'.encode()),
        (base64.b64encode(b"\xff\x00").decode(), True, b"\xff\x00"),
    ],
    ids=["text", "base64"],
)
def test_signature__is_of_the_body_s_bytes__now(body: str, is_base64: bool, raw: bytes) -> None:
    text = signed_event("t={now},v1={signature}", body, is_base64=is_base64)
    header = header_of(prepare_event(text, VALUES, NOW))
    assert header.startswith(f"t={NOW},v1=")
    verify(
        read_header([header]), raw, secrets=[SECRET.encode()], now=datetime.fromtimestamp(NOW, UTC)
    )


def test_signature_of_the_simulated_processor__is_under_its_own_secret() -> None:
    text = signed_event("t={now},v1={signature}", name=SIMULATED_HEADER)
    header = header_of(prepare_event(text, VALUES, NOW), SIMULATED_HEADER)
    secrets = [SIMULATED_SECRET.encode()]
    verify(
        read_header([header], SIMULATED_HEADER),
        b"{}",
        secrets=secrets,
        now=datetime.fromtimestamp(NOW, UTC),
    )


@pytest.mark.parametrize(
    ("pattern", "header"),
    [
        ("t={now-301},v1=00", f"t={NOW - 301},v1=00"),
        ("t={now+3600},v1=00", f"t={NOW + 3600},v1=00"),
        ("t=1,v1=00", "t=1,v1=00"),
        ("v1={signature}", "v1={signature}"),
    ],
)
def test_signature__what_a_file_says_itself__stays(pattern: str, header: str) -> None:
    assert header_of(prepare_event(signed_event(pattern), VALUES, NOW)) == header


def test_key_and_bucket__wherever_they_stand__are_the_stack_s() -> None:
    notice = json.dumps({"bucket": EXAMPLE_BUCKET})
    text = json.dumps({"headers": {"Authorization": EXAMPLE_API_KEY}, "Records": [notice]})
    assert prepare_event(text, VALUES, NOW) == {
        "headers": {"Authorization": "sk_local_a-b_c"},
        "Records": ['{"bucket": "the-bucket"}'],
    }


def announced(key: str, bucket: str = EXAMPLE_BUCKET) -> dict[str, Any]:
    return {"s3": {"bucket": {"name": bucket}, "object": {"key": key, "versionId": "example"}}}


def test_file__that_is_in_the_bucket__is_named_by_its_newest_version() -> None:
    text = json.dumps({"Records": [announced("incoming/a+b%2Bc.csv")]})
    (record,) = prepare_event(text, VALUES, NOW)["Records"]
    assert record["s3"]["object"] == {"key": "incoming/a+b%2Bc.csv", **NEWEST}


def test_file__in_a_queue_s_message__is_named_by_its_newest_version() -> None:
    message = json.dumps({"Records": [announced("incoming/a+b%2Bc.csv")]})
    text = json.dumps({"Records": [{"body": message}, {"body": "{"}, {"body": "[]"}]})
    first, *others = prepare_event(text, VALUES, NOW)["Records"]
    (record,) = json.loads(first["body"])["Records"]
    assert record["s3"]["object"] == {"key": "incoming/a+b%2Bc.csv", **NEWEST}
    assert others == [{"body": "{"}, {"body": "[]"}]


@pytest.mark.parametrize(
    "record",
    [announced("incoming/other.csv"), announced("incoming/a+b%2Bc.csv", "another-bucket")],
    ids=["not there", "in another bucket"],
)
def test_file__of_which_nothing_is_known__stays_as_it_is(record: dict[str, Any]) -> None:
    (prepared,) = prepare_event(json.dumps({"Records": [record]}), VALUES, NOW)["Records"]
    assert prepared["s3"]["object"] == record["s3"]["object"]


@pytest.mark.parametrize("record", [1, {}, {"s3": {}}, {"s3": None}, {"s3": {"object": []}}])
def test_record__of_any_shape__stays_as_it_is(record: object) -> None:
    assert prepare_event(json.dumps({"Records": [record]}), VALUES, NOW) == {"Records": [record]}


@pytest.mark.parametrize("versioned", [True, False], ids=["versioned", "unversioned"])
def test_find_object__is_what_s3_has_last(aws: None, versioned: bool) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="the-bucket")
    if versioned:
        enabled: Any = {"Status": "Enabled"}
        s3.put_bucket_versioning(Bucket="the-bucket", VersioningConfiguration=enabled)
    s3.put_object(Bucket="the-bucket", Key="é", Body=b"old")
    put = s3.put_object(Bucket="the-bucket", Key="é", Body=b"new")
    expected = {"eTag": "22af645d1859cb5ca6da0c484f1f37ea"}
    if versioned:
        expected["versionId"] = put["VersionId"]
    assert find_object(s3, "the-bucket", "é") == expected
    assert find_object(s3, "the-bucket", "none") == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (EXAMPLE_API_KEY, "the stack has no api_key of a merchant; run `make up` again"),
        (EXAMPLE_BUCKET, "the stack has no settlement_bucket; run `make up` again"),
        (
            signed_event("t={now},v1={signature}"),
            "the stack has no stripe_webhook_secret; run `make up` again",
        ),
        (
            signed_event("t={now},v1={signature}", name=SIMULATED_HEADER),
            "the stack has no simulated_processor; run `make up` again",
        ),
        ("{", "the event is not JSON: Expecting property name enclosed in double quotes"),
        ("[" * 100_000, "the event is not JSON: "),
        ("[]", "the event is not a JSON object"),
        (
            signed_event("t={now},v1={signature}", "?", is_base64=True),
            "the event's body is not base64: ",
        ),
    ],
    ids=[
        "no key",
        "no bucket",
        "no secret",
        "no simulated",
        "not JSON",
        "too deep",
        "a list",
        "not base64",
    ],
)
def test_prepare__cannot_be__is_said(text: str, said: str) -> None:
    nothing = StackValues(
        api_key=None,
        settlement_bucket=None,
        stripe_webhook_secret=None,
        simulated_secret=None,
        find_object=the_object,
    )
    with pytest.raises(StackError) as error:
        prepare_event(text, nothing, NOW)
    assert str(error.value).startswith(said)


def test_values__are_those_of_stack_json(tmp_path: Path) -> None:
    path = tmp_path / "stack.json"
    described = {
        "merchants": [{"id": "mer_a", "api_key": "sk_local_a-b_c"}, {"api_key": "other"}],
        "settlement_bucket": "the-bucket",
        "stripe_webhook_secret": SECRET,
        "simulated_processor": {"url": "http://127.0.0.1:1", "secret": SIMULATED_SECRET},
    }
    path.write_text(json.dumps(described))
    values = read_values(path)
    assert values.api_key == "sk_local_a-b_c"
    assert values.settlement_bucket == "the-bucket"
    assert values.stripe_webhook_secret == SECRET
    assert values.simulated_secret == SIMULATED_SECRET


@pytest.mark.parametrize("text", ["", "[]", "null", '{"merchants": [1]}'])
def test_values__no_stack_described__is_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "stack.json"
    path.write_text(text)
    with pytest.raises(StackError, match="does not describe a stack"):
        read_values(path)


def test_command__prints_the_event__for_sam_to_read(tmp_path: Path) -> None:
    stack, event = tmp_path / "stack.json", tmp_path / "event.json"
    stack.write_text("{}")
    event.write_text('{"a": "é"}')
    result = CliRunner().invoke(app, ["events", "prepare", str(event), "--stack-file", str(stack)])
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"a": "é"})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "event.json cannot be read: No such file or directory\n"),
        (b"\xff", "event.json is not UTF-8\n"),
        (b" " * 10_000_001, "event.json is larger than 10000000 bytes\n"),
    ],
    ids=["not there", "not UTF-8", "too large"],
)
def test_command__bad_file__is_one_line_and_exit_1(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    stack, event = tmp_path / "stack.json", tmp_path / "event.json"
    stack.write_text("{}")
    if content is not None:
        event.write_bytes(content)
    result = CliRunner().invoke(app, ["events", "prepare", str(event), "--stack-file", str(stack)])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == f"oncepay events prepare: {event.parent}/{said}"
