"""A stack on moto for the operator's commands, and a way to run them."""

from types import ModuleType
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from ops.stack import Credentials, Stack

ENVIRONMENT = "test"


def a_stack(tables: dict[str, str], settlement_bucket: str | None = None) -> Stack:
    """As if deployed; moto answers in AWS's place."""
    return Stack(
        name="oncepay-test",
        environment=ENVIRONMENT,
        region="us-east-1",
        tables=tables,
        api_url="https://api.invalid/test",
        endpoint_url=None,
        credentials=Credentials(access_key_id="test", secret_access_key="test"),
        settlement_bucket=settlement_bucket,
    )


class Operator:
    """Runs the commands of one module on that stack."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        commands: ModuleType,
        tables: dict[str, str],
        settlement_bucket: str | None = None,
    ) -> None:
        self._app: typer.Typer = commands.app
        self.asked: list[dict[str, Any]] = []

        def choose(**options: Any) -> Stack:
            self.asked.append(options)
            return a_stack(tables, settlement_bucket)

        monkeypatch.setattr(commands, "choose_stack", choose)

    def run(self, *words: str) -> Result:
        """Run a command; standard output and standard error are kept apart."""
        return CliRunner().invoke(self._app, list(words))
