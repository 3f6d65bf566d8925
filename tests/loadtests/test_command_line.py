"""What the command says of what it was told, in one line, and with an exit code of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from loadtests import __main__ as command
from loadtests.scenarios import NAMES, scenario_of
from loadtests.signing import stripe_signature
from tests.stripe_events import sign


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["loadtests", *arguments])
    monkeypatch.delenv("ONCEPAY_API_KEY", raising=False)
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "loadtests: Missing"),
        (["nothing"], "loadtests: there is no scenario 'nothing'; there are: pay, checkout"),
        (["pay", "--nothing"], "loadtests: No such option: --nothing"),
        (["pay", "--stack-file", "/nowhere/stack.json"], "loadtests: there is no /nowhere/stack"),
        (["pay", "--host", "http://127.0.0.1:1/x"], "loadtests: give at least one --api-key"),
    ],
)
def test_wrong_use__is_one_line_and_exit_code_3(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    assert run(monkeypatch, *arguments) == 3
    told = capsys.readouterr()
    assert told.err.startswith(said)
    assert (told.err.count("\n"), told.out) == (1, "")


KEY = "sk_local_actjhdxj4smxpzlu-jp3uvajp_vjthpth3wr6wupvb4ha5wrz2mr3airzd"
NOBODY = ["--host", "http://127.0.0.1:1/x", "--api-key", KEY]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--users", "x"], "--users is a whole number from 1 to 5,000, not 'x'"),
        (["--users", "0"], "--users is a whole number from 1 to 5,000, not '0'"),
        (["--users", "9" * 5_000], "--users is a whole number from 1 to 5,000"),
        (["--seconds", "nan"], "--seconds is a number above 0, up to 86,400, not 'nan'"),
        (["--seconds", "inf"], "--seconds is a number above 0, up to 86,400, not 'inf'"),
        (["--rate", "0"], "--rate is a number above 0, up to 100,000, not '0'"),
        (["--rate", "fast"], "--rate is a number above 0, up to 100,000, not 'fast'"),
        (["--seed", "-1"], "--seed is a whole number from 0"),
        (["--processor", "adyen"], "--processor is simulated, stripe or paypal, not 'adyen'"),
        ([], "nothing answers at http://127.0.0.1:1/x"),
    ],
)
def test_option__of_no_sense__is_refused_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    said: str,
) -> None:
    assert run(monkeypatch, "pay", *NOBODY, *options) == 3
    assert said in capsys.readouterr().err


def test_folder__that_is_not_empty__is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "summary.json").write_text("{}")
    monkeypatch.setattr("loadtests.command._knock", lambda target: None)
    assert run(monkeypatch, "pay", *NOBODY, "--report", str(tmp_path)) == 3
    assert "is not empty: a report needs one of its own" in capsys.readouterr().err


@pytest.mark.parametrize("name", NAMES)
def test_scenario__is_named_as_its_file_and_keeps_the_common_thresholds(name: str) -> None:
    scenario = scenario_of(name)
    common = {"all: error_share < 0.01"}
    assert scenario.name == name
    for is_local in (True, False):
        assert common <= {each.name for each in scenario.thresholds(is_local=is_local)}


def test_command__loads_nothing_that_patches_sockets() -> None:
    names = ", ".join(f"'{name}'" for name in NAMES)
    code = (
        "import sys, loadtests.__main__ as m; from loadtests.scenarios import scenario_of;"
        f" [scenario_of(n) for n in ({names},)];"
        " print(sorted({'gevent', 'locust'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_signature__is_the_one_of_stripes_own_library() -> None:
    body = '{"id":"evt_1","name":"Žižka"}'
    assert stripe_signature("whsec_x", body, 1_795_000_000) == sign(
        body, at=1_795_000_000, secret="whsec_x"
    )
