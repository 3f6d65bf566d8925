"""`oncepay cost`: flags, files and records become a workload; bad ones are said in one line."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from oncepay.domain.costs.workload import COUNTED
from ops.main import app
from tests.template_tables import ROOT

CLAIM = ("--payments", "1000000", "--queries-per-payment", "5.2", "--retention-days", "90")


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["cost", *map(str, words)], env={"COLUMNS": "200"})


def as_json(*words: object) -> dict[str, Any]:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


@pytest.fixture
def record(tmp_path: Path) -> Path:
    summary = {"seconds": 60, "workload": {"payments": 100, "replays": 10, "charges": 20}}
    (tmp_path / "summary.json").write_text(json.dumps(summary))
    return tmp_path


def test_claim__is_told_line_by_line_beside_what_is_claimed() -> None:
    told = run(*CLAIM).stdout
    assert "1,000,000 payments x 9 units = 9,000,000, at $0.625 per million" in told
    assert "beside DynamORM's claim for this month" in told
    assert "40.04" in told


@pytest.mark.parametrize("document", ["README.md", "docs/costs.md"])
def test_figures_of_the_documents__are_those_of_the_command(document: str) -> None:
    told = as_json(*CLAIM)
    both = told["dynamodb_and_lambda_usd"]
    services = {one["service"]: one["usd"] for one in told["by_service"]}
    text = (ROOT / document).read_text()
    figures = [
        both["traffic"], both["fixed"], services["DynamoDB backups"], services["API Gateway"],
        told["total_usd"], told["total_usd_after_allowances"],
    ]  # fmt: skip
    rounded = [f"{Decimal(figure):.2f}" for figure in figures]
    assert [figure for figure in rounded if figure not in text] == []


def test_table_of_the_document__is_what_the_command_tells() -> None:
    told = run(*CLAIM).stdout.partition("beside DynamORM's claim")[2]
    text = (ROOT / "docs/costs.md").read_text()
    for name in ("writes", "reads", "storage", "streams", "Lambda", "backups", "together"):
        (line,) = [one for one in told.splitlines() if one.split()[:1] == [name]]
        begins = (f"| {name} |", f"| **{name}** |")
        (row,) = [one for one in text.splitlines() if one.startswith(begins)]
        assert f"**{line.split()[-1]}**" in row, name


def test_claim__with_anything_beside_it__is_another_workload() -> None:
    assert "DynamORM" not in run(*CLAIM, "--deposits", 5).stdout
    assert "DynamORM" not in run(*CLAIM, "--region", "eu-west-1").stdout


def test_other_workload__is_beside_no_claim() -> None:
    assert "DynamORM" not in run("--payments", "1000").stdout


def test_every_member__is_a_flag() -> None:
    told = run("--help").stdout
    flags = [f"--{name.replace('_', '-')}" for name in COUNTED]
    assert [flag for flag in flags if flag not in told] == []


def test_bars__the_longest_is_the_dearest_service() -> None:
    bars = [line for line in run(*CLAIM).stdout.splitlines() if "█" in line]
    assert bars[0].startswith("API Gateway")
    assert [line.count("█") for line in bars] == sorted(
        (line.count("█") for line in bars), reverse=True
    )


def test_flags__win_over_a_file(tmp_path: Path) -> None:
    file = tmp_path / "workload.yaml"
    file.write_text("payments: 5\nrefunds: 7\nbackups: false\n")
    workload = as_json("--workload", file, "--payments", 6)["workload"]
    assert (workload["payments"], workload["refunds"], workload["backups"]) == ("6", "7", False)


def test_record__goes_on_all_month(record: Path) -> None:
    assert as_json("--record", record)["workload"]["payments"] == str(100 * 43_200)


def test_record__scaled_to_a_number_of_payments(record: Path) -> None:
    workload = as_json("--record", record, "--scale", "1200")["workload"]
    assert (workload["payments"], workload["charges"], workload["replays"]) == (
        "1000", "200", "100",
    )  # fmt: skip


def test_region__is_the_prices_that_are_taken() -> None:
    assert as_json("--region", "us-east-1")["region"] == "us-east-1"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--payments", "many"), "payments must be a whole number of 0 to 1000000000000"),
        (("--region", "moon-1"), "region must be one whose prices are known: "),
        (("--workload", "nowhere.yaml"), "nowhere.yaml cannot be read: "),
        (("--record", "nowhere"), "nowhere cannot be read: "),
        (("--actual", "--payments", "1"), "--payments is of an estimate"),
        (("--actual", "--record", "x"), "--workload, --record and --scale are of an estimate"),
        (("--payments", "1", "--from", "x"), "--from, --to and a stack go with --actual"),
        (("--payments", "1", "--scale", "month"), "--scale goes with --record"),
    ],
)
def test_wrong_words__are_one_line(words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"oncepay cost: {said}")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("text", ["- a\n- b\n", "payments: [", ""])
def test_file__that_is_no_workload__is_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "workload.yaml"
    file.write_text(text)
    result = run("--workload", file)
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)


@pytest.mark.parametrize("summary", ["{}", "no", '{"seconds": 1, "workload": {"payments": "x"}}'])
def test_record__without_a_workload__is_one_line(tmp_path: Path, summary: str) -> None:
    (tmp_path / "summary.json").write_text(summary)
    result = run("--record", tmp_path)
    assert result.exit_code == 1
    assert "is no summary of a load test" in result.stderr


@pytest.mark.parametrize("seconds", ["NaN", "0", "Infinity"])
def test_record__that_took_no_time__is_one_line(tmp_path: Path, seconds: str) -> None:
    text = f'{{"seconds": {seconds}, "workload": {{"payments": 1}}}}'
    (tmp_path / "summary.json").write_text(text)
    result = run("--record", tmp_path)
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "took no time" in result.stderr


def test_record__of_sessions_alone__is_scaled_by_them(tmp_path: Path) -> None:
    summary = {"seconds": 60, "workload": {"checkout_sessions": 50, "merchants": 7}}
    (tmp_path / "summary.json").write_text(json.dumps(summary))
    workload = as_json("--record", tmp_path, "--scale", "1000")["workload"]
    assert (workload["checkout_sessions"], workload["merchants"]) == ("1000", "7")


@pytest.mark.parametrize("scale", ["week", "0", "-5", "9" * 5_000])
def test_scale__that_is_none__is_one_line(record: Path, scale: str) -> None:
    result = run("--record", record, "--scale", scale)
    assert "--scale must be month, or a number of payments" in result.stderr
