"""A stack's folder: a lock tells who runs, never a pid; odd files are no stack."""

import fcntl
import json
import os
from pathlib import Path
from typing import Any

import pytest

from ops.local.folder import TABLES, Folder, LocalStackError, Server, local_environment

STACK = {"api_url": "http://127.0.0.1:1/x/local", "tables": dict.fromkeys(TABLES, "t")}


def test_running_server__nothing_was_started__is_none(tmp_path: Path) -> None:
    assert Folder(tmp_path).running_server() is None


def test_running_server__stale_pid_that_is_somebody_elses_by_now__is_none(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    # Alive, and not ours: it holds no lock.
    folder.server_lock.write_text(f"{os.getppid()} 4566")
    assert folder.running_server() is None


def test_running_server__lock_is_held__is_who_wrote_it(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.server_lock.write_text("123 4567")
    with folder.server_lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert folder.running_server() == Server(123, 4567)
    assert folder.running_server() is None


def test_running_server__simulated_processor_beside_it__is_found_with_it(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.server_lock.write_text("123 4567 4568")
    with folder.server_lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        found = folder.running_server()
    assert found == Server(123, 4567, 4568)
    assert found.processor_url == "http://127.0.0.1:4568"


def test_running_server__says_where_it_is__is_there_and_not_in_the_usual_region(
    tmp_path: Path,
) -> None:
    folder = Folder(tmp_path)
    folder.server_lock.write_text("123 4567 4568 ap-southeast-2")
    with folder.server_lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert folder.running_server() == Server(123, 4567, 4568, "ap-southeast-2")


@pytest.mark.parametrize(
    "text", ["", "123", "a b", "1 2 3 4", "1 2 x", "1 2 3 eu-", "1 2 eu-west-1", "-1 4566"]
)
def test_running_server__half_written__is_none(tmp_path: Path, text: str) -> None:
    folder = Folder(tmp_path)
    folder.server_lock.write_text(text)
    with folder.server_lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert folder.running_server() is None


def test_changing__a_second_command__is_refused_in_one_line(tmp_path: Path) -> None:
    with (
        Folder(tmp_path).changing(),
        pytest.raises(LocalStackError, match="another command is changing the stack"),
        Folder(tmp_path).changing(),
    ):
        pass


def test_changing__after_the_first_has_ended__goes_on(tmp_path: Path) -> None:
    for _ in range(2):
        with Folder(tmp_path / "new" / "folder").changing():
            pass


def test_changing__where_a_file_stands__is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(LocalStackError, match="cannot be written"),
        Folder(tmp_path / "file").changing(),
    ):
        pass


def test_stack__written__is_read_and_its_owners_only(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.write_stack(STACK)
    assert folder.read_stack() == STACK
    assert folder.stack_file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"tables":[]}',
        "[" * 100_000,
        "\x00",
        json.dumps({**STACK, "api_url": None}),
        json.dumps({**STACK, "tables": {**dict.fromkeys(TABLES, "t"), "ledger": 5}}),
        json.dumps({**STACK, "tables": {}}),
    ],
    ids=range(10),
)
def test_read_stack__no_description_of_a_stack__is_none(tmp_path: Path, text: str) -> None:
    folder = Folder(tmp_path)
    folder.stack_file.write_text(text)
    assert folder.read_stack() is None


def test_local_environment__holds_nothing_of_a_real_account(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mine: dict[str, Any] = {
        "AWS_PROFILE": "production",
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_SESSION_TOKEN": "real",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/real",
        "AWS_ENDPOINT_URL_DYNAMODB": "https://real.example",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "TRUE",
    }
    for name, value in mine.items():
        monkeypatch.setenv(name, value)
    environment = local_environment(Server(1, 4999))
    assert {name: value for name, value in environment.items() if value in mine.values()} == {}
    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4999"
    assert environment["AWS_CONFIG_FILE"] == os.devnull
    assert environment["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert {name for name in environment if name.startswith("AWS_ENDPOINT")} == {"AWS_ENDPOINT_URL"}


def test_local_environment__of_another_region__says_it_in_both_words() -> None:
    environment = local_environment(Server(1, 4999, 5000, "eu-west-1"))
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == "eu-west-1"
