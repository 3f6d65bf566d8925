"""One set of tables with the small world in it, shared by tests that put back what they change."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.ops.verify.small_world import SmallWorld
from tests.template_tables import create_tables


@pytest.fixture(scope="module")
def shared_books() -> Iterator[tuple[Any, dict[str, str]]]:
    """A client and the tables' names; making tables anew for a hundred corruptions takes long."""
    with mock_aws():
        client = boto3.client("dynamodb")
        tables = create_tables(client, "shared")
        SmallWorld().write(client, tables)
        yield client, tables


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys that the reader leaves unprocessed are asked for again at once."""
    monkeypatch.setattr("ops.verify.tables.time.sleep", lambda seconds: None)
