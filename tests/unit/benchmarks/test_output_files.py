"""Where figures cannot be written is told before they are measured."""

import argparse
from pathlib import Path

import pytest

from benchmarks.dynamodb_engines import EngineError, require_engine
from benchmarks.machine import writable_file


def test_file__in_a_folder_that_is_there__is_taken(tmp_path: Path) -> None:
    assert writable_file(str(tmp_path / "x.json")) == tmp_path / "x.json"


@pytest.mark.parametrize("name", ["none/x.json", "."])
def test_file__in_no_folder_or_a_folder_itself__is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is no file in a folder"):
        writable_file(str(tmp_path / name))


def test_engine__that_does_not_exist__is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENGINE", "nonsense")
    with pytest.raises(EngineError, match="must be one of dynamodb-local, ministack"):
        require_engine()
