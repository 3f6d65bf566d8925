"""Which stack is meant, and every way in which it can be none."""

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from ops.stack import (
    DEFAULT_STACK_FILE,
    SimulatedProcessor,
    StackError,
    choose_stack,
    deployed_stack,
    forget_operators_aws,
    local_stack,
)
from tests.template_tables import template

TABLES = {
    "idempotency": "I",
    "payments": "P",
    "ledger": "L",
    "directory": "D",
    "events": "E",
    "settlements": "S",
}
LOCAL = {
    "stack_name": "oncepay-local",
    "api_url": "http://127.0.0.1:4566/_aws/execute-api/abc/local/",
    "endpoint_url": "http://127.0.0.1:4566",
    "region": "us-east-1",
    "tables": {**TABLES, "later": "X"},
}
OUTPUTS = {
    "IdempotencyTable": "I",
    "PaymentsTable": "P",
    "LedgerTable": "L",
    "DirectoryTable": "D",
    "EventsTable": "E",
    "SettlementsTable": "S",
    "ApiUrl": "https://abc.execute-api.eu-west-1.amazonaws.com/dev",
    "Environment": "dev",
}


def a_file(folder: Path, **changes: Any) -> Path:
    path = folder / "stack.json"
    path.write_text(json.dumps(LOCAL | changes))
    return path


def test_local_stack__as_make_up_wrote_it__is_read(tmp_path: Path) -> None:
    stack = local_stack(a_file(tmp_path))
    assert stack.is_local
    assert (stack.name, stack.environment, stack.region) == ("oncepay-local", "local", "us-east-1")
    assert stack.tables == TABLES
    assert stack.api_url == "http://127.0.0.1:4566/_aws/execute-api/abc/local"
    assert (stack.credentials.access_key_id, stack.credentials.secret_access_key) == ("test",) * 2


def test_local_stack__of_another_stage__makes_keys_of_that_stage(tmp_path: Path) -> None:
    assert local_stack(a_file(tmp_path, environment="load")).environment == "load"


def test_local_stack__no_file__says_make_up() -> None:
    with pytest.raises(StackError, match="run `make up` first"):
        local_stack(Path("nowhere/stack.json"))


@pytest.mark.parametrize("text", ["", "{", "[1]", '"x"', "null", "[" * 100_000, "\x00"])
def test_local_stack__not_a_description__is_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "stack.json"
    path.write_text(text)
    with pytest.raises(StackError) as caught:
        local_stack(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["api_url", "endpoint_url", "region"])
@pytest.mark.parametrize("value", [None, "", 5])
def test_local_stack__something_missing__is_named(tmp_path: Path, name: str, value: Any) -> None:
    with pytest.raises(StackError, match=f"no {name}"):
        local_stack(a_file(tmp_path, **{name: value}))


def test_local_stack__a_table_missing__is_named(tmp_path: Path) -> None:
    path = a_file(tmp_path, tables={"payments": "P", "idempotency": "I", "directory": "D"})
    with pytest.raises(StackError, match="no ledger"):
        local_stack(path)


def test_forget_operators_aws__profile_files_and_proxy__are_out_of_the_way() -> None:
    environ = {
        "AWS_PROFILE": "company",
        "AWS_SESSION_TOKEN": "t",
        "AWS_ENDPOINT_URL": "http://elsewhere",
        "NO_PROXY": "a",
        "PATH": "p",
    }
    forget_operators_aws(environ, "http://127.0.0.1:4566")
    assert environ == {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": "a,127.0.0.1",
        "no_proxy": "127.0.0.1",
        "PATH": "p",
    }
    before = dict(environ)
    forget_operators_aws(environ, "http://127.0.0.1:4566")
    assert environ == before


def test_local_stack__opens__although_the_operators_profile_does_not_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy() | {"AWS_PROFILE": "not-there"})
    stack = local_stack(a_file(tmp_path))
    client = stack.dynamodb_client()
    assert client.meta.endpoint_url == "http://127.0.0.1:4566"
    assert "AWS_PROFILE" not in os.environ


def test_choose_stack__nothing_named__is_the_default_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    DEFAULT_STACK_FILE.parent.mkdir()
    a_file(DEFAULT_STACK_FILE.parent)
    assert choose_stack().name == "oncepay-local"


def test_choose_stack__region_of_a_local_stack__is_refused() -> None:
    with pytest.raises(StackError, match="--region goes with --stack-name"):
        choose_stack(region="us-east-1")


def test_choose_stack__both_named__is_refused() -> None:
    with pytest.raises(StackError, match="not both"):
        choose_stack(stack_file=Path("x"), stack_name="y")


class Formation:
    """CloudFormation with one stack, or with an error."""

    def __init__(self, outputs: dict[str, str], error: Exception | None = None) -> None:
        self.outputs = outputs
        self.error = error

    def describe_stacks(self, StackName: str) -> Any:  # noqa: N803
        if self.error is not None:
            raise self.error
        outputs = [{"OutputKey": k, "OutputValue": v} for k, v in self.outputs.items()]
        return {"Stacks": [{"StackName": StackName, "Outputs": outputs}]}


def an_account(
    monkeypatch: pytest.MonkeyPatch, formation: Formation, *, credentials: bool = True
) -> None:
    signing = SimpleNamespace(access_key="AK", secret_key="SK", token="T")
    found = SimpleNamespace(get_frozen_credentials=lambda: signing) if credentials else None

    def session(region_name: str | None) -> Any:
        return SimpleNamespace(
            region_name=region_name,
            get_credentials=lambda: found,
            client=lambda service: formation,
        )

    monkeypatch.setattr(boto3, "Session", session)


def refusal(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "DescribeStacks")


def test_deployed_stack__outputs__are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    an_account(monkeypatch, Formation(OUTPUTS | {"Later": "x"}))
    stack = deployed_stack("oncepay-dev", "eu-west-1")
    assert not stack.is_local
    assert (stack.name, stack.environment, stack.region) == ("oncepay-dev", "dev", "eu-west-1")
    assert stack.tables == TABLES
    assert stack.endpoint_url is None
    assert stack.credentials.session_token == "T"


def test_deployed_stack__no_region__says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    an_account(monkeypatch, Formation(OUTPUTS))
    monkeypatch.delenv("AWS_REGION")
    with pytest.raises(StackError, match="no AWS region"):
        deployed_stack("x")


def test_deployed_stack__no_credentials__says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    an_account(monkeypatch, Formation(OUTPUTS), credentials=False)
    with pytest.raises(StackError, match="no AWS credentials"):
        deployed_stack("x", "eu-west-1")


def test_deployed_stack__unknown__is_named_with_its_region(monkeypatch: pytest.MonkeyPatch) -> None:
    error = refusal("ValidationError", "Stack with id x does not exist")
    an_account(monkeypatch, Formation({}, error))
    with pytest.raises(StackError, match="there is no stack x in eu-west-1"):
        deployed_stack("x", "eu-west-1")


def test_deployed_stack__access_denied__is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    an_account(monkeypatch, Formation({}, refusal("AccessDenied", "you\nmay not")))
    with pytest.raises(StackError, match=r"refused .* AccessDenied: you may not"):
        deployed_stack("x", "eu-west-1")


@pytest.mark.parametrize("missing", OUTPUTS)
def test_deployed_stack__output_missing__is_named(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    outputs = {name: value for name, value in OUTPUTS.items() if name != missing}
    an_account(monkeypatch, Formation(outputs))
    with pytest.raises(StackError, match=f"no output {missing}"):
        deployed_stack("x", "eu-west-1")


def test_deployed_stack__of_before_settlements__says_to_deploy_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    later = {"EventsTable", "SettlementsTable"}
    an_account(monkeypatch, Formation({k: v for k, v in OUTPUTS.items() if k not in later}))
    with pytest.raises(StackError, match="no output EventsTable: an older Oncepay deployed it"):
        deployed_stack("x", "eu-west-1")


def test_deployed_stack__of_something_else__is_said_not_to_be_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    an_account(monkeypatch, Formation({"ApiUrl": "https://example.com", "BucketName": "x"}))
    with pytest.raises(StackError, match="is not Oncepay's: it has no output IdempotencyTable"):
        deployed_stack("x", "eu-west-1")


def test_deployed_stack__profile_not_there__is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "not-there")
    with pytest.raises(StackError, match="not-there"):
        deployed_stack("x", "eu-west-1")


def test_deployed_stack__region_of_the_environment__is_taken_unless_one_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    an_account(monkeypatch, Formation(OUTPUTS))
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    assert deployed_stack("oncepay-dev").region == "eu-north-1"
    assert deployed_stack("oncepay-dev", "eu-west-1").region == "eu-west-1"


def test_local_stack__with_a_simulated_processor__knows_where_it_is(tmp_path: Path) -> None:
    described = {"url": "http://127.0.0.1:4000/", "secret": "simsec_1"}
    stack = local_stack(a_file(tmp_path, simulated_processor=described))
    assert stack.simulated_processor == SimulatedProcessor(
        url="http://127.0.0.1:4000", secret="simsec_1"
    )
    assert "simsec_1" not in repr(stack)


@pytest.mark.parametrize(
    "described",
    [None, "http://127.0.0.1:4000", {"url": "http://127.0.0.1:4000"}, {"secret": "simsec_1"}],
)
def test_local_stack__that_an_earlier_version_described__has_no_simulated_processor(
    tmp_path: Path, described: object
) -> None:
    stack = local_stack(a_file(tmp_path, simulated_processor=described))
    assert stack.simulated_processor is None


def test_sweep_function__is_named_as_the_template_names_it(tmp_path: Path) -> None:
    properties = template()["Resources"]["SweepFunction"]["Properties"]
    named = properties["FunctionName"]["Fn::Sub"].replace("${AWS::StackName}", "oncepay-local")
    assert local_stack(a_file(tmp_path)).sweep_function == named
