"""Commands of the local stack that need no deployment: what they say, what they leave behind."""

import fcntl
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops.local import build as build_module
from ops.local import server as server_module
from ops.local import stack as stack_module
from ops.local.folder import TABLES, Folder, LocalStackError, Server
from ops.local.server import start_server
from ops.local.stack import bring_up
from ops.main import app
from tests.ministack import free_port

RUNNER = CliRunner()
EXCLUSIVE_NOW = fcntl.LOCK_EX | fcntl.LOCK_NB


# A local AWS that answers, with a worker that holds a lock for as long as it lives.
WITH_A_WORKER = """
import http.server, os, subprocess, sys, time

WORKER = '''
import fcntl, os, time
lock = open(os.environ["WORKER_LOCK"], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print("ready", flush=True)
time.sleep(600)
'''

class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

def main():
    worker = subprocess.Popen([sys.executable, "-c", WORKER], stdout=subprocess.PIPE)
    worker.stdout.readline()
    address = ("127.0.0.1", int(os.environ["GATEWAY_PORT"]))
    http.server.HTTPServer(address, Healthy).serve_forever()
"""


def put_in_place_of_ministack(source: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "ministack").mkdir(parents=True)
    (folder / "ministack" / "__init__.py").write_text("")
    (folder / "ministack" / "app.py").write_text(source)
    # Something of MiniStack's own is looked for before it begins; here it has nothing to give.
    (folder / "ministack" / "services").mkdir()
    (folder / "ministack" / "services" / "__init__.py").write_text("")
    (folder / "ministack" / "services" / "cloudwatch_logs.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(folder))


@pytest.fixture(autouse=True)
def nothing_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_module, "build", lambda _: False)
    monkeypatch.delenv(server_module.PORT_VARIABLE, raising=False)


def test_down__nothing_was_ever_started__says_so_and_leaves_no_folder(tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["local", "down", "--dir", str(tmp_path / "none")])
    assert (result.exit_code, result.output) == (0, "down: nothing is running\n")
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("command", ["up", "down"])
def test_command__another_one_is_at_it__is_one_line_and_exit_1(
    tmp_path: Path, command: str
) -> None:
    with (tmp_path / "command.lock").open("w") as held:
        fcntl.flock(held, EXCLUSIVE_NOW)
        result = RUNNER.invoke(app, ["local", command, "--dir", str(tmp_path)])
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr == (
        f"oncepay {command}: another command is changing the stack in {tmp_path};"
        " wait for it to end\n"
    )


def test_up__folder_is_a_file__is_one_line_and_exit_1(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = RUNNER.invoke(app, ["local", "up", "--dir", str(tmp_path / "file")])
    assert result.exit_code == 1
    assert result.stderr == f"oncepay up: {tmp_path / 'file'} cannot be written: File exists\n"


def test_up__port_is_taken__is_one_line_and_exit_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "_is_free", lambda _: False)
    result = RUNNER.invoke(app, ["local", "up", "--dir", str(tmp_path), "--port", "4567"])
    assert result.exit_code == 1
    assert result.stderr == ("oncepay up: port 4567 is taken by another program; choose another\n")


def test_up__no_region_of_aws__is_one_line_and_exit_1(tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["local", "up", "--dir", str(tmp_path), "--region", "mars-1"])
    assert result.exit_code == 1
    assert result.stderr == "oncepay up: 'mars-1' is no region of AWS; one is us-east-1\n"
    assert list(tmp_path.iterdir()) == []


def test_up__running_in_another_region__is_one_line_and_it_runs_on(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.server_lock.write_text("123 4567 4568 eu-west-1")
    with folder.server_lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        result = RUNNER.invoke(
            app, ["local", "up", "--dir", str(tmp_path), "--region", "us-east-1"]
        )
        assert folder.running_server() == Server(123, 4567, 4568, "eu-west-1")
    assert result.exit_code == 1
    assert result.stderr == (
        "oncepay up: this stack is in eu-west-1 already; stop it first (make down), or give"
        " another folder (--dir)\n"
    )


@pytest.mark.parametrize(
    ("said", "known", "started_in"),
    [
        (None, None, "us-east-1"),
        (None, "eu-west-1", "eu-west-1"),
        ("eu-north-1", None, "eu-north-1"),
        ("eu-north-1", "eu-west-1", "eu-north-1"),
    ],
)
def test_up__nothing_runs__starts_in_the_region_said_or_else_where_it_was(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    said: str | None,
    known: str | None,
    started_in: str,
) -> None:
    if known is not None:
        tables = dict.fromkeys(TABLES, "a-table")
        described = {"api_url": "http://127.0.0.1:1/x/local", "tables": tables, "region": known}
        Folder(tmp_path).write_stack(described)

    def start(folder: Folder, port: int | None, region: str) -> Server:
        raise LocalStackError(f"to be started in {region}")

    monkeypatch.setattr(stack_module, "start_server", start)
    with pytest.raises(LocalStackError, match=f"to be started in {started_in}"):
        bring_up(tmp_path, region=said, tell=lambda _: None)


def test_start__local_aws_ends_at_once__its_last_words_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_place_of_ministack(
        "import sys\ndef main():\n    print('starting')\n    sys.exit('no room here')\n",
        tmp_path / "packages",
        monkeypatch,
    )
    folder = Folder(tmp_path)
    with pytest.raises(LocalStackError, match=r"ended at once \(no room here\); see "):
        start_server(folder, free_port())
    assert folder.running_server() is None


def test_down__local_aws_with_workers__stops_them_too_and_clears_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker_lock = tmp_path / "worker.lock"
    monkeypatch.setenv("WORKER_LOCK", str(worker_lock))
    put_in_place_of_ministack(WITH_A_WORKER, tmp_path / "packages", monkeypatch)
    path = tmp_path / "stack"
    path.mkdir()
    start_server(Folder(path), free_port())
    with worker_lock.open() as held:
        with pytest.raises(BlockingIOError):
            fcntl.flock(held, EXCLUSIVE_NOW)
        result = RUNNER.invoke(app, ["local", "down", "--dir", str(path)])
        assert (result.exit_code, result.output) == (0, "down: stopped\n")
        # It can be taken: the worker is gone.
        fcntl.flock(held, EXCLUSIVE_NOW)
    left = sorted(child.name for child in path.iterdir())
    assert left == ["command.lock", "ministack.log"]


def test_status__nothing_runs__says_so(tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["local", "status", "--dir", str(tmp_path)])
    assert (result.exit_code, result.output) == (0, "nothing is running\n")
