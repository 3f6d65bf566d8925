"""The benchmark of cold starts: what is started, in which order, and what is told of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks import cold_artifacts
from benchmarks.cold import chart_of, record_of, table, verdict
from benchmarks.cold_artifacts import OURS, PEER_AS_BUILT, Artifact, NotBuiltError
from benchmarks.cold_processes import (
    ColdStartFailedError,
    Took,
    in_turns,
    one_core,
    ratio_of,
    start_cold,
)
from tests.template_tables import ROOT

ANSWERS = 'def handler(event, context):\n    return {"statusCode": event["answer"], "body": "{}"}\n'


def an_artifact(name: str, *folders: Path, **more: Any) -> Artifact:
    return Artifact(name=name, title=name, folders=folders, design="oncepay", **more)


@pytest.fixture
def function(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(ANSWERS)
    return tmp_path


def took(*wall_ms: float) -> Sequence[Took]:
    return [Took(each, each / 2) for each in wall_ms]


RECORD = record_of(
    [an_artifact(OURS), an_artifact(PEER_AS_BUILT)],
    {OURS: took(200, 260, 300), PEER_AS_BUILT: took(1000, 1000, 1500)},
)


def test_start_cold__a_payment_was_made__says_what_it_took(function: Path) -> None:
    one = start_cold(an_artifact("ours", function), {}, '{"answer": 201}')
    assert one.wall_ms > 0
    assert one.processor_ms > 0


def test_start_cold__no_payment_was_made__says_what_was_answered(function: Path) -> None:
    with pytest.raises(ColdStartFailedError, match="ours: answered 402"):
        start_cold(an_artifact("ours", function), {}, '{"answer": 402}')


def test_start_cold__the_packages_of_this_machine__are_not_there(function: Path) -> None:
    (function / "app.py").write_text("import pytest\n" + ANSWERS)
    with pytest.raises(ColdStartFailedError, match="No module named 'pytest'"):
        start_cold(an_artifact("ours", function), {}, '{"answer": 201}')


def test_start_cold__leaves_no_bytecode_behind(function: Path) -> None:
    start_cold(an_artifact("ours", function), {}, '{"answer": 201}')
    assert [path.name for path in function.iterdir()] == ["app.py"]


def test_start_cold__has_the_artifact_s_own_variables(function: Path) -> None:
    (function / "app.py").write_text("import os\nassert os.environ['A'] == '2'\n" + ANSWERS)
    start_cold(an_artifact("ours", function, variables={"A": "2"}), {"A": "1"}, '{"answer": 201}')


def test_one_core__is_given_back() -> None:
    with one_core():
        pass
    with one_core():
        pass


def test_in_turns__each_round_begins_with_another_one() -> None:
    assert list(in_turns(3, 4)) == [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2]]


def test_ratio_of__is_the_median_of_the_ratios_of_each_round() -> None:
    assert ratio_of([1, 4, 3], [2, 1, 1]) == 3


def test_record__has_medians_and_the_ratio_to_the_peer() -> None:
    assert RECORD[0] == {
        "name": OURS,
        "title": OURS,
        "wall_ms": 260,
        "least_wall_ms": 200,
        "processor_ms": 130,
        "of_the_peer": 0.2,
        "processor_of_the_peer": 0.2,
    }


def test_table__has_a_line_for_each() -> None:
    lines = table(RECORD).splitlines()
    assert len(lines) == 3
    assert lines[1].split() == [OURS, "260", "200", "0.200", "130", "0.200"]


@pytest.mark.parametrize(
    ("ratio", "said"),
    [(0.2, "met, with what would be"), (0.25, "met: 0.25"), (0.251, "NOT met: 0.251")],
)
def test_verdict__is_of_ours(ratio: float, said: str) -> None:
    others: list[dict[str, Any]] = [{"name": PEER_AS_BUILT, "of_the_peer": 1.0}]
    assert verdict([{"name": OURS, "of_the_peer": ratio}, *others]).startswith(said)


def test_chart__shows_ours_and_the_peer() -> None:
    drawn = chart_of(RECORD)
    assert drawn.count("<rect") >= 4
    assert ">260<" in drawn


def test_compile_all__puts_bytecode_beside_every_module(function: Path) -> None:
    cold_artifacts.compile_all(function)
    assert [path.suffix for path in (function / "__pycache__").iterdir()] == [".pyc"]


def test_function_that_looks_for_garbage__differs_in_that_alone(
    function: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    (function / "app.py").write_text("import gc\n\ngc.disable()\n")
    monkeypatch.setattr(cold_artifacts, "FUNCTION", function)
    made = cold_artifacts._collecting(tmp_path_factory.mktemp("made") / "function")
    assert (made / "app.py").read_text() == "import gc\n\ngc.enable()\n"


def test_function_that_looks_for_garbage_anyway__is_no_measure(
    function: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cold_artifacts, "FUNCTION", function)
    with pytest.raises(NotBuiltError, match="does not switch the collector off"):
        cold_artifacts._collecting(tmp_path_factory.mktemp("made") / "function")


def test_versions_of_the_peer__are_those_of_the_layer() -> None:
    ours = (ROOT / "layers" / "core" / "requirements.in").read_text()
    theirs = (cold_artifacts.PEER / "requirements.txt").read_text()
    pinned = {line for line in theirs.splitlines() if "==" in line}
    assert {line for line in pinned if not line.startswith("pydantic")} <= set(ours.splitlines())
