"""The command: where the stack is, what is printed, which exit code; and what verify may import."""

import ast
import json
from pathlib import Path
from typing import Any

import boto3
import pytest
import typer
from botocore.exceptions import ClientError
from typer.testing import CliRunner

import ops.verify
from ops.verify.command import run_verify, verify, verify_command
from ops.verify.stack import local_stack
from ops.verify.sums import CurrencySum
from tests.ops.verify.memory_reader import NAMES
from tests.ops.verify.small_world import ALICE_USD, SmallWorld, raw

USD = CurrencySum(
    deposited_minor=100_777,
    paid_out_minor=5_010,
    fees_minor=100,
    refunded_minor=2_500,
    held_minor=97_400 + 767,
)
EUR = CurrencySum(
    deposited_minor=1_001, paid_out_minor=600, fees_minor=12, refunded_minor=0, held_minor=389
)


@pytest.fixture
def stack_file(tables: dict[str, str], tmp_path: Path) -> Path:
    """A local stack described in a file; moto answers in the place of its endpoint."""
    path = tmp_path / "stack.json"
    described = {
        "endpoint_url": "https://dynamodb.us-east-1.amazonaws.com",
        "region": "us-east-1",
        "tables": tables | {"later": "another"},
    }
    path.write_text(json.dumps(described))
    return path


def test_run_verify__right_books__say_so_with_their_sums(
    dynamodb: Any, tables: dict[str, str], stack_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    SmallWorld().write(dynamodb, tables)
    assert run_verify(stack_file=stack_file) == 0
    printed = capsys.readouterr().out
    assert (
        "USD, in minor units: deposited 100,777 + refunded 2,500 = paid out 5,010 + fees 100 "
        "+ held in balances 98,167: it adds up.\n"
    ) in printed
    assert (
        "EUR, in minor units: deposited 1,001 + refunded 0 = paid out 600 + fees 12 "
        "+ held in balances 389: it adds up.\n"
    ) in printed
    assert printed.endswith("Every cent is proved.\n")


def test_run_verify__settled_files_and_events__are_counted(
    dynamodb: Any, tables: dict[str, str], stack_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    SmallWorld().write(dynamodb, tables)
    assert run_verify(stack_file=stack_file) == 0
    assert (
        "Read 5 settlement runs with 3 breaks, 0 markers, 3 settled payments, 1 settled refund, "
        "and 1 event of payment processors.\n"
    ) in capsys.readouterr().out
    run_verify(stack_file=stack_file, as_json=True)
    assert json.loads(capsys.readouterr().out)["read"] == {
        "runs": 5,
        "breaks": 3,
        "markers": 0,
        "settled_payments": 3,
        "settled_refunds": 1,
        "events": 1,
    }


def test_verify__sums__are_those_of_the_world(dynamodb: Any, tables: dict[str, str]) -> None:
    SmallWorld().write(dynamodb, tables)
    assert verify(tables, client=dynamodb).sums == {"EUR": EUR, "USD": USD}


def test_run_verify__a_cent_too_much__says_where_and_how_much(
    dynamodb: Any, tables: dict[str, str], stack_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = SmallWorld()
    world.items["ledger", ALICE_USD, "balance"]["available_minor"] = raw(97_401)
    world.write(dynamodb, tables)
    assert run_verify(stack_file=stack_file) == 1
    printed = capsys.readouterr().out
    assert (
        "I2 ledger mer_alice#USD#0 / balance: expected available_minor 97400, "
        "the fold of its entries; found 97401\n"
    ) in printed
    assert "held in balances 98,168: 1 too much is accounted for." in printed
    assert printed.endswith("The books are wrong: 1 finding at 1 item.\n")


def test_run_verify__json__has_rules_findings_and_sums(
    dynamodb: Any, tables: dict[str, str], stack_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = SmallWorld()
    world.items["ledger", ALICE_USD, "balance"]["entry_count"] = raw(5)
    world.write(dynamodb, tables)
    assert run_verify(stack_file=stack_file, as_json=True) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["clean"] is False
    assert report["findings"] == [
        {
            "rule": "I2",
            "table": "ledger",
            "key": {"id": ALICE_USD, "part": "balance"},
            "expected": "entry_count 4, its number of entries",
            "found": "5",
        }
    ]
    assert report["rules"][1] == {
        "rule": "I2",
        "says": "every balance is the fold of its own entries, overdrawn by processors alone",
        "checked": 4,
        "findings": 1,
    }
    assert report["sums"]["EUR"] == {
        "deposited_minor": 1_001,
        "paid_out_minor": 600,
        "fees_minor": 12,
        "refunded_minor": 0,
        "held_minor": 389,
        "taken_minor": 0,
        "given_back_minor": 0,
        "found_minor": 0,
        "suspense_minor": 0,
        "costs_minor": 0,
        "banked_minor": 0,
        "owed_minor": {},
        "between_shards_minor": 0,
        "adds_up": True,
    }


def test_run_verify__hostile_content__is_printed_as_text(
    dynamodb: Any, tables: dict[str, str], stack_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = SmallWorld()
    world.items["payments", "pay_bob", "payment"]["status"] = raw("[red]\x1b[2J[/nonsense]\n")
    world.write(dynamodb, tables)
    assert run_verify(stack_file=stack_file) == 1
    printed = capsys.readouterr().out
    assert "found [red]?[2J[/nonsense]?\n" in printed


def test_run_verify__empty_tables__are_no_cent(
    tables: dict[str, str], stack_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_verify(stack_file=stack_file) == 0
    assert capsys.readouterr().out.endswith("there is no cent to prove.\n")


def test_run_verify__local_stack__needs_nothing_of_the_operators_aws(
    dynamodb: Any, stack_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "of-another-job")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert run_verify(stack_file=stack_file) == 0


def test_local_stack__signs_with_dummy_credentials(
    stack_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "the-operators-own")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    client: Any = local_stack(stack_file).client
    signer = client._request_signer._credentials
    assert (signer.access_key, signer.secret_key, signer.token) == ("test", "test", None)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "There is no"),
        ("{", "cannot be read as JSON"),
        ("[" * 100_000, "cannot be read as JSON"),
        ("[]", "not a JSON object"),
        ('{"region": "r"}', "no endpoint_url"),
        ('{"endpoint_url": "http://127.0.0.1:1"}', "no region"),
        ('{"endpoint_url": "http://127.0.0.1:1", "region": "r"}', "no table for: idempotency"),
        (
            '{"endpoint_url": "http://127.0.0.1:1", "region": "r", "tables": {"idempotency": "a", '
            '"payments": "b", "ledger": "c", "directory": "d"}}',
            "no table for: events, settlements; run `make up` again",
        ),
        (
            json.dumps({"endpoint_url": "nonsense", "region": "r", "tables": NAMES}),
            "no usable endpoint",
        ),
    ],
)
def test_run_verify__no_readable_stack_file__is_one_line_and_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, said: str
) -> None:
    path = tmp_path / "stack.json"
    if content is not None:
        path.write_text(content)
    assert run_verify(stack_file=path) == 2
    line = capsys.readouterr().err
    assert said in line
    assert (line.count("\n"), line.startswith("oncepay verify: ")) == (1, True)


def test_run_verify__tables_that_are_gone__are_one_line_and_2(
    aws: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "stack.json"
    names = dict.fromkeys(NAMES, "gone")
    endpoint_url = "https://dynamodb.us-east-1.amazonaws.com"
    described = {"endpoint_url": endpoint_url, "region": "us-east-1", "tables": names}
    path.write_text(json.dumps(described))
    assert run_verify(stack_file=path, as_json=True) == 2
    printed = capsys.readouterr()
    assert "ResourceNotFoundException" in json.loads(printed.out)["error"]
    assert printed.err.count("\n") == 1


def test_run_verify__two_stacks_or_a_region_alone__are_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_verify(stack_file=Path("a"), stack_name="b") == 2
    assert run_verify(region="eu-west-1") == 2
    assert capsys.readouterr().err.count("\n") == 2


def test_run_verify__deployed_stack__is_found_by_its_outputs(
    dynamodb: Any,
    tables: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    SmallWorld().write(dynamodb, tables)
    deploy(monkeypatch, {f"{role.capitalize()}Table": name for role, name in tables.items()})
    assert run_verify(stack_name="books", region="eu-west-1") == 0
    assert capsys.readouterr().out.endswith("Every cent is proved.\n")


def test_run_verify__deployed_stack_without_outputs__is_one_line_and_2(
    aws: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(monkeypatch, {"LedgerTable": "x"})
    assert run_verify(stack_name="books", region="eu-west-1") == 2
    assert run_verify(stack_name="nowhere", region="eu-west-1") == 2
    assert capsys.readouterr().err.splitlines() == [
        "oncepay verify: The stack books has no output IdempotencyTable, PaymentsTable, "
        "DirectoryTable, EventsTable, SettlementsTable: an older Oncepay deployed it; deploy it "
        "again with this one.",
        "oncepay verify: The stack nowhere could not be found: An error occurred "
        "(ValidationError) when calling the DescribeStacks operation: does not exist",
    ]


def test_verify_command__as_typer_command__passes_the_exit_code(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(verify_command)
    missing = str(tmp_path / "none.json")
    assert CliRunner().invoke(app, ["--stack-file", missing, "--json"]).exit_code == 2


def test_verify__imports__share_nothing_with_the_writers() -> None:
    """An independent proof may import boto3 and itself, nothing that the writers use."""
    allowed = {"ops.verify", "boto3", "botocore", "rich", "typer"}
    folder = Path(ops.verify.__file__).parent
    files = sorted(folder.rglob("*.py"))
    assert len(files) > 10
    for path in files:
        for name in imported_by(ast.parse(path.read_text())):
            top = "ops.verify" if name.startswith("ops.verify") else name.partition(".")[0]
            assert top in allowed | STANDARD_LIBRARY, f"{path.name} imports {name}"


STANDARD_LIBRARY = {
    "base64", "collections", "dataclasses", "datetime", "enum", "functools", "hashlib", "itertools",
    "json", "pathlib", "random", "re", "sys", "time", "typing", "zlib",
}  # fmt: skip


def imported_by(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
        elif isinstance(node, ast.Call) and "import" in ast.unparse(node.func):
            raise AssertionError(f"an import in disguise: {ast.unparse(node)}")
    return names


def deploy(monkeypatch: pytest.MonkeyPatch, outputs: dict[str, str]) -> None:
    """A stack `books` in eu-west-1, of which CloudFormation knows the outputs.

    moto would want far more packages for its own CloudFormation than this one answer is worth.
    """

    class Formation:
        def describe_stacks(self, StackName: str) -> Any:  # noqa: N803 - boto3's name
            if StackName != "books":
                raise ClientError(
                    {"Error": {"Code": "ValidationError", "Message": "does not exist"}},
                    "DescribeStacks",
                )
            listed = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
            return {"Stacks": [{"Outputs": listed}]}

    dynamodb = boto3.client("dynamodb")

    class Session:
        def __init__(self, region_name: str) -> None:
            assert region_name == "eu-west-1"

        def client(self, service: str, config: Any) -> Any:
            return Formation() if service == "cloudformation" else dynamodb

    monkeypatch.setattr("ops.verify.stack.boto3.Session", Session)
