"""How a user's request counts, as it really goes over a socket: hung up on purpose, refused, or
told to come again. Its process is another one, since locust makes sockets cooperative."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ops.local.build import ROOT

PROGRAM = """
import json, pathlib, sys
import gevent.monkey
gevent.monkey.patch_all()
import gevent
from gevent import pywsgi, socket
from locust.env import Environment
from loadtests.plan import Plan
from loadtests.record import Kind, RecordWriter
from loadtests.scenarios import Settings
from loadtests.target import Merchant
from loadtests.users.calls import Call, CallingUser, World

def answer(environ, start):
    if environ["PATH_INFO"] == "/slow":
        gevent.sleep(60)
    start("429 Too Many Requests", [("Content-Type", "application/json")])
    return [b'{"code": "rate_limited"}']

server = pywsgi.WSGIServer(("127.0.0.1", 0), answer, log=None)
server.start()
unused = socket.socket()
unused.bind(("127.0.0.1", 0))
addresses = {"open": f"http://127.0.0.1:{server.server_port}",
             "closed": f"http://127.0.0.1:{unused.getsockname()[1]}"}
plan = Plan(scenario="pay", run_id="pay-1", api_url=addresses["open"],
            settings=Settings(users=1, seconds=1, rate=1), folder=pathlib.Path("."),
            merchants=(Merchant(id="mer_a", api_key="sk_x"),))
CallingUser.world = World(plan=plan, record=RecordWriter(pathlib.Path("requests.jsonl")))
CallingUser.host = addresses["open"]
user = CallingUser(Environment(user_classes=[]))

def outcome(place, path, expects=None, hang_up_after=None):
    call = Call(kind=Kind.LIST, method="GET", path=addresses[place] + path, expects=expects)
    told = user.send(call, hang_up_after=hang_up_after).outcome
    return [told.answer_class, told.label]

print(json.dumps({
    "hung up": outcome("open", "/slow", hang_up_after=0.05),
    "refused": outcome("closed", "/", hang_up_after=60),
    "429": outcome("open", "/", expects=200),
}))
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """By what happened."""
    folder: Path = tmp_path_factory.mktemp("calling")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=folder, capture_output=True, text=True, check=False, timeout=60,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'layers' / 'core'}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("hung up", ["given_up", "hung up on purpose"]),
        ("refused", ["error", "no answer"]),
        ("429", ["documented", "429 rate_limited"]),
    ],
)
def test_request__counts_as_what_happened(
    outcomes: dict[str, list[str]], what: str, expected: list[str]
) -> None:
    assert outcomes[what] == expected
