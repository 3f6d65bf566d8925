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
    WebhookSettings,
)
from tests.template_tables import ROOT, template

SETTINGS: dict[str, Any] = {
    "ProcessPaymentFunction": ProcessPaymentSettings,
    "QueryFunction": QuerySettings,
    "WebhookFunction": WebhookSettings,
    "ReconcileFunction": ReconcileSettings,
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
        # A whole number that every setting takes, and a text that every name may be.
        return "24"

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
    own = template()["Resources"][function]["Properties"]["Environment"]["Variables"]
    environ = {name: _default(value["Ref"]) for name, value in own.items()}
    SETTINGS[function].from_environ(environ)


def _default(name: str) -> str:
    return str(template()["Parameters"].get(name, {}).get("Default", name))


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
