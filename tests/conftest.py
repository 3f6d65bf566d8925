"""Fixtures of all tests: one empty set of tables on moto, and the clock."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from hypothesis import HealthCheck, settings
from moto import mock_aws

from oncepay.storage.budget import Budget
from oncepay.storage.database import Database, Endpoint, open_database
from tests.conditions import drop_condition_if_asked
from tests.template_tables import create_tables

# Before anything makes a client: a test must never reach a real account.
for name in [n for n in os.environ if n.startswith("AWS_") and not n.endswith("CA_BUNDLE")]:
    del os.environ[name]
os.environ.update(
    AWS_ACCESS_KEY_ID="test",
    AWS_SECRET_ACCESS_KEY="test",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_REGION="us-east-1",
    POWERTOOLS_SERVICE_NAME="tests",
)

# moto forgets boto3's session after each test: the next one need not read AWS's models again.
botocore.session.create_loader = cache(botocore.session.create_loader)

# How fast a machine draws and runs examples is nothing that a test here is about.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

drop_condition_if_asked()

UNIT = Path(__file__).parent / "unit"
MEASURED = (
    UNIT / "domain",
    UNIT / "services",
    UNIT / "functions" / "test_webhooks_change_payments.py",
    UNIT / "functions" / "test_checkout_sessions.py",
    UNIT / "functions" / "test_query_events.py",
    UNIT / "functions" / "test_processor_payments.py",
)
"""What is measured for coverage, which takes a test twice as long: enough to meet every branch."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tell which tests are measured for coverage."""
    for item in items:
        if not any(item.path.is_relative_to(measured) for measured in MEASURED):
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture
def aws() -> Iterator[None]:
    """In-process AWS; single-threaded only, since moto loses writes under threads."""
    with mock_aws():
        yield


@pytest.fixture
def dynamodb(aws: None) -> Any:
    """A plain client, to look behind the code's back."""
    return boto3.client("dynamodb")


@pytest.fixture
def tables(dynamodb: Any) -> dict[str, str]:
    """Empty tables."""
    return create_tables(dynamodb, "test")


@pytest.fixture
def database(tables: dict[str, str]) -> Database:
    """The layer's way to them."""
    return open_database(tables, Endpoint(region="us-east-1"))


@pytest.fixture
def budget() -> Budget:
    """Plenty of time, and waits that take none."""
    return Budget(60, sleep=lambda _: None)
