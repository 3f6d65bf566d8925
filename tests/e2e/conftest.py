"""A whole stack for the tests: built, deployed and served on a free port, and stopped
afterwards."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from ops.demo.shop import Shop, open_shop
from ops.local.stack import bring_down, bring_up
from ops.stack import Stack, local_stack
from tests.ministack import free_port


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep these tests in one process of several: they share a stack."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.xdist_group("e2e"))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What stack.json says of it."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        # Fails in a second process: it would mean that the tests are no longer kept together.
        (tmp_path_factory.getbasetemp().parent / "the-one-stack").mkdir()
    folder = tmp_path_factory.mktemp("stack")
    try:
        yield bring_up(folder, port=free_port())
    finally:
        bring_down(folder)


@pytest.fixture(scope="session")
def operators_stack(stack: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The same, as the operator's commands see it."""
    described = tmp_path_factory.mktemp("described") / "stack.json"
    described.write_text(json.dumps(stack))
    return local_stack(described)


@pytest.fixture
def shop(operators_stack: Stack) -> Shop:
    """A merchant of the test's own."""
    return open_shop(
        "Test",
        stack=operators_stack,
        database=operators_stack.open_database(),
        fee_basis_points=None,
    )


def aws_client(stack: dict[str, Any], service: str) -> Any:
    """A client of the stack's own AWS, never of a real one."""
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=stack["endpoint_url"],
        region_name=stack["region"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
