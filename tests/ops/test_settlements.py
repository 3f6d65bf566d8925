"""Settlement files are dropped, and looked at, by the operator."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import Result

from oncepay.domain.settlement import Settlement
from oncepay.storage.database import Database
from ops import settlement_runs, settlements
from tests.dropped_files import BUCKET, Drop, a_file, a_line
from tests.ops.operators_stack import Operator


@pytest.fixture
def drop(database: Database, tables: dict[str, str]) -> Drop:
    return Drop(database, tables)


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, tables: dict[str, str], drop: Drop) -> Operator:
    return Operator(monkeypatch, settlements, tables, settlement_bucket=BUCKET)


@pytest.fixture
def day(tmp_path: Path) -> Path:
    file = tmp_path / "day.csv"
    file.write_bytes(a_file(a_line("pay_nobody"), a_line("pay_nobody", "1e3")))
    return file


def put_and_book(operator: Operator, drop: Drop, file: Path, *options: str) -> Result:
    """Drop a file, with a worker that takes it while the command waits."""

    def work(_: float) -> None:
        [version] = drop.s3.list_object_versions(Bucket=BUCKET)["Versions"]
        drop.take(drop.source(version["Key"], version["VersionId"]))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "sleep", work)
        return operator.run("put", str(file), *options)


def test_put__without_waiting__prints_the_id_alone(
    operator: Operator, drop: Drop, day: Path
) -> None:
    result = operator.run("put", str(day), "--wait", "0")
    assert result.exit_code == 0
    [version] = drop.s3.list_object_versions(Bucket=BUCKET)["Versions"]
    assert version["Key"] == "incoming/day.csv"
    source = drop.source(version["Key"], version["VersionId"])
    assert result.stdout == f"{source.settlement_id}\n"


def test_put__under_a_name__is_called_so(operator: Operator, drop: Drop, day: Path) -> None:
    operator.run("put", str(day), "--name", "2026/other.csv", "--wait", "0")
    [version] = drop.s3.list_object_versions(Bucket=BUCKET)["Versions"]
    assert version["Key"] == "incoming/2026/other.csv"


def test_put__waits_for_the_end__and_shows_the_breaks(
    operator: Operator, drop: Drop, day: Path
) -> None:
    result = put_and_book(operator, drop, day)
    assert result.exit_code == 0
    assert ": completed, 2 rows, 0 matched, 2 breaks\n" in result.stdout
    assert "line 2, row r1: there is no such payment" in result.stdout
    assert "rejected_row" in result.stdout
    assert "not taken up yet" in result.stderr


def test_put__quarantined__ends_with_1_and_the_reason(
    operator: Operator, drop: Drop, tmp_path: Path
) -> None:
    file = tmp_path / "empty.csv"
    file.touch()
    result = put_and_book(operator, drop, file)
    assert result.exit_code == 1
    assert "quarantined" in result.stdout
    assert "the file is empty" in result.stdout


def test_put__as_json__has_every_break(operator: Operator, drop: Drop, day: Path) -> None:
    shown = json.loads(put_and_book(operator, drop, day, "--json").stdout)
    assert shown["counts"] == {"rows": 2, "matched": 0, "breaks": 2, "rejected": 1}
    assert [found["kind"] for found in shown["breaks"]] == ["missing_in_ledger", "rejected_row"]


def test_put__not_ended_in_time__says_how_to_ask_again(
    operator: Operator, day: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settlement_runs, "LOOK_SECONDS", 0.01)
    result = operator.run("put", str(day), "--wait", "0.05")
    assert result.exit_code == 1
    assert "oncepay settlements show set_" in result.stderr


def test_put__no_such_file__is_one_clear_line(operator: Operator) -> None:
    result = operator.run("put", "nothing.csv")
    assert result.exit_code == 1
    assert result.stderr == (
        "oncepay settlements put: nothing.csv cannot be read: No such file or directory\n"
    )


def test_put__stack_without_a_bucket__says_so(
    monkeypatch: pytest.MonkeyPatch, tables: dict[str, str], day: Path
) -> None:
    result = Operator(monkeypatch, settlements, tables).run("put", str(day))
    assert result.exit_code == 1
    assert "has no settlement bucket" in result.stderr


def test_show__many_breaks__says_how_many_more(
    operator: Operator, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settlement_runs, "BREAKS_SHOWN", 3)
    run: Settlement = drop.settle(*[a_line("pay_nobody")] * 5)
    result = operator.run("show", run.id)
    assert "2 more" in result.stdout
    assert "line 5" not in result.stdout


def test_show__a_copy__names_its_original(operator: Operator, drop: Drop) -> None:
    original = drop.settle(a_line("pay_nobody"))
    copy = drop.settle(a_line("pay_nobody"), key="incoming/copy.csv")
    assert f"the same content as {original.id}" in operator.run("show", copy.id).stdout


def test_show__unknown__is_one_clear_line(operator: Operator) -> None:
    result = operator.run("show", "set_nothing")
    assert result.exit_code == 1
    assert result.stderr == "oncepay settlements show: no such settlement\n"


@pytest.mark.parametrize("name", ["x/", "/x.csv", "incoming/x.csv"])
def test_put__name_that_would_not_be_taken_up__is_refused(
    name: str, operator: Operator, day: Path
) -> None:
    result = operator.run("put", str(day), "--name", name)
    assert result.exit_code == 1
    assert f"the name {name} will not do" in result.stderr


def test_list__names_each_with_its_file(operator: Operator, drop: Drop) -> None:
    drop.now = datetime.now(UTC)
    older = drop.settle(a_line("pay_nobody"))
    newer = drop.settle(a_line("pay_nobody", row_id="r2"), key="incoming/b.csv")
    assert operator.run("list").stdout.splitlines() == [
        f"{newer.id}: completed, 1 rows, 0 matched, 1 breaks, incoming/b.csv",
        f"{older.id}: completed, 1 rows, 0 matched, 1 breaks, incoming/a.csv",
    ]
    assert [run["id"] for run in json.loads(operator.run("list", "--json").stdout)] == [
        newer.id,
        older.id,
    ]
