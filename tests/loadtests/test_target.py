"""Where load is sent, and where it is not."""

import json
from pathlib import Path
from typing import Any

import pytest

from loadtests.target import Target, TargetError, choose_target

STAGE = "https://abc123.execute-api.eu-west-1.amazonaws.com/dev"
HOST = "abc123.execute-api.eu-west-1.amazonaws.com"
KEY = "sk_dev_actjhdxj4smxpzlu-jp3uvajp_vjthpth3wr6wupvb4ha5wrz2mr3airzd"
OTHER_KEY = "sk_dev_d55lwj2gxtpxxac5-ml7w4kmq_53sk25ju72tq5i5vmrre2fhuoq6nwyr6"
OPERATORS_KEY = "sk_dev_operator-fhbe4ygv_cqnhdnlcxnxnj6f4ex6jlfmuuy7idz3m"


def refusal(**options: Any) -> str:
    with pytest.raises(TargetError) as refused:
        choose_target(**options)
    return str(refused.value)


def stack_file(folder: Path, api_url: str = "http://127.0.0.1:4566/_aws/x/local") -> Path:
    tables = ("idempotency", "payments", "ledger", "directory", "events", "settlements")
    path = folder / "stack.json"
    path.write_text(
        json.dumps(
            {
                "api_url": api_url,
                "endpoint_url": "http://127.0.0.1:4566",
                "region": "us-east-1",
                "tables": {role: role for role in tables},
            }
        )
    )
    return path


def test_stack_file__is_a_local_target(tmp_path: Path) -> None:
    target = choose_target(stack_file=stack_file(tmp_path))
    assert (target.is_local, target.host, target.merchants) == (True, "127.0.0.1", ())


def test_stack_file__that_leads_elsewhere__is_refused(tmp_path: Path) -> None:
    said = refusal(stack_file=stack_file(tmp_path, api_url=STAGE))
    assert said.endswith("which is not on this machine: give it by --host")


def test_stack_file__that_is_not_there__is_refused(tmp_path: Path) -> None:
    assert "run `make up` first" in refusal(stack_file=tmp_path / "stack.json")


def test_host__not_this_machine__needs_consent() -> None:
    said = refusal(host=STAGE, api_keys=[KEY])
    assert said == f"{HOST} is not this machine: --yes-load-this-stage says that it is to be loaded"


def test_host__with_consent__is_taken() -> None:
    target = choose_target(host=f"{STAGE}/", api_keys=[KEY, OTHER_KEY], is_confirmed=True)
    assert (target.api_url, target.is_local, [each.id for each in target.merchants]) == (
        STAGE,
        False,
        ["mer_actjhdxj4smxpzlu", "mer_d55lwj2gxtpxxac5"],
    )


def test_host__whose_name_is_typed__is_taken() -> None:
    target = choose_target(host=STAGE, api_keys=[KEY], ask=lambda question: f" {HOST}\n")
    assert target.api_url == STAGE


@pytest.mark.parametrize("typed", ["", "y", "yes", HOST[:-1], f"{HOST}/dev"])
def test_host__something_else_typed__is_refused(typed: str) -> None:
    said = refusal(host=STAGE, api_keys=[KEY], ask=lambda question: typed)
    assert said == f"that was not {HOST}: nothing was sent"


@pytest.mark.parametrize("host", ["http://127.0.0.1:4566/x", "http://localhost:4566/x"])
def test_host__this_machine__needs_no_consent(host: str) -> None:
    assert choose_target(host=host, api_keys=[KEY]).api_url == host


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"host": STAGE}, "give at least one --api-key"),
        ({"host": "dev"}, "'dev' is no address of an API"),
        ({"host": "ftp://x/y"}, "'ftp://x/y' is no address of an API"),
        ({"host": "https://user@x/y"}, "is no address of an API"),
        ({"host": "https://x:99999/"}, "is no address of an API"),
        ({"host": "http://x/y"}, "is not https: an API key is not sent through the open"),
        ({"host": STAGE, "api_keys": ["sk_dev_x"]}, "an --api-key is not of the form sk_"),
        ({"host": STAGE, "api_keys": [OPERATORS_KEY]}, "an --api-key is an operator's"),
        ({"host": STAGE, "api_keys": [KEY, KEY]}, "two of the API keys are of the same merchant"),
        ({"host": STAGE, "stack_file": Path("x")}, "give --stack-file, or --host"),
        ({"region": "eu-west-1"}, "--region goes with --stack-name"),
        ({"api_keys": [KEY]}, "--api-key goes with --host"),
    ],
)
def test_options__that_cannot_be_meant__are_refused(options: dict[str, Any], said: str) -> None:
    assert said in refusal(**options)


def test_wrong_key__is_not_repeated() -> None:
    assert "vjthpth3" not in refusal(host=STAGE, api_keys=[KEY.replace("_dev_", "_d-v_")])


def test_target__shows_no_secret() -> None:
    target = Target(api_url=STAGE, stack=None, api_keys=(KEY,), stripe_secret="whsec_hidden")
    assert KEY not in repr((target, target.merchants))
    assert "whsec_hidden" not in repr(target)
