"""Does each function find in its environment what it reads, and nothing that it does not?"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from oncepay.settings import (
    AuthorizerSettings,
    ProcessPaymentSettings,
    QuerySettings,
    ReconcileSettings,
    SweepSettings,
    WebhookSettings,
)
from tests.architecture.roles import chosen
from tests.template_tables import ROOT, template

SETTINGS: dict[str, Any] = {
    "ProcessPaymentFunction": ProcessPaymentSettings,
    "QueryFunction": QuerySettings,
    "WebhookFunction": WebhookSettings,
    "ReconcileFunction": ReconcileSettings,
    "SweepFunction": SweepSettings,
    "AuthorizerFunction": AuthorizerSettings,
}
# Read by Powertools, not by us.
POWERTOOLS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL"}


class Watched(Mapping[str, str]):
    """An environment that remembers which variables were asked for."""

    def __init__(self) -> None:
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.read.add(name)
        # A whole number that every other setting takes, and a text that every name may be.
        return "3" if name == "PROCESSOR_TIMEOUT_SECONDS" else "24"

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@pytest.mark.parametrize("function", sorted(SETTINGS))
def test_function__has_exactly_the_variables_that_it_reads(function: str) -> None:
    environment = Watched()
    SETTINGS[function].from_environ(environment)
    own = template()["Resources"][function]["Properties"]["Environment"]["Variables"]
    everywhere = template()["Globals"]["Function"]["Environment"]["Variables"]
    assert set(own) == environment.read
    assert set(everywhere) == POWERTOOLS


@pytest.mark.parametrize("function", sorted(SETTINGS))
def test_function__starts_on_the_template_s_defaults(function: str) -> None:
    SETTINGS[function].from_environ(environment_of(function))


def environment_of(function: str, **parameters: str) -> dict[str, str]:
    """A function's own variables, of a stack that is deployed with these parameters."""
    own = template()["Resources"][function]["Properties"]["Environment"]["Variables"]
    without = () if parameters.get("SimulatedProcessorUrl") else ("HasSimulatedProcessor",)
    return {name: _value(chosen(value, without), parameters) for name, value in own.items()}


def _value(said: Any, parameters: Mapping[str, str]) -> str:
    if not isinstance(said, dict):
        return str(said)
    name = said["Ref"]
    default = template()["Parameters"].get(name, {}).get("Default", name)
    return str(parameters.get(name, default))


WORKS_AT_PROCESSORS = ("ProcessPaymentFunction", "WebhookFunction", "SweepFunction")


@pytest.mark.parametrize("function", WORKS_AT_PROCESSORS)
def test_function__without_a_simulated_processor__has_none(function: str) -> None:
    settings = SETTINGS[function].from_environ(environment_of(function)).processors
    assert (settings.simulated_url, settings.simulated_secret_id) == (None, None)


@pytest.mark.parametrize("function", WORKS_AT_PROCESSORS)
def test_function__with_a_simulated_processor__finds_it(function: str) -> None:
    environ = environment_of(function, SimulatedProcessorUrl="http://127.0.0.1:1")
    settings = SETTINGS[function].from_environ(environ).processors
    assert settings.simulated_url == "http://127.0.0.1:1"
    assert settings.simulated_secret_id == "SimulatedProcessorSecret"


def test_every_function_is_listed_above() -> None:
    functions = {
        name
        for name, resource in template()["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    assert functions == set(SETTINGS)


READERS = {"environ", "environb", "getenv", "getenvb"}


def readings_of_the_environment(path: Path) -> list[str]:
    """Every expression of a file that takes the environment or a variable of it."""
    tree = ast.parse(path.read_text())
    found = [ast.unparse(node) for node in ast.walk(tree)
             if (isinstance(node, ast.Attribute) and node.attr in READERS)
             or (isinstance(node, ast.alias) and node.name in READERS)]  # fmt: skip
    handed_on = [
        ast.unparse(node.args[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "from_environ"
    ]
    for expression in handed_on:
        # Settings hand on what they were given, which is no reading of the environment.
        if expression in found:
            found.remove(expression)
    return found


@pytest.mark.parametrize(
    "path",
    [*ROOT.glob("functions/*/app.py"), *ROOT.glob("layers/core/oncepay/**/*.py")],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_code__reads_the_environment_through_its_settings_only(path: Path) -> None:
    # What is read in another way would not be held against the template above.
    assert readings_of_the_environment(path) == []


@pytest.mark.parametrize(
    "line",
    [
        "import os\nregion = os.environ['X']",
        "import os\nregion = os.getenv('X')",
        "from os import environ",
        "from os import getenv as read",
    ],
)
def test_reading_of_the_environment__is_found(line: str, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(line)
    assert len(readings_of_the_environment(tmp_path / "app.py")) == 1
