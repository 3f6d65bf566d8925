"""The authorizer: a policy for the whole stage, or API Gateway's word for 401."""

from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest

from oncepay.domain.errors import StorageUnavailable
from oncepay.services.add_merchant import add_merchant
from oncepay.services.create_api_key import create_api_key
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from tests.events import LambdaContext, load_function

ARN = "arn:aws:execute-api:us-east-1:123456789012:abc123/local/GET/v1/payments"


@pytest.fixture
def authorizer(environment: None) -> ModuleType:
    return load_function("authorizer")


@pytest.fixture
def key(database: Database) -> str:
    now = datetime.now(UTC)
    merchant = add_merchant(
        name="Acme", fee_basis_points=150, database=database, now=now, budget=Budget(9)
    )
    return create_api_key(
        owner_id=merchant.id,
        environment="local",
        scopes=("payments:read", "deposits:write"),
        name="",
        expires_at=now + timedelta(days=1),
        database=database,
        now=now,
        budget=Budget(9),
    )[1]


def asked(authorization: str | None, name: str = "Authorization") -> dict[str, Any]:
    headers = {} if authorization is None else {name: authorization}
    return {"type": "REQUEST", "methodArn": ARN, "headers": headers}


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
def test_key__good__may_use_the_whole_stage(authorizer: ModuleType, key: str, name: str) -> None:
    answer = authorizer.handler(asked(f"Bearer {key}", name), LambdaContext(6_000))
    (statement,) = answer["policyDocument"]["Statement"]
    assert statement["Effect"] == "Allow"
    assert statement["Resource"] == "arn:aws:execute-api:us-east-1:123456789012:abc123/local/*"
    context = answer["context"]
    assert context["merchant_id"].startswith("mer_")
    assert context["scopes"] == "deposits:write payments:read"
    assert context["fee_basis_points"] == "150"
    assert context["expires_at"].endswith("Z")
    assert all(isinstance(value, str) for value in context.values())
    assert key.rsplit("_", 1)[1] not in repr(answer)


@pytest.mark.parametrize("authorization", [None, "", "Bearer ", "Bearer sk_local_x_y", "sk_local"])
def test_key__bad__raises_the_word_that_means_401(
    authorizer: ModuleType, authorization: str | None
) -> None:
    with pytest.raises(Exception, match=r"^Unauthorized$"):
        authorizer.handler(asked(authorization), LambdaContext(6_000))


def test_directory__silent__nobody_gets_in(
    authorizer: ModuleType, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: Any) -> None:
        raise StorageUnavailable("no answer")

    monkeypatch.setattr(Database, "get_many", silent)
    with pytest.raises(StorageUnavailable):
        authorizer.handler(asked(f"Bearer {key}"), LambdaContext(6_000))


def test_key__is_never_logged(authorizer: ModuleType, key: str, logged: list[str]) -> None:
    authorizer.handler(asked(f"Bearer {key}"), LambdaContext(6_000))
    with pytest.raises(Exception, match="Unauthorized"):
        authorizer.handler(asked(f"Bearer {key}x"), LambdaContext(6_000))
    assert len(logged) == 2
    assert not any(key.rsplit("_", 1)[1] in line for line in logged)
