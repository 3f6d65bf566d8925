"""Does each function find in its environment what it reads, and nothing that it does not?"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from oncepay.settings import (
    AuthorizerSettings,
    ProcessPaymentSettings,
    QuerySettings,
    WebhookSettings,
)
from tests.template_tables import template

SETTINGS: dict[str, Any] = {
    "ProcessPaymentFunction": ProcessPaymentSettings,
    "QueryFunction": QuerySettings,
    "WebhookFunction": WebhookSettings,
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
