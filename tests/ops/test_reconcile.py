"""A file is held against the books in one command: what it shows, and how it ends."""

import gzip
import io
import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from oncepay.domain.settlement import BreakKind, Settlement, accept, advance, begin
from oncepay.storage.database import Database
from ops import reconcile, settlement_runs
from ops.main import app
from ops.reconcile import watching
from ops.settlement_runs import progress_line
from tests.builders import NOW, World, id_of
from tests.dropped_files import BUCKET, Drop, a_file, a_line
from tests.ops.operators_stack import a_stack
from tests.stored_settlements import a_source, some_totals

type Run = Callable[..., Result]


@pytest.fixture
def drop(database: Database, tables: dict[str, str]) -> Drop:
    return Drop(database, tables)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tables: dict[str, str], drop: Drop) -> Run:
    """The command, with a worker that takes what was dropped while it waits."""
    stack = a_stack(tables, BUCKET)
    monkeypatch.setattr(reconcile, "choose_stack", lambda **_: stack)

    def work(_: float) -> None:
        versions = drop.s3.list_object_versions(Bucket=BUCKET, Prefix="incoming/")["Versions"]
        newest = max(versions, key=lambda version: (version["LastModified"], version["IsLatest"]))
        drop.take(drop.source(newest["Key"], newest["VersionId"]))

    monkeypatch.setattr(time, "sleep", work)
    return lambda *words: CliRunner().invoke(app, ["reconcile", *map(str, words)])


@pytest.fixture
def paid(database: Database) -> str:
    world = World(database)
    world.deposit()
    return id_of(world.pay())


@pytest.fixture
def good(tmp_path: Path, paid: str) -> Path:
    """Of one payment, as it was."""
    file = tmp_path / "good.csv"
    file.write_bytes(a_file(a_line(paid)))
    return file


@pytest.fixture
def broken(tmp_path: Path, paid: str) -> Path:
    """Of that payment, of none, and of what is none."""
    file = tmp_path / "broken.csv"
    file.write_bytes(a_file(a_line(paid), a_line("pay_nobody"), a_line("pay_nobody", "1e3")))
    return file


def test_file__that_agrees__ends_with_0_and_no_table(run: Run, good: Path) -> None:
    result = run(good)
    assert result.exit_code == 0
    assert ": completed, 1 rows, 1 matched, 0 breaks\n" in result.stdout
    assert "native, USD: gross 5000, kept of it 100, net 4900, in minor units\n" in result.stdout
    assert "why" not in result.stdout


def test_file__with_breaks__ends_with_0_and_shows_them(run: Run, broken: Path) -> None:
    result = run(broken)
    assert result.exit_code == 0
    assert ": completed, 3 rows, 1 matched, 2 breaks\n" in result.stdout
    assert "line 3, row r1: there is no such payment" in result.stdout
    assert "rejected_row" in result.stdout


def test_strict__with_breaks__ends_with_3_and_shows_them_all_the_same(
    run: Run, broken: Path
) -> None:
    result = run(broken, "--strict")
    assert result.exit_code == 3
    assert "rejected_row" in result.stdout


def test_strict__without_breaks__ends_with_0(run: Run, good: Path) -> None:
    assert run(good, "--strict").exit_code == 0


def test_file__quarantined__ends_with_1_and_the_reason(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Sirs\n")
    result = run(file)
    assert result.exit_code == 1
    assert ": quarantined, 0 rows" in result.stdout
    assert "line 1 begins no settlement file that is known" in result.stdout


def test_file__deleted_before_it_was_read__ends_with_1(
    run: Run, good: Path, drop: Drop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def delete_and_work(_: float) -> None:
        (version,) = drop.s3.list_object_versions(Bucket=BUCKET)["Versions"]
        source = drop.source(version["Key"], version["VersionId"])
        drop.delete(source)
        drop.take(source)

    monkeypatch.setattr(time, "sleep", delete_and_work)
    result = run(good)
    assert result.exit_code == 1
    assert ": failed, 0 rows" in result.stdout


def test_results__are_where_it_says(run: Run, broken: Path, drop: Drop) -> None:
    lines = run(broken).stdout.splitlines()
    said = dict(line.split(": ", 1) for line in lines[-2:])
    assert list(said) == ["summary", "breaks"]
    prefix = f"s3://{BUCKET}/"
    summary, table = (
        drop.s3.get_object(Bucket=BUCKET, Key=address.removeprefix(prefix))["Body"].read()
        for address in said.values()
    )
    assert json.loads(summary)["counts"]["breaks"] == 2
    assert len(table.splitlines()) == 3


def test_file__in_gzip__is_taken_as_it_is(run: Run, good: Path, tmp_path: Path) -> None:
    packed = tmp_path / "good.csv.gz"
    packed.write_bytes(gzip.compress(good.read_bytes()))
    result = run(packed)
    assert (result.exit_code, "1 matched" in result.stdout) == (0, True)


def test_file__under_a_name__is_called_so(run: Run, good: Path, drop: Drop) -> None:
    run(good, "--name", "2026/other.csv")
    keys = [found["Key"] for found in drop.s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert "incoming/2026/other.csv" in keys


def test_file__dropped_again__shows_what_was_found_then(run: Run, broken: Path) -> None:
    first = run(broken)
    again = run(broken, "--name", "again.csv", "--strict")
    assert again.stdout == first.stdout
    assert again.exit_code == 3
    original = first.stdout.split(":")[0]
    assert f" has the same content as {original}, which was booked:\n" in again.stderr


def test_json__is_the_settlement_with_every_break(run: Run, broken: Path) -> None:
    result = run(broken, "--json", "--strict")
    shown = json.loads(result.stdout)
    assert result.exit_code == 3
    assert shown["counts"] == {"rows": 3, "matched": 1, "breaks": 2, "rejected": 1}
    assert [found["kind"] for found in shown["breaks"]] == ["missing_in_ledger", "rejected_row"]
    assert shown["results"]["summary"] == (
        f"s3://{BUCKET}/results/{shown['id']}/summary.json"
    )  # fmt: skip


def test_progress__where_there_is_no_terminal__is_told_in_lines(run: Run, good: Path) -> None:
    _, first, last = run(good).stderr.splitlines()
    assert first == "not taken up yet"
    assert last.startswith("100 %, 1 of 1 rows, ")
    assert last.endswith(" rows/s")


def test_file__not_ended_in_time__says_how_to_ask_again(
    run: Run, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(100))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setattr(settlement_runs, "_look", lambda *_: None)
    result = run(good, "--wait", "2")
    assert result.exit_code == 1
    assert "has not ended after 2 s; ask again with" in result.stderr
    assert "oncepay settlements show set_" in result.stderr


def test_results__that_do_not_come__are_not_waited_for_for_ever(
    run: Run, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = settlement_runs._look

    def without_results(database: Database, settlement_id: str) -> Settlement | None:
        found = look(database, settlement_id)
        return found and replace(found, reported_at=None)

    monkeypatch.setattr(settlement_runs, "_look", without_results)
    monkeypatch.setattr(settlement_runs, "RESULTS_SECONDS", 0.0)
    result = run(good)
    assert result.exit_code == 0
    assert ": completed, 1 rows" in result.stdout
    assert "summary:" not in result.stdout


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none.csv", "{file} cannot be read: No such file or directory"),
        ("folder", "{file} cannot be read: Is a directory"),
        ("empty.csv", "{file} is empty"),
    ],
)
def test_file__that_is_none__is_one_clear_line_and_nothing_is_dropped(
    run: Run, drop: Drop, tmp_path: Path, name: str, said: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty.csv").touch()
    file = tmp_path / name
    result = run(file)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"oncepay reconcile: {said.format(file=file)}\n"
    assert "Contents" not in drop.s3.list_objects_v2(Bucket=BUCKET)


def test_stack__that_there_is_not__is_one_clear_line(tmp_path: Path) -> None:
    file, stack_file = tmp_path / "a.csv", tmp_path / "stack.json"
    file.write_text("x")
    words = ["reconcile", str(file), "--stack-file", str(stack_file)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 1
    assert result.stderr == (
        f"oncepay reconcile: there is no {stack_file}: run `make up` first, or name a deployed"
        " stack with --stack-name\n"
    )


def test_name__that_would_not_be_taken_up__is_refused(run: Run, good: Path) -> None:
    result = run(good, "--name", "/x.csv")
    assert result.exit_code == 1
    assert "the name /x.csv will not do" in result.stderr


BEGUN = begin(a_source(), NOW)
READ = accept(BEGUN, some_totals(rows=100_000), NOW)


def booked(rows: int, seconds: int) -> Settlement:
    """So many of 100,000, in so many seconds."""
    later = NOW + timedelta(seconds=seconds)
    kinds = {BreakKind.FEE_MISMATCH: rows}
    return advance(READ, matched=0, breaks=kinds, matched_minor={}, broken_minor={}, now=later)


@pytest.mark.parametrize(
    ("run", "line"),
    [
        (None, "not taken up yet"),
        (BEGUN, "the file is being read; nothing is booked before all of it was"),
        (READ, "0 %, 0 of 100000 rows"),
        (booked(25_000, 10), "25 %, 25000 of 100000 rows, 2500 rows/s, 30 s left"),
        (booked(25_000, 40), "25 %, 25000 of 100000 rows, 625 rows/s, 120 s left"),
        (booked(10_000, 60), "10 %, 10000 of 100000 rows, 167 rows/s, 9 min left"),
    ],
    ids=["nothing", "begun", "read", "seconds", "two minutes", "minutes"],
)
def test_progress__in_a_line__says_rows_percent_speed_and_time_left(
    run: Settlement | None, line: str
) -> None:
    assert progress_line(run) == line


def last_line(screen: io.StringIO) -> str:
    """As it stands there in the end, without its colours."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.getvalue()).strip().splitlines()[-1]


def test_progress__on_a_terminal__is_a_bar() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=120)
    with watching(console) as watch:
        for run in (None, BEGUN, READ, booked(25_000, 10)):
            watch(run)
    last = last_line(screen)
    assert "25000 of 100000 rows" in last
    assert "━" in last
    assert " 25%" in last
    assert "2500 rows/s, 30 s left" in last


def test_progress__on_a_terminal__before_anything_is_known__says_so() -> None:
    screen = io.StringIO()
    with watching(Console(file=screen, force_terminal=True, width=120)) as watch:
        watch(BEGUN)
    assert "the file is being read" in last_line(screen)
