"""Builds: again only when something has changed, with bytecode that names its place in Lambda."""

import importlib.util
import marshal
import shutil
from pathlib import Path

import pytest

from ops.local import build as build_module
from ops.local.folder import LocalStackError

SOURCE_CHECK_BYTES = slice(4, 8)
HEADER_BYTES = 16


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of one template and one source file."""
    (tmp_path / "template.yaml").write_text("a")
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "app.py").write_text("x = 1\n")
    monkeypatch.setattr(build_module, "ROOT", tmp_path)
    monkeypatch.setattr(build_module, "BUILD", tmp_path / "build")
    for name in ("STAMP", "LOCK"):
        monkeypatch.setattr(build_module, name, tmp_path / ".aws-sam" / name)
    return tmp_path


@pytest.fixture
def built_for(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """For which architectures sam was run, in a project whose build is one function."""
    runs: list[str] = []

    def run(architecture: str) -> None:
        runs.append(architecture)
        # sam empties the folder first.
        shutil.rmtree(project / "build", ignore_errors=True)
        (project / "build" / "Function").mkdir(parents=True)
        (project / "build" / "template.yaml").write_text("a")
        (project / "build" / "Function" / "app.py").write_text("x = 1\n")

    monkeypatch.setattr(build_module, "_run_sam", run)
    return runs


def test_build__again__is_as_it_was(built_for: list[str]) -> None:
    assert [build_module.build("arm64") for _ in range(3)] == [True, False, False]
    assert built_for == ["arm64"]


def test_build__for_another_architecture__is_made_anew(built_for: list[str]) -> None:
    assert build_module.build("arm64")
    assert build_module.build("x86_64")
    assert built_for == ["arm64", "x86_64"]


@pytest.mark.parametrize("damaged", ["template.yaml", "Function/app.py", "Function/new.py"])
def test_build__artifacts_are_not_as_they_were_made__are_made_anew(
    project: Path, built_for: list[str], damaged: str
) -> None:
    build_module.build("arm64")
    (project / "build" / damaged).write_text(":::")
    assert build_module.build("arm64")


def test_build__artifacts_are_gone__are_made_anew(project: Path, built_for: list[str]) -> None:
    build_module.build("arm64")
    shutil.rmtree(project / "build")
    assert build_module.build("arm64")


def test_build__stamp_is_garbage__builds(project: Path, built_for: list[str]) -> None:
    build_module.build("arm64")
    build_module.STAMP.write_bytes(b"\xff\x00")
    assert build_module.build("arm64")


def test_build__a_file_stands_in_the_way__is_one_line(project: Path, built_for: list[str]) -> None:
    (project / ".aws-sam").write_text("")
    with pytest.raises(LocalStackError, match="cannot be written"):
        build_module.build("arm64")


def test_digest__nothing_changed__is_the_same(project: Path) -> None:
    assert build_module._digest("arm64") == build_module._digest("arm64")


def test_digest__any_input_or_the_architecture__makes_another(project: Path) -> None:
    seen = {build_module._digest("arm64"), build_module._digest("x86_64")}
    (project / "template.yaml").write_text("b")
    seen.add(build_module._digest("arm64"))
    (project / "functions" / "app.py").write_text("x = 2\n")
    seen.add(build_module._digest("arm64"))
    (project / "functions" / "other.py").write_text("")
    seen.add(build_module._digest("arm64"))
    assert len(seen) == 5


def test_digest__bytecode_and_caches_of_tools__are_no_input(project: Path) -> None:
    before = build_module._digest("arm64")
    for folder in ("__pycache__", ".mypy_cache"):
        (project / "functions" / folder).mkdir()
        (project / "functions" / folder / "app.pyc").write_text("")
    assert build_module._digest("arm64") == before


@pytest.mark.parametrize(
    ("source", "stands_at"),
    [
        ("Layer/python/oncepay/money.py", "/opt/python/oncepay/money.py"),
        ("Function/app.py", "/var/task/app.py"),
    ],
)
def test_compile__bytecode__is_never_checked_and_names_its_place_in_lambda(
    project: Path, source: str, stands_at: str
) -> None:
    path = project / "build" / source
    path.parent.mkdir(parents=True)
    path.write_text("x = 1\n")
    build_module._compile()
    compiled = Path(importlib.util.cache_from_source(str(path))).read_bytes()
    unchecked_hash = 0b01
    assert int.from_bytes(compiled[SOURCE_CHECK_BYTES], "little") == unchecked_hash
    assert marshal.loads(compiled[HEADER_BYTES:]).co_filename == stands_at
