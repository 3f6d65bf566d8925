"""The services against a real local DynamoDB, with a wire in between that can fail."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from oncepay.storage.database import Database, Endpoint, open_database
from tests.books import Books
from tests.faults.settlement_case import BUCKET
from tests.ministack import running_ministack
from tests.template_tables import create_tables
from tests.wire import Wire, open_wire

KEYS: dict[str, Any] = {
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
    "region_name": "us-east-1",
}


@pytest.fixture(scope="session")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("ministack")
    with running_ministack(folder) as url:
        yield url


@pytest.fixture(scope="session")
def wire_of_session(upstream: str) -> Iterator[Wire]:
    with open_wire(upstream) as wire:
        yield wire


@pytest.fixture
def wire(wire_of_session: Wire) -> Wire:
    wire_of_session.clear()
    return wire_of_session


@pytest.fixture(scope="session")
def client(upstream: str) -> Any:
    """Past the wire."""
    return boto3.client("dynamodb", endpoint_url=upstream, **KEYS)


@pytest.fixture
def local_tables(client: Any) -> dict[str, str]:
    """Empty tables of their own for each test."""
    return create_tables(client, uuid.uuid4().hex[:12])


@pytest.fixture(scope="module")
def module_tables(client: Any) -> dict[str, str]:
    """One set for all tests of a file, each of which has items of its own."""
    return create_tables(client, uuid.uuid4().hex[:12])


@pytest.fixture(scope="module")
def settlement_bucket(upstream: str) -> Any:
    """A client of S3, with a versioned bucket."""
    s3 = boto3.client("s3", endpoint_url=upstream, **KEYS)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    return s3


@pytest.fixture
def wired(wire: Wire, local_tables: dict[str, str]) -> Database:
    """The layer's way to them, over the wire."""
    return open_database(
        local_tables,
        Endpoint(region="us-east-1", url=wire.url, access_key_id="test", secret_access_key="test"),
    )


@pytest.fixture
def books(client: Any, local_tables: dict[str, str]) -> Books:
    return Books(client, local_tables)
