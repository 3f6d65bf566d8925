"""What was built is what Lambda should get: bytecode beside every module, nothing heavy."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from ops.local.build import BUILD
from ops.local.trim import SERVICES
from tests.e2e.conftest import aws_client

pytestmark = pytest.mark.e2e

UNCHECKED_HASH = 0b01
LAMBDA_LIMIT_BYTES = 250 * 1024 * 1024


def test_bytecode__beside_every_module__and_never_checked_against_it(stack: dict[str, Any]) -> None:
    modules = [path for path in BUILD.rglob("*.py") if "__pycache__" not in path.parts]
    assert len(modules) > 400
    for module in modules:
        compiled = Path(importlib.util.cache_from_source(str(module)))
        head = compiled.read_bytes()[:8]
        assert head[:4] == importlib.util.MAGIC_NUMBER
        assert int.from_bytes(head[4:], "little") == UNCHECKED_HASH, module


def test_layer__holds_no_native_client_no_validation_library_and_fits(
    stack: dict[str, Any],
) -> None:
    layer = BUILD / "CoreLayer" / "python"
    installed = {path.name for path in layer.iterdir()}
    assert {"oncepay", "pynamodb", "aws_lambda_powertools", "botocore"} <= installed
    assert not installed & {"awscrt", "pydantic", "stripe", "ops", "tests"}
    services = {path.name for path in (layer / "botocore" / "data").iterdir() if path.is_dir()}
    assert services == set(SERVICES)
    size_bytes = sum(path.stat().st_size for path in BUILD.rglob("*") if path.is_file())
    assert size_bytes < LAMBDA_LIMIT_BYTES


def test_time_to_live__is_on_where_the_template_says(stack: dict[str, Any]) -> None:
    described = aws_client(stack, "dynamodb").describe_time_to_live(
        TableName=stack["tables"]["idempotency"]
    )
    assert described["TimeToLiveDescription"]["TimeToLiveStatus"] == "ENABLED"
    assert described["TimeToLiveDescription"]["AttributeName"] == "expires_at"
