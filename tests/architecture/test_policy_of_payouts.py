"""May the webhook touch payouts in Settlements, and nothing else there? No local AWS asks IAM.

Source: DynamoDB developer guide, "Using IAM policy conditions for fine-grained access control", as
of 2026-11: `dynamodb:LeadingKeys` are the partition keys of a request, and are compared with
ForAllValues.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

import pytest

from oncepay.storage import settlement_markers, settlements
from oncepay.storage.payouts import payout_id
from oncepay.storage.wire import WireClient
from tests.architecture.translation import translated
from tests.processor_handlers import ProcessorHandlers, running_handlers
from tests.stripe_events import sign
from tests.stripe_objects import a_payout, an_event

TABLE = {"Fn::GetAtt": ["SettlementsTable", "Arn"]}


def statements() -> list[dict[str, Any]]:
    """What the webhook's role says of Settlements."""
    role = translated()["Resources"]["WebhookFunctionRole"]["Properties"]
    documents = [each["PolicyDocument"] for each in role["Policies"] if "PolicyDocument" in each]
    found = [each for document in documents for each in document["Statement"]]
    return [each for each in found if each["Resource"] == TABLE]


def pattern() -> str:
    """Of the partition keys that are allowed."""
    (statement,) = statements()
    (operator,) = statement["Condition"]
    assert operator == "ForAllValues:StringLike"
    ((key, (said,)),) = statement["Condition"][operator].items()
    assert key == "dynamodb:LeadingKeys"
    return str(said)


@pytest.fixture
def handlers(
    database: object, tables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[ProcessorHandlers]:
    with running_handlers(monkeypatch, tables, faces=("stripe",)) as handlers:
        yield handlers


def test_webhook__may_touch_settlements_under_one_condition_only() -> None:
    assert len(statements()) == 1


@pytest.mark.parametrize("processor", ["stripe", "simulated"])
def test_payout__of_any_processor__is_allowed(processor: str) -> None:
    assert fnmatchcase(payout_id(processor, "po_1"), pattern())


@pytest.mark.parametrize(
    "key",
    [
        "set_" + "a" * 26,
        settlements.claim_id("0" * 64),
        settlements.source_pointer_id("payout#x"),
        settlement_markers.latest_id("stripe"),
        "row#" + "a" * 52,
    ],
)
def test_runs_breaks_and_pointers__are_not(key: str) -> None:
    assert not fnmatchcase(key, pattern())


def test_webhook__asks_for_nothing_else_in_settlements(
    handlers: ProcessorHandlers, tables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    send = WireClient._make_api_call

    def note(client: WireClient, operation: str, parameters: dict[str, Any]) -> Any:
        for part in parameters.get("TransactItems", ()):
            ((_, details),) = part.items()
            if details["TableName"] == tables["settlements"]:
                asked.append(details.get("Item", details.get("Key"))["id"]["S"])
        for table, batch in parameters.get("RequestItems", {}).items():
            if table == tables["settlements"]:
                asked.extend(key["id"]["S"] for key in batch["Keys"])
        return send(client, operation, parameters)

    monkeypatch.setattr(WireClient, "_make_api_call", note)
    secret = handlers.processor.credentials.stripe_webhook_secret
    for status in ("paid", "failed"):
        body = json.dumps(an_event(f"payout.{status}", a_payout(status=status), id=status))
        signature = sign(body, at=datetime.now(UTC).timestamp(), secret=secret)
        reply = handlers.webhook("/webhooks/stripe", body, {"Stripe-Signature": [signature]})
        assert reply.json == {"received": True}
    # Read, put; read, updated.
    assert asked == ["payout#stripe#po_1"] * 4
    assert all(fnmatchcase(key, pattern()) for key in asked)
