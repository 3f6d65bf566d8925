"""Where the demo does not even begin, it says so in one line."""

import io
import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner, Result

from oncepay.storage.database import Database
from ops.demo import command
from ops.demo.by_processor import ByProcessor, tell_of_processors
from ops.demo.checks import Checks
from ops.demo.crowd import Crowd
from ops.demo.desk import Desk
from ops.demo.http_client import HttpClient
from ops.demo.scene import Scene
from ops.stack import OUTPUT_OF_TABLE, Stack
from tests.ops.operators_stack import a_stack


def run(*words: str) -> Result:
    app = typer.Typer()
    app.command()(command.demo_command)
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def test_demo__no_stack__is_one_line() -> None:
    result = run("--stack-file", "nowhere.json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("oncepay demo: there is no nowhere.json: run `make up` first")
    assert result.stderr.count("\n") == 1


def test_demo__nobody_answers__is_said_at_once(tmp_path: Path, closed_port: int) -> None:
    url = f"http://127.0.0.1:{closed_port}"
    tables = dict.fromkeys(OUTPUT_OF_TABLE, "T")
    described = {"api_url": url, "endpoint_url": url, "region": "us-east-1", "tables": tables}
    path = tmp_path / "stack.json"
    path.write_text(json.dumps(described))
    result = run("--stack-file", str(path))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"oncepay demo: nothing answers at {url}: run `make up` first\n"


def test_demo__on_prod__is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def choose(**_: object) -> Stack:
        return replace(a_stack({}), environment="prod")

    monkeypatch.setattr(command, "choose_stack", choose)
    result = run("--stack-name", "oncepay-prod")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "does not run on prod" in result.stderr


def test_cards__on_a_stack_without_a_processor__are_left_out(
    database: Database, tables: dict[str, str]
) -> None:
    told = io.StringIO()
    console = Console(file=told, width=120)
    scene = Scene(
        stack=a_stack(tables),
        database=database,
        console=console,
        checks=Checks(console),
        crowd=Crowd(0, "http://127.0.0.1"),
    )
    desk = Desk(client=HttpClient("http://127.0.0.1", None), stripe_secret="", bucket="", s3=None)
    assert tell_of_processors(scene, desk) == ByProcessor()
    assert "no simulated processor: the chapters about cards are left out" in told.getvalue()
