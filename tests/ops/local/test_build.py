"""Builds: again only when something has changed, with bytecode that names its place in Lambda."""

import importlib.util
import marshal
from pathlib import Path

import pytest

from ops.local import build as build_module

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
    return tmp_path


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
