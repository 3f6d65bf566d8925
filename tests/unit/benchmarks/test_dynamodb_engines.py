"""An engine is the one that was asked for, or the program says why not."""

from pathlib import Path

import pytest

from benchmarks import dynamodb_engines
from benchmarks.dynamodb_engines import EngineError, LocalEngine, jar_command, running_engine
from benchmarks.dynamodb_jar import NoJarError


def no_java() -> str:
    raise NoJarError("there is no java in PATH")


def test_engine__that_there_is_not__is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(EngineError, match="'bare': it must be one of dynamodb-local, ministack"),
        running_engine(tmp_path, "bare"),
    ):
        pass


def test_engine__of_the_environment__is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGINE", "another")
    with pytest.raises(EngineError, match="no engine 'another'"), running_engine(tmp_path):
        pass


def test_engine__dynamodb_local_asked_for_without_java__is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamodb_engines, "find_java", no_java)
    with (
        pytest.raises(EngineError, match="cannot be had: there is no java"),
        running_engine(tmp_path, "dynamodb-local"),
    ):
        pass


def test_environment__of_an_engine__never_leads_to_a_real_account(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    environment = LocalEngine(name="ministack", url="http://127.0.0.1:1", why="").environment()
    assert {name: value for name, value in environment.items() if name.startswith("AWS_")} == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


def test_jar_command__keeps_everything_in_memory_and_tells_nobody() -> None:
    command = jar_command("java", Path("/jar/DynamoDBLocal.jar"), 8123)
    assert {"-inMemory", "-sharedDb", "-disableTelemetry"} <= set(command)
    assert command[-2:] == ["-port", "8123"]
