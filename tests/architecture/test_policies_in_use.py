"""Is a function allowed exactly what it does? Its real calls, recorded, against its policy.

No local AWS asks IAM about a transaction's parts, so that a permission that is missing would first
be missed in a real account, and one too many never.
"""

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from oncepay.domain.principal import MERCHANT_SCOPES
from oncepay.services.add_merchant import add_merchant
from oncepay.services.create_api_key import create_api_key
from oncepay.storage.budget import Budget
from oncepay.storage.database import Database
from tests.architecture.recorder import Recorder
from tests.architecture.roles import granted
from tests.builders import MERCHANT
from tests.events import LambdaContext, Reply, an_event, an_operator, load_function, set_environment
from tests.stored_events import StoredEvents
from tests.stored_settlements import StoredSettlements

METHOD_ARN = "arn:aws:execute-api:us-east-1:123456789012:abc123/local/GET/v1/payments"


@pytest.fixture
def environment(
    monkeypatch: pytest.MonkeyPatch, tables: dict[str, str], database: Database
) -> dict[str, str]:
    set_environment(monkeypatch, tables)
    boto3.client("secretsmanager").create_secret(Name="cursor", SecretString="not much of one")
    return tables


def a_recorder(tables: dict[str, str]) -> Recorder:
    return Recorder(tables, {"cursor": "CursorSecret"})


def call(module: Any, *args: Any, **kwargs: Any) -> Reply:
    return Reply(module.handler(an_event(*args, **kwargs), LambdaContext()))


def paid(amount_minor: int) -> dict[str, Any]:
    return {"amount_minor": amount_minor, "currency": "USD", "funding": {"type": "balance"}}


def test_query__does_exactly_what_it_is_allowed_to(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    process, module = load_function("process_payment"), load_function("query")
    call(process, "POST", "/v1/deposits", {"amount_minor": 100_000, "currency": "USD"})
    for key in ("a", "b"):
        payment_id = call(process, "POST", "/v1/payments", paid(500), key=key).json["id"]
    event = StoredEvents(database, Budget(9)).put("evt_1", merchant_id=MERCHANT)
    run = StoredSettlements(database, Budget(9)).begin()
    operator = {"authorizer": an_operator()}
    recorder = a_recorder(environment)
    with recorder.recording(monkeypatch):
        assert call(module, "GET", "/health").status == 200
        one = call(module, "GET", "/v1/payments/{id}", parameters={"id": payment_id})
        assert len(one.json["ledger_entries"]) == 1
        for path in ("/v1/payments", "/v1/ledger/entries"):
            page = call(module, "GET", path, query={"limit": ["1"]}).json
            rest = call(
                module, "GET", path, query={"limit": ["1"], "cursor": [page["next_cursor"]]}
            )
            assert rest.status == 200
        assert len(call(module, "GET", "/v1/balances").json["data"]) == 1
        # Of a payment that was made without a page; it is looked for all the same.
        session = {"id": payment_id.replace("pay_", "cs_")}
        asked = call(module, "GET", "/v1/checkout-sessions/{id}", parameters=session)
        assert asked.status == 404
        assert len(call(module, "GET", "/v1/events").json["data"]) == 1
        known = {"id": event.public_id}
        assert call(module, "GET", "/v1/events/{id}", parameters=known).status == 200
        assert call(module, "GET", "/v1/settlements", **operator).status == 200
        same_name = {"source_key": [run.source.key]}
        named = call(module, "GET", "/v1/settlements", query=same_name, **operator).json["data"]
        for path in ("/v1/settlements/{id}", "/v1/settlements/{id}/breaks"):
            parameters = {"id": named[0]["id"]}
            assert call(module, "GET", path, parameters=parameters, **operator).status == 200
        assert call(module, "GET", "/v1/reconciliation/summary", **operator).status == 200
        assert call(module, "GET", "/v1/costs/actual", **operator).status == 200
    assert recorder.used == granted("QueryFunction")


def test_authorizer__does_exactly_what_it_is_allowed_to(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    now = datetime.now(UTC)
    merchant = add_merchant(
        name="Acme", fee_basis_points=None, database=database, now=now, budget=Budget(9)
    )
    key = create_api_key(
        owner_id=merchant.id,
        environment="local",
        scopes=MERCHANT_SCOPES,
        name="",
        expires_at=None,
        database=database,
        now=now,
        budget=Budget(9),
    )[1]
    module, recorder = load_function("authorizer"), a_recorder(environment)
    asked = {
        "type": "REQUEST",
        "methodArn": METHOD_ARN,
        "headers": {"Authorization": f"Bearer {key}"},
    }
    with recorder.recording(monkeypatch):
        answer = module.handler(asked, LambdaContext(6_000))
    assert answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    assert recorder.used == granted("AuthorizerFunction")
