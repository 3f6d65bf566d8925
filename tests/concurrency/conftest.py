"""The services against a real local DynamoDB, many at once, with AWS's conflict rule in between."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from benchmarks.conflict_proxy import Proxy, open_proxy
from benchmarks.conflict_rule import ConflictRule
from oncepay.storage.database import Database, Endpoint, open_database
from tests.concurrency.crowd import Crowd
from tests.ministack import running_ministack
from tests.template_tables import create_tables

SERVICE_SECONDS = 0.004
"""Long enough for transactions to meet, and short enough for a test."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep these tests in one process of several: they share a local AWS."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.xdist_group("concurrency"))


@pytest.fixture(scope="session")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_ministack(tmp_path_factory.mktemp("ministack")) as url:
        yield url


@pytest.fixture(scope="session")
def client(upstream: str) -> Any:
    """Past the rule."""
    return boto3.client(
        "dynamodb",
        endpoint_url=upstream,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


@pytest.fixture
def local_tables(client: Any) -> dict[str, str]:
    """Empty tables of their own for each test."""
    return create_tables(client, uuid.uuid4().hex[:12])


@pytest.fixture
def proxy(upstream: str, local_tables: dict[str, str]) -> Iterator[Proxy]:
    keys = {
        name: ("id",) if role in {"idempotency", "events"} else ("id", "part")
        for role, name in local_tables.items()
    }
    with open_proxy(upstream, ConflictRule(keys, service_seconds=SERVICE_SECONDS)) as proxy:
        yield proxy


@pytest.fixture
def busy(proxy: Proxy, local_tables: dict[str, str]) -> Database:
    """The layer's way to the tables, behind the rule."""
    return open_database(
        local_tables,
        Endpoint(region="us-east-1", url=proxy.url, access_key_id="test", secret_access_key="test"),
    )


@pytest.fixture
def crowd(busy: Database, client: Any, local_tables: dict[str, str]) -> Crowd:
    """One merchant, and many who pay for it at once."""
    return Crowd(busy, client, local_tables)
